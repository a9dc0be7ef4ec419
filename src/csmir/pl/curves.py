"""Precision against recall, or the ROC curve, of networks whose truth is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _validate as check
from csmir._docs import fill
from csmir.get.curves import curves as table_of
from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.legends import legend_above
from csmir.pl._kit.marks import marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = {
    "precision": ("recall", "precision", "auprc", ("edge_recall", "edge_precision")),
    "roc": ("false_positive_rate", "recall", "auroc", ("edge_false_positive_rate", "edge_recall")),
}
WORDS = {
    "recall": "recall: share of what is regulated",
    "precision": "precision: share of what is found",
    "false_positive_rate": "false positive rate",
}
NOMINAL = 0.05


@fill
@on_ground
def curves(
    mdata: MuData,
    networks: str | Iterable[str] = K.REGULATION,
    *,
    kind: str = "precision",
    truth: str = K.TRUTH,
    n_shuffles: int = 19,
    seed: int = 0,
    line_kws: Mapping[str, Any] | None = None,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw how well networks tell what is regulated from what is not, on simulated data whose truth is known.

    Answers: which statistic would work in data like mine? A curve goes from the strongest (cell, pair) on; the mark on
    it is where the networks' own edges end. The legend has the area under each curve, and the grey line is what chance
    gives. Of few regulated pairs among many the curve of precision says more: a ROC curve looks well with nine false
    edges in ten. See :func:`csmir.get.curves` for the numbers, and for how to simulate data of your own size.

    Parameters
    ----------
    mdata
        Simulated data with the truth and the networks.
    networks
        Names of the modalities of networks to compare, one or several.
    kind
        `"precision"` against recall, or `"roc"`: recall against the false positive rate.
    truth
        Name of the modality of the truth.
    n_shuffles
        How often the pairs of the truth are exchanged: networks no better than that are said to be chance.
    seed
        Seed of that.
    line_kws
        Options of :meth:`matplotlib.axes.Axes.plot` for the curves.
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        There is no modality of one of these names.
    InputError
        `kind` is none of its words, or truth and networks do not fit; see :func:`csmir.get.curves`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.semi_synthetic(n_cells=200, n_mirnas=10, n_mrnas=60, effect=1.0)
    >>> cs.pp.recipe_csmir(mdata)
    >>> net = mdata.uns["prior"]
    >>> cs.tl.regulation(mdata, net, statistic="local", groups="group", keep="all", regulation="local")
    >>> cs.tl.regulation(mdata, net, pseudo_cells=False, keep="all", regulation="csn")
    >>> ax = cs.pl.curves(mdata, ["local", "csn"])
    >>> ax.get_legend().get_texts()[0].get_text().split(":")[0]
    'local'

    References
    ----------
    Saito and Rehmsmeier, PLoS ONE 2015, 10:e0118432: precision and recall where little is true.
    """
    check.choice("kind", kind, KINDS)
    x, y, area, own = KINDS[kind]
    names = check.words("networks", networks)
    table = table_of(mdata, names, truth=truth)
    summary = table_of(mdata, names, truth=truth, summary=True, n_shuffles=n_shuffles, seed=seed).set_index("network")
    frame = open_axes(ax, figsize, (4.6, 4.2), show=show, return_fig=return_fig, save=save, of=_chance(summary))
    ax = frame.ax
    style.dress(ax, xlabel=WORDS[x], ylabel=WORDS[y], grid="both")
    handles, of = [], marks(names)
    for name, colour in zip(names, style.colours(len(names)), strict=True):
        row = summary.loc[name]
        look = {"color": colour, "linewidth": 1.6, "linestyle": of[name].line, "zorder": 3}
        handles.append(_curve(ax, table[table["network"] == name], x, y, look, line_kws, kind))
        handles[-1].set_label(f"{name}: area {row[area]:.2f}, {int(row['n_edges']):,} edges")
        ax.plot(
            row[own[0]], row[own[1]], marker=of[name].marker, color=colour, markersize=6, linestyle="none",
            markeredgecolor=style.shade(0), clip_on=False, zorder=4, gid="csmir-edges",
        )  # fmt: skip
    base = float(summary["share_regulated"].iloc[0])
    by_chance = [base, base] if kind == "precision" else [0, 1]
    (line,) = ax.plot([0, 1], by_chance, color=style.null(), linewidth=1.4, zorder=1, gid="csmir-null")
    line.set_label(f"chance: {base:.2g} are regulated" if kind == "precision" else "chance: area 0.50")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.01)
    legend_above(ax, [*handles, line])
    return frame.close(title=title)


def _curve(
    ax: Any, part: pd.DataFrame, x: str, y: str, look: dict[str, Any], given: Mapping[str, Any] | None, kind: str
) -> Any:
    """From the strongest on; what is in no order is a thin line, and none of precision."""
    from matplotlib.lines import Line2D

    ranked = part[part["ranked"] & ((part["n_found"] > 0) | (kind == "roc"))]
    options = merged("line_kws", look, given, Line2D)
    (line,) = ax.plot(ranked[x], ranked[y], gid="csmir-curve", **options)
    if kind == "roc" and not part["ranked"].all():
        thin = options | {"linewidth": 0.7, "linestyle": (0, (1, 2))}
        ax.plot(part[x].iloc[-2:], part[y].iloc[-2:], gid="csmir-unranked", **thin)
    return line


def _chance(summary: pd.DataFrame) -> str:
    """Which networks rank no better than the exchanged truth."""
    no_better = summary.index[summary["pvalue"] > NOMINAL]
    if not len(no_better):
        return ""
    which = (
        "these networks rank"
        if len(summary) == len(no_better)
        else f"{', '.join(no_better)} rank{'s' * (len(no_better) == 1)}"
    )
    areas = f"area {summary['auprc'][no_better].max():.2g}, {summary['chance_auprc'][no_better].mean():.2g} when"
    return f"No more than chance gives: {which} regulation no better than anything ({areas} pairs are exchanged)."
