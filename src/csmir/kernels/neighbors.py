"""Whom a cell is compared with: lists of cells with weights, from a space of cells, a graph, or groups.

Each maker also returns the smoother that takes a gene's mean around each cell off before genes are correlated. Taking
it off costs independent cells; `n_eff` counts what is left.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from scipy import sparse

from csmir.kernels.decompose import largest_eigenvalues
from csmir.kernels.nearest_points import nearest
from csmir.kernels.sorting import rank_rows

# Marchenko-Pastur keeps no more components than this
MOST_COMPONENTS = 30
# how far over the edge a component's variance must be. What is just over it is mostly noise, or what a miRNA does to
# its targets: cells that are alike in that hardly differ in the miRNA, and a correlation with it cannot be seen
OVER_EDGE = 1.5
# how far from the mean of the detected towards the smallest rank an undetected value is put, to place cells
UNDETECTED = 0.3
# cells the smoother averages; more would not follow a trajectory
SMOOTHED = 30
# cells of a list, at most: keeps the test linear in the number of cells
MOST_LISTED = 500
# lists that are weighed, and genes that are ranked, at once
LISTS_AT_ONCE, GENES_AT_ONCE = 4096, 16
# cells on which the price of smoothing is measured
SAMPLED = 1000


class Lists(NamedTuple):
    """Lists of cells; cells that are compared with the same cells share one."""

    list_of: np.ndarray  # (cells,) int32: the list of each cell, -1 for none
    indptr: np.ndarray  # (lists + 1,) int64
    indices: np.ndarray  # (entries,) int32: cells
    weights: np.ndarray  # (entries,) float32, summing to 1 over a list
    n_eff: np.ndarray  # (lists,) float64: independent cells the list is worth
    third: np.ndarray  # (lists,) float64: sum w^3 / (sum w^2)^1.5, the share of skewness that a mean keeps
    fourth: np.ndarray  # (lists,) float64: sum w^4 / (sum w^2)^2, likewise of kurtosis


# a linear map cells -> cells as factors, the last applied first
Smoother = tuple[sparse.csr_matrix, ...]


def list_size(n_cells: int) -> int:
    """Cells of a list by default: 2 n^(2/3), at most 500: 14 of 19, 43 of 100, 200 of 1,000."""
    return int(min(n_cells, MOST_LISTED, round(2 * n_cells ** (2 / 3))))


def smoothing_size(n_cells: int) -> int:
    """Cells whose mean is taken off by default: a third of few cells, 30 of many."""
    return int(min(n_cells, SMOOTHED, max(8, n_cells // 3)))


def expression_space(values: np.ndarray, *, most_genes: int = 3000, floor: float = 0.0) -> np.ndarray:
    """Cells x components: where cells lie in expression, from genes x cells `values`; see `expression_ranks`."""
    ranks, _ = expression_ranks(values, most_genes=most_genes, floor=floor)
    return principal_components(ranks) if len(ranks) else np.zeros((values.shape[1], 2))


def expression_ranks(
    values: np.ndarray, *, most_genes: int = 3000, floor: float = 0.0, n_threads: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Ranks of the genes that the most cells detect, less the gene's mean, and which genes these are.

    What is at or below `floor` is put 0.3 of the way from the gene's mean rank to its smallest: a lost value should not
    move a cell, a low one should.
    """
    detected = values > floor
    share = detected.sum(axis=1)
    genes = np.sort(np.argsort(-share, kind="stable")[:most_genes])
    genes = genes[share[genes] > 0]
    ranks = np.empty((len(genes), values.shape[1]))

    def work(first: int) -> None:
        some = genes[first : first + GENES_AT_ONCE]
        own, seen = ranks[first : first + GENES_AT_ONCE], detected[some]
        if floor >= 0:
            own[:] = rank_rows(np.where(seen, values[some], 0.0))
        else:
            from scipy.stats import rankdata  # slow to import

            own[:] = rankdata(np.where(seen, values[some], -np.inf), axis=1)
        own -= (own * seen).sum(axis=1, keepdims=True) / seen.sum(axis=1, keepdims=True)
        np.multiply(own, UNDETECTED, out=own, where=~seen)

    with ThreadPoolExecutor(max_workers=n_threads) as pool:
        list(pool.map(work, range(0, len(genes), GENES_AT_ONCE)))
    return ranks, genes


