"""The miRNA names of the data, taken apart and looked up by stem and by the miRNA that each is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from csmir._names import compounds, forms, mirbase
from csmir._names.forms import GENE, HAIRPIN, MATURE, Form

Key = tuple[str, str | None]
ARMS = {"5p", "3p"}


class Entry(NamedTuple):
    """A name of the data, or a member of one, taken apart."""

    name: str
    form: Form
    level: str
    now: tuple[Key, ...]  # the mature miRNAs that it is or, of a hairpin, gives; itself if nobody knows it
    compound: bool
    accession: bool


class Index:
    """Entries of the data's names, by stem and by the mature miRNAs that they are or give."""

    def __init__(self, known: Collection[str], species: str) -> None:
        self.species = species
        self.level, self.written = forms.level_of(known), arms_written(known)
        self.by_stem: dict[str, list[Entry]] = defaultdict(list)
        self.by_now: dict[Key, list[Entry]] = defaultdict(list)
        self.within: dict[Key, list[str]] = defaultdict(list)  # names that are more than a miRNA's, by what they hold
        for name in sorted(known):
            entries = list(self._entries(name))
            for entry in entries:
                self.by_stem[entry.form.stem].append(entry)
                for key in entry.now:
                    self.by_now[key].append(entry)
            held = forms.inside(name) if not entries else None
            found = forms.form(held) if held else None
            if found is not None:
                table = mirbase.release(found.species or species)
                for key in table.now(found.key) or (found.key,):
                    self.within[key].append(name)

    def _entries(self, name: str) -> Iterable[Entry]:
        members = compounds.members(name)
        for member in members:
            found = of_accession(member) or forms.form(member)
            if found is None:
                continue
            level = level_in(found, member, self.level, self.written)
            table = mirbase.release(found.species or self.species)
            mature = table.now(found.key) or (found.key,)
            now = mature if level == MATURE else tuple(table.matures(found.stem))
            is_accession = bool(forms.ACCESSION.fullmatch(forms.cleaned(member)))
            yield Entry(name, found, level, now, len(members) > 1, is_accession)


def level_in(found: Form, name: str, level: str, written: frozenset[str]) -> str:
    """Mature, hairpin or gene; where the letters do not tell, what most names of its list are.

    `mir` and `MIR` name hairpins, unless the list writes mature names so (`written`).
    """
    letters = next((w for w in ("mir", "MIR") if w in name), "")
    if letters in written and found.level in {HAIRPIN, None}:
        return MATURE
    if found.level is None and letters == "MIR":
        return HAIRPIN
    return found.level or (HAIRPIN if level == HAIRPIN else MATURE)


def alike(entry: Entry, found: Form) -> bool:
    """Of one species, where both say theirs, and of one 5' isoform, where miRBase tells them apart."""
    theirs, numbers = entry.form.species or found.species, {entry.form.isoform, found.isoform}
    if len(numbers) > 1 and (
        None not in numbers or (theirs and {found.key, entry.form.key} & mirbase.release(theirs).numbered)
    ):
        return False
    return not entry.form.species or not found.species or entry.form.species == found.species


def same_level(ours: str, theirs: str) -> bool:
    """Names without arm that name one thing: `mir-21` and `miR-21` may, a host gene and its hairpin do not."""
    levels = {ours, theirs}
    return len(levels) == 1 or levels == {MATURE, HAIRPIN} or levels == {GENE, HAIRPIN}


def in_order(entries: Collection[Entry]) -> tuple[str, ...]:
    return tuple(sorted({e.name for e in entries}))


def arms_written(names: Iterable[str]) -> frozenset[str]:
    """How a list writes names that have arms, of `mir` and `MIR`: such letters are no sign of a hairpin."""
    armed = [n for n in names if ("mir" in n or "MIR" in n) and (f := forms.form(n)) is not None and f.arm in ARMS]
    return frozenset(word for word in ("mir", "MIR") if any(word in n for n in armed))


def of_accession(name: str) -> Form | None:
    text = re.sub(
        r"(?<=\d{7})_\d$", "", forms.cleaned(name).upper()
    )  # miRBase's own files number copies: MIMAT0000062_1
    if not forms.ACCESSION.fullmatch(text):
        return None
    now = mirbase.accessions().get(text)
    found = forms.form(now) if now else None
    return found._replace(level=HAIRPIN if text[2].isdigit() else MATURE) if found else None
