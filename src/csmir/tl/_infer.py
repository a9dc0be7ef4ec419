"""From two matrices and the pairs to networks, by the statistic asked for: one door for `regulation` and `null`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from csmir import _mudata
from csmir import _validate as check
from csmir.tl._detection import detection_floor
from csmir.tl._local import Stored
from csmir.tl._networks import Networks
from csmir.tl._pairs import Pairs
from csmir.tl._request import ALTERNATIVES, Request

if TYPE_CHECKING:
    from csmir.kernels.neighbors import Lists, Smoother

Matrix = Any  # (features, cells) float64, or for "local" as stored


def matrices(data: _mudata.Paired) -> tuple[np.ndarray, np.ndarray]:
    """Both matrices, features x cells, float64, checked."""
    from csmir.kernels.transpose import features_first

    x, y = (
        features_first(v := check.finite_matrix(f"The {name} matrix", _mudata.dense(values)), np.arange(v.shape[1]))
        for name, values in (("miRNA", data.mirna), ("mRNA", data.mrna))
    )
    return x, y


def readable(data: _mudata.Paired, request: Request) -> tuple[Matrix, Matrix]:
    """Both matrices as `infer` reads them for this request."""
    if request.statistic == "local":
        return Stored("miRNA", data.mirna), Stored("mRNA", data.mrna)
    return matrices(data)


def reordered(values: Matrix, order: np.ndarray) -> Matrix:
    """The same matrix with its cells in another order."""
    return values.take(order) if isinstance(values, Stored) else np.ascontiguousarray(values[:, order])


def infer(
    x: Matrix,
    y: Matrix,
    pairs: Pairs,
    request: Request,
    *,
    weights: np.ndarray,
    groups: np.ndarray | None = None,
    near: tuple[Lists, Smoother] | None = None,
) -> Networks:
    """Networks of every cell, from `readable` matrices.

    `weights` (runs, cells) for "csn"; `groups` (cells,) integer labels for "exact"; `near` (see `neighborhood`) for
    "local", and for "exact" among neighbours.
    """
    run: dict[str, Any] = {"memory": request.memory, "n_threads": request.n_threads, "progress": request.progress}
    run["keep_all"] = request.keep_all
    if request.statistic == "csn":
        return _csn(x, y, pairs, request, weights, run)
    run |= {"alpha": request.alpha, "adjust": request.adjust}
    if request.statistic == "local" and near is not None:
        from csmir.tl._local import local_networks

        alternative = ALTERNATIVES[request.direction]
        only = request.expressed_only
        return local_networks(x, y, pairs, near, alternative=alternative, expressed_only=only, **run)
    run |= {"box_size": request.box_size, "mid_p": request.mid_p}
    run["detected"] = (x > detection_floor(x), y > detection_floor(y)) if request.expressed_only else None
    if near is not None:
        from csmir.tl._exact_near import exact_near_networks

        return exact_near_networks(x, y, pairs, near[0], **run)
    from csmir.tl._exact import exact_networks

    return exact_networks(x, y, pairs, groups=groups, **run)


def _csn(
    x: np.ndarray, y: np.ndarray, pairs: Pairs, request: Request, weights: np.ndarray, run: dict[str, Any]
) -> Networks:
    from csmir.kernels.pseudo_cells import MAX_CELLS
    from csmir.tl._csn import csn_networks
    from csmir.tl._csn_many import csn_many_networks

    compute = csn_networks if x.shape[1] <= MAX_CELLS else csn_many_networks
    return compute(x, y, weights, pairs, box_size=request.box_size, cutoff=request.cutoff, **run)
