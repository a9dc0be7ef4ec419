from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import csmir as cs
from csmir.pp.bootstrap_cells import _random, _weights

KEY = "csmir_bootstrap"


def data(make, m, extra=0):
    """m cells with both modalities, and as many with one alone on each side as `extra` says."""
    both = [f"c{i}" for i in range(m)]
    a, b = [*(f"a{i}" for i in range(extra)), *both], [*both, *(f"b{i}" for i in range(extra))]
    rng = np.random.default_rng(0)
    return make(rng.gamma(1.0, size=(len(a), 3)), rng.gamma(1.0, size=(len(b), 4)), cells=(a, b))


def test_shape_sum_and_type(make, reload):
    mdata = data(make, 19)
    cs.pp.bootstrap_cells(mdata)
    weights = mdata.obsm[KEY]
    assert weights.shape == (19, 100)
    assert weights.dtype == np.float32
    assert weights.min() == 1
    assert set(weights.sum(axis=0)) == {109}  # n = 109 in the paper
    noted = mdata.uns["csmir"]["bootstrap_cells"]
    assert {k: noted[k] for k in ("n_between", "n_runs", "seed", "n_cells", "n_total")} == {
        "n_between": 5, "n_runs": 100, "seed": 0, "n_cells": 19, "n_total": 109,
    }  # fmt: skip
    assert noted["share_alone"] == pytest.approx((weights >= 6).mean())
    again = reload(mdata)
    assert again.obsm[KEY].dtype == np.float32
    np.testing.assert_array_equal(again.obsm[KEY], weights)
    assert again.uns["csmir"]["bootstrap_cells"]["seed"] == 0


def test_share_of_cells_alone_in_their_box(make):
    """P(1 + Binomial(90, 1/19) >= 6) = 0.516."""
    mdata = data(make, 19)
    cs.pp.bootstrap_cells(mdata, n_runs=4000)
    assert mdata.uns["csmir"]["bootstrap_cells"]["share_alone"] == pytest.approx(0.516, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 30), st.integers(1, 8), st.integers(1, 12), st.integers(0, 2**40))
def test_draws(m, n_between, n_runs, seed):
    drawn = _random(m, n_between * (m - 1), n_runs, seed)
    weights = _weights(drawn, m)
    assert weights.shape == (n_runs, m)
    assert (weights >= 1).all()
    assert (weights.sum(axis=1) == m + n_between * (m - 1)).all()
    for run, w in zip(drawn, weights, strict=True):
        assert [1 + run.tolist().count(c) for c in range(m)] == w.tolist()
    # a run does not depend on how many runs there are
    np.testing.assert_array_equal(drawn, _random(m, n_between * (m - 1), n_runs + 3, seed)[:n_runs])
    np.testing.assert_array_equal(drawn, _random(m, n_between * (m - 1), n_runs, seed))


def test_draws_are_uniform():
    drawn = _random(5, 20, 2000, 1)
    share = np.bincount(drawn.ravel()) / drawn.size
    np.testing.assert_allclose(share, 0.2, atol=0.01)
    assert len({tuple(run) for run in drawn}) == 2000


def test_seeds(make):
    mdata = data(make, 8)
    cs.pp.bootstrap_cells(mdata, seed=1)
    one = mdata.obsm[KEY]
    cs.pp.bootstrap_cells(mdata, seed=2)
    assert not np.array_equal(one, mdata.obsm[KEY])
    cs.pp.bootstrap_cells(mdata, seed=1, n_runs=7)
    np.testing.assert_array_equal(one[:, :7], mdata.obsm[KEY])


def test_given_draws_of_the_reference(make, shared_data):
    samples = np.load(shared_data / "golden" / "k562_bootstrap.npz")["samples"]
    mdata = data(make, 19)
    cs.pp.bootstrap_cells(mdata, indices=samples)
    assert mdata.obsm[KEY].shape == (19, 12)
    for run, drawn in enumerate(samples):
        np.testing.assert_array_equal(mdata.obsm[KEY][:, run], 1 + np.bincount(drawn, minlength=19))
    noted = mdata.uns["csmir"]["bootstrap_cells"]
    assert (noted["n_runs"], noted["indices"]) == (12, "given")
    assert "seed" not in noted
    cs.pp.bootstrap_cells(mdata, indices=samples.tolist())


