"""Cells as the columns of a raster: their order, groups as a strip of colours above it, hubs as dots in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from csmir.pl._kit import style
from csmir.pl._kit.legends import dot, patch
from csmir.pl._kit.marks import marks
from csmir.pl._kit.sizes import side_inches

MOST_HATCHED = 200  # runs


def strip(ax: Any, adata: AnnData, groups: pd.Series) -> list[Any]:
    """A row of coloured squares above the raster, and their legend; none for numbers, which are only sorted by."""
    if pd.api.types.is_numeric_dtype(groups) and not pd.api.types.is_bool_dtype(groups):
        return []
    of = style.category_colours(adata, str(groups.name))
    names = style.category_names(groups)
    if (names == "none").any():
        of = of | {"none": style.grey()}
    n_rows = ax.get_ylim()[0] + 0.5
    thick = max(0.03 * n_rows, min(0.5, 0.15 * n_rows))
    runs(ax, names, of, -0.5 - 0.8 * thick, thick)
    ax.set_ylim(n_rows - 0.5, -0.5 - 1.4 * thick)
    prefix = {name: f"{groups.name} {name}" if name.isdigit() else name for name in of}
    return keys(of, set(names), prefix)


def runs(ax: Any, names: np.ndarray, of: Mapping[str, str], middle: float, thick: float) -> None:
    """A bar for each run of cells of one group, in its colour and hatched; not hatched where there are too many."""
    ends = np.flatnonzero(np.r_[True, names[1:] != names[:-1], True])
    mark = marks(of)
    for start, stop in pairwise(ends):
        name = names[start]
        look: dict[str, Any] = {"color": of[name], "edgecolor": style.readable(of[name]), "linewidth": 0}
        look |= {"hatch": mark[name].hatch} if len(ends) < MOST_HATCHED else {}
        ax.barh(middle, stop - start, left=start - 0.5, height=thick, gid="csmir-strip", **look)


def keys(of: Mapping[str, str], there: Iterable[str], words: Mapping[str, str] | None = None) -> list[Any]:
    """The legend of such bars."""
    mark, there = marks(of), set(there)
    look = {name: {"hatch": mark[name].hatch, "edgecolor": style.readable(of[name]), "linewidth": 0} for name in of}
    return [patch((words or {}).get(name, name), of[name], **look[name]) for name in of if name in there]


# above, the order of the cells is by their total: a tree of so many takes too long
TREE_CELLS = 2_000


MOST_COLUMNS = 600


def alike(columns: np.ndarray) -> np.ndarray:
    """Leaf order of an average-linkage tree, the cell of the larger total on the left."""
    from scipy.cluster.hierarchy import leaves_list, linkage

    n = columns.shape[1]
    total = columns.sum(axis=0)
    if n < 3 or n > TREE_CELLS:
        return np.argsort(-total, kind="stable")
    leaves = leaves_list(linkage(columns.T, "average"))
    half = n // 2
    return leaves if total[leaves[:half]].sum() >= total[leaves[-half:]].sum() else leaves[::-1]


def averaged(values: np.ndarray) -> np.ndarray:
    """At most `MOST_COLUMNS` columns: means of neighbouring cells, where a page has no room for each."""
    n = values.shape[1]
    if n <= MOST_COLUMNS:
        return values
    start = np.linspace(0, n, MOST_COLUMNS + 1).astype(int)
    return np.add.reduceat(values, start[:-1], axis=1) / np.diff(start)


def hub_dots(ax: Any, is_hub: np.ndarray) -> list[Any]:
    row, column = np.nonzero(is_hub)
    square = min(side_inches(ax, "x") / is_hub.shape[1], side_inches(ax, "y") / is_hub.shape[0])
    size = float(np.clip(0.35 * 72 * square, 1, 3.2))
    look: dict[str, Any] = {"markeredgecolor": "#333333", "markeredgewidth": 0.5}
    ax.plot(column, row, linestyle="none", marker="o", markersize=size, color="white", gid="csmir-hubs", **look)
    return [dot("hub of the cell", "white", size=4, **look)]
