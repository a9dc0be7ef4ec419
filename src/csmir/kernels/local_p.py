"""From correlations among neighbours to p-values, and back to the correlation that a level asks for.

If the pairing of the two genes' scores in a list is exchangeable, rho has mean 0 and variance 1 / (n_eff - 1), and
t = rho sqrt((n_eff - 2) / (1 - rho^2)) is close to Student's. Scores that are mostly 0 make the tails of rho heavier:
its skewness is the product of theirs over the root of the number of cells, its excess kurtosis the product of theirs
over that number (Pitman 1937). Both are known, and p is made larger accordingly, never smaller.
"""

from __future__ import annotations

import numpy as np
from scipy import special

SIDES = {"less": -1, "two-sided": 0, "greater": 1}


def student_p(rho: np.ndarray, n_eff: np.ndarray) -> np.ndarray:
    """P(rho' <= rho), Student's t with n_eff - 2 degrees of freedom; 1 where fewer than 3 cells are left."""
    rho = np.clip(np.asarray(rho, np.float64), -1, 1)
    freedom = np.asarray(n_eff, np.float64) - 2
    with np.errstate(divide="ignore", invalid="ignore"):
        p = special.stdtr(freedom, rho * np.sqrt(freedom / (1 - rho**2)))
    return np.where((freedom < 1) | np.isnan(p), 1.0, p)


def critical_rho(n_eff: np.ndarray, alpha: float) -> np.ndarray:
    """The rho with P(rho' >= rho) = alpha: (lists,), over 1 where there is none."""
    freedom = np.asarray(n_eff, np.float64) - 2
    if alpha >= 1:
        return np.full(freedom.shape, -2.0)
    with np.errstate(invalid="ignore"):
        t = -special.stdtrit(freedom, alpha)
        rho = t / np.sqrt(freedom + t**2)
    return np.where((freedom < 1) | np.isnan(rho), 2.0, rho)


def lower_p(rho: np.ndarray, n_eff: np.ndarray, skewness: np.ndarray, kurtosis: np.ndarray) -> np.ndarray:
    """P(rho' <= rho) where rho' has this skewness and excess kurtosis over that of Student's t, all arrays alike.

    The standard normal deviate of the t-test is read as a deviate of Pearson's type III distribution of that skewness
    (if its lower tail is the heavy one), then as one of a Student's t of the kurtosis that is left.
    """
    p = student_p(rho, n_eff)
    z = special.ndtri(p)
    lower = (skewness < -1e-3) & (z < 0)
    if lower.any():
        k = 4 / skewness[lower] ** 2
        tail = special.gammaincc(k, np.maximum(k - z[lower] * np.sqrt(k), 0))
        z[lower] = np.maximum(z[lower], special.ndtri(tail))
    left = kurtosis - 1.5 * skewness**2 * (skewness < 0)
    heavy = (left > 1e-3) & (z < 0)
    p = special.ndtr(z)
    if heavy.any():
        freedom = 4 + 6 / left[heavy]
        p[heavy] = np.maximum(p[heavy], special.stdtr(freedom, z[heavy] * np.sqrt(freedom / (freedom - 2))))
    return p


def limits_of(n_eff: np.ndarray, levels: np.ndarray, side: int) -> np.ndarray:
    """How far rho must at least be from 0 for p to be at a level: (lists, levels, 2) float32, for one kind and two.

    Of lists that are worth up to 1 % more, which is never too strict.
    """
    grid = 1.01 ** np.ceil(np.log(np.maximum(n_eff, 1)) / np.log(1.01) - 1e-9)
    of_grid, at = np.unique(grid, return_inverse=True)
    tails = 1 if side else 2
    out = [[critical_rho(of_grid, level / tails / kinds if level < 1 else 1) for kinds in (1, 2)] for level in levels]
    return (np.array(out).transpose(2, 0, 1) - 1e-6).astype(np.float32)[at]
