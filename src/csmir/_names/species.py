"""What a name looks like: a miRNA or a gene symbol, and of which species. Nothing here decides what a name means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from csmir import _validate as check
from csmir._errors import InputError
from csmir._names.forms import HYPHENS

# A mature or hairpin miRNA name needs its hyphen: `MIR17HG` and `MIRLET7A1` are gene symbols.
MIRNA = re.compile(r"^(?:(?P<species>[a-z][a-z0-9]{2,7})-)?(?:mir-|let-\d|lin-4|lsy-6|bantam|iab-)", re.IGNORECASE)
# `Trp53`, `Hif1a`: how mouse and rat symbols are written. `C1orf112` fits too, so a share of names decides, not one.
TITLE_CASE = re.compile(r"^[A-Z][a-z0-9.-]*[a-z][a-z0-9.-]*$")


class Species(NamedTuple):
    """One species under the three names that the databases use. None where this module does not know it."""

    prefix: str | None  # miRBase: hsa
    name: str | None  # Homo sapiens
    taxonomy: int | None  # NCBI: 9606

    def __str__(self) -> str:
        return self.name or self.prefix or str(self.taxonomy)


SPECIES = [
    Species("hsa", "Homo sapiens", 9606),
    Species("mmu", "Mus musculus", 10090),
    Species("rno", "Rattus norvegicus", 10116),
    Species("mml", "Macaca mulatta", 9544),
    Species("ptr", "Pan troglodytes", 9598),
    Species("bta", "Bos taurus", 9913),
    Species("cfa", "Canis familiaris", 9615),
    Species("ssc", "Sus scrofa", 9823),
    Species("oar", "Ovis aries", 9940),
    Species("gga", "Gallus gallus", 9031),
    Species("mdo", "Monodelphis domestica", 13616),
    Species("xtr", "Xenopus tropicalis", 8364),
    Species("dre", "Danio rerio", 7955),
    Species("dme", "Drosophila melanogaster", 7227),
    Species("cel", "Caenorhabditis elegans", 6239),
]
COMMON = {"human": "hsa", "mouse": "mmu", "rat": "rno", "fly": "dme", "worm": "cel", "zebrafish": "dre"}


def species(value: Any) -> Species:
    """A species from its name, its miRBase prefix or its NCBI taxonomy number.

    One that is not in the table is taken as it is, and fits only the databases that name it the same way.
    """
    if isinstance(value, Species):
        return value
    known = [s for s in SPECIES if value in s]
    if known:
        return known[0]
    if isinstance(value, int) and not isinstance(value, bool):
        return Species(None, None, value)
    if isinstance(value, str) and value.strip():
        text = value.strip()
        for s in SPECIES:
            if (
                text.lower() in {str(s.prefix), str(s.name).lower(), str(s.taxonomy)}
                or COMMON.get(text.lower()) == s[0]
            ):
                return s
        if " " in text:
            return Species(None, text, None)
        if re.fullmatch(r"[a-z][a-z0-9]{2,7}", text):
            return Species(text, None, None)
    raise InputError(
        f"`species` must be a scientific name ('Homo sapiens'), a miRBase prefix ('hsa') or an NCBI taxonomy number "
        f"(9606); found {value!r}.{check.suggest(value, [str(s.name) for s in SPECIES])}"
    )


def looks_like_mirna(names: Iterable[object]) -> float:
    """Share of the names that are written like miRNAs."""
    hits = [bool(MIRNA.match(str(n).strip())) for n in names]
    return sum(hits) / len(hits) if hits else 0.0


def prefix(name: object) -> str | None:
    """The species prefix of a miRNA name (`hsa`), if it has one."""
    match = MIRNA.match(str(name).strip().translate(HYPHENS))
    found = match["species"] if match else None
    return found.lower() if found else None


def main_prefix(names: Iterable[object]) -> str | None:
    """The species prefix that most of the prefixed miRNA names carry."""
    counts = Counter(p for p in map(prefix, names) if p)
    return counts.most_common(1)[0][0] if counts else None


def title_case(symbols: Iterable[object]) -> float:
    """Share of the symbols written as mouse and rat symbols are."""
    hits = [bool(TITLE_CASE.match(str(s))) for s in symbols]
    return sum(hits) / len(hits) if hits else 0.0


def lower_case(symbols: Iterable[object]) -> float:
    """Share of the symbols written as those of zebrafish and frog are."""
    hits = [str(s).islower() for s in symbols]
    return sum(hits) / len(hits) if hits else 0.0


def described(found: str) -> str:
    """`'mmu' (Mus musculus)` for messages."""
    name = next((s.name for s in SPECIES if s.prefix == found), None)
    return f"{found!r} ({name})" if name else repr(found)
