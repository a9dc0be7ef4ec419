"""Expression as it is stored, dense or sparse, read some features at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from csmir import _mudata
from csmir import _validate as check
from csmir.tl._detection import stored_floor


class Stored:
    """A matrix cells x features as it is stored, read some features at a time: what is sparse stays so."""

    def __init__(self, name: str, values: Any) -> None:
        entries = values.data if sparse.issparse(values) else values
        if not sparse.issparse(values):
            values = entries = _mudata.dense(values)
        check.finite_matrix(f"The {name} matrix", entries.reshape(1, -1) if sparse.issparse(values) else values)
        self.values = values.tocsc() if sparse.issparse(values) else values
        self.floor = stored_floor(values)

    @property
    def n_cells(self) -> int:
        return int(self.values.shape[0])

    def take(self, order: np.ndarray) -> Stored:
        """The cells in another order."""
        out = object.__new__(Stored)
        out.values, out.floor = self.values[order], self.floor
        return out

    def block(self, features: np.ndarray) -> np.ndarray:
        """(features, cells) float64."""
        return np.ascontiguousarray(_mudata.dense(self.values[:, features]).T, dtype=np.float64)
