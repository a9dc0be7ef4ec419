"""In how many cells the interactions, or the hub miRNAs, are found."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import run_first
from csmir.pl._kit import chance, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.legends import dot, legend_above, patch
from csmir.pl._kit.ticks import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = ("interactions", "hubs")


@fill
@on_ground
def recurrence(
    data: MuData | AnnData,
    *,
    on: str = "interactions",
    expected: bool | None = None,
    log: bool = False,
    bar_kws: Mapping[str, Any] | None = None,
    regulation: str = K.REGULATION,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw in how many cells each interaction is found: rewired ones on the left, conserved ones on the right.

    The bar at n counts the interactions (hub miRNAs) found in exactly n cells; the colours are the classes of
    :func:`csmir.tl.conservation`, which is required. The line is what shuffled pairings give (:func:`csmir.tl.null`),
    on average, in a band from the least to the most: a line near the bars means that cells share no more than they
    would without any regulation. Networks of one data set share interactions for many reasons, and hubs above all (a
    miRNA with a long list has many targets in any network), so that without the shuffle the bars alone say nothing.

    Parameters
    ----------
    %(data)s
    on
        `"interactions"` or `"hubs"`.
    expected
        Draw the line of the shuffled pairings; None does so if they are there. Hubs of :func:`csmir.tl.null` that are
        by another rule (:func:`csmir.tl.hubs` was run again with other options) are not drawn.
    log
        Logarithmic counts, where a few bars dwarf the rest.
    bar_kws
        Options of :meth:`matplotlib.axes.Axes.bar`.
    %(regulation)s
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.conservation` was not run, or without the hubs; or `expected=True` before :func:`csmir.tl.null`,
        or after one by another rule of hubs.
    InputError
        `on` is neither of the two words.

    Notes
    -----
    With more than 200 cells the bars are bins of several numbers of cells, cut at the two thresholds, and the axis ends
    early where nothing is found in more than half of the cells.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.conservation(mdata, regulation="truth")
    >>> ax = cs.pl.recurrence(mdata, regulation="truth")
    >>> ax.get_xlabel()
    'cells that have the interaction'
    """
    check.choice("on", on, KINDS)
    adata = _mudata.read_regulation(data, regulation)
    shuffled = _shuffled(adata, on, expected)
    n_cells = _counts(adata, on)
    step = _mudata.recorded(adata, "conservation")
    at_least, at_most = int(step["conserved_cells"]), int(step["rewired_cells"])
    frame = open_axes(ax, figsize, (5.5, 3.4), show=show, return_fig=return_fig, save=save, of=adata)
    ax = frame.ax
    what = "interaction" if on == "interactions" else "hub miRNA"
    style.dress(ax, xlabel=f"cells that have the {what}" if on == "interactions" else "cells in which it is a hub")
    style.dress(ax, ylabel=f"{what}s", grid="y")
    m = adata.n_obs
    found = n_cells[n_cells > 0]
    if len(found) == 0:
        style.empty(ax, f"No cell has any {what}.")
        return frame.close(title=title)
    last = _last(found, m)
    edges = _bins(last, at_most, at_least)
    heights = np.histogram(found, edges)[0]
    _bars(ax, edges, heights, (at_most, at_least), bar_kws)
    if shuffled is not None:
        heights = np.append(heights, _line(ax, shuffled, edges))
    other = expected is not False and _by_other_rule(adata, on)
    _dress(ax, found, (at_most, at_least), last, float(heights.max()), log, shuffled, other)
    if last < m:
        style.dress(ax, xlabel=f"{ax.get_xlabel()}, of {m:,}")
    return frame.close(title=title)


def _shuffled(adata: AnnData, on: str, expected: bool | None) -> np.ndarray | None:
    """Pairs, or hub miRNAs, by how many cells have them, (cells + 1, shuffles)."""
    table = chance.table(adata, "recurrence") if on == "interactions" else chance.hub_table(adata)
    if on == "hubs" and expected and _by_other_rule(adata, on):
        raise run_first("Hubs of the shuffled pairings are by another rule than these", "cs.tl.null(mdata)")
    if table is None and expected:
        raise run_first("There are no shuffled pairings yet", "cs.tl.null(mdata)")
    if on == "interactions" and _by_other_rule(adata, on):
        return None
    if table is None or expected is False or len(table) != adata.n_obs + 1:
        return None
    return table.to_numpy(dtype=float)


def _by_other_rule(adata: AnnData, on: str) -> bool:
    """Whether shuffled pairings were counted otherwise: hubs by another rule, or all pairs, not those of `q_pair`."""
    if on == "hubs":
        return chance.other_hubs(adata)
    known = chance.table(adata, "recurrence") is not None
    return known and "q_pair" in adata.uns.get(K.UNS, {}).get("conservation", {})


def _line(ax: Any, shuffled: np.ndarray, edges: np.ndarray) -> float:
    """Mean, least and most of the shuffles in each bin; returns the most."""
    binned = np.array([shuffled[a:b].sum(axis=0) for a, b in pairwise(edges)])
    low, high = binned.min(axis=1), binned.max(axis=1)
    at = edges - 0.5
    ax.stairs(high, at, baseline=low, color=style.ink(), alpha=0.25, fill=True, linewidth=0, gid="csmir-null-range")
    ax.stairs(binned.mean(axis=1), at, color=style.ink(), linewidth=1.4, baseline=None, gid="csmir-null")
    return float(high.max())


