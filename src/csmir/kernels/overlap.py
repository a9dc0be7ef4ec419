"""How many columns two rows of a sparse 0/1 matrix share, for every two rows."""

from __future__ import annotations

import numba
import numpy as np
from scipy import sparse

from csmir.kernels.bitset import popcount

ROWS_AT_ONCE = 16  # their words stay in the second-level cache while all other rows pass
# measured costs, in nanoseconds: one joint entry of the sparse product, one word of 64 columns of the bit masks
NS_PER_ENTRY = 5.0
NS_PER_WORD = 0.6
AT_ONCE = 2e7  # ns: a product that is done by then is not worth compiling anything else for


def shared_counts(present: sparse.csr_matrix) -> np.ndarray:
    """(rows, rows) int32: columns in which both rows have an entry; the diagonal counts a row's own.

    A sparse product costs one step per column and two rows that share it, bit masks one step per 64 columns and two
    rows: whichever is cheaper is taken, and the product where it is done at once. Both are exact.
    """
    n_rows, n_columns = present.shape
    per_column = np.bincount(present.indices, minlength=n_columns).astype(float)
    by_product = NS_PER_ENTRY * (per_column**2).sum()
    used = per_column > 0
    by_mask = NS_PER_WORD * n_rows**2 / 2 * np.ceil(used.sum() / 64)
    if by_product <= max(by_mask, AT_ONCE):
        ones = sparse.csr_matrix((np.ones(present.nnz, np.int32), present.indices, present.indptr), shape=present.shape)
        return sparse.csr_matrix(ones @ ones.T).toarray()
    return _by_mask(present, used)


def _by_mask(present: sparse.csr_matrix, used: np.ndarray) -> np.ndarray:
    n_rows = present.shape[0]
    column = np.cumsum(used) - 1  # columns that no row has take no room
    masks = np.zeros((n_rows, -(-int(used.sum()) // 64)), np.uint64)
    set_bits(present.indptr, present.indices, column, masks)
    counts = np.zeros((n_rows, n_rows), np.int32)
    for start in range(0, n_rows, ROWS_AT_ONCE):
        _count(masks, start, min(start + ROWS_AT_ONCE, n_rows), counts)
    return counts


@numba.njit(nogil=True, cache=True)
def set_bits(indptr, indices, column, masks):
    """Mark the entries of each row as bits; `column` says which bit is whose."""
    for i in range(masks.shape[0]):
        for p in range(indptr[i], indptr[i + 1]):
            c = column[indices[p]]
            masks[i, c >> 6] |= np.uint64(1) << np.uint64(c & 63)


@numba.njit(nogil=True, cache=True)
def _count(masks, start, stop, counts):
    """Fill `counts` for rows start..stop with the rows from start on: the bits that two masks share."""
    for j in range(start, masks.shape[0]):
        for i in range(start, min(stop, j + 1)):
            n = 0
            for w in range(masks.shape[1]):
                n += popcount(masks[i, w] & masks[j, w])
            counts[i, j] = n
            counts[j, i] = n
