"""The largest eigenvalues of a matrix, against numpy."""

from __future__ import annotations

import numpy as np

from csmir.kernels.decompose import largest_eigenvalues


def test_what_stands_out_of_a_large_matrix_is_what_the_whole_decomposition_gives():
    rng = np.random.default_rng(1)
    noise, planted = rng.normal(size=(1000, 1500)), rng.normal(size=(1000, 6))
    values = noise + planted @ rng.normal(0, [[1.5], [1.2], [1.0], [0.8], [0.7], [0.6]], (6, 1500))
    matrix = values @ values.T / 1500
    found, vectors = largest_eigenvalues(matrix, 20)
    every, whole = np.linalg.eigh(matrix)
    np.testing.assert_allclose(found[:6], every[::-1][:6], rtol=1e-8)
    np.testing.assert_allclose(np.abs((vectors[:, :6] * whole[:, ::-1][:, :6]).sum(axis=0)), 1, atol=1e-8)
    np.testing.assert_allclose(found, every[::-1][:20], rtol=0.01)  # of noise, which has no gaps
