"""NeighbourNet, local bivariate correlation and conditional CSN against plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from csmir.kernels import neighbor_networks as kernel
from csmir.kernels.neighbors import expression_space


@pytest.fixture
def genes():
    rng = np.random.default_rng(5)
    place = rng.normal(size=(2, 40))
    y = np.exp(rng.normal(size=(12, 2)) @ place * 0.5 + rng.normal(0, 0.5, (12, 40)))
    y *= rng.random((12, 40)) > 0.15
    x = np.exp(rng.normal(size=(3, 2)) @ place * 0.5 + rng.normal(0, 0.5, (3, 40)))
    x[1] *= rng.random(40) > 0.2
    return x, y, np.array([0, 0, 1, 2, 1]), np.array([3, 1, 0, 2, 11])


def test_nnet_by_regression_in_every_cell(genes):
    x, y, pair_x, pair_y = genes
    out = kernel.nnet(*genes)(pair_x, pair_y)
    both = np.concatenate([x, y])
    scaled = np.array([(row - row.mean()) / row.std(ddof=1) for row in both]).T  # cells x genes
    u, s, vt = np.linalg.svd(scaled, full_matrices=False)
    q = kernel._n_components(s[: min(50, 39, 15)])
    points, loadings = u[:, :q] * s[:q], vt[:q].T
    raw, graph = np.zeros((5, 40)), np.zeros((40, 40))
    for k in range(40):
        d = np.linalg.norm(points - points[k], axis=1)
        near = np.argsort(d, kind="stable")[:30]
        w = np.exp(-0.5 * (d[near] / d[near].max()) ** 2)
        w /= w.sum()
        graph[k, near] = w
        n_eff = 1 / (w**2).sum()

        def spread(v, w=w, n_eff=n_eff):
            return math.sqrt((w * (v - (w * v).sum()) ** 2).sum() * n_eff / (n_eff - 1))

        sd = np.array([spread(points[near, c]) for c in range(q)])
        p = (points[near] - w @ points[near]) / sd
        for r in range(5):
            fitted = points[near] @ loadings[3 + pair_y[r]]
            width = spread(fitted)
            t = (fitted - w @ fitted) / width
            # ridge as rows added to the regression
            left = np.concatenate([p * np.sqrt(w)[:, None], math.sqrt(5) * np.eye(q)])
            beta = np.linalg.lstsq(left, np.concatenate([t * np.sqrt(w), np.zeros(q)]), rcond=None)[0]
            of = loadings[pair_x[r]] / np.linalg.norm(loadings[pair_x[r]])
            expressed = x[pair_x[r], k] > 0
            raw[r, k] = (of * beta / sd * width).sum() * spread(scaled[near, pair_x[r]]) * expressed
    graph = graph + graph.T
    graph /= graph.sum(axis=1, keepdims=True)
    expected = raw @ np.linalg.matrix_power(graph, 3).T
    np.testing.assert_allclose(out, expected, rtol=1e-3, atol=1e-6)


def test_components_end_at_the_last_large_gap():
    tail = 1 - 0.01 * np.arange(20) - 1e-4 * (np.arange(20) % 2)
    assert kernel._n_components(np.concatenate([[9.0, 7.0, 4.0], tail])) == 4
    assert kernel._n_components(np.array([3.0, 2.0, 1.0])) == 3


def test_local_correlation_is_that_of_ranks_with_weights(genes):
    x, y, pair_x, pair_y = genes
    out = kernel.local_bivariate(*genes)(pair_x, pair_y)
    points = expression_space(y)
    d = np.linalg.norm(points[:, None] - points[None], axis=2)
    bandwidth = np.median(np.sort(d, axis=1)[:, 40 // 6])
    for k in (0, 17, 39):
        w = np.exp(-(d[k] ** 2) / (2 * bandwidth**2))
        w = np.where(w < 0.1, 0, w)
        for p in range(5):
            u, v = stats.rankdata(x[pair_x[p]]), stats.rankdata(y[pair_y[p]])
            cov = np.cov(u, v, aweights=w, ddof=0)
            assert out[p, k] == pytest.approx(cov[0, 1] / math.sqrt(cov[0, 0] * cov[1, 1]), rel=1e-4, abs=1e-5)


def test_conditional_csn_counts_inside_the_hub_s_box(genes, oracle):
    x, y, pair_x, pair_y = genes
    out = kernel.ccsn(*genes, box_size=0.5)(pair_x, pair_y)
    both = [list(row) for row in np.concatenate([x, y])]
    cutoff = stats.norm.isf(0.01)
    z = [oracle.csn_z(both[i], both[3 + j], box_size=0.5) for i, j in zip(pair_x, pair_y, strict=True)]

    def box(gene, k):
        """Cells in cell k's box: those that make up the counts of a gene with itself and one other cell."""
        row = both[gene]
        expressed = sum(v > 0 for v in row)
        h = round(0.25 * expressed + 2.220446e-16)
        ordered, zeros = sorted(row), len(row) - expressed
        same = [c for c in range(40) if row[c] == row[k]]
        if len(same) - 1 >= h:
            return set(same)
        first, last = ordered.index(row[k]), ordered.index(row[k]) + len(same) - 1
        low = ordered[max(zeros if zeros > h else 0, first - h)]
        high = ordered[min(39, last + h)]
        return {c for c in range(40) if low <= row[c] <= high}

    found = 0
    for k in range(40):
        degree = [0] * 15
        for p, (i, j) in enumerate(zip(pair_x, pair_y, strict=True)):
            if z[p][k] > cutoff:
                degree[i] += 1
                degree[3 + j] += 1
        for p, (i, j) in enumerate(zip(pair_x, pair_y, strict=True)):
            hub = max((g for g in range(15) if g not in (i, 3 + j)), key=lambda g: (degree[g], -g))
            among = box(hub, k)
            a, b = box(i, k) & among, box(3 + j, k) & among
            n, n_a, n_b, n_ab = len(among), len(a), len(b), len(a & b)
            root = n_a * n_b * (n - n_a) * (n - n_b)
            present = both[i][k] > 0 and both[3 + j][k] > 0 and both[hub][k] > 0
            expected = (n * n_ab - n_a * n_b) / math.sqrt(root / (n - 1)) if root > 0 and present else 0
            assert out[p, k] == pytest.approx(expected, rel=1e-5, abs=1e-6)
            found += expected != 0
    assert found > 20
