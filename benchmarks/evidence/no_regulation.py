"""No regulation at all: are p-values nominal, and do cells stay empty?"""

from __future__ import annotations

import pandas as pd

from benchmarks.evidence.judge import at_most
from benchmarks.evidence.methods import DEFAULT, GROUPS, Method
from benchmarks.evidence.numbers import estimate, of
from benchmarks.evidence.runs import Plan
from benchmarks.evidence.settings import Setting
from benchmarks.truth.tables import markdown

CELLS = (300, 1_000)
SETTINGS = {
    "clean": {},
    "depth 0.3, separate": {"depth": "separate"},
    "depth 0.3, shared": {"depth": "shared"},
    "depth 0.3, split": {"depth": "split"},
    "depth 0.5, split": {"depth": "split", "depth_sd": 0.5},
    "two batches, 0.8": {"batch": 0.8},
    "eight plates, 0.8": {"plate": 0.8},
    "program 0.8 on 20 %": {"program": 0.8},
    "narrow program 0.6": {"narrow": 0.6},
    "host genes 0.8": {"host": 0.8},
    "5 % doublets": {"doublets": 0.05},
    "20 % ambient RNA": {"ambient": 0.2},
    "30 % exact copies": {"duplicates": 0.3},
    "rare types": {"rare": True},
    "30 % of values lost": {"dropout": 0.3},
    "batch, CPM": {"batch": 0.8, "normalise": "cpm"},
    "program, size factors": {"program": 0.8, "normalise": "ratios"},
    "split depth 0.5, CPM": {"depth": "split", "depth_sd": 0.5, "normalise": "cpm"},
    "trajectory": {"structure": "trajectory"},
    "trajectory, batch": {"structure": "trajectory", "batch": 0.8},
    "trajectory, program": {"structure": "trajectory", "program": 0.8},
    "second form": {"form": "gamma"},
    "second form, batch": {"form": "gamma", "batch": 0.8},
    "second form, program": {"form": "gamma", "program": 0.8},
    "real miRNAs": {"form": "pscsr"},
    "real miRNAs, program": {"form": "pscsr", "program": 0.8},
    "real miRNAs, their depth shared": {"form": "pscsr", "depth": "shared"},
}
UP = ("depth 0.3, shared", "5 % doublets", "real miRNAs, their depth shared")  # looked at for activation, too
METHODS = (
    GROUPS._replace(name="groups, known", known=True),
    GROUPS,
    DEFAULT._replace(name="default, known", known=True),
    DEFAULT,
)


def plans(seeds: int) -> list[Plan]:
    """Every setting, for repression, and some for activation."""
    out = []
    for n in CELLS:
        for name, options in SETTINGS.items():
            setting = Setting(slope=0.0, n_cells=n, **options)
            out.append(Plan(f"{name}, n = {n:,}", setting, METHODS, seeds))
            if name in UP:
                up = tuple(_up(m) for m in METHODS)
                out.append(Plan(f"{name}, activation, n = {n:,}", setting, up, seeds))
    return out


def _up(method: Method) -> Method:
    return method._replace(options=method.options | {"direction": "activation"})


def table(rows: pd.DataFrame) -> str:
    """Share of p < 1 % where confounders are known; share of cells with any edge everywhere."""
    head = [
        "data",
        *(f"{m.name}: p < 1 %, in %" for m in METHODS[::2]),
        *(f"{m.name}: cells with an edge" for m in METHODS),
    ]
    lines = []
    for label in rows["label"].unique():
        rates = [at_most(estimate(of(rows, label, m.name, "p01")), 0.01, by="low", percent=True) for m in METHODS[::2]]
        any_edge = [at_most(estimate(of(rows, label, m.name, "any_edge")), 0.10) for m in METHODS]
        lines.append([label, *rates, *any_edge])
    return markdown(head, lines)
