"""The boxes and arrows that tell what a run did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir.inference.statistics import recorded_statistic
from csmir.pl._kit import chance, style
from csmir.pl._kit.labels import inches_wide, settle, wrap
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.words import count_label


class Step(NamedTuple):
    """A box: its name, what happened, and whether that is a warning."""

    name: str
    lines: list[str]
    warning: str = ""


def steps(data: MuData | AnnData, adata: AnnData) -> list[Step]:
    """What was done, from the records of the steps."""
    noted = adata.uns.get(K.UNS, {})
    whole = data.uns.get(K.UNS, {}) if isinstance(data, MuData) else {}
    found = noted.get("regulation", {})
    out = [_input(data, adata, found)]
    if "bootstrap_cells" in whole and int(found.get("n_runs", 1)) > 1:
        out.append(_pseudo(whole["bootstrap_cells"], found))
    by = "from a prior" if found.get("prior", "net") == "net" else "all of them"
    out.append(Step("pairs", [f"{adata.n_vars:,} tested", by]))
    out.append(_networks(adata, noted, found))
    kinds = adata.var.get(K.Var.CONSERVATION)
    if kinds is not None:
        words = [f"{int((kinds == kind).sum()):,} {kind}" for kind in (K.CONSERVED, K.REWIRED)]
        out.append(Step("over the cells", words))
    return out


def _input(data: MuData | AnnData, adata: AnnData, found: Mapping[str, Any]) -> Step:
    lines = [count_label("cells", adata.n_obs, named=False)]
    if isinstance(data, MuData):
        for key, word in ((found.get("mirna", K.MIRNA), "miRNAs"), (found.get("mrna", K.MRNA), "mRNAs")):
            if key in data.mod:
                lines.append(f"{data.mod[key].n_vars:,} {word}")
    return Step("data", lines)


def _pseudo(boot: Mapping[str, Any], found: Mapping[str, Any]) -> Step:
    lines = [f"{int(found['n_runs']):,} runs", f"of {int(found.get('n_per_run', boot['n_total'])):,} cells"]
    alone = float(boot.get("share_alone", 0))
    return Step("pseudo-cells", lines, f"{alone:.0%} of boxes hold\nthe cell alone" if alone >= 0.01 else "")


def _networks(adata: AnnData, noted: Mapping[str, Any], found: Mapping[str, Any]) -> Step:
    edges = _mudata.edges(adata)
    per_cell = np.diff(edges.indptr)
    low, high = (int(per_cell.min()), int(per_cell.max())) if len(per_cell) else (0, 0)
    union = int((edges.getnnz(axis=0) > 0).sum())
    lines = [f"{low:,} to {high:,} per cell", f"{union:,} in any cell"]
    if "statistic" in found:
        known = recorded_statistic(found["statistic"])
        lines.insert(0, str(found["statistic"]) if known is None else known.title)
    warning = ""
    fdr = float(noted.get("null", {}).get("empirical_fdr", np.nan))  # of no interaction there is none
    if not np.isnan(fdr):
        warning = f"empirical FDR {fdr:.0%}"
    elif int((per_cell == 0).sum()):
        n_empty = int((per_cell == 0).sum())
        warning = f"{n_empty:,} networks are empty" if n_empty > 1 else "1 network is empty"
    return Step("networks", lines, warning)


def draw_workflow(ax: Any, done: list[Step], *, upright: bool) -> None:
    """Boxes from left to right, or one below the other."""
    ax.set_axis_off()
    (_down if upright else _across)(ax, done)


def _across(ax: Any, done: list[Step]) -> None:
    settle(ax)
    n = len(done)
    widest = inches_wide(
        [line for step in done for line in (*step.lines, *step.warning.split("\n"))], 10
    )  # at 10 points
    size = min(7 * side_inches(ax, "x") / (n * widest), 72 * side_inches(ax, "y") / 7.5)
    size = float(np.clip(size, 5.6, font_size(ax)))
    ax.set_xlim(0, n)
    ax.set_ylim(1, 0)
    for i, step in enumerate(done):
        _box(ax, (i + 0.06, 0.04), (0.8, 0.92), (0.04, 0.04))
        x = i + 0.1
        ax.text(x, 0.12, step.name, fontsize=size, fontweight="bold", va="top", color=style.ink())
        ax.text(x, 0.32, "\n".join(step.lines), fontsize=0.9 * size, va="top", color=style.ink(), linespacing=1.3)
        if step.warning:
            small = max(0.8 * size, 5)
            ax.text(x, 0.93, step.warning, fontsize=small, va="bottom", color=chance.colour(), gid="warning")
        if i + 1 < n:
            _arrow(ax, (i + 0.88, 0.5), (i + 1.04, 0.5), 10)


def _down(ax: Any, done: list[Step]) -> None:
    """Each box as high as the lines that its words take; the arrows keep to the gaps, left of the words.

    The boxes are as wide as the figure: the panels below leave room for their labels, which is none of theirs.
    """
    from matplotlib.transforms import blended_transform_factory

    for _ in range(2):  # what the first gives moves labels that the second has to find room for
        settle(ax)
    fig, margin = ax.get_figure(root=True), 0.015
    # across in parts of the figure: wherever the layout puts the panel at last, the boxes stay inside
    place = blended_transform_factory(fig.transFigure, ax.transData)
    width = 72 * (1 - 2 * margin) * fig.get_figwidth()  # points
    start = 0.27  # where the words begin, in parts of the width
    size = font_size(ax)
    high = 72 * side_inches(ax, "y")
    while True:
        texts = [wrap(" · ".join(step.lines), (0.93 - start) * width, size) for step in done]
        warned = [wrap(step.warning.replace("\n", " "), (0.93 - start) * width, size) for step in done]
        n_lines = np.array(
            [1 + a.count("\n") + bool(b) * (1 + b.count("\n")) for a, b in zip(texts, warned, strict=True)]
        )
        if size <= 5 or 1.25 * size * (n_lines + 1.1).sum() <= high:
            break
        size = max(size - 0.25, 5)
    rows = n_lines + 1.1  # a box, and the gap below it
    top = np.r_[0, rows.cumsum()]
    ax.set_ylim(top[-1], 0)
    for i, step in enumerate(done):
        extent = rows[i] - 0.6
        _box(ax, (margin, top[i]), (1 - 2 * margin, extent), (0.012, 0.2 * extent), transform=place)
        middle = top[i] + extent / 2
        words = {"fontsize": size, "va": "center", "color": style.ink(), "linespacing": 1.1, "in_layout": False}
        words["transform"] = place
        ax.text(0.045, middle, step.name, fontweight="bold", **words)
        if warned[i]:
            n_warned = 1 + warned[i].count("\n")
            ax.text(start, middle - n_warned / 2, texts[i], **words)
            below = middle + (n_lines[i] - n_warned) / 2
            ax.text(start, below, warned[i], gid="warning", **words | {"color": chance.colour()})
        else:
            ax.text(start, middle, texts[i], **words)
        if i + 1 < len(done):
            _arrow(ax, (0.075, top[i] + extent), (0.075, top[i + 1]), 0.9 * size, across="figure fraction")


def _box(
    ax: Any, corner: tuple[float, float], extent: tuple[float, float], rounding: tuple[float, float], **place: Any
) -> None:
    from matplotlib.patches import FancyBboxPatch

    shape = f"round,pad=0,rounding_size={rounding[0]}"
    ours: dict[str, Any] = {"facecolor": style.shade(0.07, style.DATA), "edgecolor": style.DATA, "linewidth": 0.9}
    ours |= place
    aspect = rounding[1] / rounding[0]
    ax.add_patch(
        FancyBboxPatch(corner, *extent, boxstyle=shape, gid="step", mutation_aspect=aspect, clip_on=False, **ours)
    ).set_in_layout(False)


def _arrow(ax: Any, start: tuple[float, float], end: tuple[float, float], head: float, *, across: str = "data") -> None:
    look = {"arrowstyle": "-|>", "color": style.DATA, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    props = look | {"mutation_scale": head}
    coords = (across, "data")
    ax.annotate(
        "",
        end,
        start,
        xycoords=coords,
        textcoords=coords,
        arrowprops=props,
        gid="arrow",
        annotation_clip=False,
        in_layout=False,
    )
