"""Tests that are made cell after cell: rows of candidates become rows of interactions with q-values."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from csmir import _keys as K
from csmir.inference.blocks import Job, Networks, Rows, index_type_of
from csmir.inference.pairs import Pairs
from csmir.kernels.packed import Packed

SMALLEST_P = 1e-300
# what is stored of an entry beside its value
EXTRA = np.dtype([("p", np.float64), ("q", np.float32), ("significant", np.bool_)])


class Choice(NamedTuple):
    """What of the candidates is kept."""

    alpha: float
    adjust: bool
    keep_all: bool
    detected: tuple[np.ndarray, np.ndarray] | None  # (miRNAs, cells), (mRNAs, cells) bool: test only where both are
    pair_x: np.ndarray  # (pairs,)
    pair_y: np.ndarray


def choose(
    cells: np.ndarray,
    indptr: np.ndarray,
    pair: np.ndarray,
    value: np.ndarray,
    p: np.ndarray,
    n_tested: np.ndarray,
    choice: Choice,
) -> Packed:
    """Entries of the rows of `cells` that are interactions (or all, marked), and their q-values.

    `p` holds all that is at or below `choice.alpha` of each row, `n_tested` (rows,) counts the tests of the row.
    """
    from csmir.kernels import fdr

    if choice.detected is not None:
        seen_x, seen_y = (np.ascontiguousarray(seen[:, cells]) for seen in choice.detected)
        row = np.repeat(np.arange(len(cells)), np.diff(indptr))
        both = seen_x[choice.pair_x[pair], row] & seen_y[choice.pair_y[pair], row]
        pair, value, p = pair[both], value[both], p[both]
        indptr = np.concatenate([[0], np.cumsum(both)])[indptr]
        n_tested = np.minimum(n_tested, fdr.count_tested(seen_x, seen_y, choice.pair_x, choice.pair_y))
    q = fdr.adjust(p, indptr, n_tested)
    significant = (q if choice.adjust else p) <= choice.alpha
    if not choice.keep_all:
        pair, value, p, q = (values[significant] for values in (pair, value, p, q))
        indptr = np.concatenate([[0], np.cumsum(significant)])[indptr]
        significant = np.ones(len(pair), bool)
    extra = np.empty(len(pair), EXTRA)
    extra["p"], extra["q"], extra["significant"] = p, q, significant
    pair = pair.astype(index_type_of(0, len(choice.pair_x)))
    return Packed(np.diff(indptr).astype(np.int64), pair, value.astype(np.float32), extra)


def neg_log10(p: np.ndarray) -> np.ndarray:
    """-log10 p, float32, at most 300."""
    return -np.log10(np.clip(p, SMALLEST_P, 1)).astype(np.float32)


def finish(rows: Rows, cells: slice, *, keep_all: bool, p_layer: bool) -> Networks:
    """Networks of whole rows; `p_layer` keeps -log10 p beside the values."""
    layers = {K.Layer.QVALUE: np.ascontiguousarray(rows.extra["q"])}
    if p_layer:
        layers[K.Layer.NEG_LOG10_P] = neg_log10(rows.extra["p"])
    if keep_all:
        layers[K.Layer.SIGNIFICANT] = np.ascontiguousarray(rows.extra["significant"])
    return Networks(rows.indptr, rows.indices, rows.value, layers)


def rows_job(
    block: Callable[[Any, range], Packed],
    shared: Any,
    n_cells: int,
    at_once: int,
    pairs: Pairs,
    *,
    keep_all: bool,
    p_layer: bool,
) -> Job:
    """A job whose blocks are ranges of cells."""
    return Job(
        block=block,
        shared=shared,
        tasks=[range(i, min(i + at_once, n_cells)) for i in range(0, n_cells, at_once)],
        part=same,
        finish=partial(finish, keep_all=keep_all, p_layer=p_layer),
        n_cells=n_cells,
        bucket=pairs.mirna,
        by_cells=True,
    )


def same(task: range) -> range:
    """A range of cells needs nothing beside what all share."""
    return task
