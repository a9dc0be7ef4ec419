"""Lollipops of what each cell's network is like."""

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
from csmir._errors import InputError, run_first
from csmir.pl._kit import chance, frames, style
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.legends import dot, legend
from csmir.pl._kit.lollipops import draw_column, ghost
from csmir.pl._kit.marks import marks
from csmir.pl._kit.ticks import NAMED, cell_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N_HUBS = "n_hubs"
# what can be shown of each cell -> the words below it
LABELS = {
    K.Obs.N_INTERACTIONS: "interactions",
    K.Obs.PCT_VALIDATED: "validated (%)",
    K.Obs.PCT_DISEASE: "disease-related (%)",
    N_HUBS: "hub miRNAs",
    K.Obs.PCT_VALIDATED_HUBS: "of hubs validated (%)",
    K.Obs.PCT_DISEASE_HUBS: "hubs disease-related (%)",
}
# what the shuffles give of all cells together
ALONE = {K.Obs.PCT_VALIDATED: chance.validated, N_HUBS: chance.hubs}
DEFAULT = (K.Obs.N_INTERACTIONS, K.Obs.PCT_VALIDATED, K.Obs.PCT_DISEASE, N_HUBS)
STEPS = {
    K.Obs.PCT_VALIDATED: "cs.tl.validate(mdata, truth)",
    K.Obs.PCT_DISEASE: "cs.tl.validate(mdata, disease=names)",
    N_HUBS: "cs.tl.hubs(mdata)",
    K.Obs.PCT_VALIDATED_HUBS: "cs.tl.hubs(mdata), then cs.tl.validate(mdata, truth),",
    K.Obs.PCT_DISEASE_HUBS: "cs.tl.hubs(mdata), then cs.tl.validate(mdata, disease=names),",
    K.Obs.N_NULL: "cs.tl.null(mdata)",
    K.Obs.EMPIRICAL_FDR: "cs.tl.null(mdata)",
    K.Obs.CROSSTALK_DEGREE: "cs.tl.similarity(mdata), then cs.tl.crosstalk(mdata)",
}


