"""Joint counts of one pair of genes in every cell, with work close to linear in the cells.

The cells pass in the first gene's order, and with them its box: a window whose members are kept as bits over the
second gene's places. The joint count is the number of members between two places: two looks at the counters of
`bitset.py`. Cells tied at the first gene's smallest value (often most of them) share one window, and need no sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np

from csmir.kernels.bitset import BLOCK, LANES, SUPER, WIDE_LANES, add_row, exchange_row, popcount, subtract_row


def _make_sweep(levels: int) -> Callable[..., Any]:
    """Return the sweep with counters of words alone (1), of blocks (2), and of superblocks too (3)."""

    @numba.njit(nogil=True, cache=True)
    def sweep(first, n, n_rows, window, scratch):
        passed, bits, joint = scratch.passed, scratch.bits, scratch.joint
        words, blocks, supers = scratch.words, scratch.blocks, scratch.supers
        steps, super_steps = scratch.steps, scratch.super_steps
        one, six, ten, fourteen = np.uint64(1), np.uint64(6), np.uint64(10), np.uint64(14)
        in_word, in_row, field = np.uint64(63), np.uint64(15), np.uint64(0x1FFFFF)
        half, low_half, one_each = np.uint64(32), np.uint64(0xFFFFFFFF), np.uint64(0x100000001)
        head = tail = window[first] & low_half
        at = head << half | tail
        for place in range(first, n):
            step = window[place] - at
            at = window[place]
            if step == one_each:  # no ties: one comes, one goes
                q, r = passed[head] & field, passed[tail] & field
                head += one
                tail += one
                bits[q >> six] ^= one << (q & in_word)
                bits[r >> six] ^= one << (r & in_word)
                if levels == 1:
                    exchange_row(words, np.uint64(0), steps, q >> six, r >> six)
                else:
                    add_row(words, q >> ten, steps, (q >> six) & in_row)
                    subtract_row(words, r >> ten, steps, (r >> six) & in_row)
                    if levels == 2:
                        exchange_row(blocks, np.uint64(0), steps, q >> ten, r >> ten)
                    else:
                        add_row(blocks, q >> fourteen, steps, (q >> ten) & in_row)
                        subtract_row(blocks, r >> fourteen, steps, (r >> ten) & in_row)
                        step_in, step_out = (q >> fourteen) * n_rows, (r >> fourteen) * n_rows
                        for row in range(n_rows):
                            exchange_row(supers, row, super_steps, step_in + row, step_out + row)
            else:
                to_head, to_tail = at >> half, at & low_half
                while head < to_head:
                    q = passed[head] & field
                    head += one
                    bits[q >> six] ^= one << (q & in_word)
                    add_row(words, q >> ten, steps, (q >> six) & in_row)
                    if levels >= 2:
                        add_row(blocks, q >> fourteen, steps, (q >> ten) & in_row)
                    if levels == 3:
                        for row in range(n_rows):
                            add_row(supers, row, super_steps, (q >> fourteen) * n_rows + row)
                while tail < to_tail:
                    r = passed[tail] & field
                    tail += one
                    bits[r >> six] ^= one << (r & in_word)
                    subtract_row(words, r >> ten, steps, (r >> six) & in_row)
                    if levels >= 2:
                        subtract_row(blocks, r >> fourteen, steps, (r >> ten) & in_row)
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


class Gene(NamedTuple):
    """Pointers to one gene's rows in `ranks.Ranks`."""

    order: Any
    window: Any
    size: Any
    box: Any
    floor: Any  # a number


