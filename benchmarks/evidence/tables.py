"""The tables, by the name that the command line knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from benchmarks.evidence import along, confounded, cost, facts, hubs, no_regulation, verdicts
from benchmarks.evidence.runs import Plan


class Table(NamedTuple):
    """What is measured, and how it is shown."""

    title: str
    seeds: int
    plans: Callable[[int], list[Plan]]
    text: Callable[[pd.DataFrame], str]


TABLES = {
    "facts": Table("Where nothing is adjusted", 4, facts.plans, facts.table),
    "null": Table("No regulation at all", 5, no_regulation.plans, no_regulation.table),
    "confounded": Table("Slope 0.6, n = 1,000, confounded", 20, confounded.plans, confounded.table),
    "more": Table("Other data, other slopes", 4, confounded.more_plans, confounded.more_table),
    "hub": Table("A hub miRNA, slope 0.8, n = 1,000", 5, hubs.plans, hubs.table),
    "cluster": Table("Clusters of miRNAs, slope 0.8, n = 1,000", 8, hubs.cluster_plans, hubs.cluster_table),
    "pairs": Table("Pairs over all cells, n = 1,000", 10, along.pair_plans, along.pair_table),
    "trajectory": Table("Along a trajectory, n = 1,000", 10, along.path_plans, along.path_table),
    "verdicts": Table("Verdicts of cs.tl.null, n = 300", 200, verdicts.plans, verdicts.table),
    "decoys": Table("Decoys beside the truth, n = 1,000", 8, verdicts.decoy_plans, verdicts.decoy_table),
    "cost": Table("Seconds: 1,000 cells, 60,000 pairs, one thread", 1, lambda _: [], lambda _: cost.table()),
}
