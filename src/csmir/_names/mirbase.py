"""What miRBase calls each accession now and called it before: the table beside this file, read as far as needed."""

from __future__ import annotations

import lzma
from collections import defaultdict
from functools import cache
from pathlib import Path

from csmir._names import forms

TABLE = Path(__file__).with_name("mirbase_names.txt.xz")

Key = tuple[str, str | None]  # stem and arm


class Release:
    """The names of one species."""

    def __init__(self, species: str) -> None:
        self.species = species
        self.name: dict[Key, str] = {}  # mature miRNAs of today
        self.was: dict[Key, tuple[Key, ...]] = {}  # a former name -> the mature miRNAs it became
        self.hairpin: dict[str, tuple[str, ...]] = {}  # a hairpin's stem of today or before -> of today
        self.arms: dict[str, list[Key]] = defaultdict(list)  # stem -> mature miRNAs named after it
        self.numbered: set[Key] = set()  # names of which .1 and .2 are different miRNAs
        mature, hairpin = (_rows(species, kind) for kind in ("MIMAT", "MI"))
        before: dict[Key, dict[Key, None]] = defaultdict(dict)
        for names in mature:
            found = [f for f in map(forms.form, names) if f is not None]
            self.numbered.update(f.key for f in found if f.isoform)
            keys = [f.key for f in found]
            if not keys:
                continue
            self.name[keys[-1]] = names[-1]
            self.arms[keys[-1][0]].append(keys[-1])
            for key in keys[:-1] if found[-1].isoform is None else ():
                before[key][keys[-1]] = None
        self.was = {key: tuple(now) for key, now in before.items() if key not in self.name}
        stems: dict[str, dict[str, None]] = defaultdict(dict)
        self.loci: dict[str, list[str]] = defaultdict(list)  # mir-16 -> mir-16-1, mir-16-2
        today = set()
        for names in hairpin:
            loci = [f.stem for f in map(forms.form, names) if f is not None]
            if not loci:
                continue
            today.add(loci[-1])
            self.loci[forms.locus_free(loci[-1])].append(loci[-1])
            for stem in loci:
                stems[stem][loci[-1]] = None
        self.hairpin = {s: (s,) if s in today else tuple(now) for s, now in stems.items()}
        self.former_loci: dict[str, dict[str, None]] = defaultdict(dict)  # mir-103 -> mir-103a-1, mir-103a-2
        for stem, now in self.hairpin.items():
            if stem not in today and forms.locus_free(stem) != stem:
                self.former_loci[forms.locus_free(stem)].update(dict.fromkeys(now))

    def now(self, key: Key) -> tuple[Key, ...]:
        """The mature miRNAs that a name stands for: itself if it is one of today's, none if nobody knows it."""
        return (key,) if key in self.name else self.was.get(key, ())

    def matures(self, stem: str) -> list[Key]:
        """The mature miRNAs of a hairpin, or of all loci of a stem; those named after the locus go before others."""
        out: dict[Key, None] = {}
        for locus in self.loci.get(stem) or self.former_loci.get(stem) or self.hairpin.get(stem) or (stem,):
            own = self.arms.get(locus, [])
            own_arms = {arm for _, arm in own}
            shared = [k for k in self.arms.get(forms.locus_free(locus), []) if k[1] not in own_arms]
            out.update(dict.fromkeys([*own, *shared]))
        return list(out)


@cache
def release(species: str) -> Release:
    """The names of a species, by its prefix; of an unknown one none."""
    return Release(species)


@cache
def accessions() -> dict[str, str]:
    """Accession -> name of today, for all species."""
    out = {}
    for species, kind in _sections():
        number = 0
        for line in _sections()[species, kind]:
            step, _, names = line.partition("\t")
            number += int(step)
            out[f"{kind}{number:07d}"] = _full(species, names.rpartition(";")[2])
    return out


def species() -> frozenset[str]:
    """Every prefix that miRBase knows."""
    return frozenset(prefix for prefix, _ in _sections())


def _rows(species: str, kind: str) -> list[list[str]]:
    """Names of each accession, the one of today last."""
    rows = _sections().get((species, kind), [])
    return [[_full(species, n) for n in line.partition("\t")[2].split(";")] for line in rows]


def _full(species: str, name: str) -> str:
    return name[1:] if name.startswith("=") else f"{species}-{name}"


@cache
def _sections() -> dict[tuple[str, str], list[str]]:
    out: dict[tuple[str, str], list[str]] = {}
    for line in lzma.decompress(TABLE.read_bytes()).decode().splitlines():
        if line.startswith(">"):
            prefix, kind = line[1:].split()
            lines = out.setdefault((prefix, kind), [])
        elif not line.startswith("#"):
            lines.append(line)
    return out
