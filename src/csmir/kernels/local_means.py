"""Local means: what the local test is made of. A sparse matrix, or two one after the other, over cells x columns.

W z, for z any product of scores, is the mean of z around each cell (or in each group, or on each side of a cell). Two
steps of k cells each weigh about k^2 cells for 2 k additions (`two_steps.py`); columns lie side by side as lanes.
Sums are in the order in which a row lists its cells, whatever the threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from scipy import sparse

LANES = 128  # columns at once
ROWS = 256  # of a result that stays in the cache while it is read on
EXACT = 64  # cells that are summed in float32 before they go into a float64


class Step(NamedTuple):
    """A sparse matrix rows x cells whose rows sum to 1 (or are empty)."""

    indptr: np.ndarray  # (rows + 1,) int64
    indices: np.ndarray  # (entries,) int32
    weights: np.ndarray  # (entries,) float32; (0,) where every row is a plain mean


class Means(NamedTuple):
    """Whom a cell is compared with, as local means; the cells in an order in which neighbours lie close together."""

    steps: tuple[Step, ...]  # the last is applied first
    smoother: tuple[Step, ...]  # the mean around each cell that scores are taken less, likewise
    order: np.ndarray  # (cells,) int32: which cell stands at each position
    row_of: np.ndarray  # (cells,) int32: the row of results of each cell, -1 for none
    sides: int  # lists a row: 2 where a pair must be correlated on both sides of a cell
    n_eff: np.ndarray  # (lists,) float64: independent cells the list is worth
    third: np.ndarray  # (lists,) float64: sum w^3 / (sum w^2)^1.5, the share of skewness that a mean keeps
    fourth: np.ndarray  # (lists,) float64: sum w^4 / (sum w^2)^2, likewise of kurtosis


def step_of(matrix: sparse.csr_matrix) -> Step:
    """The step of a sparse matrix; its weights are left out if they are plain means."""
    matrix = sparse.csr_matrix(matrix)
    size = np.diff(matrix.indptr)
    plain = np.allclose(matrix.data, np.repeat(1 / np.maximum(size, 1), size), rtol=1e-6, atol=0)
    weights = np.zeros(0, np.float32) if plain else matrix.data.astype(np.float32)
    return Step(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), weights)


def local_means(steps: tuple[Step, ...], values: np.ndarray) -> np.ndarray:
    """Means of the columns of `values`, cells x columns: rows x columns, float32."""
    n_columns = values.shape[1]
    out = np.empty((len(steps[0].indptr) - 1, n_columns), np.float32)
    lanes = np.zeros((len(values), LANES), np.float32)
    for first in range(0, n_columns, LANES):
        last = min(first + LANES, n_columns)
        lanes[:, : last - first] = values[:, first:last]
        out[:, first:last] = lane_means(steps, lanes)[:, : last - first]
    return out


def lane_means(steps: tuple[Step, ...], lanes: np.ndarray) -> np.ndarray:
    """The same of exactly `LANES` columns, contiguous float32."""
    for step in reversed(steps):
        out = np.empty((len(step.indptr) - 1, LANES), np.float32)
        sum_rows(*step, lanes, 0, len(out), out)
        lanes = out
    return lanes


@numba.njit(nogil=True, cache=True)
def sum_rows(indptr, indices, weights, values, start, stop, out):
    """Rows from `start` to `stop` of a step times `values` (cells, LANES), into the first rows of `out`."""
    total = np.empty(LANES, np.float64)
    acc = np.empty(LANES, np.float32)
    weighted = len(weights) > 0
    for i in range(start, stop):
        a, e = indptr[i], indptr[i + 1]
        row = out[i - start]
        if not weighted and e - a <= EXACT:
            _plain_sum(indices, values, a, e, acc)
            share = np.float32(1) / np.float32(max(e - a, 1))
            for c in range(LANES):
                row[c] = acc[c] * share
            continue
        for c in range(LANES):
            total[c] = 0.0
        while a < e:
            to = min(a + EXACT, e)
            if weighted:
                _weighted_sum(indices, weights, values, a, to, acc)
            else:
                _plain_sum(indices, values, a, to, acc)
            for c in range(LANES):
                total[c] += acc[c]
            a = to
        scale = 1.0 if weighted else 1.0 / max(e - indptr[i], 1)
        for c in range(LANES):
            row[c] = total[c] * scale


@numba.njit(nogil=True, cache=True, inline="always")
def _plain_sum(indices, values, a, e, acc):
    for c in range(LANES):
        acc[c] = np.float32(0)
    while a + 8 <= e:
        i, j, k, m = indices[a], indices[a + 1], indices[a + 2], indices[a + 3]
        n, o, p, q = indices[a + 4], indices[a + 5], indices[a + 6], indices[a + 7]
        for c in range(LANES):
            acc[c] += ((values[i, c] + values[j, c]) + (values[k, c] + values[m, c])) + (
                (values[n, c] + values[o, c]) + (values[p, c] + values[q, c])
            )
        a += 8
    while a + 2 <= e:
        i, j = indices[a], indices[a + 1]
        for c in range(LANES):
            acc[c] += values[i, c] + values[j, c]
        a += 2
    if a < e:
        i = indices[a]
        for c in range(LANES):
            acc[c] += values[i, c]


@numba.njit(nogil=True, cache=True, inline="always")
def _weighted_sum(indices, weights, values, a, e, acc):
    for c in range(LANES):
        acc[c] = np.float32(0)
    while a + 4 <= e:
        i, j, k, m = indices[a], indices[a + 1], indices[a + 2], indices[a + 3]
        s, t, u, v = weights[a], weights[a + 1], weights[a + 2], weights[a + 3]
        for c in range(LANES):
            acc[c] += (s * values[i, c] + t * values[j, c]) + (u * values[k, c] + v * values[m, c])
        a += 4
    while a < e:
        i, s = indices[a], weights[a]
        for c in range(LANES):
            acc[c] += s * values[i, c]
        a += 1
