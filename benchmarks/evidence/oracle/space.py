"""Where cells lie, so that no hub chooses: components of all mRNAs, loaders of hubs left out; and whom they meet."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats
from sklearn.mixture import GaussianMixture

OVER_EDGE, MOST = 1.5, 30
FLAGGED, FEWEST_TARGETS = 0.001, 5
OTHERS = 0.75  # of a hub's own correlation with what its targets share, that another miRNA may have given the hub
PURE, NEAR = 0.96, 30
SMOOTHED = 30


class Space(NamedTuple):
    """Weights over cells, and the smoother that takes local means off."""

    weights: np.ndarray  # (lists, cells), rows sum to 1
    list_of: np.ndarray  # (cells,)
    n_eff: np.ndarray  # (lists,)
    smoother: np.ndarray  # (cells, cells)
    loaders: dict[int, np.ndarray]  # of flagged miRNAs: mRNAs that they seem to drive
    what: str


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks over all cells in (0, 1); what is not detected is 0 and ties."""
    return (stats.rankdata(values, axis=0) - 0.5) / len(values)


def components(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (cells, K) and loadings (genes, K) over 1.5 times the Marchenko-Pastur edge."""
    seen = values > 0
    r = ranks(values)
    r = r - (r * seen).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    r = np.where(seen, r, 0.3 * r)
    r = (r - r.mean(axis=0)) / np.maximum(r.std(axis=0), 1e-12)
    n, g = r.shape
    left, value, right = np.linalg.svd(r, full_matrices=False)
    k = int(np.clip((value**2 / n > OVER_EDGE * (1 + np.sqrt(g / n)) ** 2).sum(), 2, MOST))
    return left[:, :k] * value[:k], (right[:k] * value[:k, None]).T / np.sqrt(n)


def loaders_of(
    points: np.ndarray, loadings: np.ndarray, detection: np.ndarray, targets: dict[int, np.ndarray], mirnas: np.ndarray
) -> dict[int, np.ndarray]:
    """For each miRNA whose targets load together, against what chance gives: all genes that load with them.

    `mirnas` (cells, miRNAs) scores: what targets of a hub share is the hub's own; what those of a program share goes
    with other miRNAs, too.
    """
    out = {}
    bins = np.argsort(np.argsort(detection)) * 10 // len(detection)
    for r, listed in targets.items():
        if len(listed) < FEWEST_TARGETS:
            continue
        rest = np.setdiff1d(np.arange(len(loadings)), listed)
        share = np.bincount(bins[listed], minlength=10) / np.maximum(np.bincount(bins[rest], minlength=10), 1)
        weight = share[bins[rest]] / share[bins[rest]].sum()
        delta = loadings[listed].mean(axis=0) - weight @ loadings[rest]
        sigma = np.cov(loadings[rest].T, aweights=weight).reshape(len(delta), -1) + 1e-12 * np.eye(len(delta))
        solved = np.linalg.solve(sigma, delta)
        t2 = delta @ solved / (1 / len(listed) + (weight**2).sum())
        if stats.chi2.sf(t2, len(delta)) * len(targets) >= FLAGGED:
            continue
        if not is_own(points @ solved, mirnas, r):
            continue
        along = loadings @ solved
        middle = (np.median(along[listed]) + np.median(along[rest])) / 2
        found = np.union1d(listed, np.flatnonzero(along > middle))
        out[r] = found[np.argsort(-along[found])][: len(loadings) // 2]
    return out


def is_own(axis: np.ndarray, mirnas: np.ndarray, r: int) -> bool:
    """Whether no other miRNA goes with the axis nearly as well as miRNA `r`, given that one."""
    z = np.column_stack([axis, mirnas])
    z = z - z.mean(axis=0)
    own = np.corrcoef(z[:, 0], z[:, r + 1])[0, 1]
    left = z - np.outer(z[:, r + 1], z[:, r + 1] @ z / (z[:, r + 1] @ z[:, r + 1]))
    others = np.delete(np.arange(1, z.shape[1]), r)
    scale = np.sqrt((left[:, 0] ** 2).sum() * (left[:, others] ** 2).sum(axis=0))
    return bool(np.abs(left[:, 0] @ left[:, others] / np.maximum(scale, 1e-12)).max() < OTHERS * abs(own))


def choose(
    values: np.ndarray,
    mirnas: np.ndarray,
    targets: dict[int, np.ndarray],
    types: np.ndarray | None,
    how: str,
    seed: int,
) -> Space:
    """`how`: "auto", "types" or "two-step"; `types` if they are given."""
    points, loadings = components(values)
    x = ranks(mirnas)
    if types is not None:
        _, code = np.unique(types, return_inverse=True)
        means = np.array([x[code == c].mean(axis=0) for c in range(code.max() + 1)])
        centres = np.array([points[code == c].mean(axis=0) for c in range(code.max() + 1)])
        found = loaders_of(points - centres[code], loadings, (values > 0).mean(axis=0), targets, x - means[code])
    else:
        found = loaders_of(points, loadings, (values > 0).mean(axis=0), targets, x)
    if types is not None and how != "two-step":
        return _of_groups(types, found, "types")
    if found:
        left = np.setdiff1d(np.arange(values.shape[1]), np.concatenate(list(found.values())))
        points, _ = components(values[:, left])
    if how == "auto":
        fits = [GaussianMixture(k, random_state=seed, reg_covar=1e-3).fit(points) for k in range(1, 13)]
        clusters = min(fits, key=lambda fit: fit.bic(points)).predict(points)
        order = np.argsort(((points[:, None] - points[None]) ** 2).sum(axis=2), axis=1)[:, 1 : NEAR + 1]
        purity = (clusters[order] == clusters[:, None]).mean()
        if purity >= PURE:
            return _of_groups(clusters, found, f"{len(np.unique(clusters))} clusters, purity {purity:.3f}")
    return _two_steps(points, found, seed)


def _of_groups(labels: np.ndarray, loaders: dict[int, np.ndarray], what: str) -> Space:
    _, code, size = np.unique(labels, return_inverse=True, return_counts=True)
    weights = (code == np.arange(len(size))[:, None]) / size[:, None]
    return Space(weights, code, size.astype(float), weights[code], loaders, what)


def _two_steps(points: np.ndarray, loaders: dict[int, np.ndarray], seed: int) -> Space:
    """Two random averages over the nearer half of each cell's list, one after the other."""
    n = len(points)
    order = np.argsort(((points[:, None] - points[None]) ** 2).sum(axis=2), axis=1, kind="stable")
    listed = int(min(n, 500, round(2 * n ** (2 / 3))))
    k = min(24, listed // 2)
    steps = []
    for step in range(2):
        one = np.zeros((n, n))
        for cell in range(n):
            others = np.random.default_rng([seed, step, cell]).choice(
                order[cell, 1 : listed // 2], k - 1, replace=False
            )
            one[cell, [cell, *others]] = 1 / k
        steps.append(one)
    weights = steps[0] @ steps[1]
    smoother = np.zeros((n, n))
    near = min(SMOOTHED, max(8, n // 3))
    np.put_along_axis(smoother, order[:, :near], 1 / near, axis=1)
    rest = np.eye(n) - smoother
    covariance = rest @ rest.T
    price = ((covariance**2).sum(axis=1) / np.diag(covariance) ** 2).mean()
    return Space(weights, np.arange(n), 1 / (weights**2).sum(axis=1) / price, smoother, loaders, "two-step neighbours")
