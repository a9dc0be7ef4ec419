"""The crosstalk graph of the cells with its hub cells and modules, as a network or as a matrix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir._networks.distances import stored
from csmir.get.crosstalk import crosstalk as table_of
from csmir.get.crosstalk import crosstalk_graph
from csmir.pl._kit import frames, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.cell_runs import name_runs
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.legends import dot, legend, patch
from csmir.pl._kit.marks import marks, shape
from csmir.pl._kit.places import alike, network_places
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.ticks import NAMED
from csmir.pl._kit.words import bare, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = ("network", "matrix")
NETWORK = 60  # up to this many cells a network with half of all lines can be read
NAMED_MODULES = 8  # in the legend, each with a colour


@fill
@on_ground
def crosstalk(
    data: MuData | AnnData,
    on: str = "interactions",
    *,
    kind: str | None = None,
    seed: int = 0,
    regulation: str = K.REGULATION,
    node_kws: Mapping[str, Any] | None = None,
    edge_kws: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw which cells regulate alike: the graph of the cells, its hub cells and its modules.

    In the network a cell is as large as it has neighbours, in the colour of its module (grey for none), and hub cells
    have a dark ring. In the matrix, made for many cells, cells are sorted by module and, within, so that alike cells
    are side by side; a joined pair has the colour of its module, or grey between modules; bars and numbers above name
    the modules, and bars at the left mark hub cells. Requires :func:`csmir.tl.crosstalk`.

    Parameters
    ----------
    %(data)s
    on
        The graph by `"interactions"` or by `"hubs"`.
    kind
        `"network"` or `"matrix"`; None takes the network for up to 60 cells.
    seed
        Seed of the places of the cells in the network.
    %(regulation)s
    node_kws
        Options of the cells (:meth:`matplotlib.axes.Axes.scatter`), or of the matrix
        (:meth:`matplotlib.axes.Axes.imshow`).
    edge_kws
        Options of the lines (:class:`matplotlib.collections.LineCollection`).
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.crosstalk` was not run for `on`.
    InputError
        `kind` is not one of its words, or a matrix is given `edge_kws`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.similarity(mdata, on="interactions", regulation="truth")
    >>> cs.tl.crosstalk(mdata, regulation="truth")
    >>> ax = cs.pl.crosstalk(mdata, regulation="truth")
    >>> sum(len(dots.get_offsets()) for dots in ax.collections if dots.get_gid() == "cells")
    30

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578.
    """
    seed = check.seed(seed, bits=32)
    if kind is not None:
        check.choice("kind", kind, KINDS)
    cells = table_of(data, on, regulation=regulation)
    cells["cell"] = cells["cell"].astype(str)
    cells["module"] = cells["module"].astype(object).where(cells["module"].notna(), "").astype(str)
    n = len(cells)
    kind = kind or ("network" if n <= NETWORK else "matrix")
    if kind == "matrix" and edge_kws is not None:
        raise InputError("`edge_kws` are of the lines of kind='network'; a matrix has none. Leave them out.")
    if kind == "matrix" and seed:
        raise InputError("`seed` places the cells of kind='network'; a matrix has them in order. Leave it out.")
    adata = _mudata.read_regulation(data, regulation)
    frame = frames.open_axes(ax, figsize, (6, 4.4), show=show, return_fig=return_fig, save=save, of=adata)
    ax = frame.ax
    palette = _palette(cells)
    if cells["degree"].sum() == 0:
        cutoff = _cutoff(adata, on)
        style.empty(ax, f"no two cells are more similar than the cutoff{cutoff}: the graph has no line")
        return frame.close(title=title)
    if kind == "network":
        _network(ax, crosstalk_graph(data, on, regulation=regulation), cells, palette, seed, node_kws, edge_kws)
    else:
        end = "" if on == "interactions" else f"_{on}"
        joined = _mudata.dense(adata.obsp[K.Obsp.CROSSTALK + end]).astype(bool)
        _matrix(ax, joined, alike(stored(adata, on)), cells, palette, node_kws)
    legend(ax, _keys(cells, palette, kind))
    ax.set_xlabel(_label(cells, kind), fontsize=font_size(ax), color=style.ink())
    return frame.close(title=title)


def _palette(cells: pd.DataFrame) -> dict[str, str]:
    """Colours of the modules by number of cells; those past the eighth are grey-black, those of none grey."""
    names = sorted(set(cells["module"]) - {""}, key=int)
    shades = style.colours(NAMED_MODULES)
    own = {name: shades[i] if i < NAMED_MODULES else style.shade(2 / 3) for i, name in enumerate(names)}
    return own | {"": style.grey()}


def _markers(palette: Mapping[str, str]) -> dict[str, str]:
    """A marker for each module that has a colour of its own; the others have dots."""
    named = marks([m for m in palette if m][:NAMED_MODULES])
    return {m: named[m].marker if m in named else "o" for m in palette}


def _cutoff(adata: AnnData, on: str) -> str:
    value = adata.uns.get(K.UNS, {}).get("crosstalk", {}).get("cutoff_value", {}).get(on, np.nan)
    return "" if np.isnan(value) else f" of {value:.3f}"


def _label(cells: pd.DataFrame, kind: str) -> str:
    n_lines = int(cells["degree"].sum()) // 2
    pattern = bare(cells["cell"])[1] if kind == "network" and len(cells) <= NAMED else ""
    return (
        f"{len(cells):,} cells"
        + (f" ({pattern})" if pattern else "")
        + f", {n_lines:,} joined pair{'s' * (n_lines != 1)}"
    )


