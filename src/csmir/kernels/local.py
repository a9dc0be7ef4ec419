"""Correlations of two genes' scores among a cell's neighbours: list of cells after list of cells.

With weights w (summing to 1 over the list) and scores u, v of `local_scores.py`,

    rho = sum w (u - mean u)(v - mean v) / sqrt(sum w (u - mean u)^2 sum w (v - mean v)^2).

A gene's scores, their mean and standard deviation are gathered once per list, so that a pair costs one dot product.
Cells x genes in, so that what is gathered lies together; lists x pairs out; without Python's lock, with scratch of its
own: threads come from the caller over ranges of lists.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.local_scores import Scores
from csmir.kernels.neighbors import Lists

TILE = 128  # mRNAs at once: what they need stays in the cache over the lists of a batch
BATCH = 16  # lists at once
LANES = 16


class PairOrder(NamedTuple):
    """Pairs sorted by tile of mRNAs, then by miRNA: what is in the cache is used up."""

    first: np.ndarray  # (tiles + 1,) int64: where each tile's pairs start
    mirna: np.ndarray  # (pairs,) int64
    mrna: np.ndarray  # (pairs,) int64
    pair: np.ndarray  # (pairs,) int64: position in the caller's arrays


class Block(NamedTuple):
    """What a range of lists gives, pairs in the order of `PairOrder`."""

    rho: np.ndarray  # (kinds, lists, pairs) float32
    x: np.ndarray  # (kinds, lists, miRNAs, 2) float32: skewness and excess kurtosis of the scores
    y: np.ndarray  # (kinds, lists, mRNAs, 2) float32; mRNAs of tiles without a pair are not filled
    seen_x: np.ndarray  # (lists, miRNAs) float32: share of the list's weight where the gene is detected
    seen_y: np.ndarray  # (lists, mRNAs) float32


def order_pairs(pair_x: np.ndarray, pair_y: np.ndarray, n_mrnas: int) -> PairOrder:
    """Sort pairs (given as positions of miRNAs and mRNAs) once for all blocks."""
    pair_x, pair_y = np.asarray(pair_x, np.int64), np.asarray(pair_y, np.int64)
    pair = np.lexsort((pair_y, pair_x, pair_y // TILE))
    first = np.searchsorted(pair_y[pair] // TILE, np.arange(-(-n_mrnas // TILE) + 1))
    return PairOrder(first.astype(np.int64), pair_x[pair], pair_y[pair], pair)


def correlate(x: Scores, y: Scores, lists: Lists, pairs: PairOrder, start: int, stop: int) -> Block:
    """Correlate all pairs in the lists from `start` to `stop`."""
    n_kinds, n, n_x, n_y = len(x.scores), stop - start, x.detected.shape[1], y.detected.shape[1]
    block = Block(
        np.empty((n_kinds, n, len(pairs.pair)), np.float32),
        np.zeros((n_kinds, n, n_x, 2), np.float32),
        np.zeros((n_kinds, n, n_y, 2), np.float32),
        np.ones((n, n_x), np.float32),
        np.ones((n, n_y), np.float32),
    )
    weights = lists.weights[lists.indptr[start] : lists.indptr[stop]]
    near = lists.indices.view(np.uint32)[lists.indptr[start] : lists.indptr[stop]]
    at = lists.indptr[start : stop + 1] - lists.indptr[start]
    for kind in range(n_kinds):
        _fill(
            x.scores[kind], x.detected, y.scores[kind], y.detected, at, near, weights, np.sqrt(weights),
            pairs.first, pairs.mirna, pairs.mrna, kind == 0,
            block.rho[kind], block.x[kind], block.y[kind], block.seen_x, block.seen_y,
        )  # fmt: skip
    return block


@numba.njit(nogil=True, cache=True)  # genes are lanes without fastmath, which would let bytes hang on addresses
def _gather(scores, detected, near, weights, roots, g0, out, sums, centre, shape, seen):
    """Scores of the genes from `g0` on over a list, times sqrt(w): `out` (genes, list).

    Also their weighted mean and 1 / sd, skewness and excess kurtosis, and the weight of the cells that detect them
    (not if `seen` is empty). Cells are rows, of which four are read at once: genes, side by side, are lanes.
    """
    n, m = len(near), len(out)
    none = np.float32(0)
    one, two, three, four = sums[0], sums[1], sums[2], sums[3]
    sums[:] = none
    seen[:] = none
    for j in range(0, n, 4):
        j1, j2, j3 = min(j + 1, n - 1), min(j + 2, n - 1), min(j + 3, n - 1)
        w0 = weights[j]
        w1 = weights[j1] if j1 > j else none
        w2 = weights[j2] if j2 > j1 else none
        w3 = weights[j3] if j3 > j2 else none
        r0, r1, r2, r3 = scores[near[j]], scores[near[j1]], scores[near[j2]], scores[near[j3]]
        for g in range(m):
            a, b, c, d = r0[g0 + g], r1[g0 + g], r2[g0 + g], r3[g0 + g]
            a1, b1, c1, d1 = w0 * a, w1 * b, w2 * c, w3 * d
            a2, b2, c2, d2 = a1 * a, b1 * b, c1 * c, d1 * d
            a3, b3, c3, d3 = a2 * a, b2 * b, c2 * c, d2 * d
            one[g] += (a1 + b1) + (c1 + d1)
            two[g] += (a2 + b2) + (c2 + d2)
            three[g] += (a3 + b3) + (c3 + d3)
            four[g] += (a3 * a + b3 * b) + (c3 * c + d3 * d)
        if len(seen):
            d0, d1, d2, d3 = detected[near[j]], detected[near[j1]], detected[near[j2]], detected[near[j3]]
            for g in range(m):
                a, b = w0 if d0[g0 + g] else none, w1 if d1[g0 + g] else none
                c, d = w2 if d2[g0 + g] else none, w3 if d3[g0 + g] else none
                seen[g] += (a + b) + (c + d)
        w0 = roots[j]
        w1 = roots[j1] if j1 > j else none
        w2 = roots[j2] if j2 > j1 else none
        w3 = roots[j3] if j3 > j2 else none
        for g in range(m):
            row = out[g]
            row[j], row[j + 1] = w0 * r0[g0 + g], w1 * r1[g0 + g]
            row[j + 2], row[j + 3] = w2 * r2[g0 + g], w3 * r3[g0 + g]
    for g in range(m):
        out[g, (n + 3) // 4 * 4 :] = none
        mean = one[g]
        variance = two[g] - mean * mean
        scale = np.float32(1) / np.sqrt(variance) if variance > np.float32(1e-7) else none
        centre[g, 0], centre[g, 1] = mean, scale
        square = scale * scale
        shape[g, 0] = (three[g] - 3 * mean * two[g] + 2 * mean * mean * mean) * square * scale
        shape[g, 1] = (
            four[g] - 4 * mean * three[g] + 6 * mean * mean * two[g] - 3 * mean * mean * mean * mean
        ) * square * square - 3


@numba.njit(nogil=True, cache=True, fastmath=True)
def _dots(u, v, width, mirna, mrna, first, stop, t0, out):
    """Dot products of pairs of vectors, four mRNAs of a miRNA at a time."""
    q = first
    while q < stop:
        end = q + 1
        while end < stop and mirna[end] == mirna[q]:
            end += 1
        a = u[mirna[q]]
        while q < end:
            r1, r2, r3 = min(q + 1, end - 1), min(q + 2, end - 1), min(q + 3, end - 1)
            b0, b1, b2, b3 = v[mrna[q] - t0], v[mrna[r1] - t0], v[mrna[r2] - t0], v[mrna[r3] - t0]
            s0, s1, s2, s3 = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            for j in range(width):
                s0 += a[j] * b0[j]
                s1 += a[j] * b1[j]
                s2 += a[j] * b2[j]
                s3 += a[j] * b3[j]
            out[q] = s0
            out[r1] = s1
            out[r2] = s2
            out[r3] = s3
            q = min(q + 4, end)


@numba.njit(nogil=True, cache=True)
def _correlations(u_centre, v_centre, mirna, mrna, first, stop, t0, out):
    """Make correlations of dot products."""
    for q in range(first, stop):
        own, other = u_centre[mirna[q]], v_centre[mrna[q] - t0]
        out[q] = (out[q] - own[0] * other[0]) * (own[1] * other[1])


@numba.njit(nogil=True, cache=True)
def _fill(
    x, x_detected, y, y_detected, at, near, weights, roots, first, mirna, mrna, count_detected,
    rho, shape_x, shape_y, seen_x, seen_y,
):  # fmt: skip
    n_x, n_y = x.shape[1], y.shape[1]
    longest = 0
    for i in range(rho.shape[0]):
        longest = max(longest, at[i + 1] - at[i])
    # not a power of two, which would put all rows into the same few lines of the cache
    longest = (longest + LANES - 1) // LANES * LANES + LANES
    u, v = np.empty((BATCH, n_x, longest), np.float32), np.empty((TILE, longest), np.float32)
    u_centre, v_centre = np.empty((BATCH, n_x, 2), np.float32), np.empty((TILE, 2), np.float32)
    sums = np.empty((4, TILE), np.float32)
    for b0 in range(0, rho.shape[0], BATCH):
        b1 = min(b0 + BATCH, rho.shape[0])
        for i in range(b0, b1):
            some = slice(at[i], at[i + 1])
            for g in range(0, n_x, TILE):
                end = min(g + TILE, n_x)
                seen = seen_x[i, g : end if count_detected else g]
                _gather(
                    x, x_detected, near[some], weights[some], roots[some], g, u[i - b0, g:end], sums,
                    u_centre[i - b0, g:end], shape_x[i, g:end], seen,
                )  # fmt: skip
        for tile in range(len(first) - 1):
            if first[tile] == first[tile + 1]:
                continue
            t0, end = tile * TILE, min((tile + 1) * TILE, n_y)
            for i in range(b0, b1):
                some = slice(at[i], at[i + 1])
                seen = seen_y[i, t0 : end if count_detected else t0]
                _gather(
                    y, y_detected, near[some], weights[some], roots[some], t0, v[: end - t0], sums, v_centre,
                    shape_y[i, t0:end], seen,
                )  # fmt: skip
                width = (at[i + 1] - at[i] + LANES - 1) // LANES * LANES
                _dots(u[i - b0], v, width, mirna, mrna, first[tile], first[tile + 1], t0, rho[i])
                _correlations(u_centre[i - b0], v_centre, mirna, mrna, first[tile], first[tile + 1], t0, rho[i])
