"""One module: miRNAs and mRNAs that regulate together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks, get
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir.pl._kit import circle, columns, modules, style
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import wrap
from csmir.pl._kit.legends import dot
from csmir.pl._kit.sizes import font_size, side_inches

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LAYOUTS = ("block", "circle", "cells")
MANY = 80  # members


@fill
@on_ground
def module(
    data: MuData | AnnData,
    module: int = 0,
    *,
    layout: str | None = None,
    color: str | None = columns.AUTO,
    key: str = K.Table.MODULES,
    node_kws: Mapping[str, Any] | None = None,
    edge_kws: Mapping[str, Any] | None = None,
    regulation: str = K.REGULATION,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw one module with its interactions, as a block of two columns or as a circle, or its members in every cell.

    Lines are wider the more cells have the interaction, in a module of conserved or rewired interactions, or the larger
    its z in a module of one cell; the note below says which, and in how many cells a shuffle finds the same pairs, once
    :func:`csmir.tl.null` was run. Of more than 80 members the best are drawn, by mean support of their interactions
    over the bootstrap runs, ties by validation, then by the number of cells; the note says how many more there are.
    Requires :func:`csmir.tl.modules`; the numbers of the
    modules are in :func:`csmir.get.modules`.

    Parameters
    ----------
    %(data)s
    module
        Number of the module. 0 is the one with the most interactions of the first network.
    layout
        `"block"`: miRNAs left, mRNAs right. `"circle"`: all on a circle, miRNAs first. `"cells"`: a raster of the
        members against the cells, coloured by the share of its interactions in the module that a member has in each
        cell. None takes the block, and the circle for modules of one kind (synergy, sponge), which have no sides.
    color
        Column of the networks' `.var` (text, categories or bool) that colours the edges. `"auto"` takes
        `"conservation"` if it tells the module's edges apart; None draws all in grey.
    key
        Name of the table, if :func:`csmir.tl.modules` was given a `key_added`.
    node_kws, edge_kws
        Options of :meth:`matplotlib.axes.Axes.scatter` and :class:`matplotlib.collections.LineCollection`.
    %(regulation)s
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.modules` was not run, or under another `key`.
    InputError
        There is no such module or column, or an option has no effect in this layout.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.modules(mdata, "cells", min_mirnas=1, regulation="truth")
    >>> ax = cs.pl.module(mdata, 0, regulation="truth")
    >>> ax.get_title().startswith("module 0")
    True
    """
    if layout is not None:
        check.choice("layout", layout, LAYOUTS)
        modules.refuse(layout, {
            "node_kws": node_kws, "edge_kws": edge_kws, "color": None if color == columns.AUTO else color,
        })  # fmt: skip
    number = check.integer("module", module, low=0)
    adata = _mudata.read_regulation(data, regulation)
    wanted = columns.colour_column(adata, color)
    table = get.modules(adata, key=key)
    one_kind = _mudata.one_kind(adata)
    rows = table[table[K.Module.MODULE] == number]
    if rows.empty and not table.empty:
        raise InputError(
            f"There is no module {number}; there are {table[K.Module.MODULE].nunique():,}, numbered 0 to "
            f"{int(table[K.Module.MODULE].max()):,}. See cs.get.modules(mdata, summary=True)."
        )
    of_mirna = (rows[K.Module.KIND] == K.MIRNA).to_numpy()
    names = rows[K.Module.FEATURE].astype(str).to_numpy(dtype=object)
    left, right = (list(names), []) if one_kind else (list(names[of_mirna]), list(names[~of_mirna]))
    if one_kind and layout == "block":
        raise InputError(
            "A module of one kind of features has no sides. Leave `layout` out, or take 'circle' or 'cells'."
        )
    circular = layout == "circle" or (one_kind and layout is None)
    net = "" if rows.empty else str(rows[K.Module.NETWORK].iloc[0])
    whole, value = modules.edges_of(adata, net, left, right) if net else (pd.DataFrame({"pair": []}), "")
    if title is None and net:
        title = f"module {number} of {net}"
    most = modules.ROWS if len(names) > MANY else len(names)
    best = modules.best_of(whole, left, right, most) if len(names) > most else modules.Best(left, right, 0)
    size = _size(best, circular, layout == "cells")
    frame = open_axes(ax, figsize, size, show=show, return_fig=return_fig, save=save, of=adata)
    ax = frame.ax
    if rows.empty:
        style.dress(ax)
        style.empty(ax, _why_none(adata, key))
        return frame.close(title=title)
    if layout == "cells":
        members = [*best.left, *best.right]
        modules.by_cells(ax, adata, whole, members, [*left, *right], style.SEQUENTIAL)
        parts = [f"{len(whole):,} interactions"] if not best.n_left_out else [_more(whole, best)]
        parts += modules.by_chance(adata, whole, value)
        words = wrap(f"{ax.get_xlabel()}\n({'; '.join(parts)})", 72 * side_inches(ax, "x"), font_size(ax))
        style.dress(ax, xlabel=words)
        return frame.close(title=title)
    seen = None if wanted is None else adata.var[wanted].iloc[whole["pair"]].set_axis(whole.index)
    if color == columns.AUTO and seen is not None and seen.nunique() < 2:
        seen = None
    _legend(ax, seen, circular, one_kind, adata)
    if best.n_left_out and not circular:
        best = modules.best_of(whole, left, right, min(most, columns.most_named(ax)))
    drawn = whole[whole["a"].isin({*best.left, *best.right}) & whole["b"].isin({*best.left, *best.right})]
    parts = modules.note_of(adata, whole, value, drawn)
    if best.n_left_out:
        parts.insert(1, _more(whole, best))
    columns.note(ax, parts)  # names on a circle end where the axes do: what is below takes its room first
    named = _draw(ax, adata, best, drawn, None if seen is None else seen.loc[drawn.index], circular,
                  (node_kws, edge_kws))  # fmt: skip
    if not named:
        parts.append("names left out for lack of room")
    columns.note(ax, parts)
    return frame.close(title=title)


