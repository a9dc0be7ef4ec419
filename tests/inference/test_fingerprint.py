"""What a run is computed from: the same letters for the same numbers, however they are stored."""

from __future__ import annotations

import hashlib
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from csmir._mudata import Paired
from csmir.inference.on_disk.fingerprint import _digest, _entries, fingerprint
from csmir.inference.pairs import Pairs


def by_scipy(values):
    """The sum over shape and rows of every 1,024 cells, from scipy's own sparse matrices."""
    total = hashlib.sha256(str(values.shape).encode())
    for first in range(0, len(values), 1024):
        part = sparse.csr_matrix(values[first : first + 1024])
        for array, dtype in ((part.indptr, np.int64), (part.indices, np.int32), (part.data, np.float64)):
            total.update(np.ascontiguousarray(array, dtype).data)
    return total.hexdigest()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("shape", [(1, 1), (3, 0), (1030, 5)])
def test_dense_and_sparse_numbers_have_one_sum(dtype, shape):
    rng = np.random.default_rng(0)
    values = (rng.poisson(0.7, shape) * 1.5).astype(dtype)
    if values.size:
        values.flat[0] *= -0.0
    expected = by_scipy(values)
    for stored in (values, np.asfortranarray(values), sparse.csr_matrix(values), sparse.csc_matrix(values)):
        assert _digest(_entries(stored)) == expected
    if values.size > 1:
        values[-1, -1] += 1
        assert _digest(_entries(values)) != expected


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix])
def test_the_matrix_is_not_held_again_to_sum_it(kind):
    values = kind(np.random.default_rng(0).poisson(2, (40_000, 60)).astype(np.float32))  # of 40 blocks
    cells, features = (pd.Index(np.arange(n).astype(str)) for n in values.shape)
    at = np.arange(3, dtype=np.int32)
    data = Paired(cells, features, features, values, values, 0)
    tracemalloc.start()
    fingerprint(data, Pairs(at, at, 60, 60), {"statistic": "local"})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000 * 60 * 4  # bytes of the matrix; all it sums at once would be two to three times as many
