"""One p-value a pair out of those of its cells, which hang together in ways unknown.

The Cauchy combination (Liu and Xie 2020), mean cot(p pi), is Cauchy in its upper tail however the p-values depend on
each other. What is small is counted exactly. What is over a level counts as p-values over that level do on average
where nothing is regulated, with those over 0.99 as 0.99: one cell at p = 1 would outweigh all others otherwise. Sums
are of whole numbers, 64ths, so that their order does not matter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

LARGEST = 0.99  # p over this counts as this
SMALLEST = 1e-12  # p under this counts as this
UNIT = 64
LEVEL = 0.01  # what is counted exactly


class PairSums(NamedTuple):
    """Of each pair, over lists of cells, each list once."""

    units: np.ndarray  # (pairs,) int64: sum of cot(p pi) over p <= level, in 64ths
    hits: np.ndarray  # (pairs,) int64: p <= level
    tested: np.ndarray  # (pairs,) int64: lists in which the pair is tested
    level: float

    def more(self, other: PairSums) -> PairSums:
        """With those of other lists; `tested` holds all lists in both."""
        return self._replace(units=self.units + other.units, hits=self.hits + other.hits)

    def p(self) -> np.ndarray:
        """P(C >= mean) of a standard Cauchy variable C; NaN for a pair that is tested nowhere."""
        rest = (self.tested - self.hits) * mean_over(self.level)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = (self.units / UNIT + rest) / self.tested
            # arctan(1 / mean) does not lose small p to rounding
            p = np.where(mean > 0, np.arctan(1 / mean) / np.pi, 0.5 - np.arctan(mean) / np.pi)
        return np.where(self.tested > 0, p, np.nan)


def add_up(pair: np.ndarray, p: np.ndarray, tested: np.ndarray, level: float = LEVEL) -> PairSums:
    """Sums over entries, each a `pair` and its `p` in one list; only those with p <= level need be given."""
    small = p <= level
    pair, units = pair[small], np.rint(UNIT / np.tan(np.pi * np.maximum(p[small], SMALLEST))).astype(np.int64)
    total = np.zeros(len(tested), np.int64)
    np.add.at(total, pair, units)
    return PairSums(total, np.bincount(pair, minlength=len(tested)), np.asarray(tested, np.int64), level)


def mean_over(level: float) -> float:
    """The mean of cot(p pi) over uniform p above `level`, those over 0.99 as 0.99."""
    inside = (np.log(np.sin(LARGEST * np.pi)) - np.log(np.sin(level * np.pi))) / np.pi
    return float((inside + (1 - LARGEST) / np.tan(LARGEST * np.pi)) / (1 - level))


def adjusted(p: np.ndarray) -> np.ndarray:
    """Benjamini-Hochberg over the pairs that have a p."""
    from scipy.stats import false_discovery_control

    out = np.full(len(p), np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        out[tested] = false_discovery_control(p[tested])
    return out
