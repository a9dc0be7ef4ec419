"""Covariates and factors in the local test: what they explain of both genes around a cell is taken off.

For columns c of covariates and scores u, v, with W the local mean,

    S = W(cc') - m_c m_c',   b_u = W(uc) - m_u m_c,   S = L L',   beta_u = L^-1 b_u,
    s_uv - beta_u . beta_v,  s_uu - |beta_u|^2

are the covariance and variance of what a local regression on c leaves. L is made column by column: a column whose pivot
is at or below 1e-3 of its variance, or that hardly varies around the cell, is left out there. Hidden factors of a miRNA
are combinations of a few columns that all miRNAs share: so no mean is made for a pair. Columns are [known, factor 1,
factor 2, ...], and every number of factors is a prefix of the same sums.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.local_means import Means, local_means

LEAST_PIVOT = 1e-3  # of the variance of a column
LEAST_SHARE, LEAST_VARIANCE = 1e-4, 1e-8  # of a column around a cell: of its variance over all cells, and at all


class Adjustment(NamedTuple):
    """What is held, cells in their own order."""

    common: np.ndarray  # (cells, k) known covariates as scores: ranks, categories one-hot less one level
    basis: np.ndarray | None = None  # (cells, K) what the factors are combinations of
    loadings: np.ndarray | None = None  # (miRNAs, K, f) the factors of each miRNA, rows as those of the test


class Ground(NamedTuple):
    """The columns around each cell, and L^-1 of those that all pairs share."""

    columns: np.ndarray  # (cells, k + K) float32 in the order of the means, less their mean around each cell
    mean: np.ndarray  # (lists, k + K) float32
    solve: np.ndarray  # (lists, k + K, k) float32: b times this is beta, then b of the basis less what that explains
    kept: np.ndarray  # (lists,) uint8: columns of the k that are kept
    factors: np.ndarray  # (lists, miRNAs, f, K) float32: that b of the basis times this is beta of the factors
    kept_factors: np.ndarray  # (lists, miRNAs, f) uint8: factors that are kept, of the first 1, 2, ...

    @property
    def n_common(self) -> int:
        """Known covariates."""
        return self.solve.shape[2]


def lay_ground(adjustment: Adjustment, means: Means) -> Ground:
    """Everything about the columns that does not depend on the genes."""
    common = np.asarray(adjustment.common, np.float64)
    n_cells, k = common.shape
    basis = np.zeros((n_cells, 0)) if adjustment.basis is None else np.asarray(adjustment.basis, np.float64)
    n_basis = basis.shape[1]
    loadings = np.zeros((0, n_basis, 0)) if adjustment.loadings is None else adjustment.loadings
    columns = np.concatenate([common, basis], axis=1)[means.order]
    columns = (columns - columns.mean(axis=0)).astype(np.float32)
    columns -= local_means(means.smoother, columns)
    q = columns.shape[1]
    mean = local_means(means.steps, columns)
    first, second = np.triu_indices(q)
    products = local_means(means.steps, columns[:, first] * columns[:, second]).astype(np.float64)
    cross = np.empty((len(mean), q, q))
    cross[:, first, second] = products - mean[:, first].astype(np.float64) * mean[:, second]
    cross[:, second, first] = cross[:, first, second]
    spread = np.cov(columns.astype(np.float64), rowvar=False, ddof=0).reshape(q, q)
    f = loadings.shape[2]
    ground = Ground(
        columns,
        mean,
        np.zeros((len(mean), q, k), np.float32),
        np.zeros(len(mean), np.uint8),
        np.zeros((len(mean), len(loadings), f, n_basis), np.float32),
        np.zeros((len(mean), len(loadings), f), np.uint8),
    )
    _factorise(cross, spread, k, np.ascontiguousarray(loadings, np.float64), *ground[2:])
    return ground


@numba.njit(nogil=True, cache=True)
def _varies(variance, pivot, over_all):
    return pivot > LEAST_PIVOT * variance and variance > max(LEAST_SHARE * over_all, LEAST_VARIANCE)


@numba.njit(nogil=True, cache=True)
def _factorise(cross, spread, k, loadings, solve, kept, factors, kept_factors):
    q = cross.shape[1]
    n_basis, f = q - k, loadings.shape[2]
    rows = np.zeros((q, q))  # beta of the known columns with each column, as if that were a gene
    left, own, against = np.zeros((n_basis, n_basis)), np.zeros((f, n_basis)), np.zeros(n_basis)
    over_all = np.zeros((len(loadings), f))  # variance of each factor over all cells
    for r in range(len(loadings)):
        for j in range(f):
            for a in range(n_basis):
                for b in range(n_basis):
                    over_all[r, j] += loadings[r, a, j] * spread[k + a, k + b] * loadings[r, b, j]
    for i in range(len(cross)):
        s = cross[i]
        # column by column: `rows[j]` is L^-1 S, and `inverse` L^-1
        inverse = np.zeros((k, k))
        for j in range(k):
            pivot = s[j, j]
            for m in range(j):
                pivot -= rows[m, j] * rows[m, j]
            if not _varies(s[j, j], pivot, spread[j, j]):
                rows[j, :] = 0.0
                continue
            root = 1 / np.sqrt(pivot)
            kept[i] += 1
            for c in range(q):
                value = s[j, c]
                for m in range(j):
                    value -= rows[m, j] * rows[m, c]
                rows[j, c] = value * root
            inverse[j, j] = root
            for c in range(j):
                value = 0.0
                for m in range(c, j):
                    value -= rows[m, j] * inverse[m, c]
                inverse[j, c] = value * root
        for j in range(k):
            for c in range(k):
                solve[i, j, c] = inverse[j, c]
        for a in range(n_basis):  # b of the basis less beta times the basis' own beta
            for c in range(k):
                value = 0.0
                for m in range(k):
                    value -= rows[m, k + a] * inverse[m, c]
                solve[i, k + a, c] = value
            for b in range(n_basis):
                value = s[k + a, k + b]
                for m in range(k):
                    value -= rows[m, k + a] * rows[m, k + b]
                left[a, b] = value
        for r in range(len(loadings)):
            mix = loadings[r]
            total = 0
            for j in range(f):
                variance, pivot = 0.0, 0.0
                for a in range(n_basis):
                    with_all, with_left = 0.0, 0.0
                    for b in range(n_basis):
                        with_all += s[k + a, k + b] * mix[b, j]
                        with_left += left[a, b] * mix[b, j]
                    against[a] = with_left
                    variance += mix[a, j] * with_all
                    pivot += mix[a, j] * with_left
                    own[j, a] = mix[a, j]
                # the earlier factors are orthogonal around the cell
                for m in range(j):
                    along = 0.0
                    for a in range(n_basis):
                        along += own[m, a] * against[a]
                    pivot -= along * along
                    for a in range(n_basis):
                        own[j, a] -= along * own[m, a]
                if _varies(variance, pivot, over_all[r, j]):
                    total += 1
                    own[j] /= np.sqrt(pivot)
                else:
                    own[j] = 0.0
                kept_factors[i, r, j] = total
                for a in range(n_basis):
                    factors[i, r, j, a] = own[j, a]


@numba.njit(nogil=True, cache=True)
def solve_genes(b, mean, of_columns, solve, n_common, out, left):
    """From W(uc) of genes (lists, columns, lanes) to beta of the known columns, then b of the basis: (lists, genes, q).

    `left` (lists, genes), the variances of the genes, loses what the known columns explain.
    """
    q = b.shape[1]
    raw = np.empty(q, np.float32)
    for i in range(len(out)):
        for g in range(out.shape[1]):
            for c in range(q):
                raw[c] = b[i, c, g] - mean[i, g] * of_columns[i, c]
            for c in range(q):
                value = raw[c] if c >= n_common else np.float32(0)
                for m in range(n_common):
                    value += solve[i, c, m] * raw[m]
                out[i, g, c] = value
                if c < n_common:
                    left[i, g] -= value * value
