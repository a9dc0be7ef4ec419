"""Cells x cells matrices: pies, squares, numbers in a triangle, and the clustered heatmap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from anndata import AnnData

from csmir import _keys as K
from csmir._errors import InputError
from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.legends import legend
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.strips import keys, runs
from csmir.pl._kit.ticks import cell_ticks
from csmir.pl._kit.trees import draw_tree, tree

if TYPE_CHECKING:
    pass

# the optimal order of leaves costs the cube of the cells
ORDERED_CELLS = 500
LEAST = 0.1  # span of the colours
SMALLEST = 5.0  # points; numbers that would be smaller cannot be read


@dataclass(frozen=True)
class Scale:
    """Values to colours."""

    norm: Any
    cmap: Any

    @classmethod
    def of(cls, matrices: Sequence[np.ndarray], cmap: Any, vmin: float | None, vmax: float | None) -> Scale:
        """The range over different cells where no limits are given, and never less than `LEAST` of it."""
        from matplotlib import colormaps
        from matplotlib.colors import Normalize

        different = ~np.eye(len(matrices[0]), dtype=bool)
        values = np.concatenate([m[different] for m in matrices])
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        if high - low < LEAST:  # differences that small are none: the ends of the colours would make them look large
            middle = (low + high) / 2
            low = max(min(middle - LEAST / 2, 1 - LEAST), 0.0) if low >= 0 and high <= 1 else middle - LEAST / 2
            high = low + LEAST
        low, high = low if vmin is None else vmin, high if vmax is None else vmax
        if low > high:
            raise InputError(f"`vmin` must not be above `vmax`; the colours would run from {low:.3g} to {high:.3g}.")
        return cls(Normalize(low, high), colormaps[cmap] if isinstance(cmap, str) else cmap)

    def __call__(self, values: Any) -> Any:
        """RGBA."""
        return self.cmap(self.norm(values))

    def mappable(self) -> Any:
        """What a colour bar needs."""
        from matplotlib.cm import ScalarMappable

        return ScalarMappable(self.norm, self.cmap)


def draw_pies(ax: Any, upper: np.ndarray, lower: np.ndarray | None, scale: Scale, options: Any) -> str:
    """A circle for each pair, filled clockwise from the top as far as the value goes from 0 to 1."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Circle, Wedge

    rings, wedges, faces = [], [], []
    for (i, j), value in _pairs(ax, upper, lower):
        rings.append(Circle((j, i), 0.42))
        share = min(max(value, 0.0), 1.0)
        wedges.append(Wedge((j, i), 0.42, -90, -90 + 360 * share))  # y points down: this is clockwise from the top
        faces.append(scale(value))
    ax.add_collection(PatchCollection(rings, facecolor=style.shade(0), edgecolor=style.shade(0.4), linewidth=0.4))
    ours = {"facecolor": faces, "edgecolor": "none", "linewidth": 0}
    ax.add_collection(PatchCollection(wedges, **merged("mark_kws", ours, options, PatchCollection)))
    return ""


