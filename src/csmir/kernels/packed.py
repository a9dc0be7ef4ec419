"""What a block of pairs leaves: its stored entries."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Packed(NamedTuple):
    """The stored entries of one block, cell after cell."""

    n_per_cell: np.ndarray  # (cells,) int64
    pair: np.ndarray  # (stored,) position of the pair among all pairs
    value: np.ndarray  # (stored,) float32
    extra: np.ndarray  # (stored,) a second number per entry
