"""Which groups of cells share interactions."""

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
from csmir.get.conservation import conservation
from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import open_figure
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.legends import legend_above, patch
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.ticks import name_ticks, whole
from csmir.pl._kit.words import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = ("combinations", "groups", "members")
LOWEST = 2.4  # inches


@fill
@on_ground
def upset(
    data: MuData | AnnData,
    *,
    n_top: int = 20,
    bar_kws: Mapping[str, Any] | None = None,
    regulation: str = K.REGULATION,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> dict[str, Axes] | Figure:
    """Draw how many interactions are conserved in which groups of cells: an UpSet plot.

    A column is a combination of groups, its dots name them, and the bar above counts the interactions that are
    conserved in exactly these groups; the filled part is specific to them: hardly any cell of the other groups has it.
    Bars at the left count what is conserved in each group. Requires :func:`csmir.tl.conservation` with `groups=`. With
    three groups or more it takes the place of Venn's diagram, whose areas cannot be read.

    Parameters
    ----------
    %(data)s
    n_top
        Number of combinations, the largest first; the label says of how many.
    bar_kws
        Options of :meth:`matplotlib.axes.Axes.bar` for the bars of the combinations.
    %(regulation)s
    %(panels)s

    Returns
    -------
    Axes by panel, `"combinations"`, `"members"` and `"groups"`; or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.conservation` was not run with `groups=`.
    InputError
        `n_top` is below 1, or the figure is too low.

    Notes
    -----
    Groups are described, not tested: one of few cells, or in which the test has more power, has more that is its own.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.conservation(mdata, groups="group", regulation="truth")
    >>> axes = cs.pl.upset(mdata, regulation="truth")
    >>> axes["combinations"].get_ylabel()
    'interactions'

    References
    ----------
    Lex et al., IEEE Transactions on Visualization and Computer Graphics 2014, 20:1983.
    """
    n_top = check.integer("n_top", n_top, low=1)
    groups = conservation(data, regulation=regulation)
    table = conservation(data, kind="combinations", regulation=regulation)
    table = table[(table["n_groups"] > 0) & (table["n_interactions"] > 0)]
    shown = table.iloc[:n_top]
    names = groups["group"].astype(str).to_list()
    adata = _mudata.read_regulation(data, regulation)
    size = (float(np.clip(3.2 + 0.3 * len(shown), 4.6, 9)), float(np.clip(2.6 + 0.24 * len(names), 3.2, 9)))
    frame = open_figure(figsize, size, show=show, return_fig=return_fig, of=adata, save=save)
    frame.at_least(LOWEST)
    # room for bars above the dots, however many groups there are
    heights = (2.0, float(np.clip(0.24 * len(names), 0.8, 4)))
    mosaic = [[".", "combinations"], ["groups", "members"]]
    axes = frame.fig.subplot_mosaic(mosaic, width_ratios=(1, 2.4), height_ratios=heights)
    _sizes(axes["groups"], names, groups["n_conserved"].to_numpy())
    if shown.empty:
        style.empty(axes["combinations"], "No interaction is conserved in any group.")
        axes["members"].set_axis_off()
        return frame.close(axes, title=title)
    _bars(axes["combinations"], shown, bar_kws)
    more = (
        f"{len(shown):,} of {len(table):,} combinations" if len(table) > len(shown) else "groups they are conserved in"
    )
    _dots(axes["members"], shown[names].to_numpy(dtype=bool), more)
    return frame.close(axes, title=title)


def _bars(ax: Any, shown: pd.DataFrame, given: Mapping[str, Any] | None) -> None:
    """Interactions of each combination, and those specific to it."""
    from matplotlib.patches import Rectangle

    x, every = np.arange(len(shown)), shown["n_interactions"].to_numpy()
    ours = {"width": 0.7, "edgecolor": style.ink(), "linewidth": 0.6}
    options = merged("bar_kws", ours, given, Rectangle)
    ax.bar(x, every, **{"color": style.grey(), "gid": "csmir-all"} | options)
    ax.bar(x, shown["n_specific"], **{"color": style.DATA, "gid": "csmir-specific"} | options)
    style.dress(ax, ylabel="interactions", grid="y")
    whole(ax.yaxis)
    ax.set_xlim(-0.6, len(shown) - 0.4)
    ax.set_xticks([])
    ax.set_ylim(0, 1.15 * every.max())
    room = 72 * side_inches(ax, "x") / len(shown)
    size = min(0.8 * font_size(ax), room / (0.62 * max(len(f"{n:,}") for n in every)))
    if size >= 5:
        for at, n in zip(x, every, strict=True):
            ax.text(at, n, f"{n:,}", ha="center", va="bottom", fontsize=size, color=style.ink(), gid="count")
    legend_above(ax, [patch("conserved", style.grey()), patch("of them specific to these groups", style.DATA)])


def _dots(ax: Any, member: np.ndarray, below: str) -> None:
    """A dark dot where a group belongs to the combination, joined by a line; a pale one elsewhere."""
    n, n_groups = member.shape
    ax.set_xlim(-0.6, n - 0.4)
    ax.set_ylim(n_groups - 0.4, -0.6)
    room = 72 * min(side_inches(ax, "x") / n, side_inches(ax, "y") / n_groups)
    area = float(np.clip(0.5 * room, 2, 9)) ** 2
    for inside, colour, gid in ((False, style.shade(0.12), "csmir-out"), (True, style.ink(), "csmir-in")):
        x, y = np.nonzero(member == inside)
        ax.scatter(x, y, s=area, color=colour, linewidths=0, zorder=2, gid=gid)
    for k, row in enumerate(member):
        at = np.flatnonzero(row)
        ax.plot([k, k], [at[0], at[-1]], color=style.ink(), linewidth=1.2, zorder=1)
    style.dress(ax, xlabel=below)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set_visible(False)


def _sizes(ax: Any, names: list[str], n_conserved: np.ndarray) -> None:
    """What is conserved in each group, growing to the left, beside its name."""
    ax.barh(np.arange(len(names)), n_conserved, height=0.6, color=style.shade(0.4), gid="csmir-groups")
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(max(1.1 * float(n_conserved.max(initial=0)), 1), 0)
    ax.yaxis.tick_right()
    name_ticks(ax, "y", shortened(names, 14), limit=60)
    style.dress(ax, xlabel="conserved\nin the group")
    whole(ax.xaxis, nbins=2)
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "right"]].set_visible(False)
