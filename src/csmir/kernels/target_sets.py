"""Sets of targets against matched genes: scores of a set in each cell, and how they go with a regulator.

With unit ranks (mean 0, length 1 over the cells) x of a regulator and L of the genes, and a contrast c over the genes
that weighs its targets by 1 / their number and as many matched genes by less than 0,

    shift = (L c)' x = mean rank correlation of x with the targets less that with the matched genes.

Permuting the cells permutes x alone: a permutation costs one scalar product a set.
"""

from __future__ import annotations

import numba
import numpy as np

SMALLEST_BIN = 30  # genes: no bin of fewer is made by detection
FAR_APART = 0.3  # share of the cells by which genes of a bin differ in detection before they are told apart
SETS_AT_ONCE = 64
PERMUTATIONS_AT_ONCE = 100
TIE = 1e-10  # a sum of the same terms in another order is the same shift


def unit_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks over the cells with mean 0 and length 1: (cells, genes) of (cells, genes); 0 for a gene of one value."""
    from scipy.stats import rankdata

    return unit(rankdata(values, axis=0).astype(np.float64))


def ranks_inside(values: np.ndarray, strata: np.ndarray, nuisance: np.ndarray | None) -> np.ndarray:
    """Ranks inside each stratum less what `nuisance` explains there, of equal variance in each, as `unit_ranks`.

    `strata` (cells,) integers, `nuisance` (cells, columns).
    """
    out = np.zeros(values.shape)
    for label in np.unique(strata):
        inside = strata == label
        ranks = unit_ranks(values[inside])
        if nuisance is not None:
            ranks = without(ranks, nuisance[inside])
        length = np.linalg.norm(ranks, axis=0)
        varies = length > 1e-6
        share = np.sqrt(inside.sum() / len(values))
        out[inside] = np.divide(ranks, length, out=np.zeros_like(ranks), where=varies) * share
    return unit(out)


def unit(columns: np.ndarray) -> np.ndarray:
    """Columns less their mean, scaled to length 1; 0 for one that does not vary."""
    centred = columns - columns.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    varies = length > 1e-9 * np.sqrt(len(columns)) * np.maximum(1, np.abs(columns).max(axis=0, initial=0))
    return np.divide(centred, length, out=np.zeros_like(centred), where=varies)


def match_bins(mean: np.ndarray, seen: np.ndarray, n_bins: int) -> np.ndarray:
    """Number of each gene's bin: `n_bins` of as many genes by mean expression, each cut in two by detection.

    `mean` and `seen` (genes,): mean expression, and share of the cells that detect the gene. A bin of fewer than 60
    genes, or whose genes differ in detection by at most 0.3 of the cells, is not cut.
    """
    order = np.lexsort((np.arange(len(mean)), seen, mean))
    place = np.empty(len(mean), np.int64)
    place[order] = np.arange(len(mean))
    first = place * n_bins // max(len(mean), 1)
    out = 2 * first
    for b in range(n_bins):
        inside = np.flatnonzero(first == b)
        if len(inside) >= 2 * SMALLEST_BIN and np.ptp(seen[inside]) > FAR_APART:
            more = inside[np.lexsort((inside, seen[inside]))[len(inside) // 2 :]]
            out[more] += 1
    return np.unique(out, return_inverse=True)[1]


def match_bins_listed(mean: np.ndarray, listed: np.ndarray, n_bins: int) -> np.ndarray:
    """Number of each gene's bin by how many miRNAs list it (1, 2-3, 4-7, 8-15, ...), then by mean expression.

    A quarter of `n_bins` bins of expression in each class. -1 for genes that no miRNA lists: they match nothing.
    """
    size = np.where(listed > 0, np.log2(np.maximum(listed, 1)).astype(np.int64), -1)
    out = np.full(len(mean), -1, np.int64)
    n = max(1, n_bins // 4)
    for c in range(int(size.max(initial=-1)) + 1):
        inside = np.flatnonzero(size == c)
        order = inside[np.lexsort((inside, mean[inside]))]
        out[order] = c * n + np.arange(len(inside)) * n // max(len(inside), 1)
    kept = out >= 0
    out[kept] = np.unique(out[kept], return_inverse=True)[1]
    return out


def contrast(targets: np.ndarray, bins: np.ndarray) -> np.ndarray | None:
    """Weights over the genes: 1 / number of targets on these, less as much on matched genes; None without any of these.

    `targets` are positions of genes, each once; genes with a bin below 0 match nothing. Genes that are no targets
    share their bin's number of targets evenly; the targets of a bin without such genes are matched with
    those of the nearest bin that has some.
    """
    n_bins = int(bins.max(initial=-1)) + 1
    per_bin = np.bincount(bins[targets], minlength=n_bins)
    others = np.bincount(bins[bins >= 0], minlength=n_bins) - per_bin
    usable = np.flatnonzero(others)
    if not len(targets) or not len(usable):
        return None
    nearest = usable[np.abs(np.arange(n_bins)[:, None] - usable).argmin(axis=1)]
    wanted = np.bincount(nearest, per_bin, n_bins)
    out = np.where(bins >= 0, -(wanted / np.maximum(others, 1))[bins] / len(targets), 0.0)
    out[targets] = 1 / len(targets)
    return out


def set_scores(genes: np.ndarray, sets: list[np.ndarray], bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """L c of every set, (cells, sets), and the number of matched genes of each; 0 where there are none.

    `genes` (cells, genes) are the unit ranks L, `sets` positions of each set's genes.
    """
    out = np.zeros((len(genes), len(sets)))
    n_matched = np.zeros(len(sets), np.int64)
    for first in range(0, len(sets), SETS_AT_ONCE):
        some = range(first, min(first + SETS_AT_ONCE, len(sets)))
        weights = np.zeros((genes.shape[1], len(some)))
        for i, s in enumerate(some):
            c = contrast(sets[s], bins)
            if c is not None:
                weights[:, i], n_matched[s] = c, int((c < 0).sum())
        out[:, some] = genes @ weights
    return out, n_matched


def without(columns: np.ndarray, nuisance: np.ndarray) -> np.ndarray:
    """Columns less what a linear model of the nuisance columns (and a constant) explains: (cells, columns)."""
    q = _basis(nuisance)
    return columns - q @ (q.T @ columns)


def n_taken(strata: np.ndarray, nuisance: np.ndarray | None) -> np.ndarray:
    """How many columns `ranks_inside` takes off in each stratum, beside the mean: (strata,) int64.

    One that is constant there, or follows from those before it, takes nothing off.
    """
    labels = np.unique(strata)
    if nuisance is None:
        return np.zeros(len(labels), np.int64)
    return np.array([_basis(nuisance[strata == label]).shape[1] - 1 for label in labels], np.int64)


def _basis(nuisance: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span a constant and the nuisance columns: (cells, rank)."""
    design = np.column_stack([np.ones(len(nuisance)), nuisance])
    q, r = np.linalg.qr(design)
    adds = np.abs(np.diag(r)) > 1e-9 * np.abs(np.diag(r)).max()
    if adds.all() and len(adds) == design.shape[1]:
        return q
    return np.linalg.qr(design[:, : len(adds)][:, adds])[0]  # without those in whose place `q` has any direction


