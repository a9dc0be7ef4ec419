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

from csmir.kernels.local_adjust import UNTESTED, Ground, correlate_left, go_along
from csmir.kernels.local_means import LANES, Means, Step, empty_lanes, multiply, sum_rows
from csmir.kernels.local_moments import LOWEST, MISSING, Genes

NEVER = np.float32(9)  # a limit that no correlation reaches
ROWS = 256  # of a batch's means that stay in the cache while its lanes are read along the lists
AT_ONCE = 32  # lists among which hits are looked for
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
    """Correlations beyond their limits, in the order of batches of lanes, and in a list in that of lanes."""

    list: np.ndarray  # (entries,) int32
    lane: np.ndarray  # (entries,) int32
    rho: np.ndarray  # (entries,) float32
    kinds: np.ndarray  # (entries,) uint8: kinds of scores that the pair has in the list
    kept: np.ndarray  # (entries,) uint8: covariates and factors that are taken off there
    prefix: np.ndarray  # (entries,) uint8: which of the numbers of factors that were asked for
    near: np.ndarray  # (lists,) int64: lanes beyond the limits that are only counted; more rather than fewer


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
    counted: np.ndarray | None = None,
) -> Beyond:
    """What is at or beyond `limits` (columns kept, 2, lists), for one kind of scores and two, float32.

    `missing` scores are left out where the shares of the list that detect the genes have a product under `needed`
    (lists,); `side` is -1 for correlations below minus the limit, 1 for those above it, 0 for both. `prefixes` are
    ascending numbers of factors of `ground`. Lanes beyond the limits `counted` (2, lists) are counted.
    """
    steps = means.steps if len(means.steps) == 2 else (means.steps[0], NO_STEP)
    if ground is None:
        held = np.zeros(0, np.uint8), np.zeros((0, 0, 0, 0), np.float32), np.zeros((0, 0, 0), np.uint8)
    else:
        held = ground.kept, ground.factors, ground.kept_factors
    return Beyond(
        *_beyond(
            x.scores, y.scores, x.mean, y.mean, x.scale, y.scale, x.seen, y.seen, x.b, y.b, x.left, y.left,
            lanes.x, lanes.y, lanes.kind, lanes.two, *steps[0], *steps[1], np.ascontiguousarray(limits), needed, side,
            *held, 0 if ground is None else ground.n_common, np.array(prefixes, np.int64),
            np.zeros((2, 0), np.float32) if counted is None else np.ascontiguousarray(counted),
        )
    )  # fmt: skip


@numba.njit(nogil=True, cache=True)
def correlate(product, u, v, s, t, one, other, rho, far):
    """Correlations of a lane in some lists, and how far they are to the sides asked for: of `one` sign and the `other`.

    Where a gene does not vary, -3 is not far.
    """
    for i in range(len(product)):
        scale = s[i] * t[i]
        value = (product[i] - u[i] * v[i]) * scale
        rho[i] = value
        far[i] = max(value * one, value * other) if scale > 0 else UNTESTED


@numba.njit(nogil=True, cache=True)
def _bounds(seen_x, seen_y, needed, for_one, for_two, kind, bound):
    """The limit of a lane in some lists: for two kinds where there are, and else for the only kind."""
    for i in range(len(bound)):
        only = for_one[i] if kind == LOWEST else NEVER
        bound[i] = for_two[i] if seen_x[i] * seen_y[i] >= needed[i] else only


@numba.njit(nogil=True, cache=True)
def _count(far, bound, near):
    for i in range(len(bound)):
        near[i] += far[i] >= bound[i]


@numba.njit(nogil=True, cache=True)
def _find(far, bound, hits):
    """Where `far` reaches its bound: into `hits`, and how many."""
    n = 0
    for first in range(0, len(bound), AT_ONCE):
        last, found = min(first + AT_ONCE, len(bound)), False
        for i in range(first, last):
            at = np.uint64(i)
            found |= far[at] >= bound[at]
        if found:
            for i in range(first, last):
                if far[i] >= bound[i]:
                    hits[n] = i
                    n += 1
    return n


