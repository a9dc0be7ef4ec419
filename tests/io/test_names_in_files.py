"""Names of any kind in tables, graphs, figures and names of files."""

from __future__ import annotations

import csv

import mudata as md
import networkx as nx
import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir._errors import InputError
from csmir.io._tsv import write_tsv
from csmir.io.write_tables import file_names

ODD = ["a\rb", "c\td", "e\nf", 'g"h', "NA", "", "=1+1", "@x", "-3", "ok", "x\x01y", "\x0b", "nan", "é\u2028"]


@pytest.mark.parametrize("kind", [object, "category"])
def test_tables_keep_every_name(tmp_path, kind):
    table = pd.DataFrame({"name": pd.Series(ODD, dtype=kind), "value": np.arange(len(ODD)) / 3})
    write_tsv(table, tmp_path / "x.tsv")
    back = pd.read_csv(tmp_path / "x.tsv", sep="\t", keep_default_na=False, dtype={"name": str})
    assert back["name"].tolist() == ODD
    np.testing.assert_allclose(back["value"], table["value"], rtol=1e-5)
    with (tmp_path / "x.tsv").open(newline="") as f:
        assert [row[0] for row in csv.reader(f, delimiter="\t")] == ["name", *ODD]


def test_nothing_is_not_a_name(tmp_path):
    write_tsv(pd.DataFrame({"a": ["NA", None], "b": [1.5, np.nan]}), tmp_path / "x.tsv")
    assert (tmp_path / "x.tsv").read_text() == 'a\tb\n"NA"\t1.5\nNA\tNA\n'


def test_names_of_columns_too(tmp_path):
    write_tsv(pd.DataFrame([[1, 2]], columns=["a\rb", "=x"]), tmp_path / "x.tsv", escape_formulas=True)
    with (tmp_path / "x.tsv").open(newline="") as f:
        assert list(csv.reader(f, delimiter="\t")) == [["a\rb", "'=x"], ["1", "2"]]


@pytest.fixture
def named(make_networks):
    """Two networks of four names that each have something odd."""
    return make_networks(
        {
            "ce\rll\x01": [("m\x02|1", "=cmd"), ("m\r2", "NA")],
            "A" * 250: [("m\x02|1", "NA")],
            "A" * 249 + "b": [("m\r2", "=cmd")],
        }
    )


def test_files_of_odd_names(named, tmp_path):
    cs.io.write_tables(named, tmp_path / "out", formats=("tsv", "graphml", "edgelist"))
    edges = pd.read_csv(tmp_path / "out" / "edges.tsv", sep="\t", keep_default_na=False)
    assert edges["cell"].tolist() == ["ce\rll\x01", "ce\rll\x01", "A" * 250, "A" * 249 + "b"]
    assert set(edges["mrna"]) == {"=cmd", "NA"}
    files = pd.read_csv(tmp_path / "out" / "graphml" / "cells.tsv", sep="\t", keep_default_na=False)
    graphs = [nx.read_graphml(tmp_path / "out" / "graphml" / f"{name}.graphml") for name in files["file"]]
    assert [g.number_of_edges() for g in graphs] == [2, 1, 1]
    assert set(graphs[0].nodes) == {"m\u2402|1", "=cmd", "m\u240d2", "NA"}
    assert graphs[0].graph["name"] == "ce\u240dll\u2401"
    assert all(len(p.name) <= 255 for p in (tmp_path / "out").rglob("*"))


def test_formulas(named, tmp_path):
    cs.io.write_tables(named, tmp_path / "out", escape_formulas=True)
    edges = pd.read_csv(tmp_path / "out" / "edges.tsv", sep="\t", keep_default_na=False)
    assert set(edges["mrna"]) == {"'=cmd", "NA"}
    assert edges["z"].dtype == float  # negative numbers are none


