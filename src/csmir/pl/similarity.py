"""How alike the cells are, as pies, squares, numbers or a clustered heatmap."""

from __future__ import annotations

import warnings
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
from csmir._log import logger
from csmir._networks.distances import MATRIX, stored
from csmir.pl._kit import chance, frames, style
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import settle
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.square import Scale, clustered, draw_numbers, draw_pies, draw_squares
from csmir.pl._kit.ticks import NAMED, cell_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = ("pies", "squares", "numbers", "clustered")
WORDS = {
    "interactions": "similarity of interactions",
    "hubs": "similarity of hub miRNAs",
    "modules": "similarity of modules",
    "expression": "expression distance",
}
# up to this many cells a pie can be read
PIES = 25

# panels lower than this
LOW = 2.0  # inches


@fill
@on_ground
def similarity(
    data: MuData | AnnData,
    *,
    on: str = "interactions",
    lower: str | None = None,
    kind: str | None = None,
    groupby: str | None = None,
    cmap: str = style.SEQUENTIAL,
    vmin: float | None = None,
    vmax: float | None = None,
    regulation: str = K.REGULATION,
    mark_kws: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
    groups: str | None = None,
) -> Axes | Figure:
    """Draw how alike every two cells are.

    Pies and squares fill the upper triangle: a pie is filled as far as the similarity goes from 0 to 1, a square is as
    large, and both have its colour. The clustered heatmap puts alike cells side by side, below their tree and the
    colours of their groups. Requires :func:`csmir.tl.similarity`.

    Parameters
    ----------
    %(data)s
    on
        Similarity of `"interactions"`, of `"hubs"`, of `"modules"` (:func:`csmir.tl.module_similarity`), or the
        distance in `"expression"`.
    lower
        A second of these for the lower triangle, in the same colours; None leaves it empty (the numbers are
        symmetric then). The clustered heatmap takes none.
    kind
        `"pies"`, `"squares"`, `"numbers"` or `"clustered"`; None takes pies for up to 25 cells, squares for up to 40
        and the clustered heatmap for more.
    groupby
        With `"clustered"`, which is taken then: column of `.obs` with groups of cells to show beside the tree, such as
        `"cluster"`.
    cmap
        Colour map; the default can be told apart by colour-blind readers.
    vmin, vmax
        Values at the ends of the colours; None takes the range over different cells.
    %(regulation)s
    mark_kws
        Options of the patches (pies, squares) or texts (numbers), or of :meth:`matplotlib.axes.Axes.imshow`.
    %(plot)s
    groups
        The old name of `groupby`, until version 0.3.

    Returns
    -------
    Axes, or the Figure if `return_fig=True`. The tree and the groups of the heatmap are axes of their own,
    `"tree"` and `"groups"` by their labels (`ax.get_label()`), in the same figure.

    Raises
    ------
    StepError
        :func:`csmir.tl.similarity`, or :func:`csmir.tl.module_similarity`, was not run for `on`, or the expression
        changed since.
    InputError
        An option is not one of its words, `groupby` is not a column of the cells, pies, squares or numbers are asked
        for of more than 200 cells, or there is no room to read the numbers.

    Notes
    -----
    A cell with an empty network is similar to nothing: its row and column are grey crosses, and it is left out of the
    clustered heatmap, which the log and the label say. There the tree is that of :func:`csmir.tl.cluster`, if it was
    run for these cells, else complete linkage of 1 - similarity. Three seconds for 1,000 cells.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=12)
    >>> cs.tl.similarity(mdata, on="interactions", regulation="truth")
    >>> ax = cs.pl.similarity(mdata, regulation="truth")
    >>> len(ax.get_yticklabels())
    12
    """
    check.choice("on", on, MATRIX)
    if kind is not None:
        check.choice("kind", kind, KINDS)
    if groups is not None:
        groupby = _renamed(groupby, groups)
    adata = _mudata.read_regulation(data, regulation)
    upper = stored(adata, on, data)
    under = None if lower is None else stored(adata, check.choice("lower", lower, MATRIX), data)
    n = len(upper)
    if kind is None and groupby is not None:
        kind = "clustered"
    if kind is None:
        kind = "pies" if n <= PIES else "squares" if n <= NAMED else "clustered"
    if kind != "clustered" and n > style.DRAWN:
        raise InputError(
            f"{kind} of {n:,} cells are too small to be seen: they are drawn for up to {style.DRAWN}. Take "
            "kind='clustered', or leave `kind` out."
        )
    if groupby is not None and kind != "clustered":
        raise InputError(
            f"`groupby` colours cells beside the clustered heatmap, not {kind}. Take kind='clustered' for it."
        )
    if lower is not None and kind == "clustered":
        raise InputError(
            "The clustered heatmap is symmetric and has no room for `lower`. Leave it out, or take kind='squares'."
        )
    if groupby is not None and groupby not in adata.obs:
        raise InputError(
            f"`groupby` is not a column of the cells; they have {check.listing(adata.obs.columns, 12)}."
            f"{check.suggest(groupby, list(adata.obs.columns))}"
        )
    side = float(np.clip(1.6 + 0.24 * n, 3.2, 8)) if kind != "clustered" else float(np.clip(2.5 + 0.15 * n, 4, 6))
    whole = kind in ("numbers", "clustered") or lower is not None
    frame = frames.open_axes(
        ax, figsize, (side + 0.9 * whole, side), show=show, return_fig=return_fig, save=save, of=adata
    )
    ax = frame.ax
    if frame.own:
        frame.fig.set_layout_engine("compressed")  # knows of squares
    if n < 2 or np.isnan(upper[~np.eye(n, dtype=bool)]).all():
        why = "a single cell: nothing to compare it with" if n < 2 else "no two cells have a network to compare"
        style.empty(ax, why)
        return frame.close(title=title)
    scale = Scale.of([upper] if under is None else [upper, under], cmap, vmin, vmax)
    label = WORDS[on]
    shuffled = chance.table(adata, "similarity") if on == "interactions" and lower in (None, on) else None
    if shuffled is not None and chance.hardly_any(adata):
        shuffled = None  # empty networks are alike, and say nothing of these
    if kind == "clustered":
        n_left = clustered(ax, adata, upper, on, groupby, scale, mark_kws)
        if n_left:
            logger.warning("similarity: %d of %d cells have no %s and are not drawn", n_left, n, on)
    else:
        if under is not None and lower != on:
            label += f"\n(below: {WORDS[str(lower)]})"
        _names(ax, adata, whole, room=0.85 if whole or shuffled is None else 0.7)  # a line more below the bar
        if kind == "numbers":
            settle(ax)  # the names leave it less room to write
        draw = {"pies": draw_pies, "squares": draw_squares, "numbers": draw_numbers}[kind]
        remark = draw(ax, upper, upper if under is None and kind == "numbers" else under, scale, mark_kws)
        label += remark
    _bar(ax, scale, label, whole, shuffled)
    return frame.close(title=title)


