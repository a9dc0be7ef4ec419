"""Silhouette and adjusted Rand index, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score, silhouette_score

from csmir.kernels.agreement import adjusted_rand, silhouette


@pytest.mark.parametrize("n_clusters", [2, 5, 19])
def test_silhouette(n_clusters):
    rng = np.random.default_rng(n_clusters)
    square = squareform(pdist(rng.normal(size=(20, 3))))
    codes = np.unique(rng.integers(0, n_clusters, 20), return_inverse=True)[1]
    if n_clusters == 19:
        codes = np.minimum(np.arange(20), 18)
    square[3] = square[:, 3] = square[4]  # equal cells
    square[3, 3] = square[3, 4] = square[4, 3] = square[4, 4] = 0
    assert silhouette(square, codes) == pytest.approx(silhouette_score(square, codes, metric="precomputed"), abs=1e-12)


def test_no_silhouette_of_one_cluster_or_of_cells_alone():
    square = squareform(pdist(np.arange(4.0)[:, None]))
    assert np.isnan(silhouette(square, np.zeros(4, int)))
    assert np.isnan(silhouette(square, np.arange(4)))


def test_no_distance_at_all():
    codes = np.array([0, 0, 1, 1])
    assert silhouette(np.zeros((4, 4)), codes) == silhouette_score(np.zeros((4, 4)), codes, metric="precomputed") == 0


@pytest.mark.parametrize("sizes", [(3, 4), (1, 5), (20, 20), (1, 1), (2, 20)])
def test_adjusted_rand(sizes):
    rng = np.random.default_rng(0)
    a, b = (rng.permutation(np.arange(20) % k).astype(str) for k in sizes)
    assert adjusted_rand(a, b) == pytest.approx(adjusted_rand_score(a, b), abs=1e-12)
    assert adjusted_rand(a, a) == 1
    assert adjusted_rand(a[:1], b[:1]) == adjusted_rand_score(a[:1], b[:1]) == 1
