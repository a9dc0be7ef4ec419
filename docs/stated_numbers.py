"""Which numbers of a page are measurements: `python docs/stated_numbers.py` prints those without a source.

The rule, in one place. Read are prose and tables, but not code, formulas, links and their addresses, pictures, and
references. A number is *measured* if it has a decimal point, an exponent, a comma, a per cent sign or a unit of time or
memory, if it is "N of M", or if it begins a cell of a table. It is not if it is a *setting*: the words before it set it
(slope 0.6, q ≤ 0.05, Python 3.11), the words behind it say of what it is the size (1,000 cells, 20 % of values lost),
or it stands in the first column of a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# versions, minutes that a step of a release takes, articles; the page of numbers itself
NOT_READ = ("changelog", "contributing", "installation", "migration", "numbers", "references", "release", "tutorials")

NUMBER = r"(?<![\w.,^/#])(?<!(?<!\d)-)[-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e-?\d+)?(?![\w^]|[.,]\d)"
UNIT = r"(?:%|ns|ms|s|min|h|hours|days|[KMG]B|points)(?![\w-])"
MEASURED = re.compile(
    rf"(?P<of>{NUMBER})(?= of (?:the )?{NUMBER})|(?P<range>{NUMBER})(?= (?:to|and|or) {NUMBER} ?%)"
    rf"|(?P<number>{NUMBER})(?P<unit> ?{UNIT})?"
)
BEFORE = re.compile(
    r"\b(?:[pq] ?[<>≤≥]=?|[rn] ?=|slopes?|alpha|batch|depth|program|Python|version|mudata|nominal|TargetScan|strongest"
    r"|with|is to be|should be)(?: (?:of|below|over|at most))? ?$",
    re.IGNORECASE,
)
SIZES = (
    "cells cell samples donors priors seeds genes mRNAs miRNAs pairs data shuffles permutations runs cores core threads"
    " targets neighbours dimensions factors types lists tests zeros limits interval cancers covariates half-cells"
)
BEHIND = re.compile(
    rf" ?(?:%? ?of (?:\w+ ){{0,2}}(?:values|miRNAs|mRNAs|genes|trajectory|cells|\(pair, cell\))"
    rf"|% (?:zeros|interval|limits)|(?:[\w-]+ )?(?:{'|'.join(SIZES.split())})|x \d)(?!\w)"
)


def readable(text: str) -> str:
    """A page without what is not read, its lines kept."""
    for left_out in (
        r"\A---\n.*?\n---\n", r"\n## (?:References|Citation)\n.*", r"<!--.*?-->", r"^( *)(`{3}|:{3}).*?^\1\2 *$",
        r"\$\$.*?\$\$", r"\$[^$\n]+\$", r"`[^`]*`", r"!?\[[^\]]*\]\([^)]*(?:\.png|\.svg|\.ipynb|migration\.md)\)",
        r"(?<=\])\([^)\s]*\)", r"https?://\S+", r"Python 3\.\d+(?: to 3\.\d+)?",
    ):  # fmt: skip
        text = re.sub(left_out, blank, text, flags=re.DOTALL | re.MULTILINE)
    return text


def blank(found: re.Match | str) -> str:
    """As many spaces, lines kept."""
    return re.sub(r"[^\n]", " ", found if isinstance(found, str) else found[0])


def measured(text: str) -> list[tuple[int, str]]:
    """Place and words of each measured number of a text that went through `readable`."""
    found = []
    for hit in MEASURED.finditer(text):
        number, unit = hit["of"] or hit["range"] or hit["number"], " %" if hit["range"] else hit["unit"] or ""
        start, line = hit.start(), text.rfind("\n", 0, hit.start()) + 1
        row = text[line:start].lstrip()
        begins_cell = row.startswith("|") and re.search(r"\| *\**$", row)
        before = " ".join(text[max(0, start - 30) : start].split(" ")).replace("\n", " ")
        behind = text[start + len(number) : start + len(number) + 40].replace("\n", " ")
        if not (unit or hit["of"] or begins_cell or re.search(r"[.,]\d|e-?\d", number)):
            continue
        if (begins_cell and row.count("|") == 1) or BEFORE.search(re.sub(" +", " ", before)):
            continue
        if not hit["of"] and BEHIND.match(re.sub(" +", " ", behind)):
            continue
        found.append((start, number + unit))
    return found


def part(text: str, heading: str) -> str:
    """What stands under a heading of a page, to the next one as high; nothing, where there is no such heading."""
    found = re.search(rf"(?ms)^(#+) {re.escape(heading)}\n(.*?)(?=^#{{1,6}} |\Z)", text)
    return found[2] if found else ""


def table(text: str, heading: str) -> str:
    """The table with this line of headings; nothing, where there is none."""
    found = re.search(rf"(?m)^{re.escape(heading)}\n(?:\|.*\n)+", text)
    return found[0] if found else ""


def of_page(entry: dict, text: str) -> str:
    """What an entry is about: a sentence, a table, or all under a heading."""
    if "table" in entry:
        return table(text, entry["table"])
    return part(text, entry["under"]) if "under" in entry else entry.get("says", "")


def without_source(page: Path, entries: Iterable[dict]) -> list[str]:
    """Measured numbers of a page that no entry has, each with its line."""
    name, text = str(page.relative_to(ROOT)), page.read_text()
    for entry in entries:
        if entry["page"] == name:
            said = text if "written" in entry else of_page(entry, text)
            text = text.replace(said, blank(said)) if said else text
    read, lines = readable(text), text.splitlines()
    at = [(read.count("\n", 0, place), number) for place, number in measured(read)]
    return [f"{name}:{line + 1}: {number} in: {lines[line].strip()[:100]}" for line, number in at]


def pages() -> list[Path]:
    """README and the pages of docs that may state measurements."""
    return [ROOT / "README.md", *(p for p in sorted((ROOT / "docs").glob("*.md")) if p.stem not in NOT_READ)]


if __name__ == "__main__":
    import number_sources

    for page in pages():
        print(*without_source(page, number_sources.numbers()), sep="\n", end="\n" if page else "")
