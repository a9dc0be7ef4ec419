"""One pair in one cell under the local test: whom the cell is compared with, and what is correlated there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir._docs import fill
from csmir._errors import InputError
from csmir.pl._kit import frames, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import wrap
from csmir.pl._kit.sizes import font_size, panel_width
from csmir.pl._kit.stored import Edge, edge_of, stored_value
from csmir.pl._kit.words import shorten, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from csmir.inference.one_local import OneLocal


# narrower figures have the numbers below the cells
WIDE = 4.2  # inches


@fill
@on_ground
def local(
    mdata: MuData,
    *,
    mirna: str,
    mrna: str,
    cell: str | None = None,
    regulation: str = K.REGULATION,
    scatter_kws: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    r"""Draw how the local correlation of one pair in one cell comes about: its neighbours, their residual ranks, rho.

    Every coloured dot is a cell that this one is compared with, as large as its weight; pale ones do not count. Along
    the axes is what the test correlates: the rank of the miRNA and of the mRNA over all cells, less its mean around
    each cell, so that what cell types and trajectories do to both is gone. The line has the slope of :math:`\rho`.

    Parameters
    ----------
    mdata
        The MuData whose networks :func:`csmir.tl.regulation` inferred with `statistic="local"`.
    mirna, mrna
        Names of the miRNA and of the mRNA; their pair must be among those of the networks.
    cell
        Name of the cell; None takes that of the edge with the strongest correlation, or, if the pair is not an edge
        anywhere, that with the strongest correlation on the tested side.
    %(regulation)s
    scatter_kws
        Options of :meth:`matplotlib.axes.Axes.scatter` for the cells that count.
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        There are no networks, or the data changed since.
    InputError
        The networks were not made by the local test, or with both sides; there is no such pair or cell.

    Notes
    -----
    Rho and q are those that are stored wherever the pair is stored. What covariates and hidden factors explain of both
    genes among the cells that count is subtracted, and the figure says how many. Undetected values are read both as
    missing (a dot on the zero line) and as lowest; drawn is the reading that the stored value has.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=100, n_mirnas=5, n_mrnas=30, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", neighbors="expression")
    >>> pair = mdata["regulation"].var.iloc[0]
    >>> ax = cs.pl.local(mdata, mirna=pair["mirna"], mrna=pair["mrna"])
    >>> ax.get_xlabel() == f"{pair['mirna']} (residual rank)"
    True
    """
    from csmir.inference.one_local import one_local

    adata = _mudata.read_regulation(mdata, regulation)
    noted = _mudata.recorded(adata, "regulation")
    if noted.get("statistic") != "local":
        raise InputError(
            f"These networks were made by {noted.get('statistic')!r}, not by statistic='local'. "
            "Draw the boxes of csn and exact with cs.pl.box."
        )
    _refuse_unknown(adata, mirna, mrna)
    found = one_local(mdata, adata, mirna, mrna)
    row = _cell(adata, found, mirna, mrna, cell, str(noted.get("direction", "repression")))
    edge = edge_of(adata, str(found.cells[row]), mirna, mrna)
    kind = _reading(found, row, edge)
    frame = frames.open_axes(ax, figsize, (6.2, 3.9), show=show, return_fig=return_fig, save=save, of=adata)
    drawn = _draw(frame.ax, found, row, kind, scatter_kws)
    style.dress(frame.ax, xlabel=f"{shorten(mirna, 30)} (residual rank)", ylabel=f"{shorten(mrna, 30)} (residual rank)")
    frame.ax.set_title(f"cell {found.cells[row]}", loc="left", fontsize=font_size(frame.ax))
    _explain(frame.ax, found, row, kind, edge, drawn, noted)
    return frame.close(title=title)


def _refuse_unknown(adata: AnnData, mirna: str, mrna: str) -> None:
    for key, name, what in ((K.Var.MIRNA, mirna, "miRNA"), (K.Var.MRNA, mrna, "mRNA")):
        _networks.positions(f"{what} of the networks", pd.Index(adata.var[key].astype(str).unique()), [name])
    if not ((adata.var[K.Var.MIRNA] == mirna) & (adata.var[K.Var.MRNA] == mrna)).any():
        raise InputError(f"{mirna} and {mrna} are not a pair of these networks. Draw one that was tested.")


def _cell(adata: AnnData, found: OneLocal, mirna: str, mrna: str, cell: str | None, direction: str) -> int:
    """Position of the cell to draw."""
    if cell is not None:
        return int(_networks.positions("cell", found.cells, [cell])[0])
    strength = np.full(len(found.cells), -np.inf)
    at = np.flatnonzero(((adata.var[K.Var.MIRNA] == mirna) & (adata.var[K.Var.MRNA] == mrna)).to_numpy())[0]
    edges = _mudata.edges(adata)[:, [int(at)]].tocoo()
    rows = found.cells.get_indexer(adata.obs_names[edges.row].astype(str))
    for k, of_network in zip(rows, edges.row, strict=True):
        if k < 0:  # a copy, weighed with the cell that was counted
            continue
        strength[k] = abs(stored_value(adata.X, int(of_network), int(at)))
    if not np.isfinite(strength).any():
        side = {"repression": -1.0, "activation": 1.0}.get(direction)
        rho = np.abs(found.rho) if side is None else side * found.rho
        strength = np.where(np.isnan(rho), -np.inf, rho).max(axis=1)
    best = np.flatnonzero(strength == strength.max()).tolist()
    return min(best, key=lambda k: str(found.cells[k]))


def _reading(found: OneLocal, row: int, edge: Edge | None) -> int:
    """Which reading of the zeros is stored; the stronger where nothing is."""
    rho = np.array([_correlation(found, row, kind) for kind in range(2)])
    if edge is not None and np.isfinite(edge.value):
        return int(np.nanargmin(np.abs(np.nan_to_num(rho, nan=9) - edge.value)))
    return int(np.argmax(np.nan_to_num(np.abs(rho), nan=-1)))


def _correlation(found: OneLocal, row: int, kind: int) -> float:
    """Of what is drawn, weighted."""
    x, y = found.residuals(row, kind)
    w = found.weights[[row]].toarray()[0]
    x, y = x - w @ x, y - w @ y
    scale = float(np.sqrt((w @ x**2) * (w @ y**2)))
    return float(w @ (x * y)) / scale if scale > 0 else float("nan")


def _draw(ax: Any, found: OneLocal, row: int, kind: int, given: Any) -> float:
    """The cells that count, those that do not, the cell itself, and the line; returns their correlation."""
    from matplotlib.collections import PathCollection

    x, y = found.residuals(row, kind)
    w = found.weights[[row]].toarray()[0]
    counts = w > 0
    pale = {"s": 6, "color": style.grey(), "alpha": 0.5, "linewidths": 0, "rasterized": len(x) > 2000}
    ax.scatter(x[~counts], y[~counts], zorder=1, gid="csmir-others", **pale)
    size = float(np.clip(2500 / max(counts.sum(), 1), 8, 40))
    ours = {
        "s": size * w[counts] / w[counts].mean(),
        "c": style.DATA,
        "alpha": style.sheer(0.75),
        "edgecolors": style.shade(0),
    }
    ours |= {"linewidths": 0.3, "rasterized": counts.sum() > 2000, "zorder": 2, "gid": "csmir-neighbours"}
    ax.scatter(x[counts], y[counts], **merged("scatter_kws", ours, given, PathCollection))
    own = {"c": style.REWIRED, "s": 45, "edgecolors": style.ink(), "linewidths": 0.8}
    ax.scatter(x[row], y[row], zorder=4, gid="cell", **own)
    mean_x, mean_y = w @ x, w @ y
    sd_x, sd_y = (np.sqrt(max(w @ v**2 - (w @ v) ** 2, 0)) for v in (x, y))
    rho = _correlation(found, row, kind)
    if np.isfinite(rho):
        ends = np.array([x[counts].min(), x[counts].max()])
        line = mean_y + rho * sd_y / sd_x * (ends - mean_x)
        ax.plot(ends, line, color=style.ink(), linewidth=1, zorder=3, gid="csmir-line")
    ax.axhline(0, color=style.shade(2 / 15), linewidth=0.6, zorder=0)
    ax.axvline(0, color=style.shade(2 / 15), linewidth=0.6, zorder=0)
    ax.locator_params(nbins=5)
    return rho


def _explain(
    ax: Any, found: OneLocal, row: int, kind: int, edge: Edge | None, drawn: float, noted: Mapping[str, Any]
) -> None:
    """Neighbours, rho, q, and what the networks say, beside the cells."""
    alpha = float(noted["alpha"])
    n = int((found.weights[[row]].data > 0).sum())
    lines = [f"{n:,} cells are compared,", f"worth {found.n_eff[row]:.0f} independent ones"]
    stored = edge is not None and np.isfinite(edge.value)
    value = edge.value if edge is not None and stored else drawn
    lines += ["", f"ρ = {signed(value, 3) if np.isfinite(value) else 'not defined'}"]
    if edge is not None and stored and not np.isnan(edge.qvalue):
        lines.append(f"q = {edge.qvalue:.2g}")
    if edge is not None:
        rule = f"q {'≤' if edge.present else '>'} {alpha:g}"
        lines.append(f"{'an edge' if edge.present else 'no edge'}: {rule}")
    lines.append(f"(tested for {noted.get('direction', 'repression')})")
    if found.columns.shape[1]:
        n_held = found.columns.shape[1]
        lines += ["", f"{n_held} covariates or factors held" if n_held > 1 else "1 covariate or factor held"]
    if found.has_zeros:
        lines += ["", "undetected values: " + ("left out (at 0)" if kind == 0 else "the lowest rank")]
    size = font_size(ax)
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top"}
    place |= {"fontsize": size, "linespacing": 1.4, "gid": "result"}
    if panel_width(ax) >= WIDE:
        ax.annotate(wrap("\n".join(lines), 21 * size, size), (1, 1), xytext=(0.8 * size, 0), **place)
        return
    text = "; ".join(line.strip(",") for line in lines if line)
    ax.annotate(wrap(text, 72 * 0.8 * panel_width(ax), size), (0, 0), xytext=(0, -3.6 * size), **place)
