"""Benjamini-Hochberg over the pairs of each cell, from the candidates alone.

q <= alpha needs p <= alpha, since q >= p. So the p-values over alpha need not be kept, only counted.
"""

from __future__ import annotations

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
