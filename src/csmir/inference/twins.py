"""What is adjusted for, in words; and the miRNAs and mRNAs that are adjusted for themselves, which nothing can test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from csmir import _mudata
from csmir import _validate as check
from csmir._log import logger
from csmir.inference.covariates import Covariates
from csmir.inference.neighbourhood import ranks
from csmir.inference.own_columns import Own, untestable
from csmir.inference.pairs import Pairs

TWINS = 1 - 1e-9  # a rank correlation at which two columns are one
NO_EFFECT = 1e-9  # of a rank over n, or of 0 and 1: differences to the local mean that are rounding


def say_what_is_adjusted(covariates: Covariates, residuals: np.ndarray) -> None:
    """Name the covariates in the log; those whose `residuals`, less their local mean, are 0 have no effect."""
    varies = (np.abs(residuals) > NO_EFFECT).any(axis=0)
    idle = [name for name, one in zip(covariates.names, varies, strict=True) if not one]
    left = [name for name, one in zip(covariates.names, varies, strict=True) if one]
    if idle:
        logger.warning(
            "without effect: %s without variation among the cells that a cell is compared with: %s",
            check.many(len(idle), "covariate column"),
            check.listing(idle),
        )
    logger.info("adjusted for %s", check.listing(left, 8) or "no covariate")


def without_twins(
    own: Own | None, covariates: Covariates, data: _mudata.Paired, x: Any, y: Any, pairs: Pairs
) -> tuple[Own | None, dict[str, Any]]:
    """`own` with no pair to test of a miRNA or mRNA that equals a covariate, and what to record of it.

    `x` and `y` are the matrices as the test reads them. Any miRNA is looked at, and the mRNAs that are named.
    """
    used = np.unique(pairs.mirna)
    named = np.intersect1d(data.mrna_names.get_indexer(pd.Index(covariates.names)), pairs.mrna)
    mirnas = used[twins(covariates, ranks(x[used], x.floor))]
    mrnas = named[twins(covariates, ranks(y[named], y.floor))] if len(named) else named
    if not len(mirnas) + len(mrnas):
        return own, {}
    n_mirnas, every = len(data.mirna_names), frozenset(range(len(data.mrna_names)))
    if own is None:
        own = Own(np.zeros((len(data.cells), 0)), ((),) * n_mirnas, (frozenset(),) * n_mirnas, None)
    whole, some = set(mirnas.tolist()), frozenset(mrnas.tolist())
    out = replace(own, genes=tuple(every if r in whole else of | some for r, of in enumerate(own.genes)))
    for kind, of, names, end in (
        ("miRNA", mirnas, data.mirna_names, pairs.mirna),
        ("mRNA", mrnas, data.mrna_names, pairs.mrna),
    ):
        if len(of):
            logger.warning(
                "left out, since equal to a covariate: %s, %s, and %s",
                check.many(len(of), kind),
                check.listing(names[of]),
                check.many(int(np.isin(end, of).sum()), "pair"),
            )
    return out, {"n_untestable_pairs": int(untestable(out, pairs).sum())}


def twins(covariates: Covariates, gene_ranks: np.ndarray) -> np.ndarray:
    """Which genes (ranks, genes x cells) are a covariate themselves."""
    x = gene_ranks - gene_ranks.mean(axis=1, keepdims=True)
    c = covariates.values - covariates.values.mean(axis=0)
    scale = np.outer(np.sqrt((x**2).sum(axis=1)), np.sqrt((c**2).sum(axis=0)))
    r = np.divide(x @ c, scale, out=np.zeros(scale.shape), where=scale > 1e-12)
    return np.flatnonzero((np.abs(r) >= TWINS).any(axis=1))