def _renamed(groupby: str | None, groups: str) -> str:
    """The column under the old name of `groupby`."""
    if groupby is not None:
        raise InputError("`groups` is the old name of `groupby`: give `groupby` alone.")
    warnings.warn(
        "`groups` of cs.pl.similarity is called `groupby` now, and the old name goes with csmir 0.3.",
        FutureWarning,
        stacklevel=4,
    )
    return groups


def _bar(ax: Any, scale: Scale, label: str, whole: bool, shuffled: pd.DataFrame | None) -> None:
    """Colour bar to the right, or in the triangle that is left empty; a mark at what shuffled pairings give."""
    middle = np.nan if shuffled is None else float(np.nanmean(shuffled.loc["median"].to_numpy(dtype=float)))
    if np.isfinite(middle):
        said = f"\n(median when shuffled: {middle:.2f})"
        if whole and side_inches(ax, "y") < LOW:  # beside a short bar it would take the width of the panel
            style.dress(ax, xlabel=ax.get_xlabel() + said)
        else:
            label += said
    if whole:
        bar = style.colorbar(scale.mappable(), ax, label, shrink=0.8)
        if np.isfinite(middle):
            bar.ax.axhline(middle, color=style.shade(0), linewidth=2.5)
            bar.ax.axhline(middle, color=style.ink(), linewidth=1.2, gid="csmir-null")
        return
    inside = ax.inset_axes([0.03, 0.16, 0.4, 0.035])
    bar = style.colorbar(scale.mappable(), ax, "", cax=inside, orientation="horizontal")
    bar.set_label(label.replace(" of ", "\nof "), fontsize=font_size(ax))
    if np.isfinite(middle):
        bar.ax.axvline(middle, color=style.shade(0), linewidth=2.5)
        bar.ax.axvline(middle, color=style.ink(), linewidth=1.2, gid="csmir-null")
    if side_inches(ax, "x") > 2.2:
        bar.ax.locator_params(nbins=2)
    else:
        bar.set_ticks([scale.norm.vmin, scale.norm.vmax], labels=[f"{scale.norm.vmin:.2f}", f"{scale.norm.vmax:.2f}"])


def _names(ax: Any, adata: AnnData, whole: bool, room: float) -> None:
    """Names of the cells: left and below, or beside the upper triangle."""
    n = adata.n_obs
    ax.set_xlim(-0.6, n - 0.4)
    ax.set_ylim(n - 0.4, -0.6)
    ax.set_aspect("equal")
    style.dress(ax)
    ax.spines[:].set_visible(False)
    if not whole:
        ax.xaxis.tick_top()
        ax.xaxis.set_label_position("top")
        ax.yaxis.tick_right()
    ax.tick_params(length=0)
    cell_ticks(ax, "y", adata.obs_names, label=False, room=room)
    cell_ticks(ax, "x", adata.obs_names, room=room)