def _counts(adata: AnnData, on: str) -> np.ndarray:
    """Cells that have each pair (hub)."""
    if on == "hubs":
        if K.Table.HUB_CONSERVATION not in adata.uns.get(K.UNS, {}) or K.Obsm.HUB not in adata.obsm:
            raise run_first("Conservation of hubs is not there yet", "cs.tl.hubs(mdata)", "cs.tl.conservation(mdata)")
        is_hub = adata.obsm[K.Obsm.HUB].to_numpy(dtype=bool)
        return is_hub.sum(axis=0)
    if K.Var.CONSERVATION not in adata.var:
        raise run_first("Conservation is not there yet", "cs.tl.conservation(mdata)")
    q_pair = _mudata.recorded(adata, "conservation").get("q_pair")
    held = _mudata.holding(adata, q_pair)
    n_cells = _mudata.edges(adata).getnnz(axis=0)
    return n_cells if held is None else np.where(held, n_cells, 0)


def _last(found: np.ndarray, m: int) -> int:
    """Where the axis ends: at all cells, but with many cells a little beyond the last bar if that is before half."""
    return m if m <= style.DRAWN or found.max() > m / 2 else min(int(1.15 * found.max()) + 2, m)


def _bins(m: int, at_most: int, at_least: int) -> np.ndarray:
    """Whole-numbered edges 1, ..., m + 1; with many cells wider bins that end at the thresholds."""
    at_least = min(at_least, m + 1)
    if m <= style.DRAWN // 2:
        return np.arange(1, m + 2)
    width = int(np.ceil(m / 60))
    inner = np.arange(at_most + 1, at_least, width)
    return np.unique(
        np.concatenate([np.arange(1, at_most + 1, width), inner, np.arange(at_least, m + 1, width), [m + 1]])
    )


def _bars(ax: Any, edges: np.ndarray, heights: np.ndarray, limits: tuple[int, int], given: Any) -> None:
    from matplotlib.patches import Rectangle

    first = edges[:-1]
    kind = np.where(first <= limits[0], K.REWIRED, np.where(first >= limits[1], K.CONSERVED, K.NEITHER))
    width = np.diff(edges)
    ours = {"edgecolor": style.shade(0), "linewidth": 0.4 if len(width) < 60 else 0}
    options = merged("bar_kws", ours, given, Rectangle)
    own = {"color": [style.of_conservation()[k] for k in kind], "hatch": [style.HATCH.get(k) for k in kind]}
    ax.bar(first - 0.5, heights, width=width, align="edge", **own | options)


def _dress(
    ax: Any, found: np.ndarray, limits: tuple[int, int], last: int, tallest: float, log: bool,
    shuffled: np.ndarray | None, other_rule: bool,
) -> None:  # fmt: skip
    at_most, at_least = limits
    ax.set_xlim(0.4, last + 0.6)
    whole(ax.xaxis, nbins=8)
    if log:
        from matplotlib.ticker import FuncFormatter, LogLocator

        ax.set_yscale("log")
        ax.set_ylim(0.5, 2 * max(tallest, 5))  # below 1 there is nothing to count
        ax.yaxis.set_major_locator(LogLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}" if v >= 1 else ""))
    else:
        whole(ax.yaxis, nbins=6)
    rewired, conserved = int((found <= at_most).sum()), int((found >= at_least).sum())
    rest = len(found) - rewired - conserved
    where = {K.REWIRED: f" (≤ {at_most})" if at_most > 1 else "", K.CONSERVED: f" (≥ {at_least:,})"}
    handles = [
        patch(
            f"{kind}{where.get(kind, '')}: {n:,} ({_percent(n / len(found))})",
            style.of_conservation()[kind],
            hatch=style.HATCH.get(kind),
            edgecolor=style.shade(0),
            linewidth=0,
        )
        for kind, n in ((K.REWIRED, rewired), (K.NEITHER, rest), (K.CONSERVED, conserved))
    ]
    if shuffled is not None:
        mean = shuffled.mean(axis=1)
        digits = 1 if mean[1:].sum() < 20 else 0  # of a few hubs the mean is not a whole number
        of_kind = (mean[1 : at_most + 1].sum(), "rewired"), (mean[at_least:].sum(), "conserved")
        words = ", ".join(f"{_mean(n, digits)} {kind}" for n, kind in of_kind)
        handles.append(dot(f"when shuffled: {words}", style.ink(), marker="", linestyle="-"))
        if np.ptp(shuffled[1:], axis=1).max() > 0.02 * tallest:
            handles.append(patch("the least to the most of the shuffles", style.ink(), alpha=0.25))
    if other_rule:
        handles.append(dot("not shuffled by this rule", style.ink(), marker="", linestyle=""))
    legend_above(ax, handles)


def _mean(n: float, digits: int) -> str:
    return f"{n:,.{digits}f}".removesuffix(".0")


def _percent(share: float) -> str:
    return "< 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"
