"""What is no name, no expression and no table of cells."""

from __future__ import annotations

import re

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import csmir as cs

MIRNA = pd.DataFrame({"hsa-miR-21-5p": [1, 2, 3]}, index=["c1", "c2", "c3"])
MRNA = pd.DataFrame({"PTEN": [4, 5, 6]}, index=["c1", "c2", "c3"])


@pytest.mark.parametrize("blank", [np.nan, None, "", "  ", pd.NA])
@pytest.mark.parametrize("side", ["miRNA", "mRNA"])
def test_cells_without_a_name(blank, side):
    named = {"miRNA": MIRNA, "mRNA": MRNA}
    named[side] = named[side].set_axis(["c1", blank, "c3"])
    with pytest.raises(cs.InputError, match=f"1 cells of the {side} matrix have no name"):
        cs.io.make_mudata(named["miRNA"], named["mRNA"])


@pytest.mark.parametrize("pair_by", [3, re.compile(r"(\d)"), str.lower, ["(a)"], [1, 2], {"(a)": "(b)"}])
def test_no_expression(pair_by):
    with pytest.raises(cs.InputError, match=r"`pair_by` must be one regular expression or two .*, as text"):
        cs.io.make_mudata(MIRNA, MRNA, pair_by=pair_by)


@pytest.mark.parametrize("table", [{"c1": "c1"}, [("c1", "c1")], pd.Series(["c1"], index=["c1"]), 3])
def test_no_table(table):
    with pytest.raises(cs.InputError, match="`pair_table` must be a DataFrame with the columns 'mirna' and 'mrna'"):
        cs.io.make_mudata(MIRNA, MRNA, pair_table=table)


def test_feature_types_on_the_disk(tmp_path):
    var = pd.DataFrame({"feature_types": ["miRNA", "Gene Expression"]}, index=["hsa-miR-21-5p", "PTEN"])
    AnnData(np.arange(6.0).reshape(3, 2), var=var).write_h5ad(tmp_path / "x.h5ad")
    mdata = cs.io.split_feature_types(anndata.read_h5ad(tmp_path / "x.h5ad", backed="r"))
    np.testing.assert_array_equal(mdata["mrna"].X, [[1], [3], [5]])
    with pytest.raises(cs.InputError, match=r"Read a file first: .*cs\.io\.read"):
        cs.io.split_feature_types(tmp_path / "x.h5ad")
