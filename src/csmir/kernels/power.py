"""What a test can show: the smallest correlation that reaches significance, and the slope that it means."""

from __future__ import annotations

import numpy as np

from csmir.kernels.design import ROUNDING
from csmir.kernels.local_p import critical_rho


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
    from scipy.stats import hypergeom, norm

    n = n_cells
    size = int(min(2 * np.rint(box_size / 2 * n + ROUNDING) + 1, n))
    both = np.arange(size + 1)
    if statistic == "csn":
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (n * both - size**2) / np.sqrt(size**2 * (n - size) ** 2 / max(n - 1, 1) + ROUNDING)
        enough = np.flatnonzero(z > norm.isf(alpha))
    else:
        p = hypergeom.sf(both - 2, n - 1, size - 1, size - 1)
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
    from scipy.integrate import quad
    from scipy.stats import norm

    if share <= 0 or share >= 1:
        return max(0.0, min(1.0, share))
    c = norm.isf(share)
    s = np.sqrt(1 - min(r, 1 - 1e-12) ** 2)
    return float(quad(lambda x: norm.pdf(x) * norm.sf((c - r * x) / s), c, c + 10, limit=200)[0])
