"""The CSN statistic over bootstrap runs, for up to 64 real cells with integer weights: medians and support per pair.

Runs are lanes. For every gene, tie group and member cell there is a row over the runs: the cell's weight where it
lies in the group's box. The joint count of two boxes in all runs at once is then a sum of `row AND mask` over the few
cells that both boxes ever hold. z itself is ranked in the working precision and the middle runs are then taken again
in float64, from their integers; `z > cutoff` is decided in float64 wherever rounding could matter.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from csmir.kernels.bitset import popcount
from csmir.kernels.boxes import Boxes
from csmir.kernels.statistic import LARGEST, z_of_counts

MAX_CELLS = 64  # cells of a box are bits of one word
LANES = 32  # runs are padded to this, so that the vector loops have no remainder
FEW = 6  # values that are looked at one by one


class Rows(NamedTuple):
    """Rows over the runs of some genes, indexed by gene and tie group."""

    group: np.ndarray  # (genes, cells) cell -> tie group
    start: np.ndarray  # (genes, cells + 1) group -> first sorted position
    members: np.ndarray  # (genes, cells) uint64: cells that are in the group's box in any run
    weight: np.ndarray  # (genes, cells, cells, lanes): group, member cell, run -> weight (miRNAs: all bits) or 0
    size: np.ndarray  # (genes, cells, lanes): weight inside the box
    scale: np.ndarray  # (genes, cells, lanes): 1 / sqrt(size * (n - size)), 0 where the box holds every cell
    alone: np.ndarray  # (genes, cells, words) uint64: runs, as bits, in which a cell is alone in its box


def empty_rows(n_genes: int, n_cells: int, n_runs: int, n: int) -> Rows:
    """Room for the rows of some genes, to be filled again and again: fresh memory costs more than filling it."""
    width = -(-n_runs // LANES) * LANES
    count: Any = np.uint8 if n < 256 else np.uint32
    # whole numbers up to n**2 are exact in float32 below this
    real: Any = np.float32 if n <= 4096 else np.float64
    return Rows(
        group=np.zeros((n_genes, n_cells), np.uint8),
        start=np.zeros((n_genes, n_cells + 1), np.uint8),
        members=np.zeros((n_genes, n_cells), np.uint64),
        weight=np.zeros((n_genes, n_cells, n_cells, width), count),
        size=np.zeros((n_genes, n_cells, width), count),
        scale=np.zeros((n_genes, n_cells, width), real),
        alone=np.zeros((n_genes, n_cells, -(-n_runs // 64)), np.uint64),
    )


def make_rows(boxes: Boxes, weights: np.ndarray, *, masks: bool, room: Rows | None = None) -> Rows:
    """Rows of the genes of `boxes`, in `room` if there is one, whose earlier rows are then gone.

    `masks=True` stores all bits in place of weights, for the miRNA side of a sum.
    """
    n_genes, n_cells = boxes.order.shape
    if room is None:
        room = empty_rows(n_genes, n_cells, len(weights), boxes.n)
    rows = Rows(boxes.group, boxes.start, *(part[:n_genes] for part in room[2:]))
    count = rows.weight.dtype
    stored = (np.full_like(weights, np.iinfo(count).max) if masks else weights).T.astype(count, order="C")
    size = np.arange(boxes.n + 1, dtype=np.float64)
    inside = size * (boxes.n - size)
    scale = np.divide(1.0, np.sqrt(inside), out=np.zeros_like(inside), where=inside > 0)
    _fill_rows(boxes.order, boxes.n_groups, boxes.lo, boxes.hi, boxes.size, stored, scale, *rows[2:])
    return rows


@numba.njit(nogil=True, cache=True)
def _fill_rows(order, n_groups, lo, hi, box_size, stored, scale_of, members, weight, size, scale, alone):
    n_runs = stored.shape[1]
    for g in range(len(order)):
        for i in range(n_groups[g]):
            alone[g, i] = 0
            first, last = lo[g, i, 0], hi[g, i, 0]
            for r in range(n_runs):
                first, last = min(first, lo[g, i, r]), max(last, hi[g, i, r])
                size[g, i, r] = box_size[g, i, r]
                scale[g, i, r] = scale_of[box_size[g, i, r]]
                alone[g, i, r // 64] |= np.uint64(hi[g, i, r] - lo[g, i, r] == 1) << np.uint64(r % 64)
            seen = np.uint64(0)
            for p in range(first, last):
                c = order[g, p]
                seen |= np.uint64(1) << np.uint64(c)
                at = order.dtype.type(p)
                for r in range(n_runs):  # without a branch, so that runs go many at a time
                    weight[g, i, c, r] = stored[c, r] & -np.uint8((lo[g, i, r] <= at) & (at < hi[g, i, r]))
            members[g, i] = seen


@numba.njit(nogil=True, cache=True)
def medians(
    x_group, x_start, x_members, x_mask, x_size, x_scale, x_alone,
    y_group, y_start, y_members, y_weight, y_size, y_scale, y_alone,
    largest, root, n_real, surely_below, bound, cut, top,
    pair_x, pair_y, gate, n, n_runs, cutoff, keep_all, z_out, above_out,
):  # fmt: skip
    """Median of z and number of runs with z > cutoff for each pair and cell.

    Two groups of arguments are the `Rows` of the miRNAs and of the mRNAs, the next one is `statistic.Bounds`. Fills
    `z_out` (pairs, cells) float32, NaN where the median is not over the cutoff and `keep_all` is False, and
    `above_out` (pairs, cells). `gate` (pairs, cells) holds known numbers of runs over the cutoff, or has no rows.
    """
    n_cells = x_group.shape[1]
    width = x_size.shape[2]
    joint = np.empty(width, x_size.dtype)
    z = np.empty(width, x_scale.dtype)
    ordered = np.empty(width, np.float32)
    bits = ordered.view(np.int32)
    low_rank = (n_runs - 1) // 2
    done_by = np.zeros((n_cells, n_cells), np.int64)  # the pair, from 1, that last met this combination of tie groups
    done_at = np.zeros((n_cells, n_cells), np.int64)  # and the cell
    for p in range(len(pair_x)):
        x, y = pair_x[p], pair_y[p]
        for k in range(n_cells):
            if len(gate) and not keep_all and 2 * gate[p, k] < n_runs:
                z_out[p, k] = np.nan
                above_out[p, k] = gate[p, k]
                continue
            i, j = x_group[x, k], y_group[y, k]
            if len(gate):
                # alone in both boxes, z is sqrt(n - 1), its largest value; if that is so in most runs, it is the median
                n_alone = 0
                for w in range(x_alone.shape[2]):
                    n_alone += popcount(x_alone[x, i, w] & y_alone[y, j, w])
                if n_runs - n_alone <= low_rank:
                    z_out[p, k], above_out[p, k] = largest, gate[p, k]
                    continue
            if done_by[i, j] == p + 1:  # tied in both genes with an earlier cell: the same boxes
                z_out[p, k] = z_out[p, done_at[i, j]]
                above_out[p, k] = above_out[p, done_at[i, j]]
                continue
            done_by[i, j], done_at[i, j] = p + 1, k
            for r in range(width):
                joint[r] = 0
            both = x_members[x, i] & y_members[y, j]
            while both:
                lowest_bit = both & (~both + np.uint64(1))
                c = popcount(lowest_bit - np.uint64(1))
                both ^= lowest_bit
                for r in range(width):
                    joint[r] += y_weight[y, j, c, r] & x_mask[x, i, c, r]
            for r in range(width):
                n_r, n_t, n_rt = z.dtype.type(x_size[x, i, r]), z.dtype.type(y_size[y, j, r]), z.dtype.type(joint[r])
                z[r] = (n_real * n_rt - n_r * n_t) * (x_scale[x, i, r] * y_scale[y, j, r] * root)
            surely = np.int32(0)
            for r in range(n_runs):
                surely = np.int32(surely + np.int32(np.float32(z[r]) >= bound))
            if len(gate):
                above = np.int32(gate[p, k])
            else:
                above, unsure = surely, np.int32(0)
                for r in range(n_runs):
                    unsure = np.int32(unsure + np.int32(z[r] >= surely_below))
                if surely != unsure:
                    above = np.int32(0)
                    for r in range(n_runs):
                        above = np.int32(
                            above + np.int32(z_of_counts(n, x_size[x, i, r], y_size[y, j, r], joint[r]) > cutoff)
                        )
            above_out[p, k] = above
            if not keep_all and 2 * above < n_runs:
                z_out[p, k] = np.nan
                continue
            for r in range(width):
                ordered[r] = z[r]
            for r in range(width):
                bits[r] ^= bits[r] >> 31 & LARGEST
            for r in range(n_runs, width):
                bits[r] = LARGEST
            middle = _median(bits, n_runs, cut, n_runs - surely, top, largest, x_size[x, i], y_size[y, j], joint, n)
            z_out[p, k] = middle if keep_all or middle > cutoff else np.nan


@numba.njit(nogil=True, cache=True)
def _median(bits, n_runs, cut, below_cut, top, largest, n_r, n_t, n_rt, n):
    """The median of the first `n_runs` values, given as integers that are ordered as they are; the rest are largest.

    Counting passes narrow the range, first to one side of `cut`, until few values are left, which are then taken one
    after the other. The result is taken in float64 from the integers of the middle runs. `top` lies just below
    sqrt(n - 1), where both boxes coincide; no other z comes so close to it.
    """
    low_rank, high_rank = (n_runs - 1) // 2, n_runs // 2
    below_top = _count_below(bits, top)
    if below_top <= low_rank:
        return largest
    if below_cut <= low_rank:
        a, n_below, b, below_b = cut, below_cut, top, below_top
    else:
        a, n_below, b, below_b = np.int32(-LARGEST), 0, cut, below_cut
    while below_b - n_below > FEW:
        middle = np.int32((np.int64(a) + np.int64(b)) >> 1)
        below = _count_below(bits, middle)
        if middle == a:  # the rest are equal
            break
        if below <= low_rank:
            a, n_below = middle, below
        else:
            b, below_b = middle, below
    low, n_low = _next(bits, a)
    while n_below + n_low <= low_rank:
        n_below += n_low
        low, n_low = _next(bits, np.int32(low + 1))
    z_low = _z_of(bits, low, n_r, n_t, n_rt, n)
    if n_below + n_low > high_rank:
        return z_low
    high, _ = _next(bits, np.int32(low + 1))
    return (z_low + (largest if high >= top else _z_of(bits, high, n_r, n_t, n_rt, n))) / 2


@numba.njit(nogil=True, cache=True)
def _count_below(bits, bound):
    below = np.int32(0)
    for r in range(len(bits)):
        below = np.int32(below + np.int32(bits[r] < bound))
    return np.int64(below)


@numba.njit(nogil=True, cache=True)
def _next(bits, at_least):
    """The smallest value that is at least this, and how often it is there."""
    ahead = np.uint32(0xFFFFFFFF)
    for r in range(len(bits)):
        ahead = min(ahead, np.uint32(bits[r] - at_least))  # smaller ones wrap around and are far ahead
    value = np.int32(at_least + ahead)
    times = np.int32(0)
    for r in range(len(bits)):
        times = np.int32(times + np.int32(bits[r] == value))
    return value, np.int64(times)


@numba.njit(nogil=True, cache=True)
def _z_of(bits, value, n_r, n_t, n_rt, n):
    """The z of a run that has this value, in float64."""
    r = 0
    while bits[r] != value:
        r += 1
    return z_of_counts(n, n_r[r], n_t[r], n_rt[r])
