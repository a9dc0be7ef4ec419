"""Which pairs interact in which cell, run by run, counted over groups of pairs: no run's networks are kept."""

from __future__ import annotations

import numba
import numpy as np

from csmir.kernels.boxes import make_boxes
from csmir.kernels.statistic import z_of_counts


def counts_per_run(
    mirna: np.ndarray,
    mrna: np.ndarray,
    pair_x: np.ndarray,
    pair_y: np.ndarray,
    classes: np.ndarray,
    weights: np.ndarray,
    *,
    box_size: float,
    cutoff: float,
) -> np.ndarray:
    """Interactions (z > cutoff) of every run and cell: how many, how many of each class, and of how many mRNAs.

    `mirna`, `mrna` (features, cells); `pair_x`, `pair_y` (pairs,) positions in them; `classes` (pairs, classes) bool;
    `weights` (runs, cells). Returns (2 + classes, runs, cells) int32: interactions, mRNAs, then each class.
    """
    weights = np.ascontiguousarray(weights, np.int64)
    out = np.zeros((2 + classes.shape[1], *weights.shape), np.int32)
    x = make_boxes(np.ascontiguousarray(mirna), weights, box_size)
    hit = np.empty(weights.shape, np.bool_)
    for gene in np.unique(pair_y):  # one mRNA's boxes at a time: few megabytes, whatever the number of genes
        of_gene = np.flatnonzero(pair_y == gene)
        y = make_boxes(np.ascontiguousarray(mrna[gene : gene + 1]), weights, box_size)
        hit[:] = False
        _count(
            x.order, x.group, x.lo, x.hi, x.size, y.order[0], y.group[0], y.lo[0], y.hi[0], y.size[0],
            pair_x[of_gene], classes[of_gene], weights, x.n, cutoff, hit, out,
        )  # fmt: skip
        out[1] += hit
    return out


@numba.njit(nogil=True, cache=True)
def _count(
    x_order, x_group, x_lo, x_hi, x_size,
    y_order, y_group, y_lo, y_hi, y_size,
    pair_x, classes, weights, n, cutoff, hit, out,
):  # fmt: skip
    n_runs, n_cells = weights.shape
    at = np.empty(n_cells, np.int64)  # cell -> position among the cells sorted by the mRNA
    for p in range(n_cells):
        at[y_order[p]] = p
    for q in range(len(pair_x)):
        x = pair_x[q]
        for k in range(n_cells):
            i, j = x_group[x, k], y_group[k]
            for r in range(n_runs):
                first, last = np.int64(y_lo[j, r]), np.int64(y_hi[j, r])
                joint = 0
                for p in range(x_lo[x, i, r], x_hi[x, i, r]):
                    c = x_order[x, p]
                    if first <= at[c] < last:
                        joint += weights[r, c]
                if z_of_counts(n, x_size[x, i, r], y_size[j, r], joint) > cutoff:
                    hit[r, k] = True
                    out[0, r, k] += 1
                    for g in range(classes.shape[1]):
                        out[2 + g, r, k] += classes[q, g]
