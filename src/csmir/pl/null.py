"""The networks beside those of shuffled cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError, run_first
from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import open_axes, open_figure
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import wrap
from csmir.pl._kit.legends import dot, legend_above, patch
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.ticks import NAMED, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = ("total", "cells")


@fill
@on_ground
def null(
    data: MuData | AnnData,
    panel: str | None = None,
    *,
    marker_kws: Mapping[str, Any] | None = None,
    regulation: str = K.REGULATION,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | dict[str, Axes] | Figure:
    """Draw the number of interactions in the data beside that after the pairing of the cells was shuffled.

    Left, all cells together: one grey mark for each shuffled pairing, one coloured for the data. Right, each cell: its
    interactions against those it has on average in the shuffled pairings; on the diagonal, data and null are alike.
    Shuffled pairings hold no regulation, so only what the data have beyond them can be. Below, what the same number of
    non-targets give, with the 95 % interval. Requires :func:`csmir.tl.null`.

    Parameters
    ----------
    %(data)s
    panel
        `"total"` or `"cells"` draws only that one; None draws both, with the verdict above.
    marker_kws
        Options of :meth:`matplotlib.axes.Axes.scatter` for the cells.
    %(regulation)s
    ax
        Axes to draw one `panel` into; None makes a figure.
    %(panels)s

    Returns
    -------
    Axes of the `panel`, or Axes by panel; or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.null` was not run.
    InputError
        `ax` is given without a `panel`, or `marker_kws` with the one that has no cells.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=100, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"])
    >>> cs.tl.null(mdata, n_permutations=3)
    >>> list(cs.pl.null(mdata))
    ['total', 'cells']
    """
    if panel is not None:
        check.choice("panel", panel, PANELS)
    if panel == "total" and marker_kws is not None:
        raise InputError("`marker_kws` are of the cells, which panel='total' does not draw. Leave them out.")
    adata = _mudata.read_regulation(data, regulation)
    found = adata.uns.get(K.UNS, {}).get("null")
    if found is None or K.Obs.N_NULL not in adata.obs:
        raise run_first("There is no null to compare with yet", "cs.tl.null(mdata)")
    if panel is not None:
        frame = open_axes(ax, figsize, (4.4, 3.6), show=show, return_fig=return_fig, save=save, of=adata)
        _panel(frame.ax, adata, found, panel, marker_kws)
        return frame.close(title=title)
    if ax is not None:
        raise InputError("`ax` holds one panel: name it, panel='total' or panel='cells'.")
    of = None if title is None else adata  # the verdict stands above it, or below another title
    frame = open_figure(figsize, (7.0, 3.6), show=show, return_fig=return_fig, save=save, of=of)
    axes = frame.fig.subplot_mosaic([list(PANELS)], width_ratios=[1, 1.25])
    for name, panel_ax in axes.items():
        _panel(panel_ax, adata, found, name, marker_kws)
    size = min(1.2 * font_size(axes["total"]), font_size(frame.fig))
    if title is None:
        verdict = wrap(str(found["verdict"]), 72 * 0.92 * frame.fig.get_figwidth(), size)
        frame.fig.suptitle(verdict, fontsize=size, x=0.01, ha="left")
    return frame.close(axes, title=title)


def _panel(ax: Any, adata: AnnData, found: Mapping[str, Any], panel: str, given: Mapping[str, Any] | None) -> None:
    if panel == "total":
        shuffled = np.atleast_1d(np.asarray(found["null_interactions"], dtype=float))
        _total(ax, int(found["n_interactions"]), shuffled, _decoys(found))
    else:
        _cells(ax, adata, given)


def _decoys(found: Mapping[str, Any]) -> np.ndarray | None:
    """Interactions that non-targets would give, and the interval of that; None if they were not tested."""
    if "decoy_share" not in found or not np.isfinite(found["decoy_share"]):
        return None
    shares = np.array([found["decoy_share"], *np.atleast_1d(found["decoy_interval"])], dtype=float)
    return shares * int(found["n_interactions"])


def _total(ax: Any, observed: int, totals: np.ndarray, decoys: np.ndarray | None) -> None:
    """One mark for each shuffled pairing, many of them as a histogram; one with its interval for the non-targets."""
    style.dress(ax, xlabel="interactions in all cells")
    size = 0.9 * font_size(ax)
    if len(totals) > NAMED:
        ax.hist(totals, bins=min(30, len(totals) // 4), color=style.null(), gid="csmir-null")
        style.dress(ax, ylabel="shuffled pairings")
        whole(ax.yaxis)
        ax.axvline(observed, color=style.DATA, linewidth=2, gid="csmir-data")
        key = [patch("shuffled pairing", style.null()), dot("data", style.DATA, marker="", linestyle="-")]
        if decoys is not None:
            ax.axvline(decoys[0], color=style.ink(), linewidth=1.2, linestyle="--", gid="csmir-decoys")
            key.append(dot("non-targets", style.ink(), marker="", linestyle="--"))
    else:
        # spread a little, in an order that has nothing to do with the values, so that equal ones are seen
        height = 0.35 * (np.arange(len(totals)) % 7 - 3) / 3
        ax.scatter(totals, height, s=28, color=style.null(), alpha=style.sheer(0.8), linewidths=0, gid="csmir-null")
        ax.scatter([observed], [1], s=70, color=style.DATA, marker="D", linewidths=0, gid="csmir-data")
        ax.set_ylim(-0.8 - (decoys is not None), 1.6)
        words = {-1: "non-targets", 0: "shuffled", 1: "data"}
        words = words if decoys is not None else {0: "shuffled", 1: "data"}
        ax.set_yticks(list(words), list(words.values()), fontsize=size)
        if decoys is not None:
            ax.plot(decoys[1:], [-1, -1], color=style.ink(), linewidth=1.2, gid="csmir-decoy-interval")
            ax.scatter([decoys[0]], [-1], s=40, color=style.ink(), marker="s", linewidths=0, gid="csmir-decoys")
        ax.tick_params(axis="y", length=0)
        key = []
    most = 0 if decoys is None else float(np.nanmax(decoys))
    largest = max(totals.max(), observed, most, 1)
    ax.set_xlim(0, 1.15 * largest)  # from 0: what counts is their ratio
    whole(ax.xaxis, nbins=2 if side_inches(ax, "x") < 1.5 else 4)
    if not key:
        rows = [(1, np.array([observed]), f"{observed:,}"), (0, totals, f"mean {totals.mean():,.0f}")]
        if decoys is not None:
            rows.append((-1, decoys[np.isfinite(decoys)], f"{decoys[0]:,.0f}"))
        _numbers(ax, rows, largest, size)
    legend_above(ax, key)


def _numbers(ax: Any, rows: Sequence[tuple[int, np.ndarray, str]], largest: float, size: float) -> None:
    """What the marks of a row come to, beside them on the side with more room."""
    for y, marks, text in rows:
        right = marks.mean() < 0.5 * largest
        at, shift, align = (marks.max(), 9, "left") if right else (marks.min(), -9, "right")
        ax.annotate(
            text, (at, y), xytext=(shift, 0), textcoords="offset points", ha=align, va="center", fontsize=size,
            color=style.ink(), in_layout=False, gid="csmir-number",
        )  # fmt: skip


def _cells(ax: Any, adata: AnnData, given: Mapping[str, Any] | None) -> None:
    from matplotlib.collections import PathCollection

    shuffled = adata.obs[K.Obs.N_NULL].to_numpy(dtype=float)
    observed = _mudata.edges(adata).getnnz(axis=1)
    style.dress(ax, xlabel="mean when shuffled", ylabel="interactions", grid="both")
    top = 1.08 * max(float(np.nanmax(shuffled, initial=0)), float(observed.max(initial=0)), 1)
    low = min(float(np.nanmin(shuffled, initial=top)), float(observed.min(initial=int(top))))
    bottom = 0.0 if low < 0.5 * top else 0.95 * low
    ax.plot([bottom, top], [bottom, top], color=style.ink(), linewidth=0.8, linestyle="--")
    n = len(observed)
    size = float(np.clip(4_000 / max(n, 1), 4, 40))
    options = {
        "s": size,
        "color": style.DATA,
        "alpha": style.sheer(0.75),
        "linewidths": 0,
        "rasterized": n > 5 * style.DRAWN,
    }
    ax.scatter(shuffled, observed, **{"gid": "csmir-cells"} | merged("marker_kws", options, given, PathCollection))
    for axis in (ax.xaxis, ax.yaxis):
        whole(axis, nbins=3)
    edge = bottom - 0.04 * (top - bottom)  # cells of which a shuffle leaves nothing are no less to be seen
    ax.set_xlim(edge, top)
    ax.set_ylim(edge, top)
    above = int((observed > shuffled).sum())
    text = f"{above:,} of {n:,} cells above the line"
    size = 0.9 * font_size(ax)
    # over the panel: inside, the line and the cells are in its way
    ax.set_title(wrap(text, 72 * 0.9 * side_inches(ax, "x"), size), loc="left", fontsize=size)
