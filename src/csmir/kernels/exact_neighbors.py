"""The exact box test among a cell's neighbours: cell k's boxes over its own list of cells, cell after cell.

The box rule is that of `boxes.py` with the list as all the cells there are. The list must not depend on the miRNAs'
values (neighbours from the mRNAs are fine): then, if a miRNA's values are exchangeable over the list given the mRNAs, p
is exact.

Genes x cells in, cells x pairs out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.bitset import popcount
from csmir.kernels.hypergeometric import log_factorials, log_upper_tail, surely_over


class Sorted(NamedTuple):
    """Genes with their cells sorted; of the values only what boxes ask for: which are equal, and which are 0."""

    order: np.ndarray  # (genes, cells) uint16 or int32: place -> cell, ascending
    place: np.ndarray  # (genes, cells): cell -> place
    rises: np.ndarray  # (genes, cells) bool: whether the value at a place is over that of the place before
    n_zero: np.ndarray  # (genes,) int64: cells with 0, which come first


def sort_genes(blocks: Iterable[np.ndarray], n_genes: int, n_cells: int) -> Sorted:
    """Sort the cells of each gene, from blocks of some genes: (genes, cells) float64, finite, at least 0.

    It takes 5 bytes a gene and cell, 9 with more than 65,536 cells.
    """
    shape, kind = (n_genes, n_cells), np.uint16 if n_cells <= 1 << 16 else np.int32
    out = Sorted(np.empty(shape, kind), np.empty(shape, kind), np.ones(shape, bool), np.zeros(n_genes, np.int64))
    cells, first = np.arange(n_cells, dtype=kind), 0
    for block in blocks:
        some = slice(first, first := first + len(block))
        order = np.argsort(block, axis=1, kind="stable")
        ascending = np.take_along_axis(block, order, axis=1)
        out.order[some] = order
        np.put_along_axis(out.place[some], order, cells[None], axis=1)
        out.rises[some, 1:] = ascending[:, 1:] > ascending[:, :-1]
        out.n_zero[some] = (block <= 0).sum(axis=1)
    return out


def exact_neighbor_block(
    x: Sorted,
    y: Sorted,
    indptr: np.ndarray,
    indices: np.ndarray,
    pair_x: np.ndarray,
    pair_y: np.ndarray,
    start: int,
    stop: int,
    *,
    box_size: float = 0.3,
    alpha: float = 1.0,
    mid: bool = False,
) -> np.ndarray:
    """Return log p (stop - start, pairs) of the cells from `start` to `stop`; 0 where p is over `alpha`.

    `indptr` (cells + 1,) int64 and `indices` int32: cell k's list is `indices[indptr[k]:indptr[k + 1]]`, itself among
    them.
    """
    out = np.empty((stop - start, len(pair_x)))
    longest = int(np.diff(indptr[start : stop + 1]).max(initial=1))
    table = log_factorials(longest)
    order = np.lexsort((pair_x, pair_y)).astype(np.int64)
    _fill(*x, *y, indptr, indices, pair_x, pair_y, order, start, box_size, alpha, mid, longest, table, out)
    return out


@numba.njit(nogil=True, cache=True)
def box_counts(order, place, rises, n_zero, k, member, n, box_size, bits):
    """Set the bits of the list's cells in k's box, and return how many they are.

    `member[cell]` is the cell's position in the list, or -1; `order`, `place`, `rises` and `n_zero` are one gene's.
    """
    size, zeros = 0, 0
    for p in range(n_zero):
        zeros += member[order[p]] >= 0
    h = int(np.rint(box_size / 2 * (n - zeros) + 2.220446e-16))
    # the run of equal values
    first = last = np.int64(place[k])
    while not rises[first]:
        first -= 1
    while last + 1 < len(order) and not rises[last + 1]:
        last += 1
    for p in range(first, last + 1):
        size += _take(order[p], member, bits)
    if size - 1 >= h:
        return size
    taken, beyond = 0, False  # whether values have moved on since the last cell that was taken
    for p in range(last + 1, len(order)):
        beyond |= rises[p]
        if taken >= h and beyond:
            break
        if member[order[p]] >= 0:
            size += _take(order[p], member, bits)
            taken += 1
            beyond = False
    taken, beyond = 0, False
    for p in range(first - 1, -1, -1):
        beyond |= rises[p + 1]
        if (taken >= h and beyond) or (p < n_zero and zeros > h):
            break
        if member[order[p]] >= 0:
            size += _take(order[p], member, bits)
            taken += 1
            beyond = False
    return size


@numba.njit(nogil=True, cache=True, inline="always")
def _take(cell, member, bits):
    at = member[cell]
    if at < 0:
        return 0
    bits[at >> 6] |= np.uint64(1) << np.uint64(at & 63)
    return 1


@numba.njit(nogil=True, cache=True)
def _fill(
    x_order, x_place, x_rises, x_zero, y_order, y_place, y_rises, y_zero,
    indptr, indices, pair_x, pair_y, by_y, start, box_size, alpha, mid, longest, table, out,
):  # fmt: skip
    words = (longest + 63) // 64
    n_x, n_y = x_order.shape[0], y_order.shape[0]
    x_bits, y_bits = np.zeros((n_x, words), np.uint64), np.zeros((n_y, words), np.uint64)
    x_size, y_size = np.zeros(n_x, np.int64), np.zeros(n_y, np.int64)
    needed_x, needed_y = np.zeros(n_x, np.bool_), np.zeros(n_y, np.bool_)
    needed_x[pair_x], needed_y[pair_y] = True, True
    member = np.full(x_order.shape[1], -1, np.int32)
    for i in range(out.shape[0]):
        k = start + i
        n = indptr[k + 1] - indptr[k]
        for j in range(n):
            member[indices[indptr[k] + j]] = j
        x_bits[:], y_bits[:] = np.uint64(0), np.uint64(0)
        for g in range(n_x):
            if needed_x[g]:
                x_size[g] = box_counts(x_order[g], x_place[g], x_rises[g], x_zero[g], k, member, n, box_size, x_bits[g])
        for g in range(n_y):
            if needed_y[g]:
                y_size[g] = box_counts(y_order[g], y_place[g], y_rises[g], y_zero[g], k, member, n, box_size, y_bits[g])
        for q in range(len(by_y)):
            p = by_y[q]
            a, b = x_bits[pair_x[p]], y_bits[pair_y[p]]
            joint = 0
            for w in range(words):
                joint += popcount(a[w] & b[w])
            n_r, n_t = x_size[pair_x[p]] - 1, y_size[pair_y[p]] - 1
            if n < 2 or (alpha < 1.0 and surely_over(joint - 1, n - 1, n_r, n_t, mid, alpha, table)):
                out[i, p] = 0.0
                continue
            log_p = log_upper_tail(joint - 1, n - 1, n_r, n_t, mid, table)
            out[i, p] = log_p if log_p <= np.log(alpha) else 0.0
        for j in range(n):
            member[indices[indptr[k] + j]] = -1
