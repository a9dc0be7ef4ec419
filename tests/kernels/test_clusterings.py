"""How good and how alike clusterings are, beside scikit-learn: the same to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

from csmir.kernels.clusterings import adjusted_rand, silhouette


@pytest.mark.parametrize("seed", range(20))
def test_silhouette_is_that_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 150))
    distances = np.abs(rng.normal(size=(n, n))) * (rng.random((n, n)) < 0.8)
    distances += distances.T
    np.fill_diagonal(distances, 0)
    codes = rng.permutation(np.arange(n) % rng.integers(2, n)) * 3 - 4
    assert silhouette(distances, codes) == silhouette_score(distances, codes, metric="precomputed")


def test_silhouette_by_hand():
    """Two at distance 1, a third 3 and 5 away and alone: (1 - 1/3 + 1 - 1/5 + 0) / 3."""
    assert silhouette(np.array([[0, 1, 3], [1, 0, 5], [3, 5, 0.0]]), np.array([1, 1, 2])) == pytest.approx(22 / 45)


@pytest.mark.parametrize("codes", [[1, 1, 1], [1, 2, 3]])
def test_one_cluster_or_as_many_as_cells_have_no_silhouette(codes):
    assert np.isnan(silhouette(1 - np.eye(3), np.array(codes)))


def test_equal_points_have_silhouette_0():
    assert silhouette(np.zeros((4, 4)), np.array([1, 1, 2, 2])) == 0


@pytest.mark.parametrize("seed", range(20))
def test_adjusted_rand_is_that_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 200))
    first = rng.integers(rng.integers(1, 9), size=n)
    second = np.where(rng.random(n) < rng.random(), first, rng.integers(5, size=n)).astype(str)
    assert adjusted_rand(first, second) == adjusted_rand_score(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [([], []), ([0], ["a"]), ([0, 0, 0], [1, 1, 1]), ([0, 1, 2], [3, 4, 5]), ([0, 0, 0, 0], [0, 1, 2, 3]),
     ([0, 0, 1, 1], [0, 1, 0, 1])],
)  # fmt: skip
def test_adjusted_rand_at_its_ends(first, second):
    assert adjusted_rand(np.array(first), np.array(second)) == adjusted_rand_score(first, second)
