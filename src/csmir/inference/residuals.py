"""Ranks less their mean around each cell: what the local test correlates."""

from __future__ import annotations

import numpy as np

from csmir.inference.neighbourhood import Neighborhood


def residual_ranks(values: np.ndarray, floor: float, near: Neighborhood) -> np.ndarray:
    """Ranks of genes x cells, over n, less their mean around each cell; 0 for cells without a list."""
    return residual_columns(ranks(values, floor).T, near).T


def ranks(values: np.ndarray, floor: float) -> np.ndarray:
    """Ranks of genes x cells, over n; what is not detected ties at the smallest."""
    from csmir.kernels.sorting import rank_rows

    detected = values > floor
    if floor >= 0:
        ranked = rank_rows(np.where(detected, values, 0.0))
    else:
        from scipy.stats import rankdata  # slow to import

        ranked = rankdata(np.where(detected, values, -np.inf), axis=1)
    ranked -= 0.5
    ranked /= values.shape[1]
    return ranked


def residual_columns(columns: np.ndarray, near: Neighborhood) -> np.ndarray:
    """Columns over the cells less their mean around each cell; 0 for cells without a list."""
    around = columns
    for factor in reversed(near.smoother):
        around = factor @ around
    out = columns - around
    out[near.lists.list_of < 0] = 0
    return out
