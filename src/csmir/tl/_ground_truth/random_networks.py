"""Validated shares of random networks of the size, or with the degrees, of each cell's network."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from scipy import sparse

from csmir._mudata.made_of import name_keys
from csmir.inference.execute import run_blocks
from csmir.tl._ground_truth.known import Universe, among_sorted

UNIFORM, OF_PRIOR, BY_DEGREE = RANDOM = ("random", "random_prior", "random_degree")


def random_shares(
    kind: str,
    edges: sparse.csr_matrix,
    tested: np.ndarray,
    known: np.ndarray,
    among: Universe,
    cells: pd.Index,
    *,
    n_random: int,
    seed: int,
    n_threads: int | None,
    progress: bool | None,
) -> np.ndarray:
    """(cells, n_random) percent validated; NaN for empty networks.

    `edges` cells x pairs; `tested` their pairs and `known` the validated ones, as numbers of the universe, `known`
    sorted.
    """
    # a cell's own, whatever the others and their order
    seeds = [np.random.SeedSequence([seed, RANDOM.index(kind), int(key)]) for key in name_keys(cells)]
    sizes = np.diff(edges.indptr)
    if kind == BY_DEGREE:
        work = partial(_by_degree, edges, tested, known, len(among.mrnas), seeds, n_random)
        rows = range(len(sizes))
        hits = np.array(list(run_blocks(work, rows, n_threads=n_threads, desc="random networks", progress=progress)))
    else:
        n_pairs = among.n_pairs if kind == UNIFORM else len(tested)
        n_known = len(known) if kind == UNIFORM else int(among_sorted(tested, known).sum())
        # of `size` edges drawn without replacement a hypergeometric number is known
        hits = np.array([
            np.random.default_rng(s).hypergeometric(n_known, n_pairs - n_known, size, n_random)
            for s, size in zip(seeds, sizes, strict=True)
        ])  # fmt: skip
    hits = hits.reshape(len(sizes), n_random)
    return np.divide(100.0 * hits, sizes[:, None], out=np.full(hits.shape, np.nan), where=sizes[:, None] > 0)


def _by_degree(
    edges: sparse.csr_matrix,
    tested: np.ndarray,
    known: np.ndarray,
    n_mrnas: int,
    seeds: list[np.random.SeedSequence],
    n_random: int,
    cell: int,
) -> np.ndarray:
    """Validated edges of random networks with the degrees of one cell's network."""
    from csmir.kernels.rewire import random_hits

    pairs = np.sort(tested[edges.indices[edges.indptr[cell] : edges.indptr[cell + 1]]])
    if len(pairs) == 0:
        return np.zeros(n_random, np.int64)
    rows, row = np.unique(pairs // n_mrnas, return_inverse=True)
    columns, column = np.unique(pairs % n_mrnas, return_inverse=True)
    start = np.searchsorted(row, np.arange(len(rows) + 1))
    hit = among_sorted((rows[:, None] * n_mrnas + columns).ravel(), known).reshape(len(rows), len(columns))
    return random_hits(start, column.astype(np.int32), hit, n_random, np.random.default_rng(seeds[cell]))
