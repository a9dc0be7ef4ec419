"""What numba does not offer: counting bits, and adding rows of sixteen small counters at once.

A set of places is kept as bits, 64 to a word. To count its members below a place without looking at every word, counters
tell how many members lie before each word of its block, and before each block: a *row of lanes* each. A member that comes
or goes changes every lane behind its own, which is one vector addition of a row of `STEPS`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

LANES = 16  # uint16 counters in a row: one 256-bit register
WIDE_LANES = 8  # int32 counters in a row


def steps(n_lanes: int, dtype: type, width: int | None = None) -> np.ndarray:
    """Rows to add, flattened: row `w` is 1 in every lane behind lane `w` of `n_lanes`, padded to `width` lanes."""
    lane = np.arange(width or n_lanes)
    return (lane[None, :] > np.arange(n_lanes)[:, None]).astype(dtype).ravel()


STEPS = steps(LANES, np.uint16)


@intrinsic
def popcount(typingctx: Any, word: Any) -> Any:  # noqa: ARG001
    """Set bits of a uint64."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
        return builder.ctpop(args[0])

    return types.int64(types.uint64), codegen


def _row(context: Any, builder: Any, array_type: Any, array: Any, row: Any) -> Any:
    """Pointer to row `row` of a flat array of counters, as one vector of 256 bits."""
    bits = array_type.dtype.bitwidth
    n_lanes = 256 // bits
    data = make_array(array_type)(context, builder, array).data
    first = builder.gep(data, [builder.mul(row, row.type(n_lanes))])
    return builder.bitcast(first, ir.VectorType(ir.IntType(bits), n_lanes).as_pointer())


def _load(builder: Any, at: Any) -> Any:
    return builder.load(at, align=2)


@intrinsic
def add_row(typingctx: Any, counts: Any, row: Any, table: Any, step: Any) -> Any:  # noqa: ARG001
    """counts[row] += table[step], rows of lanes in flat arrays of one dtype (uint16 or int32)."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _row(context, builder, signature.args[0], args[0], args[1])
        plus = _row(context, builder, signature.args[2], args[2], args[3])
        builder.store(builder.add(_load(builder, at), _load(builder, plus)), at, align=2)
        return context.get_dummy_value()

    return types.void(counts, types.uint64, table, types.uint64), codegen


@intrinsic
def subtract_row(typingctx: Any, counts: Any, row: Any, table: Any, step: Any) -> Any:  # noqa: ARG001
    """counts[row] -= table[step]."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _row(context, builder, signature.args[0], args[0], args[1])
        minus = _row(context, builder, signature.args[2], args[2], args[3])
        builder.store(builder.sub(_load(builder, at), _load(builder, minus)), at, align=2)
        return context.get_dummy_value()

    return types.void(counts, types.uint64, table, types.uint64), codegen


@intrinsic
def exchange_row(typingctx: Any, counts: Any, row: Any, table: Any, step_in: Any, step_out: Any) -> Any:  # noqa: ARG001
    """counts[row] += table[step_in] - table[step_out], one store for a member that comes and one that goes."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _row(context, builder, signature.args[0], args[0], args[1])
        plus = _row(context, builder, signature.args[2], args[2], args[3])
        minus = _row(context, builder, signature.args[2], args[2], args[4])
        change = builder.sub(_load(builder, plus), _load(builder, minus))
        builder.store(builder.add(_load(builder, at), change), at, align=2)
        return context.get_dummy_value()

    return types.void(counts, types.uint64, table, types.uint64, types.uint64), codegen
