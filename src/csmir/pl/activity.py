"""Whether inferred activities of miRNAs follow their measured levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import StepError, run_first
from csmir.pl._kit import chance, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import name_points
from csmir.pl._kit.legends import dot, legend_above
from csmir.pl._kit.sizes import font_size
from csmir.pl._kit.ticks import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RHO, QVALUE = "agreement", "agreement_qvalue"


@fill
@on_ground
def activity(
    data: MuData | AnnData,
    *,
    key: str = "mirna_inferred",
    alpha: float = 0.05,
    n_names: int = 8,
    point_kws: Mapping[str, Any] | None = None,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    r"""Draw how far the activity that was inferred of each miRNA follows the level that was measured.

    miRNAs stand in the order of their rank correlation over the cells. The dashed line is what as many miRNAs would
    give whose activity has nothing to do with their level: quantiles of :math:`(\rho + 1) / 2 \sim` beta with both
    parameters :math:`n / 2 - 1`. Points that lie on it say nothing. Requires :func:`csmir.tl.activity` on data whose
    miRNAs were measured.

    Parameters
    ----------
    data
        The MuData after :func:`csmir.tl.activity`, or its inferred cells x miRNAs AnnData.
    key
        Name of the inferred modality.
    alpha
        Level of q below which points are coloured.
    n_names
        How many to name, smallest q first, as far as there is room; only those below `alpha`.
    point_kws
        Options of :meth:`matplotlib.axes.Axes.scatter`.
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.activity` was not run, or no miRNA was measured.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.activity(mdata, mdata.uns["prior"])
    >>> ax = cs.pl.activity(mdata)
    >>> ax.get_ylabel()
    'rank correlation over 30 cells'
    """
    alpha = check.number("alpha", alpha, low=0, high=1, low_open=True, high_open=True)
    n_names = check.integer("n_names", n_names, low=0)
    adata = data.mod.get(key) if isinstance(data, MuData) else data
    if not isinstance(adata, AnnData) or "activity" not in adata.uns.get(K.UNS, {}):
        raise run_first(f"There is no inferred activity under {key!r} yet", "cs.tl.activity(mdata, net)")
    if RHO not in adata.var:
        raise StepError("No miRNA was measured: there is nothing that the inferred activity could be compared with.")
    n_cells = adata.n_obs
    table = adata.var[[RHO, QVALUE]].astype(float).dropna().sort_values(RHO, kind="stable")
    small = (table[QVALUE] < alpha).to_numpy()
    says = None
    if len(table) and not small.any():
        says = f"No more than chance gives: none of {len(table):,} miRNAs has q < {alpha:g}."
    frame = open_axes(ax, figsize, (5.0, 3.6), show=show, return_fig=return_fig, save=save, of=says)
    ax = frame.ax
    style.dress(
        ax, xlabel=f"{len(table):,} miRNAs, in this order", ylabel=f"rank correlation over {n_cells:,} cells", grid="y"
    )
    if table.empty:
        style.empty(ax, "no miRNA was both measured and inferred, and varies")
        return frame.close(title=title)
    rank = np.arange(1, len(table) + 1)
    handles = _points(ax, rank, table, small, alpha, point_kws)
    by_chance = chance.independent(n_cells).ppf((rank - 0.5) / len(table))
    ax.plot(rank, by_chance, color=style.ink(), linewidth=1.1, linestyle="--", gid="csmir-null")
    handles.append(dot("by chance", style.ink(), marker="", linestyle="--", linewidth=1.1))
    ax.axhline(0, color=style.ink(), linewidth=0.5)
    ax.set_xlim(0, len(table) + 1)
    widest = 1.12 * max(float(table[RHO].abs().max()), float(np.abs(by_chance).max()), 0.1)
    ax.set_ylim(-widest, widest)
    whole(ax.xaxis)
    legend_above(ax, handles)
    best = np.flatnonzero(small)[np.argsort(table[QVALUE].to_numpy()[small], kind="stable")][:n_names]
    name_points(
        ax, rank[best], table[RHO].to_numpy()[best], [str(table.index[i]) for i in best], fontsize=0.8 * font_size(ax)
    )
    return frame.close(title=title)


def _points(
    ax: Any, rank: np.ndarray, table: pd.DataFrame, small: np.ndarray, alpha: float, given: Mapping[str, Any] | None
) -> list[Any]:
    """Grey, or coloured and turned by the side; returns the entries of the legend."""
    from matplotlib.collections import PathCollection

    options = merged("point_kws", {"s": 18, "linewidths": 0}, given, PathCollection)
    rho = table[RHO].to_numpy()
    kinds = (
        (f"q ≥ {alpha:g}", ~small, style.null(), "o"),
        ("goes with the level", small & (rho > 0), style.DATA, "^"),
        ("goes against it", small & (rho < 0), style.REWIRED, "v"),
    )
    handles = []
    for word, here, colour, mark in kinds:
        if here.any():
            own: dict[str, Any] = {"color": colour, "marker": mark, "label": word, "zorder": 3}
            ax.scatter(rank[here], rho[here], **own | options)
            handles.append(dot(f"{word}: {here.sum():,}", colour, marker=mark, size=5))
    return handles
