"""Runs on disk: blocks in files beside the result, which comes into being whole; what is there is not computed again.

`run.zarr.partial/` holds the plan (what is computed, from what, in which blocks), a file for each block that is done,
and the result while it is put together; `run.zarr` appears by a rename at the end.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
from anndata import AnnData

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.blocks import Job
from csmir.inference.on_disk.block_files import is_whole, replace, write_block
from csmir.inference.on_disk.fingerprint import NOTHING
from csmir.inference.on_disk.seal import ROOT, Damaged, damage, opened, sealed
from csmir.inference.on_disk.zarr_rows import COUNTS, PROGRESS, Written, put_together, run_of

PARTIAL = ".partial"
PLAN = "plan.json"
BLOCKS = "blocks"
RESULT = "networks.zarr"
LOCK = "lock"
TRIAL = "trial-"
FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))  # no EDQUOT on Windows


class Folder:
    """The folder of one run, whole or not yet."""

    def __init__(self, out: str | os.PathLike[str], fingerprint: dict[str, Any]) -> None:
        if not isinstance(out, str | os.PathLike) or not os.fspath(out):
            raise InputError(f"`out` must be the path of a folder to make, such as 'run.zarr'; found {out!r}.")
        self.path = check.path("out", out).resolve()
        self.partial = check.path("out", self.path.parent / (self.path.name + PARTIAL))
        self.fingerprint = fingerprint
        self.done = self.path.exists()
        if self.done:
            self._refuse_another(run_of(self.path), self.path)
            self._start_over_if_damaged()
        elif (self.partial / PLAN).exists():
            self._refuse_another(self._plan()["run"], self.partial)

    def _refuse_another(self, there: dict[str, Any] | None, path: Path) -> None:
        if there is None and (path / "X").is_dir() and (path / "var").is_dir():
            raise InputError(
                f"`out`: {str(path)!r} looks like networks of csmir, but its {ROOT} is missing or damaged, and says no "
                "more which run they are of. Delete that folder to start over, or name another."
            )
        if there is None:
            raise InputError(
                f"`out`: {str(path)!r} exists and holds no networks that csmir wrote there. Name a folder that does "
                "not exist yet."
            )
        changed = differences(there, self.fingerprint)
        if changed:
            raise InputError(
                f"`out`: {str(path)!r} holds another run, and this one differs in {'; '.join(changed)}. Name another "
                "folder, or delete that one to start over."
            )

    def _start_over_if_damaged(self) -> None:
        bad = damage(self.path, everything=True)
        if bad:
            logger.warning(
                "%s: %d of its files are missing or damaged and it is computed again: %s",
                *(self.path.name, len(bad), ", ".join(bad[:5])),
            )
            self.clear()  # an unfinished run is not beside a finished one, unless of this very run
            self._make()
            os.replace(self.path, self.partial / RESULT)  # no state says how far it came: it is written anew
            self.done = False

    def _plan(self) -> dict[str, Any]:
        try:
            text = (self.partial / PLAN).read_bytes()
            return _of_before(text) or opened(text)
        except PermissionError as e:
            raise self._said(e) or e from None
        except (Damaged, OSError):
            raise InputError(
                f"`out`: {str(self.partial / PLAN)!r} is damaged, and says no more which run was begun there. "
                f"Delete {str(self.partial)!r} to start over."
            ) from None

    def _make(self) -> None:
        try:
            self.partial.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            where = str(e.filename or self.path)
            raise InputError(f"`out`: cannot write {where!r}: {e.strerror}. Choose another folder.") from None

    def sizes(self, **sizes: int) -> dict[str, int]:
        """Sizes that the blocks are cut by: those of the first call, so that a later one finds the same blocks."""
        plan = self.partial / PLAN
        if plan.exists():
            return self._plan()["sizes"]
        self._make()
        replace(plan, lambda file: file.write(sealed({"run": self.fingerprint, "sizes": sizes})))
        return sizes

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out; the system lets go of the lock when this one ends, however it ends."""
        self._make()
        try:
            with open(self.partial / LOCK, "w") as file:
                try:
                    import fcntl

                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise InputError(
                        f"`out`: another process is at work on {str(self.path)!r}. Wait for it, or name another folder."
                    ) from None
                except (ImportError, OSError):  # Windows, and disks of other machines that know no locks
                    pass
                yield
        except OSError as e:
            raise self._said(e) or e from None

    def _said(self, e: OSError) -> InputError | None:
        """What the disk said and what to do, if it is about this folder."""
        if e.errno in FULL:
            return InputError(f"`out`: {e.strerror}. Make room and repeat the call: it goes on where it stopped.")
        path = e.filename2 or e.filename
        if not str(path).startswith(str(self.partial)):
            return None
        forbidden = isinstance(e, PermissionError) or e.errno == errno.EROFS
        return InputError(
            f"`out`: cannot use {str(path)!r}: {e.strerror}. "
            + ("Allow it, or name another folder." if forbidden else f"Delete {str(self.partial)!r} to start over.")
        )

    def refuse_unkept(self, obs: pd.DataFrame) -> None:
        """Columns of the cells that no zarr keeps are said before the work, not at its end: each is written once."""
        import zarr
        from anndata.io import write_elem

        with TemporaryDirectory(dir=self.partial, prefix=TRIAL) as trial:
            group = zarr.open_group(trial, mode="w")
            for name in obs:
                try:
                    write_elem(group, "obs", obs[[name]])
                except Exception as e:  # zarr and anndata fail in many ways
                    if isinstance(e, OSError) and e.errno in FULL:
                        raise  # nothing is wrong with the column
                    reason = str(e).split("\n")[0]
                    raise InputError(
                        f"`out`: the column {check.listing([name])} of mdata.obs cannot be written to a zarr folder "
                        f"({reason[:200]}). Rename it, convert it (.astype(str)), or leave it out."
                    ) from None

    def fill(
        self,
        job: Job,
        compute: Callable[[Job, Sequence[int], Callable[[int, Any], Any]], None],
        skeleton: Callable[[Written], AnnData],
        *,
        memory: int,
        n_threads: int | None,
    ) -> None:
        """Compute the blocks that are not there, and put the result together.

        `compute(job, which, keep)` hands block `i` of those asked for to `keep(i, block)`, in any order and from any
        thread; `skeleton` makes the AnnData around the matrices.
        """
        folder = self.partial / BLOCKS
        folder.mkdir(exist_ok=True)
        files = [folder / f"{i:06d}" for i in range(len(job.tasks))]
        before = _of_before((self.partial / PLAN).read_bytes()) is not None
        states = [is_whole(path) for path in files]
        if before:
            states = [is_whole(p, named=False) if s is False else s for p, s in zip(files, states, strict=True)]
        missing = [i for i, state in enumerate(states) if not state]
        n_there, n_broken = sum(state is True for state in states), sum(state is False for state in states)
        if n_broken:
            names = ", ".join(path.name for path, state in zip(files, states, strict=True) if state is False)
            logger.warning("%s: %d blocks are damaged and computed again: %s", self.path.name, n_broken, names)
        if n_there:
            logger.info("%s: %d of %d blocks are there, going on with the rest", self.path.name, n_there, len(files))
        compute(job, missing, lambda i, block: write_block(files[i], block))
        put_together(job, files, self.partial / RESULT, skeleton, self.fingerprint, memory=memory, n_threads=n_threads)
        os.replace(self.partial / RESULT, self.path)
        self.done = True

    def clear(self) -> None:
        """Remove what only an unfinished run needs, and nothing that somebody else put there."""
        if not self.done or not self.partial.exists():
            return
        for name in (BLOCKS, RESULT, LOCK, *(file + "*" for file in (PLAN, COUNTS, PROGRESS, TRIAL))):
            for path in self.partial.glob(name):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        if next(self.partial.iterdir(), None):
            logger.info("%s stays: it holds files that csmir did not write", self.partial)
        else:
            self.partial.rmdir()


def _of_before(text: bytes) -> dict[str, Any] | None:
    """The plan of a run that version 0.1.0 began, which has no sum; None for any other."""
    try:
        plan = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return plan if isinstance(plan, dict) and set(plan) == {"run", "sizes"} else None


def differences(there: dict[str, Any], here: dict[str, Any]) -> list[str]:
    """What differs between two runs, in words."""
    words = []
    for name in dict.fromkeys([*there, *here]):
        # what an earlier version did not know is the same as what this run is not computed from
        a, b = (None if run.get(name) == NOTHING else run.get(name) for run in (there, here))
        if a == b:
            continue
        if isinstance(a, dict) and isinstance(b, dict):
            each = [k for k in dict.fromkeys([*a, *b]) if a.get(k) != b.get(k)]
            words += [f"{k} ({a.get(k)!r} there, {b.get(k)!r} now)" for k in each]
        elif name == "version":
            words.append(f"the version of csmir ({a} there, {b} now)")
        elif name == "arithmetic":
            words.append(f"how the statistic is computed (version {a or 1} there, {b or 1} now)")
        else:
            words.append(f"the {name}")
    return words
