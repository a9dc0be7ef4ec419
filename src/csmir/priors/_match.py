"""Find for each name of a prior the name that the data use for the same thing."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError
from csmir.priors import _names

EXACT, MAPPING, SPELLING, ARM, LIST, VERSION = "exact", "mapping", "spelling", "arm", "list", "version"
AMBIGUOUS, NONE = "ambiguous", "none"

Aliases = Mapping[str, Collection[str]]


class Match(NamedTuple):
    """What became of one name: the names of the data, how they were found, and the candidates if there are too many."""

    to: tuple[str, ...]
    rule: str
    candidates: tuple[str, ...] = ()


class Mature(NamedTuple):
    """A miRNA name taken apart: `hsa-miR-16-1-3p` is hsa, mir-16-1, 3p."""

    species: str | None
    stem: str
    arm: str | None  # 5p, 3p, or * for the old names of the less abundant arm


NAME = re.compile(
    r"(?:(?P<species>[a-z][a-z0-9]{2,7})-)?(?P<kind>mir|let|lin|lsy|bantam|iab)-?"
    r"(?P<number>[a-z]*\d+[a-z]*(?:-\d+)*)?(?:-(?P<arm>[35]p)|(?P<star>\*|-star))?"
)


def parse(name: str) -> Mature | None:
    """Take a miRNA name apart; case, `_`, `.` and blanks for `-`, and TargetScan's isoform suffix do not count."""
    text = re.sub(r"(-\d+[a-z]*(?:-\d+)*(?:-[35]p)?)\.\d$", r"\1", name.strip().lower())
    match = NAME.fullmatch(re.sub(r"[\s_.]+", "-", text))
    if match is None or (match["number"] is None and match["kind"] not in {"bantam"}):
        return None
    stem = match["kind"] + (f"-{match['number']}" if match["number"] else "")
    return Mature(match["species"], stem, "*" if match["star"] else match["arm"])


def aliases(mapping: pd.DataFrame | Mapping[str, str] | None) -> Aliases:
    """Name -> the names that a mapping of old and new names relates it to, both ways."""
    if mapping is None:
        return {}
    if isinstance(mapping, pd.DataFrame):
        frame = check.columns("mapping", mapping, ["old", "new"])[["old", "new"]].dropna()
        pairs = list(zip(frame["old"].astype(str).str.strip(), frame["new"].astype(str).str.strip(), strict=True))
    elif isinstance(mapping, Mapping):
        pairs = [(str(old).strip(), str(new).strip()) for old, new in mapping.items()]
    else:
        raise InputError(
            f"`mapping` must be a DataFrame with columns 'old' and 'new', or a dict; found {type(mapping).__name__}."
        )
    related: dict[str, set[str]] = {}
    for old, new in pairs:
        related.setdefault(old, set()).add(new)
        related.setdefault(new, set()).add(old)
    return related


