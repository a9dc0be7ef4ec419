"""The rows of a sparse 0/1 matrix that are most like each row, without comparing all of them at once."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from scipy import sparse

from csmir.kernels.bitset import popcount
from csmir.kernels.overlap import NS_PER_ENTRY, NS_PER_WORD, set_bits

ROWS_AT_ONCE = 16  # their words stay in the second-level cache while all other rows pass


class Rows(NamedTuple):
    """Rows that are compared, in the form that is cheaper: as bits, or as they are."""

    size: np.ndarray  # (rows,) int64: entries of each
    masks: np.ndarray | None  # (rows, words) uint64
    ones: sparse.csr_matrix | None
    turned: sparse.csr_matrix | None  # columns x rows


def prepare(present: sparse.csr_matrix) -> Rows:
    """Choose by the costs that `overlap.shared_counts` goes by."""
    n_rows, n_columns = present.shape
    per_column = np.bincount(present.indices, minlength=n_columns).astype(float)
    used = per_column > 0
    size = np.diff(present.indptr).astype(np.int64)
    if NS_PER_ENTRY * (per_column**2).sum() <= NS_PER_WORD * n_rows**2 * np.ceil(used.sum() / 64):
        ones = sparse.csr_matrix((np.ones(present.nnz, np.int32), present.indices, present.indptr), shape=present.shape)
        return Rows(size, None, ones, sparse.csr_matrix(ones.T))
    masks = np.zeros((n_rows, -(-int(used.sum()) // 64)), np.uint64)
    set_bits(present.indptr, present.indices, np.cumsum(used) - 1, masks)
    return Rows(size, masks, None, None)


def nearest(rows: Rows, some: range, k: int, *, jaccard: bool) -> tuple[np.ndarray, np.ndarray]:
    """The k rows most like each of `some`, itself left out: positions in ascending order, and similarities.

    Both (rows of `some`, k); all rows have entries, and k is less than their number. Of rows that are equally alike
    the first are taken.
    """
    n = len(rows.size)
    at, value = np.empty((len(some), k), np.int32), np.empty((len(some), k))
    for first in range(some.start, some.stop, ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, some.stop)
        if rows.masks is not None:
            shared = np.zeros((last - first, n), np.int32)
            _share(rows.masks, first, shared)
        else:
            shared = sparse.csr_matrix(rows.ones[first:last] @ rows.turned).toarray()  # type: ignore[index]
        here = slice(first - some.start, last - some.start)
        _most(shared, rows.size, first, jaccard, at[here], value[here])
    return at, value


@numba.njit(nogil=True, cache=True)
def _share(masks, first, shared):
    """Bits that each of some rows shares with each row."""
    for j in range(masks.shape[0]):
        for i in range(len(shared)):
            n = 0
            for w in range(masks.shape[1]):
                n += popcount(masks[first + i, w] & masks[j, w])
            shared[i, j] = n


@numba.njit(nogil=True, cache=True)
def _most(shared, size, first, jaccard, at, value):
    k = at.shape[1]
    for i in range(len(shared)):
        row = first + i
        found = 0
        lowest = 0  # place of the least similar that is kept, the last of equal ones
        for j in range(shared.shape[1]):
            if j == row:
                continue
            against = size[row] + size[j] - shared[i, j] if jaccard else min(size[row], size[j])
            alike = shared[i, j] / against
            if found < k:
                at[i, found], value[i, found] = j, alike
                found += 1
            elif alike > value[i, lowest]:
                for m in range(lowest, k - 1):  # keeps positions ascending
                    at[i, m], value[i, m] = at[i, m + 1], value[i, m + 1]
                at[i, k - 1], value[i, k - 1] = j, alike
            else:
                continue
            if found == k:
                lowest = 0
                for m in range(1, k):
                    if value[i, m] <= value[i, lowest]:
                        lowest = m
