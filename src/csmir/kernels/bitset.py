"""What numba does not offer: counting bits, rows of sixteen small counters, and pointers into arrays.

A set of places is kept as bits, 64 to a word. To count its members below a place without looking at every word,
counters tell how many members lie before each word of its block, and before each block: a *row of lanes* each. A
member that comes or goes changes every lane behind its own, which is one vector addition of a row of `steps`.

Functions that work for a microsecond are given pointers, not arrays: numba counts references to every array argument at
every call, which would take longer. Whoever takes a pointer keeps the array, as an argument of its own, until done.

A `Scratch` has the memory a thread needs to count pairs over many cells, allocated once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

ROW_BITS = 256  # a row of counters is one vector register
LANES = 16  # uint16 counters in a row
WIDE_LANES = 8  # int32 counters in a row
BLOCK = 64 * LANES  # places with one row of counters of words
SUPER = BLOCK * LANES  # places with one row of counters of blocks


def steps(n_lanes: int, dtype: type, width: int | None = None) -> np.ndarray:
    """Rows to add, flattened: row `w` is 1 in every lane behind lane `w` of `n_lanes`, padded to `width` lanes."""
    lane = np.arange(width or n_lanes)
    return (lane[None, :] > np.arange(n_lanes)[:, None]).astype(dtype).ravel()


@intrinsic
def popcount(typingctx: Any, word: Any) -> Any:
    """Set bits of a uint64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.int64(types.uint64), codegen


@intrinsic
def pointer(typingctx: Any, array: Any) -> Any:
    """Pointer to the first element of an array."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return make_array(signature.args[0])(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), codegen


@intrinsic
def shift(typingctx: Any, at: Any, by: Any) -> Any:
    """The pointer `by` elements further on."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.gep(args[0], [args[1]])

    return at(at, types.int64), codegen


@intrinsic
def eight_at(typingctx: Any, at: Any, index: Any) -> Any:
    """The `index`-th eight bytes as one uint64: whether any of them is set."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        words = builder.bitcast(args[0], ir.IntType(64).as_pointer())
        return builder.load(builder.gep(words, [args[1]]), align=1)

    return types.uint64(at, types.uint64), codegen


def _row(builder: Any, pointer_type: Any, counts: Any, row: Any) -> Any:
    """Pointer to row `row` of counters, as one vector."""
    bits = pointer_type.dtype.bitwidth
    n_lanes = ROW_BITS // bits
    first = builder.gep(counts, [builder.mul(row, row.type(n_lanes))])
    return builder.bitcast(first, ir.VectorType(ir.IntType(bits), n_lanes).as_pointer())


def _load(builder: Any, at: Any) -> Any:
    return builder.load(at, align=2)


@intrinsic
def add_row(typingctx: Any, counts: Any, row: Any, table: Any, step: Any) -> Any:
    """counts[row] += table[step], rows of lanes behind pointers to uint16 or int32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _row(builder, signature.args[0], args[0], args[1])
        plus = _row(builder, signature.args[2], args[2], args[3])
        builder.store(builder.add(_load(builder, at), _load(builder, plus)), at, align=2)
        return context.get_dummy_value()

    return types.void(counts, types.uint64, table, types.uint64), codegen


@intrinsic
def subtract_row(typingctx: Any, counts: Any, row: Any, table: Any, step: Any) -> Any:
    """counts[row] -= table[step]."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _row(builder, signature.args[0], args[0], args[1])
        minus = _row(builder, signature.args[2], args[2], args[3])
        builder.store(builder.sub(_load(builder, at), _load(builder, minus)), at, align=2)
        return context.get_dummy_value()

    return types.void(counts, types.uint64, table, types.uint64), codegen


@intrinsic
def exchange_row(typingctx: Any, counts: Any, row: Any, table: Any, step_in: Any, step_out: Any) -> Any:
    """counts[row] += table[step_in] - table[step_out]: one store for a member that comes and one that goes."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _row(builder, signature.args[0], args[0], args[1])
        plus = _row(builder, signature.args[2], args[2], args[3])
        minus = _row(builder, signature.args[2], args[2], args[4])
        change = builder.sub(_load(builder, plus), _load(builder, minus))
        builder.store(builder.add(_load(builder, at), change), at, align=2)
        return context.get_dummy_value()

    return types.void(counts, types.uint64, table, types.uint64, types.uint64), codegen


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
