"""The Cauchy combination against its formula and scipy, and its error where cells hang together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from csmir.kernels.combine_p import Cauchy, adjusted


def combined(p):
    sums = Cauchy(p.shape[1])
    sums.add(p)
    return sums.combined()


def test_by_scipys_distribution():
    p = np.random.default_rng(0).random((7, 30))
    expected = stats.cauchy.sf(np.tan((0.5 - np.minimum(p, 0.99)) * np.pi).mean(axis=0))
    np.testing.assert_allclose(combined(p), expected, rtol=1e-10)


def test_one_cell_is_its_own_p_and_small_ones_are_kept():
    np.testing.assert_allclose(combined(np.array([[0.2, 1e-30, 0.7]])), [0.2, 1e-30, 0.7], rtol=1e-9)
    np.testing.assert_allclose(combined(np.full((4, 1), 1e-40)), [1e-40], rtol=1e-9)


def test_a_cell_at_one_does_not_outweigh_the_rest():
    p = np.array([[1.4e-5], [1.0]])
    assert combined(p)[0] == pytest.approx(2.8e-5, rel=0.01)


def test_what_is_not_tested_does_not_count():
    np.testing.assert_allclose(combined(np.array([[0.01, np.nan], [np.nan, np.nan]]))[0], 0.01)
    assert np.isnan(combined(np.array([[0.01, np.nan], [np.nan, np.nan]]))[1])


def test_blocks_of_cells_give_the_same_bytes():
    p = np.random.default_rng(1).random((50, 9))
    whole, parts = Cauchy(9), Cauchy(9)
    whole.add(p)
    for a in range(0, 50, 7):
        parts.add(p[a : a + 7])
    np.testing.assert_array_equal(whole.combined(), parts.combined())


def test_error_is_nominal_where_cells_share_evidence():
    rng = np.random.default_rng(2)
    shared = rng.normal(size=(1, 20_000))
    for r in (0.0, 0.5, 0.95):
        z = np.sqrt(r) * shared + np.sqrt(1 - r) * rng.normal(size=(30, 20_000))
        p = combined(stats.norm.cdf(z))
        assert (p < 0.01).mean() < 0.0135
        assert (p < 0.01).mean() > 0.004


def test_q_is_that_of_scipy_over_what_was_tested():
    p = np.array([0.01, np.nan, 0.04, 0.5])
    np.testing.assert_allclose(adjusted(p)[[0, 2, 3]], stats.false_discovery_control(p[[0, 2, 3]]))
    assert np.isnan(adjusted(p)[1])
