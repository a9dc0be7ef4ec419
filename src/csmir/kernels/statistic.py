"""The CSN statistic as a function of four counts, and what follows from it for whole tables of counts."""

from __future__ import annotations

import math

import numba
import numpy as np

# keeps the root away from 0 where a box holds every cell; the numerator is 0 there, and so is z
GUARD = 2.220446e-16


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