def draw_squares(ax: Any, upper: np.ndarray, lower: np.ndarray | None, scale: Scale, options: Any) -> str:
    """A square for each pair, whose side goes with the place of its value in the range of the colours."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    squares, faces = [], []
    for (i, j), value in _pairs(ax, upper, lower):
        side = 0.25 + 0.67 * float(np.clip(scale.norm(value), 0, 1))
        squares.append(Rectangle((j - side / 2, i - side / 2), side, side))
        faces.append(scale(value))
    ours = {"facecolor": faces, "edgecolor": "none", "linewidth": 0}
    ax.add_collection(PatchCollection(squares, **merged("mark_kws", ours, options, PatchCollection)))
    return ""


def draw_numbers(ax: Any, upper: np.ndarray, lower: np.ndarray | None, scale: Scale, options: Any) -> str:
    """Numbers on coloured ground, in hundredths where there is little room."""
    from matplotlib.text import Text

    n = len(upper)
    room = 72 * min(side_inches(ax, "x"), side_inches(ax, "y")) / max(n, 1)
    short = room < 4 * 0.6 * 6
    size = min(room / (0.62 * (2.6 if short else 4.4)), font_size(ax))
    if size < SMALLEST:
        raise InputError(
            f"There is no room to read the numbers of {n:,} cells. Draw a larger figure (`figsize`), or take "
            "kind='squares' or kind='clustered'."
        )
    for (i, j), value in _pairs(ax, upper, lower):
        colour = scale(value)
        ax.add_patch(_rectangle(i, j, colour))
        text = f"{100 * value:.0f}" if short else f"{value:.2f}"
        ours = {"ha": "center", "va": "center", "fontsize": size, "color": style.readable(colour)}
        ax.text(j, i, text, **merged("mark_kws", ours, options, Text))
    return ", in hundredths" if short else ""


def _rectangle(i: int, j: int, colour: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=colour, edgecolor=style.shade(0), linewidth=0.5)


def _pairs(ax: Any, upper: np.ndarray, lower: np.ndarray | None) -> list[tuple[tuple[int, int], float]]:
    """(row, column) and value of each pair that has one; the others become grey crosses."""
    n = len(upper)
    cells = [(i, j, upper[i, j]) for i in range(n) for j in range(i + 1, n)]
    if lower is not None:
        cells += [(i, j, lower[i, j]) for i in range(n) for j in range(i)]
    lacking = [(i, j) for i, j, value in cells if np.isnan(value)]
    if lacking:
        at = np.array(lacking)
        ax.scatter(at[:, 1], at[:, 0], marker="x", s=12, c=style.grey(), linewidths=0.8, gid="no value")
    ax.plot([-0.5, n - 0.5], [-0.5, n - 0.5], color=style.shade(2 / 15), linewidth=0.8, zorder=0)
    return [((i, j), float(value)) for i, j, value in cells if not np.isnan(value)]


def clustered(
    ax: Any, adata: AnnData, values: np.ndarray, on: str, groups: str | None, scale: Scale, options: Any
) -> int:
    """The heatmap in the order of the tree; returns how many cells are left out for want of a network."""
    known = ~np.isnan(values).all(axis=1) & ~np.isnan(values.diagonal())
    names = adata.obs_names[known].to_numpy()
    matrix = values[np.ix_(known, known)]
    linkage, leaves = _tree(adata, names, matrix, on)
    ordered = matrix[np.ix_(leaves, leaves)]
    np.fill_diagonal(ordered, np.nan)  # a cell is always like itself
    ours = {"cmap": scale.cmap, "norm": scale.norm, "interpolation": "nearest", "aspect": "auto", "rasterized": True}
    ax.set_facecolor(style.shade(2 / 15))
    ax.imshow(ordered, **ours | dict(options or {}))
    style.dress(ax)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    n_left = int((~known).sum())
    named = cell_ticks(ax, "y", names[leaves], label=False)
    cell_ticks(ax, "x", names[leaves], room=0.6 if groups is not None else 0.75)
    if n_left:
        ax.set_xlabel(f"{ax.get_xlabel()}; {n_left:,} without a network left out")
    if not named:
        ax.set_yticks([])
    top = 1.01
    if groups is not None:
        handles = _strip(ax.inset_axes([0, top, 1, 0.03]), adata, names[leaves], groups)
        legend(ax, handles, title=groups, bbox_to_anchor=(1.02, 1.2), ncols=1 + len(handles) // 5)
        top += 0.04
    above = ax.inset_axes([0, top, 1, 0.16])
    draw_tree(above, tree(linkage), trim=len(leaves) > style.DRAWN)
    above.set_axis_off()
    above.set_label("tree")
    return n_left


def _tree(adata: AnnData, names: np.ndarray, matrix: np.ndarray, on: str) -> tuple[np.ndarray, np.ndarray]:
    """Linkage and leaves: those of `cs.tl.cluster` if it was run on these cells, else complete linkage."""
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    key = K.Obs.CLUSTER if on == "interactions" else f"{K.Obs.CLUSTER}_{on}"
    found = adata.uns.get(K.UNS, {}).get(key, {})
    if found.get("on") == on and np.array_equal(np.asarray(found.get("cells", ()), dtype=object), names):
        return np.asarray(found["linkage"]), np.asarray(found["leaves"])
    distance = matrix.copy() if on == "expression" else 1 - matrix
    distance = np.nan_to_num((distance + distance.T) / 2, nan=1.0)
    np.fill_diagonal(distance, 0)
    ordered = len(names) <= ORDERED_CELLS
    linkage = hierarchy.linkage(squareform(distance, checks=False), "complete", optimal_ordering=ordered)
    return linkage, hierarchy.leaves_list(linkage)


def _strip(ax: Any, adata: AnnData, names: np.ndarray, groups: str) -> list[Any]:
    values = adata.obs.loc[names, groups]
    there = style.category_names(values)
    palette: dict[str, str] = style.category_colours(adata, groups) | (
        {"none": style.grey()} if "none" in there else {}
    )
    runs(ax, there, palette, 0.5, 1.0)
    ax.set_xlim(-0.5, len(there) - 0.5)
    ax.set_ylim(0, 1)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)
    ax.set_label("groups")
    return keys(palette, there)


def outlined(ax: Any, row: Any, column: Any, values: np.ndarray, known: np.ndarray, scale: Scale, options: Any) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    side = 0.84
    filled = ~np.isnan(values)
    boxes = [Rectangle((x - side / 2, y - side / 2), side, side) for x, y in zip(column, row, strict=True)]
    ours = {"facecolor": list(scale(values[filled])), "edgecolor": "none"}
    full = PatchCollection(
        [boxes[i] for i in np.flatnonzero(filled)], **merged("square_kws", ours, options, PatchCollection)
    )
    full.set_gid("differ")
    ax.add_collection(full)
    hollow = [boxes[i] for i in np.flatnonzero(known & ~filled)]
    ax.add_collection(PatchCollection(hollow, facecolor="none", edgecolor=style.grey(), linewidth=0.5, gid="alike"))
    if not known.all():
        marks = {"marker": "x", "s": 10, "c": style.grey(), "linewidths": 0.8, "gid": "no value"}
        ax.scatter(column[~known], row[~known], **marks)
