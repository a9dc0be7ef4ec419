"""What can be shown, against the tests themselves and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from csmir.kernels import local_p


def test_the_smallest_rho_just_reaches_the_level():
    rho = local_p.smallest_rho(np.array([20.0, 200]), 0.05, 600)
    np.testing.assert_allclose(local_p.student_p(-rho, np.array([20.0, 200])), 0.05 / 600, rtol=1e-9)
    assert local_p.smallest_rho(np.array([4.0]), 0.05, 10**9)[0] > 0.99


def test_slopes_by_simulation():
    rng = np.random.default_rng(0)
    x = 0.7 * rng.normal(size=400_000)
    y = -0.4 * x + 0.9 * rng.normal(size=len(x))
    rho = -stats.spearmanr(x, y).statistic
    assert local_p.slope_of(np.array([rho]), x.std(), y.std())[0] == pytest.approx(0.4, abs=0.01)
    assert np.isnan(local_p.slope_of(np.array([2.0]), 1.0, 1.0))[0]


def test_the_corner_of_a_copula():
    rng = np.random.default_rng(1)
    assert local_p.corner(0.1, 0.0) == pytest.approx(0.01, rel=1e-6)
    x = rng.normal(size=400_000)
    y = 0.6 * x + 0.8 * rng.normal(size=len(x))
    c = stats.norm.isf(0.1)
    assert local_p.corner(0.1, 0.6) == pytest.approx(((x > c) & (y > c)).mean(), rel=0.05)
    assert local_p.corner(0.1, 1.0) == pytest.approx(0.1, rel=1e-3)


def test_box_tests_ask_for_more_than_the_local_one():
    local = local_p.smallest_rho(np.array([250.0]), 0.05, 600)[0]
    exact = local_p.smallest_box_rho(1000, 0.1, statistic="exact", alpha=0.05, n_pairs=600)
    csn = local_p.smallest_box_rho(1000, 0.1, statistic="csn", alpha=0.01, n_pairs=600)
    assert local < exact <= 1
    assert csn < exact  # csn corrects for nothing
    # no correlation will do
    assert local_p.smallest_box_rho(19, 0.1, statistic="exact", alpha=0.05, n_pairs=60_000) > 1


def test_exact_p_at_the_smallest_count_by_hand():
    # 100 cells, boxes of 11: p of all ten others in both is 1 / C(99, 10)
    assert stats.hypergeom.sf(9, 99, 10, 10) == pytest.approx(1 / 1.5579278e13, rel=1e-4)
    at = {
        alpha: local_p.smallest_box_rho(100, 0.1, statistic="exact", alpha=alpha, n_pairs=1) for alpha in (1e-13, 6e-14)
    }
    assert 0.98 < at[1e-13] <= 1
    assert at[6e-14] > 1  # no count is rare enough


@pytest.mark.parametrize(("n", "size"), [(99, 10), (999, 100), (18, 2), (5, 4)])
def test_tails_are_hypergeometric(n, size):
    expected = stats.hypergeom.sf(np.arange(size + 1) - 1, n, size, size)
    np.testing.assert_allclose(local_p.hypergeometric_tails(n, size), expected, rtol=1e-9)
