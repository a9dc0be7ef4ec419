"""The CSN statistic over pseudo-cells for up to 64 real cells: tiles of genes in, one sparse matrix out."""

from __future__ import annotations

import threading

import numpy as np

from csmir import _keys as K
from csmir.tl._networks import Networks, over_cutoff
from csmir.tl._pairs import Pairs
from csmir.tl._threads import run_blocks, thread_count

MIRNAS_AT_ONCE = 256
# below this share of all pairs, looking at each pair is cheaper than counting for all pairs first
DENSE_ENOUGH = 0.2


def csn_networks(
    mirna: np.ndarray,
    mrna: np.ndarray,
    weights: np.ndarray,
    pairs: Pairs,
    *,
    box_size: float,
    cutoff: float,
    keep_all: bool,
    memory: int,
    n_threads: int | None,
    progress: bool | None,
) -> Networks:
    """Median z and support of every pair in every cell; `mirna`, `mrna` (features, cells), `weights` (runs, cells)."""
    from csmir.kernels import all_pairs, pseudo_cells
    from csmir.kernels.boxes import make_boxes
    from csmir.kernels.sparse_rows import Packed, assemble, pack
    from csmir.kernels.statistic import cutoff_table

    n_runs, n_cells = weights.shape
    n = int(weights[0].sum())
    count_type = np.uint8 if n_runs < 256 else np.uint32
    used = np.unique(pairs.mrna)
    gated = all_pairs.applicable(n, n_runs) and len(pairs) > DENSE_ENOUGH * pairs.n_mirnas * len(used)
    table = cutoff_table(n, cutoff) if gated else None
    blocks: list[Packed] = []
    own = threading.local()  # memory that a thread fills for tile after tile
    at_once = _mrnas_at_once(n_cells, n_runs, memory, thread_count(n_threads))

    for first in range(0, pairs.n_mirnas, MIRNAS_AT_ONCE):
        x = range(first, min(first + MIRNAS_AT_ONCE, pairs.n_mirnas))
        x_boxes = make_boxes(mirna[x.start : x.stop], weights, box_size)
        x_rows = pseudo_cells.make_rows(x_boxes, weights, masks=True)
        lanes = all_pairs.make_lanes(x_boxes, weights, table) if table is not None else None
        del x_boxes

        def work(y: range, x: range = x, x_rows=x_rows, lanes=lanes) -> Packed:
            at = pairs.tile(x, y)
            genes, pair_y = np.unique(pairs.mrna[at], return_inverse=True)
            pair_x = pairs.mirna[at] - x.start
            y_boxes = make_boxes(mrna[genes], weights, box_size)
            gate = np.zeros((0, 0), np.uint8)
            if lanes is not None:
                counts = np.zeros((n_cells, len(genes), lanes.weight.shape[-1]), np.uint8)
                all_pairs.count_runs(*lanes, y_boxes.order, y_boxes.group, y_boxes.lo, y_boxes.hi, y_boxes.size, counts)
                gate = np.ascontiguousarray(counts[:, pair_y, pair_x].T)
            if not hasattr(own, "room"):
                own.room = pseudo_cells.empty_rows(at_once, n_cells, n_runs, n)
            y_rows = pseudo_cells.make_rows(y_boxes, weights, masks=False, room=own.room)
            z = np.empty((len(at), n_cells), np.float32)
            above = np.empty((len(at), n_cells), count_type)
            pseudo_cells.medians(*x_rows, *y_rows, pair_x, pair_y, gate, n, n_runs, cutoff, keep_all, z, above)
            return Packed(*pack(z, above, at))

        tasks = [range(y, min(y + at_once, pairs.n_mrnas)) for y in range(0, pairs.n_mrnas, at_once)]
        tasks = [y for y in tasks if len(pairs.tile(x, y))]
        blocks.extend(run_blocks(work, tasks, n_threads=n_threads, desc="pairs", progress=progress))
        del work, x_rows, lanes
    indptr, indices, z, above = assemble(blocks, n_cells, pairs.mirna)
    layers: dict[str, np.ndarray] = {K.Layer.SUPPORT: above.astype(np.float32) / np.float32(n_runs)}
    if keep_all:
        layers[K.Layer.SIGNIFICANT] = over_cutoff(above, n_runs, z, cutoff)
    return Networks(indptr, indices, z, layers)


def _mrnas_at_once(n_cells: int, n_runs: int, memory: int, n_threads: int) -> int:
    """MRNAs whose rows fit in a thread's share of the memory budget."""
    per_mrna = n_cells * (n_cells * 4 + 8) * max(n_runs, 32)
    return int(np.clip(memory // (n_threads * per_mrna), 1, 256))
