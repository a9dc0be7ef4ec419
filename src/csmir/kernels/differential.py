"""Differences of correlations between two conditions, and the same after labels are permuted.

Ranks are taken inside a condition, so that what a condition does to a gene's level is no difference of correlation.
With P the products of both genes' ranks and G a 0/1 matrix samples x relabellings, P'G holds the sums of every pair
under every relabelling: one matrix product does all permutations.
"""

from __future__ import annotations

import itertools
from math import comb

import numpy as np

ENUMERATED = 5_000  # arrangements of labels: as many are tried all, more are sampled
LARGEST_RHO = 0.999999


def correlations(u: np.ndarray, v: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Correlation of each column of `u` with that of `v` among the samples of each column of `members`.

    `u`, `v` (samples, pairs); `members` (samples, groups) of 0 and 1. Returns (pairs, groups) float64, 0 where one of
    the two does not vary.
    """
    n = members.sum(axis=0)
    g = members.astype(np.float32)
    mean_u, mean_v = u.T @ g / n, v.T @ g / n
    covariance = (u * v).T @ g / n - mean_u * mean_v
    product = np.maximum((u * u).T @ g / n - mean_u**2, 0) * np.maximum((v * v).T @ g / n - mean_v**2, 0)
    rho = np.divide(covariance, np.sqrt(product), out=np.zeros(covariance.shape), where=product > 1e-8)
    return np.clip(rho, -LARGEST_RHO, LARGEST_RHO)


def fisher(rho: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fisher's z of rank correlations and its variance, (1 + rho^2 / 2) / (n - 3); `n` less what was regressed out."""
    return np.arctanh(rho), (1 + rho**2 / 2) / np.maximum(n - 3, 1)


def two_conditions(rho: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Difference of z, first less second condition, and its variance.

    `rho` (pairs, 2, relabellings); `n` (2, relabellings): samples, less the columns that were regressed out there.
    """
    z, variance = fisher(rho, n)
    return z[:, 0] - z[:, 1], variance.sum(axis=1)


def studentised(differences: list[np.ndarray], variances: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the differences of several groups, by their precision, and the same over its standard error.

    A group that says nothing has an infinite variance.
    """
    if len(differences) == 1:
        return differences[0], differences[0] / np.sqrt(variances[0])
    precision = sum(1 / v for v in variances)
    mean = sum(d / v for d, v in zip(differences, variances, strict=True)) / np.maximum(precision, 1e-300)
    return mean, mean * np.sqrt(precision)


def n_arrangements(labels: np.ndarray) -> float:
    """In how many ways 0/1 `labels` can be dealt; infinite where no p is as small as one of so many."""
    n, k = len(labels), int(labels.sum())
    return float(comb(n, k)) if n <= 1_000 else float("inf")  # at 1,000 a float still holds them


def relabelled(
    labels: np.ndarray, n_permutations: int, seed: np.random.SeedSequence, strata: np.ndarray | None = None
) -> np.ndarray:
    """Memberships of the first of two conditions under permuted labels: (samples, permutations) of 0 and 1.

    `labels` (samples,) of 0 and 1. All distinct arrangements but the given one, if they are few; else a sample. With
    `strata` (samples,) labels trade places inside them only, always a sample.
    """
    if strata is not None:
        rng = np.random.default_rng(seed)
        out = np.empty((len(labels), n_permutations), np.float32)
        for stratum in np.unique(strata):
            own = strata == stratum
            out[own] = rng.permuted(np.tile(labels[own] == 0, (n_permutations, 1)), axis=1).T
        return out
    n, n_first = len(labels), int((labels == 0).sum())
    if n_arrangements(labels) <= min(ENUMERATED, n_permutations + 1):
        rows = [np.isin(np.arange(n), chosen) for chosen in itertools.combinations(range(n), n_first)]
        every = np.array(rows, np.float32).T
        return every[:, (every != (labels == 0)[:, None]).any(axis=0)]
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(labels == 0, (n_permutations, 1)), axis=1)
    return np.ascontiguousarray(order.T, dtype=np.float32)


def flipped(n_donors: int, n_permutations: int, seed: np.random.SeedSequence) -> np.ndarray:
    """Signs of donors' differences: (donors, flips) of -1 and 1; all but the given ones and their mirror, if few."""
    if 2**n_donors <= min(ENUMERATED, n_permutations + 1):
        every = np.array(list(itertools.product([1.0, -1.0], repeat=n_donors))).T
        return every[:, 1:-1]
    return np.random.default_rng(seed).choice([-1.0, 1.0], (n_donors, n_permutations))


def weighted_mean(values: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of each row weighted by 1 / (its variances + the spread between), and the square of its standard error.

    `values`, `variance` (pairs, donors). The spread between donors is DerSimonian and Laird's.
    """
    w = 1 / variance
    total = w.sum(axis=1)
    fixed = (w * values).sum(axis=1) / total
    k = values.shape[1]
    q = (w * (values - fixed[:, None]) ** 2).sum(axis=1)
    scale = total - (w**2).sum(axis=1) / total
    between = np.divide(np.maximum(q - (k - 1), 0), scale, out=np.zeros(len(q)), where=scale > 0)
    w = 1 / (variance + between[:, None])
    total = w.sum(axis=1)
    return (w * values).sum(axis=1) / total, 1 / total


def paired(z: np.ndarray, variance: np.ndarray, signs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean differences within donors under each set of `signs` (donors, arrangements), and their variances."""
    n = z.shape[1] // 2
    d, v = z[:, :n] - z[:, n:], variance[:, :n] + variance[:, n:]
    out = [weighted_mean(d * s, v) for s in signs.T]
    return np.stack([m for m, _ in out], axis=1), np.stack([s for _, s in out], axis=1)


def unpaired(z: np.ndarray, variance: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Differences between the donors of two conditions under each labelling, (donors, arrangements), and variances."""
    means, variances = [], []
    for first in chosen.T:
        if first.all() or not first.any():  # of one condition only: nothing can be said
            means.append(np.zeros(len(z)))
            variances.append(np.full(len(z), np.inf))
            continue
        (a, sa), (b, sb) = (weighted_mean(z[:, c], variance[:, c]) for c in (first, ~first))
        means.append(a - b)
        variances.append(sa + sb)
    return np.stack(means, axis=1), np.stack(variances, axis=1)


def pooled_p(observed: np.ndarray, null: np.ndarray, n_arrangements: float) -> np.ndarray:
    """Two-sided p of studentised differences: the share of all pairs' null values that are as far from 0.

    `null` (pairs, relabellings). Not below 1 / `n_arrangements`, the distinct arrangements of the labels.
    """
    pool = np.sort(np.abs(null), axis=None)
    beyond = len(pool) - np.searchsorted(pool, np.abs(observed) * (1 - 1e-6), "left")
    return np.maximum((1 + beyond) / (1 + len(pool)), 1 / n_arrangements)
