"""The correlations of pairs in all lists, and which of them lie beyond a limit: pairs as lanes.

    rho = (W(uv) - W(u) W(v)) / (sd u sd v)

or, with covariates and factors, the same of what these leave (`local_adjust.py`).

A lane is a pair under one reading of its zeros; a pair without zeros has one lane, with zeros two. Each batch of lanes
costs a product over the cells and the steps of W; means and standard deviations are there already.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.local_adjust import Ground
from csmir.kernels.local_means import LANES, ROWS, Means, Step, sum_rows
from csmir.kernels.local_moments import Genes

MISSING, LOWEST = 0, 1
# a variance that covariates leave of a gene, below which a pair is not tested: at all, and of the whole
LEAST_LEFT, LEAST_SHARE_LEFT = 1e-7, 1e-3
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
    kept: np.ndarray  # (entries,) uint8: covariates and factors that are taken off there
    prefix: np.ndarray  # (entries,) uint8: which of the numbers of factors that were asked for


def lanes_of(pair_x: np.ndarray, pair_y: np.ndarray, x: Genes, y: Genes) -> Lanes:
    """Lanes of pairs of genes."""
    pair_x, pair_y = np.asarray(pair_x, np.int32), np.asarray(pair_y, np.int32)
    two = x.has_zeros[pair_x] | y.has_zeros[pair_y]
    pair = np.repeat(np.arange(len(pair_x), dtype=np.int32), 1 + two)
    first = np.append(True, pair[1:] != pair[:-1])[: len(pair)]
    kind = np.where(two[pair] & first, MISSING, LOWEST).astype(np.int32)
    return Lanes(pair, pair_x[pair], pair_y[pair], kind, two[pair])


def beyond(
    x: Genes,
    y: Genes,
    means: Means,
    lanes: Lanes,
    limits: np.ndarray,
    needed: np.ndarray,
    side: int,
    ground: Ground | None = None,
    prefixes: tuple[int, ...] = (0,),
) -> Beyond:
    """What is at or beyond `limits` (lists, columns kept, 2), for one kind of scores and two, float32.

    `missing` scores are left out where the shares of the list that detect the genes have a product under `needed`
    (lists,); `side` is -1 for correlations below minus the limit, 1 for those above it, 0 for both. `prefixes` are
    ascending numbers of factors of `ground`.
    """
    steps = means.steps if len(means.steps) == 2 else (means.steps[0], NO_STEP)
    if ground is None:
        held = np.zeros(0, np.uint8), np.zeros((0, 0, 0, 0), np.float32), np.zeros((0, 0, 0), np.uint8)
    else:
        held = ground.kept, ground.factors, ground.kept_factors
    return Beyond(
        *_beyond(
            x.scores, y.scores, x.mean, y.mean, x.scale, y.scale, x.seen, y.seen, x.b, y.b, x.left, y.left,
            lanes.x, lanes.y, lanes.kind, lanes.two, *steps[0], *steps[1], limits, needed, side,
            *held, 0 if ground is None else ground.n_common, np.array(prefixes, np.int64),
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
def correlate_left(
    row, u, v, s, t, b_x, b_y, left_x, left_y, gene, x_column, y_column, m, one, other,
    factors, kept_common, kept_factors, n_common, prefixes, rho, far, kept,
):  # fmt: skip
    """The same of what the first columns leave, for each prefix; -3 is not far where too little is left."""
    n_basis = b_x.shape[1] - n_common
    for q in range(m):
        cx, cy, g = x_column[q], y_column[q], gene[q]
        uu, vv = left_x[cx], left_y[cy]
        least_u = max(np.float32(LEAST_LEFT), np.float32(LEAST_SHARE_LEFT) / (s[cx] * s[cx])) if s[cx] > 0 else uu
        least_v = max(np.float32(LEAST_LEFT), np.float32(LEAST_SHARE_LEFT) / (t[cy] * t[cy])) if t[cy] > 0 else vv
        product = row[q] - u[cx] * v[cy]
        for c in range(n_common):
            product -= b_x[cx, c] * b_y[cy, c]
        j = 0
        for p in range(len(prefixes)):
            while j < prefixes[p]:
                along_u, along_v = np.float32(0), np.float32(0)
                for a in range(n_basis):
                    along_u += factors[g, j, a] * b_x[cx, n_common + a]
                    along_v += factors[g, j, a] * b_y[cy, n_common + a]
                product -= along_u * along_v
                uu -= along_u * along_u
                vv -= along_v * along_v
                j += 1
            kept[p, q] = kept_common + (kept_factors[g, j - 1] if j > 0 else 0)
            value = product / np.sqrt(uu * vv) if uu > least_u and vv > least_v else np.float32(0)
            rho[p, q] = value
            far[p, q] = max(value * one, value * other) if uu > least_u and vv > least_v else np.float32(-3)


@numba.njit(nogil=True, cache=True)
def _beyond(
    x, y, x_mean, y_mean, x_scale, y_scale, seen_x, seen_y, b_x, b_y, left_x, left_y, gene_x, gene_y, kind, two,
    indptr, indices, weights, indptr_b, indices_b, weights_b, limits, needed, side,
    kept_common, factors, kept_factors, n_common, prefixes,
):  # fmt: skip
    n_lists, n_lanes, n_cells, n_prefixes = len(indptr) - 1, len(kind), len(x), len(prefixes)
    held = len(kept_common) > 0
    one, other = np.float32(1 if side > 0 else -1), np.float32(1 if side >= 0 else -1)
    # without a sign, places need no test for counting from the end
    cx, cy = np.zeros(LANES, np.uint32), np.zeros(LANES, np.uint32)
    product = np.zeros((n_cells, LANES), np.float32)
    inner = np.empty((len(indptr_b) - 1, LANES), np.float32)
    outer = np.empty((ROWS, LANES), np.float32)
    rho, far = np.zeros((n_prefixes, LANES), np.float32), np.zeros((n_prefixes, LANES), np.float32)
    kept, hits = np.zeros((n_prefixes, LANES), np.uint8), np.empty(LANES + 1, np.uint8)
    size, n = FIRST_ENTRIES, 0
    at_list, at_lane = np.empty(size, np.int32), np.empty(size, np.int32)
    at_rho, at_kinds = np.empty(size, np.float32), np.empty(size, np.uint8)
    at_kept, at_prefix = np.empty(size, np.uint8), np.empty(size, np.uint8)
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
            if n + (r1 - r0) * m * n_prefixes > size:
                size = 2 * size + (r1 - r0) * m * n_prefixes
                at_list, at_lane = _longer(at_list, size), _longer(at_lane, size)
                at_rho, at_kinds = _longer(at_rho, size), _longer(at_kinds, size)
                at_kept, at_prefix = _longer(at_kept, size), _longer(at_prefix, size)
            for i in range(r0, r1):
                row, s, t = outer[i - r0], x_scale[i], y_scale[i]
                if held:
                    correlate_left(
                        row, x_mean[i], y_mean[i], s, t, b_x[i], b_y[i], left_x[i], left_y[i], gene_x[q0 : q0 + m],
                        cx, cy, m, one, other, factors[i], kept_common[i], kept_factors[i], n_common, prefixes,
                        rho, far, kept,
                    )  # fmt: skip
                else:
                    correlate(row, x_mean[i], y_mean[i], s, t, cx, cy, one, other, rho[0], far[0])
                limit = limits[i, 0, 0]
                for p in range(n_prefixes):
                    n_hits = 0
                    for q in range(LANES):  # without a branch: what is no hit is written over
                        hits[n_hits] = q
                        n_hits += far[p, q] >= limit
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
                            elif kind[q0 + q] == MISSING:
                                continue
                        if far[p, q] < limits[i, kept[p, q], kinds - 1]:
                            continue
                        at_list[n], at_lane[n], at_rho[n], at_kinds[n] = i, q0 + q, rho[p, q], kinds
                        at_kept[n], at_prefix[n] = kept[p, q], p
                        n += 1
    return at_list[:n], at_lane[:n], at_rho[:n], at_kinds[:n], at_kept[:n], at_prefix[:n]


@numba.njit(nogil=True, cache=True)
def _longer(values, size):
    out = np.empty(size, values.dtype)
    out[: len(values)] = values
    return out
