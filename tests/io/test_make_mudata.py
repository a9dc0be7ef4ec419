"""Two matrices, one MuData: cells paired by name, expression or table; swapped and turned input refused."""

from __future__ import annotations

import logging
import warnings

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import csmir as cs

MIRNAS = ["hsa-miR-21-5p", "hsa-let-7a-5p"]
GENES = ["PTEN", "ACTB", "TP53"]


def frame(cells, features, start=0) -> pd.DataFrame:
    values = start + np.arange(len(cells) * len(features), dtype=float).reshape(len(cells), len(features))
    return pd.DataFrame(values, index=cells, columns=features)


def mirna(*cells) -> pd.DataFrame:
    return frame(cells, MIRNAS)


def mrna(*cells) -> pd.DataFrame:
    return frame(cells, GENES, start=100)


def plain(values) -> list:
    return np.asarray(values).tolist()


def test_by_name_keeps_order_and_values_and_records_what_was_dropped(caplog):
    caplog.set_level(logging.INFO, logger="csmir")
    a, b = mirna("c", "a", "x", "b"), mrna("b", "y", "a", "z", "c")
    mdata = cs.io.make_mudata(a, b)
    assert mdata.obs_names.tolist() == ["c", "a", "b"]
    pd.testing.assert_frame_equal(mdata["mirna"].to_df(), a.loc[["c", "a", "b"]], check_names=False)
    pd.testing.assert_frame_equal(mdata["mrna"].to_df(), b.loc[["c", "a", "b"]], check_names=False)
    assert mdata["mrna"].obs["original_name"].tolist() == ["c", "a", "b"]
    noted = mdata.uns["csmir"]["pairing"]
    assert (noted["by"], noted["n_paired"], noted["n_mirna"], noted["n_mrna"]) == ("name", 3, 4, 5)
    assert plain(noted["unpaired_mirna"]) == ["x"]
    assert plain(noted["unpaired_mrna"]) == ["y", "z"]
    assert "paired 3 cells by name (miRNA: 4, mRNA: 5)" in caplog.messages
    assert "2 mRNA cells have no partner: 'y', 'z'" in caplog.messages


def test_one_expression_for_both_sides():
    mdata = cs.io.make_mudata(mirna("cell1-mir", "cell2-mir"), mrna("rna_cell2", "rna_cell1"), pair_by=r"(cell\d)")
    assert mdata.obs_names.tolist() == ["cell1-mir", "cell2-mir"]
    assert mdata["mrna"].obs["original_name"].tolist() == ["rna_cell1", "rna_cell2"]
    assert mdata["mrna"]["cell1-mir", "PTEN"].X.item() == 103  # second row of the mRNA matrix
    assert mdata.uns["csmir"]["pairing"]["pattern"] == r"(cell\d)"


def test_an_expression_for_each_side():
    mdata = cs.io.make_mudata(mirna("m-A", "m-B"), mrna("B.rna", "A.rna"), pair_by=(r"m-(\w)", r"(\w)\.rna"))
    assert mdata["mrna"].obs["original_name"].tolist() == ["A.rna", "B.rna"]
    assert plain(mdata.uns["csmir"]["pairing"]["pattern"]) == [r"m-(\w)", r"(\w)\.rna"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=20, unique=True), st.integers(0, 6), st.randoms())
def test_digits_pair_as_numbers_whatever_the_order_and_padding(numbers, width, random):
    turned = numbers.copy()
    random.shuffle(turned)
    mdata = cs.io.make_mudata(
        mirna(*[f"half_{n:0{width}d}" for n in numbers]), mrna(*[f"rna_{n}" for n in turned]), pair_by=r"_(\d+)$"
    )
    assert mdata["mrna"].obs["original_name"].tolist() == [f"rna_{n}" for n in numbers]


def test_text_keys_are_compared_as_text():
    with pytest.raises(cs.InputError, match="No cell is in both"):
        cs.io.make_mudata(mirna("x_01a"), mrna("y_1a"), pair_by=r"_(\w+)$")


