"""CSV and TSV with features on either axis, and DataFrames."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import csmir as cs

ROWS = "mirna,K562_cell_1,K562_cell_2,K562_cell_3\nhsa-let-7a-5p,0,1.5,\nhsa-miR-21-5p,7,NA,-1\n"
VALUES = np.array([[0, 7], [1.5, np.nan], [np.nan, -1]])
COLUMNS = "cell,hsa-let-7a-5p,hsa-miR-21-5p\nK562_cell_1,0,7\nK562_cell_2,1.5,NA\nK562_cell_3,,-1\n"


@pytest.fixture
def write(tmp_path):
    def put(content: str | bytes, name: str = "x.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


def check(adata) -> None:
    assert adata.obs_names.tolist() == ["K562_cell_1", "K562_cell_2", "K562_cell_3"]
    assert adata.var_names.tolist() == ["hsa-let-7a-5p", "hsa-miR-21-5p"]
    np.testing.assert_array_equal(adata.X, VALUES)


@pytest.mark.parametrize("sep", [",", "\t", ";"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("packed", [False, True])
def test_either_axis(write, sep, ending, bom, packed):
    for text, features in ((ROWS, "rows"), (COLUMNS, "columns")):
        raw = (bom + text.replace(",", sep).replace("\n", ending)).encode()
        path = write(gzip.compress(raw) if packed else raw)
        check(cs.io.read_table(path, features=features))
        check(cs.io.read_table(path, features="auto"))
        check(cs.io.read(path))


def test_columns_is_the_default(write):
    check(cs.io.read_table(write(COLUMNS)))


def test_header_as_pandas_and_r_write_it(write):
    check(cs.io.read_table(write(COLUMNS.removeprefix("cell"))))
    check(cs.io.read_table(write(COLUMNS.removeprefix("cell,"))))
    quoted = '"hsa-let-7a-5p" "hsa-miR-21-5p"\n"K562_cell_1" 0 7\n"K562_cell_2" 1.5 NA\n"K562_cell_3" NA -1\n'
    check(cs.io.read_table(write(quoted), sep=" "))


def test_quoted_names_may_hold_the_separator_and_a_line_ending(write):
    adata = cs.io.read_table(write('"g","a, b","c ""d"""\n"x\ny",1,2\nz,"3",4\n'))
    assert adata.obs_names.tolist() == ["x\ny", "z"]
    assert adata.var_names.tolist() == ["a, b", 'c "d"']
    np.testing.assert_array_equal(adata.X, [[1, 2], [3, 4]])


def test_line_numbers_count_line_endings_inside_quotes(write):
    with pytest.raises(cs.InputError, match=r"line 4, column 3 \('b'\): expected a number, found 'no'"):
        cs.io.read_table(write('g,a,b\n"x\ny",1,2\nz,3,no\n'))


def test_repeated_names_are_kept(write):
    adata = cs.io.read_table(write("c,g,g\nx,1,2\nx,3,4\n"))
    assert adata.var_names.tolist() == ["g", "g"]
    assert adata.obs_names.tolist() == ["x", "x"]


@pytest.mark.parametrize("features", ["rows", "columns"])
def test_annotations_are_kept_beside_the_rows(write, features):
    path = write("name,chr,a,type,b\nx,1,10,p,20\ny,X,30,q,40\n")
    adata = cs.io.read_table(path, features=features, annotations=["type", "chr"])
    beside = adata.var if features == "rows" else adata.obs
    assert beside.to_dict("list") == {"chr": ["1", "X"], "type": ["p", "q"]}
    np.testing.assert_array_equal(adata.X.T if features == "rows" else adata.X, [[10, 20], [30, 40]])
    assert cs.io.read_table(write("n,t,a\nx,p,1\n"), annotations="t").obs["t"].tolist() == ["p"]


def test_k562_as_csv_is_what_the_gct_is(shared_data, tmp_path):
    gct = cs.io.read_gct(shared_data / "k562" / "GSE114071_NW_scsmRNA_K562_norm_log2.gct.gz")
    gct.to_df().to_csv(tmp_path / "x.csv")
    again = cs.io.read(tmp_path / "x.csv")
    np.testing.assert_array_equal(again.X, gct.X)
    assert again.var_names.equals(gct.var_names)


@settings(deadline=None)
@given(st.data(), st.booleans(), st.sampled_from([",", "\t", ";"]))
def test_what_pandas_writes_comes_back(tmp_path_factory, data, turned, sep):
    name = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6).map(
        "n{}".format
    )
    rows = data.draw(st.lists(name, min_size=1, max_size=4))
    columns = data.draw(st.lists(name, min_size=1, max_size=4))
    size = len(rows) * len(columns)
    numbers = data.draw(st.lists(st.floats(width=64), min_size=size, max_size=size))
    values = np.array(numbers).reshape(len(rows), len(columns))
    path = tmp_path_factory.mktemp("table") / "x.csv"
    pd.DataFrame(values, index=rows, columns=columns).to_csv(path, sep=sep)
    adata = cs.io.read_table(path, sep=sep, features="rows" if turned else "columns")
    assert (adata.var_names if turned else adata.obs_names).tolist() == rows
    assert (adata.obs_names if turned else adata.var_names).tolist() == columns
    np.testing.assert_array_equal(adata.X.T if turned else adata.X, values)


