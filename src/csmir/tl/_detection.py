"""Which values say that a gene was seen in a cell."""

from __future__ import annotations

import numpy as np

# a smallest value that this share of a matrix has stands for "not detected"; measurements do not repeat so often
RECURS = 0.01


def detection_floor(values: np.ndarray) -> float:
    """Largest value that means not detected: 0, or the matrix' smallest value where it recurs all over it.

    An undetected miRNA of the K562 half-cells is 1e-4 of the reads, not 0.
    """
    smallest = float(values.min()) if values.size else 0.0
    return smallest if smallest > 0 and (values == smallest).mean() >= RECURS else 0.0
