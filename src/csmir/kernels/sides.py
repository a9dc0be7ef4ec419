"""The two sides of a cell's neighbourhood, and what is correlated on both.

Along a trajectory, the list of a cell just outside a regulated stretch reaches into the stretch on one side. On the
other side it does not: a pair that is correlated on both sides of a cell is regulated at the cell, not only near it.
"""

from __future__ import annotations

import numba
import numpy as np

from csmir.kernels.local_inference import Entries
from csmir.kernels.neighbors import Lists, make_lists

AT_ONCE = 512


def halves(points: np.ndarray, lists: Lists) -> Lists:
    """Cut the list of each cell in two of equal weight, across the direction in which its cells lie furthest apart.

    `points` (cells, dimensions), `lists` of equally many cells each, one list a cell. Lists 2k and 2k + 1 are the
    sides of cell k; each cell of its list is on one of them.
    """
    n = len(lists.n_eff)
    near = lists.indices.reshape(n, -1)
    weights = lists.weights.reshape(n, -1).astype(np.float64)
    first = np.empty(near.shape, bool)
    for start in range(0, n, AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        place = points[near[rows]]
        w = weights[rows]
        place = place - (w[:, :, None] * place).sum(axis=1, keepdims=True)
        spread = np.einsum("ik,ika,ikb->iab", w, place, place)
        longest = np.linalg.eigh(spread)[1][:, :, -1]
        largest = np.take_along_axis(longest, np.abs(longest).argmax(axis=1)[:, None], axis=1)
        along = np.einsum("ika,ia->ik", place, longest * np.sign(largest))
        order = np.argsort(along, axis=1, kind="stable")
        sorted_w = np.take_along_axis(w, order, axis=1)
        below = np.cumsum(sorted_w, axis=1) - sorted_w / 2  # of the weight, up to the middle of the cell
        np.put_along_axis(first[rows], order, below <= below[:, -1:] / 2, axis=1)
    side = np.stack([first, ~first], axis=1)  # (cells, sides, list)
    of_side = np.broadcast_to(near[:, None], side.shape)[side]
    kept = np.broadcast_to(weights[:, None], side.shape)[side]
    size = side.sum(axis=2).ravel()
    # what taking the mean around each cell off costs is the same on both sides
    price = 1 / (weights**2).sum(axis=1) / lists.n_eff - 1
    out = make_lists(np.concatenate([[0], np.cumsum(size)]), of_side, kept, np.repeat(price, 2))
    return out._replace(list_of=2 * np.arange(n, dtype=np.int32))


def on_both(found: Entries) -> Entries:
    """Pairs with an entry on both sides: the larger p, and its rho; `found` from lists of `halves`."""
    at, n_per_cell = _weaker(found.indptr, found.pair, found.p)
    indptr = np.concatenate([[0], np.cumsum(n_per_cell)]).astype(np.int64)
    return Entries(indptr, found.pair[at], found.rho[at], found.p[at])


@numba.njit(nogil=True, cache=True)
def _weaker(indptr, pair, p):
    """Where the entry with the larger p of each pair is that lists 2k and 2k + 1 have, and how many each k has."""
    n_cells = (len(indptr) - 1) // 2
    at, n_per_cell = np.empty(len(pair) // 2, np.int64), np.empty(n_cells, np.int64)
    n = 0
    for k in range(n_cells):
        before = n
        left, right = indptr[2 * k], indptr[2 * k + 1]
        while left < indptr[2 * k + 1] and right < indptr[2 * k + 2]:
            if pair[left] == pair[right]:
                at[n] = left if p[left] >= p[right] else right
                n, left, right = n + 1, left + 1, right + 1
            elif pair[left] < pair[right]:
                left += 1
            else:
                right += 1
        n_per_cell[k] = n - before
    return at[:n], n_per_cell
