"""What the local test needs of each gene, once: scores, and their local mean, variance, skewness and kurtosis."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.local_means import LANES, Means, lane_means
from csmir.kernels.local_scores import KINDS, Scored, score

# a variance of scores below this is none
LEAST_VARIANCE = 1e-7


class Genes(NamedTuple):
    """Genes ready to be correlated; of gene g, column g reads zeros as missing, column genes + g as lowest values."""

    scores: np.ndarray  # (cells, 2 genes) float32
    mean: np.ndarray  # (lists, 2 genes) float32, local
    scale: np.ndarray  # (lists, 2 genes) float32: 1 / local sd; 0 where the gene is not seen or does not vary
    skewness: np.ndarray  # (lists, 2 genes) float32
    kurtosis: np.ndarray  # (lists, 2 genes) float32, excess
    seen: np.ndarray  # (lists, genes) float32: share of the list's weight where the gene is detected
    has_zeros: np.ndarray  # (genes,) bool: the kinds differ

    @property
    def n_genes(self) -> int:
        """Genes, each of which has two columns."""
        return len(self.has_zeros)


def measure(values: np.ndarray, means: Means, *, floor: float = 0.0) -> Genes:
    """Scores and moments of genes x cells `values`, finite; a value at or below `floor` is not detected."""
    n_genes, n_cells = values.shape
    n_lists = len(means.steps[0].indptr) - 1
    shape = (n_lists, len(KINDS) * n_genes)
    mean, scale, skewness, kurtosis = (np.empty(shape, np.float32) for _ in range(4))
    scores, seen = np.empty((n_cells, shape[1]), np.float32), np.ones((n_lists, n_genes), np.float32)
    out = Genes(scores, mean, scale, skewness, kurtosis, seen, np.zeros(n_genes, bool))
    for first in range(0, n_genes, LANES):
        genes = slice(first, min(first + LANES, n_genes))
        _measure(score(values[genes], means, floor=floor), means, genes, out)
    return out


def _measure(scored: Scored, means: Means, genes: slice, out: Genes) -> None:
    n = genes.stop - genes.start
    out.has_zeros[genes] = scored.has_zeros
    both = bool(scored.has_zeros.any())
    if both:
        out.seen[:, genes] = lane_means(means.steps, scored.detected)[:, :n]
    elif not scored.detected[:, :n].any():
        out.seen[:, genes] = 0
    for kind in (1, 0) if both else (1,):
        lanes = scored.lowest if kind else scored.missing
        first = kind * out.n_genes + genes.start
        out.scores[:, first : first + n] = lanes[:, :n]
        one = lane_means(means.steps, lanes)
        power = lanes * lanes
        two = lane_means(means.steps, power)
        power *= lanes
        three = lane_means(means.steps, power)
        power *= lanes
        four = lane_means(means.steps, power)
        _shapes(one, two, three, four, out.seen, genes.start, first, n, *out[1:5])
    if not both:
        for array in out[:5]:
            array[:, genes] = array[:, out.n_genes + genes.start : out.n_genes + genes.stop]


def join(parts: list[Genes]) -> Genes:
    """Genes that were measured in parts, side by side."""

    def by_kind(field: str) -> np.ndarray:
        halves = (np.split(getattr(part, field), len(KINDS), axis=1) for part in parts)
        return np.concatenate([half for kind in zip(*halves, strict=True) for half in kind], axis=1)

    scores, mean, scale, skewness, kurtosis = (by_kind(field) for field in Genes._fields[:5])
    seen, has_zeros = np.concatenate([p.seen for p in parts], axis=1), np.concatenate([p.has_zeros for p in parts])
    return Genes(scores, mean, scale, skewness, kurtosis, seen, has_zeros)


@numba.njit(nogil=True, cache=True)
def _shapes(one, two, three, four, seen, gene, first, n, mean, scale, skewness, kurtosis):
    for i in range(len(one)):
        for c in range(n):
            m = one[i, c]
            variance = two[i, c] - m * m
            there = variance > np.float32(LEAST_VARIANCE) and seen[i, gene + c] > 0
            s = np.float32(1) / np.sqrt(variance) if there else np.float32(0)
            mean[i, first + c], scale[i, first + c] = m, s
            skewness[i, first + c] = (three[i, c] - 3 * m * two[i, c] + 2 * m * m * m) * s * s * s
            square = m * m
            central = four[i, c] - 4 * m * three[i, c] + 6 * square * two[i, c] - 3 * square * square
            kurtosis[i, first + c] = central * (s * s) * (s * s) - 3
