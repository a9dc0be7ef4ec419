"""Cells in an embedding, coloured by how many targets a miRNA has in them, or by what they say of one pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError, run_first
from csmir.pl._kit import pair_values, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.coordinates import coordinates
from csmir.pl._kit.frames import open_axes, open_figure
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import wrap
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl.out_degree import top_of_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OFF = 0.18  # shade
MOST = 24  # panels


@fill
@on_ground
def embedding(
    data: MuData | AnnData,
    mirna: str | Iterable[str] | None = None,
    *,
    pair: Sequence[str] | None = None,
    basis: str = "umap",
    n_top: int | None = None,
    cmap: Any = style.SEQUENTIAL,
    point_kws: Mapping[str, Any] | None = None,
    mrna: str = K.MRNA,
    regulation: str = K.REGULATION,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | dict[str, Axes] | Figure:
    """Draw the cells in an embedding, coloured by the number of targets of a miRNA, or by the correlation of a pair.

    One panel a miRNA; cells in which it has no target are grey. With `pair`, one panel of that pair: after the local
    test the colour is its correlation among each cell's neighbours, and triangles are the cells whose networks have it
    as an edge, pointing down for repression and up for activation; of other statistics only edges have a value, and
    they point as :func:`csmir.tl.sign` says. Requires an embedding: of the networks, by :func:`csmir.tl.neighbors` and
    `sc.tl.umap(mdata["regulation"])`, or one of the expression; and :func:`csmir.tl.hubs` for miRNAs.

    Parameters
    ----------
    %(data)s
    mirna
        A miRNA or several. None takes the `n_top` whose out-degree varies most between the cells.
    pair
        A miRNA and an mRNA, which are a pair of the networks; `mirna` is left out then.
    basis
        Name of the embedding, such as `"umap"`, `"X_umap"` or `"pca"`. It is looked for in the networks' `.obsm`, then
        in that of the MuData, then in that of the mRNA modality; the axes' labels say where it was found.
    n_top
        Number of miRNAs if none is named; 4 by default.
    cmap
        Colour map of the degree, or of what is stored of the pair; a correlation has one that diverges from 0 instead.
    point_kws
        Options of :meth:`matplotlib.axes.Axes.scatter`.
    mrna
        Name of the mRNA modality.
    %(regulation)s
    ax
        Axes to draw one miRNA into; None makes a figure.
    %(panels)s

    Returns
    -------
    Axes for a pair, or one miRNA named as text or drawn into `ax`, else Axes by miRNA; or the Figure if
    `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.hubs` was not run, or there is no such embedding.
    InputError
        There is no such miRNA or pair, several are to be drawn into one `ax`, or an option has no effect here.

    Examples
    --------
    >>> import csmir as cs
    >>> import scanpy as sc
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.hubs(mdata, regulation="truth")
    >>> sc.pp.pca(mdata["mrna"])
    >>> ax = cs.pl.embedding(mdata, "hsa-miR-21-5p", basis="pca", regulation="truth")
    >>> ax.get_title()
    'hsa-miR-21-5p'
    """
    if n_top is not None and (pair is not None or mirna is not None):
        raise InputError("`n_top` chooses miRNAs where neither `mirna` nor `pair` is given. Leave it out.")
    n_top = check.integer("n_top", 4 if n_top is None else n_top, low=1)
    adata = _mudata.read_regulation(data, regulation)
    if pair is not None:
        if mirna is not None or isinstance(pair, str) or len(pair) != 2:
            raise InputError(f"`pair` is a miRNA and an mRNA, without `mirna`; found {pair!r}.")
        found = pair_values.in_cells(data, adata, str(pair[0]), str(pair[1]))
        at, where = coordinates(data, adata, basis, regulation, mrna)
        frame = open_axes(ax, figsize, (4.8, 4.0), show=show, return_fig=return_fig, save=save, of=adata)
        title = f"{pair[0]} and {pair[1]}" if title is None else title
        options = _blank(frame.ax, at, where, point_kws)
        if options is not None:
            pair_values.draw(frame.ax, at, found, cmap, options)
        return frame.close(title=title)
    if K.Obsm.OUT_DEGREE not in adata.obsm:
        raise run_first("Out-degrees of the miRNAs are not there yet", "cs.tl.hubs(mdata)")
    degree = adata.obsm[K.Obsm.OUT_DEGREE]
    names = _names(degree, mirna, n_top)
    at, where = coordinates(data, adata, basis, regulation, mrna)
    if ax is not None or isinstance(mirna, str):
        if len(names) != 1:
            raise InputError(f"One `ax` holds one miRNA; found {len(names)}. Name one, or leave `ax` out.")
        frame = open_axes(ax, figsize, (4.2, 3.6), show=show, return_fig=return_fig, save=save, of=adata)
        _panel(frame.ax, at, degree[names[0]].to_numpy(), names[0] if title is None else title, where, cmap, point_kws)
        return frame.close()
    n_columns = min(len(names), 2 if len(names) <= 4 else 3)
    n_rows = -(-len(names) // n_columns)
    frame = open_figure(figsize, (3.4 * n_columns, 2.9 * n_rows), show=show, return_fig=return_fig, save=save, of=adata)
    grid = frame.fig.subplots(n_rows, n_columns, squeeze=False).ravel()
    for panel in grid[len(names) :]:
        panel.remove()
    axes = dict(zip(names, grid, strict=False))
    for name, panel in axes.items():
        _panel(panel, at, degree[name].to_numpy(), name, where, cmap, point_kws)
    return frame.close(axes, title=title)


def _names(degree: pd.DataFrame, mirna: str | Iterable[str] | None, n_top: int) -> list[str]:
    if mirna is None:
        spread = degree.to_numpy().astype(float).std(axis=0)
        known = degree.columns.to_numpy(dtype=str)
        return [str(known[i]) for i in np.lexsort((known, -spread))[:n_top]]
    names = check.words("mirna", mirna)
    if not names or len(names) > MOST:
        raise InputError(f"`mirna` must name from 1 to {MOST} miRNAs, one a panel; found {len(names)}.")
    _networks.positions("miRNA", pd.Index(degree.columns), names)
    return names


def _blank(ax: Any, at: np.ndarray, where: tuple[str, str], given: Any) -> dict[str, Any] | None:
    """Axes of an embedding, and how its points look; None if there are none."""
    from matplotlib.collections import PathCollection

    style.dress(ax, xlabel=f"{where[0]} 1 (of {where[1]})", ylabel=f"{where[0]} 2")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.margins(0.08)
    placed = np.isfinite(at).all(axis=1)
    if not placed.any():
        style.empty(ax, "No cell of the networks is in this embedding.")
        return None
    n = int(placed.sum())
    size = float(np.clip(4_000 / n, 3, 45))
    # a thin rim holds the pale end of the colours against the white ground, while dots are large enough for one
    options = {"s": size, "linewidths": 0.4 if size > 15 else 0, "edgecolors": style.shade(2 / 3)}
    options["rasterized"] = n > 5 * style.DRAWN
    options = merged("point_kws", options, given, PathCollection)
    if "color" in options:
        raise InputError("Colours show the values here: choose them with `cmap`, and leave them out of `point_kws`.")
    return options


def _panel(
    ax: Any, at: np.ndarray, degree: np.ndarray, name: str, where: tuple[str, str], cmap: Any, given: Any
) -> None:
    ax.set_title(name, fontsize=1.05 * font_size(ax))
    options = _blank(ax, at, where, given)
    if options is None:
        return
    placed = np.isfinite(at).all(axis=1)
    off = placed & (degree == 0)
    ax.scatter(*at[off].T, **{"color": style.shade(OFF), "label": "off"} | options)
    if off.any() and not off[placed].all():
        label = f"{ax.get_xlabel()}; grey: no target in {off.sum():,} cells"
        ax.set_xlabel(wrap(label, 72 * side_inches(ax, "x"), font_size(ax)))
    on = np.flatnonzero(placed & (degree > 0))
    on = on[np.argsort(degree[on], kind="stable")]  # the strongest on top
    if len(on):
        top = top_of_scale(degree)
        points = ax.scatter(
            *at[on].T, **{"c": degree[on], "cmap": cmap, "vmin": 0, "vmax": top, "label": "on"} | options
        )
        style.colorbar(
            points, ax, "targets", counts=True, extend="max" if degree[on].max() > points.norm.vmax else "neither"
        )
    else:
        style.dress(ax, xlabel=f"{where[0]} 1 (of {where[1]}): off in every cell")
