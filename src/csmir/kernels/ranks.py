"""Genes made ready for the many-cell kernels: sorted cells, and every cell's box as an interval of sorted places.

The box rule is that of `boxes.py`, which takes all runs at once; this is its form for one run of many cells.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.design import ROUNDING
from csmir.kernels.sorting import sort_cells

FIELD = 21  # bits for a place in `box`
MAX_CELLS = 2**FIELD - 1


class Ranks(NamedTuple):
    """Sorted places and boxes of some genes over the same cells and runs."""

    order: np.ndarray  # (genes, cells) int32: place -> cell, ascending by value, ties in the order of the cells
    window: np.ndarray  # (genes, runs, cells) uint64: place -> first place of the box there, place after its last << 32
    size: np.ndarray  # (genes, runs, cells) int32: place -> weight inside the box
    box: np.ndarray  # (genes, runs, cells) uint64: cell -> its place, the first of its box << 21, after the last << 42
    floor: np.ndarray  # (genes,) int32: cells of the smallest value, if their box is themselves in every run, else 0
    weights: np.ndarray  # (runs, cells) int64; no cells where every weight is 1
    n: int  # weight of a run


def prepare(values: np.ndarray, weights: np.ndarray | None = None, *, box_size: float) -> Ranks:
    """Sort each gene's cells and find every box.

    `values` (genes, cells) float64, finite, at least 0; `weights` (runs, cells) positive integers whose rows have one
    sum, or None for one run in which every cell stands for itself. 24 bytes per gene, cell and run.
    """
    n_genes, n_cells = values.shape
    if n_cells > MAX_CELLS:
        raise ValueError(f"expected at most {MAX_CELLS:,} cells; found {n_cells:,}")
    n_runs = 1 if weights is None else len(weights)
    ranks = Ranks(
        order=np.empty((n_genes, n_cells), np.int32),
        window=np.empty((n_genes, n_runs, n_cells), np.uint64),
        size=np.empty((n_genes, n_runs, n_cells), np.int32),
        box=np.empty((n_genes, n_runs, n_cells), np.uint64),
        floor=np.zeros(n_genes, np.int32),
        weights=np.empty((n_runs, 0), np.int64) if weights is None else np.ascontiguousarray(weights, np.int64),
        n=n_cells if weights is None else int(weights[0].sum()),
    )
    fill_ranks(np.ascontiguousarray(values, np.float64), box_size, *ranks[:-1])
    return ranks


@numba.njit(nogil=True, cache=True)
def fill_ranks(values, box_size, order, window, size, box, floor, weights):
    """Fill the arrays of `Ranks`."""
    n_genes, n_cells = values.shape
    weighted = weights.shape[1] > 0
    key, spare = np.empty(n_cells, np.uint64), np.empty(n_cells, np.uint64)
    start = np.empty(n_cells + 1, np.int32)
    cumulative = np.empty(n_cells + 1, np.int64)
    lo, hi, weight = np.empty(n_cells, np.int32), np.empty(n_cells, np.int32), np.empty(n_cells, np.int32)
    for g in range(n_genes):
        of_gene, cells = values[g], order[g]
        sort_cells(of_gene, cells, key, spare)
        n_groups = 0
        for p in range(n_cells):
            if p == 0 or of_gene[cells[p]] != of_gene[cells[p - 1]]:
                start[n_groups] = p
                n_groups += 1
        start[n_groups] = n_cells
        alone = True
        for r in range(weights.shape[0]):
            total = 0
            for i in range(n_groups):
                if weighted:
                    for p in range(start[i], start[i + 1]):
                        total += weights[r, cells[p]]
                else:
                    total = start[i + 1]
                cumulative[i] = total
            _boxes_of_run(cumulative, n_groups, of_gene[cells[0]] == 0.0, box_size, start, lo, hi, weight)
            alone &= hi[0] == start[1]
            for i in range(n_groups):
                a, e, w = lo[i], hi[i], weight[i]
                places = np.uint64(a) | np.uint64(e) << np.uint64(32)
                edges = np.uint64(a) << np.uint64(21) | np.uint64(e) << np.uint64(42)
                for p in range(start[i], start[i + 1]):
                    window[g, r, p], size[g, r, p] = places, w
                    box[g, r, cells[p]] = np.uint64(p) | edges
        floor[g] = start[1] if alone else 0


@numba.njit(nogil=True, cache=True, inline="always")
def _boxes_of_run(cumulative, n_group, has_zeros, box_size, start, lo, hi, size):
    """Boxes of one run, group after group: for one run, faster than all runs as lanes."""
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
        lo[i] = start[lower_i]
        hi[i] = start[upper_i + 1]
        size[i] = cumulative[upper_i] - (cumulative[lower_i - 1] if lower_i else 0)
        before = cumulative[i]
