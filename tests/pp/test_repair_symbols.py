from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csmir as cs

# HGNC: approved symbol, previous symbol
NEW = {
    "1-Sep": "SEPTIN1", "12-Sep": "SEPTIN12", "14-Sep": "SEPTIN14", "15-Sep": "SELENOF", "13-Sep": "SEPTIN7P2",
    "3-Mar": "MARCHF3", "11-Mar": "MARCHF11", "1-Dec": "DELEC1",
}  # fmt: skip
OLD = {"1-Sep": "SEPT1", "14-Sep": "SEPT14", "15-Sep": "SEP15", "3-Mar": "MARCH3", "1-Dec": "DEC1"}


def data(make, names):
    return make(np.ones((3, 2)), np.arange(3.0 * len(names)).reshape(3, -1), names=(None, names))


def table(mdata):
    return mdata.uns["csmir"]["repair_symbols"]["table"].set_index("found")


@pytest.mark.parametrize(("style", "expected"), [("new", NEW), ("old", OLD)])
def test_what_is_certain_is_repaired(make, style, expected, reload):
    names = [*expected, "TP53", "SEPT7L", "MARCKS", "DEC1", "H1-2", "HLA-DRB1"]
    mdata = data(make, names)
    cs.pp.repair_symbols(mdata, style=style)
    assert mdata["mrna"].var_names.tolist() == [*expected.values(), *names[len(expected) :]]
    assert mdata["mrna"].var["original_name"].tolist() == names
    assert set(table(mdata)["status"]) == {"repaired"}
    assert set(mdata.var_names) == {"m0", "m1", *mdata["mrna"].var_names}
    again = reload(mdata)
    assert again["mrna"].var_names.tolist() == mdata["mrna"].var_names.tolist()
    assert table(again)["repaired"].to_dict() == expected
    cs.pp.repair_symbols(again, style=style)  # nothing is left to repair
    assert again["mrna"].var["original_name"].tolist() == names


@pytest.mark.parametrize(
    "name",
    ["14-Sep", "Sep-14", "sep-14", "14-sep", "14-Sep-21", "14-Sep-2021", "14/Sep", "2021-09-14", "2021-09-14 00:00:00"],
)
def test_ways_to_write_a_date(make, name):
    mdata = data(make, [name, "TP53"])
    cs.pp.repair_symbols(mdata)
    assert mdata["mrna"].var_names[0] == "SEPTIN14"


def test_what_is_ambiguous_is_reported(make, caplog):
    names = ["1-Mar", "2-Mar", "3-Oct", "TP53"]
    mdata = data(make, names)
    with caplog.at_level("WARNING", "csmir"):
        cs.pp.repair_symbols(mdata)
    assert mdata["mrna"].var_names.tolist() == names
    assert "original_name" not in mdata["mrna"].var
    found = table(mdata)
    assert set(found["status"]) == {"ambiguous"}
    assert found["candidates"].tolist() == ["MARCHF1, MTARC1", "MARCHF2, MTARC2", "POU5F1, SLC22A3"]
    assert "3 names stand for several genes and were left: '1-Mar (MARCHF1, MTARC1)'" in caplog.text
    cs.pp.repair_symbols(mdata, style="old")
    assert table(mdata)["candidates"].iloc[0] == "MARCH1, MARC1"


@pytest.mark.parametrize(
    "name", ["2.31E+13", "2.31e13", "3/1/2021", "1.3.2021", "12:00 AM", "44256", "30-Sep", "4-Oct", "1-Jan"]
)
def test_what_is_lost_is_reported(make, name, caplog):
    mdata = data(make, [name, "TP53", "MYC"])
    with caplog.at_level("WARNING", "csmir"):
        cs.pp.repair_symbols(mdata)
    assert mdata["mrna"].var_names[0] == name
    assert table(mdata).loc[name, "status"] == "unknown"
    assert f"1 names are damaged beyond repair: '{name}'" in caplog.text


def test_numeric_identifiers_are_not_dates(make):
    mdata = data(make, ["44256", "7157", "4609"])
    cs.pp.repair_symbols(mdata)
    assert table(mdata).empty


def test_mapping_goes_first(make):
    mdata = data(make, ["1-Mar", "3-Mar", "TP53"])
    cs.pp.repair_symbols(mdata, mapping={"1-Mar": "MARCHF1", "3-Mar": "MINE", "MYC": "c-MYC"})
    assert mdata["mrna"].var_names.tolist() == ["MARCHF1", "MINE", "TP53"]


def test_repeated_names_and_clashes(make, caplog):
    mdata = data(make, ["1-Mar", "1-Mar", "14-Sep", "SEPTIN14"])
    with caplog.at_level("WARNING", "csmir"):
        cs.pp.repair_symbols(mdata)
    assert table(mdata).loc["1-Mar", "n_features"] == 2
    assert "repaired names that other features have too: 'SEPTIN14'" in caplog.text
    cs.pp.merge_duplicates(mdata)
    assert mdata["mrna"].var_names.tolist() == ["1-Mar", "SEPTIN14"]


def test_a_prior(caplog):
    net = pd.DataFrame({"source": "hsa-miR-21-5p", "target": ["4-Mar", "TP53", "1-Mar"], "weight": [1.0, 2.0, 3.0]})
    net.attrs["from"] = "here"
    out = cs.pp.repair_symbols(net)
    assert out["target"].tolist() == ["MARCHF4", "TP53", "1-Mar"]
    assert out["weight"].tolist() == [1, 2, 3]
    assert net["target"].tolist() == ["4-Mar", "TP53", "1-Mar"]
    assert out.attrs["from"] == "here"
    assert out.attrs["repair_symbols"]["status"] == ["repaired", "ambiguous"]
    with pytest.raises(cs.InputError, match="`data` lacks the column 'target'"):
        cs.pp.repair_symbols(net.drop(columns="target"))


def test_k562(shared_data):
    mdata = cs.datasets.k562(folder=shared_data / "k562")
    cs.pp.repair_symbols(mdata)
    found = table(mdata)
    # 1-Dec, 3-Mar to 11-Mar, 1-Sep to 12-Sep, 14-Sep and 15-Sep
    assert found["status"].value_counts().to_dict() == {"repaired": 24, "ambiguous": 2}
    assert found.loc[["1-Mar", "2-Mar"], "n_features"].tolist() == [2, 2]
    assert not mdata["mrna"].var_names.str.fullmatch(r"\d+-[A-Z][a-z]{2}").sum() > 4


def test_copy_and_errors(make):
    mdata = data(make, ["14-Sep", "TP53"])
    out = cs.pp.repair_symbols(mdata, copy=True)
    assert (mdata["mrna"].var_names[0], out["mrna"].var_names[0]) == ("14-Sep", "SEPTIN14")
    with pytest.raises(cs.InputError, match="`style` must be one of 'new', 'old'"):
        cs.pp.repair_symbols(mdata, style="hgnc")
    for wrong in ({"1-Mar": 5}, ["1-Mar"], {"1-Mar": ""}):
        with pytest.raises(cs.InputError, match="`mapping` must lead from names to names"):
            cs.pp.repair_symbols(mdata, mapping=wrong)
