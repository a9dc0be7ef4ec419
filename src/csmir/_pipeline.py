"""The steps of the command line, over the public functions only: data in, networks, a first reading, results out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from mudata import MuData

import csmir as cs
from csmir import _keys as K
from csmir._errors import InputError
from csmir._mudata import edges

RESULT = "csmir.h5mu"


@dataclass(frozen=True)
class Plan:
    """What a run does, apart from its data."""

    runs: int = 100
    seed: int = 0
    box_size: float = 0.1
    alpha: float = 0.01
    threads: int | None = None
    progress: bool | None = None


def read_prior(path: str, source: str | None, target: str | None) -> pd.DataFrame:
    """A prior from a GMT file or from any table with two columns."""
    if not Path(path).exists():
        raise InputError(
            f"The prior {path!r} does not exist. Give a table with a miRNA and a target column."
        )
    if ".gmt" in Path(path).suffixes:
        return cs.priors.read_gmt(path)
    return cs.priors.read_table(path, source=source, target=target)


def infer(mdata: MuData, net: pd.DataFrame | None, plan: Plan) -> None:
    """Networks and their first reading."""
    if plan.runs:
        cs.pp.bootstrap_cells(mdata, n_runs=plan.runs, seed=plan.seed)
    cs.tl.regulation(
        mdata, net, box_size=plan.box_size, alpha=plan.alpha, n_threads=plan.threads, progress=plan.progress
    )
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    cs.tl.similarity(mdata)


def save(mdata: MuData, folder: Path, formats: tuple[str, ...]) -> None:
    """`csmir.h5mu` and a folder of tables."""
    mdata.write_h5mu(folder / RESULT)
    cs.io.write_tables(mdata, folder / "tables", formats=formats)


def summary(mdata: MuData, started: float) -> list[tuple[str, Any]]:
    """The figures of one page, in reading order."""
    adata = mdata[K.REGULATION]
    params = adata.uns[K.UNS]["regulation"]
    per_cell = adata.obs[K.Obs.N_INTERACTIONS]
    kinds = adata.var[K.Var.CONSERVATION].value_counts()
    hubs = cs.get.hubs(mdata)
    union = int((edges(adata).getnnz(axis=0) > 0).sum())
    return [
        ("cells", f"{adata.n_obs:,}"),
        ("miRNAs", f"{mdata[K.MIRNA].n_vars:,}"),
        ("mRNAs", f"{mdata[K.MRNA].n_vars:,}"),
        ("pairs tested", f"{adata.n_vars:,}"),
        ("runs", f"{int(params['n_runs']):,} of {int(params['n_per_run']):,} cells"),
        ("interactions per cell", f"{int(per_cell.min()):,} to {int(per_cell.max()):,}"),
        ("interactions in any cell", f"{union:,}"),
        ("conserved interactions", f"{int(kinds.get(K.CONSERVED, 0)):,}"),
        ("rewired interactions", f"{int(kinds.get(K.REWIRED, 0)):,}"),
        ("hub miRNAs", f"{hubs['mirna'].nunique():,}"),
        ("time", f"{time.perf_counter() - started:.1f} s"),
    ]
