"""The local test: which pairs are correlated among a cell's neighbours, with p-values.

Under the null, the pairing of the two genes' scores is exchangeable over the cell's list. The list may depend on the
mRNAs, if the miRNAs are independent of them given where the cells are: then nothing about the list tells of the
pairing.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.local import Block, PairOrder, correlate
from csmir.kernels.local_p import critical_rho, lower_p
from csmir.kernels.local_scores import Scores
from csmir.kernels.neighbors import Lists

SIDES = {"less": -1, "two-sided": 0, "greater": 1}

# cells of a list in which chance would detect both genes; with fewer, `missing` scores are too few to correlate
EXPECTED_BOTH = 5.0


class Entries(NamedTuple):
    """Candidates, list after list; the pairs of a list ascend."""

    indptr: np.ndarray  # (lists + 1,) int64
    pair: np.ndarray  # (entries,) int64: position in the caller's arrays of pairs
    rho: np.ndarray  # (entries,) float32: negative for repression
    p: np.ndarray  # (entries,) float64
    n_tested: np.ndarray  # (lists,) int64: pairs whose genes are detected and vary in the list


def local_entries(
    x: Scores,
    y: Scores,
    lists: Lists,
    pairs: PairOrder,
    start: int,
    stop: int,
    *,
    alpha: float = 1.0,
    alternative: str = "less",
) -> Entries:
    """Pairs with p <= alpha in the lists from `start` to `stop`: all that q-values at or below alpha need.

    `alternative` is "less" (repression), "greater" (activation) or "two-sided". Where a pair has two kinds of scores,
    the smaller p is doubled, and the rho that goes with it is kept; `missing` scores are left out where n_eff times
    the shares of the list that detect the genes is below 5. A pair is not tested in a list, and has no entry, where
    one of its genes is detected in no cell or takes one value, or where no kind of scores is left.
    """
    side = SIDES[alternative]
    block = correlate(x, y, lists, pairs, start, stop)
    n_eff = lists.n_eff[start:stop]
    limit = (critical_rho(n_eff, alpha if side else alpha / 2) * (1 - 1e-6)).astype(np.float32)
    tested_x, tested_y = (
        (seen > 0) & (shape[..., 1] > -2.5).any(axis=0)
        for seen, shape in ((block.seen_x, block.x), (block.seen_y, block.y))
    )  # no distribution has an excess kurtosis below -2; a gene of one value is given -3
    missing, lowest = (x.kinds.index(kind) if kind in x.kinds else -1 for kind in ("missing", "lowest"))
    n_tested, which = np.zeros(stop - start, np.int64), np.empty(block.rho.shape[1:], np.bool_)
    _mark(
        block.rho, missing, lowest, pairs.mirna, pairs.mrna, tested_x, tested_y, block.seen_x, block.seen_y, n_eff,
        limit, side, which, n_tested,
    )  # fmt: skip
    i, q = np.nonzero(which)
    rho, p = _smallest(x, y, block, lists, pairs, start, i, q, side)
    keep = np.flatnonzero(p <= alpha)
    keep = keep[np.lexsort((pairs.pair[q[keep]], i[keep]))]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(i[keep], minlength=stop - start))]).astype(np.int64)
    return Entries(indptr, pairs.pair[q[keep]], rho[keep], p[keep], n_tested)


def _smallest(
    x: Scores,
    y: Scores,
    block: Block,
    lists: Lists,
    pairs: PairOrder,
    start: int,
    i: np.ndarray,
    q: np.ndarray,
    side: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The smallest p over the kinds of scores, and its rho."""
    best, best_p, n_kinds = np.zeros(len(i), np.float32), np.full(len(i), 2.0), np.zeros(len(i), np.int64)
    g, t = pairs.mirna[q], pairs.mrna[q]
    n_eff, third, fourth = lists.n_eff[start + i], lists.third[start + i], lists.fourth[start + i]
    enough = n_eff * block.seen_x[i, g] * block.seen_y[i, t] >= EXPECTED_BOTH
    same = ~(x.has_zeros[g] | y.has_zeros[t])
    for kind, name in enumerate(x.kinds):
        usable = enough if name == "missing" else np.ones(len(i), bool)
        if len(x.kinds) == 2 and name == "missing":
            usable = usable & ~same
        rho = block.rho[kind, i, q].astype(np.float64)
        own, other = block.x[kind, i, g].astype(np.float64), block.y[kind, i, t].astype(np.float64)
        sign = np.where(rho > 0, -1, 1) if side == 0 else -side
        p = lower_p(sign * rho, n_eff, sign * own[:, 0] * other[:, 0] * third, own[:, 1] * other[:, 1] * fourth)
        better = usable & (p < best_p)
        best[better], best_p[better] = rho[better], p[better]
        n_kinds += usable
    return best, np.minimum(best_p * n_kinds * (1 if side else 2), 1)


@numba.njit(nogil=True, cache=True)
def _mark(
    rho, missing, lowest, mirna, mrna, tested_x, tested_y, seen_x, seen_y, n_eff, limit, side, which, n_tested
):  # fmt: skip
    """Mark tested pairs that any usable kind of scores puts at or beyond the limit."""
    for i in range(rho.shape[1]):
        at, needed = limit[i], EXPECTED_BOTH / n_eff[i]
        for q in range(rho.shape[2]):
            g, t = mirna[q], mrna[q]
            tested, beyond = tested_x[i, g] & tested_y[i, t], False
            if lowest >= 0:
                value = rho[lowest, i, q]
                beyond |= ((side <= 0) & (value <= -at)) | ((side >= 0) & (value >= at))
            if missing >= 0:
                value = rho[missing, i, q]
                enough = seen_x[i, g] * seen_y[i, t] >= needed
                beyond |= enough & (((side <= 0) & (value <= -at)) | ((side >= 0) & (value >= at)))
                tested &= enough | (lowest >= 0)
            which[i, q] = tested & beyond
            n_tested[i] += tested
