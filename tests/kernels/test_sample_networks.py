"""BONOBO, SWEET and SINUM against their formulas, cell by cell in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from csmir.kernels import sample_networks as kernel


@pytest.fixture
def genes():
    rng = np.random.default_rng(3)
    x = rng.gamma(2, size=(3, 24)) * (rng.random((3, 24)) > 0.2)
    y = rng.gamma(3, size=(5, 24)) * (rng.random((5, 24)) > 0.3)
    y[4] = np.round(y[4])
    return x, y, np.array([0, 0, 1, 2]), np.array([3, 1, 4, 2])


def test_bonobo_by_whole_matrices(genes):
    x, y, pair_x, pair_y = genes
    both = np.concatenate([x, y])
    out = kernel.bonobo(*genes)(pair_x, pair_y)
    for k in range(24):
        s = np.cov(np.delete(both, k, axis=1))
        d = 1 / (3 + 2 * np.mean(np.sqrt(np.diag(s))) / np.var(np.diag(s)))
        own = both[:, k] - both.mean(axis=1)
        v = d * np.outer(own, own) + (1 - d) * s
        nu = len(both) + 1 / d  # degrees of freedom of the inverse Wishart posterior
        first = (nu - len(both) + 1) / ((nu - len(both)) * (nu - len(both) - 3))
        second = (nu - len(both) - 1) / ((nu - len(both)) * (nu - len(both) - 3))
        for p in range(4):
            i, j = pair_x[p], 3 + pair_y[p]
            sd = math.sqrt(first * v[i, j] ** 2 + second * v[i, i] * v[j, j])
            assert out[p, k] == pytest.approx(v[i, j] / sd, rel=1e-5, abs=1e-6)


def test_sweet_with_the_cell_once_more(genes):
    x, y, pair_x, pair_y = genes
    both = np.concatenate([x, y])
    alike = [
        np.mean([stats.pearsonr(both[:, k], both[:, c]).statistic for c in range(24) if c != k]) for k in range(24)
    ]
    raw = np.empty((4, 24))
    for p in range(4):
        u, v = x[pair_x[p]], y[pair_y[p]]
        r = stats.pearsonr(u, v).statistic
        for k in range(24):
            weight = 0.1 * 24 * (alike[k] - min(alike) + 0.01) / (max(alike) - min(alike) + 0.01)
            more = stats.pearsonr(np.append(u, u[k]), np.append(v, v[k])).statistic
            raw[p, k] = weight * (more - r) + r
    expected = (raw - raw.mean()) / raw.std()
    np.testing.assert_allclose(kernel.sweet(*genes)(pair_x, pair_y), expected, rtol=1e-4, atol=1e-5)


def test_sweet_does_not_hang_on_how_pairs_are_cut(genes, monkeypatch):
    pair_x, pair_y = genes[2:]
    whole = kernel.sweet(*genes)(pair_x, pair_y)
    monkeypatch.setattr(kernel, "PAIRS_AT_ONCE", 3)
    some = kernel.sweet(*genes)
    parts = [some(pair_x[:1], pair_y[:1]), some(pair_x[1:], pair_y[1:])]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-6)


def test_boxes_are_those_of_csn(genes, oracle):
    for values in genes[:2]:
        low, high = kernel.expressed_boxes(values, 0.3)
        for g, row in enumerate(values):
            expected = oracle.counts(list(row), list(row), None, 0.3)
            for k in range(24):
                inside = ((row >= low[g, k]) & (row <= high[g, k])).sum()
                assert inside == expected[k][0]


def test_sinum_by_loops_over_bins(genes):
    x, y, pair_x, pair_y = genes
    n_bins = round(math.sqrt(24))
    out = kernel.sinum(*genes, box_size=0.4)(pair_x, pair_y)

    def bin_of(value, row):
        width = (max(row) - min(row)) / n_bins
        return min(int((value - min(row)) / width), n_bins - 1)

    def h(p):
        return -p * math.log2(p) if p > 0 else 0.0

    for p in range(4):
        u, v = x[pair_x[p]], y[pair_y[p]]
        boxes = [kernel.expressed_boxes(row[None], 0.4) for row in (u, v)]
        a, b = [bin_of(value, u) for value in u], [bin_of(value, v) for value in v]
        mi = []
        for k in range(24):
            if u[k] == 0 or v[k] == 0:
                mi.append(0.0)
                continue
            in_u, in_v = (
                range(bin_of(low[0, k], row), bin_of(high[0, k], row) + 1)
                for row, (low, high) in zip((u, v), boxes, strict=True)
            )
            h_u, h_v = sum(h(a.count(s) / 24) for s in in_u), sum(h(b.count(t) / 24) for t in in_v)
            pairs = list(zip(a, b, strict=True))
            mi.append(h_u + h_v - sum(h(pairs.count((s, t)) / 24) for s in in_u for t in in_v))
        expected = (np.array(mi) - np.mean(mi)) / np.std(mi, ddof=1)
        np.testing.assert_allclose(out[p], expected, rtol=1e-4, atol=1e-4)


def test_genes_that_do_not_vary_say_nothing(genes):
    x, _, pair_x, pair_y = genes
    x[0] = 2
    for method in (kernel.bonobo, kernel.sweet, kernel.sinum):
        out = method(*genes)(pair_x, pair_y)
        assert np.isfinite(out).all()
    assert (kernel.bonobo(*genes)(pair_x, pair_y)[:2] == 0).all()
    assert (kernel.sweet(*genes)(pair_x, pair_y)[:2] == 0).all()
