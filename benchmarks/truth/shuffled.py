"""Null rates on real expression: the K562 half-cells with their pairing shuffled, and the time of the local test."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import stats

import csmir as cs
from csmir._mudata.assemble import assemble

SHUFFLES = 5
CALLS: dict[str, dict[str, Any]] = {
    "local": {"statistic": "local"},
    "exact": {"statistic": "exact"},
    "csn": {"pseudo_cells": False},
    "csn, pseudo-cells": {},
}


def k562_rates(*, quick: bool) -> pd.DataFrame:
    """Shares of p at or below 1 % and 5 % after shuffling, by statistic and shuffle; one process needs 1 GB."""
    from benchmarks._k562 import k562, targetscan

    mdata, net = k562(), targetscan()
    cs.pp.bootstrap_cells(mdata, n_runs=30)
    net = net[net["source"].isin(mdata["mirna"].var_names) & net["target"].isin(mdata["mrna"].var_names)]
    net = net.sample(20_000, random_state=0)
    rows = []
    original = mdata["mrna"].X.copy()
    for seed in range(2 if quick else SHUFFLES):
        mdata["mrna"].X = original[np.random.default_rng(seed).permutation(mdata.n_obs)]
        for name, options in CALLS.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                cs.tl.regulation(mdata, net, keep="all", n_threads=1, progress=False, **options)
            adata = mdata["regulation"]
            x = adata.layers["neg_log10_p"] if name == "local" else adata.X
            x = x.toarray().astype(float)
            p = stats.norm.sf(x) if name.startswith("csn") else 10.0**-x
            rows.append({"statistic": name, "type1_01": (p <= 0.01).mean(), "type1_05": (p <= 0.05).mean()})
    return pd.DataFrame(rows)


def local_seconds(n_cells: int = 1_000, n_pairs: int = 60_000, n_threads: int = 2) -> float:
    """Best of three whole calls of `cs.tl.regulation(statistic="local")`, all steps included."""
    rng = np.random.default_rng(0)
    cells = pd.DataFrame(index=[f"c{i}" for i in range(n_cells)])
    names = {"mirna": [f"hsa-miR-{i + 1}-3p" for i in range(200)], "mrna": [f"G{i}" for i in range(2_000)]}
    mdata = assemble(
        {
            key: AnnData(
                rng.poisson(3, (n_cells, len(v))).astype(np.float32), obs=cells.copy(), var=pd.DataFrame(index=v)
            )
            for key, v in names.items()
        }
    )
    at = rng.choice(200 * 2_000, n_pairs, replace=False)
    net = pd.DataFrame({"source": mdata["mirna"].var_names[at // 2_000], "target": mdata["mrna"].var_names[at % 2_000]})
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        cs.tl.regulation(mdata, net, statistic="local", n_threads=n_threads, progress=False)
        best = min(best, time.perf_counter() - start)
    return best
