"""The local test of each miRNA against the score of its targets, which says in which cells it represses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from csmir.kernels.local_adjust import Adjustment
    from csmir.kernels.local_means import Means

DECIMALS = 12  # of columns of length 1


class LocalSets(NamedTuple):
    """What each cell says of each set."""

    rho: np.ndarray  # (cells, sets) float32, negative for repression; 0 where nothing could be tested
    pvalue: np.ndarray  # (cells, sets) float64, one-sided for repression; 1 where nothing could be tested
    qvalue: np.ndarray  # (cells, sets) float64, Benjamini-Hochberg over the sets of the cell


def local_sets(level: np.ndarray, scores: np.ndarray, means: Means, adjustment: Adjustment | None = None) -> LocalSets:
    """Correlation of `level` with `scores`, both (cells, sets), column by column among the cells of each list.

    What `adjustment` names, its loadings one a set, is held fixed among them.
    """
    from csmir.kernels import fdr
    from csmir.kernels.local_adjust import lay_ground
    from csmir.kernels.local_candidates import candidates, n_eff_of
    from csmir.kernels.local_inference import with_p
    from csmir.kernels.local_moments import measure

    n_cells, n_sets = level.shape
    # ranks and scores have no value that says "not detected"; what ties but for rounding ties
    ground = None
    if adjustment is not None:
        ground = lay_ground(adjustment, means)
    x, y = (measure(np.round(v.T, DECIMALS), means, floor=-np.inf, ground=ground) for v in (level, scores))
    each = np.arange(n_sets)
    found = with_p(*candidates(x, y, means, each, each, ground=ground), n_eff_of(means))
    q = fdr.adjust(found.p, found.indptr, np.diff(found.indptr))
    n_rows = len(found.indptr) - 1
    row = np.repeat(np.arange(n_rows), np.diff(found.indptr))
    out = []
    for values, untested, kind in ((found.rho, 0, np.float32), (found.p, 1, np.float64), (q, 1, np.float64)):
        of_rows = np.full((n_rows, n_sets), untested, kind)
        of_rows[row, found.pair] = values
        of_cells = np.full((n_cells, n_sets), untested, kind)
        inside = means.row_of >= 0
        of_cells[inside] = of_rows[means.row_of[inside]]
        out.append(of_cells)
    return LocalSets(*out)
