"""What these data can show: the smallest correlation that can reach significance, and the slope that it means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

from csmir import _mudata
from csmir._log import logger
from csmir.inference.options import ALTERNATIVES, Request
from csmir.inference.pairs import Pairs

if TYPE_CHECKING:
    from csmir.inference.neighbourhood import Neighborhood

MOST_PAIRS = 2000  # whose spread is looked at
MOST_CELLS = 4000  # that it is looked at in
GENES_AT_ONCE = 64
LARGEST_LOGARITHM = 25  # values over it are not logged yet
QUARTILES = (0.25, 0.5, 0.75)


class Detectable(NamedTuple):
    """For one statistic."""

    n_eff: float  # independent cells that a cell is compared with, median
    rho: float  # smallest rank correlation, over 1 where none will do
    slope: np.ndarray  # (3,) quartiles over the pairs; NaN where no correlation will do


def of_local(pairs: Pairs, near: Any, request: Request, n_columns: int, spread: np.ndarray) -> Detectable:
    """For the local test; `spread` as from `spreads`."""
    from csmir.kernels.local_p import slope_of, smallest_rho

    n_eff = near.lists.n_eff - n_columns
    tails = 2 if ALTERNATIVES[request.direction] == "two-sided" else 1
    n_tests = len(pairs) if corrected(request) else 1
    rho = float(np.median(smallest_rho(n_eff, request.alpha, n_tests, tails)))
    slopes = slope_of(np.array(rho), np.ones(1), spread)
    return Detectable(float(np.median(n_eff)), rho, _quartiles(slopes))


def of_boxes(pairs: Pairs, n_cells: int, request: Request, spread: np.ndarray) -> Detectable:
    """For a test of boxes, "csn" or "exact", over so many cells."""
    from csmir.kernels.local_p import slope_of, smallest_box_rho

    n_tests = len(pairs) if corrected(request) else 1
    rho = smallest_box_rho(n_cells, request.box_size, statistic=request.statistic, alpha=request.alpha, n_pairs=n_tests)
    return Detectable(float(n_cells), rho, _quartiles(slope_of(np.array(rho), np.ones(1), spread)))


def tell_of_local(data: _mudata.Paired, pairs: Pairs, near: Neighborhood, request: Request, n_columns: int) -> None:
    """Say in the log what the local test can show, with so many columns and factors adjusted for."""
    found = of_local(pairs, near, request, n_columns, spreads(data, pairs, near.smoother))
    logger.info("%s", in_words(found, request, len(pairs)))


def tell_of_boxes(
    data: _mudata.Paired, pairs: Pairs, groups: np.ndarray | None, near: Neighborhood | None, request: Request
) -> None:
    """Say in the log what boxes over all cells, a group or a list of neighbours can show."""
    sizes = np.array([len(data.cells)]) if groups is None else np.bincount(groups[groups >= 0])
    if near is not None:
        sizes = np.diff(near.lists.indptr)
    found = of_boxes(pairs, int(np.median(sizes)), request, spreads(data, pairs))
    logger.info("%s", in_words(found, request, len(pairs)))


def corrected(request: Request) -> bool:
    """Whether q-values are compared with the level."""
    return request.of.tested and request.adjust


def spreads(data: _mudata.Paired, pairs: Pairs, smoother: Any = None) -> np.ndarray:
    """Sd of an mRNA over that of a miRNA, of logged expression, for some pairs; around the local mean if smoothed.

    Of very many cells, over some at equal steps.
    """
    some = np.unique(np.linspace(0, len(data.cells) - 1, min(len(data.cells), MOST_CELLS)).astype(int))
    if smoother is not None:
        smoother = (smoother[0][some], *smoother[1:])
    at = np.unique(np.linspace(0, len(pairs) - 1, min(len(pairs), MOST_PAIRS)).astype(int))
    out = []
    for genes, values in ((pairs.mirna[at], data.mirna), (pairs.mrna[at], data.mrna)):
        used, back = np.unique(genes, return_inverse=True)
        chosen = values[:, used]
        chosen = chosen.tocsc() if sparse.issparse(chosen) else _mudata.dense(chosen)
        # not logged yet; the base does not matter
        to_log = chosen.shape[1] and chosen.shape[0] and chosen.min() >= 0 and chosen.max() > LARGEST_LOGARITHM
        sd = np.empty(len(used))
        for first in range(0, len(used), GENES_AT_ONCE):
            here = slice(first, first + GENES_AT_ONCE)
            x = np.asarray(_mudata.dense(chosen[:, here]), np.float64)
            x = np.log1p(x) if to_log else x
            around = x.mean(axis=0)
            if smoother is not None:
                around = x
                for factor in reversed(smoother):
                    around = factor @ around
            sd[here] = (x[some] - around).std(axis=0)
        out.append(sd[back])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(out[0] > 1e-9, out[1] / out[0], np.nan)


def _quartiles(slopes: np.ndarray) -> np.ndarray:
    known = slopes[~np.isnan(slopes)]
    return np.quantile(known, QUARTILES) if len(known) else np.full(len(QUARTILES), np.nan)


def in_words(found: Detectable, request: Request, n_pairs: int) -> str:
    """One sentence for the log."""
    level = f"q <= {request.alpha:g} among {n_pairs:,} pairs" if corrected(request) else f"p <= {request.alpha:g}"
    if found.rho > 1 or not np.isfinite(found.slope[1]):
        return f"no correlation can reach {level}: an empty network here means 'cannot tell', not 'no regulation'"
    return (
        f"a rank correlation of {found.rho:.2f} or stronger can reach {level}, which takes a slope of about "
        f"{found.slope[1]:.2g} (the log effect: at 1, a doubling of the miRNA halves its target; single miRNAs have "
        "0.15 to 0.4, strong ones 0.6)"
    )
