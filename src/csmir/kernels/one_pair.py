"""z of one pair in every cell and run, for any number of cells."""

from __future__ import annotations

import numba
import numpy as np

from csmir.kernels.boxes import make_boxes
from csmir.kernels.statistic import z_of_counts


def pair_z(x: np.ndarray, y: np.ndarray, weights: np.ndarray, box_size: float) -> np.ndarray:
    """(runs, cells) float64; `weights` (runs, cells) int64 may differ in their sums."""
    out = np.empty(weights.shape, np.float64)
    for r in range(len(weights)):
        bx = make_boxes(x[None], weights[r : r + 1], box_size)
        by = make_boxes(y[None], weights[r : r + 1], box_size)
        _z(
            bx.order[0], bx.group[0], bx.lo[0], bx.hi[0], bx.size[0],
            by.order[0], by.group[0], by.lo[0], by.hi[0], by.size[0],
            weights[r], bx.n, out[r],
        )  # fmt: skip
    return out


@numba.njit(nogil=True, cache=True)
def _z(
    x_order, x_group, x_lo, x_hi, x_size,
    y_order, y_group, y_lo, y_hi, y_size,
    weights, n, out,
):  # fmt: skip
    n_cells = len(weights)
    at = np.empty(n_cells, np.int64)  # cell -> position among the cells sorted by y
    for p in range(n_cells):
        at[y_order[p]] = p
    for k in range(n_cells):
        i, j = x_group[k], y_group[k]
        first, last = y_lo[j, 0], y_hi[j, 0]
        joint = 0
        for p in range(x_lo[i, 0], x_hi[i, 0]):
            c = x_order[p]
            if first <= at[c] < last:
                joint += weights[c]
        out[k] = z_of_counts(n, x_size[i, 0], y_size[j, 0], joint)
