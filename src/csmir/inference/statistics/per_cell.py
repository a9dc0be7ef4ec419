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
    """Entries of the rows of `cells` that are interactions or evidence of their pair (or all), and their q-values.

    `p` holds all that is at or below `choice.alpha` of each row, or all that were tested if `choice.keep_all`;
    `n_tested` (rows,) counts the tests of the row.
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
        kept = significant | (p <= min(fdr.LEVEL, choice.alpha))
        pair, value, p, q, significant = (values[kept] for values in (pair, value, p, q, significant))
        indptr = np.concatenate([[0], np.cumsum(kept)])[indptr]
    extra = np.empty(len(pair), EXTRA)
    extra["p"], extra["q"], extra["significant"] = p, q, significant
    pair = pair.astype(index_type_of(0, len(choice.pair_x)))
    return Packed(np.diff(indptr).astype(np.int64), pair, value.astype(np.float32), extra)


def cells_that_test(
    pair_x: np.ndarray, pair_y: np.ndarray, tested: np.ndarray, detected: tuple[np.ndarray, np.ndarray] | None
) -> np.ndarray:
    """In how many of the `tested` (cells,) each pair is tested: everywhere, or where both genes are `detected`."""
    from csmir.kernels.local_candidates import count_rows, pack_genes

    if detected is None:
        return np.full(len(pair_x), int(tested.sum()), np.int64)
    seen_x, seen_y = (pack_genes(seen[:, tested]) for seen in detected)
    return count_rows(seen_x, seen_y, pair_x, pair_y)


def finish(rows: Rows, cells: slice, *, pair_tested: np.ndarray, alpha: float, keep_all: bool) -> Networks:
    """Networks of whole rows, and the evidence of each pair."""
    from csmir.kernels.fdr import LEVEL, add_up

    p, q, significant = (np.ascontiguousarray(rows.extra[name]) for name in ("p", "q", "significant"))
    sums = add_up(rows.indices, p, pair_tested, min(LEVEL, alpha))
    if keep_all:
        layers = {K.Layer.QVALUE: q, K.Layer.SIGNIFICANT: significant}
        return Networks(rows.indptr, rows.indices, rows.value, layers, sums)
    indptr = np.concatenate([[0], np.cumsum(significant)])[rows.indptr].astype(rows.indptr.dtype)
    return Networks(indptr, rows.indices[significant], rows.value[significant], {K.Layer.QVALUE: q[significant]}, sums)


def rows_job(
    block: Callable[[Any, range], Packed],
    shared: Any,
    n_cells: int,
    at_once: int,
    pairs: Pairs,
    *,
    pair_tested: np.ndarray,
    alpha: float,
    keep_all: bool,
) -> Job:
    """A job whose blocks are ranges of cells."""
    return Job(
        block=block,
        shared=shared,
        tasks=[range(i, min(i + at_once, n_cells)) for i in range(0, n_cells, at_once)],
        part=same,
        finish=partial(finish, pair_tested=pair_tested, alpha=alpha, keep_all=keep_all),
        n_cells=n_cells,
        bucket=pairs.mirna,
        by_cells=True,
    )


def same(task: range) -> range:
    """A range of cells needs nothing beside what all share."""
    return task
