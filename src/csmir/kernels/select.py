"""The smallest numbers of each row, without sorting the rest."""

from __future__ import annotations

import numba
import numpy as np

from csmir.kernels.sorting import sort_cells

SAMPLED = 1024


@numba.njit(nogil=True, cache=True)
def smallest(values, k, indices, out):
    """Where the k smallest of each row stand, and what they are, ascending; of equal ones the first."""
    n = values.shape[1]
    step = max(1, n // SAMPLED)
    likely = np.empty(n, np.int32)
    order, key, spare = np.empty(n, np.int32), np.empty(n, np.uint64), np.empty(n, np.uint64)
    for i in range(len(values)):
        row = values[i]
        # as many as a sample says lie below a bound, some more to be safe; all if the sample was wrong
        sample = np.sort(row[::step])
        at = int(1.3 * k / n * len(sample)) + 8
        found = 0
        while found < k:
            bound = sample[at] if at < len(sample) else np.inf
            found = 0
            for c in range(n):  # without a branch: what is not below is written over
                likely[found] = c
                found += row[c] <= bound
            at = 2 * at + 1
        near = likely[:found]
        kept = row[near]
        if kept.min() >= 0:
            sort_cells(kept, order, key, spare)
        else:
            order[:found] = np.argsort(kept, kind="mergesort")
        for j in range(k):
            indices[i, j] = near[order[j]]
            out[i, j] = row[near[order[j]]]
