"""The exact box test: whether cell k's joint box is fuller than chance, cell k itself not counted.

Leave cell k out of its own boxes. If a gene's values are exchangeable over the other n - 1 cells given the other gene
and both genes' values in cell k, the n_t - 1 other cells in its box are a uniformly random subset of them, so that,
given n_r and n_t,

    n_rt - 1 ~ hypergeometric(n - 1, n_r - 1, n_t - 1),     p = P(X >= n_rt - 1),

exactly, whatever the ties and zeros: which values a box holds depends on that gene's values alone. Boxes inside a group
need exchangeability inside the group only. p is discrete, hence P(p <= alpha) <= alpha; mid-p counts half of
P(X = n_rt - 1).

Genes x cells in, pairs x cells out, as natural logarithms of p (p itself underflows where boxes are large).
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels import many_cells
from csmir.kernels.hypergeometric import log_factorials, log_upper_tail, surely_over
from csmir.kernels.ranks import Ranks, prepare


class Group(NamedTuple):
    """Cells compared with each other, and the boxes of all genes over them."""

    cells: np.ndarray  # (cells of the group,) int64 positions
    x: Ranks
    y: Ranks
    size_x: np.ndarray  # (genes, cells of the group) int32: cells in the box of that cell, itself included
    size_y: np.ndarray
    table: np.ndarray  # of `log_factorials`


class Entries(NamedTuple):
    """Candidates, pair after pair; the cells of a pair ascend."""

    indptr: np.ndarray  # (pairs + 1,) int64
    cell: np.ndarray  # (entries,) int32
    log_p: np.ndarray  # (entries,) float64


def exact_p(n, n_r, n_t, n_rt, *, mid: bool = False, log: bool = False) -> np.ndarray:
    """Tail p = P(X >= n_rt - 1), X hypergeometric(n - 1, n_r - 1, n_t - 1), of arrays of counts that broadcast.

    All four count cell k itself. `mid` gives mid-p, `log` the natural logarithm.
    """
    n, n_r, n_t, n_rt = np.broadcast_arrays(*(np.asarray(v, np.int64) for v in (n, n_r, n_t, n_rt)))
    out = np.empty(n.shape)
    table = log_factorials(int(n.max(initial=1)))
    _fill_tails(n.ravel(), n_r.ravel(), n_t.ravel(), n_rt.ravel(), mid, table, out.reshape(-1))
    return out if log else np.exp(out)


def prepare_exact(
    x: np.ndarray, y: np.ndarray, *, box_size: float = 0.1, groups: np.ndarray | None = None
) -> list[Group]:
    """Boxes of every gene over all cells, or inside each group.

    `x` (miRNAs, cells), `y` (mRNAs, cells) float64, finite, at least 0; `groups` (cells,) integer labels, negative for
    cells that belong to none and are not tested. 28 bytes per gene and cell.
    """
    members = group_cells(x.shape[1], groups)
    return both_sides(*(prepare_side(v, members, box_size=box_size) for v in (x, y)))


class Side(NamedTuple):
    """Boxes of some genes over the cells of a group."""

    cells: np.ndarray
    ranks: Ranks
    size: np.ndarray


def group_cells(n_cells: int, groups: np.ndarray | None) -> list[np.ndarray]:
    """Positions of the cells of each group, of which there are at least two: one cell has nothing to compare with."""
    labels = np.zeros(n_cells, np.int64) if groups is None else np.asarray(groups)
    members = [np.flatnonzero(labels == label) for label in np.unique(labels[labels >= 0])]
    return [cells for cells in members if len(cells) > 1]


def prepare_side(values: np.ndarray, members: list[np.ndarray], *, box_size: float) -> list[Side]:
    """Boxes of some genes inside each group of cells."""
    out = []
    for cells in members:
        ranks = prepare(np.ascontiguousarray(values[:, cells]), box_size=box_size)
        out.append(Side(cells, ranks, _sizes(ranks)))
    return out


def both_sides(x: list[Side], y: list[Side]) -> list[Group]:
    """Put miRNAs and mRNAs of the same groups together."""
    return [
        Group(a.cells, a.ranks, b.ranks, a.size, b.size, log_factorials(len(a.cells)))
        for a, b in zip(x, y, strict=True)
    ]


def exact_block(
    groups: list[Group], pair_x: np.ndarray, pair_y: np.ndarray, *, n_cells: int, mid: bool = False
) -> np.ndarray:
    """Return log p (pairs, cells) float64 of a block of pairs; 0 (p = 1) for cells of no group."""
    out = np.zeros((len(pair_x), n_cells))
    for g in groups:
        joint = many_cells.joint_counts(g.x, g.y, pair_x, pair_y)
        _fill_block(len(g.cells), g.size_x, g.size_y, pair_x, pair_y, joint, mid, g.table, g.cells, out)
    return out


def exact_entries(
    groups: list[Group], pair_x: np.ndarray, pair_y: np.ndarray, *, n_cells: int, alpha: float, mid: bool = False
) -> Entries:
    """Cells of each pair with p <= alpha: all that q-values at or below alpha need (see `fdr.adjust`).

    Most cells are dismissed by the first terms of the tail.
    """
    found = [(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0))]
    for g in groups:
        joint = many_cells.joint_counts(g.x, g.y, pair_x, pair_y)
        n, likely = len(g.cells), np.empty(joint.shape, np.bool_)
        n_likely = _mark(n, g.size_x, g.size_y, pair_x, pair_y, joint, alpha, mid, g.table, likely)
        pair, cell, log_p = np.empty(n_likely, np.int64), np.empty(n_likely, np.int32), np.empty(n_likely)
        _collect(n, g.size_x, g.size_y, pair_x, pair_y, joint, likely, mid, g.table, g.cells, pair, cell, log_p)
        keep = log_p <= np.log(alpha)
        found.append((pair[keep], cell[keep], log_p[keep]))
    pair, cell, log_p = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((cell, pair))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(pair, minlength=len(pair_x)))]).astype(np.int64)
    return Entries(indptr, cell[order], log_p[order])


def _sizes(ranks: Ranks) -> np.ndarray:
    """Box sizes by cell rather than by place."""
    out = np.empty_like(ranks.order)
    np.put_along_axis(out, ranks.order.astype(np.int64), ranks.size[:, 0], axis=1)
    return out


@numba.njit(nogil=True, cache=True)
def _fill_tails(n, n_r, n_t, n_rt, mid, table, out):
    for i in range(len(out)):
        out[i] = log_upper_tail(n_rt[i] - 1, n[i] - 1, n_r[i] - 1, n_t[i] - 1, mid, table)


@numba.njit(nogil=True, cache=True)
def _fill_block(n, size_x, size_y, pair_x, pair_y, joint, mid, table, cells, out):
    for p in range(len(pair_x)):
        own, other = size_x[pair_x[p]], size_y[pair_y[p]]
        for c in range(n):
            out[p, cells[c]] = log_upper_tail(joint[p, c] - 1, n - 1, own[c] - 1, other[c] - 1, mid, table)


@numba.njit(nogil=True, cache=True)
def _mark(n, size_x, size_y, pair_x, pair_y, joint, alpha, mid, table, likely):
    """Mark what may have p <= alpha; return how many."""
    marked = 0
    for p in range(len(pair_x)):
        own, other = size_x[pair_x[p]], size_y[pair_y[p]]
        for c in range(n):
            likely[p, c] = not surely_over(joint[p, c] - 1, n - 1, own[c] - 1, other[c] - 1, mid, alpha, table)
            marked += likely[p, c]
    return marked


@numba.njit(nogil=True, cache=True)
def _collect(n, size_x, size_y, pair_x, pair_y, joint, likely, mid, table, cells, pair, cell, log_p):
    at = 0
    for p in range(len(pair_x)):
        own, other = size_x[pair_x[p]], size_y[pair_y[p]]
        for c in range(n):
            if likely[p, c]:
                pair[at], cell[at] = p, cells[c]
                log_p[at] = log_upper_tail(joint[p, c] - 1, n - 1, own[c] - 1, other[c] - 1, mid, table)
                at += 1
