"""`csmir run` killed at random moments: nothing half-written, and the next call finishes with the same tables.

python -m benchmarks.kills [kills]
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import csmir as cs
from csmir._files.output import MANIFEST
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


def main(n_kills: int) -> None:
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
        n_killed = n_whole = n_kept = 0
        for share in np.random.default_rng(0).uniform(0.05, 0.98, n_kills):
            pid = call("killed")
            time.sleep(float(share) * seconds)
            os.kill(pid, signal.SIGKILL)
            n_killed += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
            n_whole += whole(Path("killed"))
            n_kept += Path("killed").exists()
        finished = Path("killed/tables").exists() or os.waitpid(call("killed"), 0)[1] == 0
        tables = [
            {p.name: p.read_bytes() for p in Path(out, "tables").rglob("*") if p.is_file()}
            for out in ("straight", "killed")
        ]
        print(f"{n_killed} kills of csmir run: {n_whole} of {n_kills} left nothing half-written, {n_kept} networks")
        print(f"the next call finishes: {finished}; the same tables: {tables[0] == tables[1]}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
