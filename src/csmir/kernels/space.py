"""Where cells lie in expression, by genes that no miRNA governs.

Cells that are alike in what a hub miRNA does to its targets hardly differ in the miRNA: among them nothing can be
correlated with it. So the components of the mRNAs are searched for miRNAs whose targets, as a group, have loadings of
their own; the genes that load as these targets do are left out, and what is left is decomposed again. No prior is
complete, so that it is the loadings, not the list of targets, that say which genes go.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from csmir.kernels.neighbors import OVER_EDGE, principal_components

FEWEST_TARGETS = 5  # of a miRNA that is tested
FLAGGED = 0.001  # p times the number of miRNAs
DETECTION_BINS = 10  # within which targets are compared with other genes
MOST_LEFT_OUT = 0.5  # of the genes


class Hubs(NamedTuple):
    """Which miRNAs' targets have loadings of their own."""

    statistic: np.ndarray  # (miRNAs,) Hotelling's T2; NaN for a miRNA with fewer than 5 targets
    p: np.ndarray  # (miRNAs,)
    flagged: np.ndarray  # (miRNAs,) bool
    loaders: np.ndarray  # (miRNAs, genes) bool: listed targets, and of a flagged miRNA what loads as they do


class Space(NamedTuple):
    """Where cells lie, and what was left out of it."""

    points: np.ndarray  # (cells, components)
    n_over: int  # components over 1.5 times the Marchenko-Pastur edge: 0 where the mRNAs have no structure
    flagged: np.ndarray  # (miRNAs,) bool
    left_out: np.ndarray  # (genes,) bool
    spared: int  # loaders of flagged miRNAs that stay, since half of the genes are left out at most


def hub_free_space(
    values: np.ndarray, listed: np.ndarray, detection: np.ndarray, covariates: np.ndarray | None = None
) -> Space:
    """Components of `values` (genes, cells), as ranks, that no hub miRNA chooses.

    `listed` (miRNAs, genes) bool says who is a putative target of whom; `detection` (genes,) is the share of cells
    that detect a gene. Technical `covariates` (cells, k) are regressed out of every gene first.
    """
    values = regress_out(values, covariates)
    points = principal_components(values)
    n_over = components_over_edge(points, len(values))
    hubs = find_hubs(loadings_of(values, points[:, : max(n_over, 1)]), listed, detection)
    left_out, spared = to_leave_out(hubs)
    if n_over and left_out.any():
        points = principal_components(values[~left_out])
        n_over = components_over_edge(points, int((~left_out).sum()))
    elif not n_over:
        hubs.flagged[:], left_out[:], spared = False, False, 0
    return Space(points, n_over, hubs.flagged, left_out, spared)


def regress_out(values: np.ndarray, covariates: np.ndarray | None) -> np.ndarray:
    """Residuals of every row of `values` (genes, cells) on `covariates` (cells, k) and a constant."""
    if covariates is None or covariates.size == 0:
        return values
    design = np.column_stack([np.ones(len(covariates)), covariates])
    q, r = np.linalg.qr(design)
    q = q[:, np.abs(np.diag(r)) > 1e-9 * np.abs(np.diag(r)).max()].astype(values.dtype)
    return values - (values @ q) @ q.T


def components_over_edge(points: np.ndarray, n_genes: int) -> int:
    """How many components, of genes of variance 1, exceed 1.5 times the Marchenko-Pastur edge."""
    edge = OVER_EDGE * (1 + np.sqrt(n_genes / len(points))) ** 2
    return int((points.var(axis=0) > edge).sum())


