"""Turning cells x features into features x cells."""

from __future__ import annotations

import numpy as np
import pytest

from csmir.kernels.sparse_rows import features_first


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("shape", [(1, 1), (63, 65), (64, 64), (200, 130), (0, 3)])
def test_chosen_columns_become_rows(shape, dtype):
    rng = np.random.default_rng(0)
    values = (rng.random(shape) * 100).astype(dtype)
    features = rng.permutation(shape[1])[: shape[1] // 2 + 1]
    for stored in (values, np.asfortranarray(values)):
        out = features_first(stored, features)
        assert out.dtype == np.float64
        assert out.flags.c_contiguous
        np.testing.assert_array_equal(out, values[:, features].T)
