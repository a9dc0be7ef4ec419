"""The local test of inferred miRNAs: each pair has a vector of its own, of which its mRNA is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from csmir.inference.blocks import Part
from csmir.inference.left_out import LeftOut

if TYPE_CHECKING:
    from csmir.kernels.local_adjust import Ground
    from csmir.kernels.local_candidates import Candidates
    from csmir.kernels.local_means import Means
    from csmir.kernels.local_moments import Genes


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
        if ground is not None and ground.factors.shape[1]:
            at = np.searchsorted(used, mirna)
            own = ground._replace(factors=ground.factors[:, at], kept_factors=ground.kept_factors[:, at])
        few = candidates(x, y, means, np.arange(len(some)), row, ground=own, **options)
        found.append(few._replace(pair=few.pair + np.int32(first)))
    size = np.sum([np.diff(few.indptr) for few in found], axis=0)
    of_list = np.concatenate([np.repeat(np.arange(len(size)), np.diff(few.indptr)) for few in found])
    by_list = np.argsort(of_list, kind="stable")
    pair, rho, shape = (np.concatenate([few[i] for few in found])[by_list] for i in (1, 2, 3))
    return Candidates(np.concatenate([[0], np.cumsum(size)]).astype(np.int64), pair, rho, shape)
