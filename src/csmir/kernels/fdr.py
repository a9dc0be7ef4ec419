"""P-values of many tests: Benjamini-Hochberg over the pairs of each cell, and one p-value a pair over its cells.

The first from the candidates alone: q <= alpha needs p <= alpha, since q >= p. So the p-values over alpha need not be
kept, only counted.

The second out of p-values that hang together in ways unknown. The Cauchy combination (Liu and Xie 2020),
mean cot(p pi), is Cauchy in its upper tail however the p-values depend on each other. What is small is counted exactly.
What is over a level counts as p-values over that level do on average where nothing is regulated, with those over 0.99
as 0.99: one cell at p = 1 would outweigh all others otherwise. Sums are of whole numbers, 64ths, so that their order
does not matter.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np


def adjust(p: np.ndarray, indptr: np.ndarray, n_tested: np.ndarray) -> np.ndarray:
    """q-values of candidates stored row after row (as in CSR).

    `p` (entries,) holds every p-value at or below some alpha of each row, in any order; `indptr` (rows + 1,);
    `n_tested` (rows,) or one number: the p-values of the row, those over alpha included. A q at or below alpha is that
    of the whole row; a q over alpha is an upper bound of it that is over alpha too.
    """
    counts = np.broadcast_to(np.asarray(n_tested, np.int64), (len(indptr) - 1,))
    out = np.empty(len(p))
    _adjust(np.ascontiguousarray(p, np.float64), np.asarray(indptr, np.int64), np.ascontiguousarray(counts), out)
    return out


@numba.njit(nogil=True, cache=True)
def _adjust(p, indptr, n_tested, out):
    for row in range(len(indptr) - 1):
        a, e = indptr[row], indptr[row + 1]
        order = np.argsort(p[a:e], kind="mergesort")
        smallest = 1.0
        for i in range(e - a - 1, -1, -1):
            at = a + order[i]
            smallest = min(smallest, p[at] * (n_tested[row] / (i + 1)))  # in scipy's order: the same to the last bit
            out[at] = smallest


def count_tested(detected_x: np.ndarray, detected_y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> np.ndarray:
    """Pairs with both genes detected, per cell (int64).

    `detected_x` (miRNAs, cells) and `detected_y` (mRNAs, cells) bool.
    """
    out = np.zeros(detected_x.shape[1], np.int64)
    _count_tested(detected_x, detected_y, pair_x, pair_y, out)
    return out


@numba.njit(nogil=True, cache=True)
def _count_tested(detected_x, detected_y, pair_x, pair_y, out):
    for p in range(len(pair_x)):
        own, other = detected_x[pair_x[p]], detected_y[pair_y[p]]
        for k in range(len(out)):
            out[k] += own[k] & other[k]


LARGEST = 0.99  # p over this counts as this
SMALLEST = 1e-12  # p under this counts as this
UNIT = 64
LEVEL = 0.01  # what is counted exactly


class PairSums(NamedTuple):
    """Of each pair, over lists of cells, each list once."""

    units: np.ndarray  # (pairs,) int64: sum of cot(p pi) over p <= level, in 64ths
    hits: np.ndarray  # (pairs,) int64: p <= level
    tested: np.ndarray  # (pairs,) int64: lists in which the pair is tested
    level: float

    def more(self, other: PairSums) -> PairSums:
        """With those of other lists; `tested` holds all lists in both."""
        return self._replace(units=self.units + other.units, hits=self.hits + other.hits)

    def p(self) -> np.ndarray:
        """P(C >= mean) of a standard Cauchy variable C; NaN for a pair that is tested nowhere."""
        rest = (self.tested - self.hits) * mean_over(self.level)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = (self.units / UNIT + rest) / self.tested
            # arctan(1 / mean) does not lose small p to rounding
            p = np.where(mean > 0, np.arctan(1 / mean) / np.pi, 0.5 - np.arctan(mean) / np.pi)
        return np.where(self.tested > 0, p, np.nan)


def add_up(pair: np.ndarray, p: np.ndarray, tested: np.ndarray, level: float = LEVEL) -> PairSums:
    """Sums over entries, each a `pair` and its `p` in one list; only those with p <= level need be given."""
    small = p <= level
    pair, units = pair[small], np.rint(UNIT / np.tan(np.pi * np.maximum(p[small], SMALLEST))).astype(np.int64)
    total = np.zeros(len(tested), np.int64)
    np.add.at(total, pair, units)
    return PairSums(total, np.bincount(pair, minlength=len(tested)), np.asarray(tested, np.int64), level)


def mean_over(level: float) -> float:
    """The mean of cot(p pi) over uniform p above `level`, those over 0.99 as 0.99."""
    inside = (np.log(np.sin(LARGEST * np.pi)) - np.log(np.sin(level * np.pi))) / np.pi
    return float((inside + (1 - LARGEST) / np.tan(LARGEST * np.pi)) / (1 - level))


def adjusted(p: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg over the pairs that have a p."""
    from scipy.stats import false_discovery_control

    out = np.full(len(p), np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        out[tested] = false_discovery_control(p[tested])
    return out
