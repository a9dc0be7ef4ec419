"""Pairs and target sets of the data under two conditions or along a number: correlations, differences and p-values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir._errors import InputError
from csmir.inference.donors import design_of, donor_samples
from csmir.inference.execute import run_blocks
from csmir.inference.pairs import Pairs
from csmir.inference.target_sets import Sides
from csmir.inference.unit_factors import Inside
from csmir.kernels import differential as kernel
from csmir.kernels.target_sets import match_bins, set_scores, unit_ranks

PAIRS_AT_ONCE = 2_048


@dataclass(frozen=True)
class Columns:
    """Two columns a hypothesis: ranks of a miRNA, and of an mRNA or a target score, (samples, hypotheses) by blocks."""

    x: np.ndarray  # (samples, miRNAs) float32
    y: np.ndarray  # (samples, mRNAs or scores) float32
    at_x: np.ndarray  # (hypotheses,)
    at_y: np.ndarray
    factors: Inside | None

    def blocks(self) -> list[slice]:
        """Some hypotheses at a time."""
        return [slice(i, min(i + PAIRS_AT_ONCE, len(self.at_x))) for i in range(0, len(self.at_x), PAIRS_AT_ONCE)]

    def take(self, part: slice) -> tuple[np.ndarray, np.ndarray]:
        """Both columns of some hypotheses, without the factors of their miRNA."""
        u, v = self.x[:, self.at_x[part]], self.y[:, self.at_y[part]]
        if self.factors is None or not self.factors.hidden.n:
            return u, v
        return self.factors.off(u, self.at_x[part]), self.factors.off(v, self.at_x[part])


@dataclass(frozen=True)
class Found:
    """What each hypothesis gives."""

    rho: np.ndarray  # (hypotheses, conditions)
    difference: np.ndarray
    statistic: np.ndarray
    pvalue: np.ndarray


def hypotheses(
    pairs: Pairs, some: Sides, x: np.ndarray, y: np.ndarray, factors: Inside | None, min_targets: int, n_bins: int
) -> Iterator[tuple[str, Columns, pd.DataFrame]]:
    """The pairs, then each miRNA with the score of its targets."""
    names = pd.DataFrame({K.Var.MIRNA: some.mirna_names[pairs.mirna], K.Var.MRNA: some.mrna_names[pairs.mrna]})
    yield "pair", Columns(x, y, pairs.mirna, pairs.mrna, factors), names
    starts = np.searchsorted(pairs.mirna, np.arange(len(some.mirna_names) + 1))
    at = np.flatnonzero(np.diff(starts) >= min_targets) if min_targets else np.empty(0, int)
    targets = [pairs.mrna[starts[i] : starts[i + 1]].astype(np.int64) for i in at]
    scores, n_matched = set_scores(y, targets, match_bins(some.mean, some.seen, n_bins))
    kept = np.flatnonzero(n_matched)
    if len(kept):
        names = pd.DataFrame({K.Var.MIRNA: some.mirna_names[at[kept]], K.Var.MRNA: ""})
        yield "targets", Columns(x, scores.astype(np.float32), at[kept], kept, factors), names


def between_samples(
    columns: Columns, first: np.ndarray, groups: np.ndarray | None, n_held: np.ndarray, *, n_permutations: int,
    seed: int, n_threads: int | None, progress: bool | None,
) -> Found:  # fmt: skip
    """Samples are the unit: labels of samples are permuted, inside `groups` (samples,) if there are any.

    `first` (samples,) bool: those of the first condition. `n_held` (2, or twice as many as groups; the first condition
    first): covariates and factors that were regressed out.
    """
    labels = (~first).astype(np.int64)
    others = kernel.relabelled(labels, n_permutations, np.random.SeedSequence(seed), groups)
    members = np.column_stack([first, others]).astype(np.float32)
    parts = []  # of each group: its rows, who is in the first condition, and how many there are
    for rows, held in zip(_rows(groups, len(first)), n_held.reshape(2, -1).T, strict=True):
        own = members[rows]
        n = np.stack([own.sum(axis=0), (1 - own).sum(axis=0)])
        n[:, 0] -= held  # under permuted labels residuals are residuals no more: nothing is subtracted
        parts.append((rows, own, n))

    def work(block: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        u, v = columns.take(block)
        of_groups = []
        for rows, own, n in parts:
            rho = np.stack([kernel.correlations(u[rows], v[rows], m) for m in (own, 1 - own)], axis=1)
            of_groups.append((rho[:, :, 0], *kernel.two_conditions(rho, n)))
        return _together(of_groups)

    rho, difference, statistic = _stacked(run_blocks(
        work, columns.blocks(), n_threads=n_threads, desc="pairs", progress=progress))  # fmt: skip
    arrangements = prod(kernel.n_arrangements(first[rows]) for rows, *_ in parts)
    p = kernel.pooled_p(statistic[:, 0], statistic[:, 1:], arrangements)
    return Found(rho, difference[:, 0], statistic[:, 0], p)


def between_donors(
    columns: Columns, first: np.ndarray, donors: np.ndarray, groups: np.ndarray | None, n_held: np.ndarray, *,
    n_permutations: int, seed: int, n_threads: int | None, progress: bool | None,
) -> tuple[Found, dict[str, float | str]]:  # fmt: skip
    """Donors are the unit: one z a donor and condition (and group). Returns what was found, and the design.

    `n_held` (samples of a donor, in their order): as between samples.
    """
    types = np.zeros(len(first), int) if groups is None else groups
    samples = donor_samples(donors, first, types)
    held = dict(zip(samples, n_held, strict=True))
    design = design_of(samples, n_permutations, np.random.SeedSequence(seed))
    parts = []  # of each group: its rows, its samples (rows, samples), what each is worth, which are of the first
    # condition, and the arrangements of their donors
    for group, rows in zip(np.unique(types), _rows(groups, len(first)), strict=True):
        own, who = design.inside(int(group))
        if not own:
            continue
        members = [(donors[rows] == s.donor) & (first[rows] != s.second) for s in own]
        of_sample = np.column_stack(members).astype(np.float32)
        n = of_sample.sum(axis=0, dtype=float) - [held[s] for s in own]
        parts.append((rows, of_sample, n, np.array([not s.second for s in own]), design.arranged[who]))

    def work(block: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        u, v = columns.take(block)
        of_groups = []
        for rows, members, n, is_first, arranged in parts:
            z, variance = kernel.fisher(kernel.correlations(u[rows], v[rows], members), n)
            means = [np.tanh(kernel.weighted_mean(z[:, c], variance[:, c])[0]) for c in (is_first, ~is_first)]
            of_groups.append((np.stack(means, axis=1), *design.compare(z, variance, arranged)))
        return _together(of_groups)

    rho, difference, statistic = _stacked(run_blocks(
        work, columns.blocks(), n_threads=n_threads, desc="pairs", progress=progress))  # fmt: skip
    p = kernel.pooled_p(statistic[:, 0], statistic[:, 1:], 1 / design.smallest_p)
    return Found(rho, difference[:, 0], statistic[:, 0], p), design.noted()


def _rows(groups: np.ndarray | None, n: int) -> list[np.ndarray | slice]:
    """The rows of each group, in their order; all of them without groups."""
    return [slice(0, n)] if groups is None else [np.flatnonzero(groups == g) for g in np.unique(groups)]


def _together(of_groups: Sequence[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Correlations, differences and statistics over groups, each with correlations, differences and variances."""
    rho, differences, variances = (list(v) for v in zip(*of_groups, strict=True))
    if len(rho) > 1:
        weights = np.stack([1 / v[:, :1] for v in variances])
        rho = [np.tanh((np.stack([np.arctanh(r) for r in rho]) * weights).sum(axis=0) / weights.sum(axis=0))]
    return rho[0], *kernel.studentised(differences, variances)