def _network(ax: Any, graph: Any, cells: pd.DataFrame, palette: Any, seed: int, node_kws: Any, edge_kws: Any) -> None:
    from matplotlib.collections import LineCollection, PathCollection

    places = network_places(graph, cells, seed)
    at = dict(zip(cells["cell"], places, strict=True))
    module = dict(zip(cells["cell"], cells["module"], strict=True))
    pairs = list(graph.edges())
    ink = [palette[module[a]] if module[a] == module[b] else style.grey() for a, b in pairs]
    faint = float(np.clip(40 / max(len(pairs), 1), 0.15, 0.6))
    ours = {"colors": ink, "linewidths": 0.8, "alpha": faint, "zorder": 1}
    lines = merged("edge_kws", ours, edge_kws, LineCollection)
    ax.add_collection(LineCollection([(at[a], at[b]) for a, b in pairs], **lines))
    size = font_size(ax)
    scale = np.sqrt(min(1.0, 25 / len(cells))) * side_inches(ax, "x") / 4.6
    degree, hub = cells["degree"].to_numpy(), cells["hub_cell"].to_numpy()
    area = (scale * (9 + 15 * np.sqrt(degree / degree.max()))) ** 2
    look = {"c": [palette[m] for m in cells["module"]], "s": area, "zorder": 2, "linewidths": np.where(hub, 1.8, 0.5)}
    look["edgecolors"] = [style.ink() if h else style.shade(0) for h in hub]
    drawn = ax.scatter(*places.T, gid="cells", **merged("node_kws", look, node_kws, PathCollection))
    if "marker" not in (node_kws or {}):
        of = _markers(palette)
        shape(drawn, [of[m] for m in cells["module"]])
    if len(cells) <= NAMED:
        for name, text, place, is_hub, a in zip(cells["cell"], bare(cells["cell"])[0], places, hub, area, strict=True):
            short = shorten(text, 14)
            inside = 0.6 * len(short) * 0.8 * size < np.sqrt(a)
            options = {"fontsize": 0.8 * size, "fontweight": "bold" if is_hub else "normal", "zorder": 3}
            shift = (0, 0) if inside else (0, np.sqrt(a) / 2 + 1)
            vertical = "center_baseline" if inside else "bottom"
            ink_of = style.readable(palette[module[name]]) if inside else style.ink()
            words = {"ha": "center", "va": vertical, "color": ink_of, **options}
            ax.annotate(short, place, xytext=shift, textcoords="offset points", **words)
    ax.margins(0.08)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def _matrix(ax: Any, joined: np.ndarray, position: np.ndarray, cells: pd.DataFrame, palette: Any, options: Any) -> None:
    from matplotlib.colors import to_rgb

    rank = cells["module"].map(lambda m: int(m) if m else np.inf)
    order = np.lexsort((position, rank))
    module = cells["module"].to_numpy(dtype=object)[order]
    same = (module[:, None] == module[None, :]) & (module != "")[:, None]
    image = np.tile(to_rgb(style.shade(0)), (*joined.shape, 1))
    ink = np.array([to_rgb(palette[m]) for m in module])
    there = joined[np.ix_(order, order)]
    np.fill_diagonal(there, True)  # a white line would break into dashes
    image[there] = to_rgb(style.shade(0.2))
    row, column = np.nonzero(there & same)
    image[row, column] = ink[row]
    ax.imshow(image, **{"interpolation": "nearest", "aspect": "auto", "rasterized": True} | dict(options or {}))
    hub = np.flatnonzero(cells["hub_cell"].to_numpy()[order])
    left = ax.inset_axes([-0.035, 0, 0.025, 1])
    left.hlines(hub, 0, 1, color=style.ink(), linewidth=max(0.4, min(3, 200 / len(cells))))
    left.set_ylim(len(cells) - 0.5, -0.5)
    left.set_xlim(0, 1)
    left.set_axis_off()
    left.set_label("hub cells")
    style.dress(ax)
    ax.spines[:].set_visible(True)
    ax.set_yticks([])
    ax.xaxis.tick_top()
    name_runs(ax, "x", list(module))


def _keys(cells: pd.DataFrame, palette: Mapping[str, str], kind: str) -> list[Any]:
    sizes = cells["module"].value_counts()
    named = [m for m in palette if m][:NAMED_MODULES]
    of = _markers(palette)
    words = {m: f"module {m} ({sizes[m]:,})" for m in named}
    keys = [patch(words[m], palette[m]) if kind == "matrix" else dot(words[m], palette[m], marker=of[m]) for m in named]
    more = [m for m in palette if m][NAMED_MODULES:]
    if more:
        keys.append(patch(f"{len(more):,} smaller modules", style.shade(2 / 3)))
    if "" in sizes:
        keys.append(patch(f"in no module ({sizes['']:,})", style.grey()))
    ring: dict[str, Any] = {"markerfacecolor": style.shade(0), "markeredgecolor": style.ink(), "markeredgewidth": 1.8}
    if kind == "matrix":
        ring = {"marker": "_", "markeredgewidth": 1.8}
    keys.append(dot(f"hub cell ({int(cells['hub_cell'].sum()):,})", style.ink(), **ring))
    return keys
