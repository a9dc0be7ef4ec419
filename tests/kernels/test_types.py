"""Types where cells fall into them, none along a path."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.metrics import adjusted_rand_score
from tests.kernels.worlds import world

from csmir.kernels.space import hub_free_space
from csmir.kernels.types import PURE, find_types, purity


def points_of(w):
    return hub_free_space(rankdata(w.y, axis=1), w.listed, w.detection).points


def test_purity_by_hand():
    points = np.array([[0.0], [1], [2], [10], [11]])
    labels = np.array([0, 0, 1, 1, 1])
    # the nearest of 0, 1, 2, 10, 11 is 1, 0, 1, 11, 10 (1 is as near to 2: the first is taken)
    assert purity(points, labels, 1) == pytest.approx(4 / 5)


@pytest.mark.parametrize("seed", [0, 1])
def test_types_are_found(seed):
    w = world(seed)
    found = find_types(points_of(w), seed=5)
    assert found.pure
    assert adjusted_rand_score(w.types, found.labels) > 0.95
    again = find_types(points_of(w), seed=5)
    np.testing.assert_array_equal(found.labels, again.labels)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_path_has_no_types(seed):
    found = find_types(points_of(world(seed, trajectory=True)))
    assert not found.pure
    assert found.n_clusters == 1 or found.purity < PURE


def test_one_cluster_is_no_type():
    found = find_types(np.random.default_rng(0).normal(size=(120, 2)))
    assert found.n_clusters == 1
    assert not found.pure
    assert find_types(np.zeros((5, 2))).labels.tolist() == [0] * 5
