"""What the null says of the networks, in a line of every figure that shows networks which chance gives as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from csmir import _keys as K
from csmir import _mudata
from csmir.inference.verdict import AS_MANY, NOMINAL, pairing_p
from csmir.pl._kit.ground import darkest, is_dark, shade
from csmir.pl._kit.labels import wrap
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.tl.hubs import rule_of

GID = "csmir-chance"
FEW = 0.05  # of the interactions


def colour() -> str:
    """Dark red, or a light one on dark ground."""
    import matplotlib as mpl

    return "#FF9980" if is_dark(mpl.rcParams["figure.facecolor"]) else "#A3250C"


def found(adata: AnnData) -> Mapping[str, Any] | None:
    """What :func:`csmir.tl.null` wrote, if it was run."""
    return adata.uns.get(K.UNS, {}).get("null")


def table(adata: AnnData, name: str) -> pd.DataFrame | None:
    """A summary of the shuffles (`"recurrence"`, `"degrees"`, `"similarity"`), a column for each."""
    frame = (found(adata) or {}).get(name)
    return frame if isinstance(frame, pd.DataFrame) and frame.shape[1] else None


def degrees(adata: AnnData, degree: pd.DataFrame) -> str:
    """How far shuffled pairings give the same miRNAs the most targets; nothing where that is not known."""
    shuffles = table(adata, "degrees")
    if shuffles is None:
        return ""
    by_chance = shuffles.mean(axis=1).reindex(degree.columns.astype(str)).to_numpy(dtype=float)
    total = degree.to_numpy(dtype=float).sum(axis=0)
    known = np.isfinite(by_chance)
    if known.sum() < 3 or not np.ptp(total[known]) or not np.ptp(by_chance[known]):
        return ""
    r = float(np.corrcoef(total[known], by_chance[known])[0, 1])
    return f"(miRNAs' targets, true : shuffled, r = {r:.2f})"


def classes(adata: AnnData, name: str) -> tuple[float, float] | None:
    """Mean numbers that are rewired, and conserved, in the shuffles of a table of :func:`table`."""
    shuffles = table(adata, name)
    step = adata.uns.get(K.UNS, {}).get("conservation", {})
    if shuffles is None or len(shuffles) != adata.n_obs + 1 or "q_pair" in step or "conserved_cells" not in step:
        return None
    mean = shuffles.to_numpy(dtype=float).mean(axis=1)
    return float(mean[1 : int(step["rewired_cells"]) + 1].sum()), float(mean[int(step["conserved_cells"]) :].sum())


def validated(adata: AnnData) -> float | None:
    """Share in percent of what shuffled pairings give that is validated; None where it is not known, or of too few."""
    if K.Var.N_NULL not in adata.var or K.Var.VALIDATED not in adata.var:
        return None
    by_chance = adata.var[K.Var.N_NULL].to_numpy(dtype=float)
    if hardly_any(adata):  # a share of so few says nothing
        return None
    return float(100 * by_chance[adata.var[K.Var.VALIDATED].to_numpy(dtype=bool)].sum() / by_chance.sum())


def classes_of(adata: AnnData, mirnas: pd.Index) -> pd.DataFrame | None:
    """Mean numbers of rewired and conserved interactions of these miRNAs in the shuffles, by the rule of the data."""
    step, null = adata.uns.get(K.UNS, {}).get("conservation", {}), found(adata) or {}
    rule = ("rewired_cells", "conserved_cells")
    if step.get("q_pair") is not None or any(r not in step or step[r] != null.get(r) for r in rule):
        return None
    rewired, conserved = table(adata, K.REWIRED), table(adata, K.CONSERVED)
    if rewired is None or conserved is None:
        return None
    mean = {K.REWIRED: rewired.mean(axis=1), K.CONSERVED: conserved.mean(axis=1)}
    return pd.DataFrame(mean).reindex(mirnas).fillna(0.0)


def mark_classes(ax: Any, adata: AnnData, mirnas: pd.Index, shift: Mapping[str, float]) -> str:
    """Black marks on the level bars of miRNAs (one below the other, a kind `shift` off) for the shuffles; in words."""
    mean = classes_of(adata, mirnas)
    if mean is None:
        return classes_in_words(adata)
    for kind, off in shift.items():
        rows = np.arange(len(mirnas)) + off
        ax.vlines(mean[kind], rows - 0.19, rows + 0.19, color=shade(0.8), linewidth=1.4, gid="csmir-null")
    few = 1 if mean.to_numpy().sum() < 20 else 0
    return f"{darkest()}: shuffled, " + " and ".join(f"{mean[kind].sum():,.{few}f} {kind}" for kind in shift)


def classes_in_words(adata: AnnData) -> str:
    """What is known of the classes when shuffled where it is not known miRNA by miRNA by the rule of the data."""
    if found(adata) is None:
        return ""
    known = classes(adata, "recurrence")
    if known is None:
        return "not shuffled miRNA by miRNA"
    here = [int((adata.var[K.Var.CONSERVATION] == kind).sum()) for kind in (K.REWIRED, K.CONSERVED)]
    (few, many), (rewired, conserved) = here, known
    said = f"all miRNAs: {many:,} conserved (shuffled {conserved:,.0f})"
    return f"{said};\n{few:,} rewired (shuffled {rewired:,.0f})"


def by_interactions(adata: AnnData, values: pd.DataFrame) -> pd.DataFrame:
    """Means of the columns over cells, weighed by their interactions: of the data, and when shuffled."""
    sizes = {"data": _mudata.edges(adata).getnnz(axis=1), "null": adata.obs[K.Obs.N_NULL]}
    out = {}
    for name, size in sizes.items():
        weight = pd.Series(np.asarray(size, dtype=float), adata.obs_names.astype(str)).reindex(values.index)
        known = values.notna().mul(weight, axis=0)
        out[name] = values.mul(weight, axis=0).sum() / known.sum()
    return pd.DataFrame(out)


def hub_table(adata: AnnData) -> pd.DataFrame | None:
    """The table of hubs, if hubs of the shuffles are by the rule of those of the networks."""
    return None if other_hubs(adata) else table(adata, "hub_recurrence")


def other_hubs(adata: AnnData) -> bool:
    """Whether hubs of the shuffles are by another rule than those of the networks, as after other options since."""
    noted = adata.uns.get(K.UNS, {})
    return table(adata, "hub_recurrence") is not None and (
        noted["null"].get("hub_rule") != rule_of(adata) or "q_pair" in noted.get("hubs", {})
    )


def hubs(adata: AnnData) -> float | None:
    """Hub miRNAs of a cell when shuffled, on average over cells and shuffles; None where it is not known."""
    shuffles = hub_table(adata)
    if shuffles is None or len(shuffles) != adata.n_obs + 1 or not adata.n_obs:
        return None
    return float(np.arange(len(shuffles)) @ shuffles.mean(axis=1).to_numpy(dtype=float) / adata.n_obs)


def hardly_any(adata: AnnData) -> bool:
    """Whether shuffles give less than a twentieth of the interactions, so that nothing is to be said of these."""
    by_chance = adata.var.get(K.Var.N_NULL)
    return by_chance is not None and not by_chance.sum() > FEW * _mudata.edges(adata).nnz


def line(of: AnnData | str) -> str:
    """One line where the networks are not more than chance, or than non-targets, give; else nothing.

    What does not go by the null of networks comes with the words themselves.
    """
    if isinstance(of, str):
        return of
    null = found(of)
    if null is None:
        return ""
    n = int(null["n_interactions"])
    shuffled = np.atleast_1d(np.asarray(null["null_interactions"], dtype=float))
    if n == 0:
        return ""
    counted = f"{n:,} interactions, {shuffled.mean():,.0f} when shuffled"
    p = pairing_p(n, shuffled)
    if p > NOMINAL and p <= 1 / (1 + len(shuffled)):
        return f"Cannot be told from chance by so few shuffles: {counted}."
    if p > NOMINAL:
        return f"No more than chance gives: {counted}."
    if shuffled.mean() >= AS_MANY * n:
        return f"Mostly what chance gives: {counted}."
    share = float(null.get("decoy_share", 0.0))
    if not share < AS_MANY:
        return f"More than a shuffle gives, but non-targets give {share:.0%} as many interactions."
    return ""


def independent(n_cells: int) -> Any:
    """Distribution of the rank correlation over so many cells of what does not depend on each other."""
    from scipy.stats import beta

    half = max(n_cells / 2 - 1, 0.5)
    return beta(half, half, loc=-1, scale=2)


def say_below(fig: Any, of: AnnData | str) -> None:
    """The line at the foot of a figure that is about to be drawn, so that all that follows knows of its room."""
    text = line(of)
    if text:
        size = max(0.85 * font_size(fig), 6.5)
        text = wrap(text, 72 * 0.92 * fig.get_figwidth(), size)
        fig.supxlabel(text, x=0.01, ha="left", fontsize=size, color=colour(), gid=GID)


def say_in(ax: Any, of: AnnData | str) -> None:
    """The line below the axes of somebody's figure, unless that figure says it already."""
    text = line(of)
    fig = ax.get_figure(root=True)
    if not text or fig.findobj(lambda part: part.get_gid() == GID):
        return
    size = max(0.85 * font_size(ax), 6.5)
    label = ax.get_xlabel() if ax.axison else ""
    text = wrap(text, 72 * side_inches(ax, "x"), size)
    if label:
        ax.set_xlabel(f"{label}\n{text}")
        ax.xaxis.label.set_gid(GID)
        return
    below = -2.5 * size if ax.axison else -4
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top"}
    ax.annotate(text, (0, 0), xytext=(0, below), fontsize=size, color=colour(), gid=GID, **place)
