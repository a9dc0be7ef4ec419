"""What the local test does where nothing is adjusted, beside what was measured on other simulators.

The figures on the right were measured with prototypes before this benchmark was written, on simulators that nobody
kept; that these come near them says that it shows the same ills.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from benchmarks.evidence.methods import GROUPS, NEIGHBOURS, Method
from benchmarks.evidence.numbers import estimate, of
from benchmarks.evidence.runs import Plan
from benchmarks.evidence.settings import Setting
from benchmarks.truth.tables import markdown

BARE = {"factors": 0}  # nothing adjusted
UP = {"direction": "activation"}


class Fact(NamedTuple):
    """A figure that was measured before."""

    label: str
    setting: Setting
    method: Method
    metric: str
    before: str


def facts() -> list[Fact]:
    """All of them."""
    groups, near = bare(GROUPS), bare(NEIGHBOURS)
    up = Method("groups, activation", groups=True, options=groups.options | UP)
    none = {"slope": 0.0}
    small = {"n_cells": 300}
    batch, program = {"batch": 0.8}, {"program": 0.8}
    split = {"depth": "split"}
    hub = {"hub": 0.2, "hub_slope": 0.5, "slope": 0.5}
    out = [
        Fact("batch 0.8, no regulation, n = 300", Setting(**none, **small, **batch), groups, "edges", "10.8"),
        Fact("batch 0.8, no regulation", Setting(**none, **batch), groups, "p01", "0.098"),
        Fact("program 0.8, no regulation", Setting(**none, **program), groups, "p01_inside", "0.91"),
        Fact("depth 0.3, shared", Setting(**none, depth="shared"), up, "p01", "0.30"),
        Fact("depth 0.3, split", Setting(**none, **split), groups, "p01", "0.030"),
        Fact("5 % doublets", Setting(**none, doublets=0.05), up, "p01", "0.125"),
        Fact("30 % duplicates", Setting(**none, duplicates=0.3), near, "p01", "0.03"),
        Fact("narrow program 0.6", Setting(**none, narrow=0.6), near, "p01_inside", "0.07 to 0.63"),
        Fact("hub, slope 0.5", Setting(**hub), near, "power_hub", "0.001"),
        Fact("hub, slope 0.5, n = 300", Setting(**hub, **small), groups, "power_hub", "0.33"),
        Fact("hub, slope 0.5", Setting(**hub), groups, "power_hub", "0.95"),
    ]
    for r in (0.8,):
        cluster = Setting(slope=0.8, cluster=6, cluster_r=r)
        out.append(Fact(f"cluster of 6, r = {r}, slope 0.8", cluster, near, "false", "0.82"))
        out.append(Fact(f"cluster of 6, r = {r}, slope 0.8", cluster, groups, "false", "0.84"))
        out.append(Fact(f"cluster of 6, r = {r}, slope 0.8", cluster, groups, "false_sisters", "2.6 to 4.8"))
    for slope, before in ((0.2, ("0.18", "0.002", "0.35", "0.01")), (0.4, ("0.53", "0.10", "0.77", "0.45"))):
        for method, metric, figure in zip((near, near, groups, groups), ("auprc", "power") * 2, before, strict=True):
            out.append(Fact(f"clean, slope {slope}", Setting(slope=slope), method, metric, figure))
    for label, options, before in (
        ("clean", {}, ("0.03", "0.73", "0.03", "0.39")),
        ("batch 0.8", batch, ("0.66", "0.63", "0.05", "0.16")),
        ("program 0.8", program, ("0.56", "0.64", "0.04", "0.35")),
        ("split depth 0.5", split | {"depth_sd": 0.5}, ("0.66", "0.87", "0.03", "0.40")),
    ):
        for method, metric, figure in zip((groups, groups, near, near), ("false", "power") * 2, before, strict=True):
            out.append(Fact(f"{label}, slope 0.6", Setting(**options), method, metric, figure))
    out.append(Fact("clean, slope 0.6", Setting(), near, "false_union", "0.19 to 0.57"))
    return out


def bare(method: Method) -> Method:
    """With nothing adjusted, in every version of the package."""
    import inspect

    import csmir as cs

    options = BARE if "factors" in inspect.signature(cs.tl.regulation).parameters else {}
    return method._replace(name=f"{method.name}, nothing adjusted", options=method.options | options)


def plans(seeds: int) -> list[Plan]:
    """What to measure."""
    return [Plan(_label(f), f.setting, (f.method,), seeds) for f in facts()]


def table(rows: pd.DataFrame) -> str:
    """The figures beside those from before."""
    lines = []
    for fact in facts():
        values = estimate(of(rows, _label(fact), fact.method.name, fact.metric))
        lines.append([fact.label, fact.method.name.split(",")[0], METRICS[fact.metric], values.text(), fact.before])
    return markdown(["data", "compared with", "figure", "here", "before"], lines)


def _label(fact: Fact) -> str:
    return f"{fact.label} {fact.method.name}"


METRICS = {
    "edges": "edges a cell",
    "p01": "share of p < 1 %",
    "p01_inside": "the same, both genes in the program",
    "power_hub": "power for the hub",
    "false": "false share",
    "power": "power",
    "auprc": "AUPRC",
    "false_sisters": "false sisters a true edge",
    "false_union": "pairs found somewhere, regulated nowhere",
}
