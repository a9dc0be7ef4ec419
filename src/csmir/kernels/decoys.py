"""Decoys: mRNAs that are no putative target of a miRNA, tested with it as its targets are.

What makes targets and miRNAs vary together without regulation does so to other genes as well. Decoys keep the cells
paired, hence the confounding, which a shuffled pairing destroys.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

PER_PAIR = 2
CANDIDATES = 10  # non-targets nearest in detection, of which a pair's decoys are drawn
RESAMPLED = 1000


class Decoys(NamedTuple):
    """Pairs of a miRNA and a non-target, each standing in for a putative pair."""

    pair: np.ndarray  # (decoys,) int64: the pair it stands in for, ascending
    mirna: np.ndarray  # (decoys,) int64
    mrna: np.ndarray  # (decoys,) int64
    weight: np.ndarray  # (decoys,) float64: 1 over the decoys of the pair
    without: int  # pairs that have none


class Share(NamedTuple):
    """How many interactions non-targets have for one of targets."""

    targets: float
    decoys: float
    share: float  # NaN where targets have none
    low: float
    high: float


class Signature(NamedTuple):
    """Shares of p < 1 % among targets and among decoys."""

    targets: float
    decoys: float
    ratio: float
    ratio_se: float  # over miRNAs
    z: float  # (targets - decoys) / its standard error over miRNAs


def draw(
    pair_x: np.ndarray,
    pair_y: np.ndarray,
    listed: np.ndarray,
    detection: np.ndarray,
    expression: np.ndarray,
    *,
    per_pair: int = PER_PAIR,
    seed: int = 0,
) -> Decoys:
    """For every pair, `per_pair` mRNAs that are no putative target of its miRNA, alike in detection.

    Genes are ranked by the share of cells that detect them, then by mean expression; decoys are drawn from the 10
    non-targets nearest in that rank. `listed` (miRNAs, genes) bool holds every putative pair of the prior; `detection`
    and `expression` (genes,). The draws of a miRNA do not depend on the other miRNAs.
    """
    n_genes = len(detection)
    order = np.lexsort((np.arange(n_genes), expression, detection))
    rank = np.empty(n_genes, np.int64)
    rank[order] = np.arange(n_genes)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for r in np.unique(pair_x).tolist():
        at = np.flatnonzero(pair_x == r)
        free = np.sort(rank[~listed[r]])
        if not len(free):
            continue
        rng = np.random.default_rng(np.random.SeedSequence([seed, r]))
        n_near, n_drawn = min(CANDIDATES, len(free)), min(per_pair, len(free))
        near = nearest_of(free, rank[pair_y[at]], n_near)
        drawn = [rng.choice(some, n_drawn, replace=False) for some in near]
        found.append((np.repeat(at, n_drawn), order[np.concatenate(drawn)]))
    if not found:
        none = np.zeros(0, np.int64)
        return Decoys(none, none, none, np.zeros(0), len(pair_x))
    pair, mrna = (np.concatenate(parts) for parts in zip(*found, strict=True))
    first = np.lexsort((mrna, pair))
    pair, mrna = pair[first], mrna[first]
    of_pair = np.bincount(pair, minlength=len(pair_x))
    return Decoys(pair, np.asarray(pair_x)[pair], mrna, 1 / of_pair[pair], int((of_pair == 0).sum()))


def nearest_of(values: np.ndarray, wanted: np.ndarray, k: int) -> np.ndarray:
    """For each of `wanted` the k of ascending `values` that are nearest, ascending; of two as near, the smaller.

    There are k values at least.
    """
    at = np.searchsorted(values, wanted)[:, None] + np.arange(-k, k)
    there = np.clip(at, 0, len(values) - 1)
    distance = np.where(at == there, np.abs(values[there] - wanted[:, None]), np.iinfo(np.int64).max)
    first = np.argsort(distance, axis=1, kind="stable")[:, :k]
    return values[np.sort(np.take_along_axis(there, first, axis=1), axis=1)]


def largest_significant(p: np.ndarray, significant: np.ndarray) -> np.ndarray:
    """The largest p that is an interaction, for each cell of (cells, pairs); -1 for a cell without any."""
    return np.where(significant, p, -1.0).max(axis=1, initial=-1.0)


def share(targets: np.ndarray, decoys: np.ndarray, *, seed: int = 0, n: int = RESAMPLED) -> Share:
    """Decoy interactions for one of targets, with a 95 % interval by resampling mRNAs.

    `targets` and `decoys` (genes,): interactions of each mRNA as a target, and as a decoy, weighted.
    """
    targets, decoys = np.asarray(targets, float), np.asarray(decoys, float)
    total, false = targets.sum(), decoys.sum()
    if total == 0:
        return Share(0.0, float(false), float("nan"), float("nan"), float("nan"))
    used = np.flatnonzero((targets > 0) | (decoys > 0))
    n_genes = len(targets)
    rng = np.random.default_rng(seed)
    times = rng.multinomial(n_genes, np.append(np.full(len(used), 1 / n_genes), 1 - len(used) / n_genes), n)[:, :-1]
    t, d = times @ targets[used], times @ decoys[used]
    drawn = np.divide(d, t, out=np.where(d > 0, np.inf, np.nan), where=t > 0)
    drawn = drawn[~np.isnan(drawn)]
    low, high = (float("nan"),) * 2
    if len(drawn):
        low, high = (float(v) for v in np.quantile(drawn, [0.025, 0.975], method="lower"))
    return Share(float(total), float(false), float(false / total), low, high)


def signature(hits_t: np.ndarray, tests_t: np.ndarray, hits_d: np.ndarray, tests_d: np.ndarray) -> Signature:
    """Shares of small p among targets and decoys, from (miRNAs,) counts; errors by leaving out each miRNA in turn."""
    sums = np.array([hits_t, tests_t, hits_d, tests_d], float)
    has = (sums[1] > 0) & (sums[3] > 0)
    sums = sums[:, has]
    n = int(has.sum())
    if n == 0:
        return Signature(*(float("nan"),) * 5)
    total = sums.sum(axis=1)
    t, d = (float(rate) for rate in _rates(total))
    ratio = t / d if d > 0 else float("nan")
    if n < 2:
        return Signature(t, d, ratio, float("nan"), float("nan"))
    left_t, left_d = _rates(total[:, None] - sums)
    se = _jackknife(left_t - left_d)
    ratio_se = _jackknife(left_t / left_d) if d > 0 and (left_d > 0).all() else float("nan")
    return Signature(t, d, ratio, ratio_se, float((t - d) / se) if se > 0 else float("nan"))


def _rates(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hits over tests of targets and of decoys; there are tests."""
    hits_t, tests_t, hits_d, tests_d = sums
    return hits_t / tests_t, hits_d / tests_d


def _jackknife(left: np.ndarray) -> float:
    """The standard error of a number, from what it is without each miRNA in turn."""
    return float(np.sqrt((len(left) - 1) / len(left) * ((left - left.mean()) ** 2).sum()))
