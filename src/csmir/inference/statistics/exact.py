"""The exact test over pairs and cells: candidates block by block, q-values cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from csmir import _keys as K
from csmir.inference.blocks import BYTES_PER_ENTRY, Job, Networks, Part, Rows, Shared, Tile, part_of, tiles
from csmir.inference.execute import thread_count
from csmir.inference.expression import seen
from csmir.inference.pairs import Pairs
from csmir.inference.statistics.per_cell import cells_that_test
from csmir.inference.statistics.record import Inputs, Statistic
from csmir.kernels.packed import Packed

if TYPE_CHECKING:
    from csmir.inference.options import Request

STORED_SHARE = 0.01  # of all (pair, cell), among independent genes, roughly
MRNAS_AT_ONCE = 64  # sorted by the thread that counts their pairs
BYTES_PER_RANK = 28  # of a sorted gene and its boxes, per cell
BYTES_PER_COUNT = 40  # of a pair that is being counted, per cell


@dataclass
class ExactShared(Shared):
    """The miRNAs that have pairs, and what to do."""

    mirna: np.ndarray  # (miRNAs with pairs, cells)
    used: np.ndarray  # (miRNAs with pairs,) their positions in the data
    members: list[np.ndarray]  # cells of each group
    detected: np.ndarray | None  # (miRNAs with pairs, cells); None tests all pairs in every cell
    box_size: float
    alpha: float  # largest p that is kept
    mid_p: bool
    keep_all: bool
    pairs_at_once: int

    def __post_init__(self) -> None:
        super().__init__()


class ExactPart(NamedTuple):
    """What a block needs beside what all share."""

    pairs: Part
    detected: np.ndarray | None  # (genes, cells) of its mRNAs


def exact_job(inputs: Inputs, request: Request) -> Job:
    """The exact test as a job."""
    from csmir.kernels import fdr
    from csmir.kernels.exact import group_cells

    mirna, mrna, pairs, groups = inputs.x, inputs.y, inputs.pairs, inputs.groups
    alpha, adjust, keep_all, memory = request.alpha, request.adjust, request.keep_all, request.memory
    detected = (seen(mirna), seen(mrna)) if request.expressed_only else None
    n_cells = mirna.shape[1]
    threads = thread_count(request.n_threads)
    used = np.unique(pairs.mirna)
    genes_at_once = max(2, memory // (2 * BYTES_PER_RANK * n_cells))
    y_at_once = int(np.clip(genes_at_once // (2 * threads), 1, MRNAS_AT_ONCE))
    share = 1.0 if keep_all else max(alpha, STORED_SHARE)
    pairs_at_once = int(memory / (2 * threads * n_cells * share * BYTES_PER_ENTRY))
    shared = ExactShared(
        mirna[used],
        used,
        group_cells(n_cells, groups),
        None if detected is None else detected[0][used],
        request.box_size,
        1.0 if keep_all else alpha,
        request.mid_p,
        keep_all,
        max(1, memory // (2 * threads * n_cells * BYTES_PER_COUNT)),
    )
    n_tested = np.full(n_cells, len(pairs), np.int64)
    if detected is not None:
        n_tested = fdr.count_tested(*detected, pairs.mirna, pairs.mrna)
    tested = np.zeros(n_cells, bool)
    for members in shared.members:
        tested[members] = True
    return Job(
        block=exact_block,
        shared=shared,
        tasks=tiles(pairs, genes_at_once, y_at_once, pairs_at_once),
        part=partial(_part, pairs=pairs, mrna=mrna, detected=None if detected is None else detected[1]),
        finish=partial(
            exact_finish,
            n_tested=n_tested,
            pair_tested=cells_that_test(pairs.mirna, pairs.mrna, tested, detected),
            alpha=alpha,
            adjust=adjust,
            keep_all=keep_all,
        ),
        n_cells=n_cells,
        bucket=pairs.mirna,
    )


def _part(tile: Tile, pairs: Pairs, mrna: Any, detected: np.ndarray | None) -> ExactPart:
    part = part_of(tile, pairs, mrna)
    return ExactPart(part, None if detected is None else detected[part.genes])


def exact_block(shared: ExactShared, given: ExactPart) -> Packed:
    """Return log p of the pairs of a tile: where it is at most alpha, or everywhere."""
    from csmir.kernels import exact
    from csmir.kernels.sparse_rows import pack_entries

    part = given.pairs
    first, last = np.searchsorted(shared.used, [part.x.start, part.x.stop])
    x_side = partial(exact.prepare_side, shared.mirna[first:last], shared.members, box_size=shared.box_size)
    y_side = exact.prepare_side(part.y, shared.members, box_size=shared.box_size)
    groups = exact.both_sides(shared.once(part.x, x_side), y_side)
    order = np.argsort(part.at)
    pair_x, pair_y = np.searchsorted(shared.used, part.pair_x[order]) - first, part.pair_y[order]
    n_cells = part.y.shape[1]
    pieces = []
    for start in range(0, len(order), shared.pairs_at_once):
        some = slice(start, start + shared.pairs_at_once)
        pair, cell, value = _entries(shared, groups, pair_x[some], pair_y[some], n_cells)
        if shared.detected is not None and given.detected is not None:
            both = shared.detected[first + pair_x[some][pair], cell] & given.detected[pair_y[some][pair], cell]
            pair, cell, value = pair[both], cell[both], value[both]
        pieces.append((start + pair, cell, value))
    pair, cell, value = (np.concatenate(p) for p in zip(*pieces, strict=True))
    indptr = np.searchsorted(pair, np.arange(len(order) + 1))
    return Packed(*pack_entries(indptr, cell, value.astype(np.float32), value, part.at[order], n_cells))


def _entries(
    shared: ExactShared, groups: list, pair_x: np.ndarray, pair_y: np.ndarray, n_cells: int
) -> tuple[np.ndarray, ...]:
    """Pair, cell and log p, pair after pair."""
    from csmir.kernels import exact

    if shared.keep_all:
        log_p = exact.exact_block(groups, pair_x, pair_y, n_cells=n_cells, mid=shared.mid_p)
        pair, cell = np.nonzero(np.ones_like(log_p, dtype=bool))
        return pair, cell, log_p[pair, cell]
    found = exact.exact_entries(groups, pair_x, pair_y, n_cells=n_cells, alpha=shared.alpha, mid=shared.mid_p)
    return np.repeat(np.arange(len(pair_x)), np.diff(found.indptr)), found.cell, found.log_p


def exact_finish(
    rows: Rows,
    cells: slice,
    *,
    n_tested: np.ndarray,
    pair_tested: np.ndarray,
    alpha: float,
    adjust: bool,
    keep_all: bool,
) -> Networks:
    """Return q-values of whole rows, what is significant by them, and the evidence of each pair."""
    from csmir.kernels import fdr

    indptr, log_p = rows.indptr, rows.extra
    p = np.exp(log_p)
    sums = fdr.add_up(rows.indices, p, pair_tested, min(fdr.LEVEL, alpha))
    q = fdr.adjust(p, indptr, n_tested[cells])
    significant = (q if adjust else p) <= alpha
    score = np.maximum(-log_p / np.log(10), 0).astype(np.float32)
    layers = {K.Layer.QVALUE: q.astype(np.float32)}
    if keep_all:
        return Networks(indptr, rows.indices, score, layers | {K.Layer.SIGNIFICANT: significant}, sums)
    kept = np.concatenate([[0], np.cumsum(significant)])[indptr].astype(indptr.dtype)
    layers = {name: values[significant] for name, values in layers.items()}
    return Networks(kept, rows.indices[significant], score[significant], layers, sums)


def job(inputs: Inputs, request: Request) -> Job:
    """The test among all cells or inside groups, or among neighbours if there are any."""
    if inputs.near is None:
        return exact_job(inputs, request)
    from csmir.inference.statistics.exact_neighbours import exact_near_job

    return exact_near_job(inputs, request)


STATISTIC = Statistic(
    name="exact",
    title="exact box test",
    value="neg_log10_p",
    alpha=0.05,
    tested=True,
    options=frozenset({"groups", "neighbors", "n_neighbors", "expressed_only", "mid_p", "box_size"}),
    neighbors="on request",
    stored_share=lambda n_runs: STORED_SHARE,
    takes_negative=True,
    arithmetic=1,  # 1: blocks among neighbours hold the evidence of pairs
    job=job,
)
