"""Where along a trajectory pairs are regulated."""

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
from csmir._errors import StepError
from csmir.get.edges import signed, value_name
from csmir.get.intervals import intervals as table_of
from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import settle
from csmir.pl._kit.legends import dot, legend_above
from csmir.pl._kit.sizes import panel_width
from csmir.pl._kit.strips import MOST_COLUMNS, averaged
from csmir.pl._kit.ticks import name_ticks
from csmir.pl._kit.words import bare, one_side

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = 4.2  # inches; in narrower figures names are without what all begin with


@fill
@on_ground
def intervals(
    data: MuData | AnnData,
    *,
    max_q: float = 0.05,
    n_top: int = 25,
    image_kws: Mapping[str, Any] | None = None,
    regulation: str = K.REGULATION,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw pairs along a trajectory: the correlation of each in every cell, and the stretch that is called regulated.

    Rows are pairs, the earliest stretch on top, columns are the cells in their order along the path. The colour is what
    the networks store (the local correlation), and the ground where a cell has no interaction; the dark line above it
    is the stretch of :func:`csmir.tl.intervals`, which is required. Networks of single cells spill over the ends of a
    stretch, since neighbours lie in it: where colour and line differ, read the line.

    Parameters
    ----------
    %(data)s
    max_q
        Largest q of a pair.
    n_top
        Number of pairs, the smallest p first; the label says of how many.
    image_kws
        Options of :meth:`matplotlib.axes.Axes.imshow`.
    %(regulation)s
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.intervals` was not run.
    InputError
        A number is out of range.

    Notes
    -----
    Above 600 cells a column is the mean of neighbouring cells along the path. A pair without a line is regulated
    somewhere, but no cell is surely inside. The table is of all pairs that were scanned: those that were taken out of
    the networks since, or have another name there, keep their line, and their row is empty.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=200, structure="trajectory", seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", neighbors="expression")
    >>> cs.tl.intervals(mdata)
    >>> ax = cs.pl.intervals(mdata, max_q=1, n_top=5)
    >>> len(ax.get_yticklabels())
    5
    """
    n_top = check.integer("n_top", n_top, low=1)
    table = table_of(data, max_q=max_q, regulation=regulation)
    adata = _mudata.read_regulation(data, regulation)
    if K.Obs.PATH not in adata.obs:
        raise StepError("The cells have no place along a path any more. Run cs.tl.intervals(mdata) again.")
    some = table.iloc[:n_top].sort_values(["from", "to"], kind="stable")
    size = (6.2, float(np.clip(1.6 + 0.19 * len(some), 2.4, 9)))
    frame = open_axes(ax, figsize, size, show=show, return_fig=return_fig, save=save, of=adata)
    ax = frame.ax
    style.dress(ax, xlabel="cells along the path")
    if some.empty:
        style.empty(ax, f"No pair has q ≤ {max_q:g}: no stretch of the path is called for any.")
        return frame.close(title=title)
    place = adata.obs[K.Obs.PATH].to_numpy(dtype=int)
    order = np.argsort(place, kind="stable")
    at = _columns(adata, some)
    values = np.asarray(_mudata.dense(adata.X[:, at]), dtype=float)[order].T
    values[at < 0] = 0  # the networks have lost these pairs, or call them otherwise
    _raster(ax, values, adata, image_kws)
    _stretches(ax, some, place[order])
    below = [f"(a column: {len(order) / MOST_COLUMNS:.1f} cells)"] * (len(order) > MOST_COLUMNS)
    if n_lost := int((at < 0).sum()):
        below.append(f"(without values: {n_lost:,} pair{'s' * (n_lost > 1)} that the networks no longer have)")
    style.dress(ax, xlabel="\n".join(["cells along the path", *below]))
    settle(ax)
    names = [f"{a} → {b}" for a, b in zip(some[K.Var.MIRNA], some[K.Var.MRNA], strict=True)]
    pattern = ""
    if panel_width(ax) < WIDE:
        names, pattern = bare(names)
    name_ticks(ax, "y", names, limit=60, most=26)
    style.dress(
        ax, ylabel=f"{len(some):,} of {len(table):,} pairs with q ≤ {max_q:g}" + f" ({pattern})" * bool(pattern)
    )
    legend_above(ax, [dot("called regulated", style.ink(), marker="", linestyle="-", linewidth=2)])
    return frame.close(title=title)


def _columns(adata: AnnData, some: pd.DataFrame) -> np.ndarray:
    """Where the networks have these pairs; -1 for those that they do not have any more."""
    keys = [K.Var.MIRNA, K.Var.MRNA]
    return pd.MultiIndex.from_frame(adata.var[keys].astype(str)).get_indexer(
        pd.MultiIndex.from_frame(some[keys].astype(str))
    )


def _raster(ax: Any, values: np.ndarray, adata: AnnData, given: Mapping[str, Any] | None) -> None:
    from matplotlib.image import AxesImage

    n_rows, n_cells = values.shape
    top = float(np.abs(values).max()) or 1.0
    ours: dict[str, Any] = {"aspect": "auto", "interpolation": "none", "cmap": style.SEQUENTIAL, "vmin": 0, "vmax": top}
    if signed(adata):
        ours |= {"cmap": style.diverging(), "vmin": -top}
    ours["extent"] = (-0.5, n_cells - 0.5, n_rows - 0.5, -0.5)
    means = averaged(values)
    picture = ax.imshow(np.ma.masked_equal(means, 0), **merged("image_kws", ours, given, AxesImage))
    side = one_side(means)
    style.colorbar(picture, ax, f"{value_name(adata).replace('rho', 'ρ')} in the cell{side * signed(adata)}")
    ax.spines[:].set_visible(False)
    ax.set_facecolor(style.shade(0.05))


def _stretches(ax: Any, some: pd.DataFrame, place: np.ndarray) -> None:
    """A line above each row from its first called cell to its last; places are those of all cells of the path."""
    first, last = (np.searchsorted(place, some[end].to_numpy(dtype=int)) for end in ("from", "to"))
    rows = np.flatnonzero(last > first)
    look: dict[str, Any] = {"color": style.ink(), "linewidth": 2, "gid": "csmir-intervals"}
    rim = {"color": style.shade(0), "linewidth": 4}
    ax.hlines(rows - 0.38, first[rows] - 0.5, last[rows] - 0.5, **rim)
    ax.hlines(rows - 0.38, first[rows] - 0.5, last[rows] - 0.5, **look)
    ax.tick_params(length=0)
