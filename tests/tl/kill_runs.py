"""Run by `test_out.py` in a process of its own: calls that are killed one after the other, in forks of this process."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

import csmir as cs


def data():
    mdata = cs.datasets.simulated(n_cells=120, n_mirnas=20, n_mrnas=150, seed=3)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=20, seed=1)
    return mdata


def call(mdata, out):
    """In a fork, so that a kill costs no import."""
    pid = os.fork()
    if pid == 0:
        try:
            cs.tl.regulation(mdata, out=out, memory="3MB", n_threads=2, progress=False)
            os._exit(0)
        except BaseException as e:
            print(repr(e), file=sys.stderr, flush=True)
            os._exit(1)
    return pid


def blocks(out):
    folder = Path(f"{out}.partial/blocks")
    return {p.name: p.stat().st_mtime_ns for p in sorted(folder.glob("??????"))} if folder.is_dir() else {}


def main(folder, n_kills):
    mdata = data()
    cs.tl.regulation(mdata, mdata.uns["prior"], n_threads=1)  # compiled code is loaded before the forks
    start = time.perf_counter()
    if os.waitpid(call(mdata, f"{folder}/straight.zarr"), 0)[1]:
        sys.exit("the run without a kill failed")
    whole = time.perf_counter() - start
    out, rng = f"{folder}/killed.zarr", np.random.default_rng(0)
    seen: list[int] = []
    n_killed = 0
    for share in np.sort(rng.uniform(0.08, 0.45, n_kills)):
        before = blocks(out)
        pid = call(mdata, out)
        time.sleep(float(share) * whole)
        os.kill(pid, signal.SIGKILL)
        n_killed += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        after = blocks(out)
        if not os.path.exists(out) and any(after.get(k) != v for k, v in before.items()):
            sys.exit("a block that was done was made again")
        seen.append(len(after))
    status = os.waitpid(call(mdata, out), 0)[1]
    print(json.dumps({"status": status, "blocks": seen, "killed": n_killed, "seconds": whole}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
