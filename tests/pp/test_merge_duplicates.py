from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse

import csmir as cs
from csmir._mudata.assemble import duplicate
from csmir.pp.merge_duplicates import average, mean_of_columns

MIRNA = np.array([[1.0, 2.0, 3.0, 5.0, 8.0], [0.0, 4.0, 0.0, 6.0, 0.0]])
NAMES = ["b", "a", "b", "c", "b"]

values = st.floats(0, 40, allow_subnormal=False) | st.sampled_from([0.0, 0.1, 1 / 3, 0.7, 1e-4, 13.7])


def dense(x):
    return x.toarray() if hasattr(x, "toarray") else np.asarray(x)


def test_by_hand(make, container, caplog, reload):
    mdata = make(container(MIRNA), container(np.ones((2, 2))), names=(NAMES, None))
    kind = type(mdata["mirna"].X)
    with caplog.at_level("INFO", "csmir"):
        cs.pp.merge_duplicates(mdata)
    part = mdata["mirna"]
    assert part.var_names.tolist() == ["b", "a", "c"]  # first appearance
    np.testing.assert_array_equal(dense(part.X), [[4, 2, 5], [0, 4, 6]])
    assert type(part.X) is kind
    assert part.var["n_merged"].tolist() == [3, 1, 1]
    assert "n_merged" not in mdata["mrna"].var
    assert "mirna: averaged 3 features that share 1 names, 3 features left: 'b'" in caplog.text
    assert mdata.var_names.tolist() == ["b", "a", "c", "g0", "g1"]
    again = reload(mdata)
    np.testing.assert_array_equal(dense(again["mirna"].X), dense(part.X))
    cs.pp.merge_duplicates(again)
    assert again["mirna"].n_vars == 3


@settings(max_examples=200, deadline=None)
@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 9)), elements=values), st.randoms())
def test_a_mean_depends_on_the_values_alone(block, random):
    mean = mean_of_columns(block)
    for row, m in zip(block, mean, strict=True):
        shuffled = list(row)
        random.shuffle(shuffled)
        assert mean_of_columns(np.array([shuffled]))[0] == m
        exact = float(sum(map(Fraction, row.tolist())) / len(row))  # the mean, correctly rounded
        assert abs(m - exact) <= np.spacing(exact)
        assert row.min() <= m <= row.max()


@settings(max_examples=200, deadline=None)
@given(values, st.integers(1, 40))
def test_equal_values_have_themselves_as_mean(value, k):
    assert mean_of_columns(np.full((1, k), value))[0] == value


@pytest.mark.parametrize("k", [3, 6, 7, 10, 49])
def test_ties_that_plain_means_break(k):
    x = np.random.default_rng(k).uniform(0, 20, 2000)
    block = np.repeat(x[:, None], k, axis=1)
    # the trap is real: somewhere a running sum over k differs from the value
    if k == 7:
        assert (np.cumsum(block, axis=1)[:, -1] / k != x).any()
    np.testing.assert_array_equal(mean_of_columns(block), x)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_ties_between_cells_survive(data):
    """Cells with the same values for a name, in whatever order, stay tied: dense, sparse, float32."""
    n_features = data.draw(st.integers(2, 8))
    group = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n_features, max_size=n_features)))
    group = pd.factorize(group)[0]
    cell = np.array(data.draw(st.lists(values, min_size=n_features, max_size=n_features)))
    other = cell.copy()
    for g in range(group.max() + 1):
        other[group == g] = data.draw(st.permutations(cell[group == g].tolist()))
    x = np.stack([cell, other])
    for dtype in (np.float64, np.float32):
        merged = average(x.astype(dtype), group, group.max() + 1)
        assert merged.dtype == dtype
        np.testing.assert_array_equal(merged[0], merged[1])
        packed = average(sparse.csr_matrix(x.astype(dtype)), group, group.max() + 1)
        np.testing.assert_array_equal(packed.toarray(), merged)


def test_everything_else_is_kept(rich, reload):
    before, obs = duplicate(rich), rich.obs.copy()
    cs.pp.merge_duplicates(rich)
    mirna = rich["mirna"]
    assert mirna.var_names.tolist() == ["a", "b", "c", "d", "e"]
    assert mirna.var["length"].tolist() == [0, 1, 3, 4, 6]
    assert mirna.varm["loadings"][:, 0].tolist() == [0, 3, 9, 12, 18]
    np.testing.assert_array_equal(mirna.obsm["X_pca"], before["mirna"].obsm["X_pca"])
    assert mirna.obs.equals(before["mirna"].obs)
    old = before["mirna"].layers["counts"][:, [0, 2, 5]]
    np.testing.assert_allclose(mirna.layers["counts"][:, 0], old.mean(axis=1))  # layers are averaged along
    np.testing.assert_array_equal(mirna.layers["sparse"].toarray(), mirna.X)
    pd.testing.assert_frame_equal(rich.obs, obs)
    assert rich.obsm["weights"].dtype == np.int16
    again = reload(rich)
    np.testing.assert_array_equal(again["mrna"].X, rich["mrna"].X)
    assert again.uns["csmir"]["merge_duplicates"]["n_merged_mirna"] == 3
    assert again.uns["csmir"]["merge_duplicates"]["n_merged_mrna"] == 1


def test_nothing_to_merge(mdata):
    before = mdata["mirna"]
    cs.pp.merge_duplicates(mdata)
    assert mdata["mirna"] is before
    assert mdata.uns["csmir"]["merge_duplicates"]["n_merged_mirna"] == 0


def test_missing_values(make):
    wrong = MIRNA.copy()
    wrong[1, 2], wrong[0, 1] = np.nan, np.nan  # the second is not averaged
    mdata = make(wrong, np.ones((2, 2)), names=(NAMES, None))
    with pytest.raises(cs.InputError, match=r"share a name hold 1 missing and 0 infinite values.*handle_missing"):
        cs.pp.merge_duplicates(mdata)


def test_features_without_a_name(make):
    mdata = make(MIRNA.copy(), np.ones((2, 2)), names=(["a", "", "b", " ", "nan"], None))
    with pytest.raises(cs.InputError, match="3 features of the mirna modality have no name") as error:
        cs.pp.merge_duplicates(mdata)
    assert "var_names.isin(['', ' ', 'nan'])" in str(error.value)  # advice that finds all of them


def test_copy(rich):
    out = cs.pp.merge_duplicates(rich, copy=True)
    assert (rich["mirna"].n_vars, out["mirna"].n_vars) == (8, 5)


def test_a_view(rich):
    part = rich[:6]
    out = cs.pp.merge_duplicates(part, copy=True)
    assert (part["mirna"].n_vars, out["mirna"].shape) == (8, (6, 5))
    cs.pp.merge_duplicates(part)
    assert (rich["mirna"].n_vars, part["mirna"].shape) == (8, (6, 5))
