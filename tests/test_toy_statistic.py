"""A new statistic is one file and one name: everything that takes a statistic takes it."""

from __future__ import annotations

import importlib
from pathlib import Path

import anndata
import mudata
import numpy as np
import pytest

import csmir as cs
from csmir.cli import main
from csmir.inference import statistics

NAME = "toy_statistic"


@pytest.fixture
def toy(monkeypatch):
    """The file in its folder, and its name in the list."""
    monkeypatch.setattr(statistics, "__path__", [*statistics.__path__, str(Path(__file__).parent)])
    statistics.NAMES.append(NAME)
    commands = importlib.reload(importlib.import_module("csmir.cli.commands"))  # choices are made on import
    yield
    statistics.NAMES.remove(NAME)
    importlib.reload(commands)


@pytest.fixture
def mdata():
    mdata = cs.datasets.simulated(n_cells=30, n_mirnas=6, n_mrnas=20, prior_density=0.5, seed=1)
    cs.pp.recipe_csmir(mdata)
    return mdata


def test_regulation_out_and_edges(toy, mdata, tmp_path):
    options = {"statistic": NAME, "adjust": None}
    here = cs.tl.regulation(mdata, mdata.uns["prior"], copy=True, **options)["regulation"]
    cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr", **options)
    on_disk = anndata.read_zarr(tmp_path / "run.zarr")
    for name in ("data", "indices", "indptr"):
        assert getattr(here.X, name).tobytes() == getattr(on_disk.X, name).tobytes()
    noted = here.uns["csmir"]["regulation"]
    assert (noted["statistic"], noted["alpha"], noted["expressed_only"]) == (NAME, 0.2, False)
    assert not {"box_size", "cutoff", "direction", "mid_p", "groups"} & set(noted)
    # the formula, by hand, of one cell
    mirna, mrna = here.var["mirna"], here.var["mrna"]
    x, y = (mdata[key].to_df() for key in ("mirna", "mrna"))
    high = np.array([(x[m] >= x[m].iloc[3]).mean() for m in mirna])
    low = np.array([(y[g] <= y[g].iloc[3]).mean() for g in mrna])
    p = np.sqrt(high * low)
    np.testing.assert_allclose(here.X[3].toarray().ravel(), np.where(p <= 0.2, 1 - p, 0), rtol=1e-5)
    edges = cs.get.edges(mdata)
    assert {"height", "qvalue"} < set(edges.columns)
    assert "direction" not in edges  # a height has no sign
    assert len(edges) == here.X.nnz > 0


def test_what_belongs_to_other_statistics_is_refused(toy, mdata):
    with pytest.raises(cs.InputError, match=r"`mid_p` belongs to statistic='exact'; found statistic='toy_statistic'"):
        cs.tl.regulation(mdata, statistic=NAME, mid_p=True)
    with pytest.raises(cs.InputError, match="toy_statistic"):
        cs.tl.regulation(mdata, statistic="toy")
    with pytest.raises(
        cs.InputError,
        match=r"`expressed_only` belongs to statistic='exact' or .*'toy_statistic'; found statistic='csn'",
    ):
        cs.tl.regulation(mdata, statistic="csn", expressed_only=True)


@pytest.mark.filterwarnings("ignore")
def test_null_figures_and_report(toy, mdata, tmp_path):
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic=NAME, adjust=None, expressed_only=True)
    cs.tl.null(mdata, n_permutations=2, progress=False)
    assert len(mdata["regulation"].uns["csmir"]["null"]["null_interactions"]) == 2
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    figure = cs.pl.overview(mdata, return_fig=True)
    assert "high and low" in " ".join(text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text")))
    cs.io.write_report(mdata, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "Of 30 cells it says nothing." in page
    assert "statistic: toy_statistic" in page


def test_the_command_line(toy, mdata, tmp_path):
    mdata.write(tmp_path / "data.h5mu")
    mdata.uns["prior"].to_csv(tmp_path / "prior.csv", index=False)
    out, data = tmp_path / "out", f"{tmp_path}/data.h5mu"
    given = [
        f"--mirna={data}",
        f"--mrna={data}",
        f"--prior={tmp_path}/prior.csv",
        f"--out={out}",
        "--logged",
        "--quiet",
    ]
    assert main(["run", *given, "--statistic", NAME]) == 0
    found = mudata.read_h5mu(out / "csmir.h5mu")
    assert found["regulation"].uns["csmir"]["regulation"]["statistic"] == NAME
