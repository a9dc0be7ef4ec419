"""Blocks of work over threads: in order, with a progress bar, and interrupted cleanly."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from csmir import _validate as check
from csmir._log import progress_bar

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
