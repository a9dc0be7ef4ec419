"""Scores of genes for the local test: ranks over all cells, less what a cell's surroundings explain.

A gene is ranked over all cells; what is not detected ties at the smallest rank. Its mean rank around each cell is taken
off, so that two genes which both follow cell types or a trajectory are not correlated for that alone. An undetected
value is either a low value or a lost one. Both readings are scored:

- `missing`: it scores 0, the mean of the detected cells around it. Right where values are lost at random; there, a
  correlation of `lowest` scores is mostly noise.
- `lowest`: it has the smallest rank, like any other value. Right where detection falls with abundance.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.local_means import LANES, Means, lane_means
from csmir.kernels.sorting import sort_cells

GENES = LANES // 2  # at once: the two readings of a gene lie side by side


class Scored(NamedTuple):
    """Up to `GENES` genes, cells in the order of the means; 0 where there is no gene."""

    lanes: np.ndarray  # (cells, LANES) float32: of gene g, lane 2 g reads zeros as missing values, the next as lowest
    detected: np.ndarray  # (cells, LANES) float32, 0 or 1, in both lanes of a gene
    has_zeros: np.ndarray  # (genes,) bool: the readings differ


def score(values: np.ndarray, means: Means, *, floor: float = 0.0) -> Scored:
    """Score genes x cells `values`, finite; a value at or below `floor` is not detected."""
    n_genes, n_cells = values.shape
    lanes, detected = np.zeros((n_cells, LANES), np.float32), np.zeros((n_cells, LANES), np.float32)
    values = np.ascontiguousarray(values, np.float64)
    below_0 = bool(((values < 0) & (values > floor)).any())
    rank_genes(values, floor, below_0, positions(means), lanes, detected)
    has_zeros = np.less_equal(values, floor).any(axis=1)
    mean = lane_means(means.smoother, lanes)
    if has_zeros.any():
        share = lane_means(means.smoother, detected)
        _less_mean(lanes, mean, detected, share, 2 * n_genes)
    else:
        lanes -= mean
    return Scored(lanes, detected, has_zeros)


def positions(means: Means) -> np.ndarray:
    """(cells,) int32: where each cell stands."""
    out = np.empty(len(means.order), np.int32)
    out[means.order] = np.arange(len(out), dtype=np.int32)
    return out


@numba.njit(nogil=True, cache=True)
def rank_genes(values, floor, below_0, position, lanes, detected):
    """Mid-ranks over the cells, (rank - 1/2) / cells, of genes (rows of `values`): 0 for what is missing, and all."""
    n_genes, n = values.shape
    seen = np.empty(n, np.float64)
    order, key, spare = np.empty(n, np.int32), np.empty(n, np.uint64), np.empty(n, np.uint64)
    for g in range(n_genes):
        own = values[g]
        for c in range(n):
            seen[c] = own[c] if own[c] > floor else (-np.inf if below_0 else 0.0)
        if below_0:
            order[:] = np.argsort(seen, kind="mergesort")
        else:
            sort_cells(seen, order, key, spare)
        first = 0
        while first < n:
            value = seen[order[first]]
            last = first + 1
            while last < n and seen[order[last]] == value:
                last += 1
            rank = np.float32((first + last) / (2 * n))
            there = np.float32(own[order[first]] > floor)
            for p in range(first, last):
                at = position[order[p]]
                lanes[at, 2 * g], lanes[at, 2 * g + 1] = rank * there, rank
                detected[at, 2 * g], detected[at, 2 * g + 1] = there, there
            first = last


@numba.njit(nogil=True, cache=True)
def _less_mean(lanes, mean, detected, share, n):
    """Take the mean around off: of the detected cells where zeros are read as missing, of all cells else."""
    none, least = np.float32(0), np.float32(1e-9)
    for c in range(lanes.shape[0]):
        for q in range(0, n, 2):
            of_detected = mean[c, q] / max(share[c, q], least)
            lanes[c, q] = lanes[c, q] - of_detected if detected[c, q] > none else none
            lanes[c, q + 1] -= mean[c, q + 1]
