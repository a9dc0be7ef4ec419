"""A pair's correlation given the target's other putative miRNAs: which member of a cluster acts.

Every covariance is a local mean, S_ij = W(u_i u_j) - m_i m_j, scaled to variances of 1, with a ridge on its diagonal.
Let C be that of what is adjusted for, b_r and b_t its covariances with the miRNA r and the mRNA t, and E the shares of
its variances that are counting noise. Noise weakens C b, so that adjusting takes off too little: the coefficients are
g = (C - k E)^-1 b, k = 1 or what takes no more than `NOISE` off the variance of any combination. Then S_rt - g_r' b_t
is 0 where others act alone; over the root of both residual variances, s - 2 g' b + g' C g, it is the correlation.
Without noise it is the partial one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

RIDGE = 1e-3  # of a variance, added to it
MOST_OTHERS = 15  # miRNAs adjusted for, those most correlated with the pair's own
TOLD_APART = 0.1  # share of a miRNA's variance that others must leave for it to be told apart from them
BARELY = 1e-7  # a variance of no use
NOISE = 0.5  # of the variance of any combination of what is adjusted for is taken off as counting noise, at most


class Direct(NamedTuple):
    """One pair in every list of cells."""

    rho: np.ndarray  # (lists,) correlation given the others; NaN where it cannot be told
    freedom: np.ndarray  # (lists,) degrees of freedom of its t


def partial(
    scores: np.ndarray,
    mean: Callable[[np.ndarray], np.ndarray],
    n_eff: np.ndarray,
    noise: np.ndarray | None = None,
) -> Direct:
    """The correlation of the first two columns of `scores` (cells, columns) given the others.

    Columns: the miRNA, the mRNA, other miRNAs, then further covariates. `mean` takes (cells, columns) to local means
    (lists, columns). `noise` (cells, miRNAs): variance of the other miRNAs' scores that is counting noise.
    """
    k = scores.shape[1]
    a, b = np.triu_indices(k)
    centre = mean(scores).astype(np.float64)
    s = np.empty((len(centre), k, k))
    s[:, a, b] = mean(scores[:, a] * scores[:, b]) - centre[:, a] * centre[:, b]
    s[:, b, a] = s[:, a, b]
    variance = np.einsum("ijj->ij", s).copy()
    useful = variance > BARELY
    scale = np.where(useful, 1 / np.sqrt(np.where(useful, variance, 1)), 0)
    s *= scale[:, :, None] * scale[:, None, :]
    s[:, np.arange(k), np.arange(k)] = 1 + RIDGE  # what does not vary is alone, and changes nothing
    share = np.zeros((len(s), k - 2))
    if noise is not None and noise.shape[1]:
        share[:, : noise.shape[1]] = np.maximum(mean(noise), 0) * scale[:, 2 : 2 + noise.shape[1]] ** 2
    rho = _correlation(s, share)
    freedom = n_eff - 2 - useful[:, 2:].sum(axis=1)
    told = useful[:, 0] & useful[:, 1] & (freedom >= 1)
    return Direct(np.where(told, np.clip(rho, -1, 1), np.nan), freedom)


def _correlation(s: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Of the first two rows of scaled covariances (lists, columns, columns), given the others less their noise."""
    given, both = s[:, 2:, 2:], s[:, 2:, :2]
    clean = given.copy()
    clean[:, np.arange(len(share[0])), np.arange(len(share[0]))] -= share * _held(given, share)[:, None]
    g = np.linalg.solve(clean, both)
    left = s[:, :2, :2] - np.swapaxes(both, 1, 2) @ g
    spread = s[:, [0, 1], [0, 1]] - 2 * (g * both).sum(axis=1) + (g * (given @ g)).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return left[:, 0, 1] / np.sqrt(spread[:, 0] * spread[:, 1])


def _held(given: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(lists,) how much of the noise is taken off, 1 or less, so that no combination loses more than `NOISE`."""
    out = np.ones(len(given))
    some = np.flatnonzero(share.any(axis=1))
    if not len(some):
        return out
    root = np.sqrt(share[some])
    lost = root[:, :, None] * np.linalg.inv(given[some]) * root[:, None, :]
    much = np.abs(lost).sum(axis=2).max(axis=1) > NOISE  # no eigenvalue is above the largest sum of a row
    out[some[much]] = np.minimum(1, NOISE / np.linalg.eigvalsh(lost[much])[:, -1])
    return out


def others_of(mirna: int, putative: np.ndarray, correlation: np.ndarray, most: int = MOST_OTHERS) -> np.ndarray:
    """Which of a target's `putative` miRNAs to adjust for, ascending: those most correlated with `mirna`, at most 15.

    `correlation` (miRNAs,): of all miRNAs with `mirna`.
    """
    others = putative[putative != mirna]
    order = np.lexsort((others, -np.abs(correlation[others])))
    return np.sort(others[order[:most]])


def sets_of(members: np.ndarray, alike: np.ndarray) -> np.ndarray:
    """Sets of a target's found miRNAs that cannot be told apart, (members,) int64 numbers, from 0.

    `alike` (miRNAs, miRNAs) bool; what is like a third is like each other.
    """
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    return connected_components(csr_matrix(alike[np.ix_(members, members)]), directed=False)[1].astype(np.int64)
