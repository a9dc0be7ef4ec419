"""Legends beside, above or below the axes, and the marks in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from csmir.pl._kit.labels import inches_wide, settle
from csmir.pl._kit.sizes import font_size, panel_width, side_inches


def legend(ax: Any, handles: Iterable[Any] | None = None, *, where: str = "right", **options: Any) -> Any:
    """A frameless legend: `"right"` of the axes, `"below"` or `"above"` them, `"outside"` all panels, or a `loc`."""
    size = 0.9 * font_size(ax)
    options = {"fontsize": size, "title_fontsize": size, "frameon": False, "handlelength": 1.2} | options
    places = {
        "right": {"loc": "upper left", "bbox_to_anchor": (1.01, 1), "borderaxespad": 0},
        "below": {"loc": "upper center", "bbox_to_anchor": (0.5, -0.18), "ncols": 4},
        "above": {"loc": "lower left", "bbox_to_anchor": (0, 1.01), "ncols": 4, "borderaxespad": 0},
    }
    if where == "outside":
        return ax.get_figure().legend(handles=list(handles or []), **{"loc": "outside right upper"} | options)
    handles = ax.get_legend_handles_labels()[0] if handles is None else list(handles)
    if not handles:
        return None
    if where in ("above", "below"):
        places[where]["ncols"] = legend_columns(ax, [str(h.get_label()) for h in handles])
    return ax.legend(handles=handles, **places.get(where, {"loc": where}) | options)


def legend_columns(ax: Any, labels: Sequence[str]) -> int:
    """How many entries of a legend fit side by side above or below the axes."""
    entry = max(0.6 * len(label) + 2.5 for label in labels) * 0.9 * font_size(ax)  # points
    return int(np.clip(72 * side_inches(ax, "x") / entry, 1, len(labels)))


def legend_above(ax: Any, handles: Sequence[Any]) -> Any:
    """A legend above the axes, in as many columns as fit its panel, and in smaller letters if not even one does."""
    handles = list(handles)
    if not handles:
        return None
    settle(ax)
    size = 0.9 * font_size(ax)
    entry = 1.04 * inches_wide([str(h.get_label()) for h in handles], size) + 3.2 * size / 72
    whole, panel = ax.get_figure(root=True).get_figwidth(), panel_width(ax)
    alone = panel > 0.99 * whole
    room = (1 - ax.get_position().x0) * whole - 0.1 if alone else max(side_inches(ax, "x"), 0.75 * panel)
    fit = int(np.clip(room // entry, 1, len(handles)))
    rows = -(-len(handles) // fit)
    small = {"fontsize": max(size * room / entry, 5)} if entry > room else {}
    return legend(ax, handles, where="above", ncols=-(-len(handles) // rows), columnspacing=1.2, **small)


def patch(label: str, colour: Any, **options: Any) -> Any:
    """A filled square for a legend."""
    from matplotlib.patches import Patch

    return Patch(**{"facecolor": colour, "edgecolor": "none", "label": label} | options)


def dot(label: str, colour: Any, *, marker: str = "o", size: float = 6, **options: Any) -> Any:
    """A mark for a legend."""
    from matplotlib.lines import Line2D

    base = {"marker": marker, "markersize": size, "color": colour, "linestyle": "none", "label": label}
    return Line2D([], [], **base | options)
