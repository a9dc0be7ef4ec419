"""The correlations of pairs in all lists, and which of them lie beyond a limit: pairs as lanes.

    rho = (W(uv) - W(u) W(v)) / (sd u sd v)

A lane is a pair under one reading of its zeros; a pair without zeros has one lane, with zeros two. Each batch of lanes
costs a product over the cells and the steps of W; means and standard deviations are there already.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.local_means import LANES, ROWS, Means, Step, sum_rows
from csmir.kernels.local_moments import Genes

MISSING, LOWEST = 0, 1
NO_STEP = Step(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
FIRST_ENTRIES = 1 << 16


class Lanes(NamedTuple):
    """Pairs and kinds side by side: in the order of the pairs, `missing` before `lowest`."""

    pair: np.ndarray  # (lanes,) int32: position in the caller's arrays of pairs
    x: np.ndarray  # (lanes,) int32: gene
    y: np.ndarray
    kind: np.ndarray  # (lanes,) int32
    two: np.ndarray  # (lanes,) bool: the pair has both kinds


class Beyond(NamedTuple):
    """Correlations beyond their limits, in the order of batches of lanes, then of lists, then of lanes."""

    list: np.ndarray  # (entries,) int32
    lane: np.ndarray  # (entries,) int32
    rho: np.ndarray  # (entries,) float32
    kinds: np.ndarray  # (entries,) uint8: kinds of scores that the pair has in the list


def lanes_of(pair_x: np.ndarray, pair_y: np.ndarray, x: Genes, y: Genes) -> Lanes:
    """Lanes of pairs of genes."""
    pair_x, pair_y = np.asarray(pair_x, np.int32), np.asarray(pair_y, np.int32)
    two = x.has_zeros[pair_x] | y.has_zeros[pair_y]
    pair = np.repeat(np.arange(len(pair_x), dtype=np.int32), 1 + two)
    first = np.append(True, pair[1:] != pair[:-1])[: len(pair)]
    kind = np.where(two[pair] & first, MISSING, LOWEST).astype(np.int32)
    return Lanes(pair, pair_x[pair], pair_y[pair], kind, two[pair])


def beyond(x: Genes, y: Genes, means: Means, lanes: Lanes, limits: np.ndarray, needed: np.ndarray, side: int) -> Beyond:
    """What is at or beyond `limits` (lists, 2), for one kind of scores and two, float32.

    `missing` scores are left out where the shares of the list that detect the genes have a product under `needed`
    (lists,); `side` is -1 for correlations below minus the limit, 1 for those above it, 0 for both.
    """
    steps = means.steps if len(means.steps) == 2 else (means.steps[0], NO_STEP)
    return Beyond(
        *_beyond(
            x.scores, y.scores, x.mean, y.mean, x.scale, y.scale, x.seen, y.seen,
            lanes.x, lanes.y, lanes.kind, lanes.two, *steps[0], *steps[1], limits, needed, side,
        )
    )  # fmt: skip


@numba.njit(nogil=True, cache=True)
def multiply(x, y, x_column, y_column, out):
    """Products of columns, cell by cell, into the lanes of `out`."""
    for c in range(len(out)):
        own, other, row = x[c], y[c], out[c]
        for q in range(LANES):
            row[q] = own[x_column[q]] * other[y_column[q]]


@numba.njit(nogil=True, cache=True)
def correlate(row, u, v, s, t, x_column, y_column, one, other, rho, far):
    """Correlations of a list's lanes, and how far they are to the sides asked for: of `one` sign and the `other`."""
    for q in range(LANES):
        cx, cy = x_column[q], y_column[q]
        value = (row[q] - u[cx] * v[cy]) * (s[cx] * t[cy])
        rho[q] = value
        far[q] = max(value * one, value * other)


@numba.njit(nogil=True, cache=True)
def _beyond(
    x, y, x_mean, y_mean, x_scale, y_scale, seen_x, seen_y, gene_x, gene_y, kind, two,
    indptr, indices, weights, indptr_b, indices_b, weights_b, limits, needed, side,
):  # fmt: skip
    n_lists, n_lanes, n_cells = len(indptr) - 1, len(kind), len(x)
    one, other = np.float32(1 if side > 0 else -1), np.float32(1 if side >= 0 else -1)
    # without a sign, places need no test for counting from the end
    cx, cy = np.zeros(LANES, np.uint32), np.zeros(LANES, np.uint32)
    product = np.zeros((n_cells, LANES), np.float32)
    inner = np.empty((len(indptr_b) - 1, LANES), np.float32)
    outer = np.empty((ROWS, LANES), np.float32)
    rho, far = np.empty(LANES, np.float32), np.empty(LANES, np.float32)
    hits = np.empty(LANES + 1, np.uint8)
    size, n = FIRST_ENTRIES, 0
    at_list, at_lane = np.empty(size, np.int32), np.empty(size, np.int32)
    at_rho, at_kinds = np.empty(size, np.float32), np.empty(size, np.uint8)
    for q0 in range(0, n_lanes, LANES):
        m = min(LANES, n_lanes - q0)
        for q in range(m):
            cx[q], cy[q] = 2 * gene_x[q0 + q] + kind[q0 + q], 2 * gene_y[q0 + q] + kind[q0 + q]
        multiply(x, y, cx, cy, product)
        last = product
        if len(indptr_b) > 1:
            sum_rows(indptr_b, indices_b, weights_b, product, 0, len(inner), inner)
            last = inner
        for r0 in range(0, n_lists, ROWS):
            r1 = min(r0 + ROWS, n_lists)
            sum_rows(indptr, indices, weights, last, r0, r1, outer)
            if n + (r1 - r0) * m > size:
                size = 2 * size + (r1 - r0) * m
                at_list, at_lane = _longer(at_list, size), _longer(at_lane, size)
                at_rho, at_kinds = _longer(at_rho, size), _longer(at_kinds, size)
            for i in range(r0, r1):
                s, t = x_scale[i], y_scale[i]
                correlate(outer[i - r0], x_mean[i], y_mean[i], s, t, cx, cy, one, other, rho, far)
                limit = limits[i, 0]
                n_hits = 0
                for q in range(LANES):  # without a branch: what is no hit is written over
                    hits[n_hits] = q
                    n_hits += far[q] >= limit
                for h in range(n_hits):
                    q = hits[h]
                    if q >= m:
                        break
                    if s[cx[q]] * t[cy[q]] == 0:
                        continue
                    kinds = 1
                    if two[q0 + q]:
                        if seen_x[i, gene_x[q0 + q]] * seen_y[i, gene_y[q0 + q]] >= needed[i]:
                            kinds = 2
                            if far[q] < limits[i, 1]:
                                continue
                        elif kind[q0 + q] == MISSING:
                            continue
                    at_list[n], at_lane[n], at_rho[n], at_kinds[n] = i, q0 + q, rho[q], kinds
                    n += 1
    return at_list[:n], at_lane[:n], at_rho[:n], at_kinds[:n]


@numba.njit(nogil=True, cache=True)
def _longer(values, size):
    out = np.empty(size, values.dtype)
    out[: len(values)] = values
    return out
