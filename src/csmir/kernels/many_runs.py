"""Medians and support over bootstrap runs for more cells than fit in a word: every run counted, nothing kept of it."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.bitset import pointer, shift
from csmir.kernels.many_cells import AT_ONCE, count, gene_at, gene_pointers
from csmir.kernels.ranks import Ranks
from csmir.kernels.scratch import make_scratch, pointers
from csmir.kernels.statistic import z_of_counts


class Medians(NamedTuple):
    """What is kept, pair after pair; the cells of a pair are in no particular order."""

    indptr: np.ndarray  # (pairs + 1,) int64
    cell: np.ndarray  # (entries,) int32
    value: np.ndarray  # (entries,) float32, the median of z over the runs
    above: np.ndarray  # (entries,) uint32, runs with z > cutoff


def medians(
    x: Ranks, y: Ranks, pair_x: np.ndarray, pair_y: np.ndarray, cutoff: float, *, keep_all: bool = False
) -> Medians:
    """The cells of each pair whose median over the runs is over the cutoff, or all of them."""
    n_runs, n_cells = x.window.shape[1:]
    n_pairs, room = len(pair_x), max(AT_ONCE, n_cells)
    scratch, z = make_scratch(n_cells), np.empty((n_cells, n_runs))
    out = Medians(
        np.zeros(n_pairs + 1, np.int64), np.empty(room, np.int32), np.empty(room, np.float32), np.empty(room, np.uint32)
    )
    pieces = []
    at = 0
    while at < n_pairs:
        at, stored = fill_medians(x, y, pair_x, pair_y, at, cutoff, keep_all, scratch, z, *out)
        pieces.append([part[:stored].copy() for part in out[1:]])
    if not pieces:
        return Medians(out.indptr, *(part[:0] for part in out[1:]))
    return Medians(np.cumsum(out.indptr), *(np.concatenate(part) for part in zip(*pieces, strict=True)))


@numba.njit(nogil=True, cache=True, error_model="numpy")
def fill_medians(x, y, pair_x, pair_y, first, cutoff, keep_all, scratch, z, n_stored, cell_out, value_out, above_out):
    """Entries of the pairs from `first` on, while another pair surely fits; as `many_cells.fill_significant`."""
    _, n_runs, n = x.window.shape
    xs, ys, at = gene_pointers(x), gene_pointers(y), pointers(scratch)
    weighted, weights = x.weights.shape[1] > 0, pointer(x.weights)
    above, middle = np.empty(n, np.uint32), np.empty(n_runs)
    stored = 0
    for p in range(first, len(pair_x)):
        if len(cell_out) - stored < n:
            return p, stored
        above[:] = 0
        for r in range(n_runs):
            one, other = gene_at(xs, pair_x[p], r, n_runs, n), gene_at(ys, pair_y[p], r, n_runs, n)
            floor = count(n, one, other, weighted, shift(weights, r * x.weights.shape[1]), at)
            for place in range(np.uint64(floor)):  # tied cells, which were not swept
                to = other.box[np.uint64(one.order[place])] & np.uint64(0x1FFFFF)
                at.joint[place], at.size[place] = at.tied[to], other.size[to]
            for place in range(np.uint64(n)):
                at.z[place] = z_of_counts(x.n, one.size[place], at.size[place], at.joint[place])
            for place in range(n):
                z[place, r] = at.z[place]
                above[place] += np.uint32(at.z[place] > cutoff)
        before = stored
        for place in range(n):
            if not keep_all and 2 * above[place] < n_runs:
                continue
            middle[:] = z[place]
            middle.sort()
            value = (middle[(n_runs - 1) // 2] + middle[n_runs // 2]) / 2
            if keep_all or value > cutoff:
                cell_out[stored] = x.order[pair_x[p], place]
                value_out[stored], above_out[stored] = value, above[place]
                stored += 1
        n_stored[p + 1] = stored - before
    return len(pair_x), stored
