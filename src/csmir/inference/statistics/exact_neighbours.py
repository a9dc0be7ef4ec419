"""The exact test among each cell's neighbours: ranges of cells, each a task of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from csmir.inference.blocks import Job, neg_log10
from csmir.inference.execute import thread_count
from csmir.inference.expression import FEATURES_AT_ONCE, seen
from csmir.inference.statistics.per_cell import Choice, cells_that_test, choose, rows_job
from csmir.inference.statistics.record import Inputs
from csmir.kernels.packed import Packed

if TYPE_CHECKING:
    from csmir.inference.options import Request
    from csmir.kernels.exact_neighbors import Sorted
    from csmir.kernels.neighbors import Lists

CELLS_AT_ONCE = 32


class Shared(NamedTuple):
    """What every task reads."""

    x: Sorted
    y: Sorted
    lists: Lists
    box_size: float
    mid_p: bool
    choice: Choice


def exact_near_rows(shared: Shared, task: range) -> Packed:
    """Interactions of a range of cells."""
    from csmir.kernels.exact_neighbors import exact_neighbor_block

    choice, lists = shared.choice, shared.lists
    log_p = exact_neighbor_block(
        shared.x,
        shared.y,
        lists.indptr,
        lists.indices,
        choice.pair_x,
        choice.pair_y,
        task.start,
        task.stop,
        box_size=shared.box_size,
        alpha=1.0 if choice.keep_all else choice.alpha,
        mid=shared.mid_p,
    )
    row, pair = np.nonzero(np.ones_like(log_p, bool) if choice.keep_all else log_p < 0)
    p = np.exp(log_p[row, pair])
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(log_p)))]).astype(np.int64)
    n_tested = np.full(len(log_p), len(choice.pair_x), np.int64)
    return choose(np.arange(task.start, task.stop), indptr, pair, neg_log10(p), p, n_tested, choice)


def exact_near_job(inputs: Inputs, request: Request) -> Job:
    """-log10 p of what is significant, and its q-values beside it."""
    if inputs.near is None:
        raise TypeError("the test among neighbours needs them")
    mirna, mrna, pairs, lists = inputs.x, inputs.y, inputs.pairs, inputs.near.lists
    keep_all = request.keep_all
    genes_x, pair_x = np.unique(pairs.mirna, return_inverse=True)
    genes_y, pair_y = np.unique(pairs.mrna, return_inverse=True)
    detected = (seen(mirna)[genes_x], seen(mrna)[genes_y]) if request.expressed_only else None
    choice = Choice(request.alpha, request.adjust, keep_all, detected, pair_x.astype(np.int64), pair_y.astype(np.int64))
    shared = Shared(_sorted(mirna, genes_x), _sorted(mrna, genes_y), lists, request.box_size, request.mid_p, choice)
    n_cells = mirna.shape[1]
    at_once = int(np.clip(request.memory // (thread_count(request.n_threads) * len(pairs) * 48), 1, CELLS_AT_ONCE))
    tested = cells_that_test(pair_x, pair_y, np.diff(lists.indptr) > 1, detected)
    return rows_job(
        exact_near_rows, shared, n_cells, at_once, pairs,
        pair_tested=tested, alpha=request.alpha, keep_all=keep_all,
    )  # fmt: skip


def _sorted(values: Any, genes: np.ndarray) -> Sorted:
    from csmir.kernels.exact_neighbors import sort_genes

    parts = (values[genes[i : i + FEATURES_AT_ONCE]] for i in range(0, len(genes), FEATURES_AT_ONCE))
    return sort_genes(parts, len(genes), values.shape[1])
