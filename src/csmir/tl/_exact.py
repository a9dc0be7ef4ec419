"""The exact test over pairs and cells: candidates block by block, q-values cell by cell."""

from __future__ import annotations

import numpy as np

from csmir import _keys as K
from csmir.tl._networks import Networks
from csmir.tl._pairs import Pairs
from csmir.tl._threads import run_blocks, thread_count


def exact_networks(
    mirna: np.ndarray,
    mrna: np.ndarray,
    pairs: Pairs,
    *,
    box_size: float,
    alpha: float,
    adjust: bool,
    mid_p: bool,
    groups: np.ndarray | None,
    detected: tuple[np.ndarray, np.ndarray] | None,
    keep_all: bool,
    memory: int,
    n_threads: int | None,
    progress: bool | None,
) -> Networks:
    """-log10 p of what is significant, and its q-values beside it.

    `mirna`, `mrna` (features, cells); `groups` (cells,) integer labels or None; `detected`, of both, restricts the
    tests to pairs of which both genes are detected in the cell.
    """
    from csmir.kernels import fdr
    from csmir.kernels.exact import exact_block, exact_entries, prepare_exact
    from csmir.kernels.sparse_rows import Packed, assemble

    n_cells = mirna.shape[1]
    prepared = prepare_exact(mirna, mrna, box_size=box_size, groups=groups)
    cutoff = 1.0 if keep_all else alpha

    def work(part: slice) -> Packed:
        pair_x, pair_y = pairs.mirna[part], pairs.mrna[part]
        if keep_all:
            log_p = exact_block(prepared, pair_x, pair_y, n_cells=n_cells, mid=mid_p)
            pair, cell = np.nonzero(np.ones_like(log_p, dtype=bool))
            value = log_p[pair, cell]
        else:
            found = exact_entries(prepared, pair_x, pair_y, n_cells=n_cells, alpha=cutoff, mid=mid_p)
            pair, cell, value = np.repeat(np.arange(len(pair_x)), np.diff(found.indptr)), found.cell, found.log_p
        if detected is not None:
            both = detected[0][pair_x[pair], cell] & detected[1][pair_y[pair], cell]
            pair, cell, value = pair[both], cell[both], value[both]
        by_cell = np.argsort(cell, kind="stable")
        counts = np.bincount(cell, minlength=n_cells).astype(np.int64)
        return Packed(counts, part.start + pair[by_cell], value[by_cell].astype(np.float32), value[by_cell])

    at_once = int(np.clip(memory // (thread_count(n_threads) * n_cells * 40), 1, 4096))
    parts = [slice(i, min(i + at_once, len(pairs))) for i in range(0, len(pairs), at_once)]
    blocks = list(run_blocks(work, parts, n_threads=n_threads, desc="pairs", progress=progress))
    indptr, indices, _, log_p = assemble(blocks, n_cells, np.zeros(len(pairs), np.int8))
    if detected is None:
        n_tested = np.full(n_cells, len(pairs), np.int64)
    else:
        n_tested = fdr.count_tested(*detected, pairs.mirna, pairs.mrna)
    q = fdr.adjust(np.exp(log_p), indptr, n_tested)
    significant = (q if adjust else np.exp(log_p)) <= alpha
    score = np.maximum(-log_p / np.log(10), 0).astype(np.float32)
    layers = {K.Layer.QVALUE: q.astype(np.float32)}
    if keep_all:
        return Networks(indptr, indices, score, layers | {K.Layer.SIGNIFICANT: significant})
    kept = np.concatenate([[0], np.cumsum(significant)])[indptr].astype(indptr.dtype)
    layers = {name: values[significant] for name, values in layers.items()}
    return Networks(kept, indices[significant], score[significant], layers)
