"""The CSN statistic for more cells than fit in a word: blocks of pairs over sorted genes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from csmir import _keys as K
from csmir.inference.blocks import BYTES_PER_ENTRY, Job, Networks, Part, Rows, Shared, over_cutoff, part_of, tiles
from csmir.inference.statistics.record import Inputs
from csmir.inference.threads import thread_count
from csmir.kernels.packed import Packed

if TYPE_CHECKING:
    from csmir.inference.options import Request
    from csmir.kernels.ranks import Ranks

MRNAS_AT_ONCE = 64  # sorted by the thread that counts their pairs
BYTES_PER_RANK = 24  # of a sorted gene, per cell and run


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


def stored_share(n_runs: int) -> float:
    """Share of all (pair, cell) with a z over the cutoff among independent genes, roughly."""
    return 0.07 if n_runs == 1 else 0.5


def csn_many_job(inputs: Inputs, request: Request) -> Job:
    """As `csn.csn_job`, for any number of cells. Genes are sorted in tiles that fit the memory budget."""
    mirna, pairs, weights = inputs.x, inputs.pairs, inputs.weights
    memory, cutoff, keep_all = request.memory, request.cutoff, request.keep_all
    n_runs, n_cells = weights.shape
    threads = thread_count(request.n_threads)
    genes_at_once = max(2, memory // (2 * BYTES_PER_RANK * n_cells * n_runs))
    y_at_once = int(np.clip(genes_at_once // (2 * threads), 1, MRNAS_AT_ONCE))
    share = 1.0 if keep_all else stored_share(n_runs)
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
        layers[K.Layer.SIGNIFICANT] = over_cutoff(rows.extra, n_runs, rows.value, cutoff)
    return Networks(rows.indptr, rows.indices, rows.value, layers)
