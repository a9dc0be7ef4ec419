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
HUBS_OWN = 0.2  # the same, of a hub whose factors go with no other miRNA
OTHERS = 0.75  # of a hub's correlation with its factors, that another miRNA, given the hub, may have with them
CAUSED = 1e-3  # p, times miRNAs, at which a covariate goes with a miRNA whose targets vary together


def warn_of_swallowed(
    data: _mudata.Paired, x: Any, pairs: Pairs, near: Neighborhood, basis: Basis, n_factors: int
) -> None:
    """Say of which miRNAs the factors take most, and which hubs may be what the factors are."""
    used = np.unique(pairs.mirna)
    u = residual_ranks(x[used], x.floor, near)
    own, taken = [], []
    for i, r in enumerate(used.tolist()):
        columns = residual_columns(basis.scores @ basis.rotations[r][:, :n_factors], near)
        seen = columns @ np.linalg.lstsq(columns, u[i], rcond=None)[0]
        left, total = ((u[i] - seen) ** 2).sum(), (u[i] ** 2).sum()
        if basis.flagged[r] and left < (1 - HUBS_OWN) * total and is_own(seen, u, i):
            own.append(data.mirna_names[r])
        elif left < (1 - SWALLOWED) * total:
            taken.append(data.mirna_names[r])
    if own:
        logger.warning(
            "the hidden factors go with %s and with no other miRNA: they may be its own doing. It may govern many more "
            "mRNAs than the prior lists, or mRNAs that it spares seem to rise as the others fall, after CPM or size "
            "factors. Much of its regulation is adjusted away then: compare with factors=0, and with counts that were "
            "not normalised",
            check.listing(own),
        )
    if taken:
        logger.warning(
            "the hidden factors explain more than half of %s, whose regulation can hardly be seen then: %s. "
            "Of a miRNA that governs many more genes than the prior lists, they may be its own doing: compare with "
            "factors=0",
            check.many(len(taken), "miRNA"),
            check.listing(taken),
        )


def is_own(axis: np.ndarray, mirnas: np.ndarray, r: int) -> bool:
    """Whether no other row of `mirnas` (miRNAs, cells), given row `r`, goes with `axis` (cells,) nearly as well as `r`.

    A program or a batch moves many miRNAs; what one miRNA does to its targets goes with that one. A sister of the same
    cluster goes with it through the miRNA alone, hence the partial correlation.
    """
    z = np.vstack([axis, mirnas])
    z = z - z.mean(axis=1, keepdims=True)
    of_r = z[r + 1]
    left = z - np.outer(z @ of_r / max(of_r @ of_r, 1e-300), of_r)
    others = np.delete(left[1:], r, axis=0)
    scale = np.linalg.norm(left[0]) * np.linalg.norm(others, axis=1)
    part = np.divide(np.abs(others @ left[0]), scale, out=np.zeros(len(others)), where=scale > 1e-12)
    own = abs(np.corrcoef(z[0], of_r)[0, 1])
    return bool(part.max(initial=0.0) < OTHERS * own)


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
