"""Enrichment as dots: which gene sets in which modules, cells or miRNAs, how much and how surely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir.get.enrichment import enrichment
from csmir.pl._kit import chance, frames, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import settle, wrap
from csmir.pl._kit.legends import dot, legend
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.ticks import name_ticks
from csmir.pl._kit.words import common_prefix, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = {"all": "both", K.MIRNA: "miRNAs", K.MRNA: "mRNAs"}
# q-values are coloured up to here: 10^-20 and 10^-300 are the same to a reader
MOST = 20


@fill
@on_ground
def enrich(
    data: MuData | AnnData,
    *,
    query: str | int | Iterable[str | int] | None = None,
    n_sets: int = 20,
    n_queries: int = 15,
    alpha: float = 0.05,
    key: str = K.Table.ENRICHMENT,
    cmap: str = style.SEQUENTIAL + "_r",
    regulation: str = K.REGULATION,
    scatter_kws: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw enrichment as dots: as large as the overlap, in the colour of q, with a dark rim where q < `alpha`.

    Gene sets are rows and queries (modules, cells, miRNAs) are columns; with one query the dots lie at its fold
    enrichment. Of a disease enrichment the queries are rows, and both kinds, miRNAs alone and mRNAs alone are columns.
    Requires :func:`csmir.tl.enrich` or :func:`csmir.tl.enrich_disease`.

    Parameters
    ----------
    %(data)s
    query
        Only these queries (a name or several); None takes those with the smallest q.
    n_sets, n_queries
        Most rows of gene sets and most queries to draw, those with the smallest q; the heading says of how many.
    alpha
        Results below this q have a dark rim.
    key
        Name of the table: `"enrichment"`, `"disease_enrichment"`, or the `key_added` that was given.
    cmap
        Colour map of -log10(q), cut at 20.
    %(regulation)s
    scatter_kws
        Options of :meth:`matplotlib.axes.Axes.scatter`.
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        There is no such table yet.
    InputError
        There is no such query.

    Notes
    -----
    Pairs without overlap are not in the table and have no dot. The universe stands below the dots: against all mRNAs
    the sets that the prior itself favours are enriched in every cell, of shuffled data too; `universe="pairs"` of
    :func:`csmir.tl.enrich` takes only what was tested as a target.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> sets = {"first": mdata["mrna"].var_names[:20], "second": mdata["mrna"].var_names[20:40]}
    >>> cs.tl.enrich(mdata, sets, of="mirnas", share=0, alpha=None, regulation="truth")
    >>> ax = cs.pl.enrich(mdata, regulation="truth")
    >>> sorted(label.get_text() for label in ax.get_yticklabels())
    ['first', 'second']
    """
    n_sets = check.integer("n_sets", n_sets, low=1)
    n_queries = check.integer("n_queries", n_queries, low=1)
    alpha = check.number("alpha", alpha, low=0, high=1, low_open=True)
    table = enrichment(data, query=query, key=key, regulation=regulation)
    of_disease = "gene_set" not in table
    table = table[table["overlap"] > 0].dropna(subset="qvalue")
    grid, rows, columns, remark = _chosen(table, n_sets, n_queries, of_disease)
    single = len(columns) == 1 and not of_disease
    size = (
        float(np.clip(3.6 + 0.3 * (6 if single else len(columns)), 4.2, 9)),
        float(np.clip(1.6 + 0.24 * len(rows), 3.2, 9)),
    )
    of = _mudata.read_regulation(data, regulation)
    frame = frames.open_axes(ax, figsize, size, show=show, return_fig=return_fig, save=save, of=of)
    ax = frame.ax
    style.dress(ax)
    if grid.empty:
        what = "disease-related miRNA or mRNA" if of_disease else "gene set"
        style.empty(ax, f"no {what} was found in any query: the table of results is empty")
        return frame.close(title=title)
    strength = np.minimum(-np.log10(np.maximum(grid["qvalue"], 1e-300)), MOST)
    y = grid["row"].map({name: i for i, name in enumerate(rows)})
    x = grid["fold"] if single else grid["column"].map({name: i for i, name in enumerate(columns)})
    spacing = [side_inches(ax, "y") * 0.85 / len(rows)]
    spacing += [] if single else [side_inches(ax, "x") * 0.5 / len(columns)]
    largest = float(np.clip(72 * min(spacing), 3, 11)) ** 2  # square points
    dots = _dots(ax, x, y, grid, strength, largest, alpha, cmap, scatter_kws)
    _axes(ax, rows, columns, single, of_disease)
    _say_universe(ax, _universe(of, table, key, of_disease) + "; not shuffled" * (chance.found(of) is not None))
    style.heading(ax, "", remark)
    _keys(ax, dots, grid, strength, largest, alpha)
    return frame.close(title=title)


def _chosen(
    table: pd.DataFrame, n_sets: int, n_queries: int, of_disease: bool
) -> tuple[pd.DataFrame, list[str], list[str], str]:
    """Rows of the table to draw with their `row` and `column`, both axes in order, and what was left out."""
    table = table.copy()
    name = table["query"].astype(str)
    if "network" in table:
        several = len(table["network"].astype(str).unique()) > 1
        name = (table["network"].astype(str) + " " if several else "module ") + name
    table["row"] = name if of_disease else table["gene_set"].astype(str)
    table["column"] = table["kind"].astype(str).map(KINDS) if of_disease else name
    best = table.groupby("row")["qvalue"].min().sort_values(kind="stable")
    rows = best.index[: n_queries if of_disease else n_sets].to_list()
    kept = table[table["row"].isin(rows)]
    if of_disease:
        columns = [k for k in KINDS.values() if k in set(kept["column"])]
    else:
        found = kept.groupby("column")["qvalue"].min().sort_values(kind="stable").index[:n_queries]
        columns = [c for c in dict.fromkeys(table["column"]) if c in set(found)]
    kept = kept[kept["column"].isin(columns)]
    n_columns = table["column"].nunique()
    parts = (
        [f"{len(rows)} of {len(best):,} {'queries' if of_disease else 'gene sets'}"] if len(best) > len(rows) else []
    )
    if n_columns > len(columns):
        parts.append(f"{len(columns)} of {n_columns:,} queries")
    return kept, [r for r in rows if r in set(kept["row"])], columns, ", ".join(parts)


