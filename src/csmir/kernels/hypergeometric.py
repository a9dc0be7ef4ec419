"""The upper tail of the hypergeometric distribution, in logarithms, for numba.

A probability is a difference of large logarithms of factorials. Both the table and the difference carry the rounding
error of every sum along, so that the result is good to about 1e-13 for 100,000 cells.
"""

from __future__ import annotations

import math

import numba
import numpy as np


def log_factorials(n: int) -> np.ndarray:
    """(2, n + 1): log k! rounded to float64, and what the rounding left out."""
    out = np.zeros((2, n + 1))
    _fill_log_factorials(np.log(np.arange(1, n + 1)), out)
    return out


@numba.njit(nogil=True, cache=True)
def _two_sum(a, b):
    """Sum a + b and its rounding error (Knuth)."""
    s = a + b
    back = s - a
    return s, (a - (s - back)) + (b - back)


@numba.njit(nogil=True, cache=True)
def _fill_log_factorials(logs, out):
    high, low = 0.0, 0.0
    for k in range(1, out.shape[1]):
        high, error = _two_sum(high, logs[k - 1])
        low += error
        out[0, k], out[1, k] = high, low


@numba.njit(nogil=True, cache=True)
def _minus_log_choose(n, k, sign, high, low, table):
    for i, s in ((n, sign), (k, -sign), (n - k, -sign)):
        high, error = _two_sum(high, s * table[0, i])
        low += error + s * table[1, i]
    return high, low


@numba.njit(nogil=True, cache=True)
def log_mass(x, n, a, b, table):
    """Return log P(X = x), x within the support: x of the a marked among b drawn from n without replacement."""
    high, low = _minus_log_choose(a, x, 1.0, 0.0, 0.0, table)
    high, low = _minus_log_choose(n - a, b - x, 1.0, high, low, table)
    high, low = _minus_log_choose(n, b, -1.0, high, low, table)
    return high + low


@numba.njit(nogil=True, cache=True)
def log_upper_tail(x, n, a, b, mid, table):
    """Return log P(X >= x); with `mid`, log(P(X > x) + P(X = x) / 2). Any x; integers with 0 <= a, b <= n."""
    low, high = max(0, a + b - n), min(a, b)
    own = 0.5 if mid else 1.0
    if x < low:
        return 0.0
    if x > high:
        return -np.inf
    log_own = log_mass(x, n, a, b, table)
    if x <= _mode(n, a, b):  # the lower tail is the smaller part, and free of cancellation
        term, below = 1.0, 1.0 - own
        i = x
        while i > low and term > 1e-18:
            term *= (i * 1.0 * (n - a - b + i)) / ((a - i + 1.0) * (b - i + 1.0))
            below += term
            i -= 1
        below *= math.exp(log_own)
        return math.log1p(-below) if below < 1.0 else log_own + math.log(own)
    term, total = 1.0, own
    i = x
    while i < high and term > 1e-18 * total:
        term *= _ratio(i, n, a, b)
        total += term
        i += 1
    return log_own + math.log(total)


@numba.njit(nogil=True, cache=True)
def surely_over(x, n, a, b, mid, alpha, table):
    """Whether P(X >= x) (or mid-p) is over alpha by more than rounding: a part of the sum is enough to tell."""
    low, high = max(0, a + b - n), min(a, b)
    if x <= low and not mid:
        return True
    if x > high:
        return False
    own = 0.5 if mid else 1.0
    i = max(x, _mode(n, a, b))
    if i > x:
        own = 1.0
    term = math.exp(log_mass(i, n, a, b, table))
    total, enough = own * term, alpha * (1 + 1e-6)
    while total <= enough and i < high and term > 1e-12 * alpha:
        term *= _ratio(i, n, a, b)
        total += term
        i += 1
    return total > enough


@numba.njit(nogil=True, cache=True, inline="always")
def _mode(n, a, b):
    return (a + 1) * (b + 1) // (n + 2)


@numba.njit(nogil=True, cache=True, inline="always")
def _ratio(i, n, a, b):
    """P(X = i + 1) / P(X = i)."""
    return ((a - i) * 1.0 * (b - i)) / ((i + 1.0) * (n - a - b + i + 1.0))
