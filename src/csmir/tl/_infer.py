"""From two matrices and the pairs to networks, by the statistic asked for: one door for `regulation` and `null`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from csmir import _mudata
from csmir import _validate as check
from csmir.tl._detection import detection_floor
from csmir.tl._networks import Networks
from csmir.tl._pairs import Pairs


@dataclass(frozen=True)
class Request:
    """What to compute, apart from the data. `alpha` is of p for "csn", and of q where `adjust` is set."""

    statistic: str
    box_size: float
    alpha: float
    keep_all: bool = False
    adjust: bool = True
    mid_p: bool = False
    expressed_only: bool = False
    memory: int = 10**9
    n_threads: int | None = None
    progress: bool | None = None

    @property
    def cutoff(self) -> float:
        """Smallest z that is no interaction."""
        from scipy.stats import norm

        return float(norm.isf(self.alpha))


def matrices(data: _mudata.Paired) -> tuple[np.ndarray, np.ndarray]:
    """Both matrices, features x cells, float64, checked."""
    from csmir.kernels.transpose import features_first

    x, y = (
        features_first(v := check.finite_matrix(f"The {name} matrix", _mudata.dense(values)), np.arange(v.shape[1]))
        for name, values in (("miRNA", data.mirna), ("mRNA", data.mrna))
    )
    return x, y


def infer(
    x: np.ndarray,
    y: np.ndarray,
    pairs: Pairs,
    request: Request,
    *,
    weights: np.ndarray,
    groups: np.ndarray | None = None,
) -> Networks:
    """Networks of every cell; `weights` (runs, cells) for "csn", `groups` (cells,) integer labels for "exact"."""
    run: dict[str, Any] = {"memory": request.memory, "n_threads": request.n_threads, "progress": request.progress}
    if request.statistic == "exact":
        from csmir.tl._exact import exact_networks

        detected = (x > detection_floor(x), y > detection_floor(y)) if request.expressed_only else None
        return exact_networks(
            x,
            y,
            pairs,
            box_size=request.box_size,
            alpha=request.alpha,
            adjust=request.adjust,
            mid_p=request.mid_p,
            groups=groups,
            detected=detected,
            keep_all=request.keep_all,
            **run,
        )
    from csmir.kernels.pseudo_cells import MAX_CELLS
    from csmir.tl._csn import csn_networks
    from csmir.tl._csn_many import csn_many_networks

    compute = csn_networks if x.shape[1] <= MAX_CELLS else csn_many_networks
    return compute(
        x, y, weights, pairs, box_size=request.box_size, cutoff=request.cutoff, keep_all=request.keep_all, **run
    )
