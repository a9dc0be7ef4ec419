"""The box of every cell around one gene's value: METHOD's rule, for cells with integer weights.

A box is an interval of the cells sorted by the gene's value. Cells with equal values form a *tie group* and share one
box, so everything is stored per group: `lo[gene, group, run] : hi[gene, group, run]` are positions in `order[gene]`.
A cell of weight w stands for w equal cells (itself and its bootstrapped copies), which is exact and needs no copies.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.design import ROUNDING


class Boxes(NamedTuple):
    """Boxes of many genes over the same cells and runs."""

    order: np.ndarray  # (genes, cells) position -> cell, ascending by value
    group: np.ndarray  # (genes, cells) cell -> tie group, ascending by value
    start: np.ndarray  # (genes, cells + 1) group -> first position; closed by the number of cells
    n_groups: np.ndarray  # (genes,)
    lo: np.ndarray  # (genes, cells, runs) group -> first position of its box, by run
    hi: np.ndarray  # (genes, cells, runs) group -> position after the last of its box
    size: np.ndarray  # (genes, cells, runs) group -> weight inside the box
    n: int  # total weight of a run


def make_boxes(values: np.ndarray, weights: np.ndarray, box_size: float) -> Boxes:
    """Boxes of each gene in each run.

    `values` (genes, cells) float64, finite, at least 0; `weights` (runs, cells) positive integers whose rows have one
    sum.
    """
    n_genes, n_cells = values.shape
    n_runs = len(weights)
    n = int(weights[0].sum())
    position = np.uint8 if n_cells < 256 else np.int32
    size = np.uint8 if n < 256 else np.int32
    boxes = Boxes(
        order=np.empty((n_genes, n_cells), position),
        group=np.empty((n_genes, n_cells), position),
        start=np.zeros((n_genes, n_cells + 1), position),
        n_groups=np.empty(n_genes, np.int32),
        lo=np.zeros((n_genes, n_cells, n_runs), position),
        hi=np.zeros((n_genes, n_cells, n_runs), position),
        size=np.zeros((n_genes, n_cells, n_runs), size),
        n=n,
    )
    fill_boxes(np.ascontiguousarray(values), np.ascontiguousarray(weights, np.int64), box_size, *boxes[:-1])
    return boxes


@numba.njit(nogil=True, cache=True)
def fill_boxes(values, weights, box_size, order, group, start, n_groups, lo, hi, size):
    """Fill preallocated arrays of `Boxes` (a slice of genes can be filled by a thread of its own)."""
    n_genes, n_cells = values.shape
    n_runs = weights.shape[0]
    cumulative = np.empty(n_cells + 1, np.int64)  # weight up to and including each group
    for g in range(n_genes):
        by_value = np.argsort(values[g], kind="mergesort")
        n_group = 0
        for p in range(n_cells):
            if p == 0 or values[g, by_value[p]] != values[g, by_value[p - 1]]:
                start[g, n_group] = p
                n_group += 1
            order[g, p] = by_value[p]
            group[g, by_value[p]] = n_group - 1
        start[g, n_group] = n_cells
        n_groups[g] = n_group
        has_zeros = values[g, by_value[0]] == 0.0
        for r in range(n_runs):
            total = 0
            for i in range(n_group):
                for p in range(start[g, i], start[g, i + 1]):
                    total += weights[r, by_value[p]]
                cumulative[i] = total
            _boxes_of_run(cumulative, n_group, has_zeros, box_size, start[g], lo[g], hi[g], size[g], r)


@numba.njit(nogil=True, cache=True, inline="always")
def _boxes_of_run(cumulative, n_group, has_zeros, box_size, start, lo, hi, size, r):
    n = cumulative[n_group - 1]
    n_zero = cumulative[0] if has_zeros else 0
    h = int(np.rint(box_size / 2 * (n - n_zero) + ROUNDING))  # rint rounds half to even
    first = n_zero + 1 if n_zero > h else 1  # a box of an expressed cell may not reach into the zeros
    lower, upper = 0, 0
    before = 0
    for i in range(n_group):
        if cumulative[i] - before - 1 >= h:
            lower_i, upper_i = i, i
        else:
            at_lower, at_upper = max(first, before + 1 - h), min(n, cumulative[i] + h)
            while cumulative[lower] < at_lower:
                lower += 1
            while cumulative[upper] < at_upper:
                upper += 1
            lower_i, upper_i = lower, upper
        lo[i, r] = start[lower_i]
        hi[i, r] = start[upper_i + 1]
        size[i, r] = cumulative[upper_i] - (cumulative[lower_i - 1] if lower_i else 0)
        before = cumulative[i]
