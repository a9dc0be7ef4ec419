"""Tables as spreadsheets, R and other tools write them."""

from __future__ import annotations

import logging

import numpy as np
import pytest

import csmir as cs

VALUES = [[0, 7], [1.5, 0.25], [1000, -1]]


@pytest.fixture
def write(tmp_path):
    def put(content: str, name: str = "x.csv"):
        (tmp_path / name).write_text(content)
        return tmp_path / name

    return put


EUROPEAN = "mirna;cell_1;cell_2;cell_3\nhsa-let-7a-5p;0;1,5;1000\nhsa-miR-21-5p;7;0,25;-1\n"


@pytest.mark.parametrize("quote", ["", '"'])
def test_decimal_commas_where_semicolons_separate(write, caplog, quote):
    text = "\n".join(";".join(f"{quote}{f}{quote}" for f in line.split(";")) for line in EUROPEAN.splitlines())
    adata = cs.io.read(write(text + "\n"))
    np.testing.assert_array_equal(adata.X, VALUES)
    assert "2 numbers have a decimal comma" in caplog.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EUROPEAN.replace("1000", "1.5"), r"with decimal commas \('1,5'\) and with points \('1\.5'\)"),
        # thousands, or three digits behind a comma? Not guessed.
        (EUROPEAN.replace("1,5", "1,500").replace("0,25", "2,750"), r"line 2, column 3 .*found '1,500'"),
        (EUROPEAN.replace("1000", "1.234,5"), r"found '1\.234\.5'|and with points"),
        (EUROPEAN.replace(";", "\t"), r"found '1,5'\. Decimal commas are not read here"),
    ],
)
def test_commas_that_may_mean_something_else(write, text, message):
    with pytest.raises(cs.InputError, match=message):
        cs.io.read(write(text))


def test_whole_numbers_between_semicolons_are_no_decimals(write, caplog):
    caplog.set_level(logging.WARNING)
    text = EUROPEAN.replace("1,5", "1.5").replace("0,25", "0.25")
    np.testing.assert_array_equal(cs.io.read(write(text)).X, VALUES)
    assert not caplog.records


@pytest.mark.parametrize("before", ["\n", "# made by a tool; version 1\n", "## Program: x\n\n# y\n"])
@pytest.mark.parametrize("sep", [",", "\t"])
def test_lines_before_the_header(write, before, sep):
    path = write(before + f"mirna{sep}cell_1\nhsa-miR-21-5p{sep}7\n")
    assert cs.io.read(path).to_df().to_dict() == {"hsa-miR-21-5p": {"cell_1": 7}}


def test_errors_count_lines_from_the_top_of_the_file(write):
    with pytest.raises(cs.InputError, match=r"line 4, column 2 \('cell_1'\): expected a number, found 'high'"):
        cs.io.read(write("# x\n\nmirna,cell_1\nhsa-miR-21-5p,high\n"))
    with pytest.raises(cs.InputError, match="holds comments only"):
        cs.io.read(write("# x\n# y\n"))


@pytest.mark.parametrize("missing", ["NA", "na", "NaN", "nan", "", "<NA>", "#N/A", "NULL", "n/a", "None"])
def test_spellings_of_missing(write, missing):
    adata = cs.io.read(write(f"mirna,cell_1,cell_2\nhsa-miR-21-5p,{missing},1\n"))
    np.testing.assert_array_equal(adata.X, [[np.nan], [1]])


@pytest.mark.parametrize("sep", [3, "||", ""])
def test_a_separator_is_one_character(write, sep):
    with pytest.raises(cs.InputError, match=r"`sep` must be one character"):
        cs.io.read(write(EUROPEAN), sep=sep)


def test_a_gct_with_quoted_text(write):
    text = '"Name"\t"Description"\t"cell_1"\n"hsa-miR-21-5p"\t"a ""b"" c"\t7\n'
    adata = cs.io.read(write(text, "x.gct"))
    assert adata.to_df().to_dict() == {"hsa-miR-21-5p": {"cell_1": 7}}
    assert adata.var["Description"].tolist() == ['a "b" c']
