"""Small worlds with known regulation and known confounders, and the local test as plain matrix formulas."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import stats
from scipy.stats import rankdata


class World(NamedTuple):
    x: np.ndarray  # (miRNAs, cells) counts
    y: np.ndarray  # (mRNAs, cells) counts
    pair_x: np.ndarray
    pair_y: np.ndarray
    listed: np.ndarray  # (miRNAs, mRNAs) bool: the prior
    truth: np.ndarray  # (pairs, cells) bool
    types: np.ndarray  # (cells,)
    time: np.ndarray  # (cells,) 0 to 1
    known: np.ndarray  # (cells, 1) the confounder

    @property
    def detection(self) -> np.ndarray:
        return (self.y > 0).mean(axis=1)


def world(
    seed: int,
    n: int = 300,
    n_x: int = 40,
    n_y: int = 250,
    n_pairs: int = 600,
    *,
    slope: float = 0.0,
    batch: float = 0.0,
    program: float = 0.0,
    hub: float = 0.0,
    hub_share: float = 0.2,
    listed_share: float = 1.0,
    trajectory: bool = False,
) -> World:
    """Log-normal genes in four types (or along a path), Poisson counts; a fifth of the pairs regulated in one type.

    `batch` moves every gene of either kind, `program` a fifth of them; `hub`, the slope at which miRNA 0 represses
    `hub_share` of the mRNAs everywhere, `listed_share` of which the prior holds.
    """
    rng = np.random.default_rng(seed)
    time = np.sort(rng.random(n))
    types = rng.integers(4, size=n) if not trajectory else (time * 4).astype(int)
    place = 2 * np.pi * time if trajectory else None
    logs = []
    confounder = rng.normal(size=n) if program else rng.integers(2, size=n) - 0.5
    for genes, mean in ((n_x, 3.0), (n_y, 2.5)):
        log = mean + rng.normal(size=(genes, 1)) + 0.7 * rng.normal(size=(genes, n))
        moves = rng.random(genes) < 0.4
        if trajectory:
            phase = rng.uniform(0, 2 * np.pi, size=(genes, 1))
            log += moves[:, None] * 1.2 * np.sin(place + phase)
        else:
            log += (moves[:, None] * rng.normal(size=(genes, 4)))[:, types]
        by = (
            batch * rng.normal(size=genes) * 2
            if batch
            else program * (rng.random(genes) < 0.2) * rng.choice([-1, 1], genes)
        )
        log += np.outer(by, confounder)
        logs.append(log)
    a, b = logs
    pair_x, pair_y = np.unravel_index(np.sort(rng.choice(n_x * n_y, n_pairs, replace=False)), (n_x, n_y))
    listed = np.zeros((n_x, n_y), bool)
    listed[pair_x, pair_y] = True
    truth = np.zeros((n_pairs, n), bool)
    if slope:
        of_type = rng.integers(4, size=n_pairs)
        truth = (rng.random(n_pairs) < 0.2)[:, None] & (types[None, :] == of_type[:, None])
        centred = a - a.mean(axis=1, keepdims=True)
        for p in np.flatnonzero(truth.any(axis=1)):
            b[pair_y[p]] -= slope * truth[p] * centred[pair_x[p]]
    if hub:
        hit = rng.random(n_y) < hub_share
        b[hit] -= hub * (a[0] - a[0].mean())
        listed[0] = hit & (rng.random(n_y) < listed_share)
        keep = pair_x != 0
        of_hub = np.flatnonzero(listed[0])
        truth = np.concatenate([np.ones((len(of_hub), n), bool), truth[keep]])
        pair_y = np.concatenate([of_hub, pair_y[keep]])
        pair_x = np.concatenate([np.zeros(len(of_hub), int), pair_x[keep]])
    x, y = (rng.poisson(np.exp(np.minimum(log, 9))).astype(float) for log in (a, b))
    return World(x, y, pair_x, pair_y, listed, truth, types, time, confounder[:, None])


def residual_ranks(values: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Ranks over n, less their weighted mean around each cell; `w` (cells, cells), rows sum to 1."""
    ranks = (rankdata(values, axis=1) - 0.5) / values.shape[1]
    return ranks - ranks @ w.T


def group_means(labels: np.ndarray) -> np.ndarray:
    same = (labels[:, None] == labels[None, :]).astype(float)
    return same / same.sum(axis=1, keepdims=True)


def local_p(u, v, w, n_eff, c=None, alternative: str = "less"):
    """rho and p of two residual scores for every row of weights `w`, given covariates `c` (cells, k), by least squares.

    `n_eff` (rows,). The normal equations are those of the weighted moments, without any of the tested code's shortcuts.
    """
    c = np.zeros((len(u), 0)) if c is None else c
    z = np.column_stack([u, v, c])
    rho, df = np.empty(len(w)), n_eff - 2 - c.shape[1]
    for i, row in enumerate(w):
        m = row @ z
        s = (z * row[:, None]).T @ z - np.outer(m, m)
        if c.shape[1]:
            s = s[:2, :2] - s[:2, 2:] @ np.linalg.lstsq(s[2:, 2:], s[2:, :2], rcond=1e-6)[0]
        rho[i] = s[0, 1] / np.sqrt(s[0, 0] * s[1, 1])
    t = rho * np.sqrt(df / (1 - rho**2))
    return rho, {"less": stats.t.cdf, "greater": stats.t.sf}[alternative](t, df)


def one_row_each(types: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of each type, (types, cells), and what they are worth."""
    w = group_means(types)[[np.flatnonzero(types == t)[0] for t in np.unique(types)]]
    return w, 1 / (w**2).sum(axis=1)