@fill
@on_ground
def per_cell(
    data: MuData | AnnData,
    *,
    columns: str | Iterable[str] | None = None,
    sort: str | None = None,
    color: str | None = None,
    regulation: str = K.REGULATION,
    line_kws: Mapping[str, Any] | None = None,
    marker_kws: Mapping[str, Any] | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> dict[str, Axes] | Figure:
    """Draw what each cell's network is like: its interactions, how many are validated or disease-related, its hubs.

    One lollipop for each cell, one panel for each column, with the median over the cells as a dashed line. From 200
    cells on a histogram takes the place of the lollipops. A black dash (or outline) is what the cell has in shuffled
    pairings, once :func:`csmir.tl.null` was run; in the panels of the validated share and of the hubs, a line is that
    of all that these give, and of the mean cell. Requires :func:`csmir.tl.regulation`; the percentages
    :func:`csmir.tl.validate`, the hubs :func:`csmir.tl.hubs`.

    Parameters
    ----------
    %(data)s
    columns
        What to draw: `"n_interactions"`, `"pct_validated"`, `"pct_disease"`, `"n_hubs"`, `"pct_validated_hubs"`,
        `"pct_disease_hubs"` or any other column of numbers in `.obs`. None takes the first four, as far as computed.
    sort
        Order the cells by this column, largest first; None keeps their order.
    color
        Column of `.obs` with groups of cells, such as `"cluster"`, to colour by.
    %(regulation)s
    line_kws, marker_kws
        Options of :meth:`matplotlib.axes.Axes.vlines` and :meth:`matplotlib.axes.Axes.scatter`.
    %(panels)s

    Returns
    -------
    Axes by column, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        There are no networks yet, or a column is asked for before the step that writes it.
    InputError
        A column is not there or holds no numbers.

    Notes
    -----
    A cell without a value (the percentages of an empty network) has a grey cross on the axis.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.hubs(mdata, regulation="truth")
    >>> axes = cs.pl.per_cell(mdata, regulation="truth")
    >>> [ax.get_title(loc="left") for ax in axes.values()]
    ['interactions', 'hub miRNAs']
    """
    adata = _mudata.read_regulation(data, regulation)
    table = _table(adata, columns)
    if sort is not None:
        by = table[sort] if sort in table else _column(adata, sort)
        table = table.loc[by.sort_values(ascending=False, kind="stable").index]
    groups = None if color is None else _groups(adata, color).loc[table.index]
    palette = {} if color is None else style.category_colours(adata, color)
    many = len(table) > style.DRAWN
    n = table.shape[1]
    size = (
        (3.4 * min(n, 2), 2.4 * -(-n // 2)) if many else (float(np.clip(2.6 + 0.22 * len(table), 4, 11)), 0.5 + 1.5 * n)
    )
    frame = frames.open_figure(figsize, size, show=show, return_fig=return_fig, save=save, of=adata)
    panels = _panels(frame.fig, table.columns.to_list(), many)
    for name, ax in panels.items():
        middle = table[name].dropna().median()
        remark = "" if np.isnan(middle) else f"median {middle:,.0f}" if middle >= 100 else f"median {middle:.3g}"
        shuffled = adata.obs.get(K.Obs.N_NULL) if name == K.Obs.N_INTERACTIONS else None
        of_all = ALONE[name](adata) if name in ALONE else None
        remarks = [remark]
        if shuffled is None and of_all is None and name in LABELS and chance.found(adata):
            by_rule = " by this rule" * (name == N_HUBS and chance.other_hubs(adata))
            remarks = [f"{remark}; not shuffled{by_rule}" if remark else "", remark]
        elif shuffled is not None or of_all is not None:
            by_chance = f"shuffled {of_all:.3g}" if shuffled is None else f"shuffled {shuffled.median():,.0f}"
            remarks = [f"{remark}; {by_chance}", by_chance]
        style.heading(ax, LABELS.get(name, name), *remarks)
        draw_column(ax, table[name], groups, palette, line_kws, marker_kws, named=False)
        if shuffled is not None and not style.is_empty(ax):
            ghost(ax, shuffled.loc[table.index])
        if of_all is not None and not style.is_empty(ax):
            (ax.axvline if many else ax.axhline)(of_all, color=style.ink(), linewidth=1.2, gid="csmir-null")
    if not many:
        cell_ticks(list(panels.values())[-1], "x", table.index)
    if groups is not None:
        of = marks(palette)
        look = {k: {"marker": "", "linestyle": of[k].line} if many else {"marker": of[k].marker} for k in palette}
        keys = [dot(k, palette[k], **look[k]) for k in palette if (groups == k).any()]
        legend(next(iter(panels.values())), keys, title=color, where="outside")
    return frame.close(panels, title=title)


def _table(adata: AnnData, columns: str | Iterable[str] | None) -> pd.DataFrame:
    """Cells x columns, floats."""
    if columns is None:
        there = [c for c in DEFAULT if c in (K.Obs.N_INTERACTIONS,) or c in adata.obs]
        if K.Obsm.HUB in adata.obsm:
            there.append(N_HUBS)
        columns = there
    names = check.words("columns", columns)
    if not names:
        raise InputError("`columns` names nothing to draw. Leave it out for what was computed.")
    return pd.DataFrame({name: _column(adata, name) for name in names}, index=adata.obs_names)


def _column(adata: AnnData, name: str) -> pd.Series:
    if name == N_HUBS and K.Obsm.HUB in adata.obsm:
        return adata.obsm[K.Obsm.HUB].sum(axis=1).astype(float)
    if name == K.Obs.N_INTERACTIONS and name not in adata.obs:
        return pd.Series(_mudata.edges(adata).getnnz(axis=1), index=adata.obs_names, dtype=float)
    if name not in adata.obs and name in STEPS:
        raise run_first(f"{name!r} is not there yet", STEPS[name])
    check.column_of_cells(adata.obs, name, others=LABELS)
    values = adata.obs[name]
    if not pd.api.types.is_numeric_dtype(values):
        raise InputError(f"The column {name!r} of the cells holds {values.dtype}, not numbers.")
    return values.astype(float)


def _groups(adata: AnnData, color: str) -> pd.Series:
    if color not in adata.obs:
        raise InputError(
            f"`color` names no column of the cells; they have {check.listing(adata.obs.columns, 12)}."
            f"{check.suggest(color, list(adata.obs.columns))}"
        )
    values = adata.obs[color].astype("category")
    if len(values.cat.categories) > NAMED:
        raise InputError(
            f"`color` names {color!r}, which has {len(values.cat.categories)} values: too many to tell apart."
        )
    return values.astype(object).map(str, na_action="ignore")


def _panels(fig: Any, names: list[str], many: bool) -> dict[str, Any]:
    if not many:
        axes = fig.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
        return dict(zip(names, axes, strict=True))
    rows, columns = -(-len(names) // 2), min(len(names), 2)
    axes = fig.subplots(rows, columns, squeeze=False).ravel()
    for ax in axes[len(names) :]:
        ax.remove()
    return dict(zip(names, axes, strict=False))
