"""Rank correlations of pairs over all cells, or inside groups, with their p-values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from csmir.inference import hidden as factors
from csmir.inference.hidden import Hidden
from csmir.inference.tail_shares import Beside
from csmir.kernels.target_sets import n_taken, ranks_inside

MIRNAS_AT_ONCE = 64
LEVEL = 0.01


class Associations(NamedTuple):
    """What each pair gives."""

    rho: np.ndarray  # (pairs,) float32, partial where something is held fixed
    pvalue: np.ndarray  # (pairs,) float64, two-sided


def ranked(
    x: np.ndarray, y: np.ndarray, strata: np.ndarray, columns: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, int]:
    """Unit ranks of cells x features inside strata less what `columns` explain there, and the degrees of freedom left.

    Every stratum takes a mean and the columns of its own.
    """
    used = (1 + n_taken(strata, columns)).sum()
    a, b = (ranks_inside(v, strata, columns).astype(np.float32) for v in (x, y))
    return a, b, int(len(strata) - used - 1)


def associations(
    x: np.ndarray, y: np.ndarray, df: int, mirna: np.ndarray, mrna: np.ndarray, hidden: Hidden | None = None
) -> Associations:
    """Correlations of the columns `mirna` of `x` with `mrna` of `y`, ascending by miRNA; Student's t for p."""
    if hidden is not None and hidden.n:
        rho = partial(x, y, mirna, mrna, hidden, (hidden.n,))[0]
        return Associations(rho, student(rho, df - hidden.n))
    rho = np.empty(len(mirna), np.float32)
    for first in range(0, x.shape[1], MIRNAS_AT_ONCE):
        a, e = np.searchsorted(mirna, [first, first + MIRNAS_AT_ONCE])
        if e > a:
            rho[a:e] = (x[:, first : first + MIRNAS_AT_ONCE].T @ y)[mirna[a:e] - first, mrna[a:e]]
    return Associations(rho, student(rho, df))


def student(rho: np.ndarray, df: int) -> np.ndarray:
    """Two-sided p of correlations with so many degrees of freedom; 1 without any."""
    from scipy.special import stdtr

    if df < 1:
        return np.ones(len(rho))
    r = np.clip(rho.astype(np.float64), -1, 1)
    t = np.abs(r) * np.sqrt(df / np.maximum(1 - r**2, 1e-300))
    return np.minimum(2 * stdtr(df, -t), 1)


def partial(
    x: np.ndarray, y: np.ndarray, mirna: np.ndarray, mrna: np.ndarray, hidden: Hidden, prefixes: tuple[int, ...]
) -> np.ndarray:
    """Correlations given the first k factors of each miRNA, (prefixes, pairs) float32; 0 where these explain an end.

    Columns of `x` and `y` have length 1, and pairs ascend by miRNA.
    """
    rho = np.zeros((len(prefixes), len(mirna)), np.float32)
    for r in np.unique(mirna):
        own = slice(*np.searchsorted(mirna, [r, r + 1]))
        genes = y[:, mrna[own]]
        q = hidden.columns(int(r)).astype(np.float32)
        of_x, of_y = q.T @ x[:, r], q.T @ genes
        both = np.vstack([np.zeros(genes.shape[1]), np.cumsum(of_x[:, None] * of_y, axis=0)])
        left_x, left_y = 1 - np.append(0, np.cumsum(of_x**2)), 1 - np.vstack([both[:1], np.cumsum(of_y**2, axis=0)])
        k = list(prefixes)
        product = left_x[k, None] * left_y[k]
        np.divide(
            x[:, r] @ genes - both[k], np.sqrt(np.maximum(product, 1e-12)), out=rho[:, own], where=product > 1e-6,
            casting="same_kind",
        )  # fmt: skip
    return rho


class Part(NamedTuple):
    """Cells that are correlated by themselves."""

    x: np.ndarray  # (cells, miRNAs), columns of length 1
    y: np.ndarray  # (cells, mRNAs)
    df: int  # without factors
    hidden: Hidden  # of these cells, and the most of them that can be held


def fewest_factors(parts: list[Part], hidden: Hidden, beside: Beside, who: str) -> Hidden:
    """As many of the factors `hidden` as the non-targets of `beside` ask for, on both sides of 0, over all parts."""
    from csmir.kernels.decoys import signature
    from csmir.kernels.factors import TRIED

    tried = tuple(k for k in TRIED if k <= hidden.n)
    n_mirnas = parts[0].x.shape[1]
    half = np.zeros(n_mirnas, bool)
    half[np.random.default_rng(0).permutation(n_mirnas)[: -(-n_mirnas // 2)]] = True
    tests, small, below = [], [], []
    for a, b in ((beside.target_x, beside.target_y), (beside.decoy_x, beside.decoy_y)):
        order = np.argsort(a, kind="stable")
        a, b = a[order], b[order]
        n_small, n_below = np.zeros(len(tried)), np.zeros((len(tried), n_mirnas), np.int64)
        for x, y, df, own in parts:
            held = tuple(min(k, own.n) for k in tried)
            rho = partial(x, y, a, b, own, held)
            p = np.array([student(r, df - k) for r, k in zip(rho, held, strict=True)])
            n_small += (p < 2 * LEVEL).sum(axis=1) / 2
            n_below += np.array([np.bincount(a, hit, minlength=n_mirnas) for hit in (p < 2 * LEVEL) & (rho < 0)], int)
        tests.append(np.bincount(a, minlength=n_mirnas) * len(parts))
        below.append(n_below)
        small.append(n_small / max(len(a) * len(parts), 1))
    z = [signature(t[half], tests[0][half], d[half], tests[1][half]).z for t, d in zip(*below, strict=True)]
    return factors.choose(hidden, small[1], np.array(z), tried, who)


def tails(found: Associations) -> tuple[float, float]:
    """Shares of one-sided p < 1 % for repression and for activation."""
    below = found.pvalue < 2 * LEVEL
    return float((below & (found.rho < 0)).mean()), float((below & (found.rho > 0)).mean())
