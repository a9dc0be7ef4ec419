"""The local test: which pairs are correlated among a cell's neighbours, with p-values.

Under the null, the pairing of the two genes' scores is exchangeable over the cell's list. The list may depend on the
mRNAs, if the miRNAs are independent of them given where the cells are: then nothing about the list tells of the
pairing.

A block of pairs gives candidates (`local_candidates.py`), of which p-values are made.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from csmir.kernels.local_adjust import Ground
from csmir.kernels.local_candidates import candidates_by_prefix, lists_of, n_eff_of
from csmir.kernels.local_means import Means
from csmir.kernels.local_moments import LOWEST, Genes
from csmir.kernels.local_p import SIDES, lower_p


class Entries(NamedTuple):
    """Pairs with p-values, list after list; the pairs of a list ascend, each once."""

    indptr: np.ndarray  # (lists + 1,) int64
    pair: np.ndarray
    rho: np.ndarray  # (entries,) float32
    p: np.ndarray  # (entries,) float64


def with_p(
    indptr: np.ndarray,
    pair: np.ndarray,
    rho: np.ndarray,
    shape: np.ndarray,
    n_eff: np.ndarray,
    *,
    alpha: float = 1.0,
    alternative: str = "less",
) -> Entries:
    """Entries with p <= alpha. Where a pair has two kinds of scores, the smaller p is doubled and its rho kept."""
    side, n_lists = SIDES[alternative], len(indptr) - 1
    row = np.repeat(np.arange(n_lists), np.diff(indptr))
    sign = np.where(rho > 0, -1.0, 1.0) if side == 0 else float(-side)
    p = lower_p(
        sign * rho.astype(np.float64),
        n_eff[row] - shape["kept"],
        sign * shape["skewness"],
        shape["kurtosis"].astype(float),
    )
    p = np.minimum(p * shape["kinds"] * (1 if side else 2), 1)
    keep = p <= alpha
    same = (pair[1:] == pair[:-1]) & (row[1:] == row[:-1])
    keep[1:] &= ~(same & keep[:-1] & (p[1:] >= p[:-1]))
    keep[:-1] &= ~(same & keep[1:] & (p[:-1] > p[1:]))
    bounds = np.concatenate([[0], np.cumsum(np.bincount(row[keep], minlength=n_lists))]).astype(np.int64)
    return Entries(bounds, pair[keep], rho[keep], p[keep])


def count_below(
    x: Genes,
    y: Genes,
    means: Means,
    pair_x: np.ndarray,
    pair_y: np.ndarray,
    *,
    alpha: float = 0.01,
    alternative: str = "less",
    ground: Ground | None = None,
    prefixes: tuple[int, ...] = (0,),
) -> tuple[np.ndarray, np.ndarray]:
    """Cells in which each pair has p <= alpha, (prefixes, pairs) int64, and in which both genes vary, (pairs,)."""
    options: dict[str, Any] = {"alpha": alpha, "alternative": alternative}
    found = candidates_by_prefix(x, y, means, pair_x, pair_y, prefixes=prefixes, ground=ground, **options)
    n_rows = len(means.n_eff)
    cells = np.bincount(means.row_of[means.row_of >= 0], minlength=n_rows)
    below = np.zeros((len(prefixes), len(pair_x)), np.int64)
    for of_prefix, out in zip(found, below, strict=True):
        entries = with_p(*of_prefix, n_eff_of(means), **options)
        np.add.at(out, entries.pair, np.repeat(cells, np.diff(entries.indptr)))
    cells = cells[lists_of(means)].astype(np.float64)
    varies_x, varies_y = (genes.scale[LOWEST] > 0 for genes in (x, y))
    both = (varies_x * cells) @ varies_y.T.astype(np.float64)
    return below, both[pair_x, pair_y].astype(np.int64)