BROKEN = {
    "a\nb\n": r"line 1: expected names separated by tabs, commas or semicolons, found 'a'",
    "c,g,h\nx,1,two\n": r"x\.csv, line 2, column 3 \('h'\): expected a number, found 'two'\. .*annotations=",
    "c,g,h\nx,1\n": r"line 2: expected 3 columns as in the header, found 2\. It is the last line",
    "c,g,h\nx,1,2\ny,1,2,3\nz,1,2\n": r"line 3: expected 3 columns as in the header, found 4",
    "c,g,h\n": r"has no rows under its header",
    "0.1,0.2,0.3\n1.5,2.5,3.5\n": r"line 1: expected names of columns, found numbers such as '0\.2', '0\.3'",
    "g,h\n1.5,2\n2.5,3\n": r"expected names in the first column, found numbers such as '1\.5', '2\.5'",
    "#1.2\n1\t1\n": r"is a GCT file\. Read it with cs\.io\.read_gct",
    "c,,h\nx,1,2\n": r"line 1, column 2: expected the name of a column",
    "c,g\n,1\n": r"line 2, column 1: expected the name of the row",
    "c,g,\nx,TRUE,\n": r"column 2 \('g'\): expected a number, found 'TRUE'",
}


@pytest.mark.parametrize(("content", "message"), BROKEN.items(), ids=range(len(BROKEN)))
def test_broken(write, content, message):
    with pytest.raises(cs.InputError, match=message):
        cs.io.read_table(write(content))


def test_a_quote_left_open(write):
    with pytest.raises(cs.InputError, match=r"x\.csv, line 3: expected 2 columns as in the header, found 1"):
        cs.io.read_table(write('c,g\nx,1\n"y,2\nz,3\n'))
    with pytest.raises(cs.InputError, match=r"x\.csv: the row 1 lines after .*Is a quote left open"):
        cs.io.read_table(write('c,g\n"y,2\n' + "z,3\n" * 40_000))


def test_bad_arguments(write):
    path = write(ROWS)
    with pytest.raises(cs.InputError, match=r"`features` must be one of .*found 'row'\. Did you mean 'rows'"):
        cs.io.read_table(path, features="row")
    with pytest.raises(cs.InputError, match="`sep` must be one character"):
        cs.io.read_table(path, sep=", ")
    with pytest.raises(cs.InputError, match=r"has no column 'cluster'; its columns are 'mirna'"):
        cs.io.read_table(path, annotations=["cluster"])


def test_auto_asks_where_names_do_not_tell(write):
    with pytest.raises(
        cs.InputError, match=r"cannot tell whether features are in rows \('x', 'y'\) or in columns \('a'"
    ):
        cs.io.read(write("n,a,b\nx,1,2\ny,3,4\n"))


TOLD = [
    (["hsa-miR-1", "hsa-let-7a"], ["a", "b"], "rows"),
    (["a", "b"], ["mmu-mir-21a-5p", "x"], "columns"),
    (["MIMAT0000062"], ["s1"], "rows"),
    (["hsa.miR.21.5p"], ["s1"], "rows"),
    (["ENSG00000141510", "ENSG00000171862"], ["s1", "s2"], "rows"),
    (["s1", "s2"], ["Gapdh", "Xkr4"], "columns"),
    (["RPL3", "ABCD"], ["s1", "s2"], "rows"),
    (["AAACCTGAGAAACCAT-1", "AAACCTGAGAAACCGC-1"], ["foo", "bar"], "columns"),
    (["foo", "bar"], ["cell 1", "cell 2"], "rows"),
    (["GSM3130641"], ["foo"], "columns"),
    (["MIR21", "MIR17HG"], ["s1", "s2"], None),  # genes of miRNAs: no miRNA names
    (["CELSR1", "CELF2"], ["s1", "s2"], None),
    (["cell_1"], ["cell_2"], None),
]


@pytest.mark.parametrize(("rows", "columns", "axis"), TOLD)
def test_what_names_tell(write, rows, columns, axis):
    text = ",".join(["n", *columns]) + "\n" + "".join(",".join([r, *["1"] * len(columns)]) + "\n" for r in rows)
    if axis is None:
        with pytest.raises(cs.InputError, match="Say features='rows' or features='columns'"):
            cs.io.read(write(text))
        return
    assert cs.io.read(write(text)).var_names.tolist() == (rows if axis == "rows" else columns)


def test_dataframes():
    frame = pd.DataFrame({"g": [1, 2], "h": pd.array([3, None], dtype="Int64")}, index=[10, 11])
    adata = cs.io.read(frame)
    assert adata.obs_names.tolist() == ["10", "11"]
    np.testing.assert_array_equal(adata.X, [[1, 3], [2, np.nan]])
    turned = pd.DataFrame({"s1": [1, 2]}, index=["hsa-miR-1", "hsa-miR-2"])
    assert cs.io.read(turned).obs_names.tolist() == ["s1"]
    assert cs.io.read(turned, features="columns").obs_names.tolist() == ["hsa-miR-1", "hsa-miR-2"]


def test_broken_dataframes():
    with pytest.raises(cs.InputError, match=r"row 'b', column 'h': expected a number, found 'x'"):
        cs.io.read(pd.DataFrame({"g": [1, 2], "h": [1.0, "x"]}, index=["a", "b"]))
    with pytest.raises(cs.InputError, match=r"row 'a', column 'day': expected a number"):
        cs.io.read(pd.DataFrame({"day": pd.to_datetime(["2020-01-01"])}, index=["a"]))
    with pytest.raises(cs.InputError, match=r"is empty: 0 rows x 1 columns"):
        cs.io.read(pd.DataFrame({"g": []}))
    with pytest.raises(cs.InputError, match="several levels of names"):
        cs.io.read(pd.DataFrame([[1]], index=pd.MultiIndex.from_tuples([("a", "b")])))
