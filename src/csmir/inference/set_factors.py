"""Hidden factors of target sets: over all cells, and among the cells that each is compared with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csmir import _mudata
from csmir import _validate as check
from csmir._log import logger
from csmir.inference import non_targets
from csmir.inference.adjustment import Adjusted, adjust
from csmir.inference.hidden import Hidden, find
from csmir.inference.options import AUTO, Request
from csmir.inference.pairs import Pairs
from csmir.inference.target_sets import Sides, TargetSets
from csmir.kernels import target_sets as kernel

if TYPE_CHECKING:
    from csmir.inference.neighbourhood import Neighborhood

SWALLOWED = 0.5  # of a level's variance
TIE = 1e-6  # of a gene's variance: factors explain all of it


def pairs_of(sets: TargetSets, n_mrnas: int) -> Pairs:
    """Each set with its targets."""
    which = np.repeat(np.arange(len(sets.targets), dtype=np.int32), [len(t) for t in sets.targets])
    return Pairs(which, np.concatenate(sets.targets).astype(np.int32), len(sets.targets), n_mrnas)


def held_over_all(
    sets: TargetSets, some: Sides, *, strata: np.ndarray | None, n_held: np.ndarray, factors: int | str | None
) -> tuple[TargetSets, Hidden | None]:
    """The sets with the factors of each regressed out of its level and genes; None where no factors can be sought."""
    from csmir.inference.association import Part, fewest_factors

    genes = sets.genes
    pairs = pairs_of(sets, genes.shape[1])
    hidden = find(genes, some.seen, pairs, factors)
    if hidden is None:
        return sets, None
    if factors in (None, AUTO):
        beside = non_targets.sample(pairs, some.seen, some.mean)
        df = int(len(genes) - (1 + n_held).sum() - 1)
        hidden = fewest_factors([Part(sets.regulator, genes, df, hidden)], hidden, beside, "targeting")
    if not hidden.n:
        return sets, hidden
    level, scores, swallowed = np.empty_like(sets.regulator), np.empty_like(sets.scores), []
    for s, own in enumerate(sets.targets):
        columns = hidden.columns(s)
        if ((columns.T @ sets.regulator[:, s]) ** 2).sum() > SWALLOWED:
            swallowed.append(sets.names[s])
        level[:, s] = kernel.unit(sets.regulator[:, [s]] - columns @ (columns.T @ sets.regulator[:, [s]]))[:, 0]
        weights = kernel.contrast(own, sets.bins)
        if weights is None:  # sets without genes to match were left out
            raise ValueError("a set without genes to match")
        at = np.flatnonzero(weights)
        of_genes = columns.T @ genes[:, at]
        left = 1 - (of_genes**2).sum(axis=0)  # of each gene's variance
        weights = np.divide(weights[at], np.sqrt(np.maximum(left, TIE)), out=np.zeros(len(at)), where=left > TIE)
        scores[:, s] = genes[:, at] @ weights - columns @ (of_genes @ weights)
    if swallowed:
        logger.warning(
            "targeting: the hidden factors explain more than half of %d: %s. Of one that governs many more genes than "
            "the prior lists, they may be its own doing: compare with factors=0",
            len(swallowed), check.listing(swallowed),
        )  # fmt: skip
    return replace(sets, regulator=level, scores=scores), hidden


def held_in_cells(
    sets: TargetSets, some: Sides, data: _mudata.Paired, near: Neighborhood, request: Request,
    columns: np.ndarray | None, factors: int | str | None,
) -> Adjusted:  # fmt: skip
    """What is held among the cells of each list: known columns, and the factors of each set, as the local test does."""
    from csmir.inference.covariates import Covariates
    from csmir.inference.expression import Stored

    known = None
    if columns is not None:
        n = columns.shape[1]
        known = Covariates([f"column {i}" for i in range(n)], columns, np.ones(n, bool), np.empty(0, np.int64))
    level = sets.unadjusted[0]
    names = pd.Index(sets.names)
    data = data._replace(mirna=level, mrna=some.mrna, mirna_names=names, mrna_names=some.mrna_names)
    x, y = Stored("level", level, negative=True), Stored("mRNA", some.mrna)
    return adjust(data, x, y, pairs_of(sets, len(some.mrna_names)), near, request, known, factors)
