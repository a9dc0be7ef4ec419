"""What follows from the design alone, before any expression is seen."""

from __future__ import annotations

import numpy as np

from csmir.kernels.boxes import ROUNDING


def half_width(n_expressed: int, box_size: float) -> int:
    """H of the box rule: round_half_even(box_size / 2 * n_expressed + eps)."""
    return int(np.rint(box_size / 2 * n_expressed + ROUNDING))
