"""Choice of pairs by species, database, evidence and score."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir._log import logger
from csmir._names import mirbase
from csmir._names import species as species_names
from csmir.priors import _tidy


@fill
def filter(  # noqa: A001
    net: pd.DataFrame,
    *,
    species: str | int | species_names.Species | None = None,
    prior: str | Iterable[str] | None = None,
    evidence: str | Iterable[str] | None = None,
    score: str | None = None,
    min_score: float | None = None,
    max_score: float | None = None,
) -> pd.DataFrame:
    """Choose pairs of a prior by species, database, evidence or score.

    A pair stays if it meets every condition given. How many left, and why, is logged.

    Parameters
    ----------
    %(net)s
    species
        Keep miRNAs with the prefix of this species (`"Homo sapiens"`, `"hsa"`, 9606). Names without a prefix stay and
        are counted in the log, for they do not say.
    prior
        Keep pairs that at least one of these databases has (column `prior`).
    evidence
        Keep pairs with at least one of these kinds of evidence (column `evidence`).
    score
        Column that `min_score` and `max_score` look at. None takes the only one of `pct`, `context_score`, `n_clip`,
        `n_papers`, `n_records` and `weight` that there is.
    min_score, max_score
        Keep pairs whose score is at least, or at most, this. Pairs without a score leave: choose before
        :func:`csmir.priors.union`, if only one of the priors has it.

    Returns
    -------
    The chosen rows, renumbered.

    Raises
    ------
    InputError
        If a column is missing, a word occurs nowhere in it, or no pair is left.

    Examples
    --------
    >>> import pandas as pd
    >>> import csmir as cs
    >>> net = pd.DataFrame(
    ...     {"source": ["hsa-miR-1", "hsa-miR-2", "mmu-miR-2"], "target": ["A", "B", "C"], "pct": [0.9, 0.2, 0.8]}
    ... )
    >>> cs.priors.filter(net, species="human", min_score=0.5)
          source target  pct
    0  hsa-miR-1      A  0.9
    """
    net = check.net(net)
    left_out: dict[str, int] = {}
    n_before = len(net)

    def keep(rows: pd.Series, why: str) -> None:
        nonlocal net
        left_out[why] = int((~rows).sum())
        net = net[rows]

    if species is not None:
        wanted = species_names.species(species)
        if wanted.prefix is None:
            raise InputError(f"miRNA names carry no prefix for {wanted}; give the miRBase prefix (`species='hsa'`).")
        prefixes = {n: species_names.prefix(mirbase.accessions().get(n, n)) for n in net[K.SOURCE].unique()}
        found = net[K.SOURCE].astype(object).map(prefixes)
        if found.isna().any():
            logger.info("filter: %s pairs whose miRNA has no species prefix stay", f"{int(found.isna().sum()):,}")
        keep(found.isna() | (found == wanted.prefix), "of other species")
    for column, value in ((K.PRIOR, prior), (K.EVIDENCE, evidence)):
        if value is not None:
            keep(_has_word(net, column, value), f"of other {column}")
    if min_score is not None or max_score is not None or score is not None:
        column = _score_column(net, score)
        low = -np.inf if min_score is None else check.number("min_score", min_score, low=-np.inf)
        high = np.inf if max_score is None else check.number("max_score", max_score, low=-np.inf)
        keep(net[column].between(low, high), f"with another {column}, or none")
    reasons = ", ".join(f"{n:,} {why}" for why, n in left_out.items() if n)
    if net.empty:
        raise InputError(f"No pair is left of {n_before:,} ({reasons}). Relax the conditions.")
    if reasons:
        logger.info("filter: %s of %s pairs stay (%s left)", f"{len(net):,}", f"{n_before:,}", reasons)
    return net.reset_index(drop=True)


def _has_word(net: pd.DataFrame, column: str, value: str | Iterable[str]) -> pd.Series:
    if column not in net:
        raise InputError(f"The prior has no column {column!r}; it has {check.listing(net.columns, 8)}.")
    texts = net[column].astype(object)
    words: dict[Any, set[str]] = {t: set(str(t).split(_tidy.JOIN)) for t in texts.unique()}
    chosen = set(_tidy.one_of(column, value, sorted(set().union(*words.values()) - {""})) or [])
    return texts.map({t: bool(w & chosen) for t, w in words.items()}).astype(bool)


def _score_column(net: pd.DataFrame, score: str | None) -> str:
    there = [c for c in _tidy.SCORES if c in net]
    if score is None:
        if len(there) == 1:
            return there[0]
        raise InputError(
            f"The prior has {len(there)} score columns ({check.listing(there) or 'none'}); name the one to look at "
            f"with `score=`. Its columns are {check.listing(net.columns, 12)}."
        )
    if score not in net or not pd.api.types.is_numeric_dtype(net[score]):
        raise InputError(
            f"`score` must name a column of numbers; found {score!r}. The prior has {check.listing(net.columns, 12)}."
            f"{check.suggest(score, list(net.columns))}"
        )
    return score
