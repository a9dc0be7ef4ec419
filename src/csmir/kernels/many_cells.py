"""The CSN statistic and its joint counts for more cells than fit in a word: exact, and close to linear in the cells.

Genes come as `Ranks` (`ranks.prepare`); pairs as positions in them. Everything here runs without Python's lock on a block
of pairs, with scratch of its own: threads come from the caller. The order of pairs does not matter to the results.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from csmir.kernels.bitset import popcount
from csmir.kernels.ranks import Ranks
from csmir.kernels.statistic import z_of_counts
from csmir.kernels.sweep import count_pair, make_scratch

# entries of a block that are filled before they are set aside
AT_ONCE = 1 << 20


class Entries(NamedTuple):
    """What is over the cutoff, pair after pair; the cells of a pair are in no particular order."""

    indptr: np.ndarray  # (pairs + 1,) int64
    cell: np.ndarray  # (entries,) int32
    value: np.ndarray  # (entries,) float32


def joint_counts(x: Ranks, y: Ranks, pair_x: np.ndarray, pair_y: np.ndarray, *, run: int = 0) -> np.ndarray:
    """n_rt (pairs, cells) int32 in one run."""
    out = np.empty((len(pair_x), x.order.shape[1]), np.int32)
    fill_joint_counts(*x[:5], *y[:5], x.weights, pair_x, pair_y, run, make_scratch(out.shape[1]), out)
    return out


def z_block(
    x: Ranks, y: Ranks, pair_x: np.ndarray, pair_y: np.ndarray, *, run: int = 0, dtype: type = np.float64
) -> np.ndarray:
    """z (pairs, cells) in one run, taken in float64."""
    out = np.empty((len(pair_x), x.order.shape[1]), dtype)
    fill_z(*x[:5], *y[:5], x.weights, x.n, pair_x, pair_y, run, make_scratch(out.shape[1]), out)
    return out


def significant(x: Ranks, y: Ranks, pair_x: np.ndarray, pair_y: np.ndarray, cutoff: float, *, run: int = 0) -> Entries:
    """The cells of each pair with z > cutoff in one run, without an array of all z."""
    n_pairs, n_cells = len(pair_x), x.order.shape[1]
    scratch = make_scratch(n_cells)
    indptr = np.zeros(n_pairs + 1, np.int64)
    cell, value = np.empty(max(AT_ONCE, n_cells), np.int32), np.empty(max(AT_ONCE, n_cells), np.float32)
    pieces: list[tuple[np.ndarray, np.ndarray]] = []
    at = 0
    while at < n_pairs:
        genes: Any = (*x[:5], *y[:5], x.weights, x.n)
        stop, stored = fill_significant(*genes, pair_x, pair_y, at, run, cutoff, scratch, indptr, cell, value)
        pieces.append((cell[:stored].copy(), value[:stored].copy()))
        at = stop
    if not pieces:
        return Entries(indptr, cell[:0], value[:0])
    return Entries(np.cumsum(indptr), np.concatenate([c for c, _ in pieces]), np.concatenate([v for _, v in pieces]))


@numba.njit(nogil=True, cache=True)
def fill_joint_counts(
    x_order, x_window, x_size, x_box, x_floor, y_order, y_window, y_size, y_box, y_floor,  # noqa: ANN001
    weights, pair_x, pair_y, r, scratch, out,  # noqa: ANN001
):  # fmt: skip
    """Joint counts of each pair in run `r` into `out` (pairs, cells)."""
    n_cells = x_order.shape[1]
    joint, tied, size = np.empty(n_cells, np.int32), np.empty(n_cells, np.int32), np.empty(n_cells, np.int32)
    for p in range(len(pair_x)):
        i, j = pair_x[p], pair_y[p]
        floor = count_pair(
            x_order,
            x_window,
            x_floor[i],
            i,
            y_window,
            y_size,
            y_box,
            y_floor,
            j,
            weights,
            r,
            scratch,
            joint,
            tied,
            size,
        )
        for place in range(floor):
            cell = x_order[i, place]
            out[p, cell] = tied[y_box[j, r, cell] & np.uint64(0x1FFFFF)]
        for place in range(np.uint64(floor), np.uint64(n_cells)):
            out[p, np.uint32(x_order[i, place])] = joint[place]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def fill_z(
    x_order, x_window, x_size, x_box, x_floor, y_order, y_window, y_size, y_box, y_floor,  # noqa: ANN001
    weights, n, pair_x, pair_y, r, scratch, out,  # noqa: ANN001
):  # fmt: skip
    """z of each pair in run `r` into `out` (pairs, cells)."""
    n_cells = x_order.shape[1]
    joint, tied, size = np.empty(n_cells, np.int32), np.empty(n_cells, np.int32), np.empty(n_cells, np.int32)
    z = np.empty(n_cells, np.float64)
    for p in range(len(pair_x)):
        i, j = pair_x[p], pair_y[p]
        floor = count_pair(
            x_order,
            x_window,
            x_floor[i],
            i,
            y_window,
            y_size,
            y_box,
            y_floor,
            j,
            weights,
            r,
            scratch,
            joint,
            tied,
            size,
        )
        if floor > 0:
            for place in range(n_cells):
                z[place] = z_of_counts(n, floor, y_size[j, r, place], tied[place])
            for place in range(floor):
                cell = x_order[i, place]
                out[p, cell] = z[y_box[j, r, cell] & np.uint64(0x1FFFFF)]
        for place in range(np.uint64(floor), np.uint64(n_cells)):
            z[place] = z_of_counts(n, x_size[i, r, place], size[place], joint[place])
        for place in range(np.uint64(floor), np.uint64(n_cells)):
            out[p, np.uint32(x_order[i, place])] = z[place]


@numba.njit(nogil=True, cache=True)
def fill_significant(
    x_order, x_window, x_size, x_box, x_floor, y_order, y_window, y_size, y_box, y_floor,  # noqa: ANN001
    weights, n, pair_x, pair_y, first, r, cutoff, scratch, n_stored, cell_out, value_out,  # noqa: ANN001
):  # fmt: skip
    """Cells with z > cutoff of the pairs from `first` on, for as long as `cell_out` and `value_out` surely hold another pair.

    `n_stored[p + 1]` is the number of pair p. Returns the pair to go on with and the number of entries.
    """
    n_cells = x_order.shape[1]
    joint, tied, size = np.empty(n_cells, np.int32), np.empty(n_cells, np.int32), np.empty(n_cells, np.int32)
    likely, found = np.zeros(-(-n_cells // 8) * 8, np.bool_), np.empty(n_cells + 8, np.uint32)
    at = 0
    for p in range(first, len(pair_x)):
        if len(cell_out) - at < n_cells:
            return p, at
        before = at
        i, j = pair_x[p], pair_y[p]
        if y_floor[j] > x_floor[i] and weights.shape[1] == 0:  # the gene with more ties is the one to sweep
            floor = count_pair(
                y_order,
                y_window,
                y_floor[j],
                j,
                x_window,
                x_size,
                x_box,
                x_floor,
                i,
                weights,
                r,
                scratch,
                joint,
                tied,
                size,
            )
            at = _keep(
                n,
                cutoff,
                True,
                floor,
                y_order,
                y_size,
                j,
                x_order,
                x_size,
                x_floor[i],
                i,
                r,
                scratch,
                joint,
                tied,
                size,
                likely,
                found,
                cell_out,
                value_out,
                at,
            )
        else:
            floor = count_pair(
                x_order,
                x_window,
                x_floor[i],
                i,
                y_window,
                y_size,
                y_box,
                y_floor,
                j,
                weights,
                r,
                scratch,
                joint,
                tied,
                size,
            )
            at = _keep(
                n,
                cutoff,
                False,
                floor,
                x_order,
                x_size,
                i,
                y_order,
                y_size,
                y_floor[j],
                j,
                r,
                scratch,
                joint,
                tied,
                size,
                likely,
                found,
                cell_out,
                value_out,
                at,
            )
        n_stored[p + 1] = at - before
    return len(pair_x), at


@numba.njit(nogil=True, cache=True)
def _keep(
    n,
    cutoff,
    swap,
    floor,
    order,
    own_size,
    i,
    to_order,
    to_size,
    to_floor,
    j,
    r,
    scratch,
    joint,
    tied,
    size,
    likely,
    found,
    cell_out,
    value_out,
    at,
):
    n_cells = np.uint64(order.shape[1])
    _likely(n, cutoff, floor, own_size, i, r, size, joint, likely)
    n_found = _find(likely, floor, found)
    for k in range(n_found):
        place = found[k]
        n_r, n_t = (size[place], own_size[i, r, place]) if swap else (own_size[i, r, place], size[place])
        z = z_of_counts(n, n_r, n_t, joint[place])
        if z > cutoff:
            cell_out[at], value_out[at] = order[i, place], z
            at += 1
    if floor > 0:
        bits = scratch[1]
        start = to_floor
        if to_floor > 0:
            n_r, n_t = (to_floor, floor) if swap else (floor, to_floor)
            if z_of_counts(n, n_r, n_t, tied[0]) > cutoff:  # the same for all cells tied in both genes
                start = 0
        _likely_tied(n, cutoff, floor, to_size, start, j, r, tied, likely)
        n_found = _find(likely, start, found)
        for k in range(n_found):
            place = found[k]
            if (bits[place >> np.uint64(6)] >> (place & np.uint64(63))) & np.uint64(1):  # swept
                continue
            n_r, n_t = (to_size[j, r, place], floor) if swap else (floor, to_size[j, r, place])
            z = z_of_counts(n, n_r, n_t, tied[place])
            if z > cutoff:
                cell_out[at], value_out[at] = to_order[j, place], z
                at += 1
    return at


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _likely(n, cutoff, floor, own_size, i, r, size, joint, likely):  # noqa: ANN001
    """Where z may be over the cutoff: the same comparison in float32 and without a root, generous enough for its rounding."""
    n, n_more = np.float32(n), np.float32(n * (1 + 1e-6))
    squared = np.float32(cutoff * cutoff / (n - 1.0) * (1 - 1e-5))
    always = cutoff <= 0
    for place in range(np.uint64(floor), np.uint64(len(joint))):
        n_r, n_t = np.float32(own_size[i, r, place]), np.float32(size[place])
        expected = n_r * n_t
        excess = n_more * np.float32(joint[place]) - expected
        likely[place] = always | (
            (excess > np.float32(0)) & (excess * excess > squared * expected * ((n - n_r) * (n - n_t)))
        )


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _likely_tied(n, cutoff, floor, to_size, start, j, r, tied, likely):  # noqa: ANN001
    """The same for the cells tied at the smallest value, by the second gene's place."""
    n, n_more, n_r = np.float32(n), np.float32(n * (1 + 1e-6)), np.float32(floor)
    squared = np.float32(cutoff * cutoff / (n - 1.0) * (1 - 1e-5))
    always = cutoff <= 0
    for place in range(np.uint64(start), np.uint64(len(tied))):
        n_t = np.float32(to_size[j, r, place])
        expected = n_r * n_t
        excess = n_more * np.float32(tied[place]) - expected
        likely[place] = always | (
            (excess > np.float32(0)) & (excess * excess > squared * expected * ((n - n_r) * (n - n_t)))
        )


@numba.njit(nogil=True, cache=True)
def _find(likely, start, found):  # noqa: ANN001
    """Put the places from `start` on that are marked in `likely` into `found`; returns how many."""
    eights = likely.view(np.uint64)  # looked at eight at a time: most are not marked
    for place in range(start & ~7, start):
        likely[place] = False
    n_found = np.uint64(0)
    for eight in range(np.uint64(start >> 3), np.uint64(len(eights))):
        if eights[eight]:
            for place in range(eight << np.uint64(3), (eight << np.uint64(3)) + np.uint64(8)):
                found[n_found] = place
                n_found += np.uint64(likely[place])
    return n_found
