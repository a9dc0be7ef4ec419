"""Time the local test and its peers: `python -m benchmarks.local [--cells 1000 10000] [--pairs 4000] [--genes 500]`.

Prints CPU and wall seconds and CPU ns per (pair, cell) for each number of cells, ratios to scipy's product of the two
steps, peak memory, and the exponent with which the time of the whole call grows. One thread.
"""

from __future__ import annotations

import argparse
import logging
import os
import resource
import time
from collections.abc import Callable

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
from scipy import sparse  # noqa: E402

from benchmarks.local import peers  # noqa: E402


def main() -> None:
    """Run all sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--pairs", type=int, default=4000)
    parser.add_argument("--genes", type=int, default=500)
    parser.add_argument("--zeros", type=float, default=0.3)
    parser.add_argument("--peer-pairs", type=int, default=256, help="pairs that the peers are timed on")
    options = parser.parse_args()
    logging.getLogger("csmir").setLevel(logging.ERROR)
    print(cpu_name())
    seconds = [size(n, options) for n in options.cells]
    for (n, a), (m, b) in zip(
        zip(options.cells[:-1], seconds[:-1], strict=True),
        zip(options.cells[1:], seconds[1:], strict=True),
        strict=True,
    ):
        print(
            f"growth of the whole call's time from {n:,} to {m:,} cells: exponent {np.log(b / a) / np.log(m / n):.2f}"
        )


def size(n_cells: int, options: argparse.Namespace) -> float:
    """One number of cells; CPU seconds of the whole call."""
    from csmir.inference.execute import run
    from csmir.inference.expression import Stored
    from csmir.inference.neighbourhood import Neighborhood
    from csmir.inference.options import Request
    from csmir.inference.pairs import Pairs
    from csmir.inference.statistics.local import local_job
    from csmir.inference.statistics.record import Inputs
    from csmir.kernels import neighbors
    from csmir.kernels.local_candidates import candidates
    from csmir.kernels.local_moments import measure

    rng = np.random.default_rng(0)
    n_x = 100
    points = rng.normal(size=(n_cells, 3))
    x, y = (
        rng.gamma(2, size=(n_cells, g)).astype(np.float32) * (rng.random((n_cells, g)) >= options.zeros)
        for g in (n_x, options.genes)
    )
    at = np.sort(rng.choice(n_x * options.genes, options.pairs, replace=False))
    pairs = Pairs(*(p.astype(np.int32) for p in np.divmod(at, options.genes)), n_x, options.genes)

    def whole() -> None:
        lists, smoother = neighbors.from_points(points)
        near = Neighborhood(lists, lists, smoother, points)
        inputs = Inputs(Stored("x", x), Stored("y", y), pairs, np.ones((1, n_cells), np.int64), near=near)
        run(local_job(inputs, Request("local", box_size=0.3, alpha=0.05, n_threads=1)), n_threads=1, progress=False)

    lists, smoother = neighbors.from_points(points)
    means = Neighborhood(lists, lists, smoother, points).means
    genes_x, genes_y = measure(x.T, means), measure(y.T[:64], means)
    here = pairs.mrna < 64
    pair_x, pair_y = pairs.mirna[here], pairs.mrna[here]
    lanes = np.where(genes_x.has_zeros[pair_x] | genes_y.has_zeros[pair_y], 2, 1).sum()

    def alone() -> None:
        candidates(genes_x, genes_y, means, pair_x, pair_y, alpha=0.05)

    some = slice(options.peer_pairs)
    u, v = (np.ascontiguousarray(genes_x.scores[1, g].T) for g in (pairs.mirna[some], pairs.mrna[some] % n_x))
    n_peer = u.shape[1]
    steps = [csr(step, n_cells) for step in means.steps]
    matrix = sparse.csr_matrix((lists.weights, lists.indices, lists.indptr), shape=(n_cells, n_cells))
    near200 = lists.indices.reshape(n_cells, -1)[:, :200]
    few = min(n_cells, 100)  # cells of what is slow
    work: list[tuple[str, Callable[[], object], float]] = [
        ("csmir, the whole call", whole, options.pairs * n_cells),
        ("csmir, pairs alone, by kind", alone, lanes * n_cells),
        ("csmir, a gene measured", lambda: measure(y.T[:64], means), 64 * n_cells),
        ("scipy, two steps", lambda: peers.two_products(steps[0], steps[-1], u * v), n_peer * n_cells),
        ("scipy, whole lists", lambda: peers.one_product(matrix, u * v), n_peer * n_cells),
        ("LIANA's local correlation", lambda: peers.bivariate(matrix, u, v), n_peer * n_cells),
        ("oracle, list after list", lambda: peers.oracle(matrix[:few], u, v), n_peer * few),
        ("NeighbourNet's regression", lambda: peers.regression(near200[:few], u[:, :50], v[:, 0]), 50 * few),
    ]  # fmt: skip
    print(f"\n{n_cells:,} cells, {options.pairs:,} pairs, {options.genes:,} genes, {options.zeros:.0%} zeros")
    print(f"{'':32}{'CPU s':>9}{'wall s':>9}{'ns':>9}{'of two steps':>14}")
    rows = {}
    for name, call, n in work:
        call()
        rows[name] = (*timed(call), n)
    limit = rows["scipy, two steps"]
    for name, (cpu, wall, n) in rows.items():
        ns = 1e9 * cpu / n
        print(f"{name:32}{cpu:9.3f}{wall:9.3f}{ns:9.1f}{ns / (1e9 * limit[0] / limit[2]):14.2f}")
    cpu, _, n = rows["csmir, the whole call"]
    lists_cpu, _, lists_n = rows["scipy, whole lists"]
    print(f"the whole call costs {cpu / n / (lists_cpu / lists_n):.2f} of scipy's product of whole lists and all pairs")
    print(f"peak memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    return rows["csmir, the whole call"][0]


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds, the quickest of three."""
    best = []
    for _ in range(3):
        cpu, wall = time.process_time(), time.perf_counter()
        call()
        best.append((time.process_time() - cpu, time.perf_counter() - wall))
    return min(best)


def csr(step, n_cells: int) -> sparse.csr_matrix:
    """A step as scipy has it."""
    size = np.diff(step.indptr)
    weights = step.weights if len(step.weights) else np.repeat(1 / size, size).astype(np.float32)
    return sparse.csr_matrix((weights, step.indices, step.indptr), shape=(len(size), n_cells))


def cpu_name() -> str:
    """The processor's name, where the system tells."""
    try:
        with open("/proc/cpuinfo") as info:
            return next(line.split(":")[1].strip() for line in info if line.startswith("model name"))
    except (OSError, StopIteration):
        return "unknown processor"


if __name__ == "__main__":
    main()
