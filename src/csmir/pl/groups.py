"""miRNAs or interactions against groups of cells, as dots."""

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
from csmir._errors import InputError, run_first
from csmir.get.edges import signed, value_name
from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import settle, wrap
from csmir.pl._kit.legends import dot, legend_above
from csmir.pl._kit.marks import shape
from csmir.pl._kit.sizes import font_size, panel_width, side_inches
from csmir.pl._kit.ticks import name_ticks
from csmir.pl._kit.words import bare, one_side

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WHAT = ("mirnas", "pairs")
MOST_GROUPS = 40


@fill
@on_ground
def groups(
    data: MuData | AnnData,
    groupby: str,
    *,
    of: str = "mirnas",
    n_top: int = 15,
    cmap: str = style.SEQUENTIAL,
    point_kws: Mapping[str, Any] | None = None,
    regulation: str = K.REGULATION,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw in which groups of cells a miRNA or an interaction is found: a dot for each row and group.

    The area of a dot is the share of the group's cells that have the interaction, or any target of the miRNA. Its
    colour is the mean over these cells: of the stored value (a correlation, z, -log10 p) for interactions, of the
    number of targets for miRNAs. Rows are those whose share differs most between groups, the largest difference on top.

    Parameters
    ----------
    %(data)s
    groupby
        Column of `.obs` of the networks with groups of cells.
    of
        `"mirnas"` or `"pairs"`.
    n_top
        Number of rows.
    cmap
        Colour map; a correlation has one that diverges from 0 instead.
    point_kws
        Options of :meth:`matplotlib.axes.Axes.scatter`.
    %(regulation)s
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.hubs` was not run (for miRNAs).
    InputError
        There is no such column, or it has more than 40 groups.

    Notes
    -----
    Shares of groups that were made from the networks themselves differ by construction, and a difference is not a test:
    :func:`csmir.tl.differential` tests.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> mdata["truth"].obs["group"] = mdata.obs["group"]
    >>> cs.tl.hubs(mdata, regulation="truth")
    >>> ax = cs.pl.groups(mdata, "group", n_top=6, regulation="truth")
    >>> len(ax.get_yticklabels())
    6
    """
    check.choice("of", of, WHAT)
    n_top = check.integer("n_top", n_top, low=1)
    adata = _mudata.read_regulation(data, regulation)
    codes, names = _groups(adata, groupby)
    share, mean = _of_mirnas(adata, codes, len(names)) if of == "mirnas" else _of_pairs(adata, codes, len(names))
    found = np.flatnonzero((share > 0).any(axis=1).to_numpy())
    spread = np.ptp(share.to_numpy()[found], axis=1) if len(found) else np.zeros(0)
    strength = np.nan_to_num(np.abs(mean.to_numpy()[found])).max(axis=1, initial=0)
    ranked = np.lexsort((share.index[found].to_numpy(str), -strength, -spread))  # equal ones by strength, then by name
    rows = found[ranked[:n_top]]
    height = float(np.clip(2.1 + 0.22 * len(rows), 3.0, 9))
    width = float(np.clip(3.4 + 0.35 * len(names), 4.2, 9))
    frame = open_axes(ax, figsize, (width, height), show=show, return_fig=return_fig, save=save, of=adata)
    ax = frame.ax
    style.dress(ax, xlabel=groupby + "\n " * (len(rows) < len(found)))  # where rows are chosen, how is said there
    if not len(rows):
        style.empty(ax, "No cell of these groups has any interaction.")
        return frame.close(title=title)
    _dots(ax, share.iloc[rows], mean.iloc[rows], of, adata, cmap, point_kws)
    what = "miRNAs" if of == "mirnas" else "interactions"
    narrow = panel_width(ax) < 4.2
    short, pattern = bare(share.index[rows]) if narrow else ([str(n) for n in share.index[rows]], "")
    named = name_ticks(ax, "y", short, most=24 if narrow else 34)
    partly = f"{len(rows)} of {len(found):,} {what}" if len(rows) < len(found) else what
    style.dress(ax, ylabel=partly if named or len(rows) < len(found) else f"{len(rows):,} {what}")
    if pattern and named:
        ax.set_ylabel(wrap(f"{ax.get_ylabel()} ({pattern})", 72 * side_inches(ax, "y"), font_size(ax)))
    settle(ax)  # the names of the rows took of the width
    sizes = np.bincount(codes[codes >= 0], minlength=len(names))
    name_ticks(ax, "x", [f"{name} ({n:,})" for name, n in zip(names, sizes, strict=True)])
    if len(rows) < len(found):
        n_tied = int((spread[ranked[n_top:]] >= spread[ranked[n_top - 1]]).sum())
        also = f", as {n_tied:,} more do" if n_tied else ""
        chosen = f"rows whose shares differ most{also}" if spread.any() else "no shares differ: the strongest rows"
        ax.set_xlabel(wrap(f"{groupby}\n({chosen})", 72 * 0.9 * side_inches(ax, "x"), font_size(ax)))
    return frame.close(title=title)


def _groups(adata: AnnData, groupby: str) -> tuple[np.ndarray, list[str]]:
    """Number of each cell's group (-1 for none), and the groups."""
    check.column_of_cells(adata.obs, groupby)
    values = check.groups(f"The column {groupby!r}", adata.obs[groupby]).astype("category")
    values = values.cat.remove_unused_categories()
    if not 1 <= len(values.cat.categories) <= MOST_GROUPS:
        raise InputError(
            f"{groupby!r} has {len(values.cat.categories):,} groups; from 1 to {MOST_GROUPS} can be drawn."
        )
    return values.cat.codes.to_numpy(), [str(c) for c in values.cat.categories]


def _of_mirnas(adata: AnnData, codes: np.ndarray, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Share of each group's cells in which a miRNA has targets, and their mean number there."""
    if K.Obsm.OUT_DEGREE not in adata.obsm:
        raise run_first("Out-degrees of the miRNAs are not there yet", "cs.tl.hubs(mdata)")
    table = adata.obsm[K.Obsm.OUT_DEGREE]
    degree = table.to_numpy(dtype=float)
    return _summed(table.columns.astype(str), (degree > 0).astype(float), degree, codes, n)


def _of_pairs(adata: AnnData, codes: np.ndarray, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same of interactions, and the mean of what is stored."""
    edges = _mudata.edges(adata)
    first, second = (adata.var[end].astype(str) for end in _mudata.ends(adata))
    return _summed(
        pd.Index(first + " → " + second),
        edges.astype(float),
        edges.multiply(_mudata.as_csr(adata.X)).tocsr().astype(float),
        codes,
        n,
    )


def _summed(index: pd.Index, there: Any, values: Any, codes: np.ndarray, n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    share, mean = np.zeros((len(index), n)), np.full((len(index), n), np.nan)
    for g in range(n):
        inside = codes == g
        count, total = (np.asarray(m[inside].sum(axis=0)).ravel() for m in (there, values))
        share[:, g] = count / max(inside.sum(), 1)
        np.divide(total, count, out=mean[:, g], where=count > 0)
    return pd.DataFrame(share, index=index), pd.DataFrame(mean, index=index)


def _dots(ax: Any, share: pd.DataFrame, mean: pd.DataFrame, of: str, adata: AnnData, cmap: str, given: Any) -> None:
    """Areas by share, colours by mean; keys of both."""
    from matplotlib.collections import PathCollection

    y, x = np.nonzero(share.to_numpy() > 0)
    s, c = share.to_numpy()[y, x], mean.to_numpy()[y, x]
    ax.set_xlim(-0.6, share.shape[1] - 0.4)
    ax.set_ylim(len(share) - 0.4, -0.6)
    # colour bar, labels and legend will take of the height
    room = 72 * min(0.5 * side_inches(ax, "y") / len(share), 0.6 * side_inches(ax, "x") / share.shape[1])
    largest = float(np.clip(room, 4, 14)) ** 2
    value = "targets in these cells" if of == "mirnas" else f"{value_name(adata)} in these cells"
    ours: dict[str, Any] = {"c": c, "s": largest * s, "cmap": cmap, "edgecolors": style.shade(0.6), "linewidths": 0.3}
    if of == "pairs" and signed(adata):
        top = float(np.abs(c).max())
        ours |= {"cmap": style.diverging(), "vmin": -top, "vmax": top}
    points = ax.scatter(x, y, **{"gid": "csmir-dots"} | merged("point_kws", ours, given, PathCollection))
    two_sided = of == "pairs" and signed(adata)
    side = one_side(c) if two_sided else ""
    if two_sided and not side and "marker" not in (given or {}):  # both ends of the scale are one grey in print
        shape(points, np.where(c > 0, "D", "o").tolist())
        side = " (diamonds: > 0)"
    style.colorbar(
        points,
        ax,
        f"mean {value.replace('in these cells', 'there') + side if side else value}",
        location="bottom",
        shrink=0.8,
        aspect=30,
    )
    ax.tick_params(length=0)
    keys = [dot(f"{p} %", style.grey(), size=float(np.sqrt(largest * p / 100))) for p in (25, 50, 100)]
    legend_above(ax, [*keys, dot("of the group's cells", "none", marker="")])
