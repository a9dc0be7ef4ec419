"""The CSN statistic for more cells than fit in a word: blocks of pairs over sorted genes, one sparse matrix out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from csmir import _keys as K
from csmir.tl._networks import Networks, over_cutoff
from csmir.tl._pairs import Pairs
from csmir.tl._threads import run_blocks, thread_count

if TYPE_CHECKING:
    from csmir.kernels.ranks import Ranks

MRNAS_AT_ONCE = 64  # sorted by the thread that counts their pairs
BYTES_PER_RANK = 24  # of a sorted gene, per cell and run


def csn_many_networks(
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
    """As `_csn.csn_networks`, for any number of cells; genes are sorted in tiles that fit the memory budget."""
    from csmir.kernels.ranks import prepare
    from csmir.kernels.sparse_rows import Packed, assemble

    n_runs, n_cells = weights.shape
    run_weights = None if n_runs == 1 and (weights == 1).all() else weights
    threads = thread_count(n_threads)
    genes_at_once = max(2, memory // (2 * BYTES_PER_RANK * n_cells * n_runs))
    per_task = int(np.clip(genes_at_once // (2 * threads), 1, MRNAS_AT_ONCE))
    used_x, used_y = np.unique(pairs.mirna), np.unique(pairs.mrna)
    x_tiles, y_tiles = _tiles(used_x, genes_at_once), _tiles(used_y, per_task)
    blocks: list[Packed] = []
    for x in x_tiles:
        x_genes = used_x[(used_x >= x.start) & (used_x < x.stop)]
        x_ranks = prepare(mirna[x_genes], run_weights, box_size=box_size)

        def work(y: range, x: range = x, x_genes=x_genes, x_ranks=x_ranks) -> Packed:
            at = np.sort(pairs.tile(x, y))
            y_genes, pair_y = np.unique(pairs.mrna[at], return_inverse=True)
            y_ranks = prepare(mrna[y_genes], run_weights, box_size=box_size)
            pair_x = np.searchsorted(x_genes, pairs.mirna[at])
            cell, pair, z, above = _entries(x_ranks, y_ranks, pair_x, pair_y, cutoff, keep_all=keep_all)
            by_cell = np.argsort(cell, kind="stable")
            counts = np.bincount(cell, minlength=n_cells).astype(np.int64)
            return Packed(counts, at[pair[by_cell]], z[by_cell], above[by_cell])

        tasks = [y for y in y_tiles if len(pairs.tile(x, y))]
        blocks.extend(run_blocks(work, tasks, n_threads=n_threads, desc="pairs", progress=progress))
    bucket = pairs.mirna
    indptr, indices, value, above = assemble(blocks, n_cells, bucket)
    layers: dict[str, np.ndarray] = {K.Layer.SUPPORT: above.astype(np.float32) / np.float32(n_runs)}
    if keep_all:
        layers[K.Layer.SIGNIFICANT] = over_cutoff(above, n_runs, value, cutoff)
    return Networks(indptr, indices, value, layers)


def _entries(
    x: Ranks, y: Ranks, pair_x: np.ndarray, pair_y: np.ndarray, cutoff: float, *, keep_all: bool
) -> tuple[np.ndarray, ...]:
    """Cell, pair, z and number of runs over the cutoff of what is kept of a block, pair after pair."""
    from csmir.kernels import many_cells, many_runs

    if x.window.shape[1] == 1 and not keep_all:
        one = many_cells.significant(x, y, pair_x, pair_y, cutoff)
        pair = np.repeat(np.arange(len(pair_x)), np.diff(one.indptr))
        return one.cell, pair, one.value, np.ones(len(pair), np.uint32)
    found = many_runs.medians(x, y, pair_x, pair_y, cutoff, keep_all=keep_all)
    return found.cell, np.repeat(np.arange(len(pair_x)), np.diff(found.indptr)), found.value, found.above


def _tiles(used: np.ndarray, at_once: int) -> list[range]:
    """Ranges of gene positions, each with at most `at_once` used genes."""
    starts = [int(used[i]) for i in range(0, len(used), at_once)]
    return [range(a, b) for a, b in zip(starts, [*starts[1:], int(used[-1]) + 1], strict=True)]
