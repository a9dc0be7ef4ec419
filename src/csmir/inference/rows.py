"""Blocks put together to the rows of cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from csmir.inference.networks import Networks
from csmir.inference.threads import run_blocks, thread_count
from csmir.kernels.packed import Packed


class Rows(NamedTuple):
    """Stored entries of some cells: CSR rows, and a second number beside each value."""

    indptr: np.ndarray
    indices: np.ndarray
    value: np.ndarray  # float32
    extra: np.ndarray


def stacked(blocks: Sequence[Packed]) -> Rows:
    """The rows of blocks of cells, one below the other."""
    n_per_cell, pair, value, extra = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    indptr = np.append(0, np.cumsum(n_per_cell))
    index_type = index_type_of(indptr[-1], 0) if pair.dtype == np.int32 else np.int64
    return Rows(indptr.astype(index_type), pair.astype(index_type, copy=False), value, extra)


def index_type_of(n_entries: int, n_pairs: int) -> type:
    """Type of positions, as scipy would choose."""
    return np.int32 if max(n_entries, n_pairs) < 2**31 else np.int64


def rows_of(blocks: Sequence[Packed], cells: range, bucket: np.ndarray, n_threads: int | None) -> Rows:
    """The rows of some cells, out of blocks that hold all cells; each thread puts some of them together."""
    from csmir.kernels.sparse_rows import assemble

    n_per_cell = np.zeros(len(cells), np.int64)
    starts = np.zeros(len(blocks), np.int64)
    for b, block in enumerate(blocks):
        n_per_cell += block.n_per_cell[cells.start : cells.stop]
        starts[b] = block.n_per_cell[: cells.start].sum()
    indptr = np.append(0, np.cumsum(n_per_cell))
    index_type = index_type_of(indptr[-1], len(bucket))
    rows = Rows(
        indptr.astype(index_type),
        np.empty(indptr[-1], index_type),
        np.empty(indptr[-1], np.float32),
        np.empty(indptr[-1], blocks[0].extra.dtype if len(blocks) else np.uint8),
    )
    # as many cells for each thread as hold its share of the entries
    cuts = np.searchsorted(indptr, np.linspace(0, indptr[-1], thread_count(n_threads) + 1)[1:-1])
    bounds = np.unique(np.concatenate([[0], cuts, [len(cells)]])) + cells.start

    def work(some: range) -> None:
        skipped = [block.n_per_cell[cells.start : some.start].sum() for block in blocks]
        first, last = some.start - cells.start, some.stop - cells.start
        assemble(blocks, starts + np.array(skipped, np.int64), some, bucket, indptr[first : last + 1], *rows[1:])

    spans = [range(a, b) for a, b in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]
    for _ in run_blocks(work, spans, n_threads=n_threads, desc="", progress=False):
        pass
    return rows


def spread(networks: Networks, row_of: np.ndarray) -> Networks:
    """A row for each cell, from the rows that cells share; empty for cells without one."""
    indptr, at = spread_rows(networks.indptr, row_of)
    layers = {name: values[at] for name, values in networks.layers.items()}
    index_type = index_type_of(indptr[-1], 0) if networks.indices.dtype == np.int32 else np.int64
    indices = networks.indices[at].astype(index_type, copy=False)
    return Networks(indptr.astype(index_type), indices, networks.value[at], layers, networks.sums)


def spread_rows(indptr: np.ndarray, row_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the row of each cell starts, and which entries it has."""
    n = np.where(row_of >= 0, np.diff(indptr)[row_of], 0)
    starts = np.append(0, np.cumsum(n))
    at = np.arange(starts[-1]) + np.repeat(np.asarray(indptr, np.int64)[row_of] - starts[:-1], n)
    return starts, at
