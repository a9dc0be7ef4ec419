"""Hidden factors held inside each condition, or each donor under a condition, whose correlations are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csmir._log import logger
from csmir.inference import non_targets
from csmir.inference.hidden import WORTH, Hidden, find
from csmir.inference.options import AUTO
from csmir.inference.pairs import Pairs
from csmir.inference.target_sets import Sides

FEW = 100  # cells of a unit: below, what factors take weighs
TIE = 1e-4  # of a column's standard deviation: factors explain all of it


@dataclass(frozen=True)
class Inside:
    """Factors of each miRNA, one basis for all cells, each unit with coefficients of its own."""

    hidden: Hidden
    units: np.ndarray  # (cells,)

    @property
    def n_held(self) -> np.ndarray:
        """(units,) how many each holds: no more than one for ten of its cells."""
        return np.minimum(self.hidden.n, np.bincount(self.units) // WORTH)

    def off(self, columns: np.ndarray, at_x: np.ndarray) -> np.ndarray:
        """`columns` (cells, hypotheses) of variance 1 in each unit, without the factors of the miRNAs `at_x`."""
        out = columns.copy()
        each = [(np.flatnonzero(self.units == u), k) for u, k in enumerate(self.n_held) if k]
        for mirna in np.unique(at_x):
            own = np.flatnonzero(at_x == mirna)
            for rows, k in each:
                q = self.hidden.columns(int(mirna), rows)[:, :k].astype(columns.dtype)
                part = columns[np.ix_(rows, own)]
                part = part - q @ (q.T @ part)
                sd = part.std(axis=0)
                out[np.ix_(rows, own)] = np.divide(part, sd, out=np.zeros_like(part), where=sd > TIE)
        return out


def tell_few(held: Inside) -> None:
    """Say that factors are held in units of few cells."""
    n, size = int(np.median(held.n_held)), int(np.median(np.bincount(held.units)))
    if n and size < FEW:
        logger.info(
            "differential: %d hidden factors are held inside donors of %d cells (medians). With so few cells they may "
            "cost more power than they give; factors=0 holds none. Decide before you look at q", n, size,
        )  # fmt: skip


def inside(
    x: np.ndarray, y: np.ndarray, some: Sides, pairs: Pairs, units: np.ndarray, n_off: np.ndarray,
    factors: int | str | None,
) -> Inside | None:  # fmt: skip
    """The factors to hold, or None where none can be sought.

    `x`, `y` (cells, miRNAs) and (cells, mRNAs) have mean 0 and variance 1 in each unit, after `n_off` (units,) columns
    were regressed out there.
    """
    from csmir.inference.association import Part, fewest_factors
    from csmir.kernels.factors import TRIED
    from csmir.kernels.target_sets import unit

    found = find(y.astype(np.float64), some.seen, pairs, factors)
    if found is None or factors not in (None, AUTO):
        return None if found is None else Inside(found, units)
    size = np.bincount(units)
    most = max(k for k in TRIED if k <= found.n and k * WORTH <= np.median(size))
    found = Hidden(found.scores, found.rotations, most)
    parts = []
    for u, k in enumerate(Inside(found, units).n_held):
        rows = np.flatnonzero(units == u)
        own = Hidden(found.scores[rows], found.rotations, int(k))
        parts.append(Part(unit(x[rows]), unit(y[rows]), len(rows) - 2 - int(n_off[u]), own))
    return Inside(fewest_factors(parts, found, non_targets.sample(pairs, some.seen, some.mean), "differential"), units)
