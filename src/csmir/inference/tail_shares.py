"""How often targets and decoys have a small p, for several numbers of factors at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from csmir.inference.execute import run_blocks

if TYPE_CHECKING:
    from csmir.inference.own_columns import Own
    from csmir.kernels.decoys import Signature
    from csmir.kernels.local_adjust import Adjustment
    from csmir.kernels.local_means import Means

LEVEL = 0.01
GENES_AT_ONCE = 64
MOST_LISTS = 100  # that are counted in: lists of cells nearby are nearly the same
MOST_MEASURED = 200_000  # miRNAs x lists at once: each takes 1 kB and more with factors


class Beside(NamedTuple):
    """Putative pairs, and non-targets beside them."""

    target_x: np.ndarray  # (pairs,) miRNAs
    target_y: np.ndarray  # (pairs,) mRNAs
    decoy_x: np.ndarray
    decoy_y: np.ndarray

    def of(self, mirnas: np.ndarray) -> Beside:
        """The pairs of some miRNAs."""
        target, decoy = np.isin(self.target_x, mirnas), np.isin(self.decoy_x, mirnas)
        return Beside(self.target_x[target], self.target_y[target], self.decoy_x[decoy], self.decoy_y[decoy])


class Shares(NamedTuple):
    """Counts by number of factors and miRNA."""

    hits_t: np.ndarray  # (factors, miRNAs) cells with p < 1 %, over the targets
    tests_t: np.ndarray  # (miRNAs,) cells tested
    hits_d: np.ndarray
    tests_d: np.ndarray

    def of(self, some: np.ndarray) -> list[Signature]:
        """Shares for each number of factors over some miRNAs (bool)."""
        from csmir.kernels.decoys import signature

        return [
            signature(t[some], self.tests_t[some], d[some], self.tests_d[some])
            for t, d in zip(self.hits_t, self.hits_d, strict=True)
        ]

    @property
    def all(self) -> list[Signature]:
        """Shares for each number of factors, over all miRNAs."""
        return self.of(np.ones(len(self.tests_t), bool))


def signature(
    x: Any,
    y: Any,
    means: Means,
    beside: Beside,
    adjustment: Adjustment | None,
    n_factors: int,
    n_threads: int | None,
    own: Own | None = None,
) -> pd.DataFrame:
    """Targets against non-targets on both sides: a third null, of which regulation moves one side only."""
    rows = {}
    for side, alternative in (("repression", "less"), ("activation", "greater")):
        found = tail_shares(
            x, y, means, beside, adjustment, (n_factors,), alternative=alternative, n_threads=n_threads, own=own
        ).all[0]
        rows[side] = found._asdict()
    return pd.DataFrame.from_dict(rows, orient="index")


def looked_at(sides: pd.DataFrame, direction: str) -> Signature:
    """The signature of the side on which interactions were looked for, or the clearer one of both."""
    from csmir.kernels.decoys import Signature

    if direction == "both":
        direction = str(sides["z"].fillna(-np.inf).idxmax())
    return Signature(*sides.loc[direction, list(Signature._fields)].astype(float))


def tail_shares(
    x: Any,
    y: Any,
    means: Means,
    beside: Beside,
    adjustment: Adjustment | None,
    tried: tuple[int, ...],
    *,
    alternative: str,
    n_threads: int | None = None,
    own: Own | None = None,
) -> Shares:
    """Count p < 1 % among targets and decoys around 100 cells; `tried` are numbers of factors, ascending.

    With `own`, pairs are adjusted for their miRNA's parents and their mRNA's transcription, too.
    """
    of_sets = [
        tail_shares(x, y, means, some, held, tried, alternative=alternative, n_threads=n_threads)
        for some, held in ([] if own is None else _by_own(beside, adjustment, own, means))
    ]
    if of_sets:
        return _sum(of_sets)
    from csmir.kernels.local_adjust import lay_ground
    from csmir.kernels.local_inference import count_below
    from csmir.kernels.local_moments import join, measure
    from csmir.kernels.two_steps import some_of

    means = some_of(means, MOST_LISTS)
    used = np.unique(np.concatenate([beside.target_x, beside.decoy_x]))
    at_once = max(1, MOST_MEASURED // len(means.n_eff))
    if len(used) > at_once:
        few = [beside.of(used[i : i + at_once]) for i in range(0, len(used), at_once)]
        options: dict[str, Any] = {"alternative": alternative, "n_threads": n_threads}
        return _sum([tail_shares(x, y, means, some, adjustment, tried, **options) for some in few])
    ground = None
    if adjustment is not None:
        loadings = adjustment.loadings
        own = None if loadings is None else loadings[used][:, :, : max(tried)]
        ground = lay_ground(adjustment._replace(loadings=own), means)
    floor_x, floor_y = (getattr(v, "floor", 0.0) for v in (x, y))
    parts = [used[i : i + GENES_AT_ONCE] for i in range(0, len(used), GENES_AT_ONCE)]
    made = run_blocks(
        lambda part: measure(x[part], means, floor=floor_x, ground=ground),
        parts, n_threads=n_threads, desc="miRNAs", progress=False,
    )  # fmt: skip
    genes_x = join(made, len(used))
    pair_x = np.searchsorted(used, np.concatenate([beside.target_x, beside.decoy_x]))
    pair_y = np.concatenate([beside.target_y, beside.decoy_y])
    is_target = np.arange(len(pair_x)) < len(beside.target_x)
    every = np.unique(pair_y)

    def work(part: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        genes_y = measure(y[part], means, floor=floor_y, ground=ground)
        at = np.flatnonzero((pair_y >= part[0]) & (pair_y <= part[-1]))
        below, tested = count_below(
            genes_x, genes_y, means, pair_x[at], np.searchsorted(part, pair_y[at]),
            alpha=LEVEL, alternative=alternative, ground=ground, prefixes=tried,
        )  # fmt: skip
        return at, below, tested

    hits = np.zeros((2, len(tried), x.shape[0]), np.int64)
    tests = np.zeros((2, hits.shape[2]), np.int64)
    parts = [every[i : i + GENES_AT_ONCE] for i in range(0, len(every), GENES_AT_ONCE)]
    for at, below, tested in run_blocks(work, parts, n_threads=n_threads, desc="non-targets", progress=False):
        mirna = used[pair_x[at]]
        for kind, those in enumerate((is_target[at], ~is_target[at])):
            np.add.at(tests[kind], mirna[those], tested[those])
            for k in range(len(tried)):
                np.add.at(hits[kind, k], mirna[those], below[k][those])
    return Shares(hits[0], tests[0], hits[1], tests[1])


def _sum(parts: list[Shares]) -> Shares:
    """Counts of sets of pairs, put together."""
    return Shares(*(sum(counts[1:], counts[0]) for counts in zip(*parts, strict=True)))


def _by_own(
    beside: Beside, adjustment: Adjustment | None, own: Own, means: Means
) -> Iterator[tuple[Beside, Adjustment]]:
    """Pairs with the same columns of their own, and these beside the common ones."""
    from csmir.kernels.local_adjust import Adjustment as Held

    base = Held(np.zeros((len(means.order), 0))) if adjustment is None else adjustment
    sets: dict[tuple[Any, ...], tuple[list[int], list[int]]] = {}
    for kind, (mirnas, mrnas) in enumerate(((beside.target_x, beside.target_y), (beside.decoy_x, beside.decoy_y))):
        for i, (r, t) in enumerate(zip(mirnas.tolist(), mrnas.tolist(), strict=True)):
            if t not in own.genes[r]:
                key = (own.parents[r], t if own.transcription is not None else -1)
                sets.setdefault(key, ([], []))[kind].append(i)
    for (parents, t), (targets, decoys) in sets.items():
        columns = [base.common, own.columns[:, list(parents)], *own.level(t)]
        of = np.array(targets, np.int64), np.array(decoys, np.int64)
        some = Beside(beside.target_x[of[0]], beside.target_y[of[0]], beside.decoy_x[of[1]], beside.decoy_y[of[1]])
        yield some, base._replace(common=np.concatenate(columns, axis=1))
