"""Scores of genes for the local test: ranks over all cells, less what a cell's surroundings explain.

A gene is ranked over all cells; what is not detected ties at the smallest rank. Its mean rank around each cell is taken
off, so that two genes which both follow cell types or a trajectory are not correlated for that alone. An undetected
value is either a low value or a lost one. Both readings are scored:

- `missing`: it scores 0, the mean of the detected cells around it. Right where values are lost at random; there, a
  correlation of `lowest` scores is mostly noise.
- `lowest`: it has the smallest rank, like any other value. Right where detection falls with abundance.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from csmir.kernels.neighbors import Smoother

KINDS = {"both": ("missing", "lowest"), "missing": ("missing",), "lowest": ("lowest",)}


class Scores(NamedTuple):
    """Genes ready to be correlated."""

    kinds: tuple[str, ...]  # "missing", "lowest", or both in this order
    scores: np.ndarray  # (kinds, cells, genes) float32: the genes of a cell lie together, as they are read
    detected: np.ndarray  # (cells, genes) bool
    has_zeros: np.ndarray  # (genes,) bool: the kinds differ


def make_scores(values: np.ndarray, smoother: Smoother, *, zeros: str = "both", floor: float = 0.0) -> Scores:
    """Score genes by the kinds that `zeros` names: "missing", "lowest" or "both".

    `values` (genes, cells), finite; a value at or below `floor` is not detected. `smoother` as the makers of lists in
    `neighbors.py` return it. 8 bytes per gene and cell and kind at work, 4 kept.
    """
    detected = np.greater(values, floor)
    ranks = rankdata(np.where(detected, values, -np.inf), axis=1)
    ranks = (ranks - 0.5) / values.shape[1]
    scores = []
    for kind in KINDS[zeros]:
        if kind == "lowest":
            scores.append(ranks - smooth(ranks, smoother))
            continue
        share = smooth(detected.astype(np.float64), smoother)
        mean = np.divide(smooth(detected * ranks, smoother), share, out=np.zeros_like(share), where=share > 1e-9)
        scores.append(np.where(detected, ranks - mean, 0))
    by_cell = np.stack([np.ascontiguousarray(s.T, np.float32) for s in scores])
    return Scores(KINDS[zeros], by_cell, np.ascontiguousarray(detected.T), ~detected.all(axis=1))


def smooth(values: np.ndarray, smoother: Smoother) -> np.ndarray:
    """Weighted mean around each cell: (genes, cells)."""
    out = values.T
    for factor in reversed(smoother):
        out = factor @ out
    return out.T
