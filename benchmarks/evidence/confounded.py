"""Regulation of slope 0.6 under confounding: how much is false, and what protection costs."""

from __future__ import annotations

import pandas as pd

from benchmarks.evidence.facts import bare
from benchmarks.evidence.judge import at_least, at_most
from benchmarks.evidence.methods import DEFAULT, GROUPS, NEIGHBOURS
from benchmarks.evidence.numbers import difference, estimate, of
from benchmarks.evidence.runs import Plan
from benchmarks.evidence.settings import SLOPES, Setting
from benchmarks.truth.tables import markdown

CLEAN = "clean"
SETTINGS = {
    CLEAN: {},
    "batch 0.8": {"batch": 0.8},
    "program 0.8": {"program": 0.8},
    "split depth 0.5": {"depth": "split", "depth_sd": 0.5},
}
MORE = {
    "eight plates 0.8": {"plate": 0.8},
    "narrow program 0.6": {"narrow": 0.6},
    "host genes 0.8": {"host": 0.8},
    "second form, clean": {"form": "gamma"},
    "second form, batch 0.8": {"form": "gamma", "batch": 0.8},
    "second form, program 0.8": {"form": "gamma", "program": 0.8},
    "real miRNAs": {"form": "pscsr"},
    "real miRNAs, program 0.8": {"form": "pscsr", "program": 0.8},
    "trajectory": {"structure": "trajectory"},
    "trajectory, batch 0.8": {"structure": "trajectory", "batch": 0.8},
}
NOTHING = bare(GROUPS)
KNOWN = GROUPS._replace(name="groups, known", known=True)
LIMITS = {NOTHING.name: None, KNOWN.name: 0.08, GROUPS.name: 0.10, DEFAULT.name: None, NEIGHBOURS.name: None}


def plans(seeds: int) -> list[Plan]:
    """The settings with limits."""
    return [
        Plan(name, Setting(**o), (NOTHING, KNOWN, GROUPS, DEFAULT, NEIGHBOURS), seeds) for name, o in SETTINGS.items()
    ]


def table(rows: pd.DataFrame) -> str:
    """False share and power by setting and method."""
    lines = []
    for name in rows["label"].unique():
        for method, limit in LIMITS.items():
            false = estimate(of(rows, name, method, "false"))
            less = difference(rows, (name, method), (CLEAN, NOTHING.name), "power")
            lines.append(
                [
                    name,
                    method,
                    false.text() if limit is None else at_most(false, limit),
                    estimate(of(rows, name, method, "false_union")).text(),
                    estimate(of(rows, name, method, "power")).text(),
                    _cost(name, method, less) if limit is not None else less.text(percent=True),
                ]
            )
    head = ["data", "method", "false share", "pairs regulated nowhere", "power", "power less clean, in points"]
    return markdown(head, lines)


def _cost(name: str, method: str, less) -> str:
    if name == CLEAN:
        return at_least(less, -0.03, percent=True) if method == GROUPS.name else less.text(percent=True)
    return at_least(less, -0.10, percent=True)


def more_plans(seeds: int) -> list[Plan]:
    """Settings without limits, and the other slopes."""
    methods = (NOTHING, KNOWN, GROUPS, DEFAULT, NEIGHBOURS)
    out = [Plan(name, Setting(**o), methods, seeds) for name, o in MORE.items()]
    return out + [
        Plan(f"clean, slope {s}", Setting(slope=s), (NOTHING, GROUPS, DEFAULT, NEIGHBOURS), seeds) for s in SLOPES
    ]


def more_table(rows: pd.DataFrame) -> str:
    """False share and power, no limits."""
    lines = []
    for name in rows["label"].unique():
        for method in rows.loc[rows["label"] == name, "method"].unique():
            values = [estimate(of(rows, name, method, m)).text() for m in ("false", "power", "auprc")]
            lines.append([name, method, *values])
    return markdown(["data", "method", "false share", "power", "AUPRC"], lines)
