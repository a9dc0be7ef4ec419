"""What both nulls say of networks, in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from csmir.inference.non_targets import Counts

if TYPE_CHECKING:
    from csmir.kernels.decoys import Signature

NOMINAL = 0.05
AS_MANY = 0.5  # of the interactions, at non-targets: no positive sentence
SMALL = 0.01  # p that the signature counts: so many are nominal
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
    small: Signature | None = None,
) -> Verdict:
    """Judge `observed` interactions by those of shuffled pairings and, unless `why` not, of non-targets.

    `circular` says why neither can tell, since the miRNAs were inferred from the mRNAs. `small`: how
    often targets and non-targets have a small p (the signature), which few interactions do not make noisy.
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
    if not decoys.interval[1] < AS_MANY or (small is not None and not sets_apart(small)):
        rates = "" if small is None else f" (p < 1 % for {small.targets:.1%} of targets, {small.decoys:.1%} of these)"
        return Verdict(
            f"{counted}: more than a shuffled pairing gives, but too few to be told from what moves non-targets as "
            f"well{rates}. Do not read single interactions; adjust for what may move both (`covariates=`, `factors=`).",
            False,
            p,
        )
    return Verdict(
        f"{counted}: more than either gives. Of the interactions, {by_chance} are what a shuffled pairing gives and "
        f"{decoys.share:.0%} what non-targets give.",
        True,
        p,
    )


def sets_apart(small: Signature) -> bool:
    """Whether small p tell targets from non-targets: these are nominal, or clearly fewer.

    Where non-targets have more than the nominal share, something moves them, and it moves targets too: targets must
    have more by two standard errors, and of what they have beyond nominal, non-targets less than half.
    """
    if small.decoys <= SMALL:
        return True
    return bool(small.z >= STANDARD_ERRORS and small.decoys - SMALL < AS_MANY * (small.targets - SMALL))
