"""Three ways to a pair's significant cells: csmir's many-cell kernels, cells x cells matrices in NumPy, the oracle."""

from __future__ import annotations

import importlib.util
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import numpy as np

from csmir.kernels import many_cells
from csmir.kernels.ranks import prepare

CUTOFF = 2.3263478740408
BOX = 0.1


def expression(n_genes: int, n_cells: int, zeros: float, seed: int) -> np.ndarray:
    """Genes x cells: log-normal values, and a share of zeros."""
    rng = np.random.default_rng(seed)
    values = rng.lognormal(0, 1, (n_genes, n_cells))
    values[rng.random(values.shape) < zeros] = 0
    return values


def load_oracle() -> ModuleType:
    """The formulas in plain Python, from the tests."""
    path = Path(__file__).resolve().parents[2] / "tests" / "kernels" / "oracle.py"
    spec = importlib.util.spec_from_file_location("csmir_oracle", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def csmir(n_cells: int, zeros: float, threads: int, work: int) -> dict[str, float]:
    """Seconds per pair, of the wall and of the processors, over about `work` (pair, cell) on each thread."""
    n_x, n_y = 8, 24
    x, y = expression(n_x, n_cells, zeros, 0), expression(n_y, n_cells, zeros, 1)
    prepare(x[:1], box_size=BOX)  # compile
    start = time.process_time()
    ranks_x, ranks_y = prepare(x, box_size=BOX), prepare(y, box_size=BOX)
    sort = (time.process_time() - start) / (n_x + n_y)
    every = np.arange(n_x * n_y)
    pairs = np.resize(every, max(threads, threads * work // n_cells))
    blocks = [(part // n_y, part % n_y) for part in np.array_split(pairs, 4 * threads) if len(part)]

    def job(block: tuple[np.ndarray, np.ndarray]) -> int:
        return len(many_cells.significant(ranks_x, ranks_y, *block, CUTOFF).cell)

    job((blocks[0][0][:1], blocks[0][1][:1]))  # compile
    wall, cpu, kept = np.inf, np.inf, 0
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(3):
            start, start_cpu = time.perf_counter(), time.process_time()
            kept = sum(pool.map(job, blocks))
            wall, cpu = min(wall, time.perf_counter() - start), min(cpu, time.process_time() - start_cpu)
    return {
        "wall": wall / len(pairs), "cpu": cpu / len(pairs), "sort": sort, "share": kept / len(pairs) / n_cells
    }  # fmt: skip


def box_matrix(values: np.ndarray) -> np.ndarray:
    """Cells x cells: which cells lie in the box of each, as anyone would write it in NumPy."""
    ordered = np.sort(values)
    n = len(ordered)
    n0 = int((values == 0).sum())
    h = round(BOX / 2 * (n - n0) + 2.220446e-16)
    first, last = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right") - 1
    alone = last - first >= h
    lower = np.where(alone, values, ordered[np.maximum(n0 if n0 > h else 0, first - h)])
    upper = np.where(alone, values, ordered[np.minimum(n - 1, last + h)])
    return (lower[:, None] <= values) & (values <= upper[:, None])


def matrix_significant(in_x: np.ndarray, in_y: np.ndarray) -> np.ndarray:
    """Cells with z > cutoff, from two matrices of boxes."""
    n = len(in_x)
    n_r, n_t, n_rt = (m.sum(1).astype(float) for m in (in_x, in_y, in_x & in_y))
    z = (n * n_rt - n_r * n_t) / np.sqrt(n_r * n_t * (n - n_r) * (n - n_t) / (n - 1) + 2.220446e-16)
    return np.flatnonzero(z > CUTOFF)


def matrices(n_cells: int, zeros: float) -> dict[str, float]:
    """Processor seconds per pair with matrices that are built once per gene; checked against the kernels."""
    x, y = expression(1, n_cells, zeros, 0), expression(3, n_cells, zeros, 1)
    in_x, in_y = box_matrix(x[0]), [box_matrix(g) for g in y]
    best = np.inf
    for _ in range(2):
        start = time.process_time()
        found = [matrix_significant(in_x, m) for m in in_y]
        best = min(best, time.process_time() - start)
    zero, pair_y = np.zeros(3, np.int64), np.arange(3)
    ours = many_cells.significant(prepare(x, box_size=BOX), prepare(y, box_size=BOX), zero, pair_y, CUTOFF)
    same = all(np.array_equal(np.sort(ours.cell[ours.indptr[p] : ours.indptr[p + 1]]), found[p]) for p in range(3))
    if not same:
        raise RuntimeError(f"the kernels and the matrices disagree at {n_cells} cells")
    return {"cpu": best / 3}


def oracle(n_cells: int, zeros: float) -> dict[str, float]:
    """Processor seconds per pair, extrapolated from a few cells; checked against the kernels."""
    x, y = expression(1, n_cells, zeros, 0), expression(1, n_cells, zeros, 1)
    cells = np.random.default_rng(2).choice(n_cells, max(2, min(n_cells, 20_000 // n_cells)), replace=False)
    start = time.process_time()
    z = load_oracle().csn_z(x[0], y[0], None, BOX, cells)
    seconds = (time.process_time() - start) / len(cells) * n_cells
    zero = np.zeros(1, np.int64)
    ours = many_cells.z_block(prepare(x, box_size=BOX), prepare(y, box_size=BOX), zero, zero)[0, cells]
    np.testing.assert_allclose(ours, z, rtol=1e-12, atol=1e-12)
    return {"cpu": seconds}
