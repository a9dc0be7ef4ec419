"""Networks from what goes on around a cell, to compare with: NeighbourNet, LIANA's local correlation, conditional CSN.

Shapes as in `sample_networks`.
"""

from __future__ import annotations

import numba
import numpy as np
from scipy import sparse
from scipy.stats import norm, rankdata

from csmir.kernels import many_cells
from csmir.kernels.nearest_points import nearest
from csmir.kernels.neighbors import expression_space
from csmir.kernels.ranks import prepare
from csmir.kernels.sample_networks import PAIRS_AT_ONCE, SomePairs, expressed_boxes

NEIGHBORS, RIDGE, MOST_COMPONENTS, STEPS = 30, 5.0, 50, 3  # of NeighbourNet
SMALLEST_WEIGHT = 0.1  # of LIANA: weights below are 0
LEVEL = 0.01  # of the edges that make a hub of conditional CSN


def nnet(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> SomePairs:
    """Effects of NeighbourNet: regression on principal components among each cell's neighbours.

    Genes are scaled and decomposed; the response is the mRNA as the components have it. Among the 30 nearest cells,
    both sides scaled there, weights summing to 1, beta = (P'WP + 5 I)^-1 P'W t. The effect of miRNA g is its loadings
    of length 1 times beta in units of the components, times the standard deviation of g among the neighbours; 0 where
    the cell lacks g. Effects are then averaged three steps along the graph, as is the default there.
    """
    both = np.concatenate([x, y])
    sd = both.std(axis=1, ddof=1, keepdims=True)
    scaled = (both - both.mean(axis=1, keepdims=True)) / np.where(sd > 0, sd, 1)
    n, most = both.shape[1], min(MOST_COMPONENTS, both.shape[1] - 1, len(both))
    u, s, vt = np.linalg.svd(scaled.T, full_matrices=False)
    q = _n_components(s[:most])
    points, loadings = u[:, :q] * s[:q], vt[:q].T
    index, distance = nearest(points, min(NEIGHBORS, n))
    weight = np.exp(-0.5 * (distance / np.maximum(distance[:, -1:], 1e-12)) ** 2)
    weight /= weight.sum(axis=1, keepdims=True)
    inflation = 1 / (1 - (weight**2).sum(axis=1))  # n_eff / (n_eff - 1)
    operator = np.empty((n, q, index.shape[1]))
    for k in range(n):
        p, w = points[index[k]], weight[k]
        p = p - w @ p
        width = np.sqrt(inflation[k] * (w @ p**2))
        p = p / np.where(width > 0, width, np.inf)
        operator[k] = np.linalg.solve((p.T * w) @ p + RIDGE * np.eye(q), p.T * w)
        operator[k] /= np.where(width > 0, width, np.inf)[:, None]
    length = np.linalg.norm(loadings, axis=1, keepdims=True)
    direction = loadings / np.where(length > 0, length, np.inf)
    graph = sparse.csr_matrix((weight.ravel(), (np.repeat(np.arange(n), index.shape[1]), index.ravel())), (n, n))
    genes = scaled[: len(x)].T
    variance = inflation[:, None] * (graph @ genes**2 - (graph @ genes) ** 2)
    spread = np.sqrt(np.maximum(variance.T, 0)) * (x > 0)
    graph = sparse.diags(1 / np.asarray((graph + graph.T).sum(axis=1)).ravel()) @ (graph + graph.T)

    def some(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        responses, at = np.unique(j, return_inverse=True)
        fitted = points @ loadings[len(x) + responses].T  # cells x responses
        around = fitted[index]  # cells x neighbours x responses
        around = around - np.einsum("kc,kct->kt", weight, around)[:, None]
        # the response's own width cancels: scaled before the regression, and back after it
        beta = np.einsum("kqc,kct->tkq", operator, around)
        effect = np.einsum("pq,pkq->pk", direction[i], beta[at]) * spread[i]
        for _ in range(STEPS):
            effect = (graph @ effect.T).T
        return effect.astype(np.float32)

    return some


def _n_components(sd: np.ndarray) -> int:
    """Up to the last gap between neighbouring values that is six standard deviations over those of the last fifth."""
    gap = np.abs(np.diff(sd))
    if len(gap) < 5:
        return len(sd)
    tail = gap[int(0.8 * len(sd)) - 1 :]
    large = np.flatnonzero(gap > tail.mean() + 6 * tail.std(ddof=1)) if len(tail) > 1 else np.array([], int)
    return int(large[-1]) + 2 if len(large) else len(sd)


def local_bivariate(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> SomePairs:
    """Weighted Spearman correlation around each cell, LIANA's local bivariate metric (Dimitrov et al. 2024).

    Ranks over all cells, then Pearson's correlation with the weights exp(-d^2 / 2 l^2) of the cell's row, 0 below 0.1.
    Dissociated cells have no coordinates, so d is the distance in the components of the mRNAs, and l the median
    distance to the n / 6 th cell.
    """
    points = expression_space(y)
    square = (points**2).sum(axis=1)
    distance = np.maximum(square[:, None] + square - 2 * points @ points.T, 0)
    sixth = np.sort(distance, axis=1)[:, max(len(points) // 6, 1)]
    weight = np.exp(-distance / (2 * max(float(np.median(sixth)), 1e-12)))
    weight[weight < SMALLEST_WEIGHT] = 0
    weight /= weight.sum(axis=1, keepdims=True)
    a, b = (rankdata(v, axis=1) / v.shape[1] - 0.5 for v in (x, y))
    (mean_a, mean_b), (square_a, square_b) = ([v @ weight.T for v in pair] for pair in ((a, b), (a**2, b**2)))

    def some(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        covariance = (a[i] * b[j]) @ weight.T - mean_a[i] * mean_b[j]
        scale = (square_a[i] - mean_a[i] ** 2) * (square_b[j] - mean_b[j] ** 2)
        rho = covariance / np.sqrt(np.where(scale > 1e-12, scale, np.inf))
        return np.clip(rho, -1, 1).astype(np.float32)

    return some


def ccsn(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray, *, box_size: float = 0.1) -> SomePairs:
    """Conditional CSN: its z given one gene (Li et al. 2021).

    Given gene g, only the n_g cells in the cell's own box of g count: z = (n_g n_xyg - n_xg n_yg) / sqrt(n_xg n_yg (n_g
    - n_xg)(n_g - n_yg) / (n_g - 1)). g is the gene with the most CSN edges in the cell (p < 1 %) that is no end of the
      pair.
    """
    both = np.concatenate([x, y])
    low, high = expressed_boxes(both, box_size)
    degree = np.zeros(both.shape, np.int64)
    ranks = prepare(x, box_size=box_size), prepare(y, box_size=box_size)
    cutoff = norm.isf(LEVEL)
    for first in range(0, len(pair_x), PAIRS_AT_ONCE):
        i, j = pair_x[first : first + PAIRS_AT_ONCE], pair_y[first : first + PAIRS_AT_ONCE]
        edge = many_cells.z_block(*ranks, i, j) > cutoff
        np.add.at(degree, i, edge)
        np.add.at(degree, len(x) + j, edge)
    hubs = np.argsort(-degree, axis=0, kind="stable")[:3]

    def some(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        out = np.zeros((len(i), both.shape[1]), np.float32)
        _conditional(both, low, high, hubs, i.astype(np.int64), len(x) + j.astype(np.int64), out)
        return out

    return some


@numba.njit(nogil=True, cache=True)
def _conditional(values, low, high, hubs, first, second, out):
    """Find z of pairs of rows in each cell, given the first of its hubs that is neither; 0 without variance."""
    n = values.shape[1]
    for p in range(len(first)):
        i, j = first[p], second[p]
        for k in range(n):
            g = -1
            for h in hubs[:, k]:
                if h != i and h != j:
                    g = h
                    break
            if g < 0 or not (values[i, k] > 0 and values[j, k] > 0 and values[g, k] > 0):
                continue
            n_g, n_i, n_j, n_ij = 0, 0, 0, 0
            for c in range(n):
                if low[g, k] <= values[g, c] <= high[g, k]:
                    n_g += 1
                    in_i = low[i, k] <= values[i, c] <= high[i, k]
                    in_j = low[j, k] <= values[j, c] <= high[j, k]
                    n_i += in_i
                    n_j += in_j
                    n_ij += in_i and in_j
            variance = float(n_i) * n_j * (n_g - n_i) * (n_g - n_j)
            if variance > 0:
                out[p, k] = (float(n_g) * n_ij - float(n_i) * n_j) / np.sqrt(variance / (n_g - 1))
