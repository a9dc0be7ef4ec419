"""The memory a thread needs to count pairs over many cells, allocated once."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

from csmir.kernels.bitset import BLOCK, LANES, SUPER, WIDE_LANES, pointer, steps


class Scratch(NamedTuple):
    """What a thread needs to count pairs, and where it leaves the counts."""

    passed: np.ndarray  # (cells,) uint64: the second gene's boxes in the first gene's order
    bits: np.ndarray  # uint64: places of the second gene in the window; afterwards, of the cells that were swept
    words: np.ndarray  # uint16: members before each word of its block
    blocks: np.ndarray  # uint16: members before each block of its superblock
    supers: np.ndarray  # int32: members before each superblock
    steps: np.ndarray  # uint16: rows to add to `words` and `blocks`
    super_steps: np.ndarray  # int32: rows to add to `supers`
    before: np.ndarray  # (cells + 1,) int32: tied cells before each place of the second gene
    joint: np.ndarray  # (cells,) int32: joint counts by the first gene's place
    size: np.ndarray  # (cells,) int32: the second gene's box sizes by the first gene's place
    tied: np.ndarray  # (cells,) int32: joint counts of the tied cells by the second gene's place
    likely: np.ndarray  # (cells, padded to eights) uint8 marks
    found: np.ndarray  # (cells + 8,) uint32 places
    z: np.ndarray  # (cells,) float64


def make_scratch(n: int) -> Scratch:
    """Scratch for pairs over `n` cells."""
    n_super = n // SUPER + 1
    width = -(-n_super // WIDE_LANES) * WIDE_LANES
    return Scratch(
        passed=np.empty(n, np.uint64),
        bits=np.zeros(n // 64 + 1, np.uint64),
        words=np.zeros((n // BLOCK + 1) * LANES, np.uint16),
        blocks=np.zeros(n_super * LANES, np.uint16),
        supers=np.zeros(width, np.int32),
        steps=steps(LANES, np.uint16),
        super_steps=steps(n_super, np.int32, width),
        before=np.empty(n + 1, np.int32),
        joint=np.empty(n, np.int32),
        size=np.empty(n, np.int32),
        tied=np.empty(n, np.int32),
        likely=np.zeros(-(-n // 8) * 8, np.uint8),
        found=np.empty(n + 8, np.uint32),
        z=np.empty(n, np.float64),
    )


@numba.njit(nogil=True, cache=True)
def pointers(s):
    """The same with a pointer in place of every array."""
    return Scratch(
        pointer(s.passed), pointer(s.bits), pointer(s.words), pointer(s.blocks), pointer(s.supers),
        pointer(s.steps), pointer(s.super_steps), pointer(s.before), pointer(s.joint), pointer(s.size),
        pointer(s.tied), pointer(s.likely), pointer(s.found), pointer(s.z),
    )  # fmt: skip
