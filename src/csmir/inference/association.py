"""Rank correlations of pairs over all cells, or inside groups, with their p-values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from csmir.kernels.target_sets import ranks_inside

MIRNAS_AT_ONCE = 64
LEVEL = 0.01


class Associations(NamedTuple):
    """What each pair gives."""

    rho: np.ndarray  # (pairs,) float32, partial where something is held fixed
    pvalue: np.ndarray  # (pairs,) float64, two-sided


def ranked(
    x: np.ndarray, y: np.ndarray, strata: np.ndarray, columns: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, int]:
    """Unit ranks of cells x features inside strata less what `columns` explain there, and the degrees of freedom left.

    Every stratum takes a mean and the columns of its own.
    """
    size = np.bincount(strata)
    used = np.minimum(1 + (0 if columns is None else columns.shape[1]), size).sum()
    a, b = (ranks_inside(v, strata, columns).astype(np.float32) for v in (x, y))
    return a, b, int(len(strata) - used - 1)


def associations(x: np.ndarray, y: np.ndarray, df: int, mirna: np.ndarray, mrna: np.ndarray) -> Associations:
    """Correlations of the columns `mirna` of `x` with `mrna` of `y`, ascending by miRNA; Student's t for p."""
    from scipy.special import stdtr

    rho = np.empty(len(mirna), np.float32)
    for first in range(0, x.shape[1], MIRNAS_AT_ONCE):
        a, e = np.searchsorted(mirna, [first, first + MIRNAS_AT_ONCE])
        if e > a:
            rho[a:e] = (x[:, first : first + MIRNAS_AT_ONCE].T @ y)[mirna[a:e] - first, mrna[a:e]]
    if df < 1:
        return Associations(rho, np.ones(len(rho)))
    r = np.clip(rho.astype(np.float64), -1, 1)
    t = np.abs(r) * np.sqrt(df / np.maximum(1 - r**2, 1e-300))
    return Associations(rho, np.minimum(2 * stdtr(df, -t), 1))


def tails(found: Associations) -> tuple[float, float]:
    """Shares of one-sided p < 1 % for repression and for activation."""
    below = found.pvalue < 2 * LEVEL
    return float((below & (found.rho < 0)).mean()), float((below & (found.rho > 0)).mean())
