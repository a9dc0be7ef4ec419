"""The whole call on many cells, from a MuData to a MuData."""

from __future__ import annotations

import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

N_MIRNAS = 200
N_MRNAS = 7_500


def simulated(n_cells: int, n_pairs: int, zeros: float) -> tuple[MuData, pd.DataFrame]:
    """Cells with independent genes, sparse where there are zeros, and a prior of `n_pairs` random pairs."""
    rng = np.random.default_rng(0)
    parts = {}
    for name, n_genes in (("mirna", N_MIRNAS), ("mrna", N_MRNAS)):
        values = rng.lognormal(0, 1, (n_cells, n_genes)).astype(np.float32)
        values[rng.random(values.shape, np.float32) < zeros] = 0
        parts[name] = AnnData(
            sparse.csr_matrix(values) if zeros else values,
            obs=pd.DataFrame(index=[f"c{i}" for i in range(n_cells)]),
            var=pd.DataFrame(index=[f"{name}{i}" for i in range(n_genes)]),
        )
    pair = np.sort(rng.choice(N_MIRNAS * N_MRNAS, n_pairs, replace=False))
    net = pd.DataFrame(
        {"source": [f"mirna{i}" for i in pair // N_MRNAS], "target": [f"mrna{i}" for i in pair % N_MRNAS]}
    )
    return MuData(parts), net


def regulation(
    n_cells: int, n_pairs: int, zeros: float, threads: int, *, disk: bool = False, statistic: str = "csn", **given: Any
) -> dict[str, float]:
    """Seconds of the call and the edges it keeps, in memory or on the disk; compiled beforehand on a small one."""
    import csmir as cs

    warnings.simplefilter("ignore")
    small, net = simulated(150 if statistic == "local" else 100, 2000 if statistic == "local" else 500, zeros)
    cs.tl.regulation(small, net, statistic=statistic, n_threads=threads, progress=False, **given)
    mdata, net = simulated(n_cells, n_pairs, zeros)
    with tempfile.TemporaryDirectory() as folder:
        options: dict[str, Any] = {"out": f"{folder}/run.zarr", "memory": "500MB"} if disk else {}
        options |= given
        start, start_cpu = time.perf_counter(), time.process_time()
        cs.tl.regulation(mdata, net, statistic=statistic, n_threads=threads, progress=False, **options)
        wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        size = sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file())
    edges = float(mdata["regulation"].obs["n_interactions"].sum())
    return {"wall": wall, "cpu": cpu, "edges": edges, "bytes": float(size)}
