"""One p-value a pair out of those of its cells, which hang together in ways unknown.

The Cauchy combination (Liu and Xie 2020), mean tan((1/2 - p) pi), is Cauchy in its upper tail however the p-values
depend on each other.
"""

from __future__ import annotations

import numba
import numpy as np

LARGEST = 0.99  # p over this counts as this: one cell at p = 1 would outweigh all others


class Cauchy:
    """Sums over cells for some pairs, in the order in which cells come."""

    def __init__(self, n_pairs: int) -> None:
        self.total, self.count = np.zeros(n_pairs), np.zeros(n_pairs, np.int64)

    def add(self, p: np.ndarray) -> None:
        """Take the p-values of more cells, (cells, pairs); NaN where a pair is not tested."""
        _add(np.ascontiguousarray(p, np.float64), self.total, self.count)

    def combined(self) -> np.ndarray:
        """Give p of each pair, NaN for one that was tested in no cell."""
        return combined(self.total, self.count)


@numba.njit(nogil=True, cache=True)
def _add(p, total, count):
    for i in range(p.shape[0]):  # cell after cell: the same sum whatever comes at once
        for q in range(p.shape[1]):
            value = p[i, q]
            if value == value:
                total[q] += 1 / np.tan(min(max(value, 1e-300), LARGEST) * np.pi)  # cot(p pi) = tan((1/2 - p) pi)
                count[q] += 1


def combined(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """P(C >= total / count) of a standard Cauchy variable C."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / count
        # arctan(1 / mean) does not lose small p to rounding
        p = np.where(mean > 0, np.arctan(1 / mean) / np.pi, 0.5 - np.arctan(mean) / np.pi)
    return np.where(count > 0, p, np.nan)


def adjusted(p: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg over the pairs that have a p."""
    from scipy.stats import false_discovery_control

    out = np.full(len(p), np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        out[tested] = false_discovery_control(p[tested])
    return out
