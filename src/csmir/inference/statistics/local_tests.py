"""How many pairs the local test tests in each row, and which of a list's pairs a cell detects itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csmir.inference.execute import spread_rows
from csmir.inference.expression import Stored
from csmir.inference.pairs import Pairs
from csmir.inference.statistics.record import Kept, made_once

if TYPE_CHECKING:
    from csmir.kernels.local_means import Means


def count_tests(
    detected: np.ndarray,
    mrna: Stored,
    used: np.ndarray,
    pairs: Pairs,
    means: Means,
    expressed_only: bool,
    kept: Kept | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Tests of each row: pairs of which both genes are seen in the list, or in the cell; and rows that test a pair."""
    from csmir.kernels.local_candidates import count_rows, count_tested, lists_of, pack_genes, seen_in_lists

    def seen(bits: np.ndarray) -> np.ndarray:
        if expressed_only:
            return bits
        out = np.empty((len(means.n_eff), bits.shape[1]), np.uint64)
        out[lists_of(means)] = seen_in_lists(bits, means)
        return out

    (seen_y,) = made_once(kept, "seen", lambda: (seen(mrna.bits()),))
    seen_x, pair_x = seen(pack_genes(detected)), np.searchsorted(used, pairs.mirna)
    n = count_tested(seen_x, seen_y, pair_x, pairs.mrna)
    if expressed_only or means.sides == 1:
        return n, count_rows(seen_x, seen_y, pair_x, pairs.mrna)
    # a pair may be tested on one side only: the side with more tests makes q-values larger, never smaller
    either_x, either_y = (
        np.bitwise_or.reduce(bits.reshape(-1, means.sides, bits.shape[1]), axis=1) for bits in (seen_x, seen_y)
    )
    return n.reshape(-1, means.sides).max(axis=1), count_rows(either_x, either_y, pair_x, pairs.mrna)


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
