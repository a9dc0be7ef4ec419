"""Peers on the same pairs and cells, from their formulas in NumPy and SciPy: functions that do some pairs' work."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def two_products(first: sparse.csr_matrix, second: sparse.csr_matrix, columns: np.ndarray) -> np.ndarray:
    """The two sparse steps alone, with as many columns: the limit."""
    return first @ (second @ columns)


def one_product(lists: sparse.csr_matrix, columns: np.ndarray) -> np.ndarray:
    """The weighted mean over whole lists."""
    return lists @ columns


def bivariate(weights: sparse.csr_matrix, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """LIANA+'s local weighted Pearson correlation (Dimitrov et al. 2024): sums of x, y, xy, x^2, y^2 in each list.

    (sum w) (sum w x y) - (sum w x)(sum w y), over the root of the same of x, x and of y, y; `u`, `v` (cells, pairs).
    """
    total = np.asarray(weights.sum(axis=1))
    x, y = weights @ u, weights @ v
    xx, yy, xy = weights @ u**2, weights @ v**2, weights @ (u * v)
    left, right = total * xx - x**2, total * yy - y**2
    return (total * xy - x * y) / np.sqrt(np.maximum(left * right, 1e-12))


def regression(lists: np.ndarray, regulators: np.ndarray, target: np.ndarray, n_components: int = 20) -> np.ndarray:
    """NeighbourNet's local regression: in each cell's list, a target on the components of its regulators.

    `lists` (cells, k), `regulators` (cells, r), `target` (cells,): coefficients (cells, r).
    """
    out = np.empty((len(lists), regulators.shape[1]), np.float32)
    for cell, near in enumerate(lists):
        x = regulators[near] - regulators[near].mean(axis=0)
        u, s, vt = np.linalg.svd(x, full_matrices=False)
        keep = s > 1e-6
        u, s, vt = u[:, keep][:, :n_components], s[keep][:n_components], vt[keep][:n_components]
        out[cell] = vt.T @ ((u.T @ (target[near] - target[near].mean())) / s)
    return out


def oracle(lists: sparse.csr_matrix, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The local test's correlation, list after list: gathered, centred, multiplied."""
    out = np.empty((lists.shape[0], u.shape[1]), np.float32)
    for cell in range(lists.shape[0]):
        at = slice(*lists.indptr[cell : cell + 2])
        near, w = lists.indices[at], lists.data[at][:, None]
        x, y = (s[near] - (w * s[near]).sum(axis=0) for s in (u, v))
        out[cell] = (w * x * y).sum(axis=0) / np.sqrt((w * x**2).sum(axis=0) * (w * y**2).sum(axis=0))
    return out
