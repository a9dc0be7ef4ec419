"""Trees of the cells, coloured by cluster, side by side; and the tanglegram of two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError, run_first
from csmir.get.clusters import clusters
from csmir.pl._kit import frames, style
from csmir.pl._kit.cell_runs import name_runs
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import wrap
from csmir.pl._kit.legends import dot, legend, legend_columns
from csmir.pl._kit.marks import marks
from csmir.pl._kit.sizes import font_size
from csmir.pl._kit.ticks import NAMED, cell_ticks
from csmir.pl._kit.trees import Tree, draw_tree, tree, turned
from csmir.pl._kit.words import bare
from csmir.tl.cluster import clusterings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHTS = {"interactions": "1 - similarity of interactions", "hubs": "1 - similarity of hubs"}
HEIGHTS["expression"] = "expression distance"
NARROW = 1.9  # inches; narrower panels are put below each other


class Clustering(NamedTuple):
    """A stored clustering, ready to draw."""

    key: str
    on: str
    cells: pd.Index  # from left to right
    labels: pd.Series  # cell -> cluster
    palette: Mapping[str, str]
    linkage: np.ndarray
    numbered: list[str]  # cells in the linkage's order
    drawn: Tree
    silhouette: float

    @property
    def groups(self) -> list[str]:
        """The cluster of each leaf, "" for none."""
        return [self.labels.get(cell, "") for cell in self.cells]


@fill
@on_ground
def cluster(
    data: MuData | AnnData,
    keys: str | Iterable[str] | None = None,
    *,
    tanglegram: bool = False,
    regulation: str = K.REGULATION,
    line_kws: Mapping[str, Any] | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> dict[str, Axes] | Figure:
    """Draw the trees of the cells side by side, coloured by cluster, one for each distance.

    A branch has the colour of its cluster up to where clusters merge. With `tanglegram=True` two trees face each other
    and a line joins each cell with itself, in the colour of its cluster in the first: few crossings mean that both
    order the cells alike. Requires :func:`csmir.tl.cluster`.

    Parameters
    ----------
    %(data)s
    keys
        Names of the clusterings, such as `["cluster", "cluster_expression"]`; None takes all (for a tanglegram the
        first two).
    tanglegram
        Let two trees face each other.
    %(regulation)s
    line_kws
        Options of the lines of the trees (:class:`matplotlib.collections.LineCollection`).
    %(panels)s

    Returns
    -------
    Axes by name of the clustering, and `"links"` in a tanglegram; or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.cluster` was not run, or not for one of the `keys`.
    InputError
        A tanglegram is asked for of other than two clusterings.

    Notes
    -----
    Names of the cells are written for up to 40. Of more than 200 cells the stems of the leaves are cut off, and
    the clusters have their names beside their leaves.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.similarity(mdata, on=["interactions", "expression"], regulation="truth")
    >>> cs.tl.cluster(mdata, ["interactions", "expression"], regulation="truth")
    >>> axes = cs.pl.cluster(mdata, regulation="truth")
    >>> [(key, ax.get_ylabel()) for key, ax in axes.items()]
    [('cluster', '1 - similarity of interactions'), ('cluster_expression', 'expression distance')]

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578.
    """
    adata = _mudata.read_regulation(data, regulation)
    there = clusterings(adata)
    if not there:
        raise run_first("There is no clustering yet", "cs.tl.cluster(mdata)")
    names = there if keys is None else check.words("keys", keys)
    names = names[:2] if tanglegram and keys is None else names
    if not names or (tanglegram and len(names) != 2):
        asked = f"A tanglegram compares two clusterings; found {len(names)} of {', '.join(there)}."
        raise InputError(asked if tanglegram else "`keys` names no clustering. Leave it out for all of them.")
    found = [clustering(adata, key) for key in names]
    if tanglegram:
        return _tanglegram(adata, found, line_kws, figsize, title, save, show, return_fig)
    n = max(len(c.cells) for c in found)
    width = float(np.clip(0.17 * n, 2.6, 4.5))
    frame = frames.open_figure(
        figsize, (width * len(found) + 0.5, 3.2), show=show, return_fig=return_fig, save=save, of=adata
    )
    stacked = frame.fig.get_figwidth() / len(found) < NARROW
    axes = frame.fig.subplots(*((len(found), 1) if stacked else (1, len(found))), squeeze=False).ravel()
    for ax, one in zip(axes, found, strict=True):
        draw_clustering(ax, one, line_kws, short=stacked)
    return frame.close(dict(zip(names, axes, strict=True)), title=title)


def clustering(adata: AnnData, key: str) -> Clustering:
    """A stored clustering by its name."""
    table = clusters(adata, key)
    inside = table.dropna(subset="cluster")
    cells = pd.Index(inside["cell"].astype(str))
    labels = pd.Series(inside["cluster"].astype(str).to_numpy(), index=cells)
    palette = style.category_colours(adata, key)
    stored = adata.uns[K.UNS][key]
    in_tree = [str(c) for c in np.asarray(stored["cells"], dtype=object)]  # cells of the linkage, in its order
    linkage = np.asarray(stored["linkage"])
    drawn = tree(linkage, [palette.get(labels.get(c, ""), style.grey()) for c in in_tree])
    order = pd.Index([in_tree[i] for i in drawn.leaves])
    quality = float(table.attrs["silhouette"])
    return Clustering(key, str(stored["on"]), order, labels, palette, linkage, in_tree, drawn, quality)


def draw_clustering(ax: Any, one: Clustering, line_kws: Any = None, *, short: bool = False) -> None:
    """A tree with its clusters above; `short` breaks the label of the heights in two."""
    draw_tree(ax, one.drawn, options=line_kws, trim=len(one.cells) > style.DRAWN, leaves=_markers(one))
    height = HEIGHTS.get(one.on, one.on)
    style.dress(ax, ylabel=_lines(ax, height) if short else height)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="x", length=0, pad=6)  # clear of the marks of the leaves
    cell_ticks(ax, "x", one.cells)
    if len(one.cells) > style.DRAWN:
        name_runs(ax, "x", one.groups)
    remark = "" if np.isnan(one.silhouette) else f"silhouette {round(one.silhouette, 2) + 0.0:.2f}"
    style.heading(ax, one.key, remark, pad=4 + 1.4 * font_size(ax) * _legend(ax, one))


def _lines(ax: Any, height: str) -> str:
    """The label of the heights in lines no longer than the panel is high, as far as its words allow."""
    fig = ax.get_figure(root=True)
    side = 0.6 * fig.get_figheight() / ax.get_subplotspec().get_gridspec().nrows
    return wrap(height.replace("1 - ", "1\u00a0-\u00a0"), 72 * side, font_size(ax))


def _legend(ax: Any, one: Clustering) -> int:
    """Clusters with their numbers of cells, above the tree; none of more than eight. Returns the lines it takes."""
    sizes = one.labels.value_counts()
    of = {k: "s" if len(one.cells) > style.DRAWN else mark.marker for k, mark in marks(one.palette).items()}
    keys = [dot(f"{k} ({sizes[k]:,})", c, marker=of[k], size=5) for k, c in one.palette.items() if k in sizes]
    if len(keys) > 8:
        return 0
    tight = {"handlelength": 0.8, "handletextpad": 0.4, "columnspacing": 0.9, "borderpad": 0.1}
    legend(ax, keys, where="above", **tight)
    return -(-len(keys) // legend_columns(ax, [key.get_label() for key in keys]))


def _markers(one: Clustering) -> list[str]:
    """A marker for each leaf: that of its cluster."""
    of = marks(one.palette)
    return [of[k].marker if k in of else "o" for k in one.groups]


def _tanglegram(
    adata: AnnData, found: list[Clustering], line_kws: Any, figsize: Any, title: Any, save: Any, show: Any,
    return_fig: bool,
) -> Any:  # fmt: skip
    """Two trees that face each other, the second turned branch by branch to cross less."""
    from matplotlib.collections import LineCollection

    left, right = found
    target = left.cells.get_indexer(pd.Index(right.numbered)).astype(float)
    target[target < 0] = np.nan
    shades = [right.palette.get(right.labels.get(c, ""), style.grey()) for c in right.numbered]
    drawn = tree(turned(right.linkage, target), shades)
    right = right._replace(drawn=drawn, cells=pd.Index([right.numbered[i] for i in drawn.leaves]))
    n = max(len(left.cells), len(right.cells))
    height = float(np.clip(0.17 * n + 0.8, 2.4, 7))
    frame = frames.open_figure(figsize, (6.5, height), show=show, return_fig=return_fig, save=save, of=adata)
    axes = frame.fig.subplots(1, 3, width_ratios=[1, 0.8, 1])
    for ax, one, side in ((axes[0], left, "left"), (axes[2], right, "right")):
        draw_tree(
            ax, one.drawn, orientation=side, options=line_kws, trim=len(one.cells) > style.DRAWN, leaves=_markers(one)
        )
        style.dress(ax, xlabel=HEIGHTS.get(one.on, one.on).replace(" of", "\nof"))
        ax.spines[["left", "right"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
        ax.locator_params(axis="x", nbins=4)
        if side == "left":
            ax.yaxis.tick_right()
        cell_ticks(ax, "y", one.cells, label=False)
        if n > style.DRAWN:
            name_runs(ax, "y", one.groups)
        style.heading(ax, one.key)
    both = [c for c in left.cells if c in right.labels.index]
    ends = [(side.get_indexer(pd.Index(both)) + 0.5) * n / len(side) - 0.5 for side in (left.cells, right.cells)]
    ink = [left.palette.get(left.labels.get(c, ""), style.grey()) for c in both]
    lines, of = [[(0, a), (1, b)] for a, b in zip(*ends, strict=True)], marks(left.palette)
    dashes = [of[k].line if k in of else "-" for k in (left.labels.get(c, "") for c in both)]
    width = 1.0 if n <= style.DRAWN else 0.3
    axes[1].add_collection(
        LineCollection(lines, colors=ink, linestyles=dashes, linewidths=width, alpha=style.sheer(0.8))
    )
    axes[1].set_xlim(0, 1)
    axes[1].set_ylim(n - 0.5, -0.5)
    axes[1].set_axis_off()
    pattern = bare(left.cells)[1] if n <= NAMED else ""
    note = f"cells ({pattern})" if pattern else f"{len(both):,} cells"
    axes[1].set_title(note, fontsize=0.85 * font_size(axes[1]), color=style.shade(0.6))
    panels = {left.key: axes[0], "links": axes[1], right.key: axes[2]}
    return frame.close(panels, title=title)