def test_k562(shared_data):
    folder = shared_data / "k562"
    a = folder / "GSE114071_NW_scsmRNA_K562_norm_log2.gct.gz"
    b = folder / "GSE114071_NW_half_cell_K562_RNAseq_processed_data.gct.gz"
    read = {path: cs.io.read(path) for path in (a, b)}
    golden = np.load(shared_data / "golden" / "k562_published.npz")["cells"].tolist()
    for pair_by in (r"(?:HalfCell|hcRNAseq)_(\d+)$", (r"_(\d+)$", r"hcRNAseq_(\d+)$"), (r"(\d+)$", r"hcRNAseq_(\d+)")):
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            mdata = cs.io.make_mudata(read[a], read[b], pair_by=pair_by)
        assert mdata.obs_names.tolist() == golden
        assert mdata["mirna"].shape == (19, 2822)
        assert mdata["mrna"].shape == (19, 23284)
        noted = mdata.uns["csmir"]["pairing"]
        assert plain(noted["unpaired_mirna"]) == ["K562_HalfCell_23", "K562_HalfCell_24"]
        assert plain(noted["unpaired_mrna"]) == ["NW_hcRNAseq_6", "NW_hcRNAseq_21_1", "NW_hcRNAseq_21_2"]
        assert mdata["mrna"].obs.loc["K562_HalfCell_07", "original_name"] == "NW_hcRNAseq_7"
    with pytest.raises(
        cs.InputError, match=r"ambiguous: 2 .* mRNA cells \(1 from 'NW_hcRNAseq_1', 'NW_hcRNAseq_21_1'; 2"
    ):
        cs.io.make_mudata(a, str(b), pair_by=r"_(\d+)$")
    with pytest.raises(cs.InputError, match="look swapped"):
        cs.io.make_mudata(read[b], read[a])
    for turned in ((read[a].T, read[b]), (read[a], read[b].T)):
        with pytest.raises(cs.InputError, match="has features where cells should be"):
            cs.io.make_mudata(*turned)


def test_survives_h5mu(tmp_path):
    a = frame(["a", "b", "c"], ["hsa-miR-1", "hsa-miR-1"])  # duplicated, averaged later
    mdata = cs.io.make_mudata(a, mrna("a", "c", "d"))
    mdata.write_h5mu(tmp_path / "x.h5mu")
    for again in (mudata.read_h5mu(tmp_path / "x.h5mu"), cs.io.read(tmp_path / "x.h5mu")):
        assert again.obs_names.tolist() == ["a", "c"]
        assert again["mrna"].obs["original_name"].tolist() == ["a", "c"]
        noted = again.uns["csmir"]["pairing"]
        assert plain(noted["unpaired_mirna"]) == ["b"]
        assert plain(noted["unpaired_mrna"]) == ["d"]
        assert noted["n_paired"] == 2
    assert again["mirna"].var_names.tolist() == ["hsa-miR-1", "hsa-miR-1"]


def test_nothing_dropped_survives_h5mu(tmp_path):
    cs.io.make_mudata(mirna("a"), mrna("a")).write_h5mu(tmp_path / "x.h5mu")
    assert plain(mudata.read_h5mu(tmp_path / "x.h5mu").uns["csmir"]["pairing"]["unpaired_mirna"]) == []


@pytest.mark.parametrize("pair_by", [None, r"(\d)$"])
def test_keep_unpaired(pair_by, tmp_path):
    mdata = cs.io.make_mudata(mirna("c3", "c1", "c2"), mrna("c2", "c4", "c3"), pair_by=pair_by, keep_unpaired=True)
    assert sorted(mdata.obs_names) == ["c1", "c2", "c3", "c4"]
    assert mdata["mirna"].obs_names.tolist() == ["c3", "c1", "c2"]
    assert mdata["mrna"].obs_names.tolist() == ["c3", "c2", "c4"]
    assert mdata["mrna"]["c3", "PTEN"].X.item() == 106
    mdata.write_h5mu(tmp_path / "x.h5mu")
    assert mudata.read_h5mu(tmp_path / "x.h5mu")["mrna"].obs_names.tolist() == ["c3", "c2", "c4"]


def test_keep_unpaired_refuses_names_that_would_pair_other_cells():
    a, b = mirna("m_1", "m_2"), mrna("r_1", "m_2")
    with pytest.raises(cs.InputError, match=r"1 mRNA cells without a partner have the name of another.*'m_2'"):
        cs.io.make_mudata(a, b, pair_by=(r"m_(\d)", r"r_(\d)"), keep_unpaired=True)