def principal_components(values: np.ndarray, n_components: int | None = None) -> np.ndarray:
    """Cells x components of genes x cells `values`, genes scaled to variance 1.

    None keeps the components with 1.5 times the variance of the Marchenko-Pastur edge, (1 + sqrt(genes / cells))^2,
    which those of independent genes stay below: at least 2, at most 30. Signs are fixed.
    """
    scaled = values - values.mean(axis=1, keepdims=True)
    sd = scaled.std(axis=1, keepdims=True)
    varies = sd[:, 0] > 1e-12
    if not varies.all():
        scaled, sd = scaled[varies], sd[varies]
    scaled /= sd  # in place: these are the largest arrays of a run
    g, n = scaled.shape
    most = min(MOST_COMPONENTS if n_components is None else n_components, n - 1, g)
    if most < 1:
        return np.zeros((n, 2))
    square = scaled @ scaled.T if g <= n else scaled.T @ scaled
    eigenvalues, vectors = largest_eigenvalues(square / n, most)
    points = scaled.T @ vectors if g <= n else vectors * np.sqrt(np.maximum(eigenvalues, 0) * n)
    if n_components is None:
        points = points[:, : max(2, int((eigenvalues > OVER_EDGE * (1 + np.sqrt(g / n)) ** 2).sum()))]
    largest = np.abs(points).argmax(axis=0)
    return points * np.where(points[largest, np.arange(points.shape[1])] < 0, -1, 1)


def from_points(
    points: np.ndarray, k: int | None = None, smoothed: int | None = None, n_threads: int = 1
) -> tuple[Lists, Smoother]:
    """Lists of the k nearest cells in a space, cells x dimensions, the cell itself among them.

    Weights are tricube, (1 - (d / d_k)^3)^3 with d_k the distance of the k-th. The smoother is the plain mean of the
    `smoothed` nearest.
    """
    n = len(points)
    k = list_size(n) if k is None else min(k, n)
    smoothed = smoothing_size(n) if smoothed is None else min(smoothed, n)
    indices, distances = nearest(points, max(k, smoothed), n_threads=n_threads)
    weights = distances[:, :k]  # in its place: for very many cells lists are as large as the data
    for first in range(0, n, LISTS_AT_ONCE):
        part = weights[first : first + LISTS_AT_ONCE]
        furthest = part[:, -1:].copy()
        ratio = np.divide(part, furthest, out=np.zeros(part.shape), where=furthest > 0)
        part[:] = (1 - np.minimum(ratio, 0.999) ** 3) ** 3
    smoother = _mean_of(indices[:, :smoothed], n)
    return make_lists(np.arange(n + 1) * k, indices[:, :k].ravel(), weights.ravel(), price(smoother)), (smoother,)


def from_graph(graph: sparse.spmatrix) -> tuple[Lists, Smoother]:
    """Lists of a cell and its neighbours in a weighted graph, cells x cells (scanpy's connectivities).

    A cell's own weight is the largest of its row. The smoother is the plain mean of the heaviest of the list, at most
    30.
    """
    rows = sparse.csr_matrix(graph, dtype=np.float64, copy=True)
    n = rows.shape[0]
    rows.setdiag(0)
    rows.eliminate_zeros()
    heaviest = np.asarray(rows.max(axis=1).todense()).ravel()
    rows = (rows + sparse.diags(np.where(heaviest > 0, heaviest, 1.0))).tocsr()
    rows.sort_indices()
    row = np.repeat(np.arange(n), np.diff(rows.indptr))
    own = rows.indices == row
    order = np.lexsort((rows.indices, ~own, -rows.data, row))
    rank = np.arange(len(order)) - rows.indptr[row[order]]
    top = order[rank < SMOOTHED]
    near = sparse.csr_matrix((np.ones(len(top)), (row[top], rows.indices[top])), shape=rows.shape)
    smoother = (sparse.diags(1 / np.asarray(near.sum(axis=1)).ravel()) @ near).tocsr()
    return make_lists(rows.indptr, rows.indices, rows.data, price(smoother)), (smoother,)


