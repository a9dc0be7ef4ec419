"""The CSN statistic over pseudo-cells: for up to 64 real cells in tiles of genes, for more by pairs of sorted genes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from csmir import _keys as K
from csmir.inference.blocks import BYTES_PER_ENTRY, Job, Networks, Part, Rows, Shared, Tile, part_of, tiles
from csmir.inference.execute import thread_count
from csmir.inference.statistics.limits import of_csn
from csmir.inference.statistics.record import Inputs, Statistic
from csmir.kernels.packed import Packed

if TYPE_CHECKING:
    from csmir.inference.options import Request
    from csmir.kernels.ranks import Ranks

# of a tile, for few cells
MIRNAS_AT_ONCE, MOST_MRNAS = 256, 256
# below this share of all pairs, looking at each pair is cheaper than counting for all pairs first
DENSE_ENOUGH = 0.2
FEWEST = 100_000  # and for so few pairs it is quicker than the tables of the count, and spares to compile it
# for many cells
SORTED_AT_ONCE = 64  # mRNAs, sorted by the thread that counts their pairs
BYTES_PER_RANK = 24  # of a sorted gene, per cell and run


@dataclass
class CsnShared(Shared):
    """The miRNAs, and what to do."""

    mirna: np.ndarray  # (miRNAs, cells)
    weights: np.ndarray  # (runs, cells)
    box_size: float
    cutoff: float
    keep_all: bool
    gated: bool  # whether to count for all pairs of a tile first
    at_once: int  # most mRNAs of a block

    def __post_init__(self) -> None:
        super().__init__()


def csn_job(inputs: Inputs, request: Request) -> Job:
    """Median z and support of every pair in every cell."""
    from csmir.kernels import all_pairs

    pairs, weights, cutoff, keep_all = inputs.pairs, inputs.weights, request.cutoff, request.keep_all
    n_runs, n_cells = weights.shape
    n_used = pairs.n_mrnas if pairs.complete else len(np.unique(pairs.mrna))
    dense = len(pairs) > max(FEWEST, DENSE_ENOUGH * pairs.n_mirnas * n_used)
    gated = all_pairs.applicable(int(weights[0].sum()), n_runs) and dense
    per_mrna = n_cells * (n_cells * 4 + 8) * max(n_runs, 32)  # bytes of its rows, in a thread's share of the budget
    at_once = int(np.clip(request.memory // (thread_count(request.n_threads) * per_mrna), 1, MOST_MRNAS))
    tasks = [
        Tile(range(x, min(x + MIRNAS_AT_ONCE, pairs.n_mirnas)), range(y, min(y + at_once, pairs.n_mrnas)))
        for x in range(0, pairs.n_mirnas, MIRNAS_AT_ONCE)
        for y in range(0, pairs.n_mrnas, at_once)
    ]
    return Job(
        block=csn_block,
        shared=CsnShared(np.ascontiguousarray(inputs.x), weights, request.box_size, cutoff, keep_all, gated, at_once),
        tasks=[t for t in tasks if pairs.complete or len(pairs.tile(t.x, t.y))],
        part=partial(part_of, pairs=pairs, mrna=inputs.y),
        finish=partial(csn_finish, n_runs=n_runs, cutoff=cutoff, keep_all=keep_all),
        n_cells=n_cells,
        bucket=pairs.mirna,
    )


def csn_block(shared: CsnShared, part: Part) -> Packed:
    """Median z of the pairs of a tile, and the number of runs over the cutoff."""
    from csmir.kernels import all_pairs, pseudo_cells
    from csmir.kernels.boxes import make_boxes
    from csmir.kernels.sparse_rows import pack
    from csmir.kernels.statistic import bounds

    weights, own = shared.weights, shared.own
    n_runs, n_cells = weights.shape
    n = int(weights[0].sum())
    x_rows, lanes = shared.once(part.x, partial(_rows_of_mirnas, shared, part.x))
    pair_x, at = part.pair_x - part.x.start, part.at
    y_boxes = make_boxes(part.y, weights, shared.box_size)
    gate = np.zeros((0, 0), np.uint8)
    if lanes is not None:
        counts = np.zeros((n_cells, len(part.y), lanes.weight.shape[-1]), np.uint8)
        all_pairs.count_runs(*lanes, y_boxes.order, y_boxes.group, y_boxes.lo, y_boxes.hi, y_boxes.size, counts)
        gate = np.ascontiguousarray(counts[:, part.pair_y, pair_x].T)
    if not hasattr(own, "room"):
        own.room = pseudo_cells.empty_rows(shared.at_once, n_cells, n_runs, n)
    y_rows = pseudo_cells.make_rows(y_boxes, weights, masks=False, room=own.room)
    z = np.empty((len(at), n_cells), np.float32)
    above = np.empty((len(at), n_cells), np.uint8 if n_runs < 256 else np.uint32)
    pseudo_cells.medians(
        *x_rows, *y_rows, *bounds(n, shared.cutoff, y_rows.scale.dtype), pair_x, part.pair_y, gate, n, n_runs,
        shared.cutoff, shared.keep_all, z, above,
    )  # fmt: skip
    return Packed(*pack(z, above, at))


def _rows_of_mirnas(shared: CsnShared, x: range):
    """Rows of a tile of miRNAs, and their lanes where all pairs are counted first."""
    from csmir.kernels import all_pairs, pseudo_cells
    from csmir.kernels.boxes import make_boxes
    from csmir.kernels.statistic import cutoff_table

    boxes = make_boxes(shared.mirna[x.start : x.stop], shared.weights, shared.box_size)
    rows = pseudo_cells.make_rows(boxes, shared.weights, masks=True)
    if not shared.gated:
        return rows, None
    return rows, all_pairs.make_lanes(boxes, shared.weights, cutoff_table(boxes.n, shared.cutoff))


@dataclass
class ManyShared(Shared):
    """The miRNAs that have pairs, and what to do."""

    mirna: np.ndarray  # (miRNAs with pairs, cells)
    used: np.ndarray  # (miRNAs with pairs,) their positions in the data
    weights: np.ndarray | None  # (runs, cells); None where every cell stands for itself
    n_runs: int
    box_size: float
    cutoff: float
    keep_all: bool

    def __post_init__(self) -> None:
        super().__init__()


def csn_many_job(inputs: Inputs, request: Request) -> Job:
    """As `csn_job`, for any number of cells. Genes are sorted in tiles that fit the memory budget."""
    mirna, pairs, weights = inputs.x, inputs.pairs, inputs.weights
    memory, cutoff, keep_all = request.memory, request.cutoff, request.keep_all
    n_runs, n_cells = weights.shape
    threads = thread_count(request.n_threads)
    genes_at_once = max(2, memory // (2 * BYTES_PER_RANK * n_cells * n_runs))
    y_at_once = int(np.clip(genes_at_once // (2 * threads), 1, SORTED_AT_ONCE))
    share = 1.0 if keep_all else request.of.stored_share(n_runs)
    pairs_at_once = int(memory / (2 * threads * n_cells * share * BYTES_PER_ENTRY))
    used = np.unique(pairs.mirna)
    run_weights = None if n_runs == 1 and (weights == 1).all() else weights
    return Job(
        block=csn_many_block,
        shared=ManyShared(mirna[used], used, run_weights, n_runs, request.box_size, cutoff, keep_all),
        tasks=tiles(pairs, genes_at_once, y_at_once, pairs_at_once),
        part=partial(part_of, pairs=pairs, mrna=inputs.y),
        finish=partial(csn_finish, n_runs=n_runs, cutoff=cutoff, keep_all=keep_all),
        n_cells=n_cells,
        bucket=pairs.mirna,
    )


def csn_many_block(shared: ManyShared, part: Part) -> Packed:
    """Median z of the pairs of a tile, and the number of runs over the cutoff."""
    from csmir.kernels.ranks import prepare
    from csmir.kernels.sparse_rows import pack_entries

    first, last = np.searchsorted(shared.used, [part.x.start, part.x.stop])

    def x_ranks() -> Ranks:
        return prepare(shared.mirna[first:last], shared.weights, box_size=shared.box_size)

    x, y = shared.once(part.x, x_ranks), prepare(part.y, shared.weights, box_size=shared.box_size)
    order = np.argsort(part.at)
    pair_x, pair_y = np.searchsorted(shared.used, part.pair_x[order]) - first, part.pair_y[order]
    indptr, cell, z, above = _entries(x, y, pair_x, pair_y, shared.cutoff, keep_all=shared.keep_all)
    return Packed(*pack_entries(indptr, cell, z, above, part.at[order], part.y.shape[1]))


def _entries(
    x: Ranks, y: Ranks, pair_x: np.ndarray, pair_y: np.ndarray, cutoff: float, *, keep_all: bool
) -> tuple[np.ndarray, ...]:
    """What is kept of a block, pair after pair: where a pair starts, cell, z, number of runs over the cutoff."""
    from csmir.kernels import many_cells, many_runs

    if x.window.shape[1] == 1 and not keep_all:
        one = many_cells.significant(x, y, pair_x, pair_y, cutoff)
        return one.indptr, one.cell, one.value, np.ones(len(one.cell), np.uint8)
    found = many_runs.medians(x, y, pair_x, pair_y, cutoff, keep_all=keep_all)
    return found.indptr, found.cell, found.value, found.above


def csn_finish(rows: Rows, cells: slice, *, n_runs: int, cutoff: float, keep_all: bool) -> Networks:
    """Support, and which are interactions if all are kept."""
    layers: dict[str, np.ndarray] = {K.Layer.SUPPORT: rows.extra.astype(np.float32) / np.float32(n_runs)}
    if keep_all:
        # whether the median is over the cutoff: by the count of runs, and by value where that is even
        twice = 2 * rows.extra.astype(np.int64)
        layers[K.Layer.SIGNIFICANT] = (twice > n_runs) | ((twice == n_runs) & (rows.value > cutoff))
    return Networks(rows.indptr, rows.indices, rows.value, layers)


def job(inputs: Inputs, request: Request) -> Job:
    """The job for so many cells."""
    from csmir.kernels.pseudo_cells import MAX_CELLS

    return (csn_job if inputs.weights.shape[1] <= MAX_CELLS else csn_many_job)(inputs, request)


STATISTIC = Statistic(
    name="csn",
    title="box statistic (CSN)",
    value="z",
    alpha=0.01,
    tested=False,
    options=frozenset({"box_size", "pseudo_cells"}),
    neighbors="never",
    stored_share=lambda n_runs: 0.07 if n_runs == 1 else 0.5,
    job=job,
    limits=of_csn,
)
