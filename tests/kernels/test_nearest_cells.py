"""The nearest cells against all distances, sorted."""

from __future__ import annotations

import numpy as np
import pytest

from csmir.kernels.nearest_points import nearest


def by_all_distances(points, k, some):
    """Indices and distances, of equally far cells the first, each cell its own nearest."""
    indices, distances = [], []
    for cell in some:
        far = np.sqrt(((points - points[cell]) ** 2).sum(axis=1))
        order = sorted(range(len(points)), key=lambda c: (c != cell, far[c], c))[:k]
        indices.append(order)
        distances.append(far[order])
    return np.array(indices), np.array(distances)


def spaces():
    """Spaces that are hard on rounding: clusters far apart, repeated cells, a grid, numbers large and small."""
    rng = np.random.default_rng(0)
    plain = rng.normal(size=(700, 5))
    clusters = rng.normal(size=(700, 3)) * 1e-5 + 100 * rng.integers(0, 3, (700, 1))
    repeated = rng.normal(size=(700, 4))[rng.integers(0, 300, 700)]
    grid = np.array([[i % 26, i // 26] for i in range(676)], float)
    outlier = np.vstack([rng.normal(size=(699, 2)), [[1e9, 0]]])
    return {
        "plain": plain, "clusters": clusters, "repeated": repeated, "grid": grid, "outlier": outlier,
        "many": rng.normal(size=(300, 40)), "large": plain * 1e30, "small": plain * 1e-30, "one": np.zeros((90, 2)),
    }  # fmt: skip


@pytest.mark.parametrize("kind", list(spaces()))
@pytest.mark.parametrize("k", [1, 31, 89])
def test_they_are_the_nearest_of_all(kind, k):
    points = spaces()[kind]
    some = np.arange(len(points))
    indices, distances = nearest(points, k)
    expected, far = by_all_distances(points, k, some)
    np.testing.assert_allclose(distances, far, rtol=1e-12, atol=0)
    np.testing.assert_array_equal(indices, expected)


def test_threads_and_blocks_change_no_byte(monkeypatch):
    from csmir.kernels import nearest_points

    points = np.random.default_rng(1).normal(size=(2000, 6)) * np.array([9, 3, 1, 1, 1, 0.1])
    indices, distances = nearest(points, 200)
    some = np.array([5, 1999, 17, 300])
    for rows, threads in ((1, 3), (7, 2), (2000, 1)):
        monkeypatch.setattr(nearest_points, "FEWEST_ROWS", rows)
        monkeypatch.setattr(nearest_points, "MOST_ROWS", rows)
        there, far = nearest(points, 200, n_threads=threads)
        assert there.tobytes() == indices.tobytes()
        assert far.tobytes() == distances.tobytes()
        there, far = nearest(points, 200, some, threads)
        assert there.tobytes() == indices[some].tobytes()
        assert far.tobytes() == distances[some].tobytes()


def test_more_neighbors_than_cells():
    points = np.random.default_rng(2).normal(size=(12, 3))
    indices, _ = nearest(points, 50)
    assert indices.shape == (12, 12)
    assert (np.sort(indices, axis=1) == np.arange(12)).all()
