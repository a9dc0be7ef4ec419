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
from csmir.get.edges import value_name
from csmir.pl._kit import circle, columns, style
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_paper
from csmir.pl._kit.legends import dot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LAYOUTS = ("block", "circle")
MANY = 80  # members


@fill
@on_paper
def module(
    data: MuData | AnnData,
    module: int = 0,
    *,
    layout: str = "block",
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
    """Draw one module with its interactions, as a block of two columns or as a circle.

    Lines are wider the more cells have the interaction, in a module of conserved or rewired interactions, or the larger
    its z in a module of one cell; the note below says which. A module of more than 80 members is drawn as a raster of
    miRNAs x mRNAs instead, coloured by the same value. Requires :func:`csmir.tl.modules`; the numbers of the
    modules are in :func:`csmir.get.modules`.

    Parameters
    ----------
    %(data)s
    module
        Number of the module. 0 is the one with the most interactions of the first network.
    layout
        `"block"`: miRNAs left, mRNAs right. `"circle"`: all on a circle, miRNAs first. Modules of one kind (synergy,
        sponge) have no sides and are drawn as a circle.
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
        There is no such module or column.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.modules(mdata, "cells", min_mirnas=1, regulation="truth")
    >>> ax = cs.pl.module(mdata, 0, regulation="truth")
    >>> ax.get_title().startswith("module 0")
    True
    """
    check.choice("layout", layout, LAYOUTS)
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
    circular = layout == "circle" or one_kind
    raster = len(names) > MANY and not one_kind
    frame = open_axes(ax, figsize, _size(left, right, circular, raster), show=show, return_fig=return_fig, of=adata)
    ax = frame.ax
    if rows.empty:
        style.dress(ax)
        style.empty(ax, _why_none(adata, key))
        return frame.close(title=title, save=save)
    net = str(rows[K.Module.NETWORK].iloc[0])
    edges, value = _edges(adata, net, left, right)
    if raster:
        at = columns.places(left, edges["a"]), columns.places(right, edges["b"])
        columns.image(ax, left, right, *at, edges["value"].to_numpy(), value)
        return frame.close(title=f"module {number} of {net}" if title is None else title, save=save)
    seen = None if wanted is None else adata.var[wanted].iloc[edges["pair"]]
    if color == columns.AUTO and seen is not None and seen.nunique() < 2:
        seen = None
    named = _draw(ax, adata, left, right, edges, seen, circular, (node_kws, edge_kws))
    _note(ax, edges, value, named, adata.n_obs)
    return frame.close(title=f"module {number} of {net}" if title is None else title, save=save)


def _size(left: list[str], right: list[str], circular: bool, raster: bool) -> tuple[float, float]:
    if raster:
        return 6.5, float(np.clip(1.3 + 0.2 * len(left), 2.2, 8))
    return (5.4, 5.4) if circular else (5.0, float(np.clip(1.1 + 0.175 * max(len(right), len(left), 3), 2.2, 11)))


def _draw(
    ax: Any,
    adata: AnnData,
    left: list[str],
    right: list[str],
    edges: pd.DataFrame,
    seen: pd.Series | None,
    circular: bool,
    given: tuple[Mapping[str, Any] | None, Mapping[str, Any] | None],
) -> bool:
    """Legend, nodes and edges; returns whether names are written."""
    colours, words = columns.edge_colours(seen)
    look: dict[str, Any] = {
        "colours": colours or "#888888",
        "widths": columns.line_widths(edges["value"].abs().to_numpy()),
        "node": given[0],
        "edge": given[1],
    }
    n_mirnas = len(left) if _networks.source_kind(adata) == K.MIRNA else 0
    is_mirna = np.arange(len(left) + len(right)) < n_mirnas
    keys = [dot("miRNA", style.MIRNA, marker="s")] if circular and is_mirna.any() else []
    keys += [dot("mRNA", style.MRNA)] if circular and not is_mirna.all() else []
    keys += [dot(word, colour, marker="", linestyle="-") for word, colour in words.items()]
    columns.blank(ax, keys)
    if circular:
        names = [*left, *right]
        at = columns.places(names, edges["a"]), columns.places(names, edges["b"])
        return circle.circle(ax, names, is_mirna, *at, **look)
    at = columns.places(left, edges["a"]), columns.places(right, edges["b"])
    return columns.two_columns(ax, left, right, *at, heads=("miRNA", "mRNA"), **look)


def _why_none(adata: AnnData, key: str) -> str:
    params = adata.uns[K.UNS].get(f"{key}_parameters", {})
    if "min_mirnas" not in params:
        return "No network has a module."
    return f"No module: in no network do {params['min_mirnas']} miRNAs share {params['min_mrnas']} mRNAs."


def _edges(adata: AnnData, net: str, left: list[str], right: list[str]) -> tuple[pd.DataFrame, str]:
    """Edges of this network inside the module (`pair`, `a`, `b`, `value`), and what the value is."""
    first, second = (adata.var[c].astype(str) for c in _mudata.ends(adata))
    members = left if _mudata.one_kind(adata) else right
    inside = (first.isin(left) & second.isin(members)).to_numpy()
    present = _mudata.edges(adata)
    if net in (K.CONSERVED, K.REWIRED) and net not in adata.obs_names:
        if K.Var.CONSERVATION in adata.var:
            inside = inside & (adata.var[K.Var.CONSERVATION] == net).to_numpy()
        pair = np.flatnonzero(inside)
        value = present[:, pair].getnnz(axis=0).astype(float)
        what = "cells"
    else:
        row = _networks.cell_positions(adata, net)[0]
        own = present.indices[present.indptr[row] : present.indptr[row + 1]]
        pair = np.intersect1d(own, np.flatnonzero(inside))
        value = _mudata.dense(adata.X[row])[..., pair].ravel().astype(float)
        what = value_name(adata)
    return pd.DataFrame({"pair": pair, "a": first.to_numpy()[pair], "b": second.to_numpy()[pair], "value": value}), what


def _note(ax: Any, edges: pd.DataFrame, what: str, named: bool, n_cells: int) -> None:
    low, high = edges["value"].abs().min(), edges["value"].abs().max()
    parts = [f"{len(edges):,} interactions"]
    if high > low and what == "cells":
        parts.append(f"width: in {low:.0f} to {high:.0f} of {n_cells:,} cells")
    elif high > low:
        parts.append(f"width: {what} {low:.1f} to {high:.1f}")
    elif what == "cells" and len(edges):
        parts.append(f"each in {low:.0f} of {n_cells:,} cells")
    if not named:
        parts.append("names left out for lack of room")
    columns.note(ax, parts)
