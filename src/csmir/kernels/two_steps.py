"""Two plain means of k cells each, one after the other, that weigh a neighbourhood as a list of many cells does.

A step takes, for each cell, the cell itself and k - 1 cells drawn without replacement from the nearest of its list.
How many of the nearest is chosen so that both steps together are worth as many independent cells as the list is (and a
smaller k, where k of the nearest are worth more). The
draws of a cell are its own: they depend on the seed, the step and the cell, never on the order of work.

`means_of_lists` makes of lists of cells the means that stand for them, in one step where they are short.
"""

from __future__ import annotations

import numba
import numpy as np
from scipy import sparse

from csmir.kernels.local_means import Means, Step, step_of
from csmir.kernels.nearest_points import spatial_order
from csmir.kernels.neighbors import Lists, Smoother

# shorter lists are summed as they are: two steps would not be cheaper
SHORT = 100
SAMPLED = 200  # cells that the pool is chosen on
LEAST = 8  # cells a step
SEED = 0x5EED


def cells_a_step(list_size: int) -> int:
    """k: 24 cells for lists of 200, 32 for 500."""
    return int(8 * np.ceil(np.sqrt(2 * list_size) / 8))


def two_steps(indices: np.ndarray, target: float, order: np.ndarray, seed: int = SEED) -> tuple[Step, Step]:
    """The two steps, over positions in `order`.

    `indices` (cells, list) int32: each cell's nearest in ascending distance, itself first; `target`: the independent
    cells (1 / sum w^2) that both steps together are to be worth.
    """
    n, longest = indices.shape
    k = min(cells_a_step(longest), longest)
    sample = np.unique(np.linspace(0, n - 1, min(n, SAMPLED)).astype(np.int64))
    while k > LEAST and np.median(_worth_of(indices, sample, k, k, seed)) > target:
        k -= 4  # in many dimensions, the weight of a list is on few of its cells
    low, high = k, longest  # the worth grows with the pool
    while low < high:
        pool = (low + high) // 2
        if np.median(_worth_of(indices, sample, pool, k, seed)) < target:
            low = pool + 1
        else:
            high = pool
    position = np.empty(n, np.int32)
    position[order] = np.arange(n, dtype=np.int32)
    steps = []
    for which in (0, 1):
        drawn = np.empty((n, k), np.int32)
        _draw(indices, order.astype(np.int64), low, which, seed, drawn)
        drawn = np.sort(position[drawn], axis=1)
        steps.append(Step(np.arange(n + 1, dtype=np.int64) * k, drawn.ravel(), np.zeros(0, np.float32)))
    return steps[0], steps[1]


def _worth_of(indices: np.ndarray, cells: np.ndarray, pool: int, k: int, seed: int) -> np.ndarray:
    drawn = np.empty((len(cells), k), np.int32)
    _draw(indices, cells, pool, 0, seed, drawn)
    reached, at = np.unique(drawn, return_inverse=True)
    second = np.empty((len(reached), k), np.int32)
    _draw(indices, reached.astype(np.int64), pool, 1, seed, second)
    a = Step(np.arange(len(cells) + 1, dtype=np.int64) * k, at.ravel().astype(np.int32), np.zeros(0, np.float32))
    b = Step(np.arange(len(reached) + 1, dtype=np.int64) * k, second.ravel(), np.zeros(0, np.float32))
    return 1 / powers((a, b), len(indices))[0]


def powers(steps: tuple[Step, ...], n_cells: int) -> np.ndarray:
    """Sums of the squares, cubes and fourth powers of each row of W: (3, rows)."""
    out = np.empty((3, len(steps[0].indptr) - 1))
    none = Step(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    _powers(*steps[0], *(steps[1] if len(steps) > 1 else none), n_cells, out)
    return out


@numba.njit(nogil=True, cache=True)
def _draw(indices, cells, pool, step, seed, out):
    """For each of `cells`: itself and others among the nearest `pool` of its list."""
    k = out.shape[1]
    places = np.empty(pool, np.int32)
    for i in range(len(cells)):
        cell = cells[i]
        for j in range(pool):
            places[j] = j
        state = _mix(np.uint64(seed) ^ _mix(np.uint64(2 * cell + step)))
        out[i, 0] = indices[cell, 0]
        for j in range(1, k):
            state = _mix(state)
            at = j + np.int64(state % np.uint64(pool - j))
            places[j], places[at] = places[at], places[j]
            out[i, j] = indices[cell, places[j]]


@numba.njit(nogil=True, cache=True, inline="always")
def _mix(x):
    """The next number of splitmix64."""
    x += np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@numba.njit(nogil=True, cache=True)
def _powers(indptr, indices, weights, indptr_b, indices_b, weights_b, n_cells, out):
    total = np.zeros(n_cells)
    reached = np.empty(n_cells, np.int64)
    for i in range(out.shape[1]):
        n = 0
        for a in range(indptr[i], indptr[i + 1]):
            w = float(weights[a]) if len(weights) else 1.0 / (indptr[i + 1] - indptr[i])
            via = indices[a]
            if len(indptr_b) == 1:
                if total[via] == 0.0:
                    reached[n] = via
                    n += 1
                total[via] += w
                continue
            for b in range(indptr_b[via], indptr_b[via + 1]):
                share = float(weights_b[b]) if len(weights_b) else 1.0 / (indptr_b[via + 1] - indptr_b[via])
                to = indices_b[b]
                if total[to] == 0.0:
                    reached[n] = to
                    n += 1
                total[to] += w * share
        second, third, fourth = 0.0, 0.0, 0.0
        for j in range(n):
            w = total[reached[j]]
            total[reached[j]] = 0.0
            second += w * w
            third += w * w * w
            fourth += w * w * w * w
        out[0, i], out[1, i], out[2, i] = second, third, fourth


def some_of(means: Means, most: int) -> Means:
    """The means around at most `most` of the cells, evenly over the order in which neighbours lie close together.

    As they are where lists are shared, or few. Rows of results are those cells, in that order.
    """
    n_cells = len(means.order)
    if means.sides != 1 or len(means.n_eff) < n_cells or n_cells <= most:
        return means
    return around(means, np.linspace(0, n_cells - 1, most).astype(np.int64))


def around(means: Means, at: np.ndarray) -> Means:
    """The means around the cells at some ascending positions, each cell with a list of its own.

    Rows of results are those cells, in that order.
    """
    n_cells = len(means.order)
    first = _rows(means.steps[0], at)
    steps: tuple[Step, ...] = (first,)
    if len(means.steps) == 2:
        reached, places = np.unique(first.indices, return_inverse=True)
        steps = first._replace(indices=places.ravel().astype(np.int32)), _rows(means.steps[1], reached)
    row_of = np.full(n_cells, -1, np.int32)
    row_of[means.order[at]] = np.arange(len(at))
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
