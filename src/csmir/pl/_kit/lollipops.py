"""One value for each cell: lollipops, or a histogram of many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.marks import marks, shape
from csmir.pl._kit.sizes import side_inches
from csmir.pl._kit.ticks import cell_ticks, whole


def draw_column(
    ax: Any,
    values: pd.Series,
    groups: pd.Series | None = None,
    palette: Mapping[str, str] | None = None,
    line_kws: Any = None,
    marker_kws: Any = None,
    *,
    named: bool = True,
) -> None:
    """One value for each cell: lollipops, or a histogram of many, or an empty panel."""
    many = len(values) > style.DRAWN
    style.dress(ax, grid=None if many else "y")
    if not values.notna().any():
        of_networks = str(values.name).startswith("pct_")
        style.empty(ax, "no cell has a value" + (": every network is empty" if of_networks else ""))
    elif many:
        _histogram(ax, values, groups, palette or {}, marker_kws)
    else:
        _lollipops(ax, values, groups, palette or {}, line_kws, marker_kws)
        if named:
            cell_ticks(ax, "x", values.index)


def _lollipops(
    ax: Any, values: pd.Series, groups: Any, palette: Mapping[str, str], line_kws: Any, marker_kws: Any
) -> None:
    from matplotlib.collections import LineCollection, PathCollection

    x, y = np.arange(len(values)), values.to_numpy()
    shades = [style.DATA] * len(values) if groups is None else [palette.get(g, style.grey()) for g in groups]
    ink = np.array(shades, dtype=object)
    known = ~np.isnan(y)
    room = 72 * side_inches(ax, "x") / max(len(values), 1)
    lines = {"colors": list(ink[known]), "linewidths": float(np.clip(room / 5, 0.4, 1.6)), "alpha": style.sheer(0.6)}
    ax.vlines(x[known], 0, y[known], **merged("line_kws", lines, line_kws, LineCollection))
    # no mark is cut in two at the top of a low panel
    look = {"c": list(ink[known]), "s": float(np.clip(room / 2, 2, 6)) ** 2, "zorder": 3, "linewidths": 0}
    look["clip_on"] = False
    drawn = ax.scatter(x[known], y[known], **merged("marker_kws", look, marker_kws, PathCollection))
    if groups is not None and "marker" not in (marker_kws or {}):
        of = marks(palette)
        shape(drawn, [of[g].marker if g in of else "o" for g in groups[known]])
    if not known.all():
        ax.scatter(x[~known], np.zeros((~known).sum()), marker="x", s=14, c=style.null(), clip_on=False, gid="no value")
    ax.axhline(np.median(y[known]), color=style.ink(), linewidth=0.8, linestyle="--", zorder=1, gid="median")
    ax.set_ylim(min(0, 1.1 * y[known].min()), max(1.1 * y[known].max(), 1))
    ax.set_xlim(-0.7, len(values) - 0.3)
    _thousands(ax.yaxis, y[known])


def _histogram(ax: Any, values: pd.Series, groups: Any, palette: Mapping[str, str], marker_kws: Any) -> None:
    known = values.dropna()
    counts = bool(known.eq(known.round()).all())
    low, high = known.min(), known.max()
    edges: Any = np.arange(low, high + 2) - 0.5 if counts and high - low < 30 else 30
    if groups is None:
        ax.hist(known, bins=edges, **{"color": style.DATA, **dict(marker_kws or {})})
    else:
        edges = np.histogram_bin_edges(known, bins=edges)
        of = marks(palette)
        for name in palette:
            inside = known[(groups == name).loc[known.index]]
            if len(inside):
                ax.hist(
                    inside,
                    bins=edges,
                    histtype="step",
                    linewidth=1.3,
                    color=palette[name],
                    label=name,
                    linestyle=of[name].line,
                )
    ax.axvline(known.median(), color=style.ink(), linewidth=0.8, linestyle="--", gid="median")
    lacking = f", {len(values) - len(known):,} without" if len(known) < len(values) else ""
    style.dress(ax, ylabel=f"cells (of {len(values):,}{lacking})")
    whole(ax.yaxis)
    if counts and high - low < 6:
        ax.set_xlim(max(low - 3.5, -0.5) if low >= 0 else low - 3.5, high + 3.5)
    _thousands(ax.xaxis, known)


def ghost(ax: Any, values: pd.Series) -> None:
    """What each cell has in shuffled pairings, over the lollipops or the histogram drawn before."""
    y = values.to_numpy(dtype=float)
    top = ax.get_ylim()[1]
    if len(y) > style.DRAWN:
        low, high = ax.get_xlim()
        edges = np.linspace(min(low, np.nanmin(y)), max(high, np.nanmax(y)), 40)
        heights = ax.hist(y, bins=edges, histtype="step", linewidth=1.2, color=style.ink(), gid="csmir-null")[0]
        ax.set_xlim(edges[0], edges[-1])
        ax.set_ylim(0, max(top, 1.05 * heights.max()))
        return
    room = 72 * side_inches(ax, "x") / max(len(y), 1)
    marks: dict[str, Any] = {"marker": "_", "s": float(np.clip(0.8 * room, 3, 14)) ** 2, "linewidths": 1.4, "zorder": 4}
    ax.scatter(np.arange(len(y)), y, color=style.ink(), clip_on=False, gid="csmir-null", **marks)
    ax.set_ylim(top=max(top, 1.1 * float(np.nanmax(y, initial=0))))


def _thousands(axis: Any, values: Any) -> None:
    """Whole numbers at whole numbers, with a comma above a thousand; none below 0 where no value is."""
    values = np.asarray(values, dtype=float)
    if (values == np.round(values)).all() and values.min() >= 0:
        whole(axis)
    elif np.abs(values).max() >= 1000:
        axis.set_major_formatter("{x:,.0f}")
