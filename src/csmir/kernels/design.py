"""What follows from the design alone, before any expression is seen."""

from __future__ import annotations

import numpy as np

# the rule adds this before rounding; it decides h where box_size / 2 * n_expressed ends in .5
ROUNDING = 2.220446e-16


def half_width(n_expressed: int, box_size: float) -> int:
    """H of the box rule: round_half_even(box_size / 2 * n_expressed + eps)."""
    return int(np.rint(box_size / 2 * n_expressed + ROUNDING))
