"""Candidates of the local test: what can have a small p-value in a list, with what the p-value is made of.

Beside them, what is tested at all: in which lists a gene is seen, as bits, 64 genes a word.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from csmir.kernels.local_adjust import Ground
from csmir.kernels.local_means import Means
from csmir.kernels.local_moments import Genes
from csmir.kernels.local_p import SIDES, limits_of
from csmir.kernels.local_pairs import Beyond, Lanes, beyond, lanes_of

# cells of a list in which chance would detect both genes; with fewer, `missing` scores are too few to correlate
EXPECTED_BOTH = 5.0
# what p is made of, beside rho and n_eff
SHAPE = np.dtype([("skewness", np.float32), ("kurtosis", np.float32), ("kinds", np.uint8), ("kept", np.uint8)])


class Candidates(NamedTuple):
    """Candidates, list after list; pairs ascend, and a pair may come once for each reading of its zeros."""

    indptr: np.ndarray  # (lists + 1,) int64
    pair: np.ndarray  # (entries,) int32: position in the caller's arrays of pairs
    rho: np.ndarray  # (entries,) float32: negative for repression
    shape: np.ndarray  # (entries,) SHAPE


def lists_of(means: Means) -> np.ndarray:
    """(lists,) int64: where the results of each list belong: its row, and its side if a row has two."""
    n = len(means.steps[0].indptr) - 1
    if means.sides == 1 and n < len(means.order):
        return np.arange(n)
    return np.repeat(means.order.astype(np.int64), means.sides) * means.sides + np.tile(
        np.arange(means.sides), len(means.order)
    )


def n_eff_of(means: Means) -> np.ndarray:
    """(lists,) independent cells of each list, where its results belong."""
    out = np.empty(len(means.n_eff))
    out[lists_of(means)] = means.n_eff
    return out


def candidates(
    x: Genes,
    y: Genes,
    means: Means,
    pair_x: np.ndarray,
    pair_y: np.ndarray,
    *,
    alpha: float = 1.0,
    alternative: str = "less",
    ground: Ground | None = None,
    n_factors: int | None = None,
    counted: float = 0.0,
    near: np.ndarray | None = None,
) -> Candidates:
    """All that can have p <= alpha, lists as `lists_of` says.

    `alternative` is "less" (repression), "greater" (activation) or "two-sided". `missing` scores are left out where
    n_eff times the shares of the list that detect the genes is below 5. A pair is not tested in a list where one of
    its genes is detected in no cell or takes one value, or where what `ground` leaves of it is too little. With
    `ground`, which `x` and `y` were measured with, its known columns and the first `n_factors` factors (None: all) are
    taken off. `near` (lists,) is filled with how many have p <= `counted` beside, or more.
    """
    if n_factors is None:
        n_factors = 0 if ground is None else ground.factors.shape[1]
    options: dict[str, Any] = {"alpha": alpha, "alternative": alternative, "ground": ground}
    options |= {"counted": counted, "near": near}
    return candidates_by_prefix(x, y, means, pair_x, pair_y, prefixes=(n_factors,), **options)[0]


def candidates_by_prefix(
    x: Genes,
    y: Genes,
    means: Means,
    pair_x: np.ndarray,
    pair_y: np.ndarray,
    *,
    prefixes: tuple[int, ...],
    alpha: float = 1.0,
    alternative: str = "less",
    ground: Ground | None = None,
    counted: float = 0.0,
    near: np.ndarray | None = None,
) -> list[Candidates]:
    """The candidates for each of some ascending numbers of factors, in one pass over the pairs."""
    side = SIDES[alternative]
    lanes = lanes_of(pair_x, pair_y, x, y)
    most = 0 if ground is None else ground.n_common + max(prefixes)
    limits = [limits_of(means.n_eff - kept, np.array([alpha]), side)[:, 0] for kept in range(most + 1)]
    needed = (EXPECTED_BOTH / means.n_eff).astype(np.float32)
    loose = None if near is None else limits_of(means.n_eff, np.array([counted]), side)[:, 0].T
    found = beyond(x, y, means, lanes, np.array(limits).transpose(0, 2, 1), needed, side, ground, prefixes, loose)
    if near is not None:
        near[lists_of(means)] = found.near
    if len(prefixes) == 1:
        return [_by_list(found, x, y, means, lanes)]
    own = [found.prefix == p for p in range(len(prefixes))]
    parts = [Beyond._make([*(values[some] for values in found[:6]), found.near]) for some in own]
    return [_by_list(part, x, y, means, lanes) for part in parts]


def _by_list(found: Beyond, x: Genes, y: Genes, means: Means, lanes: Lanes) -> Candidates:
    where, n_lists = lists_of(means), len(means.n_eff)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(where[found.list], minlength=n_lists))]).astype(np.int64)
    n = len(found.list)
    out = Candidates(indptr, np.empty(n, np.int32), np.empty(n, np.float32), np.empty(n, SHAPE))
    third, fourth = means.third.astype(np.float32), means.fourth.astype(np.float32)
    _sort(
        *found[:5], where, indptr[:-1].copy(), *lanes[:4], x.skewness, y.skewness, x.kurtosis, y.kurtosis,
        third, fourth, out.pair, out.rho, out.shape,
    )  # fmt: skip
    return out


@numba.njit(nogil=True, cache=True)
def _sort(
    at_list, at_lane, rho, kinds, kept, where, cursor, pair, gene_x, gene_y, kind, skewness_x, skewness_y, kurtosis_x,
    kurtosis_y, third, fourth, pair_out, rho_out, shape_out,
):  # fmt: skip
    for e in range(len(at_list)):
        i, q = at_list[e], at_lane[e]
        to = cursor[where[i]]
        cursor[where[i]] += 1
        k, u, v = kind[q], gene_x[q], gene_y[q]
        pair_out[to], rho_out[to] = pair[q], rho[e]
        shape_out[to].skewness = skewness_x[k, u, i] * skewness_y[k, v, i] * third[i]
        shape_out[to].kurtosis = kurtosis_x[k, u, i] * kurtosis_y[k, v, i] * fourth[i]
        shape_out[to].kinds, shape_out[to].kept = kinds[e], kept[e]


def pack_genes(detected: np.ndarray) -> np.ndarray:
    """Bits, (cells, words) uint64, of `detected` (genes, cells) bool."""
    n_genes, n_cells = detected.shape
    padded = np.zeros((n_cells, -(-n_genes // 64) * 64), np.uint8)
    padded[:, :n_genes] = detected.T
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


def seen_in_lists(bits: np.ndarray, means: Means) -> np.ndarray:
    """Bits, (lists, words), of the genes that any cell with weight in the list detects; `bits` (cells, words)."""
    out = bits[means.order]
    for step in reversed(means.steps):
        of_rows = np.zeros((len(step.indptr) - 1, bits.shape[1]), np.uint64)
        _any(step.indptr, step.indices, out, of_rows)
        out = of_rows
    return out


def count_tested(seen_x: np.ndarray, seen_y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> np.ndarray:
    """Pairs whose genes are both seen: (rows,) int64; `seen_x` (rows, words) bits of the genes of `pair_x`."""
    order = np.argsort(pair_x, kind="stable")
    n_x, n_y = 64 * seen_x.shape[1], 64 * seen_y.shape[1]
    first = np.searchsorted(np.asarray(pair_x)[order], np.arange(n_x + 1))
    out = np.full(len(seen_x), len(pair_x), np.int64)
    _less_unseen(seen_x, seen_y, first, np.asarray(pair_y, np.int64)[order], np.bincount(pair_y, minlength=n_y), out)
    return out


@numba.njit(nogil=True, cache=True)
def _any(indptr, indices, bits, out):
    for i in range(len(out)):
        for e in range(indptr[i], indptr[i + 1]):
            out[i] |= bits[indices[e]]


@numba.njit(nogil=True, cache=True)
def _less_unseen(seen_x, seen_y, first, pair_y, degree, out):
    one = np.uint64(1)
    for i in range(len(out)):
        for w in range(seen_y.shape[1]):
            left = ~seen_y[i, w]
            t = 64 * w
            while left:
                if left & one:
                    out[i] -= degree[t]
                left >>= one
                t += 1
        for w in range(seen_x.shape[1]):
            left = ~seen_x[i, w]
            g = 64 * w
            while left:
                if left & one:
                    for q in range(first[g], first[g + 1]):
                        t = pair_y[q]
                        out[i] -= np.int64(seen_y[i, t >> 6] >> np.uint64(t & 63) & one)
                left >>= one
                g += 1


def count_rows(seen_x: np.ndarray, seen_y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> np.ndarray:
    """Rows in which both genes of a pair are seen: (pairs,) int64, from bits (rows, words)."""
    out = np.full(len(pair_x), len(seen_x), np.int64)
    always_x, always_y = (
        np.unpackbits(np.bitwise_and.reduce(seen, axis=0).view(np.uint8), bitorder="little") > 0
        for seen in (seen_x, seen_y)
    )
    some = np.flatnonzero(~(always_x[pair_x] & always_y[pair_y]))
    out[some] = _count_rows(seen_x, seen_y, np.asarray(pair_x)[some], np.asarray(pair_y)[some])
    return out


@numba.njit(nogil=True, cache=True)
def _count_rows(seen_x, seen_y, pair_x, pair_y):
    out = np.zeros(len(pair_x), np.int64)
    one = np.uint64(1)
    for i in range(len(seen_x)):
        for q in range(len(pair_x)):
            own = seen_x[i, pair_x[q] >> 6] >> np.uint64(pair_x[q] & 63)
            other = seen_y[i, pair_y[q] >> 6] >> np.uint64(pair_y[q] & 63)
            out[q] += np.int64(own & other & one)
    return out
