"""Sets of targets of miRNAs or seed families in the data: who is in them, what they are matched with, and p-values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._log import logger
from csmir.inference.execute import run_blocks
from csmir.inference.expression import stored_floor
from csmir.inference.pairs import Pairs
from csmir.inference.sweep import NothingToTest
from csmir.kernels import target_sets as kernel

SHARE_OF_CELLS = 0.1  # in which a gene is detected, by default


@dataclass(frozen=True)
class Sides:
    """What is left of both modalities after the thresholds, dense, cells x features."""

    mirna: np.ndarray
    mirna_names: pd.Index
    mrna: np.ndarray
    mrna_names: pd.Index
    mean: np.ndarray  # (mRNAs,)
    seen: np.ndarray  # (mRNAs,) share of the cells
    mirna_at: np.ndarray  # (miRNAs,) positions in the data
    mrna_at: np.ndarray

    def within(self, pairs: Pairs) -> Pairs:
        """The pairs of which both ends are left, by their places here."""
        new = []
        for at, n in ((self.mirna_at, pairs.n_mirnas), (self.mrna_at, pairs.n_mrnas)):
            place = np.full(n, -1, np.int32)
            place[at] = np.arange(len(at), dtype=np.int32)
            new.append(place)
        x, y = new[0][pairs.mirna], new[1][pairs.mrna]
        both = (x >= 0) & (y >= 0)
        return Pairs(x[both], y[both], len(self.mirna_at), len(self.mrna_at))


@dataclass(frozen=True)
class TargetSets:
    """Sets that can be tested: those of enough targets and with genes to match."""

    names: list[str]
    regulator: np.ndarray  # (cells, sets) level of the miRNA or family
    targets: list[np.ndarray]  # positions of mRNAs
    members: list[str]  # miRNAs of the data behind each, joined by ", "
    scores: np.ndarray  # (cells, sets) the target score: mean rank of the targets less that of the matched
    n_background: np.ndarray  # (sets,)
    unadjusted: tuple[np.ndarray, np.ndarray]  # level and scores before nuisance is regressed out
    genes: np.ndarray  # (cells, mRNAs) the unit ranks that scores are made of
    bins: np.ndarray  # (mRNAs,) in which they are matched
    specificity: np.ndarray  # (sets,) before factors, which would take what a miRNA does to other sets for hidden


def sides(data: _mudata.Paired, min_expression: float | None, min_cells: int | None) -> Sides:
    """Both matrices without what is seen in too few cells, or, of mRNAs, expressed too little."""
    n_cells = len(data.cells)
    least = max(3, int(np.ceil(SHARE_OF_CELLS * n_cells))) if min_cells is None else min_cells
    x, y = (
        check.finite_matrix(f"The {name} matrix", _mudata.dense(v))
        for name, v in (("miRNA", data.mirna), ("mRNA", data.mrna))
    )
    seen_x, seen_y = ((v > stored_floor(v)).sum(axis=0) for v in (x, y))
    mean = y.mean(axis=0)
    kept_x = seen_x >= least
    kept_y = (seen_y >= least) & (True if min_expression is None else mean > min_expression)
    if not kept_x.any() or not kept_y.any():
        raise NothingToTest(
            f"{kept_x.sum()} miRNAs and {kept_y.sum()} mRNAs are detected in {least} cells or more"
            + ("" if min_expression is None else f" and, of mRNAs, over {min_expression:g} on average")
            + ": nothing to test. Lower `min_cells` or `min_expression`."
        )
    return Sides(
        x[:, kept_x], data.mirna_names[kept_x], y[:, kept_y], data.mrna_names[kept_y], mean[kept_y],
        seen_y[kept_y] / n_cells, np.flatnonzero(kept_x), np.flatnonzero(kept_y),
    )  # fmt: skip


def sets_of(
    pairs: Pairs, some: Sides, families: Mapping[str, list[str]] | None, *, min_targets: int, n_bins: int,
    match: str, strata: np.ndarray | None, nuisance: np.ndarray | None,
) -> TargetSets:  # fmt: skip
    """The sets of `pairs` with `min_targets` mRNAs or more; `families` are names with their miRNAs, None takes each.

    The level of a family is the mean of its miRNAs' ranks; its targets are those of any of them. Genes are ranked
    inside `strata`, and what `nuisance` (cells, columns) explains of the ranks is regressed out.
    """
    groups = {str(n): [str(n)] for n in some.mirna_names} if families is None else families
    places, targets, names = [], [], []
    starts = np.searchsorted(pairs.mirna, np.arange(len(some.mirna_names) + 1))
    varies = np.ptp(some.mirna, axis=0) > 0
    for name, listed in groups.items():
        at = some.mirna_names.get_indexer(pd.Index(listed))
        at = np.sort(at[at >= 0])
        own = np.unique(np.concatenate([np.empty(0, np.int32), *(pairs.mrna[starts[a] : starts[a + 1]] for a in at)]))
        if len(own) >= min_targets and varies[at].any():
            names.append(name)
            places.append(at)
            targets.append(own.astype(np.int64))
    if not names:
        raise NothingToTest(
            f"No {'miRNA' if families is None else 'family'} has {min_targets} targets among the "
            f"{len(some.mrna_names):,} mRNAs that are left. Lower `min_targets`, `min_cells` or `min_expression`, or "
            "take a larger prior."
        )
    bins = _bins(pairs, some, n_bins, match)

    def both(ranks: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, ...]:
        of_mirnas, genes = ranks(some.mirna), ranks(some.mrna)
        level = np.column_stack([kernel.unit(of_mirnas[:, at].mean(axis=1, keepdims=True)) for at in places])
        return genes, level, *kernel.set_scores(genes, targets, bins)

    _, plain_level, plain_scores, n_background = genes, level, scores, _ = both(kernel.unit_ranks)
    if strata is not None or nuisance is not None:
        genes, level, scores, _ = both(_ranks(some, strata, nuisance))
    alone = np.flatnonzero(n_background == 0)
    if len(alone):
        logger.warning(
            "targeting: %d sets hold every gene there is and have nothing to be matched with: %s; left out",
            len(alone), check.listing(names[i] for i in alone),
        )  # fmt: skip
    kept = np.flatnonzero(n_background)
    if not len(kept):
        raise NothingToTest("Every mRNA is a target of each miRNA: there is no gene to match targets with.")
    members = [", ".join(some.mirna_names[places[i]]) for i in kept]
    level, scores, targets = level[:, kept], scores[:, kept], [targets[i] for i in kept]
    return TargetSets(
        [names[i] for i in kept], level, targets, members, scores, n_background[kept],
        (plain_level[:, kept], plain_scores[:, kept]), genes, bins, kernel.specificity(scores, level, targets),
    )  # fmt: skip


def _bins(pairs: Pairs, some: Sides, n_bins: int, match: str) -> np.ndarray:
    """The bin in which each mRNA is matched."""
    if match == "listed":
        n_listed = np.bincount(pairs.mrna, minlength=len(some.mrna_names))
        return kernel.match_bins_listed(some.mean, n_listed, n_bins)
    return kernel.match_bins(some.mean, some.seen, n_bins)


def _ranks(some: Sides, strata: np.ndarray | None, nuisance: np.ndarray | None) -> Callable[[np.ndarray], np.ndarray]:
    """How genes are ranked: over all cells, or inside strata and less what is known."""
    if strata is None and nuisance is None:
        return kernel.unit_ranks
    inside = np.zeros(len(some.mrna), np.int64) if strata is None else strata
    return partial(kernel.ranks_inside, strata=inside, nuisance=nuisance)


def correlations(sets: TargetSets, at: int, columns: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rank correlations of one set's regulator with every mRNA, which are targets, and weights of the matched others.

    The mean over the targets less the weighted mean over the others is the set's shift. `columns` (cells, factors) are
    what was regressed out of the regulator, and is out of the mRNAs.
    """
    weights = kernel.contrast(sets.targets[at], sets.bins)
    if weights is None:  # sets without genes to match were left out
        raise ValueError("a set without genes to match")
    genes = sets.genes if columns is None else kernel.unit(sets.genes - columns @ (columns.T @ sets.genes))
    return genes.T @ sets.regulator[:, at], weights > 0, np.maximum(-weights, 0)


