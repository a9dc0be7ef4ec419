"""Numbers that README and pages state are those that their commands print: docs/numbers.toml says which."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
spec = importlib.util.spec_from_file_location("csmir_numbers", ROOT / "docs" / "number_sources.py")
source = importlib.util.module_from_spec(spec)
spec.loader.exec_module(source)
NUMBERS = source.numbers()
every_number = pytest.mark.parametrize("entry", NUMBERS, ids=lambda e: f"{Path(e['page']).stem}-{e['says'][:30]}")


@cache
def cheap(name: str) -> float:
    return source.CHEAP[name]()


def table_value(page: Path, row: list[str], column: str) -> str:
    """The cell of the first table whose heading has the column and that has the row."""
    heading: list[str] = []
    for line in page.read_text().splitlines():
        if not line.startswith("|"):
            heading = []
            continue
        cells = [cell.strip().replace("**", "") for cell in line.strip("| ").split("|")]
        if not heading:
            heading = cells
        elif column in heading and cells[: len(row)] == row:
            return cells[heading.index(column)]
    pytest.fail(f"{page.name} has no table with the row {row} and the column {column!r}")


@every_number
def test_the_page_says_it(entry):
    assert entry["says"] in (ROOT / entry["page"]).read_text()


@every_number
def test_its_source_says_it(entry):
    kinds = [kind for kind in ("cheap", "recorded", "table", "asserted") if kind in entry]
    assert len(kinds) == 1, "a number has one source"
    if "cheap" in entry:
        for name, expected in entry["cheap"].items():
            assert abs(cheap(name) - expected) <= entry["within"], name
            assert name in entry["command"]
    elif "recorded" in entry:
        text = (ROOT / "benchmarks" / "recorded" / entry["recorded"]).read_text()
        assert [words for words in entry["holds"] if words not in text] == []
    elif "table" in entry:
        found = float(table_value(ROOT / entry["table"], entry["row"], entry["column"]).split()[0])
        assert entry["is"] in (f"{100 * found:.0f} %", f"{found:.2f}")
        # said beside another, or as the end of a range
        assert re.sub(r"[ %]", "", entry["is"]) in re.findall(r"\d+(?:\.\d+)?", entry["says"])
    else:
        assert (ROOT / entry["asserted"]).exists()


@every_number
def test_its_command_is_there(entry):
    file = re.match(r"python (?:-m (benchmarks[.\w]*)|(docs/\w+\.py))", entry["command"])
    assert file, entry["command"]
    path = ROOT / (file[2] or file[1].replace(".", "/"))
    assert path.exists() or path.with_suffix(".py").exists()


def test_readme_states_no_number_about_belief_that_is_not_in_the_table():
    section = (ROOT / "README.md").read_text().partition("## How far to believe it")[2].partition("## Where the")[0]
    for entry in NUMBERS:
        if entry["page"] == "README.md":
            section = section.replace(entry["says"], "")
    section = re.sub(r"`[^`]*`|\([^)]*\.md\)", "", section)  # code and links
    for said in (
        "19 K562 half-cells", "With 19 cells no test has power", "single miRNAs in cells have 0.15 to 0.4",
        "1,000\ncells of known types", "20 simulated data sets", "q ≤ 0.05",
    ):  # fmt: skip
        assert said in section, f"{said!r} is gone from README: take it out here, too"
        section = section.replace(said, "")  # designs and what others measured
    assert re.findall(r"[^\n]*\d[^\n]*", section) == []


def test_the_page_of_numbers_is_made_of_the_table():
    assert (ROOT / "docs" / "numbers.md").read_text() == source.page(), "run python docs/number_sources.py"
