"""The local test: which pairs are correlated among a cell's neighbours, with p-values.

Under the null, the pairing of the two genes' scores is exchangeable over the cell's list. The list may depend on the
mRNAs, if the miRNAs are independent of them given where the cells are: then nothing about the list tells of the
pairing.

A block of pairs gives candidates (`local_candidates.py`); p-values are made of few of them, once it is known how many a
list has.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from csmir.kernels.local_adjust import Ground
from csmir.kernels.local_candidates import candidates_by_prefix, lists_of, n_eff_of
from csmir.kernels.local_means import Means
from csmir.kernels.local_moments import Genes
from csmir.kernels.local_p import SIDES, limits_of, lower_p

# levels of p, each half of the one before
LEVELS = 24


class Entries(NamedTuple):
    """Pairs with p-values, list after list; the pairs of a list ascend, each once."""

    indptr: np.ndarray  # (lists + 1,) int64
    pair: np.ndarray
    rho: np.ndarray  # (entries,) float32
    p: np.ndarray  # (entries,) float64


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
    p = lower_p(
        sign * rho.astype(np.float64),
        n_eff[row] - shape["kept"],
        sign * shape["skewness"],
        shape["kurtosis"].astype(float),
    )
    p = np.minimum(p * shape["kinds"] * (1 if side else 2), 1)
    keep = p <= alpha
    same = (pair[1:] == pair[:-1]) & (row[1:] == row[:-1])
    keep[1:] &= ~(same & keep[:-1] & (p[1:] >= p[:-1]))
    keep[:-1] &= ~(same & keep[1:] & (p[:-1] > p[1:]))
    bounds = np.concatenate([[0], np.cumsum(np.bincount(row[keep], minlength=n_lists))]).astype(np.int64)
    return Entries(bounds, pair[keep], rho[keep], p[keep])


def count_below(
    x: Genes,
    y: Genes,
    means: Means,
    pair_x: np.ndarray,
    pair_y: np.ndarray,
    *,
    alpha: float = 0.01,
    alternative: str = "less",
    ground: Ground | None = None,
    prefixes: tuple[int, ...] = (0,),
) -> tuple[np.ndarray, np.ndarray]:
    """Cells in which each pair has p <= alpha, (prefixes, pairs) int64, and in which both genes vary, (pairs,)."""
    options: dict[str, Any] = {"alpha": alpha, "alternative": alternative}
    found = candidates_by_prefix(x, y, means, pair_x, pair_y, prefixes=prefixes, ground=ground, **options)
    n_rows = len(means.n_eff)
    cells = np.bincount(means.row_of[means.row_of >= 0], minlength=n_rows)
    below = np.zeros((len(prefixes), len(pair_x)), np.int64)
    for of_prefix, out in zip(found, below, strict=True):
        entries = with_p(*of_prefix, n_eff_of(means), **options)
        np.add.at(out, entries.pair, np.repeat(cells, np.diff(entries.indptr)))
    cells = cells[lists_of(means)].astype(np.float64)
    varies_x, varies_y = (genes.scale[:, 1::2] > 0 for genes in (x, y))
    both = (varies_x * cells[:, None]).T @ varies_y.astype(np.float64)
    return below, both[pair_x, pair_y].astype(np.int64)
