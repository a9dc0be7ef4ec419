"""The interval scan against a plain double loop, its null, and cells called that are regulated."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from csmir.kernels import intervals


def plain(z, shortest, longest, units=4.0):
    """Every interval, one after the other."""
    n, variance = len(z), z.var()
    every = {
        (i, j): z[i:j].sum() ** 2 / (2 * (j - i) * variance)
        for i in range(n)
        for j in range(i + shortest, min(i + longest, n) + 1)
        if z[i:j].sum() > 0
    }
    best = max(every, key=lambda k: (every[k], -k[0], -k[1]))
    near = [k for k, value in every.items() if value >= every[best] - units]
    return every[best], *best, max(i for i, _ in near), min(j for _, j in near)


def test_scan_is_the_plain_double_loop():
    rng = np.random.default_rng(0)
    u, v = rng.normal(size=(2, 90)), rng.normal(size=(3, 90))
    v[2, 20:60] -= 0.9 * u[1, 20:60]
    pair_x, pair_y = np.array([0, 1, 1]), np.array([0, 1, 2])
    found = intervals.scan(u, v, pair_x, pair_y, 10, 60)
    for q in range(3):
        a, b = (s - s.mean() for s in (u[pair_x[q]], v[pair_y[q]]))
        expected = plain(-a * b / (a.std() * b.std()), 10, 60)
        assert found.statistic[q] == pytest.approx(expected[0])
        assert [x[q] for x in found[1:]] == list(expected[1:])


def test_a_gene_that_does_not_vary_has_no_interval():
    found = intervals.scan(
        np.ones((1, 40)), np.random.default_rng(0).normal(size=(1, 40)), *[np.zeros(1, int)] * 2, 5, 20
    )
    assert found.statistic[0] == 0


def test_profiles_trade_places_near_by():
    order = intervals.traded(400, np.random.default_rng(1), 30)
    assert sorted(order) == list(range(400))
    assert np.abs(order - np.arange(400)).max() < 30
    assert (order != np.arange(400)).mean() > 0.8


def test_p_by_counting_and_by_the_tail():
    null = stats.gumbel_r.rvs(size=20_000, random_state=0)
    t = np.array([-1.0, 0.5, 2.0, 6.0, 9.0])
    np.testing.assert_allclose(intervals.p_of(t, null), stats.gumbel_r.sf(t), rtol=0.25)
    assert intervals.p_of(np.array([5.0]), np.ones(10))[0] == pytest.approx(1 / 11)


def test_called_cells_are_regulated_and_nulls_are_nominal():
    rng = np.random.default_rng(2)
    n, n_x, n_y = 400, 20, 100
    u, v = rng.normal(size=(n_x, n)), rng.normal(size=(n_y, n))
    pair_x, pair_y = np.tile(np.arange(n_x), 5), np.arange(n_y)
    truth = np.zeros((n_y, n), bool)
    for t in range(20):
        start = rng.integers(0, 250)
        truth[t, start : start + 150] = True
        v[t] -= 0.9 * truth[t] * u[pair_x[t]]
    found = intervals.scan(u, v, pair_x, pair_y, 30, 300)
    null = [intervals.scan(u[:, intervals.traded(n, rng)], v, pair_x, pair_y, 30, 300).statistic for _ in range(6)]
    null = np.concatenate(null)
    p = intervals.p_of(found.statistic, null)
    assert (p[20:] < 0.05).mean() < 0.13
    q = stats.false_discovery_control(p)
    called = np.zeros_like(truth)
    for t in np.flatnonzero(q <= 0.05):
        called[t, found.inner_first[t] : found.inner_last[t]] = True
    assert (called & ~truth).sum() / called.sum() < 0.08
    assert (called & truth).sum() / truth.sum() > 0.3
