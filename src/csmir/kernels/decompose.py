"""The largest eigenvalues of a symmetric matrix: whole where it is small, by iteration where it is large."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh

# rows of a matrix that is decomposed whole
SMALL = 800
# vectors that are iterated beside those asked for, and how often: of two eigenvalues of which one is two thirds of the
# other, the smaller has 3e-6 of a part in the vector of the larger
SPARE, ITERATIONS = 15, 30
SEED = 0


def largest_eigenvalues(matrix: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k largest eigenvalues of a positive semi-definite matrix, descending, and their vectors (rows, k).

    Large matrices by iteration of a random subspace: what stands out is exact to 1e-5, what lies close together is
    found within its span.
    """
    n = len(matrix)
    if n <= SMALL or k + SPARE > n // 4:
        values, vectors = eigh(matrix, subset_by_index=[n - k, n - 1])
        return values[::-1], vectors[:, ::-1]
    space = np.random.default_rng(SEED).normal(size=(n, k + SPARE))
    for _ in range(ITERATIONS):
        space, _ = np.linalg.qr(matrix @ space)
    values, vectors = np.linalg.eigh(space.T @ (matrix @ space))
    return values[::-1][:k], space @ vectors[:, ::-1][:, :k]
