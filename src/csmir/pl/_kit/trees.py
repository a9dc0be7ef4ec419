"""Trees of cells: their lines, coloured by cluster, and where the leaves are."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.marks import shape
from csmir.pl._kit.sizes import side_inches


class Tree(NamedTuple):
    """Lines of a dendrogram; its leaves are at positions 0, 1, 2, ..."""

    lines: np.ndarray  # (merges, 4, 2): position, height
    colours: list[str]
    leaves: np.ndarray  # position -> number of the cell in the linkage
    leaf_colours: list[str]  # by position


def tree(linkage: np.ndarray, leaf_colours: Sequence[str] | None = None) -> Tree:
    """The dendrogram of scipy's linkage; a merge has the colour of its leaves if they have one, else grey ink."""
    from scipy.cluster import hierarchy

    n = len(linkage) + 1
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 4 * n + 200))  # scipy walks the tree by recursion
    try:
        drawn = hierarchy.dendrogram(linkage, no_plot=True, link_color_func=lambda node: str(node))
    finally:
        sys.setrecursionlimit(limit)
    x, y = np.array(drawn["icoord"]) / 10 - 0.5, np.array(drawn["dcoord"])  # scipy's leaves are at 5, 15, 25, ...
    shades = list(leaf_colours) if leaf_colours is not None else [style.ink()] * n
    ink: list[Any] = list(shades)
    for a, b in linkage[:, :2].astype(int):
        ink.append(ink[a] if ink[a] == ink[b] else None)
    colours = [ink[int(node)] or style.ink() for node in drawn["color_list"]]
    leaves = np.asarray(drawn["leaves"])
    return Tree(np.stack([x, y], axis=2), colours, leaves, [shades[i] for i in leaves])


def turned(linkage: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The same tree with each merge turned so that leaves come in the order of `target` as far as may be.

    `target` holds a wanted position for each leaf, NaN for none.
    """
    n = len(linkage) + 1
    total, known = np.zeros(2 * n - 1), np.zeros(2 * n - 1)
    total[:n], known[:n] = np.nan_to_num(target), ~np.isnan(target)
    out = linkage.copy()
    for i, (a, b) in enumerate(linkage[:, :2].astype(int)):
        total[n + i], known[n + i] = total[a] + total[b], known[a] + known[b]
        if known[a] and known[b] and total[a] / known[a] > total[b] / known[b]:
            out[i, :2] = b, a
    return out


def draw_tree(
    ax: Any,
    drawn: Tree,
    *,
    orientation: str = "top",
    options: Mapping[str, Any] | None = None,
    trim: bool = False,
    leaves: Sequence[str] | None = None,
) -> None:
    """Lines of the tree with the root at the `top`, `left` or `right`.

    `trim` leaves out the stems of the leaves, `leaves` has a marker for each, to be drawn in its colour.
    """
    from matplotlib.collections import LineCollection

    n = len(drawn.leaves)
    lines = drawn.lines if orientation == "top" else drawn.lines[:, :, ::-1]
    ours = {"colors": drawn.colours, "linewidths": 1.1 if n <= style.DRAWN else 0.5}
    ax.add_collection(LineCollection(list(lines), **merged("line_kws", ours, options, LineCollection)))
    heights = drawn.lines[:, 1, 1]
    foot = 0.98 * heights.min() if trim else 0.0
    span = heights.max() - foot
    top = foot + (1.05 * span if span > 1e-9 else 1.0)  # all alike: a flat tree on an axis that can be read
    at, level = np.arange(n), np.full(n, foot)
    if leaves is not None and n <= style.DRAWN:
        side = float(np.clip(72 * side_inches(ax, "x" if orientation == "top" else "y") / n / 2, 1.5, 6))
        places = (at, level) if orientation == "top" else (level, at)
        points = ax.scatter(*places, s=side**2, c=drawn.leaf_colours, linewidths=0, clip_on=False, zorder=3)
        shape(points, leaves)
    if orientation == "top":
        ax.set_xlim(-0.5, n - 0.5)
        ax.set_ylim(foot, top)
        return
    ax.set_ylim(n - 0.5, -0.5)
    ax.set_xlim(*((top, foot) if orientation == "left" else (foot, top)))
