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
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import edges, h5_columns
from csmir._mudata.h5mu import write_h5mu
from csmir.cli.inputs import COVARIATES, Extras
from csmir.inference.statistics import statistic

RESULT = "csmir.h5mu"
FIGURE, PAGE = "overview.png", "report.html"


@dataclass(frozen=True)
class Plan:
    """What a run does, apart from its data."""

    runs: int = 100
    seed: int = 0
    box_size: float | None = None
    alpha: float | None = None
    threads: int | None = None
    progress: bool | None = None
    statistic: str = "csn"
    direction: str | None = None
    both_sides: bool = False
    permutations: int = 0
    clusters: int = 3
    modules: str | None = None
    family: str | None = None
    groups: str | None = None
    neighbors: str | None = None
    n_neighbors: int | None = None
    covariates: tuple[str, ...] = ()
    factors: int | str | None = None
    parents: pd.DataFrame | None = None
    transcription: str | None = None
    duplicates: str | None = None
    q_pair: float | None = None


def runs_of(options: dict[str, Any]) -> int:
    """Bootstrap runs: those asked for; none for a statistic that takes no pseudo-cells, of which none can be asked."""
    runs, name = options["runs"], options["statistic"]
    takes = "pseudo_cells" in statistic(name).options
    if runs is None:
        return Plan.runs if takes else 0
    if check.integer("n_runs", runs, low=0) and not takes:
        raise InputError(f"--runs belongs to --statistic csn; found --statistic {name}. Leave it out.")
    return int(runs)


def verdict(mdata: MuData) -> str:
    """What the null says, or the advice to ask it."""
    note = mdata[K.REGULATION].uns[K.UNS].get("null")
    if note is not None:
        return f"null: {note['verdict']}"
    adata = mdata[K.REGULATION]
    published = adata.uns[K.UNS]["regulation"]["statistic"] == Plan.statistic
    nothing = (
        f"No interaction is significant. With {adata.n_obs} cells that can mean 'cannot tell' as well as "
        "'no regulation':\nthe power of the tests grows with the cells.\n"
    )
    advice = (
        "Not known: how many of these interactions chance gives. Add --null 20 (cs.tl.null in Python) to shuffle the\n"
        "pairing of the cells"
    )
    on_k562 = "; on the K562 half-cells of the paper, shuffling leaves as many as there were." if published else "."
    return ("" if published or adata.obs[K.Obs.N_INTERACTIONS].any() else nothing) + advice + on_k562


def infer(mdata: MuData, net: pd.DataFrame | None, plan: Plan) -> None:
    """Networks and their first reading."""
    if odd := h5_columns.refused(mdata[K.MIRNA].var_names):
        raise InputError(
            f"The miRNAs {check.listing(odd)} have names that anndata writes to no h5mu file. Rename them, such as "
            "with ',' for '/'."
        )
    if plan.runs and "pseudo_cells" in statistic(plan.statistic).options:
        cs.pp.bootstrap_cells(mdata, n_runs=plan.runs, seed=plan.seed)
    cs.tl.regulation(
        mdata,
        net,
        statistic=plan.statistic,
        box_size=plan.box_size,
        groups=plan.groups,
        neighbors=plan.neighbors,
        n_neighbors=plan.n_neighbors,
        covariates=_columns(mdata, plan.covariates),
        factors=plan.factors,
        parents=plan.parents,
        transcription=plan.transcription,
        direction=plan.direction,
        both_sides=plan.both_sides,
        duplicates=plan.duplicates,
        alpha=plan.alpha,
        n_threads=plan.threads,
        progress=plan.progress,
    )
    cs.tl.hubs(mdata, q_pair=plan.q_pair)
    cs.tl.conservation(mdata, groups=plan.groups, q_pair=plan.q_pair)
    cs.tl.similarity(mdata)


def _columns(mdata: MuData, covariates: tuple[str, ...]) -> list[str] | None:
    """Columns to adjust for: those measured, and those named."""
    measured = mdata.uns.get(K.UNS, {}).get("covariates", {}).get("columns", ())
    columns = [*(c for c in covariates if c not in COVARIATES), *map(str, measured)]
    return columns if covariates else None


