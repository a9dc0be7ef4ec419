"""Two steps that weigh a neighbourhood like a list: what they are worth, whom they take, and in which order."""

from __future__ import annotations

import numpy as np
import pytest
from tests.kernels import local_oracle as oracle

from csmir.kernels import neighbors
from csmir.kernels.local_means import Step, local_means
from csmir.kernels.nearest_points import spatial_order
from csmir.kernels.two_steps import cells_a_step, means_of_lists, powers, some_of, two_steps


def test_sizes():
    assert [cells_a_step(k) for k in (101, 200, 500, 2000)] == [16, 24, 32, 64]


@pytest.mark.parametrize("dimensions", [1, 2, 4, 10])
def test_they_are_worth_as_many_cells_as_the_list(dimensions):
    points = np.random.default_rng(0).normal(size=(1000, dimensions))
    lists, smoother = neighbors.from_points(points)
    means = means_of_lists(lists, smoother, points)
    assert len(means.steps) == 2
    assert len(means.steps[0].indices) == (24 if dimensions < 10 else 12) * 1000
    assert np.median(means.n_eff) == pytest.approx(np.median(lists.n_eff), rel=0.07)
    w, _ = oracle.weights(means)
    n_eff = 1 / (w**2).sum(axis=1)
    price = 1 / (lists.weights[:200].astype(float) ** 2).sum() / lists.n_eff[0]
    np.testing.assert_allclose(means.n_eff[np.argsort(means.order)], n_eff / price, rtol=1e-5)
    assert (w.diagonal() >= 1 / 24**2 - 1e-9).all()  # each cell is compared with itself, too


def test_a_step_takes_the_cell_and_others_among_its_nearest_each_once():
    points = np.random.default_rng(1).normal(size=(400, 3))
    nearest, _ = neighbors.nearest(points, 120)
    order = spatial_order(points)
    assert sorted(order) == list(range(400))
    a, b = two_steps(nearest, 60.0, order)
    for step in (a, b):
        rows = order[step.indices.reshape(400, 16)]
        place = np.array(
            [[nearest[cell].tolist().index(c) for c in row] for cell, row in zip(order, rows, strict=True)]
        )
        assert (place.min(axis=1) == 0).all()  # itself
        assert all(len(set(row)) == 16 for row in rows)
        assert (np.diff(step.indices.reshape(400, 16), axis=1) > 0).all()
    assert not np.array_equal(a.indices, b.indices)
    again = two_steps(nearest, 60.0, np.arange(400, dtype=np.int32))  # draws belong to the cells, not to their places
    taken = [set(order[row].tolist()) for row in a.indices.reshape(400, 16)]
    assert [taken[p] for p in np.argsort(order)] == [set(row.tolist()) for row in again[0].indices.reshape(400, 16)]


def test_neighbours_lie_close_in_the_order():
    points = np.random.default_rng(2).random((4000, 2))
    nearest, _ = neighbors.nearest(points, 10)
    position = np.argsort(spatial_order(points))
    apart = np.abs(position[nearest[:, 1:]] - position[:, None])
    assert np.median(apart) < 40  # in random order 1,170


def test_means_of_long_rows_are_exact():
    rng = np.random.default_rng(3)
    values = (rng.normal(size=(30_000, 3)) + 5).astype(np.float32)
    whole = Step(np.array([0, 30_000, 30_000]), np.arange(30_000, dtype=np.int32), np.zeros(0, np.float32))
    out = local_means((whole,), values)
    np.testing.assert_allclose(out[0], values.astype(float).mean(axis=0), rtol=1e-7)
    assert (out[1] == 0).all()  # a row without cells
    w = rng.random(30_000).astype(np.float32)
    out = local_means((whole._replace(weights=w),), values)
    np.testing.assert_allclose(out[0], w.astype(float) @ values.astype(float), rtol=1e-7)


def test_powers_of_weights():
    rng = np.random.default_rng(4)
    points = rng.normal(size=(150, 2))
    lists, smoother = neighbors.from_points(points, 110)
    means = means_of_lists(lists, smoother, points)
    w = oracle.matrix(means.steps, 150)
    np.testing.assert_allclose(powers(means.steps, 150), [(w**k).sum(axis=1) for k in (2, 3, 4)], rtol=1e-9)


@pytest.mark.parametrize("size", [None, 40])  # two steps, one
def test_some_lists_are_rows_of_all(size):
    points = np.random.default_rng(2).normal(size=(400, 2))
    lists, smoother = neighbors.from_points(points, size)
    means = means_of_lists(lists, smoother, points)
    some = some_of(means, 30)
    assert len(means.steps) == len(some.steps) == (2 if size is None else 1)
    every = oracle.matrix(means.steps, 400)
    chosen = np.flatnonzero(some.row_of >= 0)
    assert len(chosen) == 30
    rows = some.row_of[chosen]
    position = np.argsort(means.order)
    np.testing.assert_array_equal(oracle.matrix(some.steps, 400)[rows], every[position[chosen]])
    np.testing.assert_array_equal(some.n_eff[rows], means.n_eff[position[chosen]])
    assert some_of(means, 400) is means
    grouped = means_of_lists(*neighbors.from_groups(np.arange(400) % 3))
    assert some_of(grouped, 2) is grouped
