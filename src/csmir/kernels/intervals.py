"""Where along a path of cells a pair is correlated: the best interval, its p, and the cells that are surely in it.

With residual scores u and v in the order of the path, z_i = -u_i v_i / (sd u sd v) is positive on average where the
pair is repressed. Of all intervals with a positive sum the best has the largest log likelihood ratio,
(sum z)^2 / (2 length var z).
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np

TRADED = 30  # ranks along the path within which a null trades profiles
UNITS = 4.0  # of log likelihood within which an interval may be the true one
STARTS = 500  # places of the path where intervals may start or end, at most
TAIL = 0.95  # quantile of the null from which its tail is taken for that of a Gumbel distribution


class Intervals(NamedTuple):
    """The best interval of each pair, as places along the path."""

    statistic: np.ndarray  # (pairs,) log likelihood ratio, 0 where no interval has a positive sum
    first: np.ndarray  # (pairs,) int64: the best interval, first place
    last: np.ndarray  # (pairs,) int64: and the place after its last
    inner_first: np.ndarray  # (pairs,) int64: what all intervals within 4 units share; first >= last where that is none
    inner_last: np.ndarray  # (pairs,) int64


def scan(
    u: np.ndarray, v: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray, shortest: int, longest: int
) -> Intervals:
    """Scan every pair; `u` (miRNAs, cells) and `v` (mRNAs, cells) in the order of the path.

    Turn the sign of `u` for activation. Intervals of `shortest` to `longest` cells; with more than 500 cells they start
    and end at every second place, every third, and so on.
    """
    n = u.shape[1]
    step = -(-n // STARTS)
    found = np.zeros((5, len(pair_x)))
    _scan(_scaled(u), _scaled(v), pair_x, pair_y, shortest, longest, step, UNITS, found)
    return Intervals(found[0], *found[1:].astype(np.int64))


def traded(n: int, rng: np.random.Generator, within: int = TRADED) -> np.ndarray:
    """An order of n places in which none is `within` ranks or further from its own."""
    return np.argsort(np.arange(n) + rng.uniform(0, within, n), kind="stable")


def p_of(statistic: np.ndarray, null: np.ndarray) -> np.ndarray:
    """P(null >= statistic): counted where a twentieth of the null is beyond, from the tail of a Gumbel elsewhere.

    That tail falls off exponentially; its scale is the mean excess over the 95 % quantile.
    """
    null = np.sort(null)
    counted = (1 + len(null) - np.searchsorted(null, statistic, side="left")) / (1 + len(null))
    start = np.quantile(null, TAIL)
    beyond = null[null > start]
    if not len(beyond):
        return counted
    tail = (1 - TAIL) * np.exp(-(statistic - start) / (beyond - start).mean())
    return np.where(statistic > start, np.minimum(tail, counted.max()), counted)


def _scaled(scores: np.ndarray) -> np.ndarray:
    centred = scores - scores.mean(axis=1, keepdims=True)
    sd = centred.std(axis=1, keepdims=True)
    return np.divide(centred, sd, out=np.zeros_like(centred, dtype=np.float64), where=sd > 1e-9)


@numba.njit(nogil=True, cache=True)
def _scan(u, v, pair_x, pair_y, shortest, longest, step, units, found):
    n = u.shape[1]
    total = np.empty(n + 1)
    for q in range(len(pair_x)):
        a, b = u[pair_x[q]], v[pair_y[q]]
        total[0] = 0.0
        square = 0.0
        for i in range(n):
            z = -a[i] * b[i]
            total[i + 1] = total[i] + z
            square += z * z
        variance = square / n - (total[n] / n) ** 2
        if variance <= 1e-12:
            continue
        best, first, last = 0.0, 0, 0
        for i in range(0, n - shortest + 1, step):
            for j in range(i + shortest, min(i + longest, n) + 1, step):
                s = total[j] - total[i]
                if s > 0:
                    ratio = s * s / (2 * (j - i) * variance)
                    if ratio > best:
                        best, first, last = ratio, i, j
        if best == 0:
            continue
        # what all intervals that may be the true one share
        inner_first, inner_last = first, last
        for i in range(0, n - shortest + 1, step):
            for j in range(i + shortest, min(i + longest, n) + 1, step):
                s = total[j] - total[i]
                if s > 0 and s * s / (2 * (j - i) * variance) >= best - units:
                    inner_first, inner_last = max(inner_first, i), min(inner_last, j)
        found[0, q], found[1, q], found[2, q], found[3, q], found[4, q] = best, first, last, inner_first, inner_last
