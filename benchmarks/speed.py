"""How fast the K562 networks come, with the plain oracle timed in the same run: `python -m benchmarks.speed`."""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from scipy.stats import norm

import csmir as cs
from benchmarks._k562 import data_folder, k562, targetscan
from csmir.inference.execute import run_blocks
from csmir.kernels import all_pairs
from csmir.kernels.boxes import make_boxes
from csmir.kernels.statistic import cutoff_table

THREADS = 2


def best_of(work, times=3):
    """Seconds of the fastest of a few calls, the first of which compiles."""
    work()
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took)


def oracle_seconds(x, y, weights, n_pairs=40):
    """Seconds per (pair, cell, run) of the formulas in plain Python."""
    path = Path(__file__).resolve().parents[1] / "tests" / "kernels" / "oracle.py"
    spec = importlib.util.spec_from_file_location("oracle", path)
    oracle = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(oracle)
    rng = np.random.default_rng(0)
    start = time.perf_counter()
    for _ in range(n_pairs):
        oracle.csn_z(x[rng.integers(len(x))], y[rng.integers(len(y))], weights[rng.integers(len(weights))])
    return (time.perf_counter() - start) / (n_pairs * x.shape[1])


def significance(x, y, weights):
    """In how many runs each of all pairs is over the cutoff, in every cell: sorting, boxes and counts."""
    lanes = all_pairs.make_lanes(
        make_boxes(x, weights, 0.1), weights, cutoff_table(int(weights[0].sum()), norm.isf(0.01))
    )
    n_cells, width = x.shape[1], lanes.weight.shape[-1]

    def work(first):
        boxes = make_boxes(y[first : first + all_pairs.MRNAS_AT_ONCE], weights, 0.1)
        counts = np.zeros((n_cells, len(boxes.order), width), np.uint8)
        all_pairs.count_runs(*lanes, boxes.order, boxes.group, boxes.lo, boxes.hi, boxes.size, counts)
        return (2 * counts[:, :, : len(x)] > len(weights)).sum()

    tasks = range(0, len(y), all_pairs.MRNAS_AT_ONCE)
    return sum(run_blocks(work, tasks, n_threads=THREADS, desc="", progress=False))


def cold_command():
    """Seconds of `csmir run` on the GCT files in a new process."""
    data = data_folder()
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable, "-m", "csmir.cli", "run", "--quiet", "--out", f"{folder}/out",
            "--mirna", str(data / "k562" / "GSE114071_NW_scsmRNA_K562_norm_log2.gct.gz"),
            "--mrna", str(data / "k562" / "GSE114071_NW_half_cell_K562_RNAseq_processed_data.gct.gz"),
            "--prior", str(data / "targets" / "targetscan_7.0_human.tsv.gz"),
            "--pair-by", r"(?:HalfCell|hcRNAseq)_(\d+)$",
            "--mirna-scale", "log2", "--mrna-floor", "0.125", "--missing", "zero",
        ]  # fmt: skip
        start = time.perf_counter()
        subprocess.run(command, check=True)
        return time.perf_counter() - start


def import_seconds(times=5):
    """What `import csmir` and entering each of its rooms add to importing mudata."""
    code = (
        "import time, mudata; t = time.perf_counter(); import csmir\n"
        "for room in csmir.__all__: getattr(csmir, room)\n"
        "print(time.perf_counter() - t)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(times)
    ]
    return min(float(r.stdout) for r in runs)


def main():
    """Print one line a measurement: seconds, the target, and the ratio to the oracle where there is one."""
    warnings.simplefilter("ignore")
    mdata, net = k562(), targetscan()
    cs.pp.bootstrap_cells(mdata, n_runs=100, seed=1)
    x, y = (np.ascontiguousarray(mdata[key].X.T, dtype=float) for key in ("mirna", "mrna"))
    weights = np.ascontiguousarray(mdata.obsm["csmir_bootstrap"].T, dtype=np.int64)
    n_units = len(x) * len(y) * x.shape[1] * len(weights)
    oracle = oracle_seconds(x, y, weights)
    print(f"{len(x) * len(y):,} pairs x {x.shape[1]} cells x {len(weights)} runs, {THREADS} threads")
    print(f"oracle in plain Python: {oracle * 1e9:,.0f} ns per (pair, cell, run)")

    def report(name, seconds, target, units=None):
        ratio = ""
        if units is not None:
            ratio = f", {seconds / units * 1e9:.3f} ns a unit, oracle / csmir = {oracle * units / seconds:,.0f}"
        print(f"{name}: {seconds:.2f} s (target {target} s){ratio}")

    report("which of all pairs are significant", best_of(lambda: significance(x, y, weights)), 3, n_units)
    options = {"n_threads": THREADS, "progress": False}
    report("network over the prior", best_of(lambda: cs.tl.regulation(mdata, net, **options), 5), 0.3)
    report("network over all pairs, whole call", best_of(lambda: cs.tl.regulation(mdata, **options), 2), 10, n_units)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB (target 4)")
    report("csmir run on the GCT files, new process", cold_command(), 20)
    report("import csmir and its rooms, on top of mudata", import_seconds(), 0.5)


if __name__ == "__main__":
    main()