@numba.njit(nogil=True, cache=True)
def _beyond(
    x, y, x_mean, y_mean, x_scale, y_scale, seen_x, seen_y, b_x, b_y, left_x, left_y, gene_x, gene_y, kind, two,
    indptr, indices, weights, indptr_b, indices_b, weights_b, limits, needed, side,
    kept_common, factors, kept_factors, n_common, prefixes, counted,
):  # fmt: skip
    n_lists, n_lanes, n_cells, n_prefixes = len(indptr) - 1, len(kind), x.shape[2], len(prefixes)
    held, count = len(kept_common) > 0, counted.shape[1] > 0
    one, other = np.float32(1 if side > 0 else -1), np.float32(1 if side >= 0 else -1)
    product, inner, outer = empty_lanes(n_cells), empty_lanes(len(indptr_b) - 1), empty_lanes(ROWS)
    product[:] = 0
    turned = np.empty(ROWS, np.float32)
    rho, far = np.zeros((n_prefixes, ROWS), np.float32), np.zeros((n_prefixes, ROWS), np.float32)
    own_bound, hits = np.empty(ROWS, np.float32), np.empty(ROWS, np.int64)
    along, left = np.zeros((2, prefixes[-1], ROWS), np.float32), np.zeros((4, ROWS), np.float32)
    near = np.zeros(n_lists, np.int64)
    least_x, least_y, most_needed = _least(seen_x), _least(seen_y), needed.max()
    size, n = FIRST_ENTRIES, 0
    at_list, at_lane = np.empty(size, np.int32), np.empty(size, np.int32)
    at_rho, at_kinds = np.empty(size, np.float32), np.empty(size, np.uint8)
    at_kept, at_prefix = np.empty(size, np.uint8), np.empty(size, np.uint8)
    for q0 in range(0, n_lanes, LANES):
        q1 = min(q0 + LANES, n_lanes)
        multiply(x, y, gene_x[q0:q1], gene_y[q0:q1], kind[q0:q1], product)
        last = product
        if len(indptr_b) > 1:
            sum_rows(indptr_b, indices_b, weights_b, product, 0, len(inner), inner)
            last = inner
        for r0 in range(0, n_lists, ROWS):
            r1 = min(r0 + ROWS, n_lists)
            m = r1 - r0
            sum_rows(indptr, indices, weights, last, r0, r1, outer)
            if n + m * (q1 - q0) * n_prefixes > size:
                size = 2 * size + m * (q1 - q0) * n_prefixes
                at_list, at_lane = _longer(at_list, size), _longer(at_lane, size)
                at_rho, at_kinds = _longer(at_rho, size), _longer(at_kinds, size)
                at_kept, at_prefix = _longer(at_kept, size), _longer(at_prefix, size)
            of_x = np.full(2, -1, np.int64)  # the gene that `along` holds
            for q in range(q0, q1):
                k, gx, gy = kind[q], gene_x[q], gene_y[q]
                for i in range(m):
                    turned[i] = outer[i, q - q0]
                u, v, s, t = x_mean[k, gx, r0:r1], y_mean[k, gy, r0:r1], x_scale[k, gx, r0:r1], y_scale[k, gy, r0:r1]
                if held:
                    if of_x[k] != gx:
                        of_x[k] = gx
                        go_along(b_x[k, n_common:, gx, r0:r1], factors[gx, :, :, r0:r1], along[k, :, :m])
                    correlate_left(
                        turned[:m], u, v, s, t, b_x[k, :, gx, r0:r1], b_y[k, :, gy, r0:r1], left_x[k, gx, r0:r1],
                        left_y[k, gy, r0:r1], along[k], factors[gx, :, :, r0:r1], n_common, prefixes, one, other,
                        left, rho, far,
                    )  # fmt: skip
                else:
                    correlate(turned[:m], u, v, s, t, one, other, rho[0], far[0])
                # as a rule, all lists have both kinds, or there is only one
                always = least_x[gx] * least_y[gy] >= most_needed
                which = 1 if two[q] else 0
                bound = limits[0, which, r0:r1]
                if two[q] and not always:
                    bound = own_bound[:m]
                    of_seen = seen_x[gx, r0:r1], seen_y[gy, r0:r1], needed[r0:r1]
                    if count:
                        _bounds(*of_seen, counted[0, r0:r1], counted[1, r0:r1], k, bound)
                        _count(far[0], bound, near[r0:r1])
                    _bounds(*of_seen, limits[0, 0, r0:r1], limits[0, 1, r0:r1], k, bound)
                elif count:
                    _count(far[0], counted[which, r0:r1], near[r0:r1])
                for p in range(n_prefixes):
                    for h in range(_find(far[p], bound, hits)):
                        at = hits[h]
                        i = r0 + at
                        kinds = 2 if two[q] and seen_x[gx, i] * seen_y[gy, i] >= needed[i] else 1
                        kept = 0
                        if held:
                            kept = kept_common[i] + (kept_factors[gx, prefixes[p] - 1, i] if prefixes[p] > 0 else 0)
                            if far[p, at] < limits[kept, kinds - 1, i]:
                                continue
                        at_list[n], at_lane[n], at_rho[n], at_kinds[n] = i, q, rho[p, at], kinds
                        at_kept[n], at_prefix[n] = kept, p
                        n += 1
    return at_list[:n], at_lane[:n], at_rho[:n], at_kinds[:n], at_kept[:n], at_prefix[:n], near


@numba.njit(nogil=True, cache=True)
def _least(seen):
    """The smallest of each row."""
    out = np.empty(len(seen), np.float32)
    for g in range(len(seen)):
        out[g] = seen[g].min()
    return out


@numba.njit(nogil=True, cache=True)
def _longer(values, size):
    out = np.empty(size, values.dtype)
    out[: len(values)] = values
    return out