def from_groups(labels: np.ndarray) -> tuple[Lists, Smoother]:
    """One list a group, equal weights; `labels` (cells,) integers, negative for cells that belong to none.

    The smoother is the group's mean.
    """
    labels = np.asarray(labels)
    _, code = np.unique(labels[labels >= 0], return_inverse=True)
    cells = np.flatnonzero(labels >= 0)
    order = np.argsort(code, kind="stable")
    size = np.bincount(code)
    lists = make_lists(np.concatenate([[0], np.cumsum(size)]), cells[order], np.ones(len(cells)), 0.0)
    list_of = np.full(len(labels), -1, np.int32)
    list_of[cells] = code
    member = sparse.csr_matrix((np.ones(len(cells)), (cells, code)), shape=(len(labels), len(size)))
    return lists._replace(list_of=list_of), (member, (sparse.diags(1 / size) @ member.T).tocsr())


def price(smoother: sparse.csr_matrix) -> float:
    """By how much the variance of a correlation of smoothed-out noise is over that of plain noise, as a share.

    With A = (I - S)(I - S)', the covariance of what noise leaves after its mean around each cell is taken off, it is
    the mean over cells i of sum_j A_ij^2 / A_ii^2, less 1.
    """
    n = smoother.shape[0]
    rest = (sparse.identity(n, format="csr") - smoother).tocsr()
    sample = np.unique(np.linspace(0, n - 1, min(n, SAMPLED)).astype(int))
    covariance = (rest[sample] @ rest.T).tocsr()
    own = np.asarray(rest[sample].multiply(rest[sample]).sum(axis=1)).ravel()
    square = np.asarray(covariance.multiply(covariance).sum(axis=1)).ravel()
    left = own > 1e-12
    return float((square[left] / own[left] ** 2).mean() - 1) if left.any() else 0.0


def _mean_of(indices: np.ndarray, n: int) -> sparse.csr_matrix:
    k = indices.shape[1]
    return sparse.csr_matrix(
        (np.full(indices.size, 1 / k), indices.ravel(), np.arange(len(indices) + 1) * k), shape=(n, n)
    )


def make_lists(indptr: np.ndarray, indices: np.ndarray, weights: np.ndarray, price: float | np.ndarray) -> Lists:
    """Scale the weights and count what they are worth, 1 / sum w^2 independent cells, less the price of smoothing."""
    n_lists = len(indptr) - 1
    scaled, powers = np.empty(len(weights), np.float32), np.empty((3, n_lists))
    for first in range(0, n_lists, LISTS_AT_ONCE):
        some = np.diff(indptr[first : first + LISTS_AT_ONCE + 1])
        at, n = slice(indptr[first], indptr[first + len(some)]), len(some)
        row = np.repeat(np.arange(n), some)
        own = weights[at] / np.bincount(row, weights[at], n)[row]
        scaled[at] = own
        powers[:, first : first + n] = [np.bincount(row, own**power, n) for power in (2, 3, 4)]
    second, third, fourth = powers
    return Lists(
        list_of=np.arange(n_lists, dtype=np.int32),
        indptr=np.asarray(indptr, np.int64),
        indices=np.asarray(indices, np.int32),
        weights=scaled,
        n_eff=1 / second / (1 + price),
        third=third / second**1.5,
        fourth=fourth / second**2,
    )
