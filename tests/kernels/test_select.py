"""The smallest numbers of rows, and the largest eigenvalues of a matrix, against numpy."""

from __future__ import annotations

import numpy as np
import pytest

from csmir.kernels.decompose import largest_eigenvalues
from csmir.kernels.sorting import smallest


@pytest.mark.parametrize("n", [1, 7, 5000])
@pytest.mark.parametrize("share", [0.01, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["spread", "ties", "sorted"])
def test_the_smallest_are_those_of_a_stable_sort(n, share, kind):
    rng = np.random.default_rng(0)
    values = rng.random((4, n)) if kind != "ties" else rng.integers(0, 3, (4, n)).astype(float)
    if kind == "sorted":  # a sample at equal steps is not one at random
        values = -np.sort(-values, axis=1)
        values[:, ::4] += 5
    k = max(1, round(share * n))
    indices, out = np.empty((4, k), np.int32), np.empty((4, k))
    smallest(values, k, indices, out)
    expected = np.argsort(values, axis=1, kind="stable")[:, :k]
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_array_equal(out, np.take_along_axis(values, expected, axis=1))


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
