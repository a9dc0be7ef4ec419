"""How much of what was measured is counting noise: a Poisson count varies by its root about what it stands for."""

from __future__ import annotations

import numpy as np

LARGEST_LOG = 40  # no count is as large as two to that


def counts_of(values: np.ndarray) -> np.ndarray | None:
    """The counts that values are, or are log2(counts + 1) of; None for any others."""
    values = np.asarray(values, np.float64)  # whole numbers of few bits would go round
    if not np.array_equal(values, np.rint(values)):
        if values.max() > LARGEST_LOG:
            return None
        values = np.exp2(values) - 1
    near = np.rint(values)
    return near if values.min() >= 0 and np.allclose(values, near, rtol=1e-4, atol=1e-3) else None


def noise_of_scores(counts: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Variance of each score that is counting noise, cells x genes: what a step of a root up or down does to it.

    `scores` ascend with the counts of their gene; between counts that occur they are on a straight line.
    """
    out = np.zeros(counts.shape)
    for gene in range(counts.shape[1]):
        there, at = np.unique(counts[:, gene], return_index=True)
        step = np.sqrt(there)
        up, down = (np.interp(there + sign * step, there, scores[at, gene]) for sign in (1, -1))
        out[:, gene] = (((up - down) / 2) ** 2)[np.searchsorted(there, counts[:, gene])]
    return out
