"""All maximal bicliques of a bipartite graph: sets of left and right nodes, all joined, that no further node extends.

A maximal biclique is a *closed set* of left nodes (no further left node is joined to all of their common neighbours),
so the enumeration is that of closed sets by prefix-preserving extension (Uno et al., LCM, 2004): every one is met
exactly once, without a memory of those met before. Left sets are bitsets; the common neighbours of the current set are
a list that shrinks on the way down.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

# closed sets smaller than asked for have to be passed through: at most this many for one that is kept
DETOUR = 20


class TooManyBicliquesError(RuntimeError):
    """More maximal bicliques than allowed; the caller knows what to advise."""


class Bicliques(NamedTuple):
    """Members of biclique i: `left[left_start[i]:left_start[i + 1]]`, `right[right_start[i]:right_start[i + 1]]`."""

    left_start: np.ndarray
    left: np.ndarray
    right_start: np.ndarray
    right: np.ndarray

    def __len__(self) -> int:
        """How many."""
        return len(self.left_start) - 1


def maximal_bicliques(
    left: np.ndarray,
    right: np.ndarray,
    *,
    min_left: int = 2,
    min_right: int = 3,
    max_bicliques: int = 100_000,
) -> Bicliques:
    """Enumerate the maximal bicliques with at least `min_left` and `min_right` nodes.

    Parameters
    ----------
    left, right
        Ends of the edges: non-negative integer codes, one edge per position. Repeated edges count once.
    min_left, min_right
        Smallest sizes, at least 1.
    max_bicliques
        Raise TooManyBicliquesError beyond this number, or when more than 20 times as many have to be passed through.

    Returns
    -------
    Codes of the members, ascending within a biclique; bicliques by decreasing number of edges
    (equal ones in an order that depends on the graph alone).
    """
    left_codes, left = np.unique(np.asarray(left, np.int64), return_inverse=True)
    right_codes, right = np.unique(np.asarray(right, np.int64), return_inverse=True)
    if len(left) == 0:
        return Bicliques(np.zeros(1, np.int64), left_codes, np.zeros(1, np.int64), right_codes)
    if len(left_codes) > len(right_codes):  # the side with fewer nodes makes the bitsets
        flipped = maximal_bicliques(
            right_codes[right], left_codes[left], min_left=min_right, min_right=min_left, max_bicliques=max_bicliques
        )
        return Bicliques(flipped.right_start, flipped.right, flipped.left_start, flipped.left)
    # rare nodes first: their few neighbours leave little to extend
    pairs = np.unique(np.stack([right, left], axis=1), axis=0)
    item = np.argsort(np.argsort(np.bincount(pairs[:, 1]), kind="stable"))  # of each left node
    start = np.searchsorted(pairs[:, 0], np.arange(len(right_codes) + 1))
    n_ends, ends, members = _enumerate(start, item[pairs[:, 1]], item, min_left, min_right, max_bicliques)
    if n_ends < 0:
        raise TooManyBicliquesError
    ends = np.append(0, ends[:n_ends])
    left_size, right_size = np.diff(ends)[::2], np.diff(ends)[1::2]
    order = np.argsort(-left_size * right_size, kind="stable")
    return Bicliques(
        *_gather(left_codes, members, ends[:-1:2][order], left_size[order]),
        *_gather(right_codes, members, ends[1::2][order], right_size[order]),
    )


def _gather(
    codes: np.ndarray, members: np.ndarray, first: np.ndarray, size: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where each stretch of `members` starts once they are laid end to end, and their codes."""
    start = np.append(0, np.cumsum(size))
    return start, codes[members[np.arange(start[-1]) + np.repeat(first - start[:-1], size)]]


