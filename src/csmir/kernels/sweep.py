"""Joint counts of one pair of genes in every cell, with work close to linear in the cells.

The cells pass in the miRNA's order, and with them the miRNA's box: a window whose members are kept as bits over the mRNA's
places. The joint count is the number of members between two places: two looks at the counters of `bitset.py`. Cells tied at
the miRNA's smallest value (often most of them) share one window, and are counted in the mRNA's order without a sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from csmir.kernels.bitset import (
    LANES,
    STEPS,
    WIDE_LANES,
    add_row,
    exchange_row,
    popcount,
    steps,
    subtract_row,
)

BLOCK = 64 * LANES  # places with one row of counters
SUPER = BLOCK * LANES  # places with one row of counters of blocks


def make_scratch(n_cells: int) -> tuple[np.ndarray, ...]:
    """What a thread needs to count pairs: passed boxes, bits, three levels of counters, steps of the third, and prefix counts."""
    n_super = n_cells // SUPER + 1
    width = -(-n_super // WIDE_LANES) * WIDE_LANES
    return (
        np.empty(n_cells, np.uint64),
        np.zeros(n_cells // 64 + 1, np.uint64),
        np.zeros((n_cells // BLOCK + 1) * LANES, np.uint16),
        np.zeros(n_super * LANES, np.uint16),
        np.zeros(width, np.int32),
        steps(n_super, np.int32, width),
        np.empty(n_cells + 1, np.int32),
    )


def _make_sweep(levels: int) -> Callable[..., Any]:
    """The sweep with counters of words alone (1), of blocks (2), and of superblocks too (3)."""

    @numba.njit(nogil=True, cache=True)
    def sweep(first, of_gene, gene, r, passed, bits, words, blocks, supers, super_steps, joint):  # noqa: ANN001
        one, six, ten, fourteen = np.uint64(1), np.uint64(6), np.uint64(10), np.uint64(14)
        in_word, in_row, field = np.uint64(63), np.uint64(15), np.uint64(0x1FFFFF)
        window = of_gene[gene, r]
        half, low_half, one_each = np.uint64(32), np.uint64(0xFFFFFFFF), np.uint64(0x100000001)
        n_rows = np.uint64(len(supers) // 8)
        head = tail = window[first] & low_half
        at = head << half | tail
        for place in range(np.uint64(first), np.uint64(len(window))):
            step = window[place] - at
            at = window[place]
            if step == one_each:  # no ties: one comes, one goes
                q, r = passed[head] & field, passed[tail] & field
                head += one
                tail += one
                bits[q >> six] ^= one << (q & in_word)
                bits[r >> six] ^= one << (r & in_word)
                if levels == 1:
                    exchange_row(words, np.uint64(0), STEPS, q >> six, r >> six)
                else:
                    add_row(words, q >> ten, STEPS, (q >> six) & in_row)
                    subtract_row(words, r >> ten, STEPS, (r >> six) & in_row)
                    if levels == 2:
                        exchange_row(blocks, np.uint64(0), STEPS, q >> ten, r >> ten)
                    else:
                        add_row(blocks, q >> fourteen, STEPS, (q >> ten) & in_row)
                        subtract_row(blocks, r >> fourteen, STEPS, (r >> ten) & in_row)
                        for row in range(n_rows):
                            exchange_row(
                                supers, row, super_steps, (q >> fourteen) * n_rows + row, (r >> fourteen) * n_rows + row
                            )
            else:
                to_head, to_tail = at >> half, at & low_half
                while head < to_head:
                    q = passed[head] & field
                    head += one
                    bits[q >> six] ^= one << (q & in_word)
                    add_row(words, q >> ten, STEPS, (q >> six) & in_row)
                    if levels >= 2:
                        add_row(blocks, q >> fourteen, STEPS, (q >> ten) & in_row)
                    if levels == 3:
                        for row in range(n_rows):
                            add_row(supers, row, super_steps, (q >> fourteen) * n_rows + row)
                while tail < to_tail:
                    r = passed[tail] & field
                    tail += one
                    bits[r >> six] ^= one << (r & in_word)
                    subtract_row(words, r >> ten, STEPS, (r >> six) & in_row)
                    if levels >= 2:
                        subtract_row(blocks, r >> fourteen, STEPS, (r >> ten) & in_row)
                    if levels == 3:
                        for row in range(n_rows):
                            subtract_row(supers, row, super_steps, (r >> fourteen) * n_rows + row)
            a, e = (passed[place] >> np.uint64(21)) & field, passed[place] >> np.uint64(42)
            count = (
                popcount(bits[e >> six] & ((one << (e & in_word)) - one))
                - popcount(bits[a >> six] & ((one << (a & in_word)) - one))
                + np.int64(words[e >> six])
                - np.int64(words[a >> six])
            )
            if levels >= 2:
                count += np.int64(blocks[e >> ten]) - np.int64(blocks[a >> ten])
            if levels == 3:
                count += np.int64(supers[e >> fourteen]) - np.int64(supers[a >> fourteen])
            joint[place] = count

    return sweep


_sweep_words = _make_sweep(1)
_sweep_blocks = _make_sweep(2)
_sweep_supers = _make_sweep(3)


@numba.njit(nogil=True, cache=True)
def count_pair(order, window, floor, i, y_window, y_size, y_box, y_floor, j, weights, r, scratch, joint, tied, size):  # noqa: ANN001
    """Joint counts of gene `i` (`order`, `window`, and the number `floor` from its `Ranks`) with gene `j` in run `r`.

    Fills `joint` and `size` (the second gene's box) by the first gene's place, from the returned place on. The cells before
    are tied at the first gene's smallest value: theirs is in `tied`, by the second gene's place, and `bits` tells by the
    second gene's place which cells are not of them.
    """
    passed, bits, words, blocks, supers, super_steps, before = scratch
    n = order.shape[1]
    if weights.shape[1]:
        _count_weighted(order, window, i, y_size, y_box, j, weights, r, passed, joint, size)
        return 0
    if floor < n // 8:  # few ties: not worth a pass of their own
        floor = 0
    start = np.int64(window[i, r, floor] & np.uint64(0xFFFFFFFF)) if floor < n else n
    for place in range(np.uint64(start), np.uint64(n)):
        box = y_box[j, r, np.uint32(order[i, place])]
        passed[place] = box
        size[place] = (box >> np.uint64(42)) - ((box >> np.uint64(21)) & np.uint64(0x1FFFFF))
    for at in range(len(bits)):
        bits[at] = 0
    for at in range(len(words)):
        words[at] = 0
    for at in range(len(blocks)):
        blocks[at] = 0
    for at in range(len(supers)):
        supers[at] = 0
    if floor < n:
        if n < BLOCK:
            _sweep_words(floor, window, i, r, passed, bits, words, blocks, supers, super_steps, joint)
        elif n < SUPER:
            _sweep_blocks(floor, window, i, r, passed, bits, words, blocks, supers, super_steps, joint)
        else:
            _sweep_supers(floor, window, i, r, passed, bits, words, blocks, supers, super_steps, joint)
    if floor > 0:
        _count_tied(floor, y_window, y_floor[j], j, r, passed, bits, before, tied)
    return floor


@numba.njit(nogil=True, cache=True)
def _count_tied(floor, y_window, y_floor, j, r, passed, bits, before, tied):  # noqa: ANN001
    """How many of the cells that were not swept lie in each box of the second gene: prefix counts over its places."""
    one, six, in_word = np.uint64(1), np.uint64(6), np.uint64(63)
    n = np.uint64(y_window.shape[2])
    for i in range(len(bits)):
        bits[i] = 0
    for place in range(np.uint64(floor), n):
        q = passed[place] & np.uint64(0x1FFFFF)
        bits[q >> six] |= one << (q & in_word)
    # places tied at the second gene's smallest value lie in a box together or not at all
    total = y_floor
    for at in range(np.uint64(y_floor) >> six):
        total -= popcount(bits[at])
    total -= popcount(bits[np.uint64(y_floor) >> six] & ((one << (np.uint64(y_floor) & in_word)) - one))
    before[0] = 0
    for place in range(np.uint64(y_floor)):
        tied[place] = total
    for place in range(np.uint64(y_floor), n):
        before[place] = total
        total += np.int64(~(bits[place >> six] >> (place & in_word)) & one)
    before[n] = total
    for place in range(np.uint64(y_floor), n):
        tied[place] = (
            before[y_window[j, r, place] >> np.uint64(32)] - before[y_window[j, r, place] & np.uint64(0xFFFFFFFF)]
        )


@numba.njit(nogil=True, cache=True)
def _count_weighted(order, window, i, y_size, y_box, j, weights, r, passed, joint, size):  # noqa: ANN001
    """Joint counts where cells have weights: weights of the window's members by place, and their sums by 64 places."""
    n = order.shape[1]
    inside, sums = np.zeros(n, np.int32), np.zeros(n // 64 + 1, np.int32)
    field = np.uint64(0x1FFFFF)
    for place in range(n):
        passed[place] = y_box[j, r, order[i, place]]
        size[place] = y_size[j, r, passed[place] & field]
    head = tail = 0
    for place in range(n):
        to_head, to_tail = (
            np.int64(window[i, r, place] >> np.uint64(32)),
            np.int64(window[i, r, place] & np.uint64(0xFFFFFFFF)),
        )
        while head < to_head:
            q = passed[head] & field
            inside[q] = weights[r, order[i, head]]
            sums[q >> np.uint64(6)] += inside[q]
            head += 1
        while tail < to_tail:
            q = passed[tail] & field
            sums[q >> np.uint64(6)] -= inside[q]
            inside[q] = 0
            tail += 1
        a, e = np.int64((passed[place] >> np.uint64(21)) & field), np.int64(passed[place] >> np.uint64(42))
        first, last = (a + 63) // 64, e // 64
        count = 0
        if first >= last:
            for q in range(a, e):
                count += inside[q]
        else:
            for q in range(a, first * 64):
                count += inside[q]
            for b in range(first, last):
                count += sums[b]
            for q in range(last * 64, e):
                count += inside[q]
        joint[place] = count
