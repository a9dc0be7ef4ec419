"""Local means: what the local test is made of. A sparse matrix, or two one after the other, over cells x columns.

W z, for z any product of scores, is the mean of z around each cell (or in each group, or on each side of a cell). Two
steps of k cells each weigh about k^2 cells for 2 k additions (`two_steps.py`); columns lie side by side as lanes.
Sums are in the order in which a row lists its cells, whatever the threads.

Lanes are columns side by side, (cells, LANES): a mean over cells is then a sum of whole rows. Planes are one gene
after the other, (genes, cells): what is done cell by cell runs along them. The sums are spelled out for LLVM, which
would keep them in memory otherwise, at two to three times the time; every lane is summed in the order of the indices,
so that the width of a machine's registers changes no byte.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from scipy import sparse

LANES = 64  # columns at once: the rows that neighbours share stay in the second-level cache, at 10,000 cells too
WIDTH = 16  # numbers in a register, or in as many smaller ones as make it up
BLOCK = 64  # rows that are turned at a time: they stay in the first-level cache
EXACT = 64  # cells that are summed in float32 before they go into a float64


class Step(NamedTuple):
    """A sparse matrix rows x cells whose rows sum to 1 (or are empty)."""

    indptr: np.ndarray  # (rows + 1,) int64
    indices: np.ndarray  # (entries,) int32
    weights: np.ndarray  # (entries,) float32; (0,) where every row is a plain mean


class Means(NamedTuple):
    """Whom a cell is compared with, as local means; the cells in an order in which neighbours lie close together."""

    steps: tuple[Step, ...]  # the last is applied first
    smoother: tuple[Step, ...]  # the mean around each cell that scores are taken less, likewise
    order: np.ndarray  # (cells,) int32: which cell stands at each position
    row_of: np.ndarray  # (cells,) int32: the row of results of each cell, -1 for none
    sides: int  # lists a row: 2 where a pair must be correlated on both sides of a cell
    n_eff: np.ndarray  # (lists,) float64: independent cells the list is worth
    third: np.ndarray  # (lists,) float64: sum w^3 / (sum w^2)^1.5, the share of skewness that a mean keeps
    fourth: np.ndarray  # (lists,) float64: sum w^4 / (sum w^2)^2, likewise of kurtosis


def step_of(matrix: sparse.csr_matrix) -> Step:
    """The step of a sparse matrix; its weights are left out if they are plain means."""
    matrix = sparse.csr_matrix(matrix)
    size = np.diff(matrix.indptr)
    plain = np.allclose(matrix.data, np.repeat(1 / np.maximum(size, 1), size), rtol=1e-6, atol=0)
    weights = np.zeros(0, np.float32) if plain else matrix.data.astype(np.float32)
    return Step(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), weights)


def local_means(steps: tuple[Step, ...], values: np.ndarray) -> np.ndarray:
    """Means of the columns of `values`, cells x columns: rows x columns, float32."""
    n_columns = values.shape[1]
    out = np.empty((len(steps[0].indptr) - 1, n_columns), np.float32)
    lanes = empty_lanes(len(values))
    lanes[:] = 0
    for first in range(0, n_columns, LANES):
        last = min(first + LANES, n_columns)
        lanes[:, : last - first] = values[:, first:last]
        out[:, first:last] = lane_means(steps, lanes)[:, : last - first]
    return out


def lane_means(steps: tuple[Step, ...], lanes: np.ndarray) -> np.ndarray:
    """The same of exactly `LANES` columns, contiguous float32."""
    for step in reversed(steps):
        out = empty_lanes(len(step.indptr) - 1)
        sum_rows(*step, lanes, 0, len(out), out)
        lanes = out
    return lanes


def plane_means(steps: tuple[Step, ...], lanes: np.ndarray, planes: np.ndarray) -> None:
    """The same into planes (up to LANES, rows)."""
    _turned_rows(*steps[0], lane_means(steps[1:], lanes), planes)


@numba.njit(nogil=True, cache=True)
def _turned_rows(indptr, indices, weights, values, planes):
    some = empty_lanes(BLOCK)
    for first in range(0, planes.shape[1], BLOCK):
        last = min(first + BLOCK, planes.shape[1])
        sum_rows(indptr, indices, weights, values, first, last, some)
        to_planes(some[: last - first], planes[:, first:last])


@numba.njit(nogil=True, cache=True)
def sum_rows(indptr, indices, weights, values, start, stop, out):
    """Rows from `start` to `stop` of a step times `values` (cells, LANES), into the first rows of `out`."""
    total, acc = np.empty(LANES, np.float64), np.empty(LANES, np.float32)
    weighted = len(weights) > 0
    for i in range(start, stop):
        a, e = indptr[i], indptr[i + 1]
        row = out[i - start]
        if not weighted and e - a <= EXACT:
            add_rows(indices, a, e, values, row)
            share = np.float32(1) / np.float32(max(e - a, 1))
            for c in range(LANES):
                row[c] *= share
            continue
        scale = 1.0 if weighted else 1.0 / (e - a)
        for c in range(LANES):
            total[c] = 0.0
        while a < e:
            to = min(a + EXACT, e)
            if weighted:
                add_weighted_rows(indices, a, to, values, acc, weights)
            else:
                add_rows(indices, a, to, values, acc)
            for c in range(LANES):
                total[c] += acc[c]
            a = to
        for c in range(LANES):
            row[c] = total[c] * scale


@intrinsic
def add_rows(typingctx, indices, start, stop, values, out):
    """Sum of the rows `indices[start:stop]` of contiguous `values` (cells, LANES), into `out` (LANES,)."""
    return types.void(indices, types.intp, types.intp, values, out), _sum(weighted=False)


@intrinsic
def add_weighted_rows(typingctx, indices, start, stop, values, out, weights):
    """The same of rows times `weights[start:stop]`."""
    return types.void(indices, types.intp, types.intp, values, out, weights), _sum(weighted=True)


def _sum(*, weighted: bool):
    """A loop over the indices with the sums of all lanes as its variables."""

    def build(context, builder, signature, args):
        indices, values, out = (context.make_array(signature.args[i])(context, builder, args[i]) for i in (0, 3, 4))
        vector, whole = ir.VectorType(ir.FloatType(), WIDTH), ir.IntType(64)
        before = builder.block
        head, body, end = (builder.append_basic_block(name) for name in ("head", "body", "end"))
        builder.branch(head)
        builder.position_at_end(head)
        at = builder.phi(whole)
        sums = [builder.phi(vector) for _ in range(LANES // WIDTH)]
        at.add_incoming(args[1], before)
        for total in sums:
            total.add_incoming(ir.Constant(vector, [0.0] * WIDTH), before)
        builder.cbranch(builder.icmp_signed("<", at, args[2]), body, end)
        builder.position_at_end(body)
        if weighted:
            weights = context.make_array(signature.args[5])(context, builder, args[5])
            one = builder.insert_element(
                ir.Constant(vector, ir.Undefined), builder.load(builder.gep(weights.data, [at])), ir.IntType(32)(0)
            )
            weight = builder.shuffle_vector(
                one, ir.Constant(vector, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
            )
        cell = builder.zext(builder.load(builder.gep(indices.data, [at])), whole)
        row = builder.mul(cell, whole(LANES))
        for j, total in enumerate(sums):
            place = builder.gep(values.data, [builder.add(row, whole(j * WIDTH))])
            some = builder.load(builder.bitcast(place, vector.as_pointer()))
            some.align = 4
            term = builder.fmul(some, weight) if weighted else some
            total.add_incoming(builder.fadd(total, term), body)
        at.add_incoming(builder.add(at, whole(1)), body)
        builder.branch(head)
        builder.position_at_end(end)
        for j, total in enumerate(sums):
            place = builder.gep(out.data, [whole(j * WIDTH)])
            builder.store(total, builder.bitcast(place, vector.as_pointer())).align = 4
        return context.get_dummy_value()

    return build


@numba.njit(nogil=True, cache=True)
def empty_lanes(n):
    """An array (n, LANES) float32 that starts where a line of the cache does: rows in registers cross no line then."""
    raw = np.empty(n * LANES + WIDTH, np.float32)
    skip = -(raw.ctypes.data // raw.itemsize) % WIDTH
    return raw[skip : skip + n * LANES].reshape(n, LANES)


# slices from 0 on in what follows: LLVM makes vectors of no loop whose places might count from the end


@numba.njit(nogil=True, cache=True)
def to_lanes(planes, lanes):
    """Planes (up to LANES, cells) into as many lanes of (cells, LANES)."""
    for c0 in range(0, len(lanes), BLOCK):
        some = lanes[c0 : c0 + BLOCK]
        for q in range(len(planes)):
            plane = planes[q, c0 : c0 + BLOCK]
            for c in range(len(some)):
                some[c, q] = plane[c]


@numba.njit(nogil=True, cache=True)
def to_planes(lanes, planes):
    """As many lanes as there are `planes` (up to LANES, cells) into them."""
    for c0 in range(0, len(lanes), BLOCK):
        some = lanes[c0 : c0 + BLOCK]
        for q in range(len(planes)):
            plane = planes[q, c0 : c0 + BLOCK]
            for c in range(len(some)):
                plane[c] = some[c, q]


@numba.njit(nogil=True, cache=True)
def multiply(x, y, gene_x, gene_y, kind, out):
    """Products of genes' scores in every cell, (kinds, genes, cells), into lanes."""
    for c0 in range(0, len(out), BLOCK):
        some = out[c0 : c0 + BLOCK]
        for q in range(len(kind)):
            own, other = x[kind[q], gene_x[q], c0 : c0 + BLOCK], y[kind[q], gene_y[q], c0 : c0 + BLOCK]
            for c in range(len(some)):
                some[c, q] = own[c] * other[c]