def orders(seed: np.random.SeedSequence, n: int, n_cells: int, strata: np.ndarray | None) -> np.ndarray:
    """`n` permutations of the cells, each inside its stratum: (n, cells) int32."""
    rng = np.random.default_rng(seed)
    every = np.tile(np.arange(n_cells, dtype=np.int32), (n, 1))
    if strata is None:
        return rng.permuted(every, axis=1)
    for label in np.unique(strata):
        inside = np.flatnonzero(strata == label)
        every[:, inside] = rng.permuted(every[:, inside], axis=1)
    return every


def specificity(scores: np.ndarray, regulators: np.ndarray, sets: list[np.ndarray]) -> np.ndarray:
    """Share of other regulators' sets that go down with a regulator as much as its own set does: (sets,).

    Sets that share half of the smaller one's genes or more are not other sets. NaN where there are none.
    """
    shifts = scores.T @ regulators  # (set, regulator)
    out = np.full(len(sets), np.nan)
    for r, own in enumerate(sets):
        other = [s for s, t in enumerate(sets) if 2 * len(np.intersect1d(own, t)) < min(len(own), len(t))]
        if other:
            out[r] = (shifts[other, r] <= shifts[r, r] + TIE).mean()
    return out


@numba.njit(nogil=True, cache=True)
def permuted_shifts(scores, regulators, order):
    """Shift of every set under every permutation: (permutations, sets) of (sets, cells), (sets, cells) and orders."""
    out = np.empty((order.shape[0], scores.shape[0]))
    for s in range(scores.shape[0]):
        score, regulator = scores[s], regulators[s]
        for b in range(order.shape[0]):
            total = 0.0
            for k in range(order.shape[1]):
                total += score[k] * regulator[order[b, k]]
            out[b, s] = total
    return out
