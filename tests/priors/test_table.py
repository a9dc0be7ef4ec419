"""Priors from any table and from gene sets."""

from __future__ import annotations

import gzip
import logging

import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir import InputError

ROWS = pd.DataFrame(
    {
        "Gene Symbol": ["TP53", "HIF1A", "TP53", "NA"],
        "miRNA": ["hsa-miR-1-3p", " hsa-miR-1-3p ", "hsa-miR-1-3p", "hsa-miR-2"],
        "score": [-1.0, -0.5, -0.25, -1.0],
        "kind": ["clip", None, "reporter", "clip"],
    }
)
EXPECTED = [
    ["hsa-miR-1-3p", "TP53", "mine"],
    ["hsa-miR-1-3p", "HIF1A", "mine"],
    ["hsa-miR-2", "NA", "mine"],
]


@pytest.mark.parametrize("ending", ["csv", "tsv", "txt", "csv.gz", "tsv.zip", "xlsx", "wrong-ending"])
def test_every_container(tmp_path, ending):
    path = tmp_path / f"mine.{ending}"
    if ending == "xlsx":
        pytest.importorskip("openpyxl")
        ROWS.to_excel(path, index=False)
    else:
        ROWS.to_csv(path, index=False, sep="," if "csv" in ending else "\t")
    net = cs.priors.read_table(path, source="miRNA", target="Gene Symbol")
    assert net.to_numpy().tolist() == EXPECTED
    assert net.attrs["csmir_prior"]["file"] == path.name


def test_semicolons_byte_order_mark_and_quotes(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text('\ufeff"mirna";"mrna"\n"hsa-miR-1-3p";"TP53"\n', encoding="utf-8")
    assert cs.priors.read_table(path)[["source", "target"]].to_numpy().tolist() == [["hsa-miR-1-3p", "TP53"]]


def test_frame_weight_evidence(caplog):
    with caplog.at_level(logging.INFO, "csmir"):
        net = cs.priors.read_table(ROWS, weight="score", evidence="kind", name="mine")
    assert list(net.columns) == ["source", "target", "weight", "evidence", "prior"]
    # of several weights the first, of several kinds of evidence all
    assert net["weight"].tolist() == [-1.0, -0.5, -1.0]
    assert net["evidence"].tolist() == ["clip;reporter", "", "clip"]
    assert "source from 'miRNA', target from 'Gene Symbol'" in caplog.text
    assert ROWS.shape == (4, 4)


def test_categories_and_source_target_first():
    frame = pd.DataFrame({"gene": ["X"], "source": ["hsa-miR-1-3p"], "mirna": ["y"], "target": ["TP53"]}).astype(
        "category"
    )
    net = cs.priors.read_table(frame)
    assert net.iloc[0, :3].tolist() == ["hsa-miR-1-3p", "TP53", "table"]


@pytest.mark.parametrize(
    ("frame", "arguments", "message"),
    [
        (ROWS, {"source": "mirna_id"}, r"has no column 'mirna_id'; it has 'Gene Symbol', 'miRNA'.*read_table\("),
        (ROWS.drop(columns="miRNA"), {}, r"has no column 'source' or 'mirna' or"),
        (ROWS, {"source": "miRNA", "target": "miRNA"}, r"column 'miRNA' cannot be both source and target"),
        (ROWS, {"weight": "kind"}, r"'kind' has 4 values that are not numbers, such as 'clip', '', 'reporter'"),
        (ROWS.iloc[:0], {}, r"No pair is left of 0 rows of table"),
        (ROWS.assign(miRNA=np.nan), {}, r"4 without a miRNA or mRNA name"),
    ],
)
def test_bad_tables(frame, arguments, message):
    with pytest.raises(InputError, match=message):
        cs.priors.read_table(frame, **arguments)


def test_rows_of_other_lengths(tmp_path, caplog):
    path = tmp_path / "r.tsv"
    path.write_text("mirna\tmrna\nm1\tA\nm2\tB\textra\tmore\nm3\nm4\tD\t\n")
    net = cs.priors.read_table(path)
    assert net[["source", "target"]].to_numpy().tolist() == [["m1", "A"], ["m4", "D"]]
    assert "1 of 4 rows left out because they have more fields than the header (the first is line 3" in caplog.text


def test_row_names_of_r(tmp_path):
    """R's write.table names the columns but not the row names, which shifts every column by one."""
    path = tmp_path / "r.tsv"
    path.write_text('"mirna"\t"mrna"\n"1"\t"hsa-miR-1"\t"TP53"\n"2"\t"hsa-miR-2"\t"TP53"\n')
    with pytest.raises(InputError, match=r"2 of 2 rows have more fields than the header.*row\.names = FALSE"):
        cs.priors.read_table(path)


def test_quoted_tab_separated(tmp_path):
    path = tmp_path / "r.tsv"
    ROWS.to_csv(path, sep="\t", index=False, quoting=1)
    assert cs.priors.read_table(path, name="mine").to_numpy().tolist() == EXPECTED


def test_not_an_excel_workbook(tmp_path):
    pytest.importorskip("openpyxl")
    import zipfile

    with zipfile.ZipFile(tmp_path / "w.xlsx", "w") as z:
        z.writestr("[Content_Types].xml", "<x/>")
    with pytest.raises(InputError, match=r"not a readable Excel workbook"):
        cs.priors.read_table(tmp_path / "w.xlsx")


def test_gmt(tmp_path):
    text = "hsa-miR-1-3p\ttargets, in words\tTP53\tHIF1A\t\nhsa-miR-2\t\tTP53\n\n"
    for path, data in (
        (tmp_path / "sets.v1.gmt", text.encode()),
        (tmp_path / "sets.gmt.gz", gzip.compress(text.encode())),
    ):
        path.write_bytes(data)
        assert cs.priors.read_gmt(path).to_numpy().tolist() == [
            ["hsa-miR-1-3p", "TP53", "sets"],
            ["hsa-miR-1-3p", "HIF1A", "sets"],
            ["hsa-miR-2", "TP53", "sets"],
        ]


def test_bad_gmt(tmp_path):
    (tmp_path / "a.gmt").write_text("set,one,two\n")
    with pytest.raises(InputError, match=r"line 1: expected a set name, a description and genes separated by tabs"):
        cs.priors.read_gmt(tmp_path / "a.gmt")
    (tmp_path / "b.gmt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"not a text file"):
        cs.priors.read_gmt(tmp_path / "b.gmt")
    (tmp_path / "c.gmt").write_text("\n\n")
    with pytest.raises(InputError, match=r"holds no gene set"):
        cs.priors.read_gmt(tmp_path / "c.gmt")


def test_real_gene_sets(shared_data):
    net = cs.priors.read_gmt(shared_data / "genesets" / "c2.cp.kegg.v7.01.symbols.gmt.gz")
    assert net["source"].nunique() == 186
