"""From lists of cells with weights to the local means that stand for them."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from csmir.kernels.local_means import Means, Step, step_of
from csmir.kernels.neighbors import Lists, Smoother
from csmir.kernels.two_steps import SHORT, powers, spatial_order, two_steps


def some_of(means: Means, most: int) -> Means:
    """The means around at most `most` of the cells, evenly over the order in which neighbours lie close together.

    As they are where lists are shared, or few. Rows of results are those cells, in that order.
    """
    n_cells = len(means.order)
    if means.sides != 1 or len(means.n_eff) < n_cells or n_cells <= most:
        return means
    at = np.linspace(0, n_cells - 1, most).astype(np.int64)
    first = _rows(means.steps[0], at)
    steps: tuple[Step, ...] = (first,)
    if len(means.steps) == 2:
        reached, places = np.unique(first.indices, return_inverse=True)
        steps = first._replace(indices=places.ravel().astype(np.int32)), _rows(means.steps[1], reached)
    row_of = np.full(n_cells, -1, np.int32)
    row_of[means.order[at]] = np.arange(most)
    own = {name: getattr(means, name)[at] for name in ("n_eff", "third", "fourth")}
    return means._replace(steps=steps, row_of=row_of, **own)


def _rows(step: Step, at: np.ndarray) -> Step:
    size = np.diff(step.indptr)[at]
    indptr = np.concatenate([[0], np.cumsum(size)])
    entries = np.repeat(step.indptr[at] - indptr[:-1], size) + np.arange(indptr[-1])
    weights = step.weights[entries] if len(step.weights) else step.weights
    return Step(indptr, step.indices[entries], weights)


def means_of_lists(lists: Lists, smoother: Smoother, points: np.ndarray | None = None) -> Means:
    """The means over lists of `neighbors.py`, and over the sides of `sides.py`.

    Lists of the nearest cells in `points`, cells x dimensions, in ascending distance, become two steps that are worth
    as many independent cells, unless they are short; every other list is summed as it is.
    """
    n_cells, n_lists = len(lists.list_of), len(lists.n_eff)
    matrix = sparse.csr_matrix((lists.weights, lists.indices, lists.indptr), shape=(n_lists, n_cells))
    of_cells = n_lists >= n_cells and (lists.list_of >= 0).all()
    sides = n_lists // n_cells if of_cells else 1
    order = np.arange(n_cells, dtype=np.int32)
    if of_cells and points is not None:
        order = spatial_order(points)
    row_of = np.arange(n_cells, dtype=np.int32) if of_cells else lists.list_of
    listed = powers((step_of(matrix),), n_cells)
    price = 1 / listed[0] / lists.n_eff - 1
    size = np.diff(lists.indptr)
    if of_cells and sides == 1 and points is not None and size.min() == size.max() > SHORT:
        nearest = lists.indices.reshape(n_cells, -1)
        steps: tuple[Step, ...] = two_steps(nearest, float(np.median(1 / listed[0])), order)
        second, third, fourth = powers(steps, n_cells)
        price = price[order]
    else:
        rows = (
            (np.repeat(order, sides) * sides + np.tile(np.arange(sides), n_cells)) if of_cells else np.arange(n_lists)
        )
        steps = (step_of(matrix[rows][:, order]),)
        second, third, fourth = listed[:, rows]
        price = price[rows]
    return Means(
        steps=steps,
        smoother=tuple(step_of(m if len(smoother) > 1 else m[order][:, order]) for m in smoother),
        order=order,
        row_of=row_of,
        sides=sides,
        n_eff=1 / second / (1 + price),
        third=third / second**1.5,
        fourth=fourth / second**2,
    )
