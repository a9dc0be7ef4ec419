"""How good a clustering is, and how alike two are: as scikit-learn has it, which takes most of a second to import."""

from __future__ import annotations

import numpy as np


def silhouette(distances: np.ndarray, codes: np.ndarray) -> float:
    """The mean over all of (b - a) / max(a, b), and 0 for who is alone; NaN for one cluster, or as many as there are.

    a is the mean distance to the others of one's own cluster, b the least mean distance to those of another
    (Rousseeuw, 1987).
    """
    _, own, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    if not 2 <= len(sizes) < len(own):
        return float("nan")
    sums = np.array([np.bincount(own, weights=row) for row in distances])
    everyone = np.arange(len(own))
    with np.errstate(divide="ignore", invalid="ignore"):
        a = sums[everyone, own] / (sizes[own] - 1)
        sums[everyone, own] = np.inf
        b = (sums / sizes).min(axis=1)
        width = (b - a) / np.maximum(a, b)
    return float(np.nan_to_num(width).mean())


def adjusted_rand(first: np.ndarray, second: np.ndarray) -> float:
    """Pairs that two clusterings put together or apart alike, beyond chance; 1 if equal (Hubert and Arabie, 1985)."""
    a, b = (np.unique(labels, return_inverse=True)[1] for labels in (first, second))
    n = len(a)
    in_both = np.unique(a * (b.max(initial=0) + 1) + b, return_counts=True)[1]
    # ordered pairs that are together: in both, in the first, in the second; whole numbers of any size
    both, one, other = (int((sizes**2).sum()) - n for sizes in (in_both, np.bincount(a), np.bincount(b)))
    if both == one == other:
        return 1.0
    apart = n * (n - 1) - one - other + both
    lost, gained = one - both, other - both
    return 2.0 * (both * apart - lost * gained) / ((both + lost) * (lost + apart) + (both + gained) * (gained + apart))
