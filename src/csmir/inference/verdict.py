"""What both nulls say of networks, in one sentence."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from csmir.inference.non_targets import Counts

NOMINAL = 0.05
AS_MANY = 0.5  # of the interactions, at non-targets: no positive sentence
STANDARD_ERRORS = 2.0  # by which targets have more small p than non-targets: no positive sentence below


class Verdict(NamedTuple):
    """One sentence, and whether it is a positive one."""

    text: str
    positive: bool
    pvalue: float


def pairing_p(observed: int, shuffled: np.ndarray) -> float:
    """(1 + how many shuffles have as many interactions or more) / (1 + shuffles)."""
    return float((1 + (np.asarray(shuffled) >= observed).sum()) / (1 + len(shuffled)))


def verdict(
    observed: int,
    shuffled: np.ndarray,
    decoys: Counts | None = None,
    why: str = "",
    circular: str = "",
    z: float | None = None,
) -> Verdict:
    """Judge `observed` interactions by those of shuffled pairings and, unless `why` not, of non-targets.

    `circular` says why neither can tell, since the miRNAs were inferred from the mRNAs. `z`: by how many standard
    errors targets have a small p more often than non-targets (the signature), which few interactions do not make noisy.
    """
    p, mean = pairing_p(observed, shuffled), float(np.mean(shuffled))
    counted = (
        f"{observed:,} interactions in the data, {mean:,.0f} on average ({np.min(shuffled):,} to "
        f"{np.max(shuffled):,}) in {len(shuffled)} shuffled pairings (p = {p:.2g})"
    )
    if observed == 0:
        return Verdict(f"{counted}: nothing was found.", False, p)
    if circular:
        return Verdict(f"{counted}. Neither says that it is regulation: {circular}", False, p)
    share = mean / observed
    if decoys is not None:
        low, high = decoys.interval
        of_targets = f"{decoys.share:.0%} as many" if decoys.share < 10 else "more than ten times as many"
        interval = f" (95 % interval {low:.0%} to {high:.0%})" if np.isfinite(decoys.interval).all() else ""
        counted += f"; non-targets give {of_targets}{interval}"
    if p > NOMINAL:
        if 1 / (1 + len(shuffled)) > NOMINAL and p <= 1 / (1 + len(shuffled)):
            return Verdict(
                f"{counted}: more than in any shuffle, but {len(shuffled)} shuffles cannot tell. Take 20 or more.",
                False,
                p,
            )
        return Verdict(f"{counted}: no more than chance gives. The networks do not show regulation.", False, p)
    if share >= AS_MANY:
        return Verdict(
            f"{counted}: most of them ({share:.0%}) are what chance gives. Do not read single interactions.", False, p
        )
    by_chance = f"{share:.0%}" if share >= 0.1 else f"{share:.1%}"
    if decoys is None:
        return Verdict(
            f"{counted}: {by_chance} of them are what chance gives. What moves genes together without regulation is "
            f"not known, since {why}.",
            False,
            p,
        )
    if not decoys.share < AS_MANY:
        return Verdict(
            f"{counted}: more than a shuffled pairing gives, but what moves targets and miRNAs together here moves "
            "non-targets as well. Do not read single interactions; adjust for it (`covariates=`, `factors=`).",
            False,
            p,
        )
    if not decoys.interval[1] < AS_MANY or (z is not None and not z >= STANDARD_ERRORS):
        small = "" if z is None else f" (small p are {z:.1f} standard errors more frequent among targets)"
        return Verdict(
            f"{counted}: more than a shuffled pairing gives, but too few to be told from what moves non-targets as "
            f"well{small}. Do not read single interactions; adjust for what may move both (`covariates=`, `factors=`).",
            False,
            p,
        )
    return Verdict(
        f"{counted}: more than either gives. Of the interactions, {by_chance} are what a shuffled pairing gives and "
        f"{decoys.share:.0%} what non-targets give.",
        True,
        p,
    )
