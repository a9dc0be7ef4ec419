"""Random bipartite graphs with the degrees of a given one, by curveball trades (Strona et al. 2014)."""

from __future__ import annotations

import numba
import numpy as np

# trades before a graph counts as random, for each left node that has edges
TRADES_PER_ROW = 5


def random_hits(
    start: np.ndarray, columns: np.ndarray, hit: np.ndarray, n_random: int, rng: np.random.Generator
) -> np.ndarray:
    """How many edges of random graphs with the same degrees on both sides are hits.

    Row i has edges to `columns[start[i]:start[i + 1]]`, each once; `hit` (rows, columns) bool. In a trade two rows
    pool the columns that only one of them has, and share them out anew at random, keeping their numbers: every degree
    stays. Each graph is 5 trades per row away from the one before, the first from the given one. Returns
    (n_random,) int64.
    """
    columns = columns.copy()
    present = np.zeros(hit.shape, np.bool_)
    present[np.repeat(np.arange(len(start) - 1), np.diff(start)), columns] = True
    rows = np.flatnonzero(np.diff(start) > 0)
    out = np.empty(n_random, np.int64)
    for i in range(n_random):
        # random numbers are drawn outside: compiled code then gives the same bytes in every version
        n_trades = TRADES_PER_ROW * len(rows) if len(rows) > 1 else 0
        first = rng.integers(0, max(len(rows), 1), n_trades)
        second = rng.integers(0, max(len(rows) - 1, 1), n_trades)
        second += second >= first  # any other row, equally likely
        seeds = rng.integers(0, 2**63, n_trades).astype(np.uint64)
        _trade(start, columns, present, rows[first], rows[second], seeds)
        out[i] = _count(start, columns, hit)
    return out


@numba.njit(nogil=True, cache=True)
def _trade(start, columns, present, first, second, seeds):
    """One trade of row `first[t]` with row `second[t]`, for every t."""
    n_columns = present.shape[1]
    pool = np.empty(n_columns, columns.dtype)
    at = np.empty(n_columns, np.int64)  # places in `columns` that the pooled ones leave free
    for t in range(len(first)):
        a, b = first[t], second[t]
        n_a = 0
        for p in range(start[a], start[a + 1]):
            if not present[b, columns[p]]:
                pool[n_a], at[n_a] = columns[p], p
                n_a += 1
        n = n_a
        for p in range(start[b], start[b + 1]):
            if not present[a, columns[p]]:
                pool[n], at[n] = columns[p], p
                n += 1
        if n_a == 0 or n_a == n:
            continue
        state = seeds[t]
        for i in range(n_a):  # a random part of the right size comes first
            state += np.uint64(0x9E3779B97F4A7C15)
            j = i + np.int64(_mix(state) % np.uint64(n - i))
            pool[i], pool[j] = pool[j], pool[i]
        for i in range(n):
            present[a, pool[i]] = i < n_a
            present[b, pool[i]] = i >= n_a
            columns[at[i]] = pool[i]


@numba.njit(nogil=True, cache=True, inline="always")
def _mix(z):
    """64 random bits of a counter (splitmix64)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@numba.njit(nogil=True, cache=True)
def _count(start, columns, hit):
    n = 0
    for i in range(len(start) - 1):
        for p in range(start[i], start[i + 1]):
            n += hit[i, columns[p]]
    return n
