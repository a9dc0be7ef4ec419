"""A hub miRNA by normalisation and completeness of the prior; clusters of miRNAs."""

from __future__ import annotations

import pandas as pd

from benchmarks.evidence.facts import bare
from benchmarks.evidence.judge import at_least, at_most
from benchmarks.evidence.methods import DEFAULT, GROUPS
from benchmarks.evidence.numbers import estimate, of
from benchmarks.evidence.runs import Plan
from benchmarks.evidence.settings import Setting
from benchmarks.truth.tables import markdown

LISTED = (0.5, 0.8, 1.0)
UNSEEN = 500  # the first seed of clusters that nobody had looked at
METHODS = (GROUPS, DEFAULT, GROUPS._replace(name="groups, known", known=True), bare(GROUPS))
DIRECT = (GROUPS._replace(name="groups, direct", direct=True), DEFAULT._replace(name="default, direct", direct=True))


def plans(seeds: int) -> list[Plan]:
    """Share 20 % (and, as a note, 50 %), raw, CPM and size factors, 50 to 100 % listed."""
    return [
        Plan(
            _label(share, how, listed, program),
            Setting(hub=share, normalise=how, listed=listed, program=program),
            METHODS,
            seeds,
        )
        for share, how, listed, program in _grid()
    ]


def _grid() -> list[tuple[float, str, float, float]]:
    out = [(0.2, how, listed, 0.0) for how in ("raw", "cpm", "ratios") for listed in LISTED]
    return out + [(0.5, how, 0.8, 0.0) for how in ("raw", "cpm", "ratios")] + [(0.2, "raw", 0.5, 0.8)]


def _label(share: float, how: str, listed: float, program: float) -> str:
    words = {"raw": "raw counts", "cpm": "CPM", "ratios": "size factors"}[how]
    return f"on {share:.0%}, {words}, {listed:.0%} listed" + (", program 0.8" if program else "")


def table(rows: pd.DataFrame) -> str:
    """Power for the hub, or a warning that names it."""
    lines = []
    for share, how, listed, program in _grid():
        label = _label(share, how, listed, program)
        for method in METHODS:
            power = estimate(of(rows, label, method.name, "power_hub"))
            limited = share == 0.2 and how != "ratios" and not program and method is not METHODS[-1]
            lines.append(
                [
                    label,
                    method.name,
                    at_least(power, 0.5) if limited else power.text(),
                    estimate(of(rows, label, method.name, "hub_named")).text(),
                    estimate(of(rows, label, method.name, "power_others")).text(),
                    estimate(of(rows, label, method.name, "false")).text(),
                ]
            )
    return markdown(["hub", "method", "power for it", "share warned of it", "power for others", "false share"], lines)


def cluster_plans(seeds: int) -> list[Plan]:
    """Six members, r = 0.8, well measured and not, and well measured with seeds that nothing was tuned on."""
    methods = (bare(GROUPS), *DIRECT)
    return [
        Plan("well measured", Setting(slope=0.8, cluster=6, mirna_depth=4.0), methods, seeds),
        Plan("a quarter of the counts", Setting(slope=0.8, cluster=6), methods, seeds),
        Plan("r = 0.95", Setting(slope=0.8, cluster=6, cluster_r=0.95, mirna_depth=4.0), methods, seeds),
        Plan(
            "well measured, unseen data sets",
            Setting(slope=0.8, cluster=6, mirna_depth=4.0),
            methods,
            max(seeds // 2, 1),
            UNSEEN,
        ),
    ]


def cluster_table(rows: pd.DataFrame) -> str:
    """False share and power before and after `direct`."""
    lines = []
    for label in rows["label"].unique():
        for method in rows.loc[rows["label"] == label, "method"].unique():
            false, power = (estimate(of(rows, label, method, m)) for m in ("false", "power"))
            limited = label.startswith("well measured") and method == DIRECT[0].name
            lines.append(
                [
                    label,
                    method,
                    at_most(false, 0.10) if limited else false.text(),
                    at_least(power, 0.5) if limited else power.text(),
                    estimate(of(rows, label, method, "false_sets")).text(),
                    estimate(of(rows, label, method, "power_sets")).text(),
                    estimate(of(rows, label, method, "false_sisters")).text(),
                ]
            )
    head = [
        "six miRNAs, r = 0.8",
        "method",
        "false share",
        "power",
        "false share of sets",
        "power of sets",
        "false sisters a true edge",
    ]
    return markdown(head, lines)
