"""The tables, by the name that the command line knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd

from benchmarks.evidence import facts
from benchmarks.evidence.runs import Plan


class Table(NamedTuple):
    """What is measured, and how it is shown."""

    title: str
    seeds: int
    plans: Callable[[int], list[Plan]]
    text: Callable[[pd.DataFrame], str]


TABLES = {"facts": Table("Where nothing is adjusted", 4, facts.plans, facts.table)}