def loadings_of(values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Correlation of every gene with every component, (genes, components); 0 where one of them does not vary."""
    genes, space = values - values.mean(axis=1, keepdims=True), points - points.mean(axis=0)
    scale = np.outer(genes.std(axis=1), space.std(axis=0)) * values.shape[1]
    return np.divide(genes @ space, scale, out=np.zeros((len(genes), space.shape[1])), where=scale > 1e-12)


def find_hubs(loadings: np.ndarray, listed: np.ndarray, detection: np.ndarray) -> Hubs:
    """Compare the mean loading of each miRNA's targets with that of other genes, matched in detection.

    With delta the difference of the means and Sigma the covariance of loadings within both, Hotelling's
    T2 = delta' Sigma^-1 delta / (1 / n_targets + 1 / n_others) is chi-square with as many degrees of freedom as there
    are components. A flagged miRNA's loaders are those whose score along delta, Lambda Sigma^-1 delta, is beyond the
    midpoint between the median of its listed targets and that of the others.
    """
    from scipy.stats import chi2

    n_mirnas, n_genes = listed.shape
    bins = detection_bins(detection)
    statistic = np.full(n_mirnas, np.nan)
    direction = np.zeros((n_mirnas, loadings.shape[1]))
    total, square = loadings.sum(axis=0), loadings.T @ loadings
    for r in np.flatnonzero((listed.sum(axis=1) >= FEWEST_TARGETS) & (n_genes - listed.sum(axis=1) >= FEWEST_TARGETS)):
        target = listed[r]
        weight = matched_weights(target, bins)
        if not weight.any():
            continue
        of_targets, n_targets, other = loadings[target], int(target.sum()), weight @ loadings
        mean = of_targets.mean(axis=0)
        # the others' sum of squares around `other`, which is a weighted mean of theirs
        rest = np.outer(total - of_targets.sum(axis=0), other)
        within = square - n_targets * np.outer(mean, mean) - rest - rest.T
        within += (n_genes - n_targets) * np.outer(other, other)
        delta = mean - other
        direction[r] = np.linalg.pinv(within / (n_genes - 2), hermitian=True) @ delta
        statistic[r] = delta @ direction[r] / (1 / n_targets + (weight**2).sum())
    p = np.nan_to_num(chi2.sf(statistic, loadings.shape[1]), nan=1.0)
    flagged = p * n_mirnas < FLAGGED
    loaders = listed.copy()
    for r in np.flatnonzero(flagged):
        score = loadings @ direction[r]
        loaders[r] |= score > (np.median(score[listed[r]]) + np.median(score[~listed[r]])) / 2
    return Hubs(statistic, p, flagged, loaders)


def to_leave_out(hubs: Hubs) -> tuple[np.ndarray, int]:
    """Genes that flagged miRNAs govern, (genes,) bool, half of the genes at most, and how many more there are.

    Where there are more, those of the miRNAs with the largest T2 go first.
    """
    n_genes = hubs.loaders.shape[1]
    most = int(MOST_LEFT_OUT * n_genes)
    out = np.zeros(n_genes, bool)
    every = hubs.loaders[hubs.flagged].any(axis=0)
    for r in np.argsort(-np.where(hubs.flagged, hubs.statistic, -np.inf), kind="stable")[: hubs.flagged.sum()]:
        new = np.flatnonzero(hubs.loaders[r] & ~out)
        out[new[: most - out.sum()]] = True
    return out, int((every & ~out).sum())


def detection_bins(detection: np.ndarray, n_bins: int = DETECTION_BINS) -> np.ndarray:
    """The bin of each gene, of about as many genes each, by how many cells detect it; genes alike share a bin."""
    values, code = np.unique(detection, return_inverse=True)
    upto = np.cumsum(np.bincount(code, minlength=len(values)))
    return np.minimum((upto - 1) * n_bins // max(len(detection), 1), n_bins - 1)[code]


def matched_weights(target: np.ndarray, bins: np.ndarray) -> np.ndarray:
    """Weights of the genes that are no target, summing to 1, that give them the targets' shares of the bins.

    A bin without any other gene does not count.
    """
    n_bins = int(bins.max()) + 1
    wanted = np.bincount(bins[target], minlength=n_bins).astype(float)
    others = np.bincount(bins[~target], minlength=n_bins)
    each = np.divide(wanted, others, out=np.zeros(n_bins), where=others > 0)
    weight = np.where(target, 0.0, each[bins])
    total = weight.sum()
    return weight / total if total > 0 else weight
