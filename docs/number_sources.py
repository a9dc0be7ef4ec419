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

README and pages state numbers; each of these has the command that prints it, and what holds it. *Run*: the tests
compute it anew. *Recorded*: the output of an expensive benchmark is kept in `benchmarks/recorded`, and the tests
compare. *Table*: a page that a benchmark writes has it. *Asserted*: by the tests of a tutorial. A test fails when a
page, its source and this table disagree, and when README says a number about belief that is not here.

Made by `python docs/number_sources.py` from `docs/numbers.toml`.

| on | it says | printed by | held by |
| --- | --- | --- | --- |
"""


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


CHEAP = {
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


def held_by(entry: dict) -> str:
    """What holds a number, in words."""
    if "cheap" in entry:
        return "run"
    if "recorded" in entry:
        return f"recorded, `benchmarks/recorded/{entry['recorded']}`"
    if "table" in entry:
        return f"table, `{entry['table']}`, {', '.join(entry['row'])}: {entry['column']} {entry['is']}"
    return f"asserted, `{entry['asserted']}`"


def page() -> str:
    """The text of docs/numbers.md."""
    rows = []
    for entry in numbers():
        said = " ".join(entry["says"].split()).replace("|", "\\|").replace("$", "")
        rows.append(f"| `{entry['page']}` | {said} | `{entry['command']}` | {held_by(entry)} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    if sys.argv[1:]:
        for name in sys.argv[1:]:
            print(f"{name} {CHEAP[name]():.4f}")
    else:
        (HERE / "numbers.md").write_text(page())
