"""What users do to counts before anything else."""

from __future__ import annotations

import numpy as np


def normalise(counts: np.ndarray, how: str) -> np.ndarray:
    """Counts as they are ("raw"), or over a size factor of the cell, scaled to a mean of 1."""
    if how == "raw":
        return counts
    factor = {"cpm": _totals, "ratios": _median_of_ratios}[how](counts.astype(float))
    return (counts / (factor / factor.mean())[:, None]).astype(np.float32)


def _totals(counts: np.ndarray) -> np.ndarray:
    return np.maximum(counts.sum(axis=1), 1)


def _median_of_ratios(counts: np.ndarray) -> np.ndarray:
    """Median over the genes that most cells detect of a cell's count over the gene's mean: a gene, one vote."""
    often = (counts > 0).mean(axis=0) > 0.5
    mean = counts[:, often].mean(axis=0)
    ratio = np.where(counts[:, often] > 0, counts[:, often] / mean, np.nan)
    factor = np.nanmedian(ratio, axis=1)
    return np.where(factor > 0, factor, _totals(counts) / _totals(counts).mean())