def test_names_of_files_are_cut_and_numbered():
    files = file_names(["a" * 300, "a" * 299 + "b", "A" * 300, "é" * 200, "x/y", "x:y", "..", "con"])
    assert files.iloc[:3].tolist() == ["a" * 200, "a" * 200 + "_2", "A" * 200 + "_3"]
    assert files.iloc[3] == "é" * 100
    assert files.iloc[4:7].tolist() == ["x_y", "x_y_2", "_"]
    many = file_names("a" * 300 + str(i) for i in range(20_000))
    assert many.is_unique


def test_a_result_of_an_odd_name(named, tmp_path):
    named["regulation"].obsp["a/b"] = np.eye(3)
    cs.io.write_tables(named, tmp_path / "out")
    assert (tmp_path / "out" / "a_b.tsv").exists()


def test_dollars_in_names_are_no_formulas(tmp_path):
    """With two `$`, matplotlib would take what is between them for one, and fail as it is none."""
    mdata = cs.datasets.simulated(n_cells=8, n_mirnas=5, n_mrnas=12, seed=2)
    cs.pp.recipe_csmir(mdata)
    for key in ("mirna", "mrna"):
        mdata[key].var_names = [rf"{key[1]}{i}$\frac{{$" for i in range(mdata[key].n_vars)]
        mdata[key].obs_names = [rf"c{i}$^$" for i in range(8)]
    mdata = cs.io.make_mudata(mdata["mirna"], mdata["mrna"], check_names=False)
    mdata.obs["group"] = pd.Categorical([r"a$_$", "b"] * 4)
    cs.tl.regulation(mdata, pseudo_cells=False, alpha=0.2)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    cs.tl.similarity(mdata)
    cs.tl.cluster(mdata, k=2)
    cs.io.write_figures(mdata, tmp_path / "figures", formats="svg", dpi=40)
    assert len(list((tmp_path / "figures").glob("*.svg"))) > 4
    pair = mdata["regulation"].var.iloc[0]
    fig = cs.pl.box(mdata, mirna=pair["mirna"], mrna=pair["mrna"], cell=mdata.obs_names[0], return_fig=True, show=False)
    fig.savefig(tmp_path / "box.svg")
    texts = {t.get_text(): t.get_parse_math() for t in fig.axes[0].texts}
    assert any("$n_r$" in text and math for text, math in texts.items())


@pytest.mark.parametrize("part", ["\0", "\udc80"])
@pytest.mark.parametrize("axis", ["cell", "feature"])
def test_names_that_no_file_keeps_are_refused_before_the_work(part, axis):
    mdata = cs.datasets.simulated(n_cells=6, n_mirnas=3, n_mrnas=8, seed=1)
    parts = {key: mdata[key].copy() for key in ("mirna", "mrna")}
    try:
        for adata in parts.values():
            if axis == "cell":
                adata.obs_names = [f"{name}{part}" for name in adata.obs_names]
            else:
                adata.var_names = [f"{part}{name}" for name in adata.var_names]
    except UnicodeEncodeError:
        pytest.skip("this pandas holds no names with half a character")
    with pytest.raises(cs.InputError, match=rf"mirna {axis} names hold a NUL or half a character"):
        cs.tl.regulation(md.MuData(parts), mdata.uns["prior"])


def test_names_of_bytes_are_refused_in_frames():
    frame = pd.DataFrame({b"PTEN": [1.0, 2.0], b"MYC": [0.0, 1.0]}, index=["c1", "c2"])
    for turned, features in ((frame, "columns"), (frame.T, "rows")):
        with pytest.raises(InputError, match=r"names of bytes, such as b'PTEN'"):
            cs.io.read(turned, features=features)


def test_a_zarr_store_is_named_with_what_reads_it(tmp_path):
    cs.datasets.simulated(n_cells=5).write_zarr(tmp_path / "all.zarr")
    with pytest.raises(InputError, match=r"is a zarr store\. Read it with mudata\.read_zarr"):
        cs.io.read(tmp_path / "all.zarr")
