"""From correlations among neighbours to p-values, and back to the correlation that a level asks for.

If the pairing of the two genes' scores in a list is exchangeable, rho has mean 0 and variance 1 / (n_eff - 1), and
t = rho sqrt((n_eff - 2) / (1 - rho^2)) is close to Student's. Scores that are mostly 0 make the tails of rho heavier:
its skewness is the product of theirs over the root of the number of cells, its excess kurtosis the product of theirs
over that number (Pitman 1937). Both are known, and p is made larger accordingly, never smaller.

Millions of p-values a run come of normal deviates in closed form: Student's t by Hill's expansion (1970, Communications
of the ACM 13, 617), Pearson's type III by the signed root of its likelihood ratio (Barndorff-Nielsen's r*, exact for
the gamma distribution but for a term of its skewness cubed). Within the limits below p is that of the exact tails to
1e-6 of a part, which the tests check; the rest is left to these.

What a test can show follows: the smallest correlation that reaches significance, and the slope that it means.
"""

from __future__ import annotations

import numba
import numpy as np
from scipy import special

from csmir.kernels.design import ROUNDING

NODES = 128  # of the integral over the corner of a copula
# of normal deviates in closed form
FEWEST_DEGREES = 40.0  # of freedom that the expansion is used for
MOST_SKEWED = 0.1
FURTHEST = 7.0  # normal deviate
LEAST = 1e-3  # skewness or kurtosis below this is none
THIRD = 1e-3  # of the cube of the skewness: fitted, over 100 or more cells and deviates to 7
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
    given = [np.asarray(a, np.float64) for a in (rho, n_eff, skewness, kurtosis)]
    z = np.empty(len(given[0]))
    lower_deviates(*given, z)
    p, few = special.ndtr(z), np.flatnonzero(np.isnan(z))
    p[few] = exact_lower_p(*(a[few] for a in given))
    return p


def exact_lower_p(rho: np.ndarray, n_eff: np.ndarray, skewness: np.ndarray, kurtosis: np.ndarray) -> np.ndarray:
    """The same by the exact tails, several times slower."""
    p = student_p(rho, n_eff)
    z = special.ndtri(p)
    lower = (skewness < -LEAST) & (z < 0)
    if lower.any():
        k = 4 / skewness[lower] ** 2
        tail = special.gammaincc(k, np.maximum(k - z[lower] * np.sqrt(k), 0))
        z[lower] = np.maximum(z[lower], special.ndtri(tail))
    left = kurtosis - 1.5 * skewness**2 * (skewness < 0)
    heavy = (left > LEAST) & (z < 0)
    p = special.ndtr(z)
    if heavy.any():
        freedom = 4 + 6 / left[heavy]
        p[heavy] = np.maximum(p[heavy], special.stdtr(freedom, z[heavy] * np.sqrt(freedom / (freedom - 2))))
    return p


@numba.njit(nogil=True, cache=True, error_model="numpy")
def lower_deviates(rho, n_eff, skewness, kurtosis, z):
    """What `local_p.lower_p` makes of correlations, as normal deviates into `z`; NaN beyond the limits above."""
    for i in range(len(rho)):
        z[i] = np.nan
        freedom = n_eff[i] - 2
        if not freedom >= FEWEST_DEGREES:
            continue
        own = _hill(np.sqrt(-(freedom - 0.5) * np.log1p(-rho[i] * rho[i])), freedom)
        if not own <= FURTHEST:
            continue
        if rho[i] >= 0:
            z[i] = own
            continue
        left = kurtosis[i]
        if skewness[i] < 0:
            left -= 1.5 * skewness[i] * skewness[i]
        if skewness[i] < -LEAST:
            if skewness[i] < -MOST_SKEWED:
                continue
            own = min(own, _skewed(own, -skewness[i]))
        if left > LEAST:
            freedom = 4 + 6 / left
            if freedom < FEWEST_DEGREES:
                continue
            square = own * own / (freedom - 2)
            own = min(own, _hill(np.sqrt((freedom - 0.5) * np.log1p(square)), freedom))
        z[i] = -own


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _hill(w, freedom):
    """The normal deviate of t, from w = sqrt((freedom - 1/2) log(1 + t^2 / freedom))."""
    square = w * w
    b = 48 * (freedom - 0.5) ** 2
    fourth = ((4 * square + 33) * square + 240) * square + 855
    return w + w * (square + 3) / b - w * fourth / (10 * b * (b + 0.8 * square * square + 100))


@numba.njit(nogil=True, cache=True, error_model="numpy")
def _skewed(z, skewness):
    """The normal deviate of one of Pearson's type III that is as far out, both positive."""
    m = z * skewness / 2
    r = np.sqrt(8 * (m - np.log1p(m))) / skewness
    return r + np.log(z / r) / r + THIRD * skewness**3 if r > 0 else z


