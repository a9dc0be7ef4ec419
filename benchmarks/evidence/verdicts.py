"""The sentence of `cs.tl.null`, and what decoys say beside the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.evidence.facts import bare
from benchmarks.evidence.methods import GROUPS
from benchmarks.evidence.numbers import Estimate, estimate, of
from benchmarks.evidence.runs import Plan
from benchmarks.evidence.settings import Setting
from benchmarks.truth.tables import markdown

PERMUTATIONS = 20
NOTHING = bare(GROUPS)._replace(name="groups, nothing adjusted, null", null=PERMUTATIONS)
CONFOUNDED = {
    "batch 0.8": {"batch": 0.8},
    "program 0.8": {"program": 0.8},
    "split depth 0.5": {"depth": "split", "depth_sd": 0.5},
}
MOST_POSITIVE = 16 / 200
NONE = ", nothing regulated"
UNSEEN = 1000  # first seed that nobody had looked at when the rule of the verdict was written


def plans(seeds: int) -> list[Plan]:
    """`seeds` clean data sets without regulation, a tenth as many confounded ones a kind, and some with regulation."""
    out = [Plan(f"clean{NONE}", Setting(slope=0.0, n_cells=300), (NOTHING,), seeds)]
    few = max(2, seeds // 10)
    for name, options in (CONFOUNDED | {"eight plates 0.8": {"plate": 0.8}}).items():
        out.append(Plan(f"{name}{NONE}", Setting(slope=0.0, n_cells=300, **options), (NOTHING,), few))
    for slope in (0.6, 1.0):
        out.append(Plan(f"clean, slope {slope}", Setting(slope=slope, n_cells=300), (NOTHING,), few))
    return out


def unseen_plans(seeds: int) -> list[Plan]:
    """The same on other data sets."""
    return [plan._replace(first=UNSEEN) for plan in plans(seeds)]


def table(rows: pd.DataFrame) -> str:
    """How many verdicts are positive."""
    lines = []
    for label in rows["label"].unique():
        for method in rows.loc[rows["label"] == label, "method"].unique():
            positive = of(rows, label, method, "positive").dropna()
            if not len(positive):
                lines.append([label, method, "not measured", ""])
                continue
            limit = MOST_POSITIVE * len(positive) if label.startswith("clean") else 0
            ok = "ok" if positive.sum() <= limit else "**not met**"
            any_edge = (of(rows, label, method, "edges") > 0).sum()
            said = f"{int(positive.sum())} of {len(positive)}"
            limited = f"{said} ≤ {limit:g}: {ok}" if label.endswith(NONE) else said
            lines.append([label, method, limited, str(any_edge)])
    return markdown(["data", "method", "positive verdicts", "data sets with any edge"], lines)


def decoy_plans(seeds: int) -> list[Plan]:
    """Shares from nearly none to all."""
    out = [Plan("clean, slope 0.6", Setting(), (NOTHING,), seeds)]
    for name, options in CONFOUNDED.items():
        out.append(Plan(f"{name}, slope 0.6", Setting(**options), (NOTHING,), seeds))
        out.append(Plan(f"{name}, slope 1", Setting(slope=1.0, **options), (NOTHING,), seeds))
        out.append(Plan(f"{name}, no regulation", Setting(slope=0.0, **options), (NOTHING,), seeds))
    return out


def decoy_table(rows: pd.DataFrame) -> str:
    """The decoys' share beside the true false share, paired by data set."""
    lines = []
    for label in rows["label"].unique():
        true, said = (of(rows, label, NOTHING.name, m) for m in ("false", "decoy_share"))
        said = said.clip(upper=1)
        low, high = (of(rows, label, NOTHING.name, m) for m in ("decoy_interval_0", "decoy_interval_1"))
        inside = ((low <= true) & (true <= high)).mean() if len(low) else np.nan
        off = estimate(said - true)
        size = Estimate(abs(off.mean), off.low, off.high, off.n)
        held = "ok" if size.mean <= 0.1 else "**not met**"
        lines.append(
            [
                label,
                estimate(true).text(),
                estimate(said).text(),
                f"{off.text()} within 0.1: {held}" if off.n else "not measured",
                f"{inside:.0%}" if off.n else "",
            ]
        )
    head = [
        "data",
        "true false share",
        "decoys say (at most 1)",
        "difference",
        "true share inside the printed interval",
    ]
    return markdown(head, lines)
