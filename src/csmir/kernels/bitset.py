"""What numba does not offer: counting bits, rows of sixteen small counters, and pointers into arrays.

A set of places is kept as bits, 64 to a word. To count its members below a place without looking at every word,
counters tell how many members lie before each word of its block, and before each block: a *row of lanes* each. A
member that comes or goes changes every lane behind its own, which is one vector addition of a row of `steps`.

Functions that work for a microsecond are given pointers, not arrays: numba counts references to every array argument at
every call, which would take longer. Whoever takes a pointer keeps the array, as an argument of its own, until done.
"""

from __future__ import annotations

from typing import Any

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
