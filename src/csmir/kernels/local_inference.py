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
    fdr: float | None = None,
    alternative: str = "less",
) -> Entries:
    """Pairs with p <= alpha in the lists from `start` to `stop`: all that q-values at or below alpha need.

    `alternative` is "less" (repression), "greater" (activation) or "two-sided". Where a pair has two kinds of scores,
    the smaller p is doubled, and the rho that goes with it is kept; `missing` scores are left out where n_eff times
    the shares of the list that detect the genes is below 5. A pair is not tested in a list, and has no entry, where
    one of its genes is detected in no cell or takes one value, or where no kind of scores is left.

    `fdr` leaves out what cannot have q <= fdr either, which is much quicker than sorting it out later: at most the
    share of p at or below t that t / fdr allows can be rejected.
    """
    side = SIDES[alternative]
    block = correlate(x, y, lists, pairs, start, stop)
    usable, n_tested = _usable(x, y, block, lists, pairs, start)
    levels = np.array([alpha] if fdr is None else min(alpha, fdr) * 0.5 ** np.arange(24))
    limits = _limits(lists.n_eff[start:stop], levels, 1 if side else 2)
    counts = np.zeros((stop - start, len(levels)), np.int64)
    _count(block.rho, usable, limits, side, counts)
    chosen = np.zeros(stop - start, np.int64)
    if fdr is not None:
        chosen = np.array([_needed(c, m, levels, fdr) for c, m in zip(counts, n_tested, strict=True)], np.int64)
    lists_of_block = np.arange(stop - start)
    limits, n_likely = limits[lists_of_block, chosen][:, None], int(counts[lists_of_block, chosen].sum())
    i, q, rho, p = _collect_p(block, usable, limits, lists, pairs, start, side, n_likely)
    keep = np.flatnonzero(p <= alpha)
    keep = keep[np.lexsort((pairs.pair[q[keep]], i[keep]))]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(i[keep], minlength=stop - start))]).astype(np.int64)
    return Entries(indptr, pairs.pair[q[keep]], rho[keep], p[keep], n_tested)


def _usable(
    x: Scores, y: Scores, block: Block, lists: Lists, pairs: PairOrder, start: int
) -> tuple[np.ndarray, np.ndarray]:
    """Bits of the kinds of scores to look at, (lists, pairs) uint8, and how many pairs have any."""
    tested_x, tested_y = (
        (seen > 0) & (shape[..., 1] > -2.5).any(axis=0)
        for seen, shape in ((block.seen_x, block.x), (block.seen_y, block.y))
    )  # no distribution has an excess kurtosis below -2; a gene of one value is given -3
    missing, lowest = (1 << x.kinds.index(kind) if kind in x.kinds else 0 for kind in ("missing", "lowest"))
    out = np.empty(block.rho.shape[1:], np.uint8)
    n_tested = np.zeros(len(out), np.int64)
    needed = EXPECTED_BOTH / lists.n_eff[start : start + len(out)]
    _mark(
        pairs.mirna, pairs.mrna, tested_x, tested_y, block.seen_x, block.seen_y, x.has_zeros, y.has_zeros,
        needed, missing, lowest, out, n_tested,
    )  # fmt: skip
    return out, n_tested


def _limits(n_eff: np.ndarray, levels: np.ndarray, tails: int) -> np.ndarray:
    """How far rho must be from 0 for p to be at a level: (lists, levels, 2) float32, for one kind of scores and two."""
    out = [[critical_rho(n_eff, level / tails / kinds if level < 1 else 1) for kinds in (1, 2)] for level in levels]
    return (np.array(out).transpose(2, 0, 1) - 1e-6).astype(np.float32)


def _needed(counts: np.ndarray, n_tested: int, levels: np.ndarray, fdr: float) -> int:
    """The strictest level that keeps all that can be rejected: `counts` p-values may be at or below each level."""
    at = 0
    while at + 1 < len(levels) and levels[at + 1] >= fdr * counts[at] / max(n_tested, 1):
        at += 1
    return at


def _collect_p(
    block: Block,
    usable: np.ndarray,
    limits: np.ndarray,
    lists: Lists,
    pairs: PairOrder,
    start: int,
    side: int,
    n_likely: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """List, pair, rho and p of what is beyond the limits: the smallest p over the kinds, by Bonferroni."""
    i, q, beyond = np.empty(n_likely, np.int64), np.empty(n_likely, np.int64), np.empty(n_likely, np.uint8)
    _collect(block.rho, usable, limits, side, i, q, beyond)
    best, best_p = np.zeros(n_likely, np.float32), np.full(n_likely, 2.0)
    for kind in range(len(block.rho)):
        at = np.flatnonzero(beyond >> kind & 1)
        row, g, t = i[at], pairs.mirna[q[at]], pairs.mrna[q[at]]
        rho = block.rho[kind, row, q[at]].astype(np.float64)
        own, other = block.x[kind, row, g].astype(np.float64), block.y[kind, row, t].astype(np.float64)
        sign = np.where(rho > 0, -1, 1) if side == 0 else -side
        row = row + start
        skewness = sign * own[:, 0] * other[:, 0] * lists.third[row]
        p = lower_p(sign * rho, lists.n_eff[row], skewness, own[:, 1] * other[:, 1] * lists.fourth[row])
        better = p < best_p[at]
        best[at[better]], best_p[at[better]] = rho[better], p[better]
    n_kinds = np.where(usable[i, q] == 3, 2, 1)
    return i, q, best, np.minimum(best_p * n_kinds * (1 if side else 2), 1)


@numba.njit(nogil=True, cache=True)
def _mark(mirna, mrna, tested_x, tested_y, seen_x, seen_y, zeros_x, zeros_y, needed, missing, lowest, out, n_tested):
    for i in range(out.shape[0]):
        for q in range(out.shape[1]):
            g, t = mirna[q], mrna[q]
            bits = 0
            if tested_x[i, g] & tested_y[i, t]:
                bits = lowest
                # without zeros the kinds are the same
                if (lowest == 0 or zeros_x[g] or zeros_y[t]) and seen_x[i, g] * seen_y[i, t] >= needed[i]:
                    bits |= missing
            out[i, q] = bits
            n_tested[i] += bits > 0


@numba.njit(nogil=True, cache=True, inline="always")
def _beyond(rho, i, q, bits, limit, side):
    """Bits of the kinds of scores whose rho is at or beyond the limit."""
    out = 0
    for kind in range(rho.shape[0]):
        if bits >> kind & 1:
            value = rho[kind, i, q]
            if ((side <= 0) & (value <= -limit)) | ((side >= 0) & (value >= limit)):
                out |= 1 << kind
    return out


@numba.njit(nogil=True, cache=True)
def _count(rho, usable, limits, side, counts):
    """Pairs beyond each level's limit; levels are ever stricter."""
    for i in range(rho.shape[1]):
        for q in range(rho.shape[2]):
            bits = usable[i, q]
            two = int(bits == 3)
            for level in range(limits.shape[1]):
                if _beyond(rho, i, q, bits, limits[i, level, two], side) == 0:
                    break
                counts[i, level] += 1


@numba.njit(nogil=True, cache=True)
def _collect(rho, usable, limits, side, row, pair, beyond):
    at = 0
    for i in range(rho.shape[1]):
        for q in range(rho.shape[2]):
            bits = usable[i, q]
            which = _beyond(rho, i, q, bits, limits[i, 0, int(bits == 3)], side)
            if which:
                row[at], pair[at], beyond[at] = i, q, which
                at += 1
