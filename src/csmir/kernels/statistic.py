"""The CSN statistic as a function of four counts, and what follows from it for whole tables of counts."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numba
import numpy as np

# keeps the root away from 0 where a box holds every cell; the numerator is 0 there, and so is z
GUARD = 2.220446e-16
LARGEST = 0x7FFFFFFF  # all bits of an int32 but the sign


@numba.njit(nogil=True, cache=True, inline="always")
def z_of_counts(n, n_r, n_t, n_rt):
    """Z = (n n_rt - n_r n_t) / sqrt(n_r n_t (n - n_r)(n - n_t) / (n - 1)) in float64."""
    n, n_r, n_t, n_rt = float(n), float(n_r), float(n_t), float(n_rt)
    return (n * n_rt - n_r * n_t) / math.sqrt(n_r * n_t * (n - n_r) * (n - n_t) / (n - 1.0) + GUARD)


@numba.njit(nogil=True, cache=True)
def cutoff_table(n, cutoff):
    """Smallest joint count with z > cutoff for every pair of box sizes; n + 1 where no count reaches it.

    Since z grows with n_rt, `z > cutoff` is `n_rt >= table[n_r, n_t]`: an integer comparison, free of rounding.
    """
    table = np.full((n + 1, n + 1), n + 1, np.int32)
    for n_r in range(1, n + 1):
        for n_t in range(1, n + 1):
            low, high = max(0, n_r + n_t - n), min(n_r, n_t)
            if not z_of_counts(n, n_r, n_t, high) > cutoff:
                continue
            while low < high:
                middle = (low + high) // 2
                if z_of_counts(n, n_r, n_t, middle) > cutoff:
                    high = middle
                else:
                    low = middle + 1
            table[n_r, n_t] = low
    return table


class Bounds(NamedTuple):
    """What z is compared with, each in the type of the comparison."""

    largest: float  # sqrt(n - 1): z where both boxes coincide
    root: Any  # the same in the working precision of z
    n: Any  # the total weight of a run in that precision
    surely_below: Any  # rounding cannot lift a z below this over the cutoff
    surely_above: np.float32  # nor bring one that reaches this below it
    cut: np.int32  # `surely_above` and just below `largest`, as integers that are ordered as floats are
    top: np.int32


def bounds(n: int, cutoff: float, real: np.dtype) -> Bounds:
    """Bounds of z for runs of total weight `n`, where z is first taken in the type `real`."""
    largest, margin = np.sqrt(n - 1.0), 1e-5 * max(1.0, abs(cutoff))
    above = np.float32(real.type(cutoff + margin))
    cut, top = _as_integers(np.array([above, largest * (1 - 1e-5)], np.float32))
    return Bounds(largest, real.type(largest), real.type(n), real.type(cutoff - margin), above, cut, top)


def _as_integers(values: np.ndarray) -> np.ndarray:
    """The bits of float32 as integers that are ordered as they are: integers are compared many at a time."""
    bits = values.view(np.int32)
    return bits ^ (bits >> 31 & np.int32(LARGEST))
