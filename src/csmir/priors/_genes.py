"""Find for each mRNA of a prior the name that the data use for the same gene."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from csmir._names import forms
from csmir._names import species as species_names
from csmir.priors._match import AMBIGUOUS, EXACT, EXCEL, LIST, MAPPING, NONE, SPELLING, VERSION, Aliases, Match, one

ENSEMBL = re.compile(r"ENS[A-Z]{0,6}G\d{6,}(?:\.\d+)?(?:_PAR_Y)?", re.IGNORECASE)
# what stands between a symbol and an identifier: PTEN_ENSG.., ENSG..|PTEN, ENSG..(PTEN), PTEN|5728
BETWEEN = re.compile(r"[|:;\s()]+|_+(?=ENS[A-Z]{0,6}G\d)|(?<=\d)_+")


class MrnaNames:
    """The gene names of the data, to be matched against."""

    def __init__(self, known: Iterable[str], aliases: Aliases) -> None:
        self.known = set(known)
        self.upper: dict[str, list[str]] = defaultdict(list)
        self.bare: dict[str, list[str]] = defaultdict(list)
        self.parts: dict[str, list[str]] = defaultdict(list)
        self.dates: dict[str, list[str]] = defaultdict(list)
        self.unclear: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.known):
            self.upper[_clean(name).upper()].append(name)
            if ENSEMBL.fullmatch(name.strip()):
                self.bare[_bare(name)].append(name)
            for part in members(name):
                self.parts[part].append(name)
            for symbol in _excel(name):
                self.dates[symbol].append(name)
            genes = _genes_of_date(name)
            for symbol in (s for gene in genes for s in gene) if len(genes) > 1 else ():
                self.unclear[symbol].append(name)
        self.lower = species_names.lower_case(self.known) > 0.5
        self.aliases: dict[str, set[str]] = defaultdict(set)
        for name, related in aliases.items():
            self.aliases[_bare(name)].update(related)

    def match(self, name: str) -> Match:
        """Exact, then mapping, then what needs none: Ensembl versions, case, compounds, dates; rules compose."""
        if name in self.known:
            return Match((name,), EXACT)
        mapped = {
            to
            for key in (_bare(name), *members(name))
            for other in self.aliases.get(key, ())
            for to in ((other,) if other in self.known else self._plain(other).to)
        }
        return one(mapped, MAPPING) if mapped else self._plain(name)

    def _plain(self, name: str) -> Match:
        for found, rule in (
            (self.bare.get(_bare(name), []), VERSION),
            (self._cased(name), SPELLING),
            (self.parts.get(_bare(name), []), LIST),
            ({to for part in members(name) for to in self._member(part)}, LIST),
        ):
            if found:
                return one(found, rule)
        return self._dated(name)

    def _member(self, part: str) -> list[str]:
        return [part] if part in self.known else [*self.bare.get(part, []), *self.parts.get(part, [])]

    def _cased(self, name: str) -> list[str]:
        """Names that differ in case alone, and are not another species' way to write symbols."""
        name = _clean(name)
        if self.lower and not name.islower():  # zebrafish and frog
            return []
        return [n for n in self.upper.get(name.upper(), []) if not other_species(name, n)]

    def _dated(self, name: str) -> Match:
        """Septins and others that a spreadsheet made dates of, on either side."""
        genes = _genes_of_date(name)
        found = {
            n for gene in genes for symbol in gene for n in (symbol, *self.dates.get(symbol, [])) if n in self.known
        }
        found |= set(self.dates.get(name, []))
        unclear = self.unclear.get(name, [])
        if unclear and not found:  # the data's date may be this gene or another
            return Match((), AMBIGUOUS, tuple(unclear))
        if len(genes) > 1:
            return Match((), one((), "").rule, tuple(sorted(found or {gene[0] for gene in genes})))
        if not found and genes:
            return Match((), NONE, (genes[0][0],))
        return one(found, EXCEL) if found else Match((), NONE)


def members(name: str) -> list[str]:
    """The identifier, without version, and the symbol of a name that holds both; nothing of another name."""
    parts = [p for p in BETWEEN.split(name.strip()) if p]
    if len(parts) < 2:
        return []
    if any(ENSEMBL.fullmatch(p) for p in parts):
        return [_bare(p) for p in parts if not p.isdigit() and not re.match(r"OTT|ENS\w*T\d", p)]
    if len(parts) == 2 and parts[1].isdigit() and "|" in name and parts[0] != "?":  # TCGA: symbol|Entrez
        return parts[:1]
    return []


def other_species(a: str, b: str) -> bool:
    """Whether one symbol is written as in mouse and the other as in human: `Trp53`, `TP53`. `C1orf112` is human."""

    def mouse(name: str) -> bool:
        return bool(species_names.TITLE_CASE.match(name)) and "orf" not in name

    return mouse(a.strip()) != mouse(b.strip())


def _genes_of_date(name: str) -> list[tuple[str, ...]]:
    """Symbols, of today and before, of each gene that a date may have been."""
    from csmir._names.excel import SYMBOLS, date_of

    date = date_of(name.strip())
    return [tuple(dict.fromkeys(pair)) for pair in SYMBOLS.get(date, [])] if date else []


def _excel(name: str) -> tuple[str, ...]:
    """Symbols of a date of the data that can be told."""
    genes = _genes_of_date(name)
    return genes[0] if len(genes) == 1 else ()


def _clean(name: str) -> str:
    return forms.cleaned(name)


def _bare(name: str) -> str:
    """An Ensembl identifier without its version; any other name as it is."""
    name = name.strip()
    return re.sub(r"\.\d+(?:_PAR_Y)?$", "", name).upper() if ENSEMBL.fullmatch(name) else name
