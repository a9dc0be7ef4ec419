"""The local test in plain Python: rank, take the mean around each cell off, correlate with the weights of each list."""

from __future__ import annotations

import numpy as np
from scipy import sparse, stats


def matrix(steps, n_cells: int) -> np.ndarray:
    """Rows x cells, float64: the product of the steps."""
    out = None
    for step in reversed(steps):
        size = np.diff(step.indptr)
        weights = step.weights if len(step.weights) else np.repeat(1 / np.maximum(size, 1), size)
        n_columns = n_cells if out is None else len(out)
        one = sparse.csr_matrix((weights.astype(float), step.indices, step.indptr), shape=(len(size), n_columns))
        out = one.toarray() if out is None else one @ out
    return out


def weights(means) -> tuple[np.ndarray, np.ndarray]:
    """W and the smoother, in the cells' own order; the rows of W as `lists_of` puts them."""
    from csmir.kernels.local_candidates import lists_of

    n = len(means.order)
    back = np.argsort(means.order)
    w = np.empty((len(means.n_eff), n))
    w[lists_of(means)] = matrix(means.steps, n)[:, back]
    return w, matrix(means.smoother, n)[back][:, back]


def scores(values: np.ndarray, smoother: np.ndarray, floor: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of one gene's cells, zeros read as missing and as lowest values, and where it is detected."""
    detected = values > floor
    ranks = (stats.rankdata(np.where(detected, values, -np.inf)) - 0.5) / len(values)
    share = smoother @ detected.astype(float)
    mean = np.divide(smoother @ (detected * ranks), share, out=np.zeros_like(share), where=share > 0)
    return np.where(detected, ranks - mean, 0), ranks - smoother @ ranks, detected


def correlation(u: np.ndarray, v: np.ndarray, w: np.ndarray) -> float:
    """Of scores with weights that sum to 1."""
    c = np.cov(u, v, aweights=w, ddof=0)
    return c[0, 1] / np.sqrt(c[0, 0] * c[1, 1])


def left(values: np.ndarray, columns: list[np.ndarray], w: np.ndarray) -> np.ndarray:
    """Residuals of a regression on columns and a constant, with weights."""
    design = np.column_stack([np.ones(len(w)), *columns])
    root = np.sqrt(w)
    return values - design @ np.linalg.lstsq(root[:, None] * design, root * values, rcond=None)[0]


def kept_columns(columns: list[np.ndarray], w: np.ndarray) -> list[np.ndarray]:
    """The columns that vary among cells of these weights, and that those before do not explain."""
    out: list[np.ndarray] = []
    for column in columns:
        variance, rest = (w @ (c - w @ c) ** 2 for c in (column, left(column, out, w)))
        if rest > 1e-3 * variance and variance > max(1e-4 * column.var(), 1e-8):
            out.append(column)
    return out
