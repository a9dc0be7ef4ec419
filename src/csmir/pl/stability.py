"""How stable the interactions are, over the bootstrap runs and over seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError, run_first
from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.legends import legend_above
from csmir.pl._kit.sizes import font_size, panel_width
from csmir.pl._kit.ticks import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OVER = ("runs", "seeds")
# rows of the seeds: column of the table, what it counts, colour (None: the grey of the ground when drawn)
ROWS = (
    ("n_interactions", "in any cell", None),
    (K.CONSERVED, "conserved", style.CONSERVED),
    (K.REWIRED, "rewired", style.REWIRED),
)
BINS = 20
NARROW = 3.2  # inches; in narrower panels there is no room for remarks


@fill
@on_ground
def stability(
    data: MuData | AnnData,
    over: str = "runs",
    *,
    coin_flip: float | None = None,
    by: str | None = "conservation",
    bar_kws: Mapping[str, Any] | None = None,
    regulation: str = K.REGULATION,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw how stable the interactions are: in which share of the runs they are found, or what other seeds find.

    *Over runs.* An interaction of a cell is in its network if the *median* z over the runs is significant, so in about
    half of the runs or more: its support. Other pseudo-cells would leave an interaction of support 1 as it is and turn
    over many of those near one half. The shaded zone holds those nearly decided by a coin flip, and says how many they
    are. Requires :func:`csmir.tl.regulation` on :func:`csmir.pp.bootstrap_cells`.

    *Over seeds.* One mark a seed for the number of interactions in any cell, conserved and rewired, and to what extent
    two seeds agree on which these are: the Jaccard index J, 1 for the same and 0 for none in common. Requires
    :func:`csmir.tl.stability`.

    Parameters
    ----------
    %(data)s
    over
        `"runs"` or `"seeds"`.
    coin_flip
        Support below which an interaction counts as nearly a coin flip, between 0.5 and 1; 0.6 by default.
    by
        `"conservation"` stacks the bars by the classes of :func:`csmir.tl.conservation`, if it was run; None does not.
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
        The networks have no support, or :func:`csmir.tl.stability` was not run.
    InputError
        An option of the runs is given for the seeds.

    Notes
    -----
    Only interactions have a support here, not the pairs that fell short of it: what lies left of one half is not shown.
    Networks of a single run vary with nothing, and the panel says so.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.pp.bootstrap_cells(mdata, n_runs=10)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"])
    >>> ax = cs.pl.stability(mdata)
    >>> ax.get_xlabel()
    'support: share of runs with the interaction'
    """
    check.choice("over", over, OVER)
    if over == "seeds" and not (coin_flip is None and by == "conservation" and bar_kws is None):
        raise InputError("`coin_flip`, `by` and `bar_kws` are of over='runs'. Leave them out.")
    coin_flip = check.number("coin_flip", 0.6 if coin_flip is None else coin_flip, low=0.5, high=1)
    if by is not None:
        check.choice("by", by, ("conservation",))
    adata = _mudata.read_regulation(data, regulation)
    if over == "seeds":
        table, params = _seeds(adata)
        frame = open_axes(ax, figsize, (5.5, 2.6), show=show, return_fig=return_fig, save=save, of=adata)
        _draw_seeds(frame.ax, table, params)
        return frame.close(title=title)
    support, pair = _support(adata)
    frame = open_axes(ax, figsize, (5.5, 3.4), show=show, return_fig=return_fig, save=save, of=adata)
    ax = frame.ax
    style.dress(ax, xlabel="support: share of runs with the interaction", ylabel="interactions, all cells", grid="y")
    n_runs = int(adata.uns.get(K.UNS, {}).get("regulation", {}).get("n_runs", 0))
    if n_runs == 1:
        style.empty(ax, "The networks come from one run, without pseudo-cells: there is nothing to vary between runs.")
    elif len(support) == 0:
        style.empty(ax, "No cell has any interaction.")
    else:
        _draw(ax, support, _classes(adata, pair, by), coin_flip, n_runs, bar_kws)
    return frame.close(title=title)


def _support(adata: AnnData) -> tuple[np.ndarray, np.ndarray]:
    """Support of every edge, and its pair."""
    if K.Layer.SUPPORT not in adata.layers:
        raise run_first("The networks have no support", "cs.pp.bootstrap_cells(mdata)", "cs.tl.regulation(mdata, net)")
    edges = _mudata.edges(adata)
    layer = _mudata.as_csr(adata.layers[K.Layer.SUPPORT])
    kept = sparse.csr_matrix(layer.multiply(edges)).tocoo()  # with keep="all" there is support of other pairs as well
    return kept.data, kept.col