def limits_of(n_eff: np.ndarray, levels: np.ndarray, side: int) -> np.ndarray:
    """How far rho must at least be from 0 for p to be at a level: (lists, levels, 2) float32, for one kind and two.

    Of lists that are worth up to 1 % more, which is never too strict.
    """
    grid = 1.01 ** np.ceil(np.log(np.maximum(n_eff, 1)) / np.log(1.01) - 1e-9)
    of_grid, at = np.unique(grid, return_inverse=True)
    tails = 1 if side else 2
    out = [[critical_rho(of_grid, level / tails / kinds if level < 1 else 1) for kinds in (1, 2)] for level in levels]
    return (np.array(out).transpose(2, 0, 1) - 1e-6).astype(np.float32)[at]


def smallest_rho(n_eff: np.ndarray, alpha: float, n_pairs: int, n_kinds: int = 1) -> np.ndarray:
    """The rank correlation at which one pair among `n_pairs` has q <= alpha if no other has a small p.

    Benjamini-Hochberg asks for p <= alpha / n_pairs then. Over 1 where no correlation does.
    """
    return critical_rho(np.asarray(n_eff, float), alpha / n_pairs / n_kinds)


def slope_of(rho: np.ndarray, sd_x: np.ndarray, sd_y: np.ndarray) -> np.ndarray:
    """The slope of log mRNA on log miRNA at this rank correlation, as a positive number.

    A rank correlation rho of two normal variables is that of values 2 sin(pi rho / 6); the slope is that times
    sd_y / sd_x. `sd_x` and `sd_y` are standard deviations of logged expression among the cells that are compared.
    NaN where no correlation reaches significance.
    """
    r = 2 * np.sin(np.pi * np.minimum(rho, 1) / 6)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = r * sd_y / sd_x
    return np.where((rho <= 1) & np.isfinite(slope), slope, np.nan)


def smallest_box_rho(n_cells: int, box_size: float, *, statistic: str, alpha: float, n_pairs: int) -> float:
    """The rank correlation at which a box test expects significance, in the cells where it is easiest to reach.

    Boxes of `box_size` of the cells at the ends of both genes, of which a normal copula puts as many cells in both as
    its corner holds. "csn": z over the normal quantile of 1 - alpha. "exact": hypergeometric p <= alpha / n_pairs.
    Over 1 where no correlation does.
    """
    n = n_cells
    size = int(min(2 * np.rint(box_size / 2 * n + ROUNDING) + 1, n))
    both = np.arange(size + 1)
    if statistic == "csn":
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (n * both - size**2) / np.sqrt(size**2 * (n - size) ** 2 / max(n - 1, 1) + ROUNDING)
        enough = np.flatnonzero(z > -special.ndtri(alpha))
    else:
        p = np.r_[1.0, hypergeometric_tails(n - 1, size - 1)]  # of as many others in both as are left without the cell
        enough = np.flatnonzero((p <= alpha / n_pairs) & (both > 0))
    if not len(enough) or size >= n:
        return 2.0
    wanted = (float(both[enough[0]]) - 0.5) / n  # what is expected, to a whole cell
    low, high = 0.0, 1.0
    if corner(size / n, 1 - 1e-9) < wanted:
        return 2.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if corner(size / n, middle) < wanted else (low, middle)
    return float(6 / np.pi * np.arcsin(high / 2))


def corner(share: float, r: float) -> float:
    """The share of a normal copula of correlation r where both are among their highest `share`."""
    if share <= 0 or share >= 1:
        return max(0.0, min(1.0, share))
    c = -special.ndtri(share)
    s = np.sqrt(1 - min(r, 1 - 1e-12) ** 2)
    at, weights = np.polynomial.legendre.leggauss(NODES)
    x = c + 5 * (at + 1)
    return float(5 * weights @ (np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * special.ndtr((r * x - c) / s)))


def hypergeometric_tails(n: int, size: int) -> np.ndarray:
    """P(X >= k), k = 0 to `size`, of how many of `size` drawn from n are among `size` marked ones."""

    def log_choose(a: int, b: np.ndarray) -> np.ndarray:
        inside = (b >= 0) & (b <= a)
        b = np.where(inside, b, 0)
        out = special.gammaln(a + 1) - special.gammaln(b + 1) - special.gammaln(a - b + 1)
        return np.where(inside, out, -np.inf)

    k = np.arange(size + 1)
    log_p = log_choose(size, k) + log_choose(n - size, size - k) - log_choose(n, np.array(size))
    return np.minimum(np.cumsum(np.exp(log_p)[::-1])[::-1], 1.0)
