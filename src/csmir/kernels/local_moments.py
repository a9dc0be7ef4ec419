"""What the local test needs of each gene, once: scores, and their local mean, variance, skewness and kurtosis.

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

from csmir.kernels.local_adjust import Ground, solve_genes
from csmir.kernels.local_means import LANES, Means, lane_means
from csmir.kernels.sorting import sort_cells

# a variance of scores below this is none
LEAST_VARIANCE = 1e-7


class Genes(NamedTuple):
    """Genes ready to be correlated; of gene g, column 2 g reads zeros as missing values, the next as lowest ones."""

    scores: np.ndarray  # (cells, 2 genes) float32
    mean: np.ndarray  # (lists, 2 genes) float32, local
    scale: np.ndarray  # (lists, 2 genes) float32: 1 / local sd; 0 where the gene is not seen or does not vary
    skewness: np.ndarray  # (lists, 2 genes) float32
    kurtosis: np.ndarray  # (lists, 2 genes) float32, excess
    seen: np.ndarray  # (lists, genes) float32: share of the list's weight where the gene is detected
    has_zeros: np.ndarray  # (genes,) bool: the kinds differ
    b: np.ndarray  # (lists, 2 genes, columns) float32: how it goes with the columns of a `Ground`, if there is one
    left: np.ndarray  # (lists, 2 genes) float32: the variance that the known columns leave; (lists, 0) without

    @property
    def n_genes(self) -> int:
        """Genes, each of which has two columns."""
        return len(self.has_zeros)


def measure(values: np.ndarray, means: Means, *, floor: float = 0.0, ground: Ground | None = None) -> Genes:
    """Scores and moments of genes x cells `values`, finite; a value at or below `floor` is not detected.

    With `ground`, also how each gene goes with its columns around each cell.
    """
    n_genes, n_cells = values.shape
    n_lists = len(means.steps[0].indptr) - 1
    mean, scale, skewness, kurtosis = (np.empty((n_lists, 2 * n_genes), np.float32) for _ in range(4))
    scores, seen = np.empty((n_cells, 2 * n_genes), np.float32), np.ones((n_lists, n_genes), np.float32)
    b = np.empty((n_lists, 2 * n_genes, 0 if ground is None else ground.columns.shape[1]), np.float32)
    left = np.empty((n_lists, 0 if ground is None else 2 * n_genes), np.float32)
    out = Genes(scores, mean, scale, skewness, kurtosis, seen, np.zeros(n_genes, bool), b, left)
    for first in range(0, n_genes, GENES):
        genes = slice(first, min(first + GENES, n_genes))
        scored = score(values[genes], means, floor=floor)
        _measure(scored, means, genes, out)
        if ground is not None:
            _with_columns(scored, means, ground, genes, out)
    return out


def _measure(scored: Scored, means: Means, genes: slice, out: Genes) -> None:
    n = 2 * (genes.stop - genes.start)
    columns = slice(2 * genes.start, 2 * genes.stop)
    out.has_zeros[genes] = scored.has_zeros
    if scored.has_zeros.any():
        out.seen[:, genes] = lane_means(means.steps, scored.detected)[:, :n:2]
    out.scores[:, columns] = scored.lanes[:, :n]
    power = np.empty((3, *scored.lanes.shape), np.float32)
    _powers(scored.lanes, power)
    means_of = [lane_means(means.steps, values) for values in (scored.lanes, *power)]
    _shapes(*means_of, out.seen, genes.start, n, *(array[:, columns] for array in out[1:5]))


def _with_columns(scored: Scored, means: Means, ground: Ground, genes: slice, out: Genes) -> None:
    here = slice(2 * genes.start, 2 * genes.stop)
    b = np.empty((len(out.b), ground.columns.shape[1], LANES), np.float32)
    for c in range(b.shape[1]):
        b[:, c] = lane_means(means.steps, scored.lanes * ground.columns[:, c : c + 1])
    scale = out.scale[:, here]
    out.left[:, here] = np.divide(1, scale**2, out=np.zeros_like(scale), where=scale > 0)
    solve_genes(b, out.mean[:, here], ground.mean, ground.solve, ground.n_common, out.b[:, here], out.left[:, here])


def join(parts: list[Genes]) -> Genes:
    """Genes that were measured in parts, side by side."""
    return Genes(*(np.concatenate(arrays, axis=min(1, arrays[0].ndim - 1)) for arrays in zip(*parts, strict=True)))


@numba.njit(nogil=True, cache=True)
def _powers(values, out):
    for c in range(len(values)):
        for g in range(LANES):
            one = values[c, g]
            two = one * one
            out[0, c, g], out[1, c, g], out[2, c, g] = two, two * one, two * two


@numba.njit(nogil=True, cache=True)
def _shapes(one, two, three, four, seen, gene, n, mean, scale, skewness, kurtosis):
    none, three_, four_, six = np.float32(0), np.float32(3), np.float32(4), np.float32(6)
    for i in range(len(one)):
        for c in range(n):
            m = one[i, c]
            square = m * m
            variance = two[i, c] - square
            there = variance > np.float32(LEAST_VARIANCE) and seen[i, gene + c // 2] > none
            s = np.float32(1) / np.sqrt(variance) if there else none
            mean[i, c], scale[i, c] = m, s
            skewness[i, c] = (three[i, c] - three_ * m * two[i, c] + (square + square) * m) * s * s * s
            central = four[i, c] - four_ * m * three[i, c] + six * square * two[i, c] - three_ * square * square
            kurtosis[i, c] = central * (s * s) * (s * s) - three_


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
