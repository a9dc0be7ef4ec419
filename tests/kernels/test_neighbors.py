from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from csmir.kernels import neighbors


def smooth(values, smoother):
    """Weighted mean around each cell: (genes, cells); the last factor is applied first."""
    out = values.T
    for factor in reversed(smoother):
        out = factor @ out
    return out.T


def rows(lists):
    return [(lists.indices[a:e], lists.weights[a:e]) for a, e in zip(lists.indptr[:-1], lists.indptr[1:], strict=True)]


def test_default_sizes():
    assert [neighbors.list_size(n) for n in (5, 19, 100, 1_000, 100_000)] == [5, 14, 43, 200, 500]
    assert [neighbors.smoothing_size(n) for n in (5, 19, 60, 1_000)] == [5, 8, 20, 30]


def test_nearest_is_the_sorted_distance_matrix():
    points = np.random.default_rng(0).normal(size=(700, 3))
    indices, distances = neighbors.nearest(points, 9)
    for k in (0, 1, 511, 512, 699):
        d = np.linalg.norm(points - points[k], axis=1)
        assert indices[k].tolist() == np.argsort(d, kind="stable")[:9].tolist()
        np.testing.assert_allclose(distances[k], np.sort(d)[:9], atol=1e-7)
    for one, other in zip(neighbors.nearest(points, 9, n_threads=3), (indices, distances), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_cell_is_its_own_nearest_even_if_others_are_at_its_place():
    indices, distances = neighbors.nearest(np.zeros((6, 2)), 3)
    assert indices[:, 0].tolist() == list(range(6))
    assert (distances == 0).all()
    lists, _ = neighbors.from_points(np.zeros((6, 2)), 3, 3)
    np.testing.assert_allclose(lists.weights, 1 / 3, rtol=1e-6)


def test_components_find_structure_and_little_else():
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(400, 150))
    assert neighbors.principal_components(noise).shape == (150, 2)  # the least
    group = np.eye(5)[np.arange(150) % 5]
    points = neighbors.principal_components(noise + (group @ rng.normal(0, 1.5, (5, 400))).T)
    assert points.shape == (150, 4)  # five groups span four dimensions
    assert neighbors.principal_components(noise, 7).shape == (150, 7)


def test_space_of_expression_is_blind_to_scale_and_to_what_is_below_the_floor():
    rng = np.random.default_rng(4)
    group = np.arange(90) % 3
    values = np.exp(rng.normal(2, 0.5, (60, 90)) + rng.normal(0, 1, (60, 3))[:, group])
    values *= rng.random((60, 90)) > 0.2
    points = neighbors.expression_space(values)
    centre = np.array([points[group == g].mean(axis=0) for g in range(3)])
    nearest = np.linalg.norm(points[:, None] - centre, axis=2).argmin(axis=1)
    assert (nearest == group).mean() > 0.95
    np.testing.assert_array_equal(
        neighbors.expression_space(np.where(values > 0, values**3 + 7, 1.0), floor=1.0), points
    )
    assert neighbors.expression_space(np.zeros((4, 10))).shape == (10, 2)
    assert neighbors.expression_space(values, most_genes=1).shape == (90, 1)


@pytest.mark.parametrize("shape", [(30, 80), (80, 30)])
def test_components_are_those_of_sklearn(shape):
    from sklearn.decomposition import PCA

    values = np.random.default_rng(2).normal(size=shape) * np.arange(1, shape[0] + 1)[:, None]
    values = np.vstack([values, np.full(shape[1], 3.0)])  # a gene that does not vary is left out
    found = neighbors.principal_components(values, 4)
    scaled = (values[:-1] / values[:-1].std(axis=1, keepdims=True)).T
    expected = PCA(4, svd_solver="full").fit_transform(scaled)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-8)
    assert (found.max(axis=0) > -found.min(axis=0)).all()  # signs are fixed


def test_points_give_tricube_weights():
    points = np.array([[0.0], [1.0], [2.0], [4.0]])
    lists, (smoother,) = neighbors.from_points(points, 3, 2)
    cells, weights = rows(lists)[0]
    assert cells.tolist() == [0, 1, 2]
    by_hand = np.array([1, (1 - 0.5**3) ** 3, (1 - 0.999**3) ** 3])
    np.testing.assert_allclose(weights, by_hand / by_hand.sum(), rtol=1e-6)
    np.testing.assert_allclose(smoother.toarray()[0], [0.5, 0.5, 0, 0])
    assert lists.list_of.tolist() == [0, 1, 2, 3]


def test_groups_share_a_list():
    lists, smoother = neighbors.from_groups(np.array([7, 2, -1, 7, 2, 7]))
    assert lists.list_of.tolist() == [1, 0, -1, 1, 0, 1]
    assert [c.tolist() for c, _ in rows(lists)] == [[1, 4], [0, 3, 5]]
    assert lists.n_eff == pytest.approx([2, 3])
    values = np.array([[1.0, 10, 100, 2, 20, 6]])
    np.testing.assert_allclose(smooth(values, smoother), [[3, 15, 0, 3, 15, 3]])


def test_graph_rows_hold_the_cell_itself():
    graph = sparse.csr_matrix(np.array([[0, 0.5, 0.25], [0.5, 0, 0], [0.25, 0, 0]]))
    lists, (smoother,) = neighbors.from_graph(graph)
    cells, weights = rows(lists)[0]
    assert cells.tolist() == [0, 1, 2]
    np.testing.assert_allclose(weights, np.array([0.5, 0.5, 0.25]) / 1.25, rtol=1e-6)
    np.testing.assert_allclose(smoother.toarray()[1], [0.5, 0.5, 0])


def test_a_cell_without_neighbours_is_alone():
    lists, _ = neighbors.from_graph(sparse.csr_matrix((3, 3)))
    assert np.diff(lists.indptr).tolist() == [1, 1, 1]
    assert lists.n_eff == pytest.approx(1)


@pytest.mark.parametrize("smoothed", [5, 15])
def test_price_of_smoothing_is_the_variance_it_adds(smoothed):
    rng = np.random.default_rng(3)
    n = 300
    lists, (smoother,) = neighbors.from_points(rng.random((n, 1)), n, smoothed)
    x, y = (rng.normal(size=(4000, n)) for _ in range(2))
    x, y = x - smooth(x, (smoother,)), y - smooth(y, (smoother,))
    x, y = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
    r = (x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    assert n * r.var() == pytest.approx(1 + neighbors.price(smoother), rel=0.06)  # four standard errors
    plain = 1 / (np.add.reduceat(lists.weights.astype(float) ** 2, lists.indptr[:-1]))
    np.testing.assert_allclose(lists.n_eff, plain / (1 + neighbors.price(smoother)), rtol=1e-5)
