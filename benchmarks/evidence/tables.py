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
    about: str
    seeds: int
    plans: Callable[[int], list[Plan]]
    text: Callable[[pd.DataFrame], str]


TABLES = {
    "null": Table(
        "No regulation at all",
        "The share of p < 1 % is to be nominal within its limits where confounders are known; at most a tenth of the "
        "cells may have any edge, also where nobody knows them. Host genes cannot be guessed: they have to be given, "
        "and counts of 2.5 in the mean measure most of them too badly to adjust for, which the log says; exact copies "
        "of cells have to be declared, which the log asks for. Activation under shared depth, 300 cells, is open on "
        "the ten data sets here; on 20 others, seeds from 100 on, 0.034 (-0.006 to 0.074) of the cells have an edge "
        "with depth known, 0.021 (-0.010 to 0.051) by default.",
        *(10, no_regulation.plans, no_regulation.table),
    ),
    "confounded": Table(
        "Slope 0.6, n = 1,000, confounded",
        "With covariates given at most 0.08 may be false, by default 0.10; either may cost 10 points of power, and the "
        "default 3 on clean data.",
        *(20, confounded.plans, confounded.table),
    ),
    "hub": Table(
        "A hub miRNA, slope 0.8, n = 1,000",
        "One miRNA represses 20 % (or 50 %) of all mRNAs in every cell, and the prior lists some of them. Power for it "
        "is to be 0.5, or a warning names it. After CPM or size factors the hidden factors may be the hub's own "
        "effect, on the mRNAs that the prior lacks or on those that only seem to rise: with factors every data set "
        "whose power is under 0.5 has the warning. What is known is the depth of both halves of a cell; that of the "
        "mRNAs is in part the hub's doing, which the log says of every data set, and costs power for it.",
        *(5, hubs.plans, hubs.table),
    ),
    "cluster": Table(
        "Clusters of miRNAs, slope 0.8, n = 1,000",
        "Six miRNAs vary together and have the same putative targets; one of them regulates. What cannot be told apart "
        "is one set, which is right if a member of it regulates. A miRNA with few counts is adjusted for badly. Half "
        f"as many unseen data sets have seeds from {hubs.UNSEEN} on, and nothing was tuned on them.",
        *(40, hubs.cluster_plans, hubs.cluster_table),
    ),
    "pairs": Table(
        "Pairs over all cells, n = 1,000",
        "Of pairs with an edge in some cell many are regulated nowhere; `pair_qvalue` is to hold the share over pairs.",
        *(10, along.pair_plans, along.pair_table),
    ),
    "trajectory": Table(
        "Along a trajectory, n = 1,000",
        "A pair is regulated in a stretch of 30 %. False is an edge outside of it, however near.",
        *(10, along.path_plans, along.path_table),
    ),
    "verdicts": Table(
        "Verdicts of cs.tl.null, n = 300",
        "Nothing is adjusted, 20 permutations. Where nothing is regulated, at most 8 % of clean data sets may get a "
        "positive verdict, and no confounded one. (A tenth as many data sets of every kind but the first.)",
        *(200, verdicts.plans, verdicts.table),
    ),
    "unseen": Table(
        "Verdicts on data sets that nobody had looked at",
        "The rule of the verdict was written after the data sets above were seen. These are others, with seeds from "
        f"{verdicts.UNSEEN:,} on, looked at once.",
        *(200, verdicts.unseen_plans, verdicts.table),
    ),
    "decoys": Table(
        "Decoys beside the truth, n = 1,000",
        "With nothing adjusted, does the share that non-targets give tell the true false share?",
        *(8, verdicts.decoy_plans, verdicts.decoy_table),
    ),
    "more": Table(
        "Other data, other slopes",
        "No limits were set for these.",
        *(4, confounded.more_plans, confounded.more_table),
    ),
    "facts": Table(
        "Where nothing is adjusted",
        "What led to all this: the local test as it was, here and on other simulators, before this benchmark was "
        "written. That the figures are alike says that the data are.",
        *(4, facts.plans, facts.table),
    ),
    "cost": Table(
        "What adjusting costs",
        "1,000 cells, 60,000 pairs, one thread, seconds of the processor, best of three whole calls in turn.",
        *(1, lambda _: [], lambda _: cost.table()),
    ),
}
