"""Means over seeds with limits, and differences paired over seeds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats


class Estimate(NamedTuple):
    """A mean over data sets and its 95 % limits (Student's t)."""

    mean: float
    low: float
    high: float
    n: int

    def text(self, *, percent: bool = False) -> str:
        k, digits = (100, 2) if percent else (1, 3)
        if np.isnan(self.mean):
            return ""
        limits = "" if np.isnan(self.low) else f" ({k * self.low:.{digits}f} to {k * self.high:.{digits}f})"
        return f"{k * self.mean:.{digits}f}{limits}"


def estimate(values: pd.Series | np.ndarray) -> Estimate:
    """Mean and limits."""
    x = np.asarray(values, float)
    x = x[~np.isnan(x)]
    if len(x) == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    if len(x) == 1:
        return Estimate(float(x[0]), np.nan, np.nan, 1)
    half = stats.t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / np.sqrt(len(x))
    return Estimate(float(x.mean()), float(x.mean() - half), float(x.mean() + half), len(x))


def of(rows: pd.DataFrame, label: str, method: str, metric: str) -> pd.Series:
    """A figure by seed."""
    part = rows[(rows["label"] == label) & (rows["method"] == method)]
    return part.set_index("seed")[metric].astype(float) if metric in part else pd.Series(dtype=float)


def difference(rows: pd.DataFrame, first: tuple[str, str], second: tuple[str, str], metric: str) -> Estimate:
    """`first` less `second`, each a label and a method, seed by seed."""
    a, b = of(rows, *first, metric), of(rows, *second, metric)
    return estimate((a - b.reindex(a.index)).dropna())
