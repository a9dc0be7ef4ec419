"""From cells x features as stored to features x cells as the kernels read them, some features at a time."""

from __future__ import annotations

import numba
import numpy as np

TILE = 64  # cells x features that stay in the nearest cache while they are turned


def features_first(values: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Columns `features` of `values` (cells, features), any real dtype, as (features, cells) float64."""
    out = np.empty((len(features), len(values)))
    _turn(np.ascontiguousarray(values), np.asarray(features, np.int64), out)
    return out


@numba.njit(nogil=True, cache=True)
def _turn(values, features, out):
    n_features, n_cells = out.shape
    for first in range(0, n_features, TILE):
        last = min(first + TILE, n_features)
        for start in range(0, n_cells, TILE):
            stop = min(start + TILE, n_cells)
            for f in range(first, last):
                column = features[f]
                for c in range(start, stop):
                    out[f, c] = values[c, column]
