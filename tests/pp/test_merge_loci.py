from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import csmir as cs
from csmir.pp._combine import sum_of_columns
from csmir.pp.merge_loci import without_loci


def dense(x):
    return x.toarray() if hasattr(x, "toarray") else np.asarray(x)


def test_loci_by_hand(make, container, caplog, reload):
    names = ["hsa-mir-16-1", "hsa-mir-21", "hsa-mir-16-2", "hsa-let-7a-1"]
    mdata = make(container(np.array([[1.0, 2, 3, 4], [0, 0, 5, 0]])), container(np.ones((2, 2))), names=(names, None))
    kind = type(mdata["mirna"].X)
    with caplog.at_level("INFO", "csmir"):
        cs.pp.merge_loci(mdata)
    part = mdata["mirna"]
    assert part.var_names.tolist() == ["hsa-mir-16", "hsa-mir-21", "hsa-let-7a-1"]
    np.testing.assert_array_equal(dense(part.X), [[4, 2, 4], [5, 0, 0]])
    assert type(part.X) is kind
    assert part.var["n_merged"].tolist() == [2, 1, 1]
    assert "mirna: summed 2 features that share 1 names, 3 features left: 'hsa-mir-16'" in caplog.text
    assert reload(mdata)["mirna"].var_names.tolist() == part.var_names.tolist()
    cs.pp.merge_loci(mdata)
    assert mdata["mirna"].n_vars == 3


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["hsa-mir-1-1", "hsa-mir-1-2"], ["hsa-mir-1", "hsa-mir-1"]),
        (["MIRLET7A1", "MIRLET7A2", "MIR92A1"], ["MIRLET7A", "MIRLET7A", "MIR92A1"]),
        (["MIR16-1", "MIR16-2"], ["MIR16", "MIR16"]),
        (["Mirlet7a-1", "Mirlet7a-2"], ["Mirlet7a", "Mirlet7a"]),
        (["hsa.mir.16.1", "hsa.mir.16.2"], ["hsa.mir.16", "hsa.mir.16"]),
        (["hsa-miR-16-1-3p", "hsa-miR-16-2-3p"], None),  # two sequences
        (["kshv-mir-K12-1", "kshv-mir-K12-2"], None),  # two miRNAs
        (["hsa-mir-125a", "hsa-mir-125b"], None),
        (["hsa-mir-16", "hsa-mir-16-1", "hsa-mir-16-2"], None),  # the stem is there by itself
        (["gene-1", "gene-2"], None),
    ],
)
def test_what_is_a_locus(names, expected):
    assert without_loci(pd.Index(names)).tolist() == (expected or names)


@pytest.mark.parametrize("step", [lambda m: cs.pp.merge_duplicates(m, how="sum"), cs.pp.merge_loci])
def test_sums_are_of_linear_values(make, step):
    pair = ["hsa-mir-16-1", "hsa-mir-16-2"] if step is cs.pp.merge_loci else ["a", "a"]
    mdata = make(np.ones((3, 2)), np.ones((3, 2)), names=(pair, None))
    cs.pp.log2p1(mdata)
    with pytest.raises(
        cs.InputError, match=r"logged already.*Sums are of linear values: run this before cs\.pp\.log2p1"
    ):
        step(mdata)


def test_shared_names_come_first(make):
    mdata = make(np.ones((3, 2)), np.ones((3, 2)), names=(["hsa-mir-16-1", "hsa-mir-16-1"], None))
    with pytest.raises(cs.InputError, match=r"share names: 'hsa-mir-16-1'. Run cs\.pp\.merge_duplicates"):
        cs.pp.merge_loci(mdata)


def test_isomirs_added_up(make):
    """Counts of isomiRs under the name of their miRNA: added up by name, then one row a miRNA."""
    names = ["hsa-miR-21-5p", "hsa-miR-17-5p", "hsa-miR-21-5p"]
    mdata = make(np.array([[1, 2, 30], [4, 5, 0]]), np.ones((2, 2)), names=(names, None))
    cs.pp.merge_duplicates(mdata, how="sum")
    assert mdata["mirna"].var_names.tolist() == ["hsa-miR-21-5p", "hsa-miR-17-5p"]
    np.testing.assert_array_equal(mdata["mirna"].X, [[31, 2], [4, 5]])
    assert mdata.uns["csmir"]["merge_duplicates"]["how"] == "sum"
    with pytest.raises(cs.InputError, match=r"`how` must be one of 'mean', 'sum'"):
        cs.pp.merge_duplicates(mdata, how="max")


@settings(max_examples=100, deadline=None)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 5), st.integers(1, 8)), elements=st.floats(0, 1e6)), st.randoms()
)
def test_a_sum_depends_on_the_values_alone(block, random):
    total = sum_of_columns(block)
    for row, t in zip(block, total, strict=True):
        shuffled = list(row)
        random.shuffle(shuffled)
        assert sum_of_columns(np.array([shuffled]))[0] == t
        exact = float(sum(map(Fraction, row.tolist())))
        assert abs(t - exact) <= np.spacing(exact)


def test_breast_cancers(shared_data):
    """TCGA's stem-loop names; let-7a has three loci, and the sum of its linear values is what is kept."""
    table = pd.read_csv(shared_data / "real" / "tcga_breast_mirna.csv.gz", index_col=0)
    genes = pd.read_csv(shared_data / "real" / "tcga_breast_mrna.csv.gz", index_col=0)
    mdata = cs.io.make_mudata(table, genes)
    cs.pp.undo_log2(mdata)
    cs.pp.merge_loci(mdata)
    part = mdata["mirna"].to_df()
    loci = [f"hsa-let-7a-{i}" for i in (1, 2, 3)]
    np.testing.assert_allclose(part["hsa-let-7a"], (2.0 ** table[loci]).sum(axis=1), rtol=1e-12)
    assert not set(loci) & set(part.columns)
    assert "hsa-mir-103" in part.columns
