"""How large things are on the page: panels, axes and letters."""

from __future__ import annotations

from typing import Any

import numpy as np


def font_size(ax: Any) -> float:
    """Size of text in points: the user's, but smaller in panels as narrow as a journal's column."""
    import matplotlib as mpl

    usual = float(mpl.rcParams["font.size"])
    return float(np.clip(usual * panel_width(ax) / 4.6, 6.5, max(usual, 6.5)))


def panel_width(ax: Any) -> float:
    """Inches that a panel (or a figure) has for itself and its labels."""
    if not hasattr(ax, "get_subplotspec"):
        return float(ax.get_figwidth())
    width = float(ax.get_figure(root=True).get_figwidth())
    spec = ax.get_subplotspec()
    if spec is not None:
        return width * len(spec.colspan) / spec.get_gridspec().ncols
    box = ax.get_position()
    return min(width, width * box.width / 0.775)


def side_inches(ax: Any, axis: str) -> float:
    """Length of an axis as drawn so far, in inches."""
    box = ax.get_position()
    fig = ax.get_figure(root=True)
    return box.width * fig.get_figwidth() if axis == "x" else box.height * fig.get_figheight()