def test_partly_overlapping_cells(make, caplog, reload):
    mdata = data(make, 6, extra=2)
    with caplog.at_level("WARNING", "csmir"):
        cs.pp.bootstrap_cells(mdata, n_runs=9)
    assert "4 of 10 cells lack a modality and get weight 0" in caplog.text
    both = mdata.obs_names.str.startswith("c")
    weights = mdata.obsm[KEY]
    assert (weights[~both] == 0).all()
    assert set(weights[both].sum(axis=0)) == {6 + 25}
    alone = data(make, 6)
    cs.pp.bootstrap_cells(alone, n_runs=9)
    np.testing.assert_array_equal(weights[both], alone.obsm[KEY])
    again = reload(mdata)
    np.testing.assert_array_equal(again.obsm[KEY], weights)
    cs.pp.filter_constant(again)
    np.testing.assert_array_equal(again.obsm[KEY], weights)


def test_weights_follow_the_cells(make):
    mdata = data(make, 6)
    cs.pp.bootstrap_cells(mdata, n_runs=4)
    part = mdata[["c4", "c1"]].copy()
    np.testing.assert_array_equal(part.obsm[KEY], mdata.obsm[KEY][[4, 1]])


def test_copy(make):
    mdata = data(make, 6)
    out = cs.pp.bootstrap_cells(mdata, copy=True)
    assert KEY in out.obsm
    assert KEY not in mdata.obsm


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        (np.zeros((3, 24), int), r"shape \(runs, 25\): n_between \* \(6 cells - 1\).* found \(3, 24\)"),
        (np.zeros(25, int), r"found \(25,\)"),
        (np.zeros((0, 25), int), r"found \(0, 25\)"),
        (np.zeros((3, 25)), "must hold whole numbers .* found type float64"),
        (np.zeros((3, 25), bool), "found type bool"),
        (np.full((3, 25), 6), "must lie from 0 to 5, .* found 6 to 6. Counting from 1, as in R"),
        (np.full((3, 25), -1), "found -1 to -1"),
        ([[0] * 25, [0] * 24], "rows of different length"),
    ],
)
def test_wrong_indices(make, indices, message):
    mdata = data(make, 6)
    with pytest.raises(cs.InputError, match=message):
        cs.pp.bootstrap_cells(mdata, indices=indices)
    assert KEY not in mdata.obsm


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"n_runs": 0}, "`n_runs` must be a whole number from 1 to 100000; found 0"),
        ({"n_runs": 10**9}, "`n_runs` must be a whole number from 1 to 100000"),
        ({"n_runs": 2.0}, "`n_runs` must be a whole number"),
        ({"n_between": 0}, "`n_between` must be a whole number from 1 to 1000"),
        ({"seed": -1}, "`seed` must be a whole number of at least 0"),
        ({"seed": None}, "`seed` must be a whole number"),
    ],
)
def test_wrong_parameters(make, kwargs, message):
    with pytest.raises(cs.InputError, match=message):
        cs.pp.bootstrap_cells(data(make, 6), **kwargs)


def test_one_cell(make):
    with pytest.raises(
        cs.InputError, match=r"Only one cell \('c0'\) has both modalities: there is nothing to draw from"
    ):
        cs.pp.bootstrap_cells(data(make, 1, extra=3))


def test_no_cell(make):
    with pytest.raises(cs.InputError, match="No cell has both modalities"):
        cs.pp.bootstrap_cells(data(make, 0, extra=3))


def test_two_cells_are_warned_about(make):
    mdata = data(make, 2)
    with pytest.warns(UserWarning, match="Only two cells have both modalities") as found:
        cs.pp.bootstrap_cells(mdata)
    assert found[0].filename == __file__  # points at the caller
    assert set(mdata.obsm[KEY].sum(axis=0)) == {7}
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        cs.pp.bootstrap_cells(data(make, 3))


def test_from_100_cells_on_the_paper_has_none(make, caplog):
    with caplog.at_level("WARNING", "csmir"):
        cs.pp.bootstrap_cells(data(make, 99), n_runs=2)
        assert not caplog.records
        cs.pp.bootstrap_cells(data(make, 100), n_runs=2)
    assert "with 100 cells the paper uses no pseudo-cells" in caplog.text


def test_duplicated_cells(make):
    mdata = data(make, 4)
    mdata.mod["mrna"].obs_names = ["c0", "c1", "c1", "c3"]
    with pytest.raises(cs.InputError, match="mrna modality holds cells more than once: 'c1'"):
        cs.pp.bootstrap_cells(mdata)