def test_input_is_left_alone_and_may_be_sparse():
    a = AnnData(sparse.csr_matrix(mirna("a", "b").to_numpy()), obs=pd.DataFrame({"batch": [1, 2]}, index=["a", "b"]))
    a.var_names = MIRNAS
    b = AnnData(mrna("r_b", "r_a"))
    mdata = cs.io.make_mudata(a, b, pair_by=r"(\w)$")
    mdata["mrna"].X[:] = -1
    mdata["mirna"].obs["batch"] = 0
    assert b.obs_names.tolist() == ["r_b", "r_a"]
    assert b.X.min() == 100
    assert "original_name" not in b.obs
    assert a.obs["batch"].tolist() == [1, 2]
    assert sparse.issparse(mdata["mirna"].X)


def test_h5ad_and_backed_anndata(tmp_path):
    a, b = AnnData(mirna("a", "b")), AnnData(mrna("b", "a"))
    a.write_h5ad(tmp_path / "a.h5ad")
    b.write_h5ad(tmp_path / "b.h5ad")
    import anndata

    backed = anndata.read_h5ad(tmp_path / "a.h5ad", backed="r")
    for first in (tmp_path / "a.h5ad", backed):
        mdata = cs.io.make_mudata(first, tmp_path / "b.h5ad")
        pd.testing.assert_frame_equal(mdata["mrna"].to_df(), mrna("b", "a").loc[["a", "b"]])
    backed.file.close()


def test_values_that_later_steps_count_are_no_errors_here():
    a = mirna("a", "b")
    a.iloc[0] = [np.nan, -np.inf]
    a.iloc[1, 0] = -3
    np.testing.assert_array_equal(cs.io.make_mudata(a, mrna("a", "b"))["mirna"].X, a.to_numpy())


TABLE = pd.DataFrame({"mirna": ["m1", "m2", "gone"], "mrna": ["r9", "r8", "r7"]})


@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        TABLE[["mrna", "mirna"]].assign(note="x"),
        TABLE.rename(columns={"mirna": "half A", "mrna": "half B"}),
        TABLE.rename(columns={"mirna": "miRNA ", "mrna": "mRNA"}).astype("category"),
    ],
    ids=["named", "more columns", "two columns", "case"],
)
@pytest.mark.parametrize("kind", ["frame", "csv", "tsv"])
def test_by_table(table, kind, tmp_path, caplog):
    if kind != "frame":
        table.to_csv(tmp_path / "pairs.txt", sep="," if kind == "csv" else "\t", index=False, lineterminator="\r\n")
        table = tmp_path / "pairs.txt"
    mdata = cs.io.make_mudata(mirna("m3", "m2", "m1"), mrna("r7", "r8", "r9"), pair_table=table)
    assert mdata.obs_names.tolist() == ["m2", "m1"]
    assert mdata["mrna"].obs["original_name"].tolist() == ["r8", "r9"]
    assert mdata.uns["csmir"]["pairing"]["by"] == "table"
    assert "1 of 3 pairs of the table are not in the data: 'gone - r7'" in caplog.messages


def test_table_of_numbers():
    table = pd.DataFrame({"mirna": [1, 2], "mrna": [20, 10]})
    mdata = cs.io.make_mudata(mirna("1", "2"), mrna("10", "20"), pair_table=table)
    assert mdata["mrna"].obs["original_name"].tolist() == ["20", "10"]


BAD_TABLES = {
    "columns": (
        pd.DataFrame({"a": ["m1"], "b": ["r1"], "c": [0]}),
        r"must have the columns 'mirna' and 'mrna'.*'a', 'b', 'c'",
    ),
    "one column": (pd.DataFrame({"mirna": ["m1"]}), r"must have the columns 'mirna' and 'mrna'"),
    "no rows": (pd.DataFrame({"mirna": [], "mrna": []}), r"The pair table has no rows"),
    "missing": (pd.DataFrame({"mirna": ["m1", "m2"], "mrna": ["r1", None]}), r"has 1 rows with a name missing"),
    "twice": (pd.DataFrame({"mirna": ["m1", "m1"], "mrna": ["r1", "r2"]}), r"names miRNA cells twice: 'm1'"),
    "turned": (
        pd.DataFrame({"x": ["r1", "r2"], "y": ["m1", "m2"]}),
        r"No pair of the table .* columns are the wrong way round",
    ),
    "strangers": (
        pd.DataFrame({"x": ["q"], "y": ["p"]}),
        r"pairs 'q' with 'p', miRNA cells are named 'm1', 'm2', mRNA",
    ),
    "no header": (
        pd.DataFrame({"m1": ["m2"], "r1": ["r2"]}),
        r"has no header: its first line holds the cells 'm1', 'r1'",
    ),
}


