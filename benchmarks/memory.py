"""What a run takes beside the data and the result: at most `memory` and 150 MB, for every statistic.

    python -m benchmarks.memory [--cells 2000] [--pairs 60000] [--memory 100]

Each statistic runs in a process of its own, on independent genes, after a small run that compiles. The peak is that of
the process (Linux: VmHWM, set back before the call). Exit code 1 if one statistic takes more.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

MB = 10**6
SPARE = 150 * MB
OPTIONS: dict[str, dict[str, Any]] = {
    "csn": {"statistic": "csn", "pseudo_cells": False},
    "csn, sparse": {"statistic": "csn", "pseudo_cells": False},
    "exact": {"statistic": "exact"},
    "exact, neighbours": {"statistic": "exact", "neighbors": "expression"},
    "exact, groups": {"statistic": "exact", "groups": "side"},
    "local": {"statistic": "local"},
    "local, sparse": {"statistic": "local"},
    "local, both sides": {"statistic": "local", "both_sides": True},
    "local, groups": {"statistic": "local", "groups": "side"},
}


def resident(field: str) -> int:
    """Bytes of this process: `VmRSS` now, `VmHWM` at most since `forget`."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def forget() -> None:
    """Set the peak back to what is taken now."""
    Path("/proc/self/clear_refs").write_text("5")


def size(adata: Any) -> int:
    """Bytes of the networks."""
    parts = [adata.X, *(adata.layers[name] for name in adata.layers if name is not None)]
    shared = parts[0].indices.nbytes + parts[0].indptr.nbytes
    return int(sum(p.data.nbytes for p in parts) + shared + adata.var.memory_usage(deep=True).sum())


def one(name: str, n_cells: int, n_pairs: int, memory: int, threads: int) -> None:
    """Print the peak over the start, and the bytes of the result."""
    import gc
    import warnings

    import csmir as cs
    from benchmarks.scale.whole import simulated

    warnings.simplefilter("ignore")
    for cells, pairs in ((100, 500), (n_cells, n_pairs)):
        mdata, net = simulated(cells, pairs, 0.7 if "sparse" in name else 0.0)
        mdata.obs["side"] = ["a", "b"] * (cells // 2)
        gc.collect()
        start = resident("VmRSS")
        forget()
        cs.tl.regulation(mdata, net, memory=memory, n_threads=threads, progress=False, **OPTIONS[name])
    print(resident("VmHWM") - start, size(mdata["regulation"]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=2_000)
    parser.add_argument("--pairs", type=int, default=60_000)
    parser.add_argument("--memory", type=int, default=100, help="MB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=OPTIONS, default=None)
    parser.add_argument("--child", choices=OPTIONS, default=None, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child is not None:
        one(given.child, given.cells, given.pairs, given.memory * MB, given.threads)
        return 0
    print(f"{given.cells:,} cells, {given.pairs:,} pairs, memory {given.memory} MB; in MB")
    print(f"{'statistic':<20}{'peak':>8}{'result':>8}{'beside':>8}{'bound':>8}")
    over = 0
    for name in OPTIONS if given.only is None else [given.only]:
        run = subprocess.run(
            [sys.executable, "-m", "benchmarks.memory", *sys.argv[1:], "--child", name],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        peak, result = map(int, run.stdout.split()[-2:])
        beside, bound = peak - result, given.memory * MB + SPARE
        over += beside > bound
        words = " over" if beside > bound else ""
        print(f"{name:<20}{peak / MB:8.0f}{result / MB:8.0f}{beside / MB:8.0f}{bound / MB:8.0f}{words}", flush=True)
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
