"""Take miRNA names apart: species, stem, arm, and what they name: a mature miRNA, a hairpin or a gene."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

MATURE, HAIRPIN, GENE, HOST = "mature", "hairpin", "gene", "host gene"
LEVELS = (MATURE, HAIRPIN, GENE)


class Mature(NamedTuple):
    """A miRNA name taken apart: `hsa-miR-16-1-3p` is hsa, mir-16-1, 3p."""

    species: str | None
    stem: str
    arm: str | None  # 5p, 3p, or * for the old names of the less abundant arm


class Form(NamedTuple):
    """A name taken apart, and what it names; None where its letters do not tell (`let-7b`, `MIR-21`)."""

    species: str | None
    stem: str
    arm: str | None
    level: str | None
    isoform: str | None = None  # the number of a 5' isoform: of miR-101-3p.2 it is 2

    @property
    def key(self) -> tuple[str, str | None]:
        """What is left when species and spelling are put aside."""
        return self.stem, self.arm


# hyphens of typesetters and minus signs
HYPHENS = dict.fromkeys(map(ord, "\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"), "-")
# blanks that do not show
UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), "") | {0xA0: " ", 0x202F: " "}
NAME = re.compile(
    r"(?:(?P<species>[a-z][a-z0-9]{2,7})-)?(?P<kind>mir|let|lin|lsy|bantam|iab)-?"
    r"(?P<number>[a-z]*\d+[a-z0-9]*(?:-(?![35]p$)\d{1,4}[a-z]*(?!\d))*(?:-(?:as|s|x))?|iab(?:-(?![35]p$)\d+)?(?:-?as)?(?:-\d)?|tar|lat)?"
    r"(?P<letter>(?<=bantam)-?[a-e](?:-\d(?!p))?)?(?:-(?P<arm>[35]p)|(?P<star>\*{1,2}|-star))?"
)
# TargetScan's and miRBase's numbers of 5' isoforms
ISOFORM = re.compile(r"(-\d+[a-z]*(?:-\d+)*(?:-[35]p)?)\.\d$")
# HGNC and MGI: MIR142, MIRLET7F1, MIR92A1, MIR16-1, Mirlet7f-1, MIR17HG
SYMBOL = re.compile(
    r"MIR(?P<let>LET)?(?P<number>\d+)(?P<letters>[A-Z]{0,2}?)(?:-?(?P<locus>\d+))?(?P<host>HG)?", re.IGNORECASE
)
# MirGeneDB numbers families and paralogues by descent: Hsa-Mir-17-P1a_5p
MIRGENEDB = re.compile(r"[A-Z][a-z]{2}-(?:Mir|Let)-\d+[a-z]?-[PovO]\w*")
# of hairpins with several loci; viruses number their miRNAs in the same way: mir-k12-1
LOCUS = re.compile(r"(?P<stem>(?:mir|let|lin|bantam)-\d+[a-z]*|bantam(?:-[a-e])?)-\d+")
ACCESSION = re.compile(r"(?:MIMAT|MI)\d{7}", re.IGNORECASE)
INSIDE = re.compile(
    r"(?:(?<![a-z0-9])[a-z][a-z0-9]{2,7}-)?(?:mi(?:cro)?r(?:na?)?|let)-?\d+[a-z]{0,2}(?:-\d{1,3}(?![p\d]))?(?:-[35]p(?![a-z0-9])|\*)?",
    re.IGNORECASE,
)


def cleaned(name: str) -> str:
    """Without blanks around it, and with plain hyphens."""
    return str(name).translate(HYPHENS | UNSEEN).strip()


def form(name: str) -> Form | None:
    """Take a miRNA name apart; case, `_`, `.` and blanks for `-`, and numbers of isoforms do not count."""
    name = cleaned(name)
    symbol = SYMBOL.fullmatch(name)
    if symbol and name[:3] in {"MIR", "Mir"}:
        return _of_symbol(symbol)
    if MIRGENEDB.match(name):
        return None
    lower = name.lower()
    whole = ISOFORM.sub(r"\1", lower)
    text = re.sub(r"[\s_.]+", "-", whole)
    match = NAME.fullmatch(text)
    if match is None or (match["number"] is None and match["kind"] != "bantam"):
        return None
    kind, number = match["kind"], match["number"]
    stem = kind + (f"-{number}" if number else "") + (f"-{match['letter'].strip('-')}" if match["letter"] else "")
    arm = "*" if match["star"] else match["arm"]
    level = MATURE if arm else _level(name, kind, number)
    return Form(match["species"], stem, arm, level, lower[-1] if whole != lower else None)


def parse(name: str) -> Mature | None:
    """Species, stem and arm of a name, whatever it names."""
    found = form(name)
    return None if found is None else Mature(*found[:3])


def _level(name: str, kind: str, number: str | None) -> str | None:
    """What a name without arm names, by its letters: `miR` is mature, `mir` a hairpin, `let-7a-1` a locus of one."""
    if kind == "mir":
        written = re.search(r"mir", name, re.IGNORECASE)
        of_plants = name[:3].islower() and "-MIR" in name
        letters = written[0] if written else ""
        return {"miR": MATURE, "mir": HAIRPIN, "MIR": HAIRPIN if of_plants else None}.get(letters)
    return HAIRPIN if number and locus_free(f"{kind}-{number}") != f"{kind}-{number}" else None


def _of_symbol(match: re.Match[str]) -> Form | None:
    letters, locus = match["letters"].lower(), match["locus"]
    if locus and not letters and "-" not in match[0]:  # one number: MIR1302
        return None
    stem = f"{'let' if match['let'] else 'mir'}-{match['number']}{letters}" + (f"-{locus}" if locus else "")
    return Form(None, stem, None, HOST if match["host"] else GENE)


def locus_free(stem: str) -> str:
    """`mir-16-1` -> `mir-16`: the stem without the number of its locus."""
    match = LOCUS.fullmatch(stem)
    return match["stem"] if match else stem


def without_locus(name: str) -> str | None:
    """`hsa-mir-16-1` -> `hsa-mir-16`, `MIRLET7A1` -> `MIRLET7A`: a hairpin's or gene's name without its locus."""
    found = form(name)
    if found is None or found.arm is not None or found.level not in {HAIRPIN, GENE}:
        return None
    stem = locus_free(found.stem)
    if stem == found.stem:
        return None
    locus = found.stem.removeprefix(stem + "-")
    return re.sub(rf"[-_.]?{locus}$", "", cleaned(name))


def symbol_of(stem: str) -> str:
    """HGNC's symbol of a human hairpin: `mir-16-1` -> `MIR16-1`, `let-7f-1` -> `MIRLET7F1`."""
    kind, _, number = stem.partition("-")
    head, _, locus = number.partition("-")
    text = ("MIRLET" if kind == "let" else "MIR") + head.upper()
    return text + (f"-{locus}" if locus and head[-1].isdigit() else locus)


def level_of(names: Iterable[str]) -> str:
    """What most of some names name. `mir` is no sign of a hairpin where names with arms are written so."""
    forms = [(n, f) for n, f in ((str(n), form(n)) for n in names) if f is not None]
    lower = any(f.arm in {"5p", "3p"} and "mir" in n for n, f in forms)
    counts = dict.fromkeys(LEVELS, 0)
    for n, f in forms:
        level = GENE if f.level == HOST else f.level
        if level == HAIRPIN and lower and "mir" in n:
            level = MATURE
        if level:
            counts[level] += 1
    return max(LEVELS, key=lambda level: counts[level])


def inside(text: str) -> str | None:
    """The first miRNA name within a longer text: of `hsa-miR-21-5p|+1` and `hsa-microRNA-155-5p`."""
    match = INSIDE.search(cleaned(text).replace("_", "|"))
    if match is None:
        return None
    return re.sub(r"microrna|mirna|mirn", "miR", match[0], flags=re.IGNORECASE)
