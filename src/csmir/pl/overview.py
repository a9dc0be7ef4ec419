"""One page on a run: what was done, and what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._docs import fill
from csmir.pl._kit import chance, frames, style
from csmir.pl._kit.ground import darkest, on_ground
from csmir.pl._kit.labels import settle
from csmir.pl._kit.legends import legend, patch
from csmir.pl._kit.lollipops import draw_column, ghost
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.ticks import name_ticks, whole
from csmir.pl._kit.workflow import draw_workflow, steps
from csmir.pl.cluster import clustering, draw_clustering
from csmir.pl.compare import compare
from csmir.pl.similarity import similarity
from csmir.tl.cluster import clusterings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = ("interactions", "conservation", "hubs", "similarity", "cluster", "validated")
WORKFLOW = "workflow"
LOWEST = {3: 4.8, 2: 5.4, 1: 8.0}  # inches for the rows that so many columns leave
# narrower figures have two columns or one, and the workflow from top to bottom
WIDE, MIDDLE = 5.5, 4.2  # inches
# relative heights of the panels where each has a row of its own
ALONE = (0.8, 0.7, 1.4, 2.2, 1.1, 1.4)
MOST_HUBS = 12


@fill
@on_ground
def overview(
    data: MuData | AnnData,
    *,
    regulation: str = K.REGULATION,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> dict[str, Axes] | Figure:
    r"""Draw a summary of a run: what was done, as a workflow, and what came out, in six panels.

    The panels are the interactions of each cell, the shares of conserved and rewired interactions and hubs, the miRNAs
    that are hubs in most cells, the similarity of the cells, their tree, and the validated share beside that of other
    networks.
    What was not run yet has an empty panel that names the call to make. Requires :func:`csmir.tl.regulation` alone.

    Parameters
    ----------
    %(data)s
    %(regulation)s
    %(panels)s

    Returns
    -------
    Axes by panel: `"workflow"`, `"interactions"`, `"conservation"`, `"hubs"`, `"similarity"`, `"cluster"`,
    `"validated"`; or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        There are no networks yet.

    Notes
    -----
    Limits of the method that were measured stand in the workflow in colour: the share of boxes that hold a cell and its
    own copies alone (:func:`csmir.pp.bootstrap_cells`), and the empirical false-discovery rate (:func:`csmir.tl.null`).

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.hubs(mdata, regulation="truth")
    >>> axes = cs.pl.overview(mdata, regulation="truth")
    >>> axes["cluster"].texts[0].get_text().replace("\n", " ")
    'not there yet: run cs.tl.cluster(mdata)'
    """
    adata = _mudata.read_regulation(data, regulation)
    done = steps(data, adata)
    frame = frames.open_figure(figsize, (10, 7.6), show=show, return_fig=return_fig, save=save, of=adata)
    width = frame.fig.get_figwidth()
    wide = width >= WIDE
    columns = 3 if wide else 2 if width >= MIDDLE else 1
    frame.at_least(LOWEST[columns])
    rows = [PANELS[i : i + columns] for i in range(0, len(PANELS), columns)]
    heights = [
        0.42 if wide else (0.5 if columns == 1 else 0.36) * len(done),
        *(ALONE if columns == 1 else [1.0] * len(rows)),
    ]
    mosaic = [[WORKFLOW] * len(rows[0]), *map(list, rows)]
    axes = frame.fig.subplot_mosaic(mosaic, height_ratios=heights)
    draw_column(axes["interactions"], pd.Series(_mudata.edges(adata).getnnz(axis=1), adata.obs_names, dtype=float))
    _conservation(axes["conservation"], adata)
    _hubs(axes["hubs"], adata)
    _similarity(axes["similarity"], adata)
    _cluster(axes["cluster"], adata)
    _validated(axes["validated"], adata)
    _by_chance(axes["interactions"], adata)
    draw_workflow(axes[WORKFLOW], done, upright=not wide)
    return frame.close(axes, title=title)


def _by_chance(ax: Any, adata: AnnData) -> None:
    """What each cell has when shuffled, and what empty panels say; once all are as wide as they will be."""
    settle(ax)
    for panel in ax.get_figure(root=True).axes:
        style.fit_empty(panel)
    shuffled = adata.obs.get(K.Obs.N_NULL)
    if shuffled is None or style.is_empty(ax):
        style.heading(ax, "interactions of each cell")
        return
    ghost(ax, shuffled)
    remark = f"shuffled {shuffled.median():,.0f}"
    style.heading(ax, "interactions of each cell", f"{darkest()}: {remark}", remark)
    if not ax.get_title(loc="right"):
        style.heading(ax, f"interactions ({darkest()}: shuffled)")


def _missing(ax: Any, name: str, call: str) -> None:
    style.heading(ax, name)
    style.empty(ax, f"not there yet: run {call}")


def _conservation(ax: Any, adata: AnnData) -> None:
    """Shares of what is found in any cell."""
    kinds = (K.CONSERVED, K.NEITHER, K.REWIRED)
    counted = {}
    if K.Var.CONSERVATION in adata.var:
        there = adata.var[adata.var[K.Var.N_CELLS] > 0]
        counted["interactions"] = there[K.Var.CONSERVATION].astype(str).value_counts()
    table = adata.uns.get(K.UNS, {}).get(K.Table.HUB_CONSERVATION)
    if table is not None:
        counted["hub miRNAs"] = table.loc[table[K.Var.N_CELLS] > 0, K.Var.CONSERVATION].astype(str).value_counts()
    if not counted:
        _missing(ax, "conserved and rewired", "cs.tl.conservation(mdata)")
        return
    if not any(len(found) for found in counted.values()):
        style.heading(ax, "conserved and rewired")
        style.empty(ax, "no cell has an interaction")
        return
    size = font_size(ax)
    shades = style.of_conservation()
    for y, found in enumerate(counted.values()):
        left = 0.0
        for kind in kinds:
            n = int(found.get(kind, 0))
            share = 100 * n / max(int(found.sum()), 1)
            ground = {"hatch": style.HATCH.get(kind), "edgecolor": style.shade(0), "linewidth": 0}
            ax.barh(y, share, left=left, color=shades[kind], height=0.62, **ground)
            if share * side_inches(ax, "x") * 0.72 > 0.62 * 0.8 * size * len(f"{n:,}"):
                ink = style.readable(shades[kind])
                place = {"ha": "center", "va": "center", "fontsize": 0.8 * size}
                behind = {"facecolor": shades[kind], "edgecolor": "none", "pad": 1}
                ax.text(left + share / 2, y, f"{n:,}", color=ink, bbox=behind, **place)
            left += share
    by_chance = chance.classes(adata, "recurrence")
    words = "" if by_chance is None else f"\n(shuffled: {by_chance[1]:,.0f} conserved, {by_chance[0]:,.0f} rewired)"
    style.dress(ax, xlabel=f"share of those in any cell (%){words}")
    name_ticks(ax, "y", list(counted))
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, 100)
    ax.set_ylim(len(counted) - 0.4, -0.6)
    tight = {"handlelength": 0.8, "handletextpad": 0.4, "columnspacing": 0.9}
    look = {"edgecolor": style.shade(0), "linewidth": 0}
    marks = [patch(kind, shades[kind], hatch=style.HATCH.get(kind), **look) for kind in kinds]
    legend(ax, marks, where="above", **tight)


def _hubs(ax: Any, adata: AnnData) -> None:
    """The miRNAs that are hubs in most cells, with their targets in a cell."""
    is_hub = adata.obsm.get(K.Obsm.HUB)
    if is_hub is None or K.Obsm.OUT_DEGREE not in adata.obsm:
        _missing(ax, "hub miRNAs", "cs.tl.hubs(mdata)")
        return
    table = pd.DataFrame({"cells": is_hub.sum(axis=0), "degree": adata.obsm[K.Obsm.OUT_DEGREE].mean(axis=0)})
    table = table[table["cells"] > 0].sort_index()  # equal ones by name
    table = table.sort_values(["cells", "degree"], ascending=False, kind="stable")
    if table.empty:
        style.heading(ax, "hub miRNAs")
        style.empty(ax, "no cell has a hub: every network is empty")
        return
    size = 0.8 * font_size(ax)
    fit = int(72 * 0.7 * side_inches(ax, "y") / (1.2 * max(size, 5)))  # as many as can be named
    shown = table.iloc[: int(np.clip(fit, 3, MOST_HUBS))]
    ax.barh(np.arange(len(shown)), shown["degree"], color=style.HUB, height=0.7)
    shuffles, ends, said = chance.table(adata, "degrees"), shown["degree"], ""
    if shuffles is not None:
        by_chance = shuffles.mean(axis=1).reindex(shown.index.astype(str)).to_numpy(dtype=float) / max(adata.n_obs, 1)
        rows = np.arange(len(shown))
        ax.vlines(by_chance, rows - 0.4, rows + 0.4, color=style.ink(), linewidth=1.4, gid="csmir-null")
        ends, said = ends.clip(lower=pd.Series(by_chance, ends.index).fillna(0)), f"{darkest()}: shuffled"
    for y, row in enumerate(shown.itertuples()):
        ax.text(ends.iloc[y], y, f" {row.cells:,}", va="center", fontsize=size, color=style.ink(), gid="hub cells")
    ax.set_ylim(max(len(shown), 4) - 0.4, -0.6)
    ax.set_xlim(0, 1.15 * ends.max())
    style.dress(ax, xlabel="targets in a cell, on average\n(number: cells as hub)", grid="x")
    if shown["degree"].max() >= 5:
        whole(ax.xaxis)
    name_ticks(ax, "y", [str(n) for n in shown.index])
    some = f"{len(shown)} of {len(table):,}" if len(table) > len(shown) else ""
    style.heading(ax, "hub miRNAs", "; ".join(filter(None, [some, said])), said or some)


def _similarity(ax: Any, adata: AnnData) -> None:
    if K.Obsp.INTERACTIONS not in adata.obsp:
        _missing(ax, "similarity of the cells", "cs.tl.similarity(mdata)")
        return
    similarity(adata, ax=ax, show=False)


def _cluster(ax: Any, adata: AnnData) -> None:
    there = clusterings(adata)
    if not there:
        _missing(ax, "tree of the cells", "cs.tl.cluster(mdata)")
        return
    key = K.Obs.CLUSTER if K.Obs.CLUSTER in there else there[0]
    draw_clustering(ax, clustering(adata, key), short=True)


def _validated(ax: Any, adata: AnnData) -> None:
    if K.Table.COMPARISON in adata.uns.get(K.UNS, {}):
        compare(adata, ax=ax, show=False)
        ax.set_ylabel("")  # a low panel has no room for it
        style.heading(ax, "validated interactions (%)")
        return
    if K.Obs.PCT_VALIDATED not in adata.obs:
        _missing(ax, "validated", "cs.tl.validate(mdata, truth) or cs.tl.compare(mdata, truth)")
        return
    draw_column(ax, adata.obs[K.Obs.PCT_VALIDATED].astype(float))
    style.heading(ax, "validated interactions (%)")
