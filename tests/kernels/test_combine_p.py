"""The Cauchy combination against its formula and scipy, and its error where cells hang together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from csmir.kernels.fdr import LEVEL, add_up, adjusted, mean_over


def combined(p, level=LEVEL):
    """Of (cells, pairs); NaN where a pair is not tested."""
    cell, pair = np.nonzero(~np.isnan(p))
    return add_up(pair, p[cell, pair], (~np.isnan(p)).sum(axis=0), level).p()


def test_by_scipys_distribution():
    p = np.random.default_rng(0).uniform(0, 0.2, (7, 30))
    expected = stats.cauchy.sf(np.tan((0.5 - p) * np.pi).mean(axis=0))
    np.testing.assert_allclose(combined(p, 0.2), expected, rtol=0.005)


def test_what_is_not_small_counts_as_on_average():
    def cot(p):
        return 1 / np.tan(min(p, 0.99) * np.pi)

    for level in (0.01, 0.05):
        total = integrate.quad(cot, level, 0.99)[0] + 0.01 * cot(0.99)
        assert mean_over(level) == pytest.approx(total / (1 - level))
    p = np.array([[1e-5], [0.3], [0.9]])
    expected = stats.cauchy.sf((1 / np.tan(1e-5 * np.pi) + 2 * mean_over(LEVEL)) / 3)
    assert combined(p)[0] == pytest.approx(expected, rel=1e-3)


def test_one_cell_is_its_own_p():
    np.testing.assert_allclose(combined(np.array([[0.002, 1e-9, 1e-11]])), [0.002, 1e-9, 1e-11], rtol=1e-3)
    assert combined(np.array([[1e-40]]))[0] == pytest.approx(1e-12)


def test_a_cell_at_one_does_not_outweigh_the_rest():
    assert combined(np.array([[1.4e-5], [1.0]]))[0] == pytest.approx(2.8e-5, rel=0.01)


def test_what_is_not_tested_does_not_count():
    found = combined(np.array([[0.01, np.nan], [np.nan, np.nan]]))
    assert found[0] == pytest.approx(0.01, rel=1e-3)
    assert np.isnan(found[1])


def test_parts_give_the_same_bytes_in_any_order():
    rng = np.random.default_rng(1)
    p, pair, tested = rng.random(500) ** 6, rng.integers(9, size=500), np.full(9, 80)
    whole = add_up(pair, p, tested)
    order = rng.permutation(500)
    parts = [add_up(pair[o], p[o], tested) for o in np.array_split(order, 7)]
    together = parts[0]
    for part in parts[1:]:
        together = together.more(part)
    np.testing.assert_array_equal(whole.p(), together.p())


@pytest.mark.parametrize("n_cells", [4, 30])
def test_error_is_nominal_where_cells_share_evidence(n_cells):
    rng = np.random.default_rng(2)
    shared = rng.normal(size=(1, 20_000))
    for r in (0.0, 0.5, 0.95):
        p = combined(stats.norm.cdf(np.sqrt(r) * shared + np.sqrt(1 - r) * rng.normal(size=(n_cells, 20_000))))
        assert (p < 0.01).mean() < 0.0135
        assert (p < 0.001).mean() < 0.002
        assert (p < 0.01).mean() > 0.004


def test_q_is_that_of_scipy_over_what_was_tested():
    p = np.array([0.01, np.nan, 0.04, 0.5])
    np.testing.assert_allclose(adjusted(p)[[0, 2, 3]], stats.false_discovery_control(p[[0, 2, 3]]))
    assert np.isnan(adjusted(p)[1])
