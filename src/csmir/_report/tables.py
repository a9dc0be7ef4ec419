"""The numbers, parameters and tables of a run, as frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks, get
from csmir.get.edges import CELL

MOST_ROWS = 500
MOST_STORED = 200_000  # rows of a table that are in the page, to be searched and downloaded
# what the tables of the steps are called; others go by their key
TITLES = {
    K.Table.STABILITY: "What other seeds find",
    K.Table.AGREEMENT: "Agreement of the clusterings",
    K.Table.COMPARISON: "Validated share by cell and network",
    K.Table.COMPARISON_TESTS: "Validated share: inferred against other networks",
    K.Table.ENRICHMENT: "Enriched gene sets",
    K.Table.DISEASE: "Enrichment of disease-related names",
    K.Table.FAMILY_TARGETS: "Targets of the family",
}
# other tables stand in for these, or they are too fine for a page
SKIPPED = (
    K.Table.HUB_CONSERVATION, K.Table.MODULES, K.Table.FAMILY_COUNTS, K.Table.FAMILY_KS, K.Table.FAMILY_MODULES,
    K.Table.FAMILY_SHUFFLED, K.Table.CONSERVATION_GROUPS, K.Table.COMBINATIONS,
)  # fmt: skip


BY_GROUP = (
    ("groups", "Conserved within groups", "Interactions that nearly all cells of a group have; specific: of it alone."),
    ("combinations", "Groups that share interactions", "Interactions conserved in exactly these groups."),
    ("pairs", "Interactions conserved in a group", "The share of each group's cells that has them."),
)

BY_CHANCE = "interactions that chance gives"


class Table(NamedTuple):
    """A table of a page, whole up to `MOST_STORED` rows; `MOST_ROWS` of them are shown at first."""

    name: str
    title: str
    note: str
    frame: pd.DataFrame
    n_rows: int


def numbers(mdata: MuData, regulation: str = K.REGULATION) -> list[tuple[str, str]]:
    """The run in a dozen figures."""
    adata = _mudata.read_regulation(mdata, regulation)
    params = adata.uns.get(K.UNS, {}).get("regulation", {})
    edges = _mudata.edges(adata)
    per_cell, n_cells = edges.getnnz(axis=1), edges.getnnz(axis=0)
    union = int((n_cells > 0).sum())
    out = [("cells", f"{adata.n_obs:,}")]
    for key, word in ((K.MIRNA, "miRNAs"), (K.MRNA, "mRNAs")):
        name = str(params.get(key, key))
        out += [(word, f"{mdata[name].n_vars:,}")] if name in mdata.mod else []
    out.append(("pairs tested", f"{adata.n_vars:,}"))
    if int(params.get("n_runs", 1)) > 1:
        out.append(("bootstrap runs", f"{int(params['n_runs']):,} of {int(params['n_per_run']):,} cells"))
    if len(per_cell):
        out.append(("interactions of a cell", f"{per_cell.min():,} to {per_cell.max():,}"))
    out.append(("interactions in any cell", f"{union:,}"))
    if K.Table.CONSERVATION_GROUPS in adata.uns.get(K.UNS, {}):
        for row in get.conservation(adata).itertuples():
            out.append((f"conserved in {row.group}", f"{row.n_conserved:,} (>= {row.conserved_cells:,} cells)"))
    if K.Var.CONSERVATION in adata.var:
        for kind in (K.CONSERVED, K.REWIRED):
            n = int((adata.var[K.Var.CONSERVATION] == kind).sum())
            out.append((f"{kind} interactions", f"{n:,} ({n / max(union, 1):.1%})"))
    if K.Obsm.HUB in adata.obsm:
        out.append(("hub miRNAs in any cell", f"{int(adata.obsm[K.Obsm.HUB].to_numpy().any(axis=0).sum()):,}"))
    if K.Obsp.INTERACTIONS in adata.obsp and adata.n_obs > 1:
        matrix = _mudata.dense(adata.obsp[K.Obsp.INTERACTIONS])
        off = matrix[~np.eye(len(matrix), dtype=bool)]
        if np.isfinite(off).any():
            out.append(("similarity of two cells", f"{np.nanmin(off):.2f} to {np.nanmax(off):.2f}"))
    if K.Obs.PCT_VALIDATED in adata.obs and adata.obs[K.Obs.PCT_VALIDATED].notna().any():
        out.append(("validated, mean of the cells", f"{adata.obs[K.Obs.PCT_VALIDATED].mean():.2f} %"))
    fdr = adata.uns.get(K.UNS, {}).get("null", {}).get("empirical_fdr")
    if fdr is not None and np.isfinite(fdr):
        out.append((BY_CHANCE, f"{float(fdr):.0%}"))
    return out


def parameters(mdata: MuData, regulation: str = K.REGULATION) -> pd.DataFrame:
    """Every recorded parameter: `step`, `parameter`, `value`."""
    rows = []
    for holder in (_mudata.read_regulation(mdata, regulation), mdata):
        steps = holder.uns.get(K.UNS, {})
        for step, noted in sorted(steps.items(), key=lambda item: item[0] != "regulation"):
            if not isinstance(noted, Mapping) or "version" not in noted or step == K.RUN:
                continue
            words = [(name, _word(value)) for name, value in noted.items() if name not in ("version", "verdict")]
            rows += [(step, name, word) for name, word in words if word is not None]
    return pd.DataFrame(rows, columns=["step", "parameter", "value"])


def versions(mdata: MuData, regulation: str = K.REGULATION) -> list[str]:
    """Versions of csmir that made the steps."""
    found: dict[str, None] = {}
    for holder in (mdata, _mudata.read_regulation(mdata, regulation)):
        for noted in holder.uns.get(K.UNS, {}).values():
            if isinstance(noted, Mapping) and "version" in noted:
                found[str(noted["version"])] = None
    return list(found)


def tables(mdata: MuData, regulation: str = K.REGULATION) -> Iterator[Table]:
    """The tables of a page, as far as the steps were run."""
    adata = _mudata.read_regulation(mdata, regulation)
    yield from _of_sets(mdata)
    yield _cut("cells", "Cells", "One row a cell.", _cells(adata))
    if K.Obsm.OUT_DEGREE in adata.obsm:
        yield _cut("mirnas", "miRNAs", "Targets, and cells in which the miRNA is a hub.", _mirnas(adata))
    if K.Table.CONSERVATION_GROUPS in adata.uns.get(K.UNS, {}):
        for kind, title, note in BY_GROUP:
            yield _cut(f"conservation_{kind}", title, note, get.conservation(adata, kind=kind))
    if K.Var.CONSERVATION in adata.var and not _mudata.one_kind(adata):
        mean = _mean_support(adata)
        for kind in (K.CONSERVED, K.REWIRED):
            frame = get.conserved(adata) if kind == K.CONSERVED else get.rewired(adata)
            if mean is not None:
                at = pd.MultiIndex.from_frame(adata.var[[K.Var.MIRNA, K.Var.MRNA]].astype(str))
                found = at.get_indexer(pd.MultiIndex.from_frame(frame[[K.Var.MIRNA, K.Var.MRNA]].astype(str)))
                frame["support"] = mean[found]
                frame = frame.sort_values("support", ascending=False, kind="stable")
            note = "The mean support over the cells that have it, best first." if mean is not None else ""
            yield _cut(f"{kind}_interactions", f"{kind.capitalize()} interactions", note, frame)
    found = adata.uns.get(K.UNS, {})
    if isinstance(found.get(K.Table.MODULES), pd.DataFrame):
        frame = get.modules(adata, summary=True)
        yield _cut("modules", "Modules", "Sets of miRNAs and mRNAs that are all joined, or clusters.", frame)
    for name, table in found.items():
        if isinstance(table, pd.DataFrame) and name not in SKIPPED:
            best = [c for c in ("qvalue", "pvalue") if c in table]
            frame = table.sort_values(best, kind="stable") if best else table
            yield _cut(name, TITLES.get(name, name.replace("_", " ").capitalize()), "", frame)


def _of_sets(mdata: MuData) -> Iterator[Table]:
    """Targets of each miRNA as a set, and differences between conditions."""
    for key, part in mdata.mod.items():
        if "targeting" in part.uns.get(K.UNS, {}):
            note = "Whether a miRNA goes down with its targets, the smallest p first; a shift below 0 is repression."
            yield _cut(f"targeting_{key}", "Targeting", note, get.targeting(mdata, key=key))
    if isinstance(mdata.uns.get(K.UNS, {}).get(K.Table.DIFFERENTIAL), pd.DataFrame):
        design = str(mdata.uns[K.UNS].get(f"{K.Table.DIFFERENTIAL}_parameters", {}).get("design", ""))
        yield _cut(K.Table.DIFFERENTIAL, "Differences between conditions", design, get.differential(mdata))


def _cut(name: str, title: str, note: str, frame: pd.DataFrame) -> Table:
    return Table(name, title, note, frame.head(MOST_STORED).reset_index(drop=True), len(frame))


def _cells(adata: AnnData) -> pd.DataFrame:
    out = adata.obs.reset_index(drop=True)
    if K.Obs.N_INTERACTIONS not in out:
        out.insert(0, K.Obs.N_INTERACTIONS, _mudata.edges(adata).getnnz(axis=1))
    if K.Obsm.HUB in adata.obsm:
        out.insert(1, "n_hubs", adata.obsm[K.Obsm.HUB].to_numpy(dtype=bool).sum(axis=1))
    out.insert(0, CELL, adata.obs_names.astype(str), allow_duplicates=True)
    return out


def _mirnas(adata: AnnData) -> pd.DataFrame:
    degree = adata.obsm[K.Obsm.OUT_DEGREE]
    values = degree.to_numpy()
    codes, names = _networks.sources(adata)
    tested = pd.Series(np.bincount(codes.ravel(), minlength=len(names)), index=names)
    out = pd.DataFrame({
        _networks.source_kind(adata): degree.columns.astype(str),
        "pairs_tested": tested.reindex(degree.columns.astype(str)).to_numpy(),
        "mean_targets": values.mean(axis=0) if len(values) else 0.0,
        "most_targets": values.max(axis=0, initial=0),
        "cells_with_targets": (values > 0).sum(axis=0),
    })  # fmt: skip
    if K.Obsm.HUB in adata.obsm:
        out["hub_in_cells"] = adata.obsm[K.Obsm.HUB][degree.columns].to_numpy(dtype=bool).sum(axis=0)
    hubs = adata.uns.get(K.UNS, {}).get(K.Table.HUB_CONSERVATION)
    if hubs is not None:
        kind = hubs.set_index(hubs.columns[0])[K.Var.CONSERVATION].astype(str)
        out["as_hub"] = kind.reindex(out.iloc[:, 0]).to_numpy()
    return out.sort_values("mean_targets", ascending=False, kind="stable")


def _mean_support(adata: AnnData) -> np.ndarray | None:
    """Mean support of each pair over the cells that have it, to the last bit the same in any order of the cells."""
    if K.Layer.SUPPORT not in adata.layers:
        return None
    edges = _mudata.edges(adata)
    total = _mudata.as_csr(adata.layers[K.Layer.SUPPORT], float).multiply(edges).sum(axis=0)
    return np.asarray(total, dtype=float).ravel() / np.maximum(edges.getnnz(axis=0), 1)


def _word(value: Any) -> str | None:
    """A parameter in words; None for what is a result rather than a parameter."""
    if isinstance(value, pd.DataFrame | Mapping):
        return None
    values = np.atleast_1d(np.asarray(value)) if not isinstance(value, str) else np.array([value], dtype=object)
    if values.ndim > 1 or len(values) > 8:
        return None
    return ", ".join(f"{v:.6g}" if isinstance(v, float | np.floating) else str(v) for v in values.tolist())
