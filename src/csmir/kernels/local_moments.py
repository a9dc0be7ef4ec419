"""What the local test needs of each gene, once: scores, and their local mean, variance, skewness and kurtosis.

A gene is ranked over all cells; what is not detected ties at the smallest rank. Its mean rank around each cell is taken
off, so that two genes which both follow cell types or a trajectory are not correlated for that alone. An undetected
value is either a low value or a lost one. Both readings are scored:

- `missing`: it scores 0, the mean of the detected cells around it. Right where values are lost at random; there, a
  correlation of `lowest` scores is mostly noise.
- `lowest`: it has the smallest rank, like any other value. Right where detection falls with abundance.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.local_adjust import Ground, solve_genes
from csmir.kernels.local_means import LANES, Means, empty_lanes, lane_means, plane_means, to_lanes, to_planes
from csmir.kernels.sorting import sort_cells

MISSING, LOWEST = 0, 1  # how zeros are read
# a variance of scores below this is none
LEAST_VARIANCE = 1e-7


class Scored(NamedTuple):
    """Up to `LANES` genes, cells in the order of the means; 0 where there is no gene."""

    missing: np.ndarray  # (cells, LANES) float32: scores that read zeros as missing values
    lowest: np.ndarray  # (cells, LANES) float32: as lowest values; the same array where no gene has zeros
    detected: np.ndarray | None  # (cells, LANES) float32, 0 or 1; None where every gene is detected in every cell
    has_zeros: np.ndarray  # (genes,) bool: the readings differ


class Genes(NamedTuple):
    """Genes ready to be correlated, under both readings of their zeros: `MISSING`, then `LOWEST`."""

    scores: np.ndarray  # (2, genes, cells) float32
    mean: np.ndarray  # (2, genes, lists) float32, local
    scale: np.ndarray  # (2, genes, lists) float32: 1 / local sd; 0 where the gene is not seen or does not vary
    skewness: np.ndarray  # (2, genes, lists) float32
    kurtosis: np.ndarray  # (2, genes, lists) float32, excess
    seen: np.ndarray  # (genes, lists) float32: share of the list's weight where the gene is detected
    has_zeros: np.ndarray  # (genes,) bool: the readings differ
    b: np.ndarray  # (2, columns, genes, lists) float32: how it goes with the columns of a `Ground`, if there is one
    left: np.ndarray  # (2, genes, lists) float32: the variance that the known columns leave; (2, genes, 0) without

    @property
    def n_genes(self) -> int:
        """Genes."""
        return len(self.has_zeros)


def measure(values: np.ndarray, means: Means, *, floor: float = 0.0, ground: Ground | None = None) -> Genes:
    """Scores and moments of genes x cells `values`, finite; a value at or below `floor` is not detected.

    With `ground`, also how each gene goes with its columns around each cell.
    """
    n_genes, n_cells = values.shape
    n_lists = len(means.steps[0].indptr) - 1
    mean, scale, skewness, kurtosis = (np.empty((2, n_genes, n_lists), np.float32) for _ in range(4))
    scores, seen = np.empty((2, n_genes, n_cells), np.float32), np.ones((n_genes, n_lists), np.float32)
    n_columns, n_left = (0, 0) if ground is None else (ground.columns.shape[1], n_lists)
    b, left = np.empty((2, n_columns, n_genes, n_lists), np.float32), np.empty((2, n_genes, n_left), np.float32)
    out = Genes(scores, mean, scale, skewness, kurtosis, seen, np.zeros(n_genes, bool), b, left)
    for first in range(0, n_genes, LANES):
        genes = slice(first, min(first + LANES, n_genes))
        scored = score(values[genes], means, floor=floor)
        out.has_zeros[genes] = scored.has_zeros
        if scored.detected is not None:
            plane_means(means.steps, scored.detected, seen[genes])
        _measure(scored.lowest, means, ground, genes, LOWEST, out)
        if scored.detected is not None:
            _measure(scored.missing, means, ground, genes, MISSING, out)
            continue
        for array in (*out[:5], left):  # no gene has zeros, and both readings are one
            array[MISSING, genes] = array[LOWEST, genes]
        b[MISSING, :, genes] = b[LOWEST, :, genes]
    return out


def _measure(lanes: np.ndarray, means: Means, ground: Ground | None, genes: slice, kind: int, out: Genes) -> None:
    """Fill in what there is to know of one reading of some genes."""
    to_planes(lanes, out.scores[kind, genes])
    moments = [array[kind, genes] for array in out[1:5]]
    power = empty_lanes(len(lanes))
    power[:] = lanes
    for p, planes in enumerate(moments):
        if p:
            power *= lanes
        plane_means(means.steps, power, planes)
    _shapes(*moments, out.seen[genes])
    if ground is None:
        return
    b, scale = out.b[kind, :, genes], out.scale[kind, genes]
    for c in range(len(b)):
        np.multiply(lanes, ground.columns[:, c : c + 1], out=power)
        plane_means(means.steps, power, out.b[kind, c, genes])
    out.left[kind, genes] = np.divide(1, scale**2, out=np.zeros_like(scale), where=scale > 0)
    solve_genes(b, out.mean[kind, genes], ground.mean, ground.solve, ground.n_common, out.left[kind, genes])


def join(parts: Iterable[Genes], n_genes: int) -> Genes:
    """Genes that were measured in parts, side by side; a part is let go once it has its place."""
    axes = {"seen": 0, "has_zeros": 0, "b": 2}
    whole: list[np.ndarray] = []
    first = 0
    for part in parts:
        for i, (name, array) in enumerate(zip(Genes._fields, part, strict=True)):
            axis = axes.get(name, 1)
            if not first:
                whole.append(np.empty((*array.shape[:axis], n_genes, *array.shape[axis + 1 :]), array.dtype))
            whole[i][(*[slice(None)] * axis, slice(first, first + part.n_genes))] = array
        first += part.n_genes
    return Genes(*whole)


def score(values: np.ndarray, means: Means, *, floor: float = 0.0) -> Scored:
    """Score genes x cells `values`, finite; a value at or below `floor` is not detected."""
    n_genes, n_cells = values.shape
    ranks, seen = np.empty((n_genes, n_cells), np.float32), np.empty((n_genes, n_cells), np.float32)
    values = np.ascontiguousarray(values, np.float64)
    below_0 = bool(((values < 0) & (values > floor)).any())
    rank_genes(values, floor, below_0, positions(means), ranks, seen)
    has_zeros = seen.min(axis=1, initial=1) == 0
    lowest = _lanes_of(ranks)
    if not has_zeros.any():
        lowest -= lane_means(means.smoother, lowest)
        return Scored(lowest, lowest, None, has_zeros)
    detected = _lanes_of(seen)
    missing = _lanes_of(ranks * seen)
    lowest -= lane_means(means.smoother, lowest)
    _less_detected(missing, lane_means(means.smoother, missing), detected, lane_means(means.smoother, detected))
    return Scored(missing, lowest, detected, has_zeros)


def lowest_scores(values: np.ndarray, means: Means, floor: float) -> np.ndarray:
    """The scores that read zeros as lowest values, genes x cells in their own order, of up to LANES genes."""
    ranks, seen = np.empty(values.shape, np.float32), np.empty(values.shape, np.float32)
    values = np.ascontiguousarray(values, np.float64)
    rank_genes(values, floor, bool(((values < 0) & (values > floor)).any()), positions(means), ranks, seen)
    lanes = _lanes_of(ranks)
    lanes -= lane_means(means.smoother, lanes)
    to_planes(lanes, ranks)
    return ranks[:, positions(means)]


def _lanes_of(planes: np.ndarray) -> np.ndarray:
    out = empty_lanes(planes.shape[1])
    out[:, len(planes) :] = 0
    to_lanes(planes, out)
    return out


def positions(means: Means) -> np.ndarray:
    """(cells,) int32: where each cell stands."""
    out = np.empty(len(means.order), np.int32)
    out[means.order] = np.arange(len(out), dtype=np.int32)
    return out


@numba.njit(nogil=True, cache=True)
def rank_genes(values, floor, below_0, position, ranks, seen):
    """Mid-ranks over the cells, (rank - 1/2) / cells, of genes (rows of `values`), and 0 or 1 for detected."""
    n_genes, n = values.shape
    own = np.empty(n, np.float64)
    order, key, spare = np.empty(n, np.int32), np.empty(n, np.uint64), np.empty(n, np.uint64)
    for g in range(n_genes):
        value = values[g]
        for c in range(n):
            own[c] = value[c] if value[c] > floor else (-np.inf if below_0 else 0.0)
        if below_0:
            order[:] = np.argsort(own, kind="mergesort")
        else:
            sort_cells(own, order, key, spare)
        first = 0
        while first < n:
            tied = own[order[first]]
            last = first + 1
            while last < n and own[order[last]] == tied:
                last += 1
            rank = np.float32((first + last) / (2 * n))
            there = np.float32(value[order[first]] > floor)
            for p in range(first, last):
                at = position[order[p]]
                ranks[g, at], seen[g, at] = rank, there
            first = last


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _less_detected(scores, mean, detected, share):
    """Take the mean of the detected cells around off; what is not detected scores 0."""
    none, least = np.float32(0), np.float32(1e-9)
    for c in range(len(scores)):
        for q in range(LANES):
            less = scores[c, q] - mean[c, q] / max(share[c, q], least)
            scores[c, q] = less if detected[c, q] > none else none


@numba.njit(nogil=True, cache=True)
def _shapes(first, second, third, fourth, seen):
    """From means of powers (genes, lists) to mean, 1 / sd, skewness and excess kurtosis, in place."""
    for g in range(len(seen)):
        _shape(first[g], second[g], third[g], fourth[g], seen[g])


@numba.njit(nogil=True, cache=True, error_model="numpy")  # a division that may raise an error makes no vectors
def _shape(mean, second, third, fourth, seen):
    none, one, six = np.float32(0), np.float32(1), np.float32(6)
    two, three, four, least = np.float32(2), np.float32(3), np.float32(4), np.float32(LEAST_VARIANCE)
    for i in range(len(mean)):
        m, square = mean[i], mean[i] * mean[i]
        variance = second[i] - square
        there = (variance > least) & (seen[i] > none)
        s = np.float32(there) / np.sqrt(variance if there else one)
        central = fourth[i] - four * m * third[i] + six * square * second[i] - three * square * square
        third[i] = (third[i] - three * m * second[i] + two * m * square) * s * s * s
        fourth[i] = central * (s * s) * (s * s) - three
        second[i] = s
