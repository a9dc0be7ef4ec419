"""Hidden factors: what makes genes vary together within a neighbourhood, seen through genes that a miRNA does not hit.

F are the first components of all mRNAs' residual scores, Lambda their loadings. For miRNA r the factors are F M_r, with
M_r the eigenvectors of the sum of Lambda_t Lambda_t' over its non-targets: what moves these most, which r cannot be
the cause of. One basis serves all miRNAs, and the first f factors are a prefix of the first f + 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from csmir.kernels.neighbors import principal_components
from csmir.kernels.space import find_hubs, loadings_of

N_COMPONENTS = 8  # of the basis
TRIED = (0, 1, 2, 3, 5, 7)  # factors that "auto" chooses from
NOMINAL = 0.01
SLACK = 1.15  # over the best number of factors: more would cost power for little
FAR_FROM_NOMINAL = 2.0  # times nominal: no number of factors brings the decoys near
FEWEST_NON_TARGETS = 20  # of a miRNA that has factors


class Basis(NamedTuple):
    """Components of the residual scores."""

    scores: np.ndarray  # (cells, components) float64, mean 0 and variance 1
    loadings: np.ndarray  # (genes, components): correlations
    rotations: np.ndarray  # (miRNAs, components, components): factor f of miRNA r is scores @ rotations[r][:, f]
    flagged: np.ndarray  # (miRNAs,) bool: hubs, whose loaders are no non-targets
    n_non_targets: np.ndarray  # (miRNAs,)


class Chosen(NamedTuple):
    """How many factors, and by what."""

    n_factors: int
    why: str  # "decoys", "targets over decoys" or "lack of non-targets"


def find_basis(
    residuals: np.ndarray, listed: np.ndarray, detection: np.ndarray, k: int = N_COMPONENTS, *, hubs: bool = True
) -> Basis:
    """Factors of every miRNA from `residuals` (genes, cells), scores less their local mean.

    `listed` (miRNAs, genes) bool. Without `hubs`, a miRNA's non-targets are all that are not listed. Of a miRNA with
    too few non-targets the rotation is 0: it has no factors.
    """
    scores = standardised(principal_components(residuals, k))
    loadings = loadings_of(residuals, scores)
    flagged, loaders = np.zeros(len(listed), bool), listed
    if hubs:
        found = find_hubs(loadings, listed, detection)
        flagged, loaders = found.flagged, found.loaders
    n = (~loaders).sum(axis=1)
    rotations = np.array([rotation(loadings[~loaders[r]]) for r in range(len(listed))])
    rotations = rotations.reshape(len(listed), *2 * (scores.shape[1],))
    rotations[n < FEWEST_NON_TARGETS] = 0
    return Basis(scores, loadings, rotations, flagged, n)


def standardised(points: np.ndarray) -> np.ndarray:
    """Columns of mean 0 and variance 1; 0 where one does not vary."""
    sd = points.std(axis=0)
    return np.divide(points - points.mean(axis=0), sd, out=np.zeros_like(points), where=sd > 1e-9)


def rotation(loadings: np.ndarray) -> np.ndarray:
    """Eigenvectors of loadings' loadings, as columns, the largest first; the largest entry of each is positive."""
    vectors = np.linalg.eigh(loadings.T @ loadings)[1][:, ::-1]
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.where(vectors[largest, np.arange(vectors.shape[1])] < 0, -1, 1)


def choose(decoys: Sequence[float], z: Sequence[float], tried: Sequence[int] = TRIED) -> Chosen:
    """How many factors to adjust for, of those `tried`, ascending.

    `decoys`: the share of p < 1 % among non-targets with so many factors. The fewest factors are taken with a share of
    at most 1 %, or at most 1.15 times the smallest share. Where the smallest share is over twice nominal, z decides:
    how many standard errors the targets are above the decoys, on a part of the miRNAs.
    """
    d = np.asarray(decoys, float)
    if not np.isfinite(d).any():
        return Chosen(int(tried[0]), "lack of non-targets")
    good = d <= max(NOMINAL, SLACK * d.min())
    if d.min() > FAR_FROM_NOMINAL * NOMINAL and np.isfinite(z).any():
        return Chosen(int(tried[int(np.nanargmax(z))]), "targets over decoys")
    return Chosen(int(tried[int(np.flatnonzero(good)[0])]), "decoys")
