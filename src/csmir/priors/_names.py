"""What a name looks like: a miRNA or a gene symbol, and of which species. Nothing here decides what a name means."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

# A mature or hairpin miRNA name needs its hyphen: `MIR17HG` and `MIRLET7A1` are gene symbols.
MIRNA = re.compile(r"^(?:(?P<species>[a-z]{3,4})-)?(?:mir-|let-\d|lin-4|lsy-6|bantam|iab-)", re.IGNORECASE)
# `Trp53`, `Hif1a`: how mouse and rat symbols are written. `C1orf112` fits too, so a share of names decides, not one.
TITLE_CASE = re.compile(r"^[A-Z][a-z0-9.-]*[a-z][a-z0-9.-]*$")

# miRBase prefix: scientific name, NCBI taxonomy
SPECIES: dict[str, tuple[str, int]] = {
    "hsa": ("Homo sapiens", 9606),
    "mmu": ("Mus musculus", 10090),
    "rno": ("Rattus norvegicus", 10116),
    "mml": ("Macaca mulatta", 9544),
    "ptr": ("Pan troglodytes", 9598),
    "bta": ("Bos taurus", 9913),
    "cfa": ("Canis familiaris", 9615),
    "ssc": ("Sus scrofa", 9823),
    "oar": ("Ovis aries", 9940),
    "gga": ("Gallus gallus", 9031),
    "mdo": ("Monodelphis domestica", 13616),
    "xtr": ("Xenopus tropicalis", 8364),
    "dre": ("Danio rerio", 7955),
    "dme": ("Drosophila melanogaster", 7227),
    "cel": ("Caenorhabditis elegans", 6239),
}


def looks_like_mirna(names: Iterable[object]) -> float:
    """Share of the names that are written like miRNAs."""
    hits = [bool(MIRNA.match(str(n).strip())) for n in names]
    return sum(hits) / len(hits) if hits else 0.0


def prefix(name: object) -> str | None:
    """The species prefix of a miRNA name (`hsa`), if it has one."""
    match = MIRNA.match(str(name).strip())
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


def species_name(found: str | None) -> str:
    """`'mmu' (Mus musculus)` for messages."""
    return f"{found!r} ({SPECIES[found][0]})" if found in SPECIES else repr(found)