def stretch_of(n_cells: int, strata: np.ndarray | None, n_held: np.ndarray, n_factors: int) -> float:
    """How much wider shifts are than those of permuted residuals, with `n_held` columns regressed out of each stratum.

    A correlation of residuals has variance 1 / (n - 1 - k), one with permuted residuals, which are no longer free of
    the columns, 1 / (n - 1). Strata weigh as much as they have cells.
    """
    size = np.array([n_cells]) if strata is None else np.bincount(strata)
    some = size - 1 - n_held > 0
    size, n_held = size[some], n_held[some]
    before, left = (size**2 / (size - 1)).sum(), (size**2 / (size - 1 - n_held)).sum()
    if not len(size):
        return 1.0
    free = (size - 1 - n_held).sum()
    return float(np.sqrt(left / before * free / max(free - n_factors, 1)))


def shift_table(
    sets: TargetSets, strata: np.ndarray | None, *, n_held: np.ndarray, n_factors: int, n_permutations: int, seed: int,
    n_threads: int | None, progress: bool | None,
) -> pd.DataFrame:  # fmt: skip
    """Shift, its spread under permutation, one-sided p for repression and q of every set, in their order."""
    from scipy.stats import false_discovery_control

    shift = np.einsum("ks,ks->s", sets.scores, sets.regulator)
    scores, level = (np.ascontiguousarray(v.T) for v in (sets.scores, sets.regulator))
    sizes = [kernel.PERMUTATIONS_AT_ONCE] * (n_permutations // kernel.PERMUTATIONS_AT_ONCE)
    sizes += [n_permutations % kernel.PERMUTATIONS_AT_ONCE] * (n_permutations % kernel.PERMUTATIONS_AT_ONCE > 0)
    tasks = list(zip(sizes, np.random.SeedSequence(seed).spawn(len(sizes)), strict=True))

    def work(task: tuple[int, np.random.SeedSequence]) -> tuple[np.ndarray, np.ndarray]:
        found = kernel.permuted_shifts(scores, level, kernel.orders(task[1], task[0], scores.shape[1], strata))
        found *= stretch
        return (found <= shift + kernel.TIE).sum(axis=0), (found**2).sum(axis=0)

    stretch = stretch_of(scores.shape[1], strata, n_held, n_factors)
    below, square = np.zeros(len(shift), np.int64), np.zeros(len(shift))
    for n_below, squares in run_blocks(work, tasks, n_threads=n_threads, desc="permutations", progress=progress):
        below += n_below
        square += squares
    p = (1 + below) / (1 + n_permutations)
    return pd.DataFrame(
        {
            K.Var.SHIFT: shift,
            K.Var.SHIFT_SD: np.sqrt(square / n_permutations),
            K.Var.PVALUE: p,
            K.Var.QVALUE: false_discovery_control(p),
            K.Var.SPECIFICITY: sets.specificity,
            K.Var.N_TARGETS: np.array([len(t) for t in sets.targets], np.int32),
            K.Var.N_BACKGROUND: sets.n_background.astype(np.int32),
        },
        index=pd.Index(sets.names),
    )
