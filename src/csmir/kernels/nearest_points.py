"""The nearest cells of each cell in a space, exactly.

All distances are looked at in float32, in blocks of cells that lie together, measured from the middle of the block.
What may be among the nearest, by a bound on the rounding, is measured again in float64: rounding, blocks and threads
change nothing, and no matrix cells x cells is kept.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from csmir.kernels.sorting import sort_cells

DISTANCES = 1 << 21  # that a thread holds at a time
FEWEST_ROWS, MOST_ROWS = 32, 256  # of a block
LEAF = 32  # cells that may lie in any order
ROUNDING = 2.0**-24  # of a float32, as a share
TINY = 1e-300  # the square of a distance of 0 to another cell, so that a cell is its own nearest
SMALLEST = 1e-36  # float32 numbers below it lose digits
SAMPLED = 32  # of the distances looked for are in a sample of the row, which says how far to look
MORE = 1.3  # times as many cells are looked at as are asked for
AT_ONCE = 32  # distances among which near ones are looked for


def spatial_order(points: np.ndarray) -> np.ndarray:
    """Cells in an order in which neighbours lie close: halved across the widest direction, again and again."""
    out, todo = [], [np.arange(len(points))]
    while todo:
        cells = todo.pop()
        if len(cells) <= LEAF:
            out.append(cells)
            continue
        widest = np.argmax(points[cells].var(axis=0))
        by_place = cells[np.argsort(points[cells, widest], kind="stable")]
        todo += [by_place[len(cells) // 2 :], by_place[: len(cells) // 2]]
    return np.concatenate(out).astype(np.int32)


def nearest(
    points: np.ndarray, k: int, some: np.ndarray | None = None, n_threads: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest cells of each cell (or of `some`), itself first: indices (cells, k) int32, distances ascending.

    Of cells equally far the first are taken.
    """
    n, d = points.shape
    k = min(k, n)
    some = np.arange(n) if some is None else np.asarray(some)
    indices, distances = np.empty((len(some), k), np.int32), np.empty((len(some), k))
    order = spatial_order(points[some])
    scale = 2.0 ** np.frexp(np.abs(points).max(initial=0))[1]  # exact, and no square is too large
    points = np.ascontiguousarray(points / scale, np.float64)
    at_once = int(np.clip(DISTANCES // n, FEWEST_ROWS, MOST_ROWS))
    error = 4 * (d + 8) * ROUNDING  # of a sum of d + 1 products of rounded coordinates, by Wilkinson's bound and more

    def work(first: int) -> None:
        at = order[first : first + at_once]
        rows = some[at]
        around = np.ones((n, d + 1), np.float32)
        np.subtract(points, points[rows].mean(axis=0), out=around[:, :d], casting="same_kind")
        own = around[rows]
        length = np.einsum("ij,ij->i", around[:, :d], around[:, :d])
        around[:, d] = length
        own[:, :d] *= -2
        far = own @ around.T  # the square of the distance, less that from the middle to the row's cell
        _nearest_of(far, length, error, points, rows, at, indices, distances)

    with ThreadPoolExecutor(max_workers=n_threads) as pool:
        for _ in pool.map(work, range(0, len(some), at_once)):
            pass
    distances *= scale
    return indices, distances


@numba.njit(nogil=True, cache=True)
def _nearest_of(far, length, error, points, rows, at, indices, distances):
    """The nearest cells of `rows` into lines `at` of `indices` and `distances`, by their approximate `far`.

    `error` times the square of the sum of both cells' distances from the middle bounds the rounding of `far`.
    """
    n, k = far.shape[1], indices.shape[1]
    likely, square = np.empty(n, np.int32), np.empty(n, np.float64)
    order, key, spare = np.empty(n, np.int32), np.empty(n, np.uint64), np.empty(n, np.uint64)
    step = max(1, k // SAMPLED)
    least = np.empty(-(-n // step), np.float32)
    for i in range(len(far)):
        row, own = far[i], np.sqrt(float(length[rows[i]]))
        # as many as a sample says lie below a bound, some more to be safe; more yet if the sample was wrong
        m = int(MORE * k / step) + 6
        bound = _smallest_of(row, step, m, least)
        while True:
            found = _below(row, bound, likely)
            if found < k:
                m *= 2
                bound = _smallest_of(row, step, m, least)
                continue
            for j in range(found):
                square[j] = _square(points, likely[j], rows[i])
            sort_cells(square[:found], order, key, spare)
            # whatever the rounding, all that is no further than these k has at most this
            radius = np.sqrt(square[order[k - 1]])
            within = np.float32((radius * radius - own * own + error * (2 * own + radius) ** 2) + SMALLEST)
            if within <= bound:
                break
            bound = within + np.float32(1e-6) * abs(within)
        for j in range(k):
            indices[at[i], j] = likely[order[j]]
            distances[at[i], j] = np.sqrt(square[order[j]]) if square[order[j]] > TINY else 0.0


@numba.njit(nogil=True, cache=True)
def _square(points, cell, other):
    """The square of two cells' distance: 0 of a cell to itself alone."""
    total = 0.0
    for c in range(points.shape[1]):
        total += (points[cell, c] - points[other, c]) ** 2
    return max(total, TINY) if cell != other else 0.0


@numba.njit(nogil=True, cache=True)
def _smallest_of(row, step, m, least):
    """The m-th smallest of every `step`-th number of a row, infinity if there are fewer; `least` is scratch."""
    n = 0
    for i in range(0, len(row), step):
        if n < m or row[i] < least[n - 1]:
            at = n if n < m else n - 1
            n = at + 1
            while at > 0 and least[at - 1] > row[i]:
                least[at] = least[at - 1]
                at -= 1
            least[at] = row[i]
    return least[m - 1] if n == m else np.float32(np.inf)


@numba.njit(nogil=True, cache=True)
def _below(row, bound, likely):
    """Where `row` is at or below a bound, into `likely`; returns how many."""
    n = 0
    for first in range(0, len(row), AT_ONCE):
        last, any_below = min(first + AT_ONCE, len(row)), False
        for i in range(first, last):
            any_below |= row[np.uint64(i)] <= bound
        if any_below:
            for i in range(first, last):  # without a branch: what is not below is written over
                likely[n] = i
                n += row[i] <= bound
    return n
