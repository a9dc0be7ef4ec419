"""How far clusterings of the same cells agree."""

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
from csmir.get.clusters import agreement as table_of
from csmir.pl._kit import chance, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import settle
from csmir.pl._kit.legends import legend_above, patch
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.ticks import name_ticks
from csmir.pl._kit.words import signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@fill
@on_ground
def agreement(
    data: MuData | AnnData,
    *,
    n_shuffles: int = 200,
    seed: int = 0,
    marker_kws: Mapping[str, Any] | None = None,
    regulation: str = K.REGULATION,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw how far every two clusterings of the cells agree, beside what chance gives.

    A dot is the adjusted Rand index of two clusterings: 1 where they are equal, 0 on average by chance. The band is
    where 95 of 100 indices lie when the clusters of one of them are dealt out anew over the cells: a dot inside it is
    no agreement, and is hollow. Requires :func:`csmir.tl.cluster`, run on several things.

    Parameters
    ----------
    %(data)s
    n_shuffles
        How often clusters are dealt out anew for the band; 0 draws none, and no dot is hollow.
    seed
        Seed of that.
    marker_kws
        Options of :meth:`matplotlib.axes.Axes.scatter`.
    %(regulation)s
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        There are no two clusterings.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.similarity(mdata, on=["interactions", "expression"], regulation="truth")
    >>> cs.tl.cluster(mdata, ["interactions", "expression"], regulation="truth")
    >>> ax = cs.pl.agreement(mdata, regulation="truth")
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['cluster : cluster_expression']

    References
    ----------
    Hubert and Arabie, Journal of Classification 1985, 2:193.
    """
    n_shuffles = check.integer("n_shuffles", n_shuffles, low=0)
    seed = check.seed(seed)
    adata = _mudata.read_regulation(data, regulation)
    table = table_of(adata)
    if table.empty:
        raise StepError(
            "There is one clustering, which agrees with itself. Run cs.tl.cluster(mdata, ['interactions', "
            "'expression']) first."
        )
    table = table.sort_values("adjusted_rand", ascending=False, kind="stable", ignore_index=True)
    value, y = table["adjusted_rand"].to_numpy(dtype=float), np.arange(len(table))
    low, high = _by_chance(adata, table, n_shuffles, seed)
    size = (5.2, float(np.clip(1.5 + 0.26 * len(table), 2.0, 9)))
    says = chance.line(adata)
    if n_shuffles and not says and not (value > high).any():
        says = "No more than chance gives: no two clusterings agree beyond it."
    frame = open_axes(ax, figsize, size, show=show, return_fig=return_fig, save=save, of=says)
    ax = frame.ax
    style.dress(ax, xlabel="adjusted Rand index (1: equal)", grid="x")
    name_ticks(
        ax,
        "y",
        [f"{a} : {b}" for a, b in zip(table["first"], table["second"], strict=True)],
        limit=200,
        most=40 if side_inches(ax, "x") > 3 else 24,
    )
    rows = max(len(table), 3)  # a band as high as the panel would say nothing
    ax.set_ylim((rows + len(table)) / 2 - 0.5, (len(table) - rows) / 2 - 0.5)
    ax.set_xlim(min(float(np.nanmin(np.r_[value, low])), 0) - 0.06, 1.06)
    ax.axvline(0, color=style.ink(), linewidth=0.7)
    _draw(ax, value, y, value > high, marker_kws)
    handles = []
    if n_shuffles:
        ax.barh(y, high - low, left=low, height=0.6, color=style.shade(0.18), zorder=1, gid="csmir-null")
        handles.append(patch("by chance, 95 of 100", style.shade(0.18)))
    settle(ax)
    for x, row in zip(value, y, strict=True):
        side = -1 if x > 0.75 else 1  # towards where there is room
        place = {"xytext": (7 * side, 0), "textcoords": "offset points", "ha": "left" if side > 0 else "right"}
        look = {"va": "center", "zorder": 4, "fontsize": 0.85 * font_size(ax), "in_layout": False, "gid": "value"}
        ax.annotate(signed(x), (x, row), **place | look)
    legend_above(ax, handles)
    return frame.close(title=title)


def _draw(ax: Any, value: np.ndarray, y: np.ndarray, beyond: np.ndarray, given: Mapping[str, Any] | None) -> None:
    """Filled dots above what chance gives, hollow ones inside it."""
    from matplotlib.collections import PathCollection

    faces = [style.DATA if b else style.shade(0) for b in beyond]
    ours = {"s": 34, "c": faces, "edgecolors": style.DATA, "linewidths": 1.2, "zorder": 3}
    ax.scatter(value, y, gid="csmir-agreement", **merged("marker_kws", ours, given, PathCollection))


def _by_chance(adata: AnnData, table: pd.DataFrame, n_shuffles: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the band of each row; without shuffles 0 and what nothing is above."""
    from sklearn.metrics import adjusted_rand_score

    if not n_shuffles:
        return np.zeros(len(table)), np.full(len(table), -np.inf)
    ends = []
    cells = adata.obs.sort_index()  # dealt out to names, not to places
    for number, (first, second) in enumerate(zip(table["first"], table["second"], strict=True)):
        rng = np.random.default_rng([seed, number])
        both = cells[[str(first), str(second)]].dropna().astype(str)
        a, b = both.iloc[:, 0].to_numpy(), both.iloc[:, 1].to_numpy()
        index = [adjusted_rand_score(a, rng.permutation(b)) for _ in range(n_shuffles)]
        ends.append(np.quantile(index, [0.025, 0.975]))
    low, high = np.array(ends).T
    return low, high
