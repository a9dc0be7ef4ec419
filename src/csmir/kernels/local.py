"""Correlations of two genes' scores among a cell's neighbours: list of cells after list of cells.

With weights w (summing to 1 over the list) and scores u, v of `local_scores.py`,

    rho = sum w (u - mean u)(v - mean v) / sqrt(sum w (u - mean u)^2 sum w (v - mean v)^2).

A gene's scores, their mean and standard deviation are gathered once per list, so that a pair costs one dot product.
Genes x cells in, lists x pairs out; without Python's lock, with scratch of its own: threads come from the caller over
ranges of lists.
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
    n_kinds, n, n_x, n_y = len(x.scores), stop - start, x.detected.shape[0], y.detected.shape[0]
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
            x.scores[kind], x.detected, x.has_zeros, y.scores[kind], y.detected, y.has_zeros, at, near, weights,
            np.sqrt(weights), pairs.first, pairs.mirna, pairs.mrna, kind == 0,
            block.rho[kind], block.x[kind], block.y[kind], block.seen_x, block.seen_y,
        )  # fmt: skip
    return block


@numba.njit(nogil=True, cache=True, fastmath=True)
def _gather(scores, near, weights, roots, out, centre, shape):
    """Scores of one gene over a list, times sqrt(w); their weighted mean and 1 / sd; skewness and excess kurtosis."""
    n = len(near)
    one, two, three, four = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    for j in range(n):  # gathering apart from summing is faster
        out[j] = scores[near[j]]
    for j in range(n):
        value = out[j]
        first = weights[j] * value
        second = first * value
        third = second * value
        one += first
        two += second
        three += third
        four += third * value
        out[j] = roots[j] * value
    out[n:] = np.float32(0)
    variance = two - one * one
    scale = np.float32(1) / np.sqrt(variance) if variance > np.float32(1e-7) else np.float32(0)
    centre[0], centre[1] = one, scale
    square = scale * scale
    shape[0] = (three - 3 * one * two + 2 * one * one * one) * square * scale
    shape[1] = (four - 4 * one * three + 6 * one * one * two - 3 * one * one * one * one) * square * square - 3


@numba.njit(nogil=True, cache=True, fastmath=True)
def _share_detected(detected, near, weights):
    share = np.float32(0)
    for j in range(len(near)):
        share += weights[j] * np.float32(detected[near[j]])
    return share


@numba.njit(nogil=True, cache=True, fastmath=True)
def _dots(u, u_centre, v, v_centre, width, mirna, mrna, first, stop, t0, out):
    """Dot products of pairs of vectors, four mRNAs of a miRNA at a time, made correlations."""
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
    for q in range(first, stop):
        own, other = u_centre[mirna[q]], v_centre[mrna[q] - t0]
        out[q] = (out[q] - own[0] * other[0]) * (own[1] * other[1])


@numba.njit(nogil=True, cache=True)
def _fill(
    x, x_detected, x_zeros, y, y_detected, y_zeros, at, near, weights, roots,
    first, mirna, mrna, count_detected, rho, shape_x, shape_y, seen_x, seen_y,
):  # fmt: skip
    n_x, n_y = x.shape[0], y.shape[0]
    longest = 0
    for i in range(rho.shape[0]):
        longest = max(longest, at[i + 1] - at[i])
    longest = (longest + LANES - 1) // LANES * LANES
    u, v = np.empty((BATCH, n_x, longest), np.float32), np.empty((TILE, longest), np.float32)
    u_centre, v_centre = np.empty((BATCH, n_x, 2), np.float32), np.empty((TILE, 2), np.float32)
    for b0 in range(0, rho.shape[0], BATCH):
        b1 = min(b0 + BATCH, rho.shape[0])
        for i in range(b0, b1):
            cells, w, root = near[at[i] : at[i + 1]], weights[at[i] : at[i + 1]], roots[at[i] : at[i + 1]]
            for g in range(n_x):
                _gather(x[g], cells, w, root, u[i - b0, g], u_centre[i - b0, g], shape_x[i, g])
                if count_detected and x_zeros[g]:
                    seen_x[i, g] = _share_detected(x_detected[g], cells, w)
        for tile in range(len(first) - 1):
            if first[tile] == first[tile + 1]:
                continue
            t0 = tile * TILE
            for i in range(b0, b1):
                cells, w, root = near[at[i] : at[i + 1]], weights[at[i] : at[i + 1]], roots[at[i] : at[i + 1]]
                for t in range(t0, min(t0 + TILE, n_y)):
                    _gather(y[t], cells, w, root, v[t - t0], v_centre[t - t0], shape_y[i, t])
                    if count_detected and y_zeros[t]:
                        seen_y[i, t] = _share_detected(y_detected[t], cells, w)
                width = (len(cells) + LANES - 1) // LANES * LANES
                _dots(
                    u[i - b0],
                    u_centre[i - b0],
                    v,
                    v_centre,
                    width,
                    mirna,
                    mrna,
                    first[tile],
                    first[tile + 1],
                    t0,
                    rho[i],
                )
