"""Numbers that README and pages state are those that their commands print: docs/numbers.toml says which.

Every measured number of a page has an entry there; docs/stated_numbers.py says what counts as one.
"""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def of_docs(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"csmir_{name}", ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


source, stated = of_docs("number_sources"), of_docs("stated_numbers")
NUMBERS = source.numbers()
KINDS = ("cheap", "recorded", "asserted", "assumed", "written", "timed")
every_number = pytest.mark.parametrize("entry", NUMBERS, ids=lambda e: f"{Path(e['page']).stem}-{source.said(e)[:30]}")


@cache
def cheap(name: str) -> float:
    return source.CHEAP[name]()


def numbers_of(text: str) -> list[str]:
    """All numbers, settings included, with their per cent signs."""
    return [number + unit for number, unit in re.findall(rf"({stated.NUMBER})( ?%)?", text)]


def as_said(said: str, held: str) -> bool:
    """Whether a page may say a number that a source has: the same, rounded, or a part as per cent."""
    unit = next((u for u in ("%", "GB") if said.endswith(u)), "")
    said = said.rstrip(" %nsGMB")
    digits = 0 if "e" in said else len(said.partition(".")[2])
    a, b = (float(v.replace(",", "").replace("−", "-")) for v in (said, held.rstrip(" %")))
    if "e" in said:
        return abs(a - b) <= 1e-9 * abs(a) or f"{b:.0e}" == f"{a:.0e}"
    candidates = [b]
    if unit == "%" and "%" not in held:
        candidates.append(100 * b)
    elif unit == "GB":
        candidates.append(b / 1000)  # kept in MB
    return any(abs(a - v) <= 0.5 * 10**-digits + 1e-9 for v in candidates)


def not_in_order(said: list[str], held: list[str]) -> list[str]:
    """Numbers that are said and that the source does not have, after those said before."""
    at, missing = 0, []
    for number in said:
        place = next((i for i in range(at, len(held)) if as_said(number, held[i])), None)
        if place is None:
            missing.append(number)
        else:
            at = place + 1
    return missing


@every_number
def test_the_page_says_it(entry):
    text = (ROOT / entry["page"]).read_text()
    if "under" in entry or "table" in entry:
        assert stated.of_page(entry, text)
    elif "written" in entry:
        assert entry["command"].partition(" --")[0] in " ".join(text.split())
    else:
        assert entry["says"] in text


@every_number
def test_its_source_says_it(entry):
    assert len([kind for kind in KINDS if kind in entry]) == 1, "a number has one source"
    words = entry.get("says", "")
    found = [number for _, number in stated.measured(stated.readable(words))]
    said = found or numbers_of(words)
    if "cheap" in entry:
        for name, expected in entry["cheap"].items():
            assert abs(cheap(name) - expected) <= entry["within"], name
            assert name in entry["command"]
            assert not found or any(as_said(number, str(expected)) for number in found)
    elif "table" in entry:
        of_table = stated.measured(stated.readable(stated.table((ROOT / entry["page"]).read_text(), entry["table"])))
        held = numbers_of(source.recorded(entry).read_text())
        assert of_table
        assert [number for _, number in of_table if not any(as_said(number, h) for h in held)] == []
    elif "recorded" in entry:
        text = source.recorded(entry).read_text()
        assert [words for words in entry["holds"] if words not in text] == []
        assert not_in_order(said, [n for words in entry["holds"] for n in numbers_of(words)]) == []
    elif "asserted" in entry:
        asserted = numbers_of((ROOT / entry["asserted"]).read_text())
        assert [number for number in said if number not in asserted] == []


@every_number
def test_its_command_is_there(entry):
    if "assumed" in entry and entry["command"] == "none":
        return
    file = re.match(r"python (?:-m (benchmarks[.\w]*)|(docs/\w+\.py))", entry["command"])
    assert file, entry["command"]
    path = ROOT / (file[2] or file[1].replace(".", "/"))
    assert path.exists() or path.with_suffix(".py").exists()


@pytest.mark.parametrize("page", stated.pages(), ids=lambda p: p.stem)
def test_every_measured_number_has_a_source(page):
    assert stated.without_source(page, NUMBERS) == []


def test_what_counts_as_measured():
    text = """At slope 0.6, 1,000 cells and q ≤ 0.05, 4 % of 20 data sets fail; power is 0.53 (0.49 to 0.58),
5 of 100 runs, 2.4 s, with `n_runs=100`, Python 3.11 and $z = 3.3$; a 12 and 3,000 cells.

| cells | 50 | 109 |
| --- | --- | --- |
| 30 | 28 % | refused |
"""
    found = [number for _, number in stated.measured(stated.readable(text))]
    assert found == ["4 %", "0.53", "0.49", "0.58", "5", "2.4 s", "50", "109", "28 %"]


def test_a_number_that_its_source_lacks_is_told():
    assert not_in_order(["61 %", "0.672"], ["0.8", "0.612", "0.672"]) == []
    assert not_in_order(["62 %"], ["0.612"]) == ["62 %"]
    assert not_in_order(["0.67", "0.61"], ["0.612", "0.672"]) == ["0.61"]  # another order
    assert not_in_order(["1,250", "2e-9"], ["1,250", "2e-09"]) == []


def test_the_summary_of_evidence_counts_its_tables():
    text = (ROOT / "docs" / "evidence.md").read_text()
    counts = re.search(r"(\d+) hold; (\d+) do not, in bold; (\d+) are open", " ".join(text.split()))
    found = [len(re.findall(words, text)) for words in (r": ok \|", r": \*\*not met\*\*", r": open \|")]
    assert [int(n) for n in counts.groups()] == found


def test_the_page_of_numbers_is_made_of_the_table():
    assert (ROOT / "docs" / "numbers.md").read_text() == source.page(), "run python docs/number_sources.py"
