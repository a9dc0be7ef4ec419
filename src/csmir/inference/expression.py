"""Expression as it is stored, dense or sparse, read some features at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from csmir import _mudata
from csmir import _validate as check
from csmir.inference.detection import stored_floor

ROWS_AT_ONCE = 1 << 16
FEATURES_AT_ONCE = 256


class Stored:
    """A matrix cells x features as it is stored, read some features at a time: what is sparse stays so."""

    def __init__(self, name: str, values: Any) -> None:
        values = values.tocsc() if sparse.issparse(values) else _mudata.dense(values)
        entries = values.data.reshape(-1, 1) if sparse.issparse(values) else values
        for first in range(0, len(entries), ROWS_AT_ONCE):  # the check makes a copy
            check.finite_matrix(f"The {name} matrix", entries[first : first + ROWS_AT_ONCE])
        self.values = values
        self.floor = stored_floor(values)

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return int(self.values.shape[0])

    @property
    def shape(self) -> tuple[int, int]:
        """Features and cells, as of an array that is indexed by features."""
        return int(self.values.shape[1]), self.n_cells

    def __len__(self) -> int:
        return self.shape[0]

    def take(self, order: np.ndarray) -> Stored:
        """The cells in another order."""
        out = object.__new__(Stored)
        out.values, out.floor = self.values[order], self.floor
        return out

    def block(self, features: np.ndarray) -> np.ndarray:
        """(features, cells) float64."""
        if sparse.issparse(self.values):
            return np.ascontiguousarray(self.values[:, features].toarray(order="F").T, dtype=np.float64)
        from csmir.kernels.transpose import features_first

        return features_first(self.values, features)

    __getitem__ = block

    def bits(self) -> np.ndarray:
        """(cells, words) uint64: whether a gene that varies is detected, 64 genes a word."""
        from csmir.kernels.local_seen import pack_genes

        words = []
        for first in range(0, len(self), FEATURES_AT_ONCE):
            values = self.block(np.arange(first, min(first + FEATURES_AT_ONCE, len(self))))
            varies = values.min(axis=1, keepdims=True) < values.max(axis=1, keepdims=True)
            words.append(pack_genes((values > self.floor) & varies))
        return np.concatenate(words, axis=1)

    def seen(self) -> np.ndarray:
        """(features, cells) whether a gene is detected."""
        out = np.empty(self.shape, bool)
        for first in range(0, len(self), FEATURES_AT_ONCE):
            part = np.arange(first, min(first + FEATURES_AT_ONCE, len(self)))
            out[part] = self.block(part) > self.floor
        return out
