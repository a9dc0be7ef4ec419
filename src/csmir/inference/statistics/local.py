"""The local test over lists of cells: scores gene block by gene block, then ranges of lists, each a task of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from csmir.inference.blocks import Job
from csmir.inference.expression import Stored
from csmir.inference.pairs import Pairs
from csmir.inference.statistics.per_cell import Choice, choose, rows_job
from csmir.inference.threads import run_blocks, thread_count
from csmir.kernels.packed import Packed

if TYPE_CHECKING:
    from csmir.inference.neighbourhood import Neighborhood
    from csmir.kernels.local import PairOrder
    from csmir.kernels.local_scores import Scores
    from csmir.kernels.neighbors import Lists, Smoother

GENES_AT_ONCE = 256
LISTS_AT_ONCE = 64
CELLS_AT_ONCE = 256


class Shared(NamedTuple):
    """What every task reads."""

    x: Scores
    y: Scores
    lists: Lists
    pairs: PairOrder
    alternative: str
    fdr: float | None
    choice: Choice


class Grouped(NamedTuple):
    """What every task reads where cells share their lists."""

    lists: Lists
    found: list[Any]  # candidates of `at_once` lists each
    at_once: int
    choice: Choice


def score(values: Stored, features: np.ndarray, smoother: Smoother, *, n_threads: int | None) -> Scores:
    """Scores of these features, ranked and less the mean around each cell."""
    from csmir.kernels.local_scores import Scores, make_scores

    kinds = ("missing", "lowest")
    out = Scores(
        kinds,
        np.empty((len(kinds), values.n_cells, len(features)), np.float32),
        np.empty((values.n_cells, len(features)), bool),
        np.empty(len(features), bool),
    )

    def work(part: slice) -> None:
        made = make_scores(values.block(features[part]), smoother, floor=values.floor)
        out.scores[:, :, part], out.detected[:, part], out.has_zeros[part] = made.scores, made.detected, made.has_zeros

    parts = [slice(i, min(i + GENES_AT_ONCE, len(features))) for i in range(0, len(features), GENES_AT_ONCE)]
    for _ in run_blocks(work, parts, n_threads=n_threads, desc="genes", progress=False):
        pass
    return out


def local_rows(shared: Shared, task: range) -> Packed:
    """Interactions of the cells whose lists the task names, one cell a list."""
    found = candidates(shared, task)
    cells = np.arange(task.start, task.stop)
    return choose(cells, found.indptr, found.pair, found.rho, found.p, found.n_tested, shared.choice)


def rows_on_both_sides(shared: Shared, task: range) -> Packed:
    """Interactions of a range of cells that hold on both sides of them, two lists a cell."""
    from csmir.kernels.sides import on_both

    found = on_both(candidates(shared, range(2 * task.start, 2 * task.stop)), len(shared.choice.pair_x))
    return choose(np.array(task), found.indptr, found.pair, found.rho, found.p, found.n_tested, shared.choice)


def candidates(shared: Shared, task: range) -> Any:
    """What q-values need of a range of lists."""
    from csmir.kernels.local_inference import local_entries

    choice = shared.choice
    return local_entries(
        shared.x,
        shared.y,
        shared.lists,
        shared.pairs,
        task.start,
        task.stop,
        alpha=1.0 if choice.keep_all else choice.alpha,
        fdr=shared.fdr,
        alternative=shared.alternative,
    )


def local_job(
    mirna: Stored,
    mrna: Stored,
    pairs: Pairs,
    near: Neighborhood,
    *,
    alpha: float,
    adjust: bool,
    alternative: str,
    expressed_only: bool,
    keep_all: bool,
    memory: int,
    n_threads: int | None,
    progress: bool | None = None,
) -> Job:
    """The local correlation of what is significant; -log10 p and q-value beside it."""
    from csmir.kernels.local import order_pairs

    lists = near.lists if near.sides is None else near.sides
    genes_x, pair_x = np.unique(pairs.mirna, return_inverse=True)
    genes_y, pair_y = np.unique(pairs.mrna, return_inverse=True)
    x, y = (score(m, g, near.smoother, n_threads=n_threads) for m, g in ((mirna, genes_x), (mrna, genes_y)))
    detected = (x.detected.T, y.detected.T) if expressed_only else None
    choice = Choice(alpha, adjust, keep_all, detected, pair_x, pair_y)
    # fewer tests than counted over the list may reject what `fdr` takes for lost
    fdr = alpha if adjust and not keep_all and detected is None else None
    shared = Shared(x, y, lists, order_pairs(pair_x, pair_y, len(genes_y)), alternative, fdr, choice)
    per_list = len(pairs) * (4 * len(x.kinds) + 1 + (32 if keep_all else 4))
    at_once = int(np.clip(memory // (thread_count(n_threads) * per_list), 1, LISTS_AT_ONCE))
    n_lists = len(lists.n_eff)
    kept: dict[str, Any] = {"keep_all": keep_all, "p_layer": True}
    if near.sides is not None:
        return rows_job(rows_on_both_sides, shared, n_lists // 2, max(1, at_once // 2), pairs, **kept)
    if n_lists == len(lists.list_of) and (lists.list_of == np.arange(n_lists)).all():
        return rows_job(local_rows, shared, n_lists, at_once, pairs, **kept)
    # cells that share a list share its candidates: these are few, and made at once
    tasks = [range(i, min(i + at_once, n_lists)) for i in range(0, n_lists, at_once)]
    found = run_blocks(lambda t: candidates(shared, t), tasks, n_threads=n_threads, desc="groups", progress=progress)
    grouped = Grouped(lists, list(found), at_once, choice)
    return rows_job(group_rows, grouped, mirna.n_cells, CELLS_AT_ONCE, pairs, **kept)


def group_rows(shared: Grouped, task: range) -> Packed:
    """Interactions of a range of cells that share their lists."""
    blocks = [_of_cell(k, shared.lists, shared.found, shared.at_once, shared.choice) for k in task]
    return Packed(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def _of_cell(cell: int, lists: Lists, found: list[Any], at_once: int, choice: Choice) -> Packed:
    """The row of one of the cells that share a list; empty without a list."""
    which = int(lists.list_of[cell])
    entries, row = found[max(which, 0) // at_once], max(which, 0) % at_once
    at = slice(*entries.indptr[row : row + 2]) if which >= 0 else slice(0)
    pair = entries.pair[at]
    bounds = np.array([0, len(pair)])
    return choose(
        np.array([cell]), bounds, pair, entries.rho[at], entries.p[at], entries.n_tested[row : row + 1], choice
    )
