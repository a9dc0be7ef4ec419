"""The local test: which pairs are correlated among a cell's neighbours, with p-values.

Under the null, the pairing of the two genes' scores is exchangeable over the cell's list. The list may depend on the
mRNAs, if the miRNAs are independent of them given where the cells are: then nothing about the list tells of the
pairing.

A block of pairs gives candidates, with what their p-values are made of; p-values are made of few of them, once it is
known how many candidates a list has.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.local_means import Means
from csmir.kernels.local_moments import Genes
from csmir.kernels.local_p import critical_rho, lower_p
from csmir.kernels.local_pairs import Beyond, Lanes, beyond, lanes_of

SIDES = {"less": -1, "two-sided": 0, "greater": 1}

# cells of a list in which chance would detect both genes; with fewer, `missing` scores are too few to correlate
EXPECTED_BOTH = 5.0
# levels of p, each half of the one before
LEVELS = 24
# what p is made of, beside rho and n_eff
SHAPE = np.dtype([("skewness", np.float32), ("kurtosis", np.float32), ("kinds", np.uint8)])


class Candidates(NamedTuple):
    """Candidates, list after list; pairs ascend, and a pair may come once for each reading of its zeros."""

    indptr: np.ndarray  # (lists + 1,) int64
    pair: np.ndarray  # (entries,) int32: position in the caller's arrays of pairs
    rho: np.ndarray  # (entries,) float32: negative for repression
    shape: np.ndarray  # (entries,) SHAPE


class Entries(NamedTuple):
    """Pairs with p-values, list after list; the pairs of a list ascend, each once."""

    indptr: np.ndarray  # (lists + 1,) int64
    pair: np.ndarray
    rho: np.ndarray  # (entries,) float32
    p: np.ndarray  # (entries,) float64


def lists_of(means: Means) -> np.ndarray:
    """(lists,) int64: where the results of each list belong: its row, and its side if a row has two."""
    n = len(means.steps[0].indptr) - 1
    if means.sides == 1 and n < len(means.order):
        return np.arange(n)
    return np.repeat(means.order.astype(np.int64), means.sides) * means.sides + np.tile(
        np.arange(means.sides), len(means.order)
    )


def n_eff_of(means: Means) -> np.ndarray:
    """(lists,) independent cells of each list, where its results belong."""
    out = np.empty(len(means.n_eff))
    out[lists_of(means)] = means.n_eff
    return out


def candidates(
    x: Genes,
    y: Genes,
    means: Means,
    pair_x: np.ndarray,
    pair_y: np.ndarray,
    *,
    alpha: float = 1.0,
    alternative: str = "less",
) -> Candidates:
    """All that can have p <= alpha, lists as `lists_of` says.

    `alternative` is "less" (repression), "greater" (activation) or "two-sided". `missing` scores are left out where
    n_eff times the shares of the list that detect the genes is below 5. A pair is not tested in a list where one of
    its genes is detected in no cell or takes one value.
    """
    side = SIDES[alternative]
    lanes = lanes_of(pair_x, pair_y, x, y)
    limits = limits_of(means.n_eff, np.array([alpha]), side)[:, 0]
    needed = (EXPECTED_BOTH / means.n_eff).astype(np.float32)
    return _by_list(beyond(x, y, means, lanes, limits, needed, side), x, y, means, lanes)


def _by_list(found: Beyond, x: Genes, y: Genes, means: Means, lanes: Lanes) -> Candidates:
    where, n_lists = lists_of(means), len(means.n_eff)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(where[found.list], minlength=n_lists))]).astype(np.int64)
    n = len(found.list)
    out = Candidates(indptr, np.empty(n, np.int32), np.empty(n, np.float32), np.empty(n, SHAPE))
    third, fourth = means.third.astype(np.float32), means.fourth.astype(np.float32)
    _sort(
        *found, where, indptr[:-1].copy(), *lanes[:4], x.skewness, y.skewness, x.kurtosis, y.kurtosis,
        third, fourth, out.pair, out.rho, out.shape,
    )  # fmt: skip
    return out


@numba.njit(nogil=True, cache=True)
def _sort(
    at_list, at_lane, rho, kinds, where, cursor, pair, gene_x, gene_y, kind, skewness_x, skewness_y, kurtosis_x,
    kurtosis_y, third, fourth, pair_out, rho_out, shape_out,
):  # fmt: skip
    for e in range(len(at_list)):
        i, q = at_list[e], at_lane[e]
        to = cursor[where[i]]
        cursor[where[i]] += 1
        u, v = 2 * gene_x[q] + kind[q], 2 * gene_y[q] + kind[q]
        pair_out[to], rho_out[to] = pair[q], rho[e]
        shape_out[to].skewness = skewness_x[i, u] * skewness_y[i, v] * third[i]
        shape_out[to].kurtosis = kurtosis_x[i, u] * kurtosis_y[i, v] * fourth[i]
        shape_out[to].kinds = kinds[e]


def limits_of(n_eff: np.ndarray, levels: np.ndarray, side: int) -> np.ndarray:
    """How far rho must at least be from 0 for p to be at a level: (lists, levels, 2) float32, for one kind and two.

    Of lists that are worth up to 1 % more, which is never too strict.
    """
    grid = 1.01 ** np.ceil(np.log(np.maximum(n_eff, 1)) / np.log(1.01))
    of_grid, at = np.unique(grid, return_inverse=True)
    tails = 1 if side else 2
    out = [[critical_rho(of_grid, level / tails / kinds if level < 1 else 1) for kinds in (1, 2)] for level in levels]
    return (np.array(out).transpose(2, 0, 1) - 1e-6).astype(np.float32)[at]


def rejectable(
    indptr: np.ndarray,
    rho: np.ndarray,
    kinds: np.ndarray,
    n_eff: np.ndarray,
    n_tested: np.ndarray,
    *,
    fdr: float,
    alternative: str = "less",
) -> np.ndarray:
    """Whether an entry can have q <= fdr: at most the share of p at or below t that t / fdr allows can be rejected."""
    side = SIDES[alternative]
    limits = limits_of(n_eff, fdr * 0.5 ** np.arange(LEVELS), side)
    out = np.empty(len(rho), bool)
    _mark(indptr, rho, kinds, limits, n_tested, fdr, side, out)
    return out


@numba.njit(nogil=True, cache=True)
def _mark(indptr, rho, kinds, limits, n_tested, fdr, side, out):
    n_levels = limits.shape[1]
    for i in range(len(indptr) - 1):
        counts = np.zeros(n_levels + 1, np.int64)
        for e in range(indptr[i], indptr[i + 1]):
            counts[_level(rho[e], limits[i], kinds[e] - 1, side)] += 1
        for level in range(n_levels - 1, -1, -1):  # entries beyond each level
            counts[level] += counts[level + 1]
        at = 0
        while at + 1 < n_levels and fdr * 0.5 ** (at + 1) >= fdr * counts[at + 1] / max(n_tested[i], 1):
            at += 1
        for e in range(indptr[i], indptr[i + 1]):
            out[e] = _level(rho[e], limits[i], kinds[e] - 1, side) > at


@numba.njit(nogil=True, cache=True, inline="always")
def _level(rho, limits, kind, side):
    """How many levels rho is beyond; levels are ever stricter."""
    far = abs(rho) if side == 0 else side * rho
    level = 0
    while level < limits.shape[0] and far >= limits[level, kind]:
        level += 1
    return level


def with_p(
    indptr: np.ndarray,
    pair: np.ndarray,
    rho: np.ndarray,
    shape: np.ndarray,
    n_eff: np.ndarray,
    *,
    alpha: float = 1.0,
    alternative: str = "less",
) -> Entries:
    """Entries with p <= alpha. Where a pair has two kinds of scores, the smaller p is doubled and its rho kept."""
    side, n_lists = SIDES[alternative], len(indptr) - 1
    row = np.repeat(np.arange(n_lists), np.diff(indptr))
    sign = np.where(rho > 0, -1.0, 1.0) if side == 0 else float(-side)
    p = lower_p(sign * rho.astype(np.float64), n_eff[row], sign * shape["skewness"], shape["kurtosis"].astype(float))
    p = np.minimum(p * shape["kinds"] * (1 if side else 2), 1)
    keep = p <= alpha
    same = (pair[1:] == pair[:-1]) & (row[1:] == row[:-1])
    keep[1:] &= ~(same & keep[:-1] & (p[1:] >= p[:-1]))
    keep[:-1] &= ~(same & keep[1:] & (p[:-1] > p[1:]))
    bounds = np.concatenate([[0], np.cumsum(np.bincount(row[keep], minlength=n_lists))]).astype(np.int64)
    return Entries(bounds, pair[keep], rho[keep], p[keep])
