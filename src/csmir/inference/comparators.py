"""Scores of other people's statistics, and which of them are interactions."""

from __future__ import annotations

from typing import Any

import numpy as np

from csmir import _keys as K
from csmir._errors import InputError
from csmir.inference.blocks import Networks, index_type_of
from csmir.inference.execute import run_blocks
from csmir.inference.expression import detection_floor
from csmir.inference.memory import available
from csmir.inference.pairs import Pairs

# methods that call a score an interaction by a normal quantile; the others know no error
TOP, ALPHA = 0.05, 0.01
MRNAS_AT_ONCE = 32


def refuse_many_cells(n_cells: int) -> None:
    """Where weights of every two cells would not fit."""
    needed, free = 3 * 8 * n_cells**2, available()
    if free is not None and needed > free:
        raise InputError(
            f"'local_bivariate' holds weights of every two cells, {needed / 1e9:,.0f} GB for {n_cells:,}; "
            f"{free / 1e9:,.1f} GB are free. Take fewer cells, or statistic='local' of cs.tl.regulation."
        )


def scores_of(method: str, x: np.ndarray, y: np.ndarray, pairs: Pairs, **run: Any) -> np.ndarray:
    """(pairs, cells) float32, some mRNAs at a time."""
    from csmir.kernels.comparators import STATISTICS, WHOLE

    statistic = STATISTICS.get(method)
    of_pairs = WHOLE[method](x, y, pairs.mirna, pairs.mrna) if method in WHOLE else None
    if method == "detection":  # what is not detected is known from the whole matrix
        x, y = x > detection_floor(x), y > detection_floor(y)
    order = np.argsort(pairs.mrna, kind="stable")
    tile = pairs.mrna[order] // MRNAS_AT_ONCE
    out = np.empty((len(pairs), x.shape[1]), np.float32)

    def work(at: np.ndarray) -> None:
        genes_x, pair_x = np.unique(pairs.mirna[at], return_inverse=True)
        genes_y, pair_y = np.unique(pairs.mrna[at], return_inverse=True)
        if method == "detection":
            out[at] = x[pairs.mirna[at]] & y[pairs.mrna[at]]
        elif of_pairs is not None:
            out[at] = of_pairs(pairs.mirna[at], pairs.mrna[at])
        elif statistic is not None:
            out[at] = statistic(x[genes_x], y[genes_y], pair_x, pair_y)

    tasks = np.split(order, np.flatnonzero(np.diff(tile)) + 1)
    for _ in run_blocks(work, tasks, desc="mRNAs", **run):
        pass
    return out


def edges_of(scores: np.ndarray, method: str, top: float | None, direction: str) -> np.ndarray:
    """Which (pair, cell) are interactions."""
    from scipy.stats import norm

    from csmir.kernels.comparators import NORMAL, SIGNED

    strength = scores
    if method in SIGNED:
        strength = -scores if direction == "repression" else scores if direction == "activation" else np.abs(scores)
    if top is None and method in NORMAL:
        sided = ALPHA / 2 if method in SIGNED and direction == "both" else ALPHA
        return strength > norm.isf(sided)
    if top is None and method not in SIGNED:
        return strength > 0
    n = max(1, round((TOP if top is None else top) * len(scores)))
    cut = -np.partition(-strength, n - 1, axis=0)[n - 1]
    return (strength >= cut) & (strength > 0)


def packed(scores: np.ndarray, edge: np.ndarray, *, keep_all: bool) -> Networks:
    """Rows of cells of what is stored."""
    n_pairs = len(scores)
    stored = np.ones_like(edge) if keep_all else edge
    cell, pair = np.nonzero(stored.T)
    indptr = np.concatenate([[0], np.cumsum(stored.sum(axis=0))])
    index_type = index_type_of(int(indptr[-1]), n_pairs)
    layers = {K.Layer.SIGNIFICANT: edge[pair, cell]} if keep_all else {}
    return Networks(indptr.astype(index_type), pair.astype(index_type), scores[pair, cell], layers)
