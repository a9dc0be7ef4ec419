"""Matrices laid out anew: features first, as kernels read them, and rows of cells, as networks are stored.

Networks come in blocks of (pairs, cells) and become one sparse matrix cells x pairs without a dense one in between.
"""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np

from csmir.kernels.packed import Packed

COUNTERS = 1 << 23  # of (cell, bucket) that are held at a time


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


@numba.njit(nogil=True, cache=True)
def pack_entries(indptr, cell, value, extra, pair, n_cells):
    """Entries that come pair after pair, as the fields of `Packed`: those of pair `pair[p]` start at `indptr[p]`."""
    n_per_cell = np.zeros(n_cells, np.int64)
    for i in range(len(cell)):
        n_per_cell[cell[i]] += 1
    at = np.zeros(n_cells, np.int64)
    for k in range(1, n_cells):
        at[k] = at[k - 1] + n_per_cell[k - 1]
    pair_out = np.empty(len(cell), pair.dtype)
    value_out = np.empty(len(cell), np.float32)
    extra_out = np.empty(len(cell), extra.dtype)
    for p in range(len(pair)):
        for i in range(indptr[p], indptr[p + 1]):
            to = at[cell[i]]
            at[cell[i]] += 1
            pair_out[to], value_out[to], extra_out[to] = pair[p], value[i], extra[i]
    return n_per_cell, pair_out, value_out, extra_out


def assemble(
    blocks: Sequence[Packed], starts: np.ndarray, cells: range, bucket: np.ndarray, indptr: np.ndarray,
    indices: np.ndarray, value: np.ndarray, extra: np.ndarray,
) -> None:  # fmt: skip
    """Fill the CSR rows of some cells: `indptr` (cells of the range + 1) says where in the other arrays they go.

    `starts[b]` is the first entry of these cells in block b. `bucket[pair]` ascends with the pair, and within a bucket
    the blocks bring a cell's pairs in ascending order: entries go straight to their place, without sorting.
    """
    n_buckets = int(bucket[-1]) + 1 if len(bucket) else 1
    step = max(1, COUNTERS // n_buckets)
    starts = np.array(starts, np.int64)
    for first in range(cells.start, cells.stop, step):
        last = min(first + step, cells.stop)
        count = np.zeros((last - first, n_buckets), np.int64)
        for block, at in zip(blocks, starts, strict=True):
            _count(block.n_per_cell[first:last], block.pair, at, bucket, count)
        here = indptr[first - cells.start : last - cells.start].astype(np.int64)
        cursor = here[:, None] + np.cumsum(count, axis=1) - count
        for b, block in enumerate(blocks):
            n_per_cell = block.n_per_cell[first:last]
            _place(
                n_per_cell, block.pair, block.value, block.extra, starts[b], bucket, cursor, indices, value, extra
            )  # fmt: skip
            starts[b] += n_per_cell.sum()


@numba.njit(nogil=True, cache=True)
def _count(n_per_cell, pair, at, bucket, count):
    for k in range(len(n_per_cell)):
        for _ in range(n_per_cell[k]):
            count[k, bucket[pair[at]]] += 1
            at += 1


@numba.njit(nogil=True, cache=True)
def _place(n_per_cell, pair, value, extra, at, bucket, cursor, indices_out, value_out, extra_out):
    for k in range(len(n_per_cell)):
        for _ in range(n_per_cell[k]):
            b = bucket[pair[at]]
            to = cursor[k, b]
            cursor[k, b] += 1
            indices_out[to], value_out[to], extra_out[to] = pair[at], value[at], extra[at]
            at += 1


TILE = 64  # cells x features that stay in the nearest cache while they are turned


def features_first(values: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Columns `features` of `values` (cells, features), any real dtype, as (features, cells) float64."""
    out = np.empty((len(features), len(values)))
    _turn(np.ascontiguousarray(values), np.asarray(features, np.int64), out)
    return out


@numba.njit(nogil=True, cache=True)
def _turn(values, features, out):
    n_features, n_cells = out.shape
    for first in range(0, n_features, TILE):
        last = min(first + TILE, n_features)
        for start in range(0, n_cells, TILE):
            stop = min(start + TILE, n_cells)
            for f in range(first, last):
                column = features[f]
                for c in range(start, stop):
                    out[f, c] = values[c, column]