@numba.njit(nogil=True, cache=True)
def count_pair(n, x, y, at):
    """Joint counts of two genes' boxes, cells of weight 1; `at` are the pointers of a `Scratch`.

    Fills `joint` and `size` by the first gene's place, from the returned place on. The cells before are tied at the
    first gene's smallest value: theirs is in `tied`, by the second gene's place, and `bits` tells by the second gene's
    place which cells are not of them.
    """
    floor = x.floor
    if floor < n // 8:  # few ties: not worth a pass of their own
        floor = np.int64(0)
    first, cells = np.uint64(floor), np.uint64(n)
    start = x.window[first] & np.uint64(0xFFFFFFFF) if floor < n else cells
    for place in range(start, cells):
        box = y.box[np.uint64(x.order[place])]
        at.passed[place] = box
        at.size[place] = (box >> np.uint64(42)) - ((box >> np.uint64(21)) & np.uint64(0x1FFFFF))
    n_super = n // SUPER + 1
    rows = np.uint64(-(-n_super // WIDE_LANES))
    _clear(at.bits, n // 64 + 1)
    _clear(at.words, (n // BLOCK + 1) * LANES)
    _clear(at.blocks, n_super * LANES)
    _clear(at.supers, rows * np.uint64(WIDE_LANES))
    if floor < n:
        if n < BLOCK:
            _sweep_words(first, cells, rows, x.window, at)
        elif n < SUPER:
            _sweep_blocks(first, cells, rows, x.window, at)
        else:
            _sweep_supers(first, cells, rows, x.window, at)
    if floor > 0:
        _count_tied(first, cells, y.window, np.uint64(y.floor), at.passed, at.bits, at.before, at.tied)
    return floor


@numba.njit(nogil=True, cache=True)
def _clear(counts, n):
    for i in range(np.uint64(n)):
        counts[i] = 0


@numba.njit(nogil=True, cache=True)
def _count_tied(floor, n, y_window, y_floor, passed, bits, before, tied):
    """How many of the cells that were not swept lie in each box of the second gene: prefix counts over its places."""
    one, six, in_word, half, low_half = np.uint64(1), np.uint64(6), np.uint64(63), np.uint64(32), np.uint64(0xFFFFFFFF)
    _clear(bits, (n >> six) + one)
    for place in range(floor, n):
        q = passed[place] & np.uint64(0x1FFFFF)
        bits[q >> six] |= one << (q & in_word)
    # places tied at the second gene's smallest value lie in a box together or not at all
    total = np.int64(y_floor)
    for at in range(y_floor >> six):
        total -= popcount(bits[at])
    total -= popcount(bits[y_floor >> six] & ((one << (y_floor & in_word)) - one))
    before[0] = 0
    for place in range(y_floor):
        tied[place] = total
    for place in range(y_floor, n):
        before[place] = total
        total += np.int64(~(bits[place >> six] >> (place & in_word)) & one)
    before[n] = total
    for place in range(y_floor, n):
        tied[place] = before[y_window[place] >> half] - before[y_window[place] & low_half]


@numba.njit(nogil=True, cache=True)
def count_weighted(n, x, y, weight, at):
    """Joint counts of two genes' boxes where cell `c` counts as `weight[c]` cells; fills `joint` and `size`.

    Keeps the weights of the window's members by the second gene's place, and their sums over 64 places.
    """
    field = np.uint64(0x1FFFFF)
    passed, inside, sums = at.passed, at.tied, at.before
    _clear(inside, n)
    _clear(sums, n // 64 + 1)
    for place in range(np.uint64(n)):
        passed[place] = y.box[np.uint64(x.order[place])]
        at.size[place] = y.size[passed[place] & field]
    head, tail = np.uint64(0), np.uint64(0)
    for place in range(np.uint64(n)):
        while head < x.window[place] >> np.uint64(32):
            q = passed[head] & field
            inside[q] = weight[np.uint64(x.order[head])]
            sums[q >> np.uint64(6)] += inside[q]
            head += np.uint64(1)
        while tail < x.window[place] & np.uint64(0xFFFFFFFF):
            q = passed[tail] & field
            sums[q >> np.uint64(6)] -= inside[q]
            inside[q] = 0
            tail += np.uint64(1)
        a, e = np.int64((passed[place] >> np.uint64(21)) & field), np.int64(passed[place] >> np.uint64(42))
        first, last = (a + 63) // 64, e // 64
        count = np.int64(0)
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
        at.joint[place] = count