def along(
    columns: Columns, number: np.ndarray, *, n_permutations: int, seed: int, n_threads: int | None,
    progress: bool | None,
) -> Found:  # fmt: skip
    """Whether the product of both genes' ranks, whose mean is their correlation, changes along a number."""
    t = unit_ranks(number[:, None])[:, 0]
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    orders = np.column_stack([t, rng.permuted(np.tile(t, (n_permutations, 1)), axis=1).T]).astype(np.float32)

    def work(part: slice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        u, v = columns.take(part)
        product = u * v
        rho = product.mean(axis=0)
        product -= rho
        sd = product.std(axis=0)
        slope = product.T @ orders
        scaled = np.divide(slope, sd[:, None], out=np.zeros_like(slope), where=sd[:, None] > 1e-6)
        return rho[:, None], slope / np.sqrt(len(t)), scaled

    rho, slope, statistic = _stacked(run_blocks(
        work, columns.blocks(), n_threads=n_threads, desc="pairs", progress=progress))  # fmt: skip
    p = kernel.pooled_p(statistic[:, 0], statistic[:, 1:], np.inf)
    return Found(rho, slope[:, 0], statistic[:, 0], p)


def _stacked(parts: Iterator[tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
    """Blocks one below the other; of no hypotheses, an error."""
    rows = list(parts)
    if not rows:
        raise InputError("There is no pair to test. Give a prior with `net`, or lower `min_targets`.")
    return tuple(np.concatenate(column) for column in zip(*rows, strict=True))


def table_of(kind: str, names: pd.DataFrame, found: Found, number: bool) -> pd.DataFrame:
    """One kind of hypotheses as rows of the result: correlations, differences, p and q."""
    from scipy.stats import false_discovery_control

    rho = (
        {"correlation": found.rho[:, 0]}
        if number
        else dict(zip(("correlation_group", "correlation_reference"), found.rho.T, strict=True))
    )
    return pd.DataFrame(
        {"kind": kind} | {c: names[c].to_numpy() for c in names} | rho | {
            "difference": found.difference, "statistic": found.statistic,
            K.Var.PVALUE: found.pvalue, K.Var.QVALUE: false_discovery_control(found.pvalue),
        }
    )  # fmt: skip
