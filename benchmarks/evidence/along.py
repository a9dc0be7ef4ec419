"""Pairs over all cells, and regulation along a trajectory."""

from __future__ import annotations

import pandas as pd

from benchmarks.evidence.judge import at_least, at_most
from benchmarks.evidence.methods import DEFAULT, GROUPS, NEIGHBOURS
from benchmarks.evidence.numbers import estimate, of
from benchmarks.evidence.runs import Plan
from benchmarks.evidence.settings import SLOPES, Setting
from benchmarks.truth.tables import markdown


def pair_plans(seeds: int) -> list[Plan]:
    """Both kinds of neighbours, slopes 0.6 and 1."""
    return [Plan(f"slope {s}", Setting(slope=s), (GROUPS, DEFAULT), seeds) for s in (0.6, 1.0)]


def pair_table(rows: pd.DataFrame) -> str:
    """Pairs found somewhere beside pairs that hold at q <= 0.05."""
    lines = []
    for label in rows["label"].unique():
        for method in (GROUPS.name, DEFAULT.name):
            values = {
                m: estimate(of(rows, label, method, m))
                for m in ("false_union", "power_union", "false_pairs", "power_pairs")
            }
            lines.append(
                [
                    label,
                    method,
                    f"{values['false_union'].text()} / {values['power_union'].text()}",
                    at_most(values["false_pairs"], 0.08, by="high"),
                    values["power_pairs"].text(),
                ]
            )
    head = ["data", "method", "an edge anywhere: false share / power", "pair q ≤ 0.05: false share", "power"]
    return markdown(head, lines)


PATH = NEIGHBOURS._replace(name="intervals", intervals=True)
SIDES = DEFAULT._replace(name="both sides", options={"both_sides": True})


def path_plans(seeds: int) -> list[Plan]:
    """Every slope that has a chance."""
    return [
        Plan(f"slope {s}", Setting(structure="trajectory", slope=s), (PATH, SIDES, DEFAULT), seeds) for s in SLOPES[2:]
    ]


def path_table(rows: pd.DataFrame) -> str:
    """False share in the very cell, and power."""
    lines = []
    for label in rows["label"].unique():
        for method in (PATH.name, SIDES.name, DEFAULT.name):
            false, power = (estimate(of(rows, label, method, m)) for m in ("false", "power"))
            if not false.n:
                lines.append([label, method, "not measured", "", ""])
                continue
            limited = label == "slope 1.0" and method == PATH.name
            lines.append(
                [
                    label,
                    method,
                    at_most(false, 0.05) if limited else false.text(),
                    at_least(power, 0.30) if limited else power.text(),
                    estimate(of(rows, label, method, "false_nowhere")).text(),
                ]
            )
    return markdown(
        ["trajectory", "method", "false share in the very cell", "power", "of it, pairs regulated nowhere"], lines
    )
