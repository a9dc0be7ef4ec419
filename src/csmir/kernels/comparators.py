"""Other statistics of one pair in one cell, to compare with: genes x cells in, pairs x cells out.

A statistic is a function (x, y, pair_x, pair_y) -> (pairs, cells) float32, with `x` (miRNAs, cells) and `y` (mRNAs,
cells) float64 and pairs as positions in them. Those in `SIGNED` are negative for repression, the others say how much
the two genes depend on each other; `NORMAL` are standard normal deviates under independence, as their authors have it.
"""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
from scipy.stats import rankdata

from csmir.kernels import many_cells
from csmir.kernels.neighbor_networks import ccsn, local_bivariate, nnet
from csmir.kernels.ranks import prepare
from csmir.kernels.sample_networks import SomePairs, bonobo, sinum, sweet

Statistic = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def csn(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray, *, box_size: float = 0.1) -> np.ndarray:
    """CSN without pseudo-cells: z of the joint box of each cell, which counts itself (Dai et al. 2019)."""
    ranks = prepare(x, box_size=box_size), prepare(y, box_size=box_size)
    return many_cells.z_block(*ranks, pair_x, pair_y, dtype=np.float32)


def loccsn(
    x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray, *, box_size: float = 0.1
) -> np.ndarray:
    """LocCSN's z: boxes one local standard deviation wide to each side (Wang, Choi and Roeder 2021).

    Half the width of a cell's box of one gene is the standard deviation of that gene over the cells in the cell's CSN
    box of the other gene. 0 where the cell lacks one of the genes. Without their iteration and grid.
    """
    return _over_pairs(_loccsn_pair, x, y, pair_x, pair_y, _quantile_boxes(x, box_size), _quantile_boxes(y, box_size))


