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


def write_files(folder: Path, n_cells: int, zeros: float) -> None:
    """The same kind of cells as dense h5ad files of float32, some at a time."""
    import h5py

    for name, n_genes, seed in (("mirna", N_MIRNAS, 0), ("mrna", N_MRNAS, 1)):
        obs, var = (
            pd.DataFrame(index=[f"c{i}" for i in range(n_cells)]),
            pd.DataFrame(index=[f"{name}{i}" for i in range(n_genes)]),
        )
        AnnData(np.zeros((n_cells, 0), np.float32), obs=obs).write_h5ad(folder / f"{name}.h5ad")
        AnnData(np.zeros((1, n_genes), np.float32), var=var).write_h5ad(folder / "var.h5ad")
        rng = np.random.default_rng(seed)
        with h5py.File(folder / f"{name}.h5ad", "a") as file, h5py.File(folder / "var.h5ad") as of_var:
            del file["var"], file["X"]
            of_var.copy("var", file)
            x = file.create_dataset("X", (n_cells, n_genes), np.float32, chunks=(min(n_cells, 1000), n_genes))
            x.attrs["encoding-type"], x.attrs["encoding-version"] = "array", "0.2.0"
            for first in range(0, n_cells, 1000):
                values = rng.lognormal(0, 1, (min(1000, n_cells - first), n_genes)).astype(np.float32)
                values[rng.random(values.shape, np.float32) < zeros] = 0
                x[first : first + len(values)] = values


def from_files(folder: Path, n_pairs: int, threads: int) -> dict[str, float]:
    """Seconds from opening these files, backed, to networks on the disk, with the local test."""
    import anndata

    import csmir as cs

    warnings.simplefilter("ignore")
    small, net = simulated(1200, 2000, 0.3)  # compiles
    cs.tl.regulation(small, net, statistic="local", n_threads=threads, progress=False)
    pair = np.sort(np.random.default_rng(0).choice(N_MIRNAS * N_MRNAS, n_pairs, replace=False))
    net = pd.DataFrame(
        {"source": [f"mirna{i}" for i in pair // N_MRNAS], "target": [f"mrna{i}" for i in pair % N_MRNAS]}
    )
    start, start_cpu = time.perf_counter(), time.process_time()
    mirna, mrna = (anndata.read_h5ad(folder / f"{name}.h5ad", backed="r") for name in ("mirna", "mrna"))
    mdata = cs.io.make_mudata(mirna, mrna)
    opened = time.perf_counter() - start
    cs.tl.regulation(mdata, net, statistic="local", n_threads=threads, progress=False, out=folder / "run.zarr")
    wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    return {"wall": wall, "cpu": cpu, "opened": opened, "edges": float(mdata["regulation"].obs["n_interactions"].sum())}


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