@pytest.mark.parametrize(("table", "message"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_bad_tables(table, message):
    with pytest.raises(cs.InputError, match=message):
        cs.io.make_mudata(mirna("m1", "m2"), mrna("r1", "r2"), pair_table=table)


def test_bad_table_files(tmp_path):
    (tmp_path / "pairs.csv").write_text("mirna,mrna\nm1,r1\nm2\n")
    with pytest.raises(cs.InputError, match=r"pairs\.csv, line 3: expected 2 columns as in the header, found 1"):
        cs.io.make_mudata(mirna("m1"), mrna("r1"), pair_table=tmp_path / "pairs.csv")
    with pytest.raises(cs.InputError, match="There is no file"):
        cs.io.make_mudata(mirna("m1"), mrna("r1"), pair_table=tmp_path / "nowhere.csv")


BAD_PATTERNS = {
    r"_\d+$": r"must have exactly one group.*found 0",
    r"(_)(\d+)$": r"must have exactly one group.*found 2",
    r"(": r"is not a regular expression",
    r"(q+)": r"matches no miRNA cell; they are named 'm_1', 'm_2'",
    r"(m_\d)": r"matches no mRNA cell; they are named 'r_3', 'r_4'",
    r"_(\d)": r"No cell is in both matrices by .*the miRNA cells give '1', '2' .*the mRNA cells '3', '4'",
    (r"(\d)",): r"one regular expression or two \(miRNA, mRNA\)",
    (r"(\d)", 3): r"one regular expression or two \(miRNA, mRNA\)",
}


@pytest.mark.parametrize(("pattern", "message"), BAD_PATTERNS.items(), ids=map(str, BAD_PATTERNS))
def test_bad_patterns(pattern, message):
    with pytest.raises(cs.InputError, match=message):
        cs.io.make_mudata(mirna("m_1", "m_2"), mrna("r_3", "r_4"), pair_by=pattern)


def test_ambiguous_keys_matter_only_where_they_would_pair():
    a, b = mirna("m_1", "m_2"), mrna("r_1", "r_2", "r_2b", "r_3", "r_3b")
    with pytest.raises(cs.InputError, match=r"1 of its keys stand for several mRNA cells \(2 from 'r_2', 'r_2b'\)"):
        cs.io.make_mudata(a, b, pair_by=r"_(\d)")
    assert cs.io.make_mudata(a.iloc[:1], b, pair_by=r"_(\d)").n_obs == 1
    with pytest.raises(cs.InputError, match=r"several miRNA cells \(1 from 'm_1', 'm_01'\)"):
        cs.io.make_mudata(mirna("m_1", "m_01"), mrna("r_1"), pair_by=r"_(\d+)")


def test_no_cell_in_common():
    message = r"miRNA cells are named 'a', 'b', mRNA cells 'r_a'\. .*pair_by=.*pair_table="
    with pytest.raises(cs.InputError, match=message):
        cs.io.make_mudata(mirna("a", "b"), mrna("r_a"))


def test_both_ways_of_pairing():
    with pytest.raises(cs.InputError, match="not both"):
        cs.io.make_mudata(mirna("a"), mrna("a"), pair_by="(a)", pair_table=TABLE)


def test_duplicated_cells():
    with pytest.raises(cs.InputError, match=r"The mRNA matrix holds 1 cells more than once: 'a'"):
        cs.io.make_mudata(mirna("a", "b"), mrna("a", "b", "a"))
    with pytest.raises(cs.InputError, match=r"The miRNA matrix holds 1 cells more than once: 'b'"):
        cs.io.make_mudata(mirna("b", "b"), mrna("a", "b"))


def test_swapped_modalities():
    with pytest.raises(
        cs.InputError, match=r"look swapped: the miRNA matrix holds 'PTEN'.*Give the miRNA matrix first"
    ):
        cs.io.make_mudata(mrna("a"), mirna("a"))
    with pytest.raises(cs.InputError, match=r"Both matrices hold miRNAs"):
        cs.io.make_mudata(mirna("a"), mirna("a"))
    with pytest.raises(cs.InputError, match=r"The miRNA matrix holds genes, not miRNAs"):
        cs.io.make_mudata(mrna("a"), mrna("a"))
    unknown = frame(["a"], ["p", "q"])
    with pytest.raises(cs.InputError, match=r"look swapped"):
        cs.io.make_mudata(unknown, frame(["a"], ["mmu-mir-21a-5p", "let-7a"]))
    assert cs.io.make_mudata(mrna("a"), mirna("a"), check_names=False).n_obs == 1


def test_unknown_mirna_names_are_accepted_with_a_word(caplog):
    cs.io.make_mudata(frame(["a"], ["p", "q"]), mrna("a"))
    assert "names of the miRNA matrix do not look like miRNAs: 'p', 'q'" in caplog.messages
    caplog.clear()
    cs.io.make_mudata(mirna("a"), mrna("a"))
    assert not caplog.messages


def test_features_in_rows_by_mistake():
    for turned in (mirna("s1", "s2").T, AnnData(mirna("s1", "s2").T)):
        with pytest.raises(
            cs.InputError, match=r"The miRNA matrix has features where cells.*Transpose it.*features='rows'"
        ):
            cs.io.make_mudata(turned, mrna("s1", "s2"), features="columns")
    with pytest.raises(
        cs.InputError, match=r"The mRNA matrix has features where cells should be: its cells are 'PTEN'"
    ):
        cs.io.make_mudata(mirna("s1", "s2"), mrna("s1", "s2").T, features="columns")
    nameless = frame(["s1", "s2"], ["p", "q", "r"]).T  # only the other matrix's cells tell
    with pytest.raises(cs.InputError, match=r"The mRNA matrix has features where cells should be"):
        cs.io.make_mudata(mirna("s1", "s2"), nameless)


@pytest.mark.parametrize("cell", ["cell_1", "s1"])
def test_dataframes_turned_the_other_way_are_understood(cell):
    assert cs.io.make_mudata(mirna(cell).T, mrna(cell)).obs_names.tolist() == [cell]
    assert cs.io.make_mudata(mirna(cell).T, mrna(cell).T, features="rows").obs_names.tolist() == [cell]


def test_empty_and_unusable_matrices(tmp_path):
    with pytest.raises(cs.InputError, match=r"is empty: 0 rows"):
        cs.io.make_mudata(mirna(), mrna("a"))
    with pytest.raises(cs.InputError, match=r"The mRNA matrix is empty: 1 cells x 0 features"):
        cs.io.make_mudata(mirna("a"), AnnData(np.ones((1, 0))))
    with pytest.raises(cs.InputError, match=r"The mRNA matrix has no X; its layers are 'counts'"):
        cs.io.make_mudata(mirna("a"), AnnData(shape=(1, 2), layers={"counts": np.ones((1, 2))}))
    with pytest.raises(cs.InputError, match=r"The mRNA matrix holds complex numbers"):
        cs.io.make_mudata(mirna("0"), AnnData(np.ones((1, 2), dtype=complex)))
    with pytest.raises(cs.InputError, match=r"column 'PTEN': expected a number, found 'high'"):
        cs.io.make_mudata(mirna("a"), mrna("a").assign(PTEN="high"))
    with pytest.raises(cs.InputError, match=r"Expected the path .* found list"):
        cs.io.make_mudata([[1]], mrna("a"))
    both = cs.io.make_mudata(mirna("a"), mrna("a"))
    both.write_h5mu(tmp_path / "x.h5mu")
    for given_ in (both, tmp_path / "x.h5mu"):
        with pytest.raises(cs.InputError, match=r"is a MuData with the modalities 'mirna', 'mrna'.*mdata\['mirna'\]"):
            cs.io.make_mudata(given_, mrna("a"))


def test_simulated_data_come_back_from_files(tmp_path):
    mdata = cs.datasets.simulated()
    mdata["mirna"].to_df().to_csv(tmp_path / "mirna.tsv.gz", sep="\t")
    mdata["mrna"].to_df().T.to_csv(tmp_path / "mrna.csv")
    again = cs.io.make_mudata(tmp_path / "mirna.tsv.gz", tmp_path / "mrna.csv")
    for key in ("mirna", "mrna"):
        assert again[key].obs_names.equals(mdata[key].obs_names)
        assert again[key].var_names.equals(mdata[key].var_names)
        np.testing.assert_allclose(again[key].X, mdata[key].to_df().to_numpy(), rtol=1e-6)
