"""The whole call on many cells, from a MuData to a MuData."""

from __future__ import annotations

import time
import warnings

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


def regulation(n_cells: int, n_pairs: int, zeros: float, threads: int) -> dict[str, float]:
    """Seconds of the call and the edges it keeps; compiled beforehand on a small one."""
    import csmir as cs

    warnings.simplefilter("ignore")
    small, net = simulated(100, 500, zeros)
    cs.tl.regulation(small, net, n_threads=threads, progress=False)
    mdata, net = simulated(n_cells, n_pairs, zeros)
    start, start_cpu = time.perf_counter(), time.process_time()
    cs.tl.regulation(mdata, net, n_threads=threads, progress=False)
    wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    return {"wall": wall, "cpu": cpu, "edges": float(mdata["regulation"].X.nnz)}
