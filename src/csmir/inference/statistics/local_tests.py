"""How many pairs the local test tests in each row, and which of a list's pairs a cell detects itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csmir.inference.covariates import FEWEST_LEFT
from csmir.inference.execute import spread_rows
from csmir.inference.expression import Stored
from csmir.inference.pairs import Pairs
from csmir.inference.statistics.record import Kept, made_once

if TYPE_CHECKING:
    from csmir.kernels.local_adjust import Ground
    from csmir.kernels.local_means import Means
    from csmir.kernels.local_moments import Genes


def count_tests(
    detected: np.ndarray,
    mrna: Stored,
    used: np.ndarray,
    pairs: Pairs,
    means: Means,
    expressed_only: bool,
    kept: Kept | None,
    lost: np.ndarray | None,
    left: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Tests of each row: pairs of which both genes are seen in the list, or in the cell; and rows that test a pair.

    `lost` (pairs,) bool: pairs that are tested nowhere. `left` (miRNAs used, lists) bool, lists in the order of
    the means: where what is adjusted for leaves something of a miRNA to test.
    """
    from csmir.kernels.local_candidates import count_rows, count_tested, lists_of, pack_genes, seen_in_lists

    def seen(bits: np.ndarray) -> np.ndarray:
        if expressed_only:
            return bits
        out = np.empty((len(means.n_eff), bits.shape[1]), np.uint64)
        out[lists_of(means)] = seen_in_lists(bits, means)
        return out

    (seen_y,) = made_once(kept, "seen", lambda: (seen(mrna.bits()),))
    seen_x = seen(pack_genes(detected))
    if left is not None and not left.all():
        of_rows = np.empty_like(left.T)
        of_rows[lists_of(means)] = left.T
        if expressed_only:  # rows are cells
            of_cells = of_rows[means.row_of] if means.sides == 1 else of_rows.reshape(-1, 2, len(used)).any(axis=1)
            of_rows = np.asarray(of_cells, bool)
        seen_x = seen_x & pack_genes(of_rows.T)
    some = np.arange(len(pairs)) if lost is None else np.flatnonzero(~lost)
    n_rows = np.zeros(len(pairs), np.int64)
    pair_x, pair_y = np.searchsorted(used, pairs.mirna[some]), pairs.mrna[some]
    n = count_tested(seen_x, seen_y, pair_x, pair_y)
    if expressed_only or means.sides == 1:
        n_rows[some] = count_rows(seen_x, seen_y, pair_x, pair_y)
        return n, n_rows
    # a pair may be tested on one side only: the side with more tests makes q-values larger, never smaller
    either_x, either_y = (
        np.bitwise_or.reduce(bits.reshape(-1, means.sides, bits.shape[1]), axis=1) for bits in (seen_x, seen_y)
    )
    n_rows[some] = count_rows(either_x, either_y, pair_x, pair_y)
    return n.reshape(-1, means.sides).max(axis=1), n_rows


def left_to_test(
    ground: Ground, n_factors: int | None, means: Means, n_mirnas: int, measured: Genes | None
) -> np.ndarray:
    """Where covariates and factors leave enough independent cells, and of a `measured` miRNA enough of its variance.

    (miRNAs, lists) bool, lists in the order of the means.
    """
    from csmir.kernels.local_adjust import LEAST_LEFT, LEAST_SHARE_LEFT

    last = ground.factors.shape[1] if n_factors is None else n_factors
    out = np.empty((n_mirnas, len(means.n_eff)), bool)
    for r, row in enumerate(out):
        taken = ground.kept + ground.kept_factors[r, last - 1] if last else ground.kept
        row[:] = means.n_eff - taken >= FEWEST_LEFT
        if measured is not None:
            left, scale = measured.left[:, r], measured.scale[:, r]
            enough = (scale > 0) & (left > LEAST_LEFT) & (left * scale * scale > LEAST_SHARE_LEFT)
            row &= enough.any(axis=0) | (scale == 0).all(axis=0)  # covariates are not why it does not vary
    return out


def in_own_cell(
    indptr: np.ndarray,
    pair: np.ndarray,
    pair_x: np.ndarray,
    pair_y: np.ndarray,
    means: Means,
    seen_x: np.ndarray,
    seen_y: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """A row for each cell: of the entries of its list those whose genes it detects itself."""
    if means.sides == 1:
        indptr, at = spread_rows(indptr, means.row_of)
    else:
        at = np.arange(len(pair))
    cell = np.repeat(np.arange(seen_y.shape[1]), np.diff(indptr))
    both = seen_x[pair_x[pair[at]], cell] & seen_y[pair_y[pair[at]], cell]
    return np.concatenate([[0], np.cumsum(both)])[indptr], at[both]
