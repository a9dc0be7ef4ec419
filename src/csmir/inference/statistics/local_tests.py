"""How many pairs the local test tests in each row, and which of a list's pairs a cell detects itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csmir.inference.expression import Stored
from csmir.inference.kept import Kept, made_once
from csmir.inference.pairs import Pairs
from csmir.inference.rows import spread_rows

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
) -> np.ndarray:
    """Tests of each row: pairs of which both genes are seen in the list, or in the cell."""
    from csmir.kernels.local_candidates import lists_of
    from csmir.kernels.local_seen import count_tested, pack_genes, seen_in_lists

    def seen(bits: np.ndarray) -> np.ndarray:
        if expressed_only:
            return bits
        out = np.empty((len(means.n_eff), bits.shape[1]), np.uint64)
        out[lists_of(means)] = seen_in_lists(bits, means)
        return out

    (seen_y,) = made_once(kept, "seen", lambda: (seen(mrna.bits()),))
    n = count_tested(seen(pack_genes(detected)), seen_y, np.searchsorted(used, pairs.mirna), pairs.mrna)
    # a pair may be tested on one side only: the side with more tests makes q-values larger, never smaller
    return n.reshape(-1, means.sides).max(axis=1) if not expressed_only else n


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