@numba.njit(nogil=True, cache=True)
def _enumerate(start, items, item_of, min_left, min_right, limit):
    """Closed sets of items over the right nodes t, each joined to `items[start[t]:start[t + 1]]`.

    Depth d of the walk holds a closed set, the right nodes common to it, the item tried last, and the largest size
    within reach. Returns the number of ends (-1: over the limit), the ends of each one's left and right part, members.
    """
    n_right, n_items = len(start) - 1, len(item_of)
    bits = _bitsets(start, items, n_items)
    deepest = min(n_items, n_right) + 2
    closed = np.zeros((deepest, bits.shape[1]), np.uint64)
    common = np.empty((deepest, n_right), np.int32)
    n_common = np.zeros(deepest, np.int64)
    count = np.zeros((deepest, n_items), np.int32)
    tried = np.zeros(deepest, np.int64)
    reach = np.zeros(deepest, np.int64)
    members, ends = np.empty(1 << 14, np.int32), np.empty(1 << 10, np.int64)
    n_members = n_found = n_visited = 0

    common[0] = np.arange(n_right)
    n_common[0] = n_right
    _close(bits, common[0], n_right, closed[0])
    tried[0] = -1
    depth, entered = 0, True
    while depth >= 0:
        here = common[depth, : n_common[depth]]
        if entered:
            entered = False
            n_visited += 1
            size, n_more = _count(start, items, here, closed[depth], tried[depth], min_right, count[depth])
            reach[depth] = size + n_more
            if size >= min_left and len(here) >= min_right:
                if 2 * n_found == len(ends):
                    ends = np.concatenate((ends, np.empty_like(ends)))
                while n_members + size + len(here) > len(members):
                    members = np.concatenate((members, np.empty_like(members)))
                ends[2 * n_found] = _write_left(closed[depth], item_of, members, n_members)
                n_members += size + len(here)
                members[n_members - len(here) : n_members] = here
                ends[2 * n_found + 1] = n_members
                n_found += 1
            if n_found > limit or n_visited > DETOUR * limit + n_items:
                return -1, ends, members
        tried[depth] += 1
        item = tried[depth]
        if item >= n_items or reach[depth] < min_left:
            depth -= 1
        elif min_right <= count[depth, item] < len(here):
            reach[depth] -= 1
            n = 0
            word, bit = item >> 6, np.uint64(1) << np.uint64(item & 63)
            for t in here:
                if bits[t, word] & bit:
                    common[depth + 1, n] = t
                    n += 1
            _close(bits, common[depth + 1], n, closed[depth + 1])
            if _same_before(closed[depth], closed[depth + 1], item):  # else it is met by another way
                depth += 1
                n_common[depth] = n
                tried[depth] = item
                entered = True
    return 2 * n_found, ends, members


@numba.njit(nogil=True, cache=True)
def _bitsets(start, items, n_items):
    bits = np.zeros((len(start) - 1, (n_items + 63) // 64), np.uint64)
    for t in range(len(start) - 1):
        for e in range(start[t], start[t + 1]):
            bits[t, items[e] >> 6] |= np.uint64(1) << np.uint64(items[e] & 63)
    return bits


@numba.njit(nogil=True, cache=True)
def _close(bits, common, n, out):
    """Items joined to all of the first n right nodes in `common`."""
    for w in range(len(out)):
        out[w] = bits[common[0], w]
        for p in range(1, n):
            out[w] &= bits[common[p], w]


@numba.njit(nogil=True, cache=True)
def _count(start, items, here, closed, tried, min_right, count):
    """Fill `count` with every item's edges to `here`; return the closed set's size and how many it may yet gain."""
    count[:] = 0
    for t in here:
        for e in range(start[t], start[t + 1]):
            count[items[e]] += 1
    size = n_more = 0
    for i in range(len(count)):
        if closed[i >> 6] >> np.uint64(i & 63) & np.uint64(1):
            size += 1
        elif i > tried and count[i] >= min_right:
            n_more += 1
    return size, n_more


@numba.njit(nogil=True, cache=True)
def _same_before(a, b, item):
    """Whether two bitsets agree on the items before `item`."""
    for w in range(item >> 6):
        if a[w] != b[w]:
            return False
    below = (np.uint64(1) << np.uint64(item & 63)) - np.uint64(1)
    return (a[item >> 6] ^ b[item >> 6]) & below == 0


@numba.njit(nogil=True, cache=True)
def _write_left(closed, item_of, members, n):
    for a in range(len(item_of)):
        i = item_of[a]
        if closed[i >> 6] >> np.uint64(i & 63) & np.uint64(1):
            members[n] = a
            n += 1
    return n