def lioness_pearson(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> np.ndarray:
    """LIONESS: n r - (n - 1) r without cell k, r Pearson's correlation (Kuijjer et al. 2019)."""
    r, without = _leave_one_out(x, y, pair_x, pair_y)
    n = x.shape[1]
    return (n * r[:, None] - (n - 1) * without).astype(np.float32)


def lioness_spearman(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> np.ndarray:
    """LIONESS on ranks over all cells."""
    return lioness_pearson(rankdata(x, axis=1), rankdata(y, axis=1), pair_x, pair_y)


def perturbation_pearson(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> np.ndarray:
    """Change of Pearson's correlation by cell k, (r - r') (n - 2) / (1 - r'^2), r' without it (Liu et al. 2016)."""
    r, without = _leave_one_out(x, y, pair_x, pair_y)
    rest = np.maximum(1 - without**2, 1e-12)
    return ((r[:, None] - without) * (x.shape[1] - 2) / rest).astype(np.float32)


def perturbation_spearman(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> np.ndarray:
    """The same on ranks over all cells."""
    return perturbation_pearson(rankdata(x, axis=1), rankdata(y, axis=1), pair_x, pair_y)


def spearman(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> np.ndarray:
    """One Spearman correlation over all cells, given to every cell."""
    r, _ = _leave_one_out(rankdata(x, axis=1), rankdata(y, axis=1), pair_x, pair_y)
    return np.repeat(r[:, None].astype(np.float32), x.shape[1], axis=1)


def detection(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> np.ndarray:
    """1 where both genes are over the smallest value of their matrix in the cell, else 0: no correlation at all."""
    seen_x, seen_y = (v > v.min() for v in (x, y))
    return (seen_x[pair_x] & seen_y[pair_y]).astype(np.float32)


def prior(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> np.ndarray:
    """1 everywhere: every putative pair in every cell."""
    return np.ones((len(pair_x), x.shape[1]), np.float32)


STATISTICS: dict[str, Statistic] = {
    "csn": csn,
    "loccsn": loccsn,
    "lioness_pearson": lioness_pearson,
    "lioness_spearman": lioness_spearman,
    "perturbation_pearson": perturbation_pearson,
    "perturbation_spearman": perturbation_spearman,
    "spearman": spearman,
    "detection": detection,
    "prior": prior,
}
# what needs all genes or all pairs before it can say anything of one: (x, y, pair_x, pair_y) -> function of some pairs
WHOLE: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], SomePairs]] = {
    "bonobo": bonobo,
    "sweet": sweet,
    "sinum": sinum,
    "nnet": nnet,
    "local_bivariate": local_bivariate,
    "ccsn": ccsn,
}
SIGNED = (
    "lioness_pearson", "lioness_spearman", "perturbation_pearson", "perturbation_spearman", "spearman",
    "bonobo", "sweet", "nnet", "local_bivariate",
)  # fmt: skip
NORMAL = ("csn", "loccsn", "perturbation_pearson", "perturbation_spearman", "bonobo", "sweet", "ccsn")


def _leave_one_out(
    x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Correlation over all cells (pairs,) and without each (pairs, cells); 0 where a gene does not vary."""
    n = x.shape[1]
    x, y = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
    # without cell k the sum of squares is less by n / (n - 1) times its square, and likewise that of products
    share = n / (n - 1)
    square_x, square_y = ((v**2).sum(axis=1, keepdims=True) for v in (x, y))
    rest_x, rest_y = (s - share * v**2 for s, v in ((square_x, x), (square_y, y)))
    product = np.einsum("pk,pk->p", x[pair_x], y[pair_y])[:, None]
    rest = product - share * x[pair_x] * y[pair_y]
    tiny = 1e-12
    with np.errstate(divide="ignore", invalid="ignore"):
        r = product / np.sqrt(square_x[pair_x] * square_y[pair_y])
        without = rest / np.sqrt(rest_x[pair_x] * rest_y[pair_y])
    r[(square_x[pair_x] <= tiny) | (square_y[pair_y] <= tiny)] = 0
    without[(rest_x[pair_x] <= tiny * square_x[pair_x]) | (rest_y[pair_y] <= tiny * square_y[pair_y])] = 0
    return np.clip(r[:, 0], -1, 1), np.clip(np.nan_to_num(without), -1, 1)


def _quantile_boxes(values: np.ndarray, box_size: float) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper edges (genes, cells) of plain boxes: round(n box_size / 2) cells to each side, ties whole."""
    n = values.shape[1]
    h = round(n * box_size / 2)
    ordered = np.sort(values, axis=1)
    lower, upper = np.empty_like(values), np.empty_like(values)
    for g in range(len(values)):
        first, last = (np.searchsorted(ordered[g], values[g], side) for side in ("left", "right"))
        alone = last - first > h
        lower[g] = np.where(alone, values[g], ordered[g][np.maximum(first - h, 0)])
        upper[g] = np.where(alone, values[g], ordered[g][np.minimum(last - 1 + h, n - 1)])
    return lower, upper


def _over_pairs(kernel, x, y, pair_x, pair_y, box_x, box_y) -> np.ndarray:
    out = np.empty((len(pair_x), x.shape[1]), np.float32)
    for p, (i, j) in enumerate(zip(pair_x, pair_y, strict=True)):
        kernel(x[i], y[j], box_x[0][i], box_x[1][i], box_y[0][j], box_y[1][j], out[p])
    return out


@numba.njit(nogil=True, cache=True)
def _spread(values, other, low, high):
    """Standard deviation of `values` over the cells whose `other` is between two edges."""
    n, mean, square = 0, 0.0, 0.0
    for c in range(len(values)):
        if low <= other[c] <= high:
            n += 1
            mean += values[c]
    mean /= n
    for c in range(len(values)):
        if low <= other[c] <= high:
            square += (values[c] - mean) ** 2
    return np.sqrt(square / n)


@numba.njit(nogil=True, cache=True)
def _loccsn_pair(x, y, x_low, x_high, y_low, y_high, out):
    n = len(x)
    for k in range(n):
        out[k] = 0
        if not (x[k] > 0 and y[k] > 0):
            continue
        half_y, half_x = _spread(y, x, x_low[k], x_high[k]), _spread(x, y, y_low[k], y_high[k])
        n_x, n_y, n_xy = 0, 0, 0
        for c in range(n):
            in_x, in_y = abs(x[c] - x[k]) <= half_x, abs(y[c] - y[k]) <= half_y
            n_x += in_x
            n_y += in_y
            n_xy += in_x & in_y
        variance = float(n_x) * n_y * (n - n_x) * (n - n_y) / (n - 1)
        if variance > 0:
            out[k] = (float(n) * n_xy - float(n_x) * n_y) / np.sqrt(variance)
