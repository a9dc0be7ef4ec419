"""The formulas of the CSN statistic in plain slow Python: what every fast path is compared with.

The n values of a run are built literally (a cell of weight w is w equal values) and the numbered steps are followed one
by one, with Python's own integers, `round` (half to even) and `math.sqrt`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

EPS = 2.220446e-16
CUTOFF = 2.3263478740408  # -qnorm(0.01)


def enlarged(values: Sequence[float], weights: Sequence[int] | None) -> list[float]:
    """The n values of a run: the value of a cell, as often as its weight says."""
    if weights is None:
        return [float(v) for v in values]
    return [float(v) for v, w in zip(values, weights, strict=True) for _ in range(int(w))]


def edges(values: Sequence[float], weights: Sequence[int] | None, box_size: float, value: float) -> tuple[float, float]:
    """Lower and upper edge, both inclusive, of the box of every cell whose expression is `value`."""
    ordered = sorted(enlarged(values, weights))  # step 1
    n = len(ordered)
    nz = sum(1 for v in ordered if v > 0)
    n0 = n - nz
    h = round(box_size / 2 * nz + EPS)  # step 2
    k = ordered.index(value) + 1  # step 3, 1-based
    s = ordered.count(value) - 1
    if s >= h:
        return value, value
    upper = ordered[min(n, k + s + h) - 1]
    lower = ordered[max(n0 * (n0 > h) + 1, k - h) - 1]
    return lower, upper


def box_members(values: Sequence[float], weights: Sequence[int] | None, box_size: float, k: int) -> np.ndarray:
    """Which of the distinct cells lie in the box of cell `k` (0-based): booleans, one a cell."""
    lower, upper = edges(values, weights, box_size, float(values[k]))
    return np.array([lower <= v <= upper for v in values])


def counts(
    x: Sequence[float], y: Sequence[float], weights: Sequence[int] | None = None, box_size: float = 0.1, cells=None
) -> list[tuple[int, int, int]]:
    """(n_r, n_t, n_rt) per cell (or for the cells named): step 4."""
    w = [1] * len(x) if weights is None else [int(v) for v in weights]
    out = []
    for k in range(len(x)) if cells is None else cells:
        in_x, in_y = box_members(x, weights, box_size, k), box_members(y, weights, box_size, k)
        n_r = sum(c for c, a in zip(w, in_x, strict=True) if a)
        n_t = sum(c for c, b in zip(w, in_y, strict=True) if b)
        n_rt = sum(c for c, a, b in zip(w, in_x, in_y, strict=True) if a and b)
        out.append((n_r, n_t, n_rt))
    return out


def z_of_counts(n: int, n_r: int, n_t: int, n_rt: int) -> float:
    """Step 5."""
    return (n * n_rt - n_r * n_t) / math.sqrt(n_r * n_t * (n - n_r) * (n - n_t) / (n - 1) + EPS)


def csn_z(
    x: Sequence[float], y: Sequence[float], weights: Sequence[int] | None = None, box_size: float = 0.1, cells=None
) -> list[float]:
    """The CSN statistic of one pair in every cell (or in the cells named), one run."""
    n = len(x) if weights is None else int(sum(weights))
    return [z_of_counts(n, *c) for c in counts(x, y, weights, box_size, cells)]


def median_z(
    x: Sequence[float], y: Sequence[float], runs: Sequence[Sequence[int]], box_size: float = 0.1
) -> list[float]:
    """Step 6: per cell, the median of z over runs given as weights."""
    per_run = [csn_z(x, y, w, box_size) for w in runs]
    out = []
    for per_cell in zip(*per_run, strict=True):
        ordered = sorted(per_cell)
        b = len(ordered)
        out.append(ordered[b // 2] if b % 2 else (ordered[b // 2 - 1] + ordered[b // 2]) / 2)
    return out


def exact_p(x: Sequence[float], y: Sequence[float], box_size: float = 0.1, cells=None) -> list[float]:
    """The exact box test: P(X >= n_rt - 1), X hypergeometric(n - 1, n_r - 1, n_t - 1), in rational arithmetic."""
    n = len(x) - 1
    out = []
    for n_r, n_t, n_rt in counts(x, y, None, box_size, cells):
        a, b = n_r - 1, n_t - 1
        ways = sum(math.comb(a, i) * math.comb(n - a, b - i) for i in range(n_rt - 1, min(a, b) + 1))
        out.append(float(Fraction(ways, math.comb(n, b))))
    return out
