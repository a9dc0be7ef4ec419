"""A pair's correlation given the target's other putative miRNAs: which member of a cluster acts.

Every covariance is a local mean, S_ij = W(u_i u_j) - m_i m_j. Of the covariance of miRNA r, mRNA t and what is adjusted
for, with a ridge on its diagonal, the inverse P gives the partial correlation -P_rt / sqrt(P_rr P_tt).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

RIDGE = 1e-3  # of a variance, added to it
MOST_OTHERS = 15  # miRNAs adjusted for, those most correlated with the pair's own
TOLD_APART = 0.1  # share of a miRNA's variance that others must leave for it to be told apart from them
BARELY = 1e-7  # a variance of no use


class Direct(NamedTuple):
    """One pair in every list of cells."""

    rho: np.ndarray  # (lists,) partial correlation; NaN where it cannot be told
    freedom: np.ndarray  # (lists,) degrees of freedom of its t
    left: np.ndarray  # (lists,) share of the miRNA's variance that the other miRNAs leave


def partial(scores: np.ndarray, n_others: int, mean: Callable[[np.ndarray], np.ndarray], n_eff: np.ndarray) -> Direct:
    """The partial correlation of the first two columns of `scores` (cells, columns) given the others.

    Columns: the miRNA, the mRNA, `n_others` other miRNAs, then further covariates. `mean` takes (cells, columns) to
    local means (lists, columns).
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
    inverse = np.linalg.inv(s)
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = -inverse[:, 0, 1] / np.sqrt(inverse[:, 0, 0] * inverse[:, 1, 1])
    own = np.r_[0, 2 : 2 + n_others]
    left = 1 / np.linalg.inv(s[:, own[:, None], own])[:, 0, 0] if n_others else np.ones(len(s))
    freedom = n_eff - 2 - useful[:, 2:].sum(axis=1)
    told = useful[:, 0] & useful[:, 1] & (freedom >= 1)
    return Direct(np.where(told, np.clip(rho, -1, 1), np.nan), freedom, left)


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
