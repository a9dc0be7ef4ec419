"""GCT: both forms, plain or gzipped, and every way a file is broken, by message."""

from __future__ import annotations

import contextlib
import gzip
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import csmir as cs

TRUE = (
    "#1.2\t\t\t\n"
    "3\t2\t\t\n"
    "NAME\tDescription\tcell_1\tcell_2\n"
    "PTEN\t\t1.5\t0\n"
    "NA\tnot available\tNA\t-2e-3\n"
    "PTEN\tagain\tinf\t\n"
)
BARE = "".join(TRUE.splitlines(keepends=True)[2:])


@pytest.fixture
def write(tmp_path):
    def put(content: str | bytes, name: str = "x.gct") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return put


def check(adata) -> None:
    assert adata.obs_names.tolist() == ["cell_1", "cell_2"]
    assert adata.var_names.tolist() == ["PTEN", "NA", "PTEN"]
    assert adata.var["Description"].tolist() == ["", "not available", "again"]
    assert adata.X.dtype == np.float64
    np.testing.assert_array_equal(adata.X, [[1.5, np.nan, np.inf], [0, -0.002, np.nan]])


@pytest.mark.parametrize("text", [TRUE, BARE], ids=["true", "bare"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_both_forms_whatever_the_line_endings(write, text, ending, bom):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # no word about repeated names
        check(cs.io.read_gct(write(bom + text.replace("\n", ending))))


def test_gzip_is_known_by_content(write):
    check(cs.io.read_gct(write(gzip.compress(TRUE.encode()), "packed_without_saying.gct")))
    check(cs.io.read_gct(write(TRUE, "plain.gct.gz")))
    check(cs.io.read_gct(write(TRUE.encode("utf-16"), "from_excel.gct")))


@pytest.mark.parametrize("tail", ["", "\n\n", "\t\t\t\n", "\n \n"])
def test_blank_lines_at_the_end_do_not_matter(write, tail):
    check(cs.io.read_gct(write(TRUE.rstrip("\n") + "\n" + tail)))


def test_trailing_tabs_and_quotes_are_taken_as_they_are(write):
    adata = cs.io.read_gct(write('Name\tDescription\tc1\t\nA\tthe "best" gene\t1\t\nB\t5" long\t2\t\t\n'))
    assert adata.shape == (1, 2)
    assert adata.var["Description"].tolist() == ['the "best" gene', '5" long']


def test_numbers_are_read_exactly(write):
    texts = ["0.1", "-13.287712", "1e-320", "123456789.123456789", "9007199254740993", ".5", "5.", "+3", " 7 "]
    header = "\t".join(f"c{i}" for i in range(len(texts)))
    adata = cs.io.read_gct(write(f"Name\tDescription\t{header}\ng\t\t" + "\t".join(texts) + "\n"))
    assert adata.X[:, 0].tolist() == [float(t) for t in texts]


@settings(deadline=None)
@given(
    st.lists(st.lists(st.floats(allow_nan=True, width=64), min_size=3, max_size=3).map(tuple), min_size=1, max_size=8)
)
def test_written_values_come_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("gct") / "x.gct"
    body = "".join(f"g{i}\t\t" + "\t".join(map(repr, row)) + "\n" for i, row in enumerate(rows))
    path.write_text(f"#1.2\n{len(rows)}\t3\nName\tDescription\ta\tb\tc\n{body}")
    np.testing.assert_array_equal(cs.io.read_gct(path).X.T, np.array(rows))


def test_k562(shared_data):
    mirna = cs.io.read_gct(shared_data / "k562" / "GSE114071_NW_scsmRNA_K562_norm_log2.gct.gz")
    mrna = cs.io.read_gct(shared_data / "k562" / "GSE114071_NW_half_cell_K562_RNAseq_processed_data.gct.gz")
    assert mirna.shape == (21, 2822)
    assert mrna.shape == (22, 23284)
    assert mirna.var_names.duplicated(keep="first").sum() > 0
    assert mirna.X[0, 0] == -7.596052
    assert mirna.var["Description"].iloc[0] == "hsa-let-7a-1"
    assert np.isnan(mirna.X).sum() == 0
    assert np.isnan(mrna.X).sum() == 405  # `NA` counted with grep
    assert mrna["NW_hcRNAseq_21_2", "A1BG"].X.item() == 13.752


BROKEN = {
    "": r"x\.gct is empty",
    "\n\n": r"x\.gct is empty",
    TRUE.replace("#1.2", "#1.3"): r"x\.gct, line 1: expected the marker '#1\.2' of a GCT, found '#1\.3'",
    TRUE.replace("3\t2", "three\t2"): r"line 2: expected the numbers of rows and of columns, found 'three\\t2'",
    "#1.2\n": r"line 2: expected the numbers of rows and of columns, found ''. Is the file truncated",
    "#1.2\n3\t2\n": r"line 3: expected the columns 'Name' and 'Description' of a GCT, found ''",
    TRUE.replace("3\t2", "4\t2"): r"line 2: expected 4 rows and 2 columns, found 3 and 2\. The file is truncated",
    TRUE.replace("3\t2", "3\t9"): r"line 2: expected 3 rows and 9 columns, found 3 and 2",
    TRUE.replace("Description", "Chip"): r"line 3: expected the columns 'Name' and 'Description'.*cs\.io\.read_table",
    "gene,a,b\nA,1,2\n": r"line 1: expected the columns 'Name' and 'Description' of a GCT or the marker '#1\.2'",
    TRUE.replace("1.5", "lots"): r"line 4, column 3 \('cell_1'\): expected a number, found 'lots'",
    BARE.replace("-2e-3", "0x1F"): r"line 3, column 4 \('cell_2'\): expected a number, found '0x1F'",
    BARE.replace("-2e-3", "1_000"): r"line 3, column 4 \('cell_2'\): expected a number, found '1_000'",
    BARE.replace("1.5", "1,5"): r"found '1,5'\. Decimal commas are not read",
    BARE.replace("1.5", "#DIV/0!"): r"line 2, column 3 .* found '#DIV/0!'",
    BARE.replace("\tinf\t\n", "\ti"): r"line 4: expected 4 columns as in the header, found 3\. .*seems truncated",
    BARE.replace("1.5\t0", "1.5"): r"line 2: expected 4 columns as in the header, found 3\.$",
    BARE.replace("1.5\t0", "1.5\t0\t7"): r"line 2: expected 4 columns as in the header, found 5",
    BARE.replace("PTEN\t\t", "\n"): r"line 2: expected 4 columns as in the header, found 1",
    BARE.replace("PTEN\tagain", "\tagain"): r"line 4, column 1: expected the name of the row, found nothing",
    BARE.replace("cell_1", ""): r"line 1, column 3: expected the name of a column, found nothing",
    BARE.splitlines()[0]: r"has no rows under its header \(line 1\)\. Is it truncated",
    "Name\tDescription\nA\tb\n": r"has no columns of numbers; its columns are 'Name', 'Description'",
}


@pytest.mark.parametrize(("content", "message"), BROKEN.items(), ids=range(len(BROKEN)))
def test_broken_text(write, content, message):
    with pytest.raises(cs.InputError, match=message):
        cs.io.read_gct(write(content))


PACKED = gzip.compress(TRUE.encode() * 50)
BINARY = {
    "truncated": (PACKED[:-20], r"x\.gct\.gz is truncated or damaged"),
    "cut in the header": (PACKED[:5], r"is truncated or damaged"),
    "corrupted": (PACKED[:30] + b"\xff\xff\xff" + PACKED[33:], r"is truncated or damaged"),
    "wrong checksum": (PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], r"is truncated or damaged"),
    "wrong magic": (
        b"\x00\x00" + PACKED[2:],
        r"x\.gct\.gz, line 1: .* Its name says it is gzipped: it may be corrupted",
    ),
    "excel": (b"PK\x03\x04rest", r"is not a text table: it is a zip archive or an Excel workbook"),
    "bzip2": (b"BZh91AY", r"compressed with bzip2; decompress it first"),
    "html": (b"<!doctype html><title>404", r"it is a web page; was the download successful"),
    "hdf5": (b"\x89HDF\r\n\x1a\n123", r"it is an HDF5 file\. Read .* with cs\.io\.read\(path\)"),
    "latin-1": (
        BARE.replace("again", "2 \xb5m").encode("latin-1"),
        r"line 4: expected UTF-8 text, found the byte 0xb5",
    ),
    "nul": (BARE.replace("again", "a\0b").encode(), r"line 4: expected text, found binary data"),
}


@pytest.mark.parametrize(("content", "message"), BINARY.values(), ids=BINARY)
def test_broken_bytes(write, content, message):
    with pytest.raises(cs.InputError, match=message):
        cs.io.read_gct(write(content, "x.gct.gz"))


def test_missing_file_and_folder(write, tmp_path):
    write(TRUE, "mirna.gct")
    with pytest.raises(cs.InputError, match=r"There is no file .*mirma\.gct'\. Did you mean 'mirna\.gct'"):
        cs.io.read_gct(tmp_path / "mirma.gct")
    with pytest.raises(cs.InputError, match="is a folder"):
        cs.io.read_gct(tmp_path)
    with pytest.raises(cs.InputError, match="Expected the path of a file; found int"):
        cs.io.read_gct(3)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_an_anndata_or_a_clear_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("gct") / "x.gct"
    path.write_bytes(content)
    with pytest.raises(cs.InputError):
        cs.io.read_gct(path)


@settings(deadline=None)
@given(st.integers(0, len(TRUE) - 1), st.sampled_from(["\t", "\n", "#", "x", '"', "\0", "é"]))
def test_one_wrong_character_never_crashes(tmp_path_factory, at, character):
    path = tmp_path_factory.mktemp("gct") / "x.gct"
    path.write_text(TRUE[:at] + character + TRUE[at + 1 :], encoding="utf-8")
    with contextlib.suppress(cs.InputError):
        assert cs.io.read_gct(path).shape == (2, 3)
