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
# a variance that covariates leave of a gene, below which a pair is not tested: at all, and of the whole
LEAST_LEFT, LEAST_SHARE_LEFT = np.float32(1e-7), np.float32(1e-3)
UNTESTED = np.float32(-3)  # a correlation that reaches no limit
LEAST_SHARE, LEAST_VARIANCE = 1e-4, 1e-8  # of a column around a cell: of its variance over all cells, and at all


class Adjustment(NamedTuple):
    """What is held, cells in their own order."""

    common: np.ndarray  # (cells, k) known covariates as scores: ranks, categories one-hot less one level
    basis: np.ndarray | None = None  # (cells, K) what the factors are combinations of
    loadings: np.ndarray | None = None  # (miRNAs, K, f) the factors of each miRNA, rows as those of the test


class Ground(NamedTuple):
    """The columns around each cell, and L^-1 of those that all pairs share."""

    columns: np.ndarray  # (cells, k + K) float32 in the order of the means, less their mean around each cell
    mean: np.ndarray  # (k + K, lists) float32
    solve: np.ndarray  # (k + K, k, lists) float32: b times this is beta, then b of the basis less what that explains
    kept: np.ndarray  # (lists,) uint8: columns of the k that are kept
    factors: np.ndarray  # (miRNAs, f, K, lists) float32: that b of the basis times this is beta of the factors
    kept_factors: np.ndarray  # (miRNAs, f, lists) uint8: factors that are kept, of the first 1, 2, ...

    @property
    def n_common(self) -> int:
        """Known covariates."""
        return self.solve.shape[1]


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
    q, mean = columns.shape[1], local_means(means.steps, columns)
    first, second = np.triu_indices(q)
    products = local_means(means.steps, columns[:, first] * columns[:, second]).astype(np.float64)
    cross = np.empty((len(mean), q, q))
    cross[:, first, second] = products - mean[:, first].astype(np.float64) * mean[:, second]
    cross[:, second, first] = cross[:, first, second]
    spread = np.cov(columns.astype(np.float64), rowvar=False, ddof=0).reshape(q, q)
    f = loadings.shape[2]
    ground = Ground(
        columns,
        np.ascontiguousarray(mean.T),
        np.zeros((q, k, len(mean)), np.float32),
        np.zeros(len(mean), np.uint8),
        np.zeros((len(loadings), f, n_basis, len(mean)), np.float32),
        np.zeros((len(loadings), f, len(mean)), np.uint8),
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
                solve[j, c, i] = inverse[j, c]
        for a in range(n_basis):  # b of the basis less beta times the basis' own beta
            for c in range(k):
                value = 0.0
                for m in range(k):
                    value -= rows[m, k + a] * inverse[m, c]
                solve[k + a, c, i] = value
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
                kept_factors[r, j, i] = total
                for a in range(n_basis):
                    factors[r, j, a, i] = own[j, a]


@numba.njit(nogil=True, cache=True)
def solve_genes(b, mean, of_columns, solve, n_common, left):
    """Turn W(uc) of genes (columns, genes, lists) into beta of the known columns and b of the basis, in place.

    `left` (genes, lists), the variances of the genes, loses what the known columns explain.
    """
    q, n_genes, n = b.shape
    for g in range(n_genes):
        for c in range(q):
            row, of_column = b[c, g], of_columns[c]
            for i in range(n):
                row[i] -= mean[g, i] * of_column[i]
        for c in range(q - 1, -1, -1):  # the last first: L^-1 is lower triangular, and what it multiplies is there yet
            row = b[c, g]
            if c < n_common:
                own = solve[c, c]
                for i in range(n):
                    row[i] *= own[i]
            for m in range(min(c, n_common)):
                own, other = solve[c, m], b[m, g]
                for i in range(n):
                    row[i] += own[i] * other[i]
            if c < n_common:
                for i in range(n):
                    left[g, i] -= row[i] * row[i]


@numba.njit(nogil=True, cache=True)
def go_along(b, factors, along):
    """How scores go with each factor: (factors, lists), from their b of the basis."""
    for j in range(len(along)):
        _products(factors[j], b, along[j])


@numba.njit(nogil=True, cache=True)
def _products(mix, b, out):
    """The sum over the rows (columns of the basis, lists) of their products, four rows at a time, in order."""
    out[:] = 0
    whole = len(b) - len(b) % 4
    for a in range(0, whole, 4):
        m0, m1, m2, m3 = mix[a], mix[a + 1], mix[a + 2], mix[a + 3]
        b0, b1, b2, b3 = b[a], b[a + 1], b[a + 2], b[a + 3]
        for i in range(len(out)):
            out[i] = (((out[i] + m0[i] * b0[i]) + m1[i] * b1[i]) + m2[i] * b2[i]) + m3[i] * b3[i]
    for a in range(whole, len(b)):
        for i in range(len(out)):
            out[i] += mix[a, i] * b[a, i]


@numba.njit(nogil=True, cache=True, error_model="numpy")  # a division that may raise an error makes no vectors
def correlate_left(product, u, v, s, t, b_x, b_y, left_x, left_y, along, factors, n_common, prefixes, one, other,
                   left, rho, far):  # fmt: skip
    """Correlations of what the first columns leave of a lane in some lists, for each prefix, and how far they are.

    `along` (factors, lists) says how the scores of x go with each factor; `left` (4, lists) is scratch.
    """
    n, j = len(product), 0
    both, uu, vv = left[0], left[1], left[2]
    for i in range(n):
        both[i], uu[i], vv[i] = product[i] - u[i] * v[i], left_x[i], left_y[i]
    for c in range(n_common):
        own, with_y = b_x[c], b_y[c]
        for i in range(n):
            both[i] -= own[i] * with_y[i]
    for p in range(len(prefixes)):
        while j < prefixes[p]:
            of_y, own = left[3], along[j]
            _products(factors[j], b_y[n_common:], of_y[:n])
            for i in range(n):
                both[i] -= own[i] * of_y[i]
                uu[i] -= own[i] * own[i]
                vv[i] -= of_y[i] * of_y[i]
            j += 1
        to_rho, to_far = rho[p], far[p]
        for i in range(n):
            enough = (uu[i] > LEAST_LEFT) & (vv[i] > LEAST_LEFT)
            enough &= (uu[i] * s[i] * s[i] > LEAST_SHARE_LEFT) & (vv[i] * t[i] * t[i] > LEAST_SHARE_LEFT)
            value = both[i] / np.sqrt(uu[i] * vv[i]) if enough else np.float32(0)
            to_rho[i] = value
            to_far[i] = max(value * one, value * other) if enough else UNTESTED
