"""The most similar cells of each, for data whose cells x cells matrix would not fit."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.execute import run_blocks
from csmir.inference.memory import available

BYTES_AT_WORK = 14  # per two cells, while a matrix is made
CELLS_AT_ONCE = 256


def refuse_if_too_large(n_cells: int, n_kinds: int) -> None:
    """Raise where so many matrices cells x cells would not fit."""
    needed, free = n_cells**2 * (8 * n_kinds + BYTES_AT_WORK), available()
    if free is not None and needed > free:
        raise InputError(
            f"Comparing {n_cells:,} cells two by two needs about {needed / 1e9:,.0f} GB of memory; {free / 1e9:,.1f} "
            "GB are free. Give n_neighbors=30 to keep the most similar cells of each, or pool cells (cs.pp.pool_cells)."
        )


def nearest_cells(what: str, present: sparse.csr_matrix, metric: str, k: int) -> sparse.csr_matrix:
    """Similarity of each cell to those most similar to it."""
    from csmir.kernels import nearest as kernel

    at = np.flatnonzero(np.diff(present.indptr))
    n_cells, k = present.shape[0], min(k, max(len(at) - 1, 0))
    if len(at) < n_cells:
        logger.warning("similarity: %d of %d cells have no %s, and no neighbours", n_cells - len(at), n_cells, what)
    if k == 0:
        return sparse.csr_matrix((n_cells, n_cells))
    rows = kernel.prepare(sparse.csr_matrix(present[at]))

    def work(some: range) -> tuple[np.ndarray, np.ndarray]:
        return kernel.nearest(rows, some, k, jaccard=metric == "jaccard")

    tasks = [range(i, min(i + CELLS_AT_ONCE, len(at))) for i in range(0, len(at), CELLS_AT_ONCE)]
    found = list(run_blocks(work, tasks, n_threads=None, desc="cells", progress=None))
    column, value = (np.concatenate([f[i] for f in found]) for i in (0, 1))
    logger.info("similarity: cells share %.2f-%.2f of their %s with the nearest %d", value.min(), value.max(), what, k)
    counts = np.zeros(n_cells, np.int64)
    counts[at] = k
    indptr = np.append(0, np.cumsum(counts))
    return sparse.csr_matrix((value.ravel(), at[column.ravel()], indptr), shape=(n_cells, n_cells))
