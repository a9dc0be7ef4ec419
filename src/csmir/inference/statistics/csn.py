"""The CSN statistic over pseudo-cells for up to 64 real cells, in tiles of genes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from csmir.inference.blocks import Job, Part, Shared, Tile, part_of
from csmir.inference.statistics.csn_many_cells import csn_finish, stored_share
from csmir.inference.statistics.limits import of_csn
from csmir.inference.statistics.record import Inputs, Statistic
from csmir.inference.threads import thread_count
from csmir.kernels.packed import Packed

if TYPE_CHECKING:
    from csmir.inference.options import Request

MIRNAS_AT_ONCE = 256
# below this share of all pairs, looking at each pair is cheaper than counting for all pairs first
DENSE_ENOUGH = 0.2


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
    dense = len(pairs) > DENSE_ENOUGH * pairs.n_mirnas * n_used
    gated = all_pairs.applicable(int(weights[0].sum()), n_runs) and dense
    at_once = _mrnas_at_once(n_cells, n_runs, request.memory, thread_count(request.n_threads))
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
        *x_rows, *y_rows, pair_x, part.pair_y, gate, n, n_runs, shared.cutoff, shared.keep_all, z, above
    )
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


def _mrnas_at_once(n_cells: int, n_runs: int, memory: int, n_threads: int) -> int:
    """MRNAs whose rows fit in a thread's share of the memory budget."""
    per_mrna = n_cells * (n_cells * 4 + 8) * max(n_runs, 32)
    return int(np.clip(memory // (n_threads * per_mrna), 1, 256))


def job(inputs: Inputs, request: Request) -> Job:
    """The job for so many cells."""
    from csmir.inference.statistics.csn_many_cells import csn_many_job
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
    stored_share=stored_share,
    job=job,
    limits=of_csn,
)
