"""The boxes and arrows that tell what a run did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir.pl import _style

STATISTICS = {"csn": "box statistic (CSN)", "exact": "exact box test", "local": "local correlation"}


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
    lines = [f"{adata.n_obs:,} cells"]
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
        lines.insert(0, STATISTICS.get(str(found["statistic"]), str(found["statistic"])))
    warning = ""
    if "empirical_fdr" in noted.get("null", {}):
        warning = f"empirical FDR {float(noted['null']['empirical_fdr']):.0%}"
    elif int((per_cell == 0).sum()):
        warning = f"{int((per_cell == 0).sum()):,} networks are empty"
    return Step("networks", lines, warning)


def draw_workflow(ax: Any, done: list[Step], *, upright: bool) -> None:
    """Boxes from left to right, or one below the other."""
    from matplotlib.patches import FancyBboxPatch

    n = len(done)
    widest: float = max(max(len(line) for line in (*step.lines, step.warning.split("\n")[0])) for step in done)
    if upright:
        widest = max(len(" · ".join(step.lines)) for step in done) / 0.68
    room = 72 * _style.side_inches(ax, "x") * (1.0 if upright else 0.92 / n)  # points for a line
    lines = 1.6 * n if upright else 7.5
    tall = 72 * _style.side_inches(ax, "y") / lines
    size = float(np.clip(min(room / (0.55 * widest), tall), 4, _style.font_size(ax)))
    ax.set_axis_off()
    ax.set_xlim(0, 1 if upright else n)
    ax.set_ylim(n if upright else 1, 0)
    for i, step in enumerate(done):
        corner, extent = ((0.01, i + 0.1), (0.98, 0.72)) if upright else ((i + 0.06, 0.04), (0.8, 0.92))
        shape = "round,pad=0,rounding_size=0.04"
        ours: dict[str, Any] = {"facecolor": "#EEF4F8", "edgecolor": _style.DATA, "linewidth": 0.9}
        ax.add_patch(FancyBboxPatch(corner, *extent, boxstyle=shape, gid="step", mutation_aspect=1, **ours))
        _words(ax, step, corner, extent, size, upright)
        if i + 1 < n:
            ends = ((0.5, i + 1.08), (0.5, i + 0.84)) if upright else ((i + 1.04, 0.5), (i + 0.88, 0.5))
            arrow = {"arrowstyle": "-|>", "color": _style.DATA, "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", *ends, arrowprops=arrow)


def _words(ax: Any, step: Step, corner: Any, extent: Any, size: float, upright: bool) -> None:
    if upright:
        middle = corner[1] + extent[1] / 2
        text = " · ".join(step.lines)
        ax.text(0.04, middle, step.name, fontsize=size, fontweight="bold", va="center", color=_style.INK)
        lines = text + (f"\n{step.warning.replace(chr(10), ' ')}" if step.warning else "")
        ax.text(0.3, middle, lines, fontsize=0.9 * size, va="center", color=_style.INK)
        return
    x = corner[0] + 0.04
    ax.text(x, 0.12, step.name, fontsize=size, fontweight="bold", va="top", color=_style.INK)
    ax.text(x, 0.32, "\n".join(step.lines), fontsize=0.9 * size, va="top", color=_style.INK, linespacing=1.3)
    if step.warning:
        ax.text(x, 0.93, step.warning, fontsize=0.8 * size, va="bottom", color=_style.REWIRED, gid="warning")
