"""What becomes of a name, by which rule, and what a mapping of old and new names relates."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError
from csmir._names import forms

EXACT, MAPPING, SPELLING, ARM, LIST, VERSION = "exact", "mapping", "spelling", "arm", "list", "version"
ACCESSION, RELEASE, HAIRPIN, GENE, EXCEL = "accession", "release", forms.HAIRPIN, forms.GENE, "excel"
AMBIGUOUS, NONE = "ambiguous", "none"

Aliases = Mapping[str, Collection[str]]


class Match(NamedTuple):
    """What became of one name: the names of the data, how they were found, and the candidates if there are too many."""

    to: tuple[str, ...]
    rule: str
    candidates: tuple[str, ...] = ()


def one(names: Collection[str], rule: str) -> Match:
    """The match, if there is only one, or the candidates."""
    found = tuple(sorted(set(names)))
    return Match(found, rule) if len(found) == 1 else Match((), AMBIGUOUS, found)


def aliases(mapping: pd.DataFrame | Mapping[str, str] | None) -> Aliases:
    """Name -> the names that a mapping of old and new names relates it to, both ways.

    A cell may hold several names, separated by `;`, `|` or commas. In miRBase's alias file, where a row belongs to an
    accession, the names of a row are one another's.
    """
    if mapping is None:
        return {}
    if isinstance(mapping, pd.DataFrame):
        frame = check.columns("mapping", mapping, ["old", "new"])[["old", "new"]].dropna()
        pairs = list(zip(frame["old"].astype(str), frame["new"].astype(str), strict=True))
    elif isinstance(mapping, Mapping):
        pairs = [(str(old), str(n)) for old, new in mapping.items() for n in check.words("mapping", new)]
    else:
        raise InputError(
            f"`mapping` must be a DataFrame with columns 'old' and 'new', or a dict; found {type(mapping).__name__}."
        )
    related: dict[str, set[str]] = {}
    for old, new in pairs:
        olds, news = _names(old), _names(new)
        if any(forms.ACCESSION.fullmatch(n) for n in olds):
            olds = news = [*olds, *news]
        for a in olds:
            for b in news:
                if a != b:
                    related.setdefault(a, set()).add(b)
                    related.setdefault(b, set()).add(a)
    return related


def _names(cell: str) -> list[str]:
    """The names in a cell of a mapping."""
    return [n.strip() for n in re.split(r"[;|]|,(?!\d)", cell) if n.strip()] or [cell.strip()]
