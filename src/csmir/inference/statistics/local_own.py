"""Candidates of the local test where not all pairs are alike: columns, or a vector, of one miRNA or one mRNA alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from csmir.inference.blocks import Part
from csmir.inference.left_out import LeftOut

if TYPE_CHECKING:
    from csmir.inference.own_columns import Own
    from csmir.kernels.local_adjust import Adjustment, Ground
    from csmir.kernels.local_candidates import Candidates
    from csmir.kernels.local_means import Means
    from csmir.kernels.local_moments import Genes


class Alone(NamedTuple):
    """Columns of one end of a pair, and what is needed to hold them beside the common ones."""

    own: Own
    values_x: np.ndarray  # (miRNAs used, cells)
    floor_x: float
    used: np.ndarray  # (miRNAs used,) their positions in the data
    common: Adjustment | None  # with loadings of `used`


def own_candidates(
    alone: Alone, part: Part, floor_y: float, pair_x: np.ndarray, pair_y: np.ndarray, means: Means, **options: Any
) -> Candidates:
    """Candidates of the pairs of a block, each adjusted for its own columns beside the common ones.

    `pair_x` are positions in `alone.used`, `pair_y` in the block. Pairs with the same columns are computed together.
    """
    from csmir.kernels.local_adjust import Adjustment as Held
    from csmir.kernels.local_adjust import lay_ground
    from csmir.kernels.local_candidates import Candidates as Made
    from csmir.kernels.local_candidates import candidates
    from csmir.kernels.local_moments import measure

    own, values_x, floor_x, used, common = alone
    base = Held(np.zeros((values_x.shape[1], 0))) if common is None else common
    layer = None if own.transcription is None else _ranks(own.transcription.block(part.genes))
    sets: dict[tuple[Any, ...], list[int]] = {}
    for q, (x, y) in enumerate(zip(pair_x.tolist(), pair_y.tolist(), strict=True)):
        mirna = int(used[x])
        if int(part.genes[y]) in own.genes[mirna]:
            continue  # its mRNA cannot be told from what is adjusted for
        key = (own.parents[mirna], y if layer is not None else -1)
        sets.setdefault(key, []).append(q)
    found = []
    for (parents, y), members in sets.items():
        columns = [base.common, own.columns[:, list(parents)]]
        if layer is not None:
            columns.append(layer[y][:, None])
        at = np.array(members)
        some_x, own_x = np.unique(pair_x[at], return_inverse=True)
        some_y, own_y = np.unique(pair_y[at], return_inverse=True)
        loadings = None if base.loadings is None else base.loadings[some_x]
        ground = lay_ground(base._replace(common=np.concatenate(columns, axis=1), loadings=loadings), means)
        genes_x = measure(values_x[some_x], means, floor=floor_x, ground=ground)
        genes_y = measure(part.y[some_y], means, floor=floor_y, ground=ground)
        indptr, pair, rho, shape = candidates(genes_x, genes_y, means, own_x, own_y, ground=ground, **options)
        found.append((np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)), at[pair].astype(np.int32), rho, shape))
    if not found:
        genes = measure(values_x[:1], means, floor=floor_x)
        return candidates(genes, genes, means, np.zeros(0, int), np.zeros(0, int), **options)
    row, pair, rho, shape = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((pair, row))
    bounds = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(means.n_eff)))]).astype(np.int64)
    return Made(bounds, pair[order], rho[order], shape[order])


def _ranks(values: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    return (rankdata(values, axis=1) - 0.5) / values.shape[1]


def without_targets(
    left_out: LeftOut, used: np.ndarray, part: Part, order: np.ndarray, y: Genes, means: Means, ground: Ground | None,
    **options: Any,
) -> Candidates:  # fmt: skip
    """Candidates of the pairs of `part` in this order, a few at a time: every pair is ranked and measured itself."""
    from csmir.kernels.local_candidates import Candidates, candidates
    from csmir.kernels.local_means import LANES
    from csmir.kernels.local_moments import measure

    found = []
    for first in range(0, len(order), LANES):
        some = order[first : first + LANES]
        mirna, row = part.pair_x[some], part.pair_y[some]
        x = measure(left_out.without(mirna, part.genes[row], part.y[row]), means, floor=-np.inf, ground=ground)
        own = ground
        if ground is not None and len(ground.factors):
            at = np.searchsorted(used, mirna)
            own = ground._replace(factors=ground.factors[at], kept_factors=ground.kept_factors[at])
        few = candidates(x, y, means, np.arange(len(some)), row, ground=own, **options)
        found.append(few._replace(pair=few.pair + np.int32(first)))
    size = np.sum([np.diff(few.indptr) for few in found], axis=0)
    of_list = np.concatenate([np.repeat(np.arange(len(size)), np.diff(few.indptr)) for few in found])
    by_list = np.argsort(of_list, kind="stable")
    pair, rho, shape = (np.concatenate([few[i] for few in found])[by_list] for i in (1, 2, 3))
    return Candidates(np.concatenate([[0], np.cumsum(size)]).astype(np.int64), pair, rho, shape)
