"""Whether cells fall into types, and into which: a Gaussian mixture, and how pure its clusters are."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

from csmir.kernels.nearest_points import nearest

MOST_CLUSTERS = 12
NEAREST = 30  # cells among which a cell's own cluster is counted
PURE = 0.96  # types measured 0.976 to 1.000, trajectories 0.83 to 0.95
MOST_FITTED = 4000  # cells that the mixture is fitted to, and whose nearest are looked at
WORSE = 3  # numbers of clusters in a row that fit no better than the best, after which no more are tried


class Types(NamedTuple):
    """Clusters of cells and how far they are apart."""

    labels: np.ndarray  # (cells,) int64, clusters numbered by their first cell
    n_clusters: int
    purity: float  # share of a cell's 30 nearest that are in its cluster, on average
    pure: bool  # two clusters or more, and pure ones: compare cells within them


def find_types(points: np.ndarray, *, seed: int = 0) -> Types:
    """Cluster cells by where they lie (cells, components), with the number of clusters of the lowest BIC.

    Clusters have a full covariance each. As many are tried, up to 12, as leave every one a few cells for each of its
    dimensions, until three numbers in a row are no better.
    """
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits

    n, d = points.shape
    scaled = (points - points.mean(axis=0)) / max(points.std(), 1e-12)
    some = scaled
    if n > MOST_FITTED:
        some = scaled[np.sort(np.random.default_rng(seed).choice(n, MOST_FITTED, replace=False))]
    best, lowest = None, np.inf
    # one thread: the same sums on every machine, and quicker on matrices as small as these
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # a fit that has not converged has a higher BIC
        for k in range(1, max(1, min(MOST_CLUSTERS, n // (2 * (d + 1)))) + 1):
            fit = GaussianMixture(k, covariance_type="full", n_init=2, reg_covar=1e-4, random_state=seed).fit(some)
            bic = fit.bic(some)
            if bic < lowest - 1e-9:
                best, lowest = fit, bic
            elif best is not None and k >= best.n_components + WORSE:
                break
        found = np.zeros(n, np.int64) if best is None else best.predict(scaled)
    _, first, code = np.unique(found, return_index=True, return_inverse=True)
    labels = np.argsort(np.argsort(first))[code].astype(np.int64)
    share = purity(points, labels)
    return Types(labels, len(first), share, len(first) > 1 and share >= PURE)


def purity(points: np.ndarray, labels: np.ndarray, k: int = NEAREST) -> float:
    """The share of a cell's k nearest, itself left out, that are in its own cluster, on average over 4,000 cells."""
    n = len(points)
    some = np.unique(np.linspace(0, n - 1, min(n, MOST_FITTED)).astype(np.int64))
    near, _ = nearest(points, min(k + 1, n), some)
    if near.shape[1] < 2:
        return 1.0
    return float((labels[near[:, 1:]] == labels[some, None]).mean())
