"""What stands at the ticks: names where they fit, and whole numbers where things are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.words import bare, count_label, shortened

NAMED = 40  # up to so many cells each has its name
MOST = 14  # letters of a cell's name; the first and the last are kept


def name_ticks(
    ax: Any,
    axis: str,
    names: Sequence[Any],
    *,
    at: Sequence[float] | None = None,
    limit: int = NAMED,
    most: int = 22,
    room: float = 0.85,
) -> bool:
    """Write names at the ticks if they are at most `limit` and fit at 5 points or more; else none.

    `room` is the share of the axis that the layout will leave, beside long labels and colour bars. Returns whether the
    names are written, so that the caller can put their number into the label instead.
    """
    n = len(names)
    ticks = np.arange(n) if at is None else np.asarray(at)
    sides = ("x", "y") if ax.get_aspect() == 1 else (axis,)  # the longer side of squares will not be filled
    side = 72 * room * min(side_inches(ax, each) for each in sides)  # points
    size = min(0.9 * font_size(ax), side / max(1.1 * n, 1))
    shown = 0 < n <= limit and size >= 5
    if not shown:
        (ax.set_xticks if axis == "x" else ax.set_yticks)([])
        return False
    labels = shortened(names, most)
    if axis == "y":
        ax.set_yticks(ticks, labels, fontsize=size)
        return True
    widest = (max(map(len, labels)) + 0.8) * 0.6 * size  # points, level
    level = widest * n < side
    ax.set_xticks(ticks, labels, fontsize=size, rotation=0 if level else 90)
    return True


def cell_ticks(ax: Any, axis: str, names: Any, *, what: str = "cells", label: bool = True, room: float = 0.85) -> bool:
    """Name the cells at the ticks, without what all names begin and end with, and label the axis accordingly.

    `cells`, `cells (K562_HalfCell_…)` or, where there is no room for names, `1,000 cells`.
    """
    short, pattern = bare(names)
    named = name_ticks(ax, axis, short, room=room, most=MOST)
    text = count_label(what, len(short), named) + (f" ({pattern})" if pattern and named else "")
    if label:
        (ax.set_xlabel if axis == "x" else ax.set_ylabel)(text, fontsize=font_size(ax))
    return named


def whole(axis: Any, *, nbins: int | None = None) -> None:
    """Ticks of counts: whole numbers, none below 0, with a comma at the thousands; as many as there is room for."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if nbins is None:
        room = 72 * side_inches(axis.axes, axis.axis_name) / font_size(axis.axes)  # in letters
        nbins = int(np.clip(room / (2.2 if axis.axis_name == "y" else 5), 2, 5))
    axis.set_major_locator(MaxNLocator(nbins=nbins, integer=True, min_n_ticks=1))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}" if v >= 0 else ""))
