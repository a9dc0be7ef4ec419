"""`csmir run`, and calls with `out=`, killed at random moments: nothing half-written, and the next call finishes.

python -m benchmarks.kills [kills]
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import csmir as cs
from csmir._files.staging import MANIFEST, PARTIAL
from csmir.cli import main as csmir


def call(out: str) -> int:
    """In a fork, so that a kill costs no import."""
    pid = os.fork()
    if pid == 0:
        files = ["--mirna", "mirna.tsv", "--mrna", "mrna.tsv", "--prior", "prior.csv"]
        os._exit(csmir(["run", *files, "--runs", "20", "--null", "3", "--threads", "1", "--out", out, "--quiet"]))
    return pid


def whole(out: Path) -> bool:
    """Whether the folder is not there yet, or holds what its list says, and networks that can be read."""
    if not out.exists():
        return True
    listed = (out / MANIFEST).read_text().split()
    cs.io.read(out / "csmir.h5mu")
    return all((out / name).is_file() for name in listed)


def onto_disk(mdata, out: str) -> int:
    """In a fork: networks onto the disk, in many blocks."""
    pid = os.fork()
    if pid == 0:
        cs.tl.regulation(mdata, out=out, memory="1MB", n_threads=1, progress=False)
        os._exit(0)
    return pid


def content(folder: str) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in Path(folder).rglob("*") if p.is_file()}


def kill_onto_disk(n_kills: int) -> None:
    """One run, killed again and again as it goes on, and begun anew whenever it got to its end."""
    importlib.import_module("csmir.tl")  # once, not in every fork

    mdata = cs.datasets.simulated(n_cells=150, n_mirnas=20, n_mrnas=150, seed=3)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=30, seed=1)
    os.waitpid(onto_disk(mdata, "warm.zarr"), 0)
    start = time.perf_counter()
    os.waitpid(onto_disk(mdata, "straight.zarr"), 0)
    seconds = time.perf_counter() - start
    straight, rng = content("straight.zarr"), np.random.default_rng(0)
    n_killed = n_whole = n_blocks = tries = 0
    while n_killed < n_kills and tries < 10 * n_kills:
        tries += 1
        pid = onto_disk(mdata, "killed.zarr")
        time.sleep(float(rng.uniform(0.05, 0.6)) * seconds)
        os.kill(pid, signal.SIGKILL)
        was_killed = os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        n_killed += was_killed
        if Path("killed.zarr").exists():
            n_whole += was_killed and content("killed.zarr") == straight
            shutil.rmtree("killed.zarr")
        else:
            n_whole += was_killed
            n_blocks = max(n_blocks, len(list(Path("killed.zarr.partial/blocks").glob("[0-9]*"))))
    finished = os.waitpid(onto_disk(mdata, "killed.zarr"), 0)[1] == 0
    same = content("killed.zarr") == straight and not Path("killed.zarr.partial").exists()
    print(f"{n_killed} kills of out=: {n_whole} left nothing half-written (up to {n_blocks} blocks kept)")
    print(f"the next call finishes: {finished}; the same bytes: {same}", flush=True)


def main(n_kills: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        kill_onto_disk(n_kills)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        mdata = cs.datasets.simulated(n_cells=40, n_mirnas=15, n_mrnas=120, seed=3)
        for key in ("mirna", "mrna"):
            mdata[key].to_df().T.to_csv(f"{key}.tsv", sep="\t")
        mdata.uns["prior"].to_csv("prior.csv", index=False)
        os.waitpid(call("warm"), 0)
        start = time.perf_counter()
        assert os.waitpid(call("straight"), 0)[1] == 0
        seconds = time.perf_counter() - start
        n_killed = n_whole = n_kept = tries = 0
        rng = np.random.default_rng(0)
        while n_killed < n_kills and tries < 10 * n_kills:
            tries += 1
            pid = call("killed")
            time.sleep(float(rng.uniform(0.05, 0.98)) * seconds)
            os.kill(pid, signal.SIGKILL)
            was_killed = os.WIFSIGNALED(os.waitpid(pid, 0)[1])
            n_killed += was_killed
            n_whole += was_killed and whole(Path("killed"))
            n_kept += was_killed and Path("killed").exists()
            if Path("killed/tables").exists():  # it was through before the kill: begin anew
                shutil.rmtree("killed")
        finished = Path("killed/tables").exists() or os.waitpid(call("killed"), 0)[1] == 0
        tables = [
            {p.name: p.read_bytes() for p in Path(out, "tables").rglob("*") if p.is_file()}
            for out in ("straight", "killed")
        ]
        print(f"{n_killed} kills of csmir run: {n_whole} left nothing half-written, {n_kept} networks")
        left = len([*Path().glob(PARTIAL + "*"), *Path("killed").glob(PARTIAL + "*")])
        print(f"the next call finishes: {finished}; the same tables: {tables[0] == tables[1]}; left-overs: {left}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
