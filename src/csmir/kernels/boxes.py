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

LANES = 32


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
    # runs are padded with the last one, so that the vector loops have no remainder
    lanes = np.ascontiguousarray(np.pad(weights.T.astype(size), ((0, 0), (0, -n_runs % LANES)), mode="edge"))
    n_zero = np.arange(n + 1)
    half = np.rint(box_size / 2 * (n - n_zero) + ROUNDING).astype(lanes.dtype)  # rint rounds half to even
    by_value = np.argsort(values, axis=1, kind="stable")
    fill_boxes(np.ascontiguousarray(values), by_value, lanes, half, *boxes[:-1])
    return boxes


@numba.njit(nogil=True, cache=True)
def fill_boxes(values, sorted_cells, weights, half, order, group, start, n_groups, lo, hi, size):
    """Fill preallocated arrays of `Boxes`; `weights` (cells, runs), `half` (weight of the zeros) -> half width."""
    n_genes, n_cells = values.shape
    n_runs = weights.shape[1]
    weight = weights.dtype.type
    one = weight(1)
    cumulative = np.zeros((n_cells + 1, n_runs), weights.dtype)  # weight before each group, by run
    h, first = np.empty(n_runs, weights.dtype), np.empty(n_runs, weights.dtype)
    for g in range(n_genes):
        by_value = sorted_cells[g]
        n_group = np.int64(0)  # a plain 0 is a type of its own, for which the compiler would take all below once more
        for p in range(n_cells):
            if p == 0 or values[g, by_value[p]] != values[g, by_value[p - 1]]:
                start[g, n_group] = p
                n_group += 1
                for r in range(n_runs):
                    cumulative[n_group, r] = cumulative[n_group - 1, r]
            order[g, p] = by_value[p]
            group[g, by_value[p]] = n_group - 1
            for r in range(n_runs):
                cumulative[n_group, r] = weight(cumulative[n_group, r] + weights[by_value[p], r])
        start[g, n_group] = n_cells
        n_groups[g] = n_group
        if values[g, by_value[0]] == 0.0:
            for r in range(n_runs):
                n_zero = cumulative[1, r]
                h[r] = half[n_zero]
                # a box of an expressed cell may not reach into the zeros
                first[r] = weight(n_zero + one) if n_zero > h[r] else one
        else:
            h[:] = half[0]
            first[:] = 1
        _boxes_of_gene(cumulative, n_group, h, first, start[g], lo[g], hi[g], size[g])


@numba.njit(nogil=True, cache=True)
def _boxes_of_gene(cumulative, n_group, h, first, start, lo, hi, size):
    """Boxes of every group in all runs at once: runs are lanes, in loops without a branch.

    Both edges only move up from group to group; `low` and `high` are the first groups at which the edge of any run
    may be.
    """
    n_runs = cumulative.shape[1]
    weight = cumulative.dtype.type  # every number in its own width: wide ones make slow lanes
    one = weight(1)
    at_lower, at_upper = np.empty(n_runs, cumulative.dtype), np.empty(n_runs, cumulative.dtype)
    below, inside = np.zeros(n_runs, cumulative.dtype), cumulative[1].copy()  # weight below each edge
    left, right = np.zeros(n_runs, start.dtype), np.full(n_runs, start[1])  # their positions
    low = high = np.int64(0)
    for i in range(n_group):
        before, here, n = cumulative[i], cumulative[i + 1], cumulative[n_group]
        for r in range(n_runs):
            reach = max(first[r], weight(before[r] + one - min(h[r], before[r])))
            at_lower[r] = weight(before[r] + one) if weight(here[r] - before[r]) > h[r] else reach
        for r in range(n_runs):
            reach = weight(here[r] + min(h[r], weight(n[r] - here[r])))
            at_upper[r] = here[r] if weight(here[r] - before[r]) > h[r] else reach
        low = _move(at_lower, cumulative, cumulative, start, low, n_group, below, left)
        high = _move(at_upper, cumulative, cumulative[1:], start[1:], high, n_group - 1, inside, right)
        for r in range(lo.shape[1]):
            lo[i, r] = left[r]
        for r in range(hi.shape[1]):
            hi[i, r] = right[r]
        for r in range(size.shape[1]):
            size[i, r] = weight(inside[r] - below[r])


@numba.njit(nogil=True, cache=True)
def _move(edge, cumulative, beyond, start, j, last, held, place):
    """Move an edge of every run past the groups below it, from group `j` on: what each run holds of it is raised.

    `beyond` and `start` say what is held once a group is passed. Returns the first group that some run's edge has not
    passed.
    """
    weight = cumulative.dtype.type
    lowest = j
    while j < last:
        passed, there, end = cumulative[j + 1], beyond[j + 1], start[j + 1]
        some, every = weight(0), weight(1)
        for r in range(len(edge)):
            above = weight(passed[r] < edge[r])
            some, every = weight(some | above), weight(every & above)
            held[r] = max(held[r], weight(there[r] & -above))
        if not some:
            break
        for r in range(len(edge)):
            place[r] = max(place[r], end if passed[r] < edge[r] else start.dtype.type(0))
        j += 1
        if every:
            lowest = j
    return lowest
