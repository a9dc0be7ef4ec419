"""How far clusters are apart, and how far clusterings agree: scikit-learn's numbers without its time to import."""

from __future__ import annotations

import numpy as np


def silhouette(square: np.ndarray, codes: np.ndarray) -> float:
    """Mean of (b - a) / max(a, b) over the cells: a the mean distance to its own cluster, b to the nearest other.

    `square` (cells, cells) distances, `codes` (cells,) from 0 on, each in use. A cell that is its own cluster counts 0;
    NaN for fewer than 2 clusters, or as many as cells.
    """
    n, size = len(codes), np.bincount(codes)
    if not 2 <= len(size) < n:
        return float("nan")
    cells = np.arange(n)
    total = square @ (codes[:, None] == np.arange(len(size)))
    own = total[cells, codes] / np.maximum(size[codes] - 1, 1)
    mean = total / size
    mean[cells, codes] = np.inf
    other = mean.min(axis=1)
    larger = np.maximum(own, other)
    width = np.divide(other - own, larger, out=np.zeros(n), where=larger > 0)
    return float(np.where(size[codes] > 1, width, 0.0).mean())


def adjusted_rand(a: np.ndarray, b: np.ndarray) -> float:
    """The share of pairs of cells that two clusterings join alike, adjusted for chance (Hubert and Arabie 1985)."""
    (_, code_a), (_, code_b) = (np.unique(labels, return_inverse=True) for labels in (a, b))
    table = np.zeros((code_a.max() + 1, code_b.max() + 1))
    np.add.at(table, (code_a, code_b), 1.0)
    both, of_a, of_b = (float((v * (v - 1) / 2).sum()) for v in (table, table.sum(axis=1), table.sum(axis=0)))
    n = len(code_a)
    if of_a == of_b == both:  # the same clusters, also of one cell
        return 1.0
    chance = of_a * of_b / (n * (n - 1) / 2)
    return (both - chance) / ((of_a + of_b) / 2 - chance)