def _classes(adata: AnnData, pair: np.ndarray, by: str | None) -> dict[str, np.ndarray]:
    """Which edges are of each class, in the order of stacking; one class without a name if there are none."""
    if by is None or K.Var.CONSERVATION not in adata.var:
        return {"": np.ones(len(pair), bool)}
    of = adata.var[K.Var.CONSERVATION].astype(str).to_numpy()[pair]
    return {kind: of == kind for kind in (K.CONSERVED, K.NEITHER, K.REWIRED)}


def _draw(
    ax: Any, support: np.ndarray, classes: dict[str, np.ndarray], coin_flip: float, n_runs: int, given: Any
) -> None:
    from matplotlib.patches import Rectangle
    from matplotlib.ticker import FuncFormatter

    low = min(0.5, float(support.min()))
    edges = _bins(low, n_runs)
    bottom = np.zeros(len(edges) - 1)
    options = merged("bar_kws", {"edgecolor": style.shade(0), "linewidth": 0.4}, given, Rectangle)
    for kind, here in classes.items():
        heights = np.histogram(support[here], edges)[0]
        colour = style.of_conservation().get(kind, style.DATA)
        label = f"{kind}: {heights.sum():,}" if kind else "_"
        ax.bar(
            edges[:-1], heights, width=np.diff(edges), align="edge", bottom=bottom,
            **{"color": colour, "hatch": style.HATCH.get(kind), "label": label} | options,
        )  # fmt: skip
        bottom += heights
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, bottom.max() * 1.22)
    ax.axvspan(edges[0], coin_flip, color=style.ink(), alpha=0.08, linewidth=0, zorder=0)
    words = ": nearly a coin flip" if panel_width(ax) > NARROW else ""
    share = 100 * float((support < coin_flip).mean())
    size = 0.9 * font_size(ax)
    ax.annotate(
        f"{share:.0f} % below {100 * coin_flip:g} %{words}", (edges[0], 1), xycoords=("data", "axes fraction"),
        xytext=(4, -3), textcoords="offset points", ha="left", va="top", fontsize=size, color=style.ink(),
        in_layout=False,
    )  # fmt: skip
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))
    whole(ax.yaxis)
    legend_above(ax, ax.get_legend_handles_labels()[0])


def _bins(low: float, n_runs: int) -> np.ndarray:
    """Bins between the shares that so many runs can give, so that none is empty by arithmetic."""
    steps = int(np.ceil((1 - low) * n_runs)) + 1 if n_runs else BINS
    if n_runs == 0 or steps > 2 * BINS:
        return np.linspace(low, 1 + 1e-9, BINS + 1)
    return (np.arange(n_runs - steps + 1, n_runs + 2) - 0.5) / n_runs


def _seeds(adata: AnnData) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """The table of seeds, and the step's record with the mean Jaccard indices."""
    found = adata.uns.get(K.UNS, {})
    if K.Table.STABILITY not in found or "stability" not in found:
        raise run_first("No other seeds were drawn yet", "cs.tl.stability(mdata)")
    return found[K.Table.STABILITY], found["stability"]


def _draw_seeds(ax: Any, table: pd.DataFrame, params: Mapping[str, Any]) -> None:
    style.dress(ax, xlabel=f"interactions, one mark for each of {len(table)} seeds", grid="x")
    size = 0.9 * font_size(ax)
    words = "two seeds agree: " if panel_width(ax) > NARROW else ""
    offset = 0.3 * (np.arange(len(table)) % 5 - 2) / 2  # so that equal numbers are seen
    top = max(int(table[column].max()) for column, _, _ in ROWS)
    for row, (column, word, colour) in enumerate(ROWS):
        values = table[column].to_numpy(dtype=float)
        look: dict[str, Any] = {"color": colour or style.grey(), "alpha": style.sheer(0.85), "linewidths": 0}
        ax.scatter(values, row + offset, s=34, gid=f"csmir-{word}", **look)
        agree = float(params.get(column, float("nan")))
        if np.isfinite(agree):
            # beside the marks, on the side with more room
            right = values.max() < 0.6 * top
            at, shift = (values.max(), 8) if right else (values.min(), -8)
            ax.annotate(
                f"{words}J = {agree:.2f}", (at, row), xytext=(shift, 0), textcoords="offset points",
                ha="left" if right else "right", va="center", fontsize=size, color=style.ink(), in_layout=False,
            )  # fmt: skip
    ax.set_yticks(range(len(ROWS)), [word for _, word, _ in ROWS], fontsize=size)
    ax.set_ylim(len(ROWS) - 0.4, -0.6)
    ax.set_xlim(0, 1.08 * max(top, 1))
    ax.tick_params(axis="y", length=0)
    whole(ax.xaxis)
