"""Which values say that a gene was seen in a cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from csmir import _mudata

# a smallest value that this share of a matrix has stands for "not detected"; measurements do not repeat so often
RECURS = 0.01


def detection_floor(values: np.ndarray) -> float:
    """Largest value that means not detected: 0, or the matrix' smallest value where it recurs all over it.

    An undetected miRNA of the K562 half-cells is 1e-4 of the reads, not 0.
    """
    smallest = float(values.min()) if values.size else 0.0
    return smallest if smallest > 0 and (values == smallest).mean() >= RECURS else 0.0


def stored_floor(values: Any) -> float:
    """The same of a matrix that may be sparse; one that holds zeros needs no floor."""
    if not sparse.issparse(values):
        return detection_floor(values)
    return detection_floor(values.data) if values.nnz == values.shape[0] * values.shape[1] else 0.0


def most_detected(stored: Any, n_genes: int) -> tuple[np.ndarray, float]:
    """The genes of cells x genes that the most cells detect, dense genes x cells, and the floor of detection."""
    stored = stored if sparse.issparse(stored) else _mudata.dense(stored)
    floor = stored_floor(stored)
    share = np.asarray((stored > floor).sum(axis=0)).ravel()
    genes = np.sort(np.argsort(-share, kind="stable")[:n_genes])
    chosen = stored.tocsc()[:, genes] if sparse.issparse(stored) else stored[:, genes]
    return np.ascontiguousarray(_mudata.dense(chosen).T, dtype=np.float64), floor