def _more(edges: pd.DataFrame, best: modules.Best) -> str:
    drawn = len(best.left) + len(best.right)
    return f"the {drawn:,} members best by {modules.ranked_by(edges)}, and {best.n_left_out:,} more"


def _size(best: modules.Best, circular: bool, raster: bool) -> tuple[float, float]:
    if raster:
        return 6.5, float(np.clip(1.6 + 0.16 * (len(best.left) + len(best.right)), 2.4, 9))
    most = max(len(best.right), len(best.left), 3)
    return (5.4, 5.4) if circular else (5.0, float(np.clip(1.1 + 0.175 * most, 2.2, 11)))


def _legend(ax: Any, seen: pd.Series | None, circular: bool, one_kind: bool, adata: AnnData) -> None:
    """What the marks of a circle and the colours of the lines mean, above the axes; and no ticks."""
    of_mirna = _networks.source_kind(adata) == K.MIRNA
    keys = [dot("miRNA", style.MIRNA, marker="s")] if circular and of_mirna else []
    keys += [dot("mRNA", style.MRNA)] if circular and not (one_kind and of_mirna) else []
    columns.blank(ax, keys + columns.keys(seen))


def _draw(
    ax: Any,
    adata: AnnData,
    best: modules.Best,
    edges: pd.DataFrame,
    seen: pd.Series | None,
    circular: bool,
    given: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None],
) -> bool:
    """Nodes and edges; returns whether names are written."""
    left, right = best.left, best.right
    look: dict[str, Any] = {
        "seen": seen,
        "widths": columns.line_widths(edges["value"].abs().to_numpy()),
        "node": given[0],
        "edge": given[1],
    }
    if circular:
        names = [*left, *right]
        is_mirna = np.arange(len(names)) < (len(left) if _networks.source_kind(adata) == K.MIRNA else 0)
        at = columns.places(names, edges["a"]), columns.places(names, edges["b"])
        return circle.circle(ax, names, is_mirna, *at, **look)
    at = columns.places(left, edges["a"]), columns.places(right, edges["b"])
    return columns.two_columns(ax, left, right, *at, heads=("miRNA", "mRNA"), **look)


def _why_none(adata: AnnData, key: str) -> str:
    params = adata.uns[K.UNS].get(f"{key}_parameters", {})
    if "min_mirnas" not in params:
        return "No network has a module."
    return f"No module: in no network do {params['min_mirnas']} miRNAs share {params['min_mrnas']} mRNAs."
