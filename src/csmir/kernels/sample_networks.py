"""Sample-specific networks from how one cell changes a whole, to compare with: BONOBO, SWEET and SINUM.

Each function takes genes x cells `x` (miRNAs) and `y` (mRNAs) and all pairs that will be asked for, and returns a
function of some of these pairs, which gives (pairs, cells) float32.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

SomePairs = Callable[[np.ndarray, np.ndarray], np.ndarray]
PAIRS_AT_ONCE = 2_000
BALANCE, MARGIN = 0.1, 0.01  # of SWEET


def bonobo(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> SomePairs:
    """The normal deviate behind the p-value of each edge of BONOBO (Saha et al. 2024).

    With S the covariance over the other cells and d = delta, the posterior mean in cell k is
    V = d (g_k - mean)(g_k - mean)' + (1 - d) S, d = 1 / (3 + 2 mean_g(sd_g) / var_g(sd_g^2)) over all genes. With
    m = 1 / d, V_ij has the posterior variance ((m + 1) V_ij^2 + (m - 1) V_ii V_jj) / (m (m - 3)), and the deviate is
    V_ij over its root: a function of the posterior correlation alone, rising with it.
    """
    n = x.shape[1]
    a, b = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
    var_a, var_b = (_without(v, v, n) for v in (a, b))
    sd_mean = (np.sqrt(var_a).sum(axis=0) + np.sqrt(var_b).sum(axis=0)) / (len(a) + len(b))
    spread = np.concatenate([var_a, var_b]).var(axis=0)
    with np.errstate(divide="ignore"):
        m = np.minimum(3 + 2 * sd_mean / spread, 1e9)
    own_a, own_b = ((v**2) / m + (1 - 1 / m) * var for v, var in ((a, var_a), (b, var_b)))

    def some(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        v = a[i] * b[j] / m + (1 - 1 / m) * _without(a[i], b[j], n)
        variance = ((m + 1) * v**2 + (m - 1) * own_a[i] * own_b[j]) / (m * (m - 3))
        with np.errstate(divide="ignore", invalid="ignore"):
            z = v / np.sqrt(variance)
        return np.nan_to_num(z, posinf=0, neginf=0).astype(np.float32)

    return some


def _without(a: np.ndarray, b: np.ndarray, n: int) -> np.ndarray:
    """Covariance of centred rows over all cells but each one."""
    total = np.einsum("pk,pk->p", a, b)[:, None]
    rest = (total - n / (n - 1) * a * b) / (n - 2)
    return np.maximum(rest, 0) if a is b else rest


def sweet(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> SomePairs:
    """SWEET's z of each edge (Chen et al. 2023).

    Raw score: w_k (r with cell k once more - r) + r, Pearson's r. The weight w_k = 0.1 n (s_k - min s + 0.01) /
    (max s - min s + 0.01), s_k the mean correlation of the cell's profile, of all genes, with the other cells'. z takes
    the mean and standard deviation of the raw scores of all pairs and cells.
    """
    n = x.shape[1]
    alike = (np.corrcoef(np.concatenate([x, y]).T).sum(axis=1) - 1) / (n - 1)
    weight = BALANCE * n * (alike - alike.min() + MARGIN) / (alike.max() - alike.min() + MARGIN)
    a, b = (v - v.mean(axis=1, keepdims=True) for v in (x, y))
    square_a, square_b = ((v**2).sum(axis=1, keepdims=True) for v in (a, b))
    share = n / (n + 1)

    def raw(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        product = np.einsum("pk,pk->p", a[i], b[j])[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            r = product / np.sqrt(square_a[i] * square_b[j])
            more = (product + share * a[i] * b[j]) / np.sqrt(
                (square_a[i] + share * a[i] ** 2) * (square_b[j] + share * b[j] ** 2)
            )
        return np.nan_to_num(weight * (more - r) + r)

    count, total, square = 0, 0.0, 0.0
    for first in range(0, len(pair_x), PAIRS_AT_ONCE):
        score = raw(pair_x[first : first + PAIRS_AT_ONCE], pair_y[first : first + PAIRS_AT_ONCE])
        count, total, square = count + score.size, total + score.sum(), square + (score**2).sum()
    mean = total / count
    sd = np.sqrt(max(square / count - mean**2, 0))

    def some(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        known = square_a[i] * square_b[j] > 0
        return np.where(known, (raw(i, j) - mean) / (sd if sd > 0 else 1), 0).astype(np.float32)

    return some


def sinum(x: np.ndarray, y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray, *, box_size: float = 0.2) -> SomePairs:
    """SINUM's z: mutual information in the bins that a cell's box covers (Chang et al. 2024).

    Values fall into round(sqrt(n)) bins of equal width; H is minus the sum of p log2 p over the bins from the lower to
    the upper edge of the cell's CSN box of each gene, and MI = H(x) + H(y) - H(x, y). 0 where the cell lacks a gene.
    z takes the pair's mean and standard deviation over the cells, as the R package S2N has it.
    """
    n = x.shape[1]
    n_bins = max(round(np.sqrt(n)), 1)
    sides = []
    for values in (x, y):
        low, high = expressed_boxes(values, box_size)
        bins = [_bins(v, values, n_bins) for v in (values, low, high)]
        share = np.zeros((len(values), n_bins))
        np.add.at(share, (np.repeat(np.arange(len(values)), n), bins[0].ravel()), 1 / n)
        sides.append((*bins, _cumulated(_plogp(share))))

    def some(i: np.ndarray, j: np.ndarray) -> np.ndarray:
        out = np.zeros((len(i), n))
        (bin_x, low_x, high_x, sum_x), (bin_y, low_y, high_y, sum_y) = sides
        for p, (g, t) in enumerate(zip(i, j, strict=True)):
            joint = np.bincount(bin_x[g] * n_bins + bin_y[t], minlength=n_bins**2).reshape(n_bins, n_bins) / n
            both = _cumulated(_cumulated(_plogp(joint)).T).T
            a, b, c, d = low_x[g], high_x[g] + 1, low_y[t], high_y[t] + 1
            h_x, h_y = sum_x[g, a] - sum_x[g, b], sum_y[t, c] - sum_y[t, d]
            h_xy = -(both[b, d] - both[a, d] - both[b, c] + both[a, c])
            out[p] = np.where((x[g] > 0) & (y[t] > 0), h_x + h_y - h_xy, 0)
        sd = out.std(axis=1, ddof=1, keepdims=True)
        z = (out - out.mean(axis=1, keepdims=True)) / np.where(sd > 1e-12, sd, np.inf)
        return z.astype(np.float32)

    return some


def _bins(values: np.ndarray, of: np.ndarray, n_bins: int) -> np.ndarray:
    """Which of the equal bins from the smallest to the largest value of each gene `of`; the largest is in the last."""
    low, high = of.min(axis=1, keepdims=True), of.max(axis=1, keepdims=True)
    width = np.where(high > low, (high - low) / n_bins, 1)
    return np.clip(np.floor((values - low) / width).astype(np.int64), 0, n_bins - 1)


def _plogp(p: np.ndarray) -> np.ndarray:
    return p * np.log2(np.where(p > 0, p, 1))


def _cumulated(values: np.ndarray) -> np.ndarray:
    """Sums of each row up to, and without, each column; one column more."""
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def expressed_boxes(values: np.ndarray, box_size: float) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper edges (genes, cells) of CSN boxes: half the share of the expressed cells to each side."""
    n = values.shape[1]
    lower, upper = np.empty_like(values), np.empty_like(values)
    for g, row in enumerate(values):
        ordered = np.sort(row)
        n_zero = int((row <= 0).sum())
        h = round(box_size / 2 * (n - n_zero) + 2.220446e-16)
        first, last = (np.searchsorted(ordered, row, side) for side in ("left", "right"))
        lowest = n_zero if n_zero > h else 0
        alone = last - first > h
        lower[g] = np.where(alone, row, ordered[np.minimum(np.maximum(first - h, lowest), n - 1)])
        upper[g] = np.where(alone, row, ordered[np.minimum(last - 1 + h, n - 1)])
    return lower, upper
