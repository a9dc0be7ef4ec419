"""Run by `test_out.py` in a process of its own: calls that are killed one after the other, in forks of this process."""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
from pathlib import Path

import csmir as cs
from csmir.inference.on_disk import block_files

MOMENTS = ("before", "during", "after")


def data():
    mdata = cs.datasets.simulated(n_cells=120, n_mirnas=20, n_mrnas=150, seed=3)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=20, seed=1)
    return mdata


def call(mdata, out, kill=None):
    """In a fork, so that a kill costs no import; `kill` is which of its blocks, and when."""
    pid = os.fork()
    if pid == 0:
        try:
            if kill is not None:
                block_files.replace = killed_at(*kill)
            cs.tl.regulation(mdata, out=out, memory="3MB", n_threads=2, progress=False)
            os._exit(0)
        except BaseException as e:
            print(repr(e), file=sys.stderr, flush=True)
            os._exit(1)
    return pid


def killed_at(which, moment):
    """Write blocks, and be killed at one of them: before, with half a file written, or after."""
    write_whole, count = block_files.replace, itertools.count(1)

    def half(file):
        file.write(b"half")
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    def replace(path, write):
        here = next(count) == which
        if here and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        write_whole(path, half if here and moment == "during" else write)
        if here and moment == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    return replace


def blocks(out):
    folder = Path(f"{out}.partial/blocks")
    return {p.name: p.stat().st_mtime_ns for p in sorted(folder.glob("??????"))} if folder.is_dir() else {}


def main(folder, n_kills):
    mdata = data()
    cs.tl.regulation(mdata, mdata.uns["prior"], n_threads=1)  # compiled code is loaded before the forks
    if os.waitpid(call(mdata, f"{folder}/straight.zarr"), 0)[1]:
        sys.exit("the run without a kill failed")
    out = f"{folder}/killed.zarr"
    seen: list[int] = []
    n_killed = 0
    for i in range(n_kills):
        before = blocks(out)
        n_killed += os.WIFSIGNALED(
            os.waitpid(call(mdata, out, (1 + i // len(MOMENTS), MOMENTS[i % len(MOMENTS)])), 0)[1]
        )
        after = blocks(out)
        if any(after.get(k) != v for k, v in before.items()):
            sys.exit("a block that was done was made again")
        seen.append(len(after))
    status = os.waitpid(call(mdata, out), 0)[1]
    print(json.dumps({"status": status, "blocks": seen, "killed": n_killed}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