def _dots(
    ax: Any, x: Any, y: Any, grid: pd.DataFrame, strength: Any, largest: float, alpha: float, cmap: Any, options: Any
) -> Any:
    from matplotlib.collections import PathCollection

    rim = np.where(grid["qvalue"] < alpha, style.ink(), "none")
    ours = {"c": strength, "s": _area(grid["overlap"], grid["overlap"], largest), "cmap": cmap, "edgecolors": list(rim)}
    limits = {"vmin": 0, "vmax": max(float(strength.max()), -np.log10(alpha)), "linewidths": 0.8, "zorder": 2}
    return ax.scatter(x, y, **merged("scatter_kws", ours | limits, options, PathCollection))


def _area(overlap: Any, among: pd.Series, largest: float) -> np.ndarray:
    """Area of a dot in square points: grows with the overlap, from a tenth of the largest."""
    return largest * (0.1 + 0.9 * np.asarray(overlap, float) / float(among.max()))


def _axes(ax: Any, rows: list[str], columns: list[str], single: bool, of_disease: bool) -> None:
    size = font_size(ax)
    prefix = "" if of_disease else common_prefix(rows)
    width = 22 if ax.get_figure(root=True).get_figwidth() < 4.5 else 36
    name_ticks(ax, "y", [r[len(prefix) :].replace("_", " ") for r in rows], limit=200, most=width)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.grid(True, color=style.shade(1 / 15), linewidth=0.6)
    ax.set_axisbelow(True)
    if prefix:
        words = f"{prefix}…" if len(prefix) <= 18 else shorten(prefix.replace("_", " ").strip(), 36) + " …"
        ax.set_ylabel(wrap(words, 72 * 0.7 * side_inches(ax, "y"), size), fontsize=size)
    if single:
        ax.set_xlabel(f"fold enrichment in {columns[0]}", fontsize=size)
        ax.margins(x=0.12)
        return
    head = "module " if all(c.startswith("module ") for c in columns) else common_prefix(columns)
    name_ticks(ax, "x", [c[len(head) :] for c in columns], limit=200, room=0.5)
    ax.set_xlim(-0.6, len(columns) - 0.4)
    if head:
        ax.set_xlabel("modules" if head == "module " else f"{head}…", fontsize=size)


def _universe(adata: AnnData, table: pd.DataFrame, key: str, of_disease: bool) -> str:
    """What the queries could have drawn from, in words."""
    step = adata.uns.get(K.UNS, {}).get(f"{key}_parameters", {})
    n = int(step.get("universe_size", table["universe_size"].max()))
    kind, what = step.get("universe"), "miRNAs and mRNAs" if of_disease else "mRNAs"
    if kind == "pairs":
        return f"universe: the {n:,} {what} that were tested as pairs"
    if kind is None or kind == "given":
        return f"universe: {n:,} {what}" + ("" if kind is None else " handed in")
    words = f"universe: all {n:,} {what} of the data"
    tested = adata.var[K.MRNA].nunique()
    return words if of_disease or tested == n else f"{words}; {tested:,} were tested as targets"


def _say_universe(ax: Any, words: str) -> None:
    """Below the name of the x axis."""
    size = font_size(ax)
    words = wrap(words, 72 * max(1.1 * side_inches(ax, "x"), 1.6), size)
    ax.set_xlabel(f"{ax.get_xlabel()}\n{words}".lstrip("\n"), fontsize=size)


def _keys(ax: Any, dots: Any, grid: pd.DataFrame, strength: Any, largest: float, alpha: float) -> None:
    """Sizes, rims and colours, right of the dots."""
    overlap = grid["overlap"]
    low, high = int(overlap.min()), int(overlap.max())
    steps = sorted({low, round((low + high) / 2), high})
    marks = [dot(f"{n:,}", style.shade(7 / 15), size=float(np.sqrt(_area([n], overlap, largest)[0]))) for n in steps]
    if (grid["qvalue"] < alpha).any():
        rim: dict[str, Any] = {
            "markerfacecolor": style.shade(0),
            "markeredgecolor": style.ink(),
            "markeredgewidth": 0.8,
        }
        marks.append(dot(f"q < {alpha:g}", style.ink(), **rim))
    key = legend(ax, marks, title="overlap", labelspacing=0.5, borderpad=0, bbox_to_anchor=(1.03, 1.0))
    settle(ax)
    box = key.get_window_extent()
    left = (box.y0 - ax.bbox.y0) / ax.bbox.height - 0.12  # below the legend, or beside it in a low figure
    below = left >= 0.25
    x = 1.05 if below else (box.x1 - ax.bbox.x0) / ax.bbox.width + 0.04
    inside = ax.inset_axes([x, 0.02, 0.04, min(left, 0.42) if below else 0.9])
    label = "-log10 q" + (f" (to {MOST})" if strength.max() >= MOST else "")
    style.colorbar(dots, ax, label, cax=inside)
