"""Where each number of README and pages comes from.

`python docs/number_sources.py` writes docs/numbers.md from docs/numbers.toml; after names of cheap ones it prints them.
"""

from __future__ import annotations

import sys
import tomllib
from math import log2
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
HEAD = """# Where the numbers come from

README and pages state numbers; each that is measured has the command that prints it, and what holds it. *Run*: the
tests compute it anew. *Recorded*: the output of an expensive benchmark is kept, in `benchmarks/recorded` or as a page
that the benchmark writes, and the tests compare number by number, as the page rounds. *Asserted*: by the tests of a
tutorial.
*Written*: the whole page is the output of the command. *Of a clock*: times and memory of one machine, which no test
repeats. *Not measured*: definitions, settings, what others found. A test fails when a page, its source and this table
disagree, and when README or a page has a measured number that is not here (`docs/stated_numbers.py` says what counts as
one, and prints those that lack a source). The tutorials assert what they say by themselves: `tests/claims`.

Made by `python docs/number_sources.py` from `docs/numbers.toml`.

| on | it says | printed by | held by |
| --- | --- | --- | --- |
"""
LONGEST = 150  # characters of what is said, in the table


def share(n_cells: int, n_pairs: int) -> float:
    """Of z over the quantile of 1 %, on independent genes, without pseudo-cells."""
    from scipy.stats import norm

    import csmir as cs

    rng = np.random.default_rng(0)
    limit = norm.isf(0.01)
    found = [cs.tl.csn_statistic(rng.random(n_cells), rng.random(n_cells)) > limit for _ in range(n_pairs)]
    return float(np.mean(found))


def alone_in_its_box() -> float:
    """That 1 + Binomial(90, 1/19) is 6 or more."""
    from scipy.stats import binom

    return float(binom.sf(4, 90, 1 / 19))


def worked_example() -> float:
    """The z of n = 100, n_r = n_t = 10, n_rt = 4, in plain arithmetic."""
    return (100 * 4 - 10 * 10) / (10 * 10 * 90 * 90 / 99) ** 0.5


def quantile(alpha: float) -> float:
    """The normal quantile that z is compared with."""
    from scipy.stats import norm

    return float(norm.isf(alpha))


def smallest_p(n: int) -> float:
    """Of the two-sided comparison of n with n donors by their orders."""
    from math import comb

    return 2 / comb(2 * n, n)


def accessions() -> int:
    """How many the table of names has that ships with csmir."""
    from csmir._names import mirbase

    return len(mirbase.accessions())


CHEAP = {
    "quantile_at_1_percent": lambda: quantile(0.01),
    "smallest_p_of_4_and_4": lambda: smallest_p(4),
    "accessions": accessions,
    "largest_z": lambda: 108**0.5,
    "share_at_50_cells": lambda: share(50, 4000),
    "share_at_109_cells": lambda: share(109, 3000),
    "share_at_200_cells": lambda: share(200, 3000),
    "share_at_1000_cells": lambda: share(1000, 800),
    "alone_in_its_box": alone_in_its_box,
    "worked_example": worked_example,
    "taken_off_at_slope_06": lambda: 1 - 2 ** (-0.6 * log2(2)),
}


def numbers() -> list[dict]:
    """The entries of docs/numbers.toml."""
    return tomllib.loads((HERE / "numbers.toml").read_text())["number"]


def recorded(entry: dict) -> Path:
    """The file that holds a recorded number."""
    name = entry["recorded"]
    return HERE.parent / (name if "/" in name else f"benchmarks/recorded/{name}")


def held_by(entry: dict) -> str:
    """What holds a number, in words."""
    if "cheap" in entry:
        return "run"
    if "recorded" in entry:
        return f"recorded, `{recorded(entry).relative_to(HERE.parent)}`"
    if "asserted" in entry:
        return f"asserted, `{entry['asserted']}`"
    if "assumed" in entry:
        return f"not measured: {entry['assumed']}"
    return "written" if "written" in entry else "of a clock"


def said(entry: dict) -> str:
    """The words of the page, or which part of it is meant."""
    if "written" in entry:
        return "all of it"
    if "table" in entry:
        return "the table " + entry["table"].strip("| ").replace("|", "\\|")
    if "under" in entry:
        return f'all under "{entry["under"]}"'
    words = " ".join(entry["says"].split()).replace("|", "\\|").replace("$", "")
    return words if len(words) <= LONGEST else f"{words[:LONGEST]} ..."


def page() -> str:
    """The text of docs/numbers.md."""
    rows = []
    for entry in numbers():
        command = "" if entry["command"] == "none" else f"`{entry['command']}`"
        rows.append(f"| `{entry['page']}` | {said(entry)} | {command} | {held_by(entry)} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    if sys.argv[1:]:
        for name in sys.argv[1:]:
            print(f"{name} {CHEAP[name]():.4f}")
    else:
        (HERE / "numbers.md").write_text(page())