class MirnaNames:
    """The miRNA names of the data, to be matched against."""

    def __init__(self, known: Iterable[str], prior: Iterable[str], aliases: Aliases, arms: str) -> None:
        self.known, prior = set(known), list(prior)
        self.aliases = aliases
        self.arms = arms
        self.stems: dict[str, list[tuple[str, Mature]]] = defaultdict(list)
        for name in self.known:
            mature = parse(name)
            if mature:
                self.stems[mature.stem].append((name, mature))
        self.prefix = _names.main_prefix(self.known)
        species = sorted({p for p in map(_names.prefix, prior) if p})
        if self.prefix is None and len(species) > 1:
            raise InputError(
                f"The prior has miRNAs of several species ({check.listing(species)}), and those of the data carry no "
                "species prefix that would tell them apart. Choose first: cs.priors.filter(net, species='hsa')."
            )
        # A name of the data that the prior has as written is not given to other names by their arm.
        self.taken = self.known.intersection(prior)
        self.prior_arms: dict[str, set[str]] = defaultdict(set)
        for name in prior:
            mature = parse(name)
            if mature and mature.arm in {"5p", "3p"}:
                self.prior_arms[mature.stem].add(str(mature.arm))

    def match(self, name: str) -> Match:
        """Exact, then mapping, then spelling, then arm; a list of names is matched one by one."""
        if name in self.known:
            return Match((name,), EXACT)
        mapped = self._mapped(name)
        if mapped:
            return Match(mapped, MAPPING) if len(mapped) == 1 else Match((), AMBIGUOUS, mapped)
        mature = parse(name)
        if mature is None:
            return self._list(name)
        same = self._with(mature, mature.stem, {mature.arm})
        if same:
            return Match(same, SPELLING) if len(same) == 1 else Match((), AMBIGUOUS, same)
        return self._arm(mature)

    def _mapped(self, name: str) -> tuple[str, ...]:
        names = set(self.aliases.get(name, ()))
        if self.prefix and _names.prefix(name) is None:
            names |= set(self.aliases.get(f"{self.prefix}-{name}", ()))
        found = names & self.known
        for other in names - self.known:
            mature = parse(other)
            if mature:
                found |= set(self._with(mature, mature.stem, {mature.arm}))
        return tuple(sorted(found))

    def _with(self, mature: Mature, stem: str, arms: Collection[str | None]) -> tuple[str, ...]:
        """Names of the data with this stem and one of these arms, of the same species where both say theirs."""
        return tuple(
            sorted(
                name
                for name, known in self.stems.get(stem, ())
                if known.arm in arms and (not known.species or not mature.species or known.species == mature.species)
            )
        )

    def _arm(self, mature: Mature) -> Match:
        if mature.arm in {"5p", "3p"}:  # the data do not say the arm
            found = tuple(n for n in self._with(mature, mature.stem, {None}) if n not in self.taken)
            sure = len(found) == 1 and (self.arms == "both" or len(self.prior_arms[mature.stem]) == 1)
        else:  # the prior does not, or says only that it is the less abundant one
            found = self._with(mature, mature.stem, {"5p", "3p"})
            if mature.stem.count("-") > 1:  # a hairpin, mir-16-1: its arms may be named after the stem miR-16
                base = mature.stem.rpartition("-")[0]
                found = tuple(sorted({*found, *self._with(mature, base, {"5p", "3p"})}))
            sure = bool(found) and mature.arm is None and (self.arms == "both" or len(found) == 1)
        if sure and self.arms != "exact":
            return Match(found, ARM)
        if found:
            return Match((), AMBIGUOUS, found)
        return Match((), NONE, self._with(mature, mature.stem, {"5p", "3p", "*", None}))

    def _list(self, name: str) -> Match:
        parts = [p.strip() for p in re.split(r"[;,|]", name) if p.strip()]
        if len(parts) < 2:
            return Match((), NONE)
        matches = [self.match(p) for p in parts]
        to = tuple(dict.fromkeys(n for m in matches for n in m.to))
        candidates = tuple(dict.fromkeys(n for m in matches for n in m.candidates))
        return Match(to, LIST if to else AMBIGUOUS if candidates else NONE, candidates)


class MrnaNames:
    """The gene names of the data, to be matched against."""

    def __init__(self, known: Iterable[str], aliases: Aliases) -> None:
        self.known = set(known)
        self.aliases = aliases
        self.upper: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.known):
            self.upper[name.upper()].append(name)
        self.bare: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.known):
            if name.upper().startswith("ENS"):
                self.bare[_bare(name)].append(name)

    def match(self, name: str) -> Match:
        """Exact, then mapping, then Ensembl numbers without version, then ignoring case within one species' style."""
        if name in self.known:
            return Match((name,), EXACT)
        mapped = tuple(sorted(set(self.aliases.get(name, ())) & self.known))
        if mapped:
            return Match(mapped, MAPPING) if len(mapped) == 1 else Match((), AMBIGUOUS, mapped)
        for found, rule in (
            (self.bare.get(_bare(name), []), VERSION),
            ([n for n in self.upper.get(name.strip().upper(), []) if not other_species(name, n)], SPELLING),
        ):
            if found:
                return Match(tuple(found), rule) if len(found) == 1 else Match((), AMBIGUOUS, tuple(found))
        return Match((), NONE)


def other_species(a: str, b: str) -> bool:
    """Whether one symbol is written as in mouse and the other as in human: `Trp53`, `TP53`. `C1orf112` is human."""

    def mouse(name: str) -> bool:
        return bool(_names.TITLE_CASE.match(name)) and "orf" not in name

    return mouse(a.strip()) != mouse(b.strip())


def _bare(name: str) -> str:
    return re.sub(r"\.\d+$", "", name.strip()) if name.strip().upper().startswith("ENS") else name.strip()
