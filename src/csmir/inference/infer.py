"""From two matrices and the pairs to networks, by the statistic asked for: one door for `regulation` and `null`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from csmir import _mudata
from csmir import _validate as check
from csmir.inference.detection import detection_floor
from csmir.inference.expression import Stored
from csmir.inference.options import ALTERNATIVES, Request
from csmir.inference.pairs import Pairs

if TYPE_CHECKING:
    from csmir.inference.blocks import Job
    from csmir.inference.kept import Kept
    from csmir.inference.neighbourhood import Neighborhood

Matrix = Any  # (features, cells) float64, or `Stored`


def matrices(data: _mudata.Paired) -> tuple[np.ndarray, np.ndarray]:
    """Both matrices, features x cells, float64, checked."""
    from csmir.kernels.transpose import features_first

    x, y = (
        features_first(v := check.finite_matrix(f"The {name} matrix", _mudata.dense(values)), np.arange(v.shape[1]))
        for name, values in (("miRNA", data.mirna), ("mRNA", data.mrna))
    )
    return x, y


def readable(data: _mudata.Paired, request: Request) -> tuple[Matrix, Matrix]:
    """Both matrices as `job_of` reads them for this request."""
    from csmir.kernels.pseudo_cells import MAX_CELLS

    n_cells = len(data.cells)
    n_bytes = 8 * n_cells * (len(data.mirna_names) + len(data.mrna_names))
    large = n_bytes > request.memory or sparse.issparse(data.mrna)
    if request.statistic == "local" or (large and n_cells > MAX_CELLS):
        return Stored("miRNA", data.mirna), Stored("mRNA", data.mrna)
    return matrices(data)


def reordered(values: Matrix, order: np.ndarray) -> Matrix:
    """The same matrix with its cells in another order."""
    return values.take(order) if isinstance(values, Stored) else np.ascontiguousarray(values[:, order])


def job_of(
    x: Matrix,
    y: Matrix,
    pairs: Pairs,
    request: Request,
    *,
    weights: np.ndarray,
    groups: np.ndarray | None = None,
    near: Neighborhood | None = None,
    kept: Kept | None = None,
) -> Job:
    """Networks of every cell, from `readable` matrices, as a job that has not begun.

    `weights` (runs, cells) for "csn"; `groups` (cells,) integer labels for "exact"; `near` (see `neighborhood`) for
    "local", and for "exact" among neighbours; `kept` holds what other jobs with the same mRNAs make use of.
    """
    options: dict[str, Any] = {
        "memory": request.memory, "n_threads": request.n_threads, "keep_all": request.keep_all
    }  # fmt: skip
    if request.statistic == "csn":
        return _csn(x, y, pairs, request, weights, options)
    options |= {"alpha": request.alpha, "adjust": request.adjust}
    if near is not None and near.means is not None:
        from csmir.inference.statistics.local import local_job

        alternative, only = ALTERNATIVES[request.direction], request.expressed_only
        return local_job(x, y, pairs, near.means, alternative=alternative, expressed_only=only, kept=kept, **options)
    options |= {"box_size": request.box_size, "mid_p": request.mid_p}
    options["detected"] = (_seen(x), _seen(y)) if request.expressed_only else None
    if near is not None:
        from csmir.inference.statistics.exact_neighbours import exact_near_job

        return exact_near_job(x, y, pairs, near.lists, **options)
    from csmir.inference.statistics.exact import exact_job

    return exact_job(x, y, pairs, groups=groups, **options)


def _seen(values: Matrix) -> np.ndarray:
    return values.seen() if isinstance(values, Stored) else values > detection_floor(values)


def _csn(
    x: np.ndarray, y: np.ndarray, pairs: Pairs, request: Request, weights: np.ndarray, options: dict[str, Any]
) -> Job:
    from csmir.inference.statistics.csn import csn_job
    from csmir.inference.statistics.csn_many_cells import csn_many_job
    from csmir.kernels.pseudo_cells import MAX_CELLS

    compute = csn_job if x.shape[1] <= MAX_CELLS else csn_many_job
    return compute(x, y, weights, pairs, box_size=request.box_size, cutoff=request.cutoff, **options)
