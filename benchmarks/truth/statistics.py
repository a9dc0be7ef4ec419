"""Every statistic on one data set, through csmir's public functions: a score, and p- and q-values where it has them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from mudata import MuData
from scipy import sparse, stats

import csmir as cs
from benchmarks.truth.scenarios import Scenario
from csmir.kernels.comparators import SIGNED

BOOTSTRAPPED = 50  # up to so many cells, the published method with its pseudo-cells
SLOW = 1_000  # up to so many cells, what takes a cell x cell box or list a pair
LABELS = {
    "local": "local",
    "local, sides": "local on both sides",
    "local, groups": "local within groups",
    "exact": "exact",
    "exact, groups": "exact within groups",
    "exact, neighbors": "exact among neighbours",
    "csn, pseudo-cells": "CSN, pseudo-cells (published)",
    "csn": "CSN",
    "loccsn": "locCSN boxes",
    "lioness_pearson": "LIONESS, Pearson",
    "lioness_spearman": "LIONESS, Spearman",
    "perturbation_pearson": "leave-one-out, Pearson",
    "perturbation_spearman": "leave-one-out, Spearman",
    "bonobo": "BONOBO",
    "sweet": "SWEET",
    "sinum": "SINUM",
    "nnet": "NeighbourNet",
    "local_bivariate": "LIANA, local Spearman",
    "ccsn": "conditional CSN, one gene",
    "spearman": "one Spearman for all cells",
    "detection": "both detected",
    "prior": "prior alone",
}
CSMIR = ("local", "local, sides", "local, groups", "exact", "exact, groups", "exact, neighbors")
COMPARATORS = ("loccsn", *SIGNED, "sinum", "ccsn", "detection", "prior")


class Result(NamedTuple):
    """One statistic on one data set, cells x pairs."""

    name: str
    score: np.ndarray  # the higher, the more it is taken for regulated
    p: np.ndarray | None
    q: np.ndarray | None


def results(mdata: MuData, scenario: Scenario, n_cells: int, seed: int) -> Iterator[Result]:
    """Every statistic that fits these data; locCSN, which takes seconds a hundred pairs, on one data set of 1,000."""
    net = mdata.uns["prior"]
    direction = "both" if scenario.direction == "mixed" else scenario.direction
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield _tested(mdata, net, "local", statistic="local", direction=direction)
        yield _tested(mdata, net, "local, sides", statistic="local", direction=direction, both_sides=True)
        yield _tested(mdata, net, "exact", statistic="exact")
        if scenario.structure == "groups":
            yield _tested(mdata, net, "local, groups", statistic="local", direction=direction, groups="group")
            yield _tested(mdata, net, "exact, groups", statistic="exact", groups="group")
        if n_cells <= SLOW and (scenario.kind == "planted" or scenario.dropout == 0.3):
            yield _tested(mdata, net, "exact, neighbors", statistic="exact", neighbors="expression")
        yield _csn(mdata, net, "csn")
        if n_cells <= BOOTSTRAPPED:
            cs.pp.bootstrap_cells(mdata, n_runs=30)
            yield _csn(mdata, net, "csn, pseudo-cells")
        if scenario.kind == "planted":
            for method in COMPARATORS:
                if method != "loccsn" or n_cells < SLOW or (n_cells == SLOW and seed == 0):
                    yield _compared(mdata, net, method, direction)


def _tested(mdata: MuData, net, name: str, **options) -> Result:
    cs.tl.regulation(mdata, net, keep="all", n_threads=1, progress=False, **options)
    adata = mdata["regulation"]
    stored = adata.X if options["statistic"] == "exact" else adata.layers["neg_log10_p"]
    score = stored.toarray().astype(float)
    return Result(name, score, 10.0**-score, _absent_one(adata.layers["qvalue"], stored))


def _absent_one(q: sparse.csr_matrix, stored: sparse.csr_matrix) -> np.ndarray:
    """q-values, 1 where nothing was tested."""
    out = np.ones(stored.shape)
    row = np.repeat(np.arange(stored.shape[0]), np.diff(q.indptr))
    out[row, q.indices] = q.data
    return out


def _csn(mdata: MuData, net, name: str) -> Result:
    cs.tl.regulation(mdata, net, keep="all", n_threads=1, progress=False, pseudo_cells=name != "csn")
    z = mdata["regulation"].X.toarray().astype(float)
    return Result(name, z, stats.norm.sf(z), None)


def _compared(mdata: MuData, net, method: str, direction: str) -> Result:
    cs.tl.comparator(mdata, net, method=method, keep="all", n_threads=1, progress=False, direction=direction)
    score = mdata[method].X.toarray().astype(float)
    del mdata.mod[method]
    if method in SIGNED:
        score = -score if direction == "repression" else score if direction == "activation" else np.abs(score)
    return Result(method, score, None, None)
