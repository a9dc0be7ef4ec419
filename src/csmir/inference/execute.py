"""Who computes the blocks of a job: threads of this process, or the workers of a dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from csmir.inference.blocks import Job
from csmir.inference.networks import Networks
from csmir.inference.rows import rows_of, spread, stacked
from csmir.inference.threads import run_blocks
from csmir.kernels.packed import Packed


def compute(
    job: Job, which: Sequence[int], keep: Callable[[int, Packed], Any], *, n_threads: int | None, progress: bool | None
) -> None:
    """Hand the block of each task asked for to `keep(i, block)`, from the thread that made it."""

    def work(i: int) -> None:
        keep(i, job.block(job.shared, job.part(job.tasks[i])))

    desc = "cells" if job.by_cells else "pairs"
    for _ in run_blocks(work, which, n_threads=n_threads, desc=desc, progress=progress):
        pass


def run(job: Job, *, n_threads: int | None, progress: bool | None, client: Any = None) -> Networks:
    """The networks of every cell, in memory; computed by the workers of a dask client if there is one."""
    made: dict[int, Packed] = {}
    every = range(len(job.tasks))
    if client is None:
        compute(job, every, made.__setitem__, n_threads=n_threads, progress=progress)
    else:
        from csmir.inference.dask_workers import compute_by

        compute_by(client, job, every, made.__setitem__, progress=progress)
    blocks = [made.pop(i) for i in every]
    rows = stacked(blocks) if job.by_cells else rows_of(blocks, range(job.n_rows), job.bucket, n_threads)
    networks = job.finish(rows, slice(0, job.n_rows))
    return networks if job.row_of is None else spread(networks, job.row_of)
