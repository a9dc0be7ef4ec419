"""The exact test among each cell's neighbours: ranges of cells, each a task of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from csmir.inference.blocks import Job
from csmir.inference.pairs import Pairs
from csmir.inference.statistics.per_cell import Choice, choose, neg_log10, rows_job
from csmir.inference.threads import thread_count
from csmir.kernels.packed import Packed

if TYPE_CHECKING:
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


def exact_near_job(
    mirna: Any,
    mrna: Any,
    pairs: Pairs,
    lists: Lists,
    *,
    box_size: float,
    alpha: float,
    adjust: bool,
    mid_p: bool,
    detected: tuple[np.ndarray, np.ndarray] | None,
    keep_all: bool,
    memory: int,
    n_threads: int | None,
) -> Job:
    """-log10 p of what is significant, and its q-values beside it; `mirna`, `mrna` (features, cells)."""
    from csmir.kernels.exact_neighbors import sort_genes

    genes_x, pair_x = np.unique(pairs.mirna, return_inverse=True)
    genes_y, pair_y = np.unique(pairs.mrna, return_inverse=True)
    seen = None if detected is None else (detected[0][genes_x], detected[1][genes_y])
    choice = Choice(alpha, adjust, keep_all, seen, pair_x.astype(np.int64), pair_y.astype(np.int64))
    shared = Shared(sort_genes(mirna[genes_x]), sort_genes(mrna[genes_y]), lists, box_size, mid_p, choice)
    n_cells = mirna.shape[1]
    at_once = int(np.clip(memory // (thread_count(n_threads) * len(pairs) * 48), 1, CELLS_AT_ONCE))
    return rows_job(exact_near_rows, shared, n_cells, at_once, pairs, keep_all=keep_all, p_layer=False)
