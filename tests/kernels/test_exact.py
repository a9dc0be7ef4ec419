"""The exact box test against the oracle, scipy and enumeration of permutations, and its error on independent data."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import binomtest, hypergeom

from csmir.kernels import exact
from csmir.kernels.exact_neighbors import exact_neighbor_block, sort_genes

LEVELS = {"continuous": 1e9, "counts": 9, "few counts": 3}


def genes(rng, n_genes: int, n_cells: int, kind: str, dropout: float) -> np.ndarray:
    values = np.floor(rng.random((n_genes, n_cells)) * LEVELS[kind]) + 1
    return values * (rng.random((n_genes, n_cells)) >= dropout)


def every_pair(n_x: int, n_y: int) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(np.arange(n_x), n_y).astype(np.int32), np.tile(np.arange(n_y), n_x).astype(np.int32)


def test_formula_of_counts_equals_scipy():
    rng = np.random.default_rng(0)
    n = rng.integers(10, 2000, 500)
    n_r, n_t = 1 + rng.integers(0, n // 3), 1 + rng.integers(0, n // 3)
    n_rt = 1 + rng.integers(0, np.minimum(n_r, n_t))
    expected = hypergeom.sf(n_rt - 2, n - 1, n_r - 1, n_t - 1)
    np.testing.assert_allclose(exact.exact_p(n, n_r, n_t, n_rt), expected, rtol=1e-10)
    mid = expected - hypergeom.pmf(n_rt - 1, n - 1, n_r - 1, n_t - 1) / 2
    np.testing.assert_allclose(exact.exact_p(n, n_r, n_t, n_rt, mid=True), mid, rtol=1e-9)


def test_worked_example():
    # 5 cells; boxes of 2 and 3 cells that share 2: of 4 others, 1 and 2 in the boxes, 1 shared: 1 - C(3,2)/C(4,2) = 1/2
    assert exact.exact_p(5, 2, 3, 2) == pytest.approx(0.5)
    assert exact.exact_p(5, 2, 3, 1) == pytest.approx(1.0)


@pytest.mark.parametrize("kind", LEVELS)
@pytest.mark.parametrize("dropout", [0, 0.3, 0.8])
def test_block_equals_the_oracle(oracle, kind, dropout):
    rng = np.random.default_rng(1)
    x, y = genes(rng, 2, 75, kind, dropout), genes(rng, 3, 75, kind, dropout)
    pair_x, pair_y = every_pair(2, 3)
    log_p = exact.exact_block(exact.prepare_exact(x, y, box_size=0.2), pair_x, pair_y, n_cells=75)
    for p, (i, j) in enumerate(zip(pair_x, pair_y, strict=True)):
        np.testing.assert_allclose(np.exp(log_p[p]), oracle.exact_p(x[i], y[j], 0.2), rtol=1e-10)


@pytest.mark.parametrize("kind", LEVELS)
def test_p_is_the_share_of_permutations(oracle, kind):
    """Given both values in cell k, p is the share of the orders of the other y that fill the joint box as much."""
    rng = np.random.default_rng(4)
    n, box_size = 7, 0.7
    x, y = genes(rng, 1, n, kind, 0.2)[0], genes(rng, 1, n, kind, 0.2)[0]
    groups = exact.prepare_exact(x[None], y[None], box_size=box_size)
    p = np.exp(exact.exact_block(groups, np.zeros(1, np.int32), np.zeros(1, np.int32), n_cells=n)[0])
    for k in (0, 3):
        others = np.delete(np.arange(n), k)
        observed = oracle.counts(x, y, None, box_size, [k])[0][2]
        as_full = []
        for order in permutations(others):
            shuffled = y.copy()
            shuffled[others] = y[list(order)]
            as_full.append(oracle.counts(x, shuffled, None, box_size, [k])[0][2] >= observed)
        assert p[k] == pytest.approx(np.mean(as_full), rel=1e-12)


def test_groups_are_data_sets_of_their_own():
    rng = np.random.default_rng(2)
    x, y = genes(rng, 3, 90, "counts", 0.3), genes(rng, 4, 90, "counts", 0.3)
    pair_x, pair_y = every_pair(3, 4)
    labels = rng.integers(-1, 3, 90)
    labels[labels == 2] = np.where(np.arange((labels == 2).sum()) < 1, 2, 1)  # a group of one cell
    log_p = exact.exact_block(exact.prepare_exact(x, y, box_size=0.3, groups=labels), pair_x, pair_y, n_cells=90)
    assert (log_p[:, (labels < 0) | (labels == 2)] == 0).all()
    for label in (0, 1):
        at = labels == label
        alone = exact.exact_block(
            exact.prepare_exact(x[:, at], y[:, at], box_size=0.3), pair_x, pair_y, n_cells=at.sum()
        )
        np.testing.assert_array_equal(log_p[:, at], alone)


@pytest.mark.parametrize("mid", [False, True])
@pytest.mark.parametrize("alpha", [0.01, 0.2])
def test_candidates_are_the_small_p_of_the_block(mid, alpha):
    rng = np.random.default_rng(3)
    x, y = genes(rng, 4, 130, "counts", 0.3), genes(rng, 9, 130, "continuous", 0.3)
    pair_x, pair_y = every_pair(4, 9)
    groups = exact.prepare_exact(x, y, box_size=0.2, groups=np.arange(130) % 2)
    log_p = exact.exact_block(groups, pair_x, pair_y, n_cells=130, mid=mid)
    found = exact.exact_entries(groups, pair_x, pair_y, n_cells=130, alpha=alpha, mid=mid)
    pair, cell = np.nonzero(log_p <= np.log(alpha))
    assert len(pair) > 10
    np.testing.assert_array_equal(np.repeat(np.arange(36), np.diff(found.indptr)), pair)
    np.testing.assert_array_equal(found.cell, cell)
    np.testing.assert_array_equal(found.log_p, log_p[pair, cell])


@pytest.mark.parametrize("kind", LEVELS)
@pytest.mark.parametrize("dropout", [0, 0.6])
def test_neighbours_equal_the_oracle_over_the_list(oracle, kind, dropout):
    rng = np.random.default_rng(5)
    n = 100
    x, y = genes(rng, 2, n, kind, dropout), genes(rng, 2, n, kind, dropout)
    pair_x, pair_y = every_pair(2, 2)
    lists = [np.r_[rng.choice(np.delete(np.arange(n), k), rng.integers(0, 80), replace=False), k] for k in range(n)]
    indptr, indices = np.r_[0, np.cumsum([len(m) for m in lists])], np.concatenate(lists).astype(np.int32)
    sorted_x, sorted_y = (sort_genes([v[:1], v[1:]], *v.shape) for v in (x, y))
    log_p = exact_neighbor_block(sorted_x, sorted_y, indptr, indices, pair_x, pair_y, 60, n, box_size=0.3)
    assert log_p.shape == (40, 4)
    for k in range(60, n):
        for p, (i, j) in enumerate(zip(pair_x, pair_y, strict=True)):
            at = lists[k]
            expected = oracle.exact_p(x[i, at], y[j, at], 0.3, cells=[len(at) - 1])[0] if len(at) > 1 else 1.0
            assert np.exp(log_p[k - 60, p]) == pytest.approx(expected, rel=1e-10)
    cut = exact_neighbor_block(sorted_x, sorted_y, indptr, indices, pair_x, pair_y, 60, n, box_size=0.3, alpha=0.1)
    np.testing.assert_array_equal(cut, np.where(log_p <= np.log(0.1), log_p, 0))


@pytest.mark.parametrize("n", [19, 50, 300])
@pytest.mark.parametrize("kind", LEVELS)
@pytest.mark.parametrize("dropout", [0, 0.3, 0.8])
def test_error_on_independent_data_is_at_most_nominal(n, kind, dropout):
    """One cell of each pair is looked at, so that the tests are independent and the bound is binomial."""
    rng = np.random.default_rng(6)
    n_pairs = 3000
    x, y = genes(rng, n_pairs, n, kind, dropout), genes(rng, n_pairs, n, kind, dropout)
    pair = np.arange(n_pairs, dtype=np.int32)
    log_p = exact.exact_block(exact.prepare_exact(x, y, box_size=0.3), pair, pair, n_cells=n)[:, 0]
    for alpha in (0.01, 0.05):
        n_small = int((log_p <= np.log(alpha)).sum())
        assert binomtest(n_small, n_pairs, alpha, alternative="greater").pvalue > 1e-3
