"""The largest eigenvalues of a symmetric matrix, by iteration where it is large; components of very many cells."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import eigh

# rows of a matrix that is decomposed whole
SMALL = 800
# vectors that are iterated beside those asked for, and how often: of two eigenvalues of which one is two thirds of the
# other, the smaller has 3e-6 of a part in the vector of the larger
SPARE, ITERATIONS = 15, 30
SEED = 0
# cells that components are found in: of more, in as many drawn ones
MOST_CELLS = 10_000
GENES_AT_ONCE = 256


def largest_eigenvalues(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues of a positive semi-definite matrix, descending, and their vectors (rows, k).

    Large matrices by iteration of a random subspace: what stands out is exact to 1e-5, what lies close together is
    found within its span.
    """
    n = len(matrix)
    if n <= SMALL or k + SPARE > n // 4:
        values, vectors = eigh(matrix.astype(np.float64), subset_by_index=[n - k, n - 1])
        return values[::-1], vectors[:, ::-1]
    space = np.random.default_rng(SEED).normal(size=(n, k + SPARE)).astype(matrix.dtype)
    for _ in range(ITERATIONS):
        space, _ = np.linalg.qr(matrix @ space)
    values, vectors = np.linalg.eigh(space.T @ (matrix @ space))
    return values[::-1][:k], space @ vectors[:, ::-1][:, :k]


def some_cells(n_cells: int) -> np.ndarray | None:
    """The cells that components are found in, ascending; None for all."""
    if n_cells <= MOST_CELLS:
        return None
    return np.sort(np.random.default_rng(SEED).choice(n_cells, MOST_CELLS, replace=False))


def project(block: Callable[[np.ndarray], np.ndarray], values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """All cells in the components that `some` of them have, a few genes at a time: (cells, components).

    `values` (genes, some cells) gave `points` (some cells, components), which its rows, scaled to variance 1, make with
    the same vectors as those of `block`, which gives genes (by position) x all cells.
    """
    length = np.maximum((points**2).sum(axis=0), 1e-300)
    out: np.ndarray | float = 0.0
    for first in range(0, len(values), GENES_AT_ONCE):
        part = np.arange(first, min(first + GENES_AT_ONCE, len(values)))
        vectors = _scaled(values[part]) @ points / length
        out = out + _scaled(block(part)).T @ vectors
    return np.asarray(out)


def _scaled(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=1, keepdims=True)
    sd = centred.std(axis=1, keepdims=True)
    return np.divide(centred, sd, out=np.zeros_like(centred), where=sd > 1e-12)
