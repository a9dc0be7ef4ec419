"""How time and memory grow with the number of cells: `python -m benchmarks.scale [--quick] [--whole]`.

One pair of genes in every cell: csmir's kernels (significant cells kept), cells x cells matrices in NumPy, and the
oracle in plain Python, timed in one run and checked against each other. Every number comes from a process of its own,
whose peak memory is its own. `--whole` times `cs.tl.regulation` on 10,000 cells x 60,000 pairs too, in memory and with
`out=`; `--local 1000 10000` times it with statistic="local" on as many cells, by default and with factors=0;
`--files 1000 100000` from h5ad files opened backed to networks on the disk. `--cost` says what very many cells and
pairs take, from costs per unit measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

CELLS = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
ZEROS = (0.0, 0.3, 0.8)
COST_CELLS = (100_000, 1_000_000)
COST_PAIRS = (100_000, 1_000_000)
TESTS = ("exact", "local")
RIVAL_LIMIT = 10_000  # cells x cells booleans take 100 MB a gene


def measure(contender: str, n_cells: int, zeros: float, threads: int, work: int) -> dict[str, float]:
    """Run one contender in a process of its own; seconds per pair and peak memory in MB."""
    call = [sys.executable, "-m", "benchmarks.scale", "--measure", contender, str(n_cells), str(zeros), str(work)]
    done = subprocess.run([*call, "--threads", str(threads)], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def run_one(contender: str, n_cells: int, zeros: float, threads: int, work: int) -> None:
    """In that process: print the numbers as JSON."""
    from benchmarks.scale import contenders, whole

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if contender == "csmir":
        found = contenders.csmir(n_cells, zeros, threads, work)
    elif contender in ("whole", "disk"):
        found = whole.regulation(n_cells, work, zeros, threads, disk=contender == "disk")
    elif contender in TESTS:
        found = whole.regulation(n_cells, work, zeros, threads, statistic=contender)
    elif contender == "files":
        found = from_files(n_cells, zeros, threads, work)
    elif contender == "local0":
        found = whole.regulation(n_cells, work, zeros, threads, statistic="local", factors=0)
    else:
        found = getattr(contenders, contender)(n_cells, zeros)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(found | {"peak": peak / 1024, "grown": (peak - before) / 1024}))


def from_files(n_cells: int, zeros: float, threads: int, n_pairs: int) -> dict[str, float]:
    """The local test from files; they are written by another process, for the memory to be that of the test."""
    from benchmarks.scale import whole

    with tempfile.TemporaryDirectory() as folder:
        writer = multiprocessing.get_context("spawn").Process(
            target=whole.write_files, args=(Path(folder), n_cells, zeros)
        )
        writer.start()
        writer.join()
        return whole.from_files(Path(folder), n_pairs, threads)


def growth(cells: list[int], seconds: list[float]) -> float:
    """Exponent a of seconds ~ cells ** a, fitted over all sizes given."""
    return float(np.polyfit(np.log(cells), np.log(seconds), 1)[0])


def table(zeros: float, cells: tuple[int, ...], threads: int, work: int) -> None:
    """Print the lines of one share of zeros, and the exponents."""
    print(f"\n{zeros:.0%} zeros; ns per (pair, cell), of the wall on {threads} threads and of the processors")
    heads = (
        "cells",
        "wall",
        "cpu",
        "sort a gene",
        "MB",
        "matrices cpu",
        "MB",
        "oracle cpu",
        "x matrices",
        "x oracle",
        "kept",
    )
    print(" ".join(f"{h:>12}" for h in heads))
    seconds: dict[str, dict[int, float]] = {"csmir": {}, "matrices": {}, "oracle": {}}
    for n in cells:
        ours = measure("csmir", n, zeros, threads, work)
        rivals = {k: measure(k, n, zeros, 1, work) if n <= RIVAL_LIMIT else None for k in ("matrices", "oracle")}
        for name, found in {"csmir": ours, **rivals}.items():
            if found:
                seconds[name][n] = found["cpu"]
        row = [f"{n:,}", *(f"{ours[k] / n * 1e9:.2f}" for k in ("wall", "cpu", "sort")), f"{ours['peak']:.0f}"]
        for name in ("matrices", "oracle"):
            theirs = rivals[name]
            row.append(f"{theirs['cpu'] / n * 1e9:,.0f}" if theirs else "-")
            if name == "matrices":
                row.append(f"{theirs['peak']:.0f}" if theirs else "-")
        row += [f"{theirs['cpu'] / ours['cpu']:,.0f}" if theirs else "-" for theirs in rivals.values()]
        print(" ".join(f"{v:>12}" for v in [*row, f"{ours['share']:.1%}"]), flush=True)
    fits = {k: growth(list(v), list(v.values())) for k, v in seconds.items()}
    large = {n: s for n, s in seconds["csmir"].items() if n >= 1_000}
    fits["csmir from 1,000 cells"] = growth(list(large), list(large.values()))
    print("growth of a pair's time with the cells: " + ", ".join(f"{k} n^{v:.2f}" for k, v in fits.items()))


def local(cells: list[int], threads: int) -> None:
    """Print the whole call of the local test on each number of cells, and how its time grows."""
    n_pairs = 60_000
    for kind, words in (("local", "by default"), ("local0", "with factors=0")):
        seconds = []
        for n in cells:
            w = measure(kind, n, 0.3, threads, n_pairs)
            seconds.append(w["wall"])
            print(
                f"local {words}, {n:,} cells x {n_pairs:,} pairs, 30% zeros: {w['wall']:.2f} s, {w['cpu']:.2f} s of "
                f"the processors, peak {w['peak']:,.0f} MB, of which {w['grown']:,.0f} MB since the imports",
                flush=True,
            )
        if len(cells) > 1:
            print(f"    growth n^{growth(cells, seconds):.2f}")


def files(cells: list[int], threads: int) -> None:
    """Print the local test from h5ad files opened backed to networks on the disk, and how its time grows."""
    n_pairs, seconds = 60_000, []
    for n in cells:
        w = measure("files", n, 0.3, threads, n_pairs)
        seconds.append(w["wall"])
        print(
            f"local from h5ad files to the disk, {n:,} cells x {n_pairs:,} pairs, 30% zeros: {w['wall']:.1f} s, of "
            f"which {w['opened']:.1f} s to open them, {w['cpu']:.1f} s of the processors, peak {w['peak']:,.0f} MB, of "
            f"which {w['grown']:,.0f} MB since the start",
            flush=True,
        )
    if len(cells) > 1:
        print(f"    growth n^{growth(cells, seconds):.2f}")


def cost(threads: int, quick: bool) -> None:
    """What very many cells and pairs take, from costs per unit."""
    n_cells, n_pairs = (2_000, 10_000) if quick else (10_000, 20_000)
    disk = measure("disk", n_cells, 0.3, threads, n_pairs)
    per_entry = disk["bytes"] / disk["edges"]
    print(f"\non the disk {per_entry:.1f} bytes an edge; a call with out= took {disk['wall']:.1f} s")
    heads = ("cells", "pairs", "zeros", "ns a unit", "hours on 1", "on 64", "kept", "GB on disk")
    print(" ".join(f"{h:>12}" for h in heads))
    for zeros in (0.3, 0.8):
        for n in COST_CELLS:
            unit = measure("csmir", n, zeros, threads, 2_000_000 if quick else 16_000_000)
            for pairs in COST_PAIRS:
                hours = unit["cpu"] * pairs / 3600
                size = unit["share"] * n * pairs * per_entry / 1e9
                row = (f"{n:,}", f"{pairs:,}", f"{zeros:.0%}", f"{unit['cpu'] / n * 1e9:.1f}", f"{hours:,.1f}")
                row += (f"{hours / 64:,.2f}", f"{unit['share']:.1%}", f"{size:,.0f}")
                print(" ".join(f"{v:>12}" for v in row), flush=True)


def main() -> None:
    """Print tables for each share of zeros, and the whole job if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three sizes, 30 %% zeros, less work")
    parser.add_argument("--whole", action="store_true", help="cs.tl.regulation on 10,000 cells x 60,000 pairs too")
    parser.add_argument("--local", type=int, nargs="+", metavar="CELLS", help="the local test on so many cells, alone")
    parser.add_argument("--files", type=int, nargs="+", metavar="CELLS", help="the local test from backed h5ad files")
    parser.add_argument("--cost", action="store_true", help="what 10^5 and 10^6 cells x 10^5 and 10^6 pairs take")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--measure", nargs=4, metavar=("WHAT", "CELLS", "ZEROS", "WORK"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        what, n_cells, zeros, work = options.measure
        run_one(what, int(n_cells), float(zeros), options.threads, int(work))
        return
    if options.local:
        local(options.local, options.threads)
        return
    if options.files:
        files(options.files, options.threads)
        return
    if options.quick:
        table(0.3, (100, 1_000, 10_000), options.threads, 2_000_000)
    else:
        for zeros in ZEROS:
            table(zeros, CELLS, options.threads, 8_000_000)
    if options.whole:
        n_cells, n_pairs = (2_000, 10_000) if options.quick else (10_000, 60_000)
        kinds = [(zeros, "whole") for zeros in ((0.3,) if options.quick else ZEROS)]
        kinds += [(0.3, "disk"), *((0.3, test) for test in TESTS)]
        for zeros, kind in kinds:
            w = measure(kind, n_cells, zeros, options.threads, n_pairs)
            each = w["cpu"] / n_cells / n_pairs * 1e9
            words = {"whole": "", "disk": " with out=, memory='500MB'"}
            call = "cs.tl.regulation" + words.get(kind, f" with statistic={kind!r}")
            print(f"\n{call}, {n_cells:,} cells x {n_pairs:,} pairs, {zeros:.0%} zeros: {w['wall']:.1f} s")
            print(f"    {w['cpu']:.1f} s of the processors, {each:.1f} ns per (pair, cell), {w['edges']:,.0f} edges")
            print(f"    peak {w['peak']:,.0f} MB, of which {w['grown']:,.0f} MB since the imports", flush=True)
    if options.cost:
        cost(options.threads, options.quick)


if __name__ == "__main__":
    main()
