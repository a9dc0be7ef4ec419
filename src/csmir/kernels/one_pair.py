"""z of one pair in every cell and run, for any number of cells."""

from __future__ import annotations

import numba
import numpy as np

from csmir.kernels.boxes import make_boxes
from csmir.kernels.statistic import z_of_counts


def pair_z(x: np.ndarray, y: np.ndarray, weights: np.ndarray, box_size: float) -> np.ndarray:
    """(runs, cells) float64; `weights` (runs, cells) int64 may differ in their sums."""
    out = np.empty(weights.shape, np.float64)
    total = weights.sum(axis=1)
    for n in np.unique(total):
        runs = np.flatnonzero(total == n)
        bx, by = (make_boxes(values[None], weights[runs], box_size) for values in (x, y))
        out[runs] = _z(
            bx.order[0], bx.group[0], bx.lo[0], bx.hi[0], bx.size[0],
            by.order[0], by.group[0], by.lo[0], by.hi[0], by.size[0],
            weights[runs], bx.n,
        )  # fmt: skip
    return out


@numba.njit(nogil=True, cache=True)
def _z(
    x_order, x_group, x_lo, x_hi, x_size,
    y_order, y_group, y_lo, y_hi, y_size,
    weights, n,
):  # fmt: skip
    n_runs, n_cells = weights.shape
    out = np.empty((n_runs, n_cells))
    at = np.empty(n_cells, np.int64)  # cell -> position among the cells sorted by y
    for p in range(n_cells):
        at[y_order[p]] = p
    for r in range(n_runs):
        for k in range(n_cells):
            i, j = x_group[k], y_group[k]
            first, last = y_lo[j, r], y_hi[j, r]
            joint = 0
            for p in range(x_lo[i, r], x_hi[i, r]):
                c = x_order[p]
                if first <= at[c] < last:
                    joint += weights[r, c]
            out[r, k] = z_of_counts(n, x_size[i, r], y_size[j, r], joint)
    return out
