"""From blocks of (pairs, cells) to one sparse matrix cells x pairs, without a dense one in between."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np


class Packed(NamedTuple):
    """The stored entries of one block, cell after cell."""

    n_per_cell: np.ndarray  # (cells,) int64
    pair: np.ndarray  # (stored,) position of the pair among all pairs
    value: np.ndarray  # (stored,) float32
    extra: np.ndarray  # (stored,) a second number per entry


@numba.njit(nogil=True, cache=True)
def pack(value, extra, pair):
    """Keep what is not NaN of `value` (pairs, cells), and `extra` beside it, as the fields of `Packed`."""
    n_pairs, n_cells = value.shape
    n_per_cell = np.zeros(n_cells, np.int64)
    for p in range(n_pairs):
        for k in range(n_cells):
            n_per_cell[k] += not np.isnan(value[p, k])
    at = np.zeros(n_cells, np.int64)
    for k in range(1, n_cells):
        at[k] = at[k - 1] + n_per_cell[k - 1]
    n_stored = n_per_cell.sum()
    pair_out = np.empty(n_stored, pair.dtype)
    value_out = np.empty(n_stored, value.dtype)
    extra_out = np.empty(n_stored, extra.dtype)
    for p in range(n_pairs):
        for k in range(n_cells):
            if not np.isnan(value[p, k]):
                pair_out[at[k]], value_out[at[k]], extra_out[at[k]] = pair[p], value[p, k], extra[p, k]
                at[k] += 1
    return n_per_cell, pair_out, value_out, extra_out


def assemble(blocks: list[Packed], n_cells: int, bucket: np.ndarray) -> tuple[np.ndarray, ...]:
    """`indptr, indices, value, extra` of the CSR matrix cells x pairs.

    `bucket[pair]` ascends with the pair, and within a bucket the blocks bring a cell's pairs in ascending order:
    entries go straight to their place, without sorting.
    """
    n_buckets = int(bucket[-1]) + 1 if len(bucket) else 0
    count = np.zeros((n_cells, n_buckets), np.int64)
    for block in blocks:
        _count(block.n_per_cell, block.pair, bucket, count)
    indptr = np.zeros(n_cells + 1, np.int64)
    np.cumsum(count.sum(axis=1), out=indptr[1:])
    cursor = indptr[:-1, None] + np.cumsum(count, axis=1) - count
    index_type = np.int32 if max(indptr[-1], len(bucket)) < 2**31 else np.int64
    indices = np.empty(indptr[-1], index_type)
    value = np.empty(indptr[-1], np.float32)
    extra = np.empty(indptr[-1], blocks[0].extra.dtype if blocks else np.uint8)
    for b, block in enumerate(blocks):
        _place(block.n_per_cell, block.pair, block.value, block.extra, bucket, cursor, indices, value, extra)
        blocks[b] = None  # type: ignore[call-overload]  # hand the memory back as we go
    return indptr.astype(index_type), indices, value, extra


@numba.njit(nogil=True, cache=True)
def _count(n_per_cell, pair, bucket, count):
    at = 0
    for k in range(len(n_per_cell)):
        for _ in range(n_per_cell[k]):
            count[k, bucket[pair[at]]] += 1
            at += 1


@numba.njit(nogil=True, cache=True)
def _place(n_per_cell, pair, value, extra, bucket, cursor, indices_out, value_out, extra_out):
    at = 0
    for k in range(len(n_per_cell)):
        for _ in range(n_per_cell[k]):
            b = bucket[pair[at]]
            to = cursor[k, b]
            cursor[k, b] += 1
            indices_out[to], value_out[to], extra_out[to] = pair[at], value[at], extra[at]
            at += 1
