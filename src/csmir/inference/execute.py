"""Who computes the blocks of a job, and how they are put together to rows: threads here, or a cluster's workers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np

from csmir import _validate as check
from csmir._log import progress_bar
from csmir.inference.blocks import Job, Networks, Rows, index_type_of
from csmir.kernels.packed import Packed

ENTRIES_AT_ONCE = 1 << 19  # of whole rows that are finished at once: some 100 bytes each

Task = TypeVar("Task")
Result = TypeVar("Result")


def thread_count(n_threads: int | None) -> int:
    """The number asked for, or every core this process may use."""
    if n_threads is not None:
        return check.integer("n_threads", n_threads, low=1)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run_blocks(
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    n_threads: int | None,
    desc: str,
    progress: bool | None,
) -> Iterator[Result]:
    """Results in the order of the tasks; on an interruption nothing new is started."""
    n_threads = thread_count(n_threads)
    if n_threads == 1 or len(tasks) == 1:
        yield from progress_bar(map(work, tasks), total=len(tasks), desc=desc, show=progress)
        return
    pool = ThreadPoolExecutor(max_workers=n_threads)
    try:
        yield from progress_bar(pool.map(work, tasks), total=len(tasks), desc=desc, show=progress)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def compute(
    job: Job,
    which: Sequence[int],
    keep: Callable[[int, Packed], Any],
    *,
    n_threads: int | None,
    progress: bool | None,
    client: Any = None,
) -> None:
    """Hand the block of each task asked for to `keep(i, block)`, from the thread that made it."""
    if client is not None:
        from csmir.inference.dask_workers import compute_by

        compute_by(client, job, which, keep, progress=progress)
        return

    def work(i: int) -> None:
        keep(i, job.block(job.shared, job.part(job.tasks[i])))

    desc = "cells" if job.by_cells else "pairs"
    for _ in run_blocks(work, which, n_threads=n_threads, desc=desc, progress=progress):
        pass


def run(job: Job, *, n_threads: int | None, progress: bool | None, client: Any = None) -> Networks:
    """The networks of every cell, in memory; computed by the workers of a dask client if there is one."""
    made: dict[int, Packed] = {}
    every = range(len(job.tasks))
    compute(job, every, made.__setitem__, n_threads=n_threads, progress=progress, client=client)
    blocks = [made.pop(i) for i in every]
    if job.by_cells:
        networks = job.finish(stacked(blocks), slice(0, job.n_rows))
    else:
        parts = [
            job.finish(rows_of(blocks, rows, job.bucket, n_threads), slice(rows.start, rows.stop))
            for rows in spans(sum(block.n_per_cell for block in blocks) + np.zeros(job.n_rows, np.int64))
        ]
        blocks.clear()
        networks = joined(parts)
    return networks if job.row_of is None else spread(networks, job.row_of)


def stacked(blocks: Sequence[Packed]) -> Rows:
    """The rows of blocks of cells, one below the other."""
    n_per_cell, pair, value, extra = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    indptr = np.append(0, np.cumsum(n_per_cell))
    index_type = index_type_of(indptr[-1], 0) if pair.dtype == np.int32 else np.int64
    return Rows(indptr.astype(index_type), pair.astype(index_type, copy=False), value, extra)


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


def spans(n_per_row: np.ndarray, at_once: int = ENTRIES_AT_ONCE) -> Iterator[range]:
    """All rows, in ranges of so many entries or of one row."""
    before = np.append(0, np.cumsum(n_per_row))
    start = 0
    while start < len(n_per_row) or start == 0:
        stop = int(np.searchsorted(before, before[start] + at_once, side="right")) - 1
        stop = min(max(stop, start + 1), len(n_per_row))
        yield range(start, stop)
        start = max(stop, 1)


def joined(parts: Sequence[Networks]) -> Networks:
    """Networks of ranges of rows, one below the other; the evidence of pairs is added up."""
    if len(parts) == 1:
        return parts[0]
    n_per_row = np.concatenate([np.diff(part.indptr) for part in parts])
    indptr = np.append(0, np.cumsum(n_per_row, dtype=np.int64))
    index_type = index_type_of(indptr[-1], 0) if parts[0].indices.dtype == np.int32 else np.int64
    sums = parts[0].sums
    for part in parts[1:]:
        sums = sums if sums is None or part.sums is None else sums.more(part.sums)
    return Networks(
        indptr.astype(index_type),
        np.concatenate([part.indices for part in parts]).astype(index_type, copy=False),
        np.concatenate([part.value for part in parts]),
        {name: np.concatenate([part.layers[name] for part in parts]) for name in parts[0].layers},
        sums,
    )


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
