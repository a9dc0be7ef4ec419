"""Data sets through methods, once each: what was measured before is read from the cache."""

from __future__ import annotations

import json
import os
import re
import sys
import zlib
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from benchmarks.evidence.methods import Method
from benchmarks.evidence.settings import Setting

if TYPE_CHECKING:
    from benchmarks.evidence.dataset import Dataset


class Job(NamedTuple):
    """One data set and what is to be run on it."""

    setting: Setting
    seed: int
    methods: tuple[Method, ...]


class Plan(NamedTuple):
    """What a table wants measured."""

    label: str
    setting: Setting
    methods: tuple[Method, ...]
    seeds: int
    first: int = 0  # of the seeds

    @property
    def each(self) -> range:
        """The seeds."""
        return range(self.first, self.first + self.seeds)


def measure(
    plans: Iterable[Plan], *, cache: Path | None, processes: int = 1, redo: bool = False, kept: bool = False
) -> pd.DataFrame:
    """One row a setting, seed and method, with its figures; `kept` takes only what is in the cache."""
    plans = list(plans)
    wanted: dict[tuple[Setting, int], dict[str, Method]] = {}
    for plan in plans:
        for seed in plan.each:
            wanted.setdefault((plan.setting, seed), {}).update({repr(m): m for m in plan.methods})
    jobs, rows = [], {}
    for (setting, seed), methods in wanted.items():
        missing = []
        for method in methods.values():
            path = None if cache is None else _path(cache, setting, seed, method)
            if path is not None and path.exists() and not redo:
                rows[setting, seed, repr(method)] = json.loads(path.read_text())
            else:
                missing.append(method)
        if missing and kept:
            rows |= {(setting, seed, repr(m)): {} for m in missing}
        elif missing:
            jobs.append(Job(setting, seed, tuple(missing)))
    for job, found in zip(jobs, _run(jobs, processes), strict=True):
        for method, row in zip(job.methods, found, strict=True):
            rows[job.setting, job.seed, repr(method)] = row
            if cache is not None and "failed" not in row:
                path = _path(cache, job.setting, job.seed, method)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(row, indent=1))
    out = [
        {"label": plan.label, "method": m.name, "seed": seed, "n": plan.setting.n_cells}
        | rows[plan.setting, seed, repr(m)]
        for plan in plans
        for m in plan.methods
        for seed in plan.each
    ]
    return pd.DataFrame(out)


def one(job: Job) -> list[dict[str, Any]]:
    """Figures of every method on one data set."""
    from benchmarks.evidence.dataset import make

    data = make(job.setting, job.seed)
    return [_figures(data, method) for method in job.methods]


def _figures(data: Dataset, method: Method) -> dict[str, Any]:
    """Figures, or why there are none: one failure should not cost a night's run."""
    from benchmarks.evidence.measure import figures
    from benchmarks.evidence.methods import find

    try:
        return figures(data, find(data, method))
    except Exception as error:
        print(
            f"{method.name} on {data.setting.key}, seed {data.seed}: {type(error).__name__}: {error}", file=sys.stderr
        )
        return {"failed": f"{type(error).__name__}: {error}"}


def _run(jobs: list[Job], processes: int) -> Iterable[list[dict[str, Any]]]:
    if processes == 1 or len(jobs) < 2:
        yield from map(one, jobs)
        return
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(one, jobs)


def _path(cache: Path, setting: Setting, seed: int, method: Method) -> Path:
    """A readable name; what options say is in it, too."""
    name = re.sub(r"[^\w.-]+", "-", method.name)
    what = zlib.crc32(repr(method).encode())
    return cache / setting.key / f"{seed}_{name}_{what:08x}.json"
