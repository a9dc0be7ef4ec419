"""Donors whose correlations are compared between two conditions: which of them can be, and how their labels trade."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from csmir._errors import InputError
from csmir._log import logger
from csmir.kernels import differential as kernel

FEWEST = 2  # donors of a condition


class Sample(NamedTuple):
    """The cells of a donor under one condition, of one group: they have one correlation."""

    donor: int
    second: bool  # condition
    group: int


class Design(NamedTuple):
    """Which donors are compared, and what could have been had instead."""

    samples: list[Sample]
    donors: list[int]
    paired: bool  # each donor has both conditions
    arranged: np.ndarray  # (donors, 1 + others): signs of the donors if paired, or who is of the first condition
    n_arrangements: float
    words: str

    @property
    def smallest_p(self) -> float:
        """The smallest p that can be had.

        The mirror image of equally many donors, or of all signs, is as far from 0: two arrangements are the most
        extreme.
        """
        mirrored = self.paired or 2 * int(self.arranged[:, 0].sum()) == len(self.donors)
        return (2 if mirrored else 1) / self.n_arrangements

    @property
    def compare(self) -> Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
        """Differences and their variances under each arrangement, of z and its variance of some samples."""
        return kernel.paired if self.paired else kernel.unpaired

    def inside(self, group: int) -> tuple[list[Sample], list[int]]:
        """Samples of a group, the first condition first, and the places of the donors that `compare` arranges."""
        own = sorted((s for s in self.samples if s.group == group), key=lambda s: (s.second, s.donor))
        return own, [self.donors.index(s.donor) for s in (own[: len(own) // 2] if self.paired else own)]

    def noted(self) -> dict[str, float | str]:
        """What to record; says so where no p can be small."""
        if self.smallest_p > 0.05:
            logger.warning(
                "differential: with %s there are %d arrangements of the labels: the smallest p that can be had is %.2g "
                "(%.2g on one side). These donors cannot show a difference, whatever the cells",
                self.words, self.n_arrangements, self.smallest_p, 1 / self.n_arrangements,
            )  # fmt: skip
        return {"design": self.words, "smallest_pvalue": self.smallest_p}


def donor_samples(donors: np.ndarray, first: np.ndarray, groups: np.ndarray) -> list[Sample]:
    """What there is, in order: by donor, then the first condition, then by group."""
    there = set(zip(donors.tolist(), (~first).tolist(), groups.tolist(), strict=True))
    return [Sample(*s) for s in sorted(there)]


def design_of(samples: list[Sample], n_permutations: int, seeds: np.random.SeedSequence) -> Design:
    """Donors with both conditions are paired, if there are any; else those of one condition with those of the other."""
    of_first, of_second = ({(s.donor, s.group) for s in samples if s.second is side} for side in (False, True))
    both = of_first & of_second
    if both:
        return _paired([s for s in samples if (s.donor, s.group) in both], samples, n_permutations, seeds)
    return _unpaired(samples, n_permutations, seeds)


def _paired(samples: list[Sample], every: list[Sample], n_permutations: int, seeds: np.random.SeedSequence) -> Design:
    donors = sorted({s.donor for s in samples})
    alone = len({s.donor for s in every}) - len(donors)
    if alone:
        logger.warning(
            "differential: %d donors have one condition only and are left out; the other %d have both and are "
            "paired. To compare donors of one condition each, leave the cells of those with both out",
            alone, len(donors),
        )  # fmt: skip
    signs = np.column_stack([np.ones(len(donors)), kernel.flipped(len(donors), n_permutations, seeds)])
    return Design(samples, donors, True, signs, 2.0 ** len(donors), f"{len(donors)} donors with both conditions")


def _unpaired(samples: list[Sample], n_permutations: int, seeds: np.random.SeedSequence) -> Design:
    donors, of_first = sorted({s.donor for s in samples}), {s.donor for s in samples if not s.second}
    labels = np.array([int(d not in of_first) for d in donors])
    n_first, n_second = int((labels == 0).sum()), int((labels == 1).sum())
    if min(n_first, n_second) < FEWEST:
        raise InputError(
            f"{n_first} donors have one condition and {n_second} the other; a difference between donors needs at "
            f"least {FEWEST} of each. Without `sample=` the cells are taken as the unit, and the result speaks of "
            "these cells only."
        )
    arranged = np.column_stack([labels == 0, kernel.relabelled(labels, n_permutations, seeds)]).astype(bool)
    return Design(samples, donors, False, arranged, kernel.n_arrangements(labels), f"{n_first} + {n_second} donors")
