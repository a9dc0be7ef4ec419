"""Warnings of what is adjusted for and may be a miRNA's own doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from csmir import _mudata
from csmir import _validate as check
from csmir._log import logger
from csmir.inference.covariates import Covariates
from csmir.inference.neighbourhood import Neighborhood, residual_columns, residual_ranks
from csmir.inference.pairs import Pairs

if TYPE_CHECKING:
    from csmir.kernels.factors import Basis

SWALLOWED = 0.5  # share of a miRNA's residual variance that its factors explain
CAUSED = 1e-3  # p, times miRNAs, at which a covariate goes with a miRNA whose targets vary together


def warn_of_swallowed(
    data: _mudata.Paired, x: Any, pairs: Pairs, near: Neighborhood, basis: Basis, n_factors: int
) -> None:
    """Say of which miRNAs the factors take most: of a hub whose targets the prior lacks, they may be its own doing."""
    used = np.unique(pairs.mirna)
    u = residual_ranks(x[used], x.floor, near)
    taken = []
    for i, r in enumerate(used.tolist()):
        own = residual_columns(basis.scores @ basis.rotations[r][:, :n_factors], near)
        left = u[i] - own @ np.linalg.lstsq(own, u[i], rcond=None)[0]
        if (u[i] ** 2).sum() > 0 and (left**2).sum() < (1 - SWALLOWED) * (u[i] ** 2).sum():
            taken.append(data.mirna_names[r])
    if taken:
        logger.warning(
            "the hidden factors explain more than half of %d miRNA(s), whose regulation can hardly be seen then: %s. "
            "Of a miRNA that governs many more genes than the prior lists, they may be its own doing: compare with "
            "factors=0",
            len(taken),
            check.listing(taken),
        )


def warn_of_consequences(
    data: _mudata.Paired, x: Any, near: Neighborhood, basis: Basis, covariates: Covariates | None
) -> None:
    """Say which covariates go with a miRNA whose targets vary together: they may be its doing."""
    from scipy.stats import norm

    hubs = np.flatnonzero(basis.flagged)
    if covariates is None or not len(hubs) or covariates.technical.all():
        return
    numeric = ~covariates.technical
    u = residual_ranks(x[hubs], getattr(x, "floor", 0.0), near)
    c = residual_columns(covariates.values[:, numeric], near)
    scale = np.outer(np.sqrt((u**2).sum(axis=1)), np.sqrt((c**2).sum(axis=0)))
    r = np.divide(u @ c, scale, out=np.zeros(scale.shape), where=scale > 1e-12)
    p = 2 * norm.sf(np.abs(np.arctanh(np.clip(r, -0.999999, 0.999999))) * np.sqrt(max(len(data.cells) - 3, 1)))
    names = np.array(covariates.names, object)[numeric]
    for i, j in zip(*np.nonzero(p * len(data.mirna_names) < CAUSED), strict=True):
        logger.warning(
            "covariate %r goes with %s (rho %.2f), whose targets vary together: if it is made of mRNAs (depth, a "
            "score) it may be a consequence of the miRNA, and adjusting for it takes part of its effect away",
            names[j],
            data.mirna_names[hubs[i]],
            r[i, j],
        )
