"""The CSN statistic and its joint counts for more cells than fit in a word: exact, and close to linear in the cells.

Genes come as `Ranks` (`ranks.prepare`); pairs as positions in them. Everything here runs without Python's lock on a
block of pairs, with scratch of its own: threads come from the caller.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np

from csmir.kernels.bitset import eight_at, pointer, shift
from csmir.kernels.ranks import Ranks
from csmir.kernels.scratch import make_scratch, pointers
from csmir.kernels.statistic import z_of_counts
from csmir.kernels.sweep import Gene, count_pair, count_weighted

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
    fill_joint_counts(x, y, pair_x, pair_y, run, make_scratch(out.shape[1]), out)
    return out


def z_block(
    x: Ranks, y: Ranks, pair_x: np.ndarray, pair_y: np.ndarray, *, run: int = 0, dtype: Any = np.float64
) -> np.ndarray:
    """Statistic z (pairs, cells) in one run, taken in float64."""
    out = np.empty((len(pair_x), x.order.shape[1]), dtype)
    fill_z(x, y, pair_x, pair_y, run, make_scratch(out.shape[1]), out)
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
        at, stored = fill_significant(x, y, pair_x, pair_y, at, run, cutoff, scratch, indptr, cell, value)
        pieces.append((cell[:stored].copy(), value[:stored].copy()))
    if not pieces:
        return Entries(indptr, cell[:0], value[:0])
    return Entries(np.cumsum(indptr), np.concatenate([c for c, _ in pieces]), np.concatenate([v for _, v in pieces]))


@numba.njit(nogil=True, cache=True)
def gene_pointers(ranks):
    """Pointers to the rows of the first gene."""
    return Gene(
        pointer(ranks.order), pointer(ranks.window), pointer(ranks.size), pointer(ranks.box), pointer(ranks.floor)
    )


@numba.njit(nogil=True, cache=True)
def gene_at(genes, i, r, n_runs, n):
    """Pointers to the rows of gene `i` in run `r`, and its floor."""
    row = (i * n_runs + r) * n
    return Gene(
        shift(genes.order, i * n), shift(genes.window, row), shift(genes.size, row), shift(genes.box, row),
        np.int64(genes.floor[i]),
    )  # fmt: skip


@numba.njit(nogil=True, cache=True)
def count(n, x, y, weighted, weight, at):
    """Joint counts of two genes; see `count_pair`."""
    if weighted:
        count_weighted(n, x, y, weight, at)
        return np.int64(0)
    return count_pair(n, x, y, at)


@numba.njit(nogil=True, cache=True)
def fill_joint_counts(x, y, pair_x, pair_y, r, scratch, out):
    """Joint counts of each pair in run `r` into `out` (pairs, cells)."""
    _, n_runs, n = x.window.shape
    xs, ys, at, rows = gene_pointers(x), gene_pointers(y), pointers(scratch), pointer(out)
    weighted, weight = x.weights.shape[1] > 0, shift(pointer(x.weights), r * x.weights.shape[1])
    for p in range(len(pair_x)):
        one, other = gene_at(xs, pair_x[p], r, n_runs, n), gene_at(ys, pair_y[p], r, n_runs, n)
        floor = count(n, one, other, weighted, weight, at)
        row = shift(rows, p * n)
        for place in range(np.uint64(floor)):
            cell = np.uint64(one.order[place])
            row[cell] = at.tied[other.box[cell] & np.uint64(0x1FFFFF)]
        for place in range(np.uint64(floor), np.uint64(n)):
            row[np.uint64(one.order[place])] = at.joint[place]


@numba.njit(nogil=True, cache=True, error_model="numpy")
def fill_z(x, y, pair_x, pair_y, r, scratch, out):
    """Statistic z of each pair in run `r` into `out` (pairs, cells)."""
    _, n_runs, n = x.window.shape
    xs, ys, at, rows = gene_pointers(x), gene_pointers(y), pointers(scratch), pointer(out)
    weighted, weight = x.weights.shape[1] > 0, shift(pointer(x.weights), r * x.weights.shape[1])
    for p in range(len(pair_x)):
        one, other = gene_at(xs, pair_x[p], r, n_runs, n), gene_at(ys, pair_y[p], r, n_runs, n)
        floor = count(n, one, other, weighted, weight, at)
        row = shift(rows, p * n)
        if floor > 0:
            for place in range(np.uint64(n)):
                at.z[place] = z_of_counts(x.n, floor, other.size[place], at.tied[place])
            for place in range(np.uint64(floor)):
                cell = np.uint64(one.order[place])
                row[cell] = at.z[other.box[cell] & np.uint64(0x1FFFFF)]
        for place in range(np.uint64(floor), np.uint64(n)):
            at.z[place] = z_of_counts(x.n, one.size[place], at.size[place], at.joint[place])
        for place in range(np.uint64(floor), np.uint64(n)):
            row[np.uint64(one.order[place])] = at.z[place]


@numba.njit(nogil=True, cache=True)
def fill_significant(x, y, pair_x, pair_y, first, r, cutoff, scratch, n_stored, cell_out, value_out):
    """Cells with z > cutoff of the pairs from `first` on, while `cell_out` and `value_out` surely hold another pair.

    `n_stored[p + 1]` is the number of pair p. Returns the pair to go on with and the number of entries.
    """
    _, n_runs, n = x.window.shape
    xs, ys, at, cells, values = (
        gene_pointers(x),
        gene_pointers(y),
        pointers(scratch),
        pointer(cell_out),
        pointer(value_out),
    )
    weighted, weight = x.weights.shape[1] > 0, shift(pointer(x.weights), r * x.weights.shape[1])
    stored = 0
    for p in range(first, len(pair_x)):
        if len(cell_out) - stored < n:
            return p, stored
        one, other = gene_at(xs, pair_x[p], r, n_runs, n), gene_at(ys, pair_y[p], r, n_runs, n)
        swap = other.floor > one.floor and not weighted  # the gene with more ties is the one to sweep
        if swap:
            one, other = other, one
        floor = count(n, one, other, weighted, weight, at)
        kept = _keep(n, x.n, cutoff, swap, floor, one, other, at, shift(cells, stored), shift(values, stored))
        n_stored[p + 1] = kept
        stored += kept
    return len(pair_x), stored


@numba.njit(nogil=True, cache=True)
def _keep(n_cells, n, cutoff, swap, floor, one, other, at, cell, value):
    """Store what is over the cutoff of a counted pair; returns how many."""
    kept = 0
    _mark(n, cutoff, floor, n_cells, one.size, at.size, at.joint, at.likely)
    for k in range(_find(at.likely, floor, n_cells, at.found)):
        place = at.found[k]
        n_r, n_t = (at.size[place], one.size[place]) if swap else (one.size[place], at.size[place])
        z = z_of_counts(n, n_r, n_t, at.joint[place])
        if z > cutoff:
            cell[kept], value[kept] = one.order[place], z
            kept += 1
    if floor == 0:
        return kept
    start = other.floor
    if start > 0:
        n_r, n_t = (start, floor) if swap else (floor, start)
        if z_of_counts(n, n_r, n_t, at.tied[0]) > cutoff:  # the same for all cells tied in both genes
            start = np.int64(0)
    _mark_tied(n, cutoff, start, n_cells, floor, other.size, at.tied, at.likely)
    for k in range(_find(at.likely, start, n_cells, at.found)):
        place = np.uint64(at.found[k])
        if (at.bits[place >> np.uint64(6)] >> (place & np.uint64(63))) & np.uint64(1):  # swept
            continue
        n_r, n_t = (other.size[place], floor) if swap else (floor, other.size[place])
        z = z_of_counts(n, n_r, n_t, at.tied[place])
        if z > cutoff:
            cell[kept], value[kept] = other.order[place], z
            kept += 1
    return kept


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _mark(n, cutoff, first, last, own_size, size, joint, likely):
    """Where z may be over the cutoff: the same comparison in float32, without a root, and generous for its rounding."""
    n, n_more = np.float32(n), np.float32(n * (1 + 1e-6))
    squared, always = np.float32(cutoff * cutoff / (n - 1.0) * (1 - 1e-5)), cutoff <= 0
    for place in range(np.uint64(first), np.uint64(last)):
        n_r, n_t = np.float32(own_size[place]), np.float32(size[place])
        expected = n_r * n_t
        excess = n_more * np.float32(joint[place]) - expected
        over = (excess > np.float32(0)) & (excess * excess > squared * expected * ((n - n_r) * (n - n_t)))
        likely[place] = np.uint8(always | over)


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _mark_tied(n, cutoff, first, last, floor, size, tied, likely):
    """The same where all cells have one box, of `floor` cells, of the first gene."""
    n, n_more, n_r = np.float32(n), np.float32(n * (1 + 1e-6)), np.float32(floor)
    squared, always = np.float32(cutoff * cutoff / (n - 1.0) * (1 - 1e-5)), cutoff <= 0
    for place in range(np.uint64(first), np.uint64(last)):
        n_t = np.float32(size[place])
        expected = n_r * n_t
        excess = n_more * np.float32(tied[place]) - expected
        over = (excess > np.float32(0)) & (excess * excess > squared * expected * ((n - n_r) * (n - n_t)))
        likely[place] = np.uint8(always | over)


@numba.njit(nogil=True, cache=True)
def _find(likely, first, last, found):
    """Put the places from `first` up to `last` that are marked in `likely` into `found`; returns how many."""
    for place in range(first & ~7, first):
        likely[place] = 0
    n_found = np.uint64(0)
    for eight in range(np.uint64(first >> 3), np.uint64((last + 7) >> 3)):
        if eight_at(likely, eight):  # most are not marked
            for place in range(eight << np.uint64(3), (eight << np.uint64(3)) + np.uint64(8)):
                found[n_found] = place
                n_found += np.uint64(likely[place])
    return n_found