def analyse(mdata: MuData, plan: Plan, extras: Extras) -> None:
    """Whatever else was asked for, each with its own tables."""
    if plan.permutations:
        cs.tl.null(
            mdata, n_permutations=plan.permutations, seed=plan.seed, n_threads=plan.threads, progress=plan.progress
        )
    if plan.clusters:
        try:  # made unless told otherwise, so that networks too small for them are not a failure of the run
            cs.tl.cluster(mdata, k=plan.clusters)
            cs.tl.crosstalk(mdata)
        except InputError as e:
            logger.warning("no clusters and crosstalk: %s", e)
    if extras.truth is not None or extras.disease is not None:
        cs.tl.validate(mdata, extras.truth, disease=extras.disease)
        if extras.truth is not None:
            cs.tl.compare(mdata, extras.truth, against=["random", "random_prior", "prior"], seed=plan.seed)
    if plan.modules is not None:
        cs.tl.modules(mdata, plan.modules, q_pair=plan.q_pair)
        if extras.gene_sets is not None:
            try:  # no module, or none with an mRNA of the sets
                cs.tl.enrich(mdata, extras.gene_sets)
            except InputError as e:
                logger.warning("no enrichment of modules: %s", e)
        if extras.disease is not None:
            cs.tl.enrich_disease(mdata, extras.disease)
    if plan.family is not None:
        cs.tl.family(mdata, plan.family, progress=plan.progress)


def save_networks(mdata: MuData, folder: Path) -> None:
    """`csmir.h5mu` as it is so far."""
    write_h5mu(mdata, folder / RESULT)


def save(
    mdata: MuData, folder: Path, formats: tuple[str, ...], q_pair: float | None = None, *, escape_formulas: bool = False
) -> None:
    """`csmir.h5mu` and a folder of tables."""
    save_networks(mdata, folder)
    cs.io.write_tables(mdata, folder / "tables", formats=formats, q_pair=q_pair, escape_formulas=escape_formulas)


def draw(mdata: MuData, folder: Path) -> None:
    """A folder of figures."""
    cs.io.write_figures(mdata, folder / "figures")


def show(mdata: MuData, folder: Path, q_pair: float | None = None) -> None:
    """A figure and a page to open first."""
    cs.pl.overview(mdata, show=False, save=folder / FIGURE)
    cs.io.write_report(mdata, folder / PAGE, title="csmir demo", q_pair=q_pair)


def report(result: str, out: str, *, title: str | None, overwrite: bool, q_pair: float | None = None) -> None:
    """One page of a finished run."""
    path = Path(result)
    if path.is_dir():
        path = path / RESULT
    check.lasting(path)
    if not path.is_file():
        raise InputError(f"There is no result {str(path)!r}. Give the csmir.h5mu of csmir run, or its --out folder.")
    mdata = cs.io.read(path)
    if not isinstance(mdata, MuData):
        raise InputError(f"{str(path)!r} is not a result of csmir run: it holds no MuData.")
    title = f"csmir: {path.resolve().parent.name}" if title is None else title
    cs.io.write_report(mdata, out, title=title, overwrite=overwrite, q_pair=q_pair)


def summary(mdata: MuData, started: float) -> list[tuple[str, Any]]:
    """The figures of one page, in reading order."""
    adata = mdata[K.REGULATION]
    params = adata.uns[K.UNS]["regulation"]
    per_cell = adata.obs[K.Obs.N_INTERACTIONS]
    kinds = adata.var[K.Var.CONSERVATION].value_counts()
    hubs = cs.get.hubs(mdata)
    union = int((edges(adata).getnnz(axis=0) > 0).sum())
    runs = [("runs", f"{int(params['n_runs']):,} of {int(params['n_per_run']):,} cells")]
    return [
        ("cells", f"{adata.n_obs:,}"),
        ("miRNAs", f"{mdata[K.MIRNA].n_vars:,}"),
        ("mRNAs", f"{mdata[K.MRNA].n_vars:,}"),
        ("pairs tested", f"{adata.n_vars:,}"),
        ("statistic", str(params["statistic"])),
        *(runs if int(params["n_runs"]) > 1 else []),
        ("interactions per cell", f"{int(per_cell.min()):,} to {int(per_cell.max()):,}"),
        ("interactions in any cell", f"{union:,}"),
        ("conserved interactions", f"{int(kinds.get(K.CONSERVED, 0)):,}"),
        ("rewired interactions", f"{int(kinds.get(K.REWIRED, 0)):,}"),
        ("hub miRNAs", f"{hubs['mirna'].nunique():,}"),
        ("time", f"{time.perf_counter() - started:.1f} s"),
    ]
