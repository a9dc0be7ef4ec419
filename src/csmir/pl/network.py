"""One cell's network around some miRNAs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

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
from csmir.pl._kit import columns, style
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.words import directed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_TARGETS, FEWEST_TARGETS = 12, 2

# what breaks ties and tells the direction
TELLING = (K.Var.VALIDATED, K.Var.N_CELLS)


@fill
@on_ground
def network(
    data: MuData | AnnData,
    cell: str,
    *,
    mirna: str | Iterable[str] | None = None,
    n_mirnas: int | None = None,
    n_targets: int | None = None,
    color: str | None = columns.AUTO,
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
    """Draw the network of one cell around some miRNAs: miRNAs on the left, their targets on the right.

    A whole network has thousands of edges and shows nothing. So each miRNA is drawn with its `n_targets` strongest
    edges, and with all its edges to targets that another of the miRNAs brought in, so that sharing is seen. Lines are
    wider for a larger z. The note below says how many of the miRNAs' edges are drawn. Requires
    :func:`csmir.tl.regulation`.

    Parameters
    ----------
    %(data)s
    cell
        Name of the cell.
    mirna
        A miRNA or several, from top to bottom. None takes the `n_mirnas` with the most targets in this cell.
    n_mirnas
        Number of miRNAs if none is named; 3 by default.
    n_targets
        Strongest targets of each miRNA to draw. None takes 12, or fewer if the figure has not the room to name them.
    color
        Column of the networks' `.var` (text, categories or bool) that colours the edges. `"auto"` takes the direction,
        repression or activation, where edges of both are known, else `"conservation"` if
        :func:`csmir.tl.conservation` was run, else the one direction that is known; None draws all in grey.
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
        There are no networks yet.
    InputError
        There is no such cell, miRNA or column, `mirna` and `n_mirnas` are both given, or the networks are not of miRNAs
        and mRNAs (see :func:`csmir.pl.module` for those).

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> ax = cs.pl.network(mdata, mdata.obs_names[0], n_targets=5, regulation="truth")
    >>> ax.get_title() == mdata.obs_names[0]
    True
    """
    if mirna is not None and n_mirnas is not None:
        raise InputError("`n_mirnas` chooses miRNAs where no `mirna` is named. Leave one of them out.")
    n_mirnas = check.integer("n_mirnas", 3 if n_mirnas is None else n_mirnas, low=1)
    most = MOST_TARGETS if n_targets is None else check.integer("n_targets", n_targets, low=1)
    if not isinstance(cell, str):
        raise InputError(f"`cell` must be the name of one cell; found {cell!r}.")
    adata = _mudata.read_regulation(data, regulation)
    if _mudata.one_kind(adata):
        raise InputError(
            "These networks join features of one kind and have no targets. Draw their modules with cs.pl.module(data)."
        )
    auto = color == columns.AUTO
    color = columns.colour_column(adata, color)
    whole = get.edges(adata, cell=cell, columns=_columns(adata, color))
    value = value_name(adata)
    known = K.Var.DIRECTION in whole
    if known and auto and (color is None or len(set(whole[K.Var.DIRECTION])) > 1):
        color = K.Var.DIRECTION
    names = _mirnas(adata, whole, mirna, n_mirnas)
    best = _strongest(whole, names, value, most)
    rows = max(best.drawn[K.Var.MRNA].nunique(), len(names), 3)
    size = (5.0, float(np.clip(1.1 + 0.175 * rows, 2.2, 11)))
    frame = open_axes(ax, figsize, size, show=show, return_fig=return_fig, save=save, of=adata)
    ax = frame.ax
    if best.drawn.empty:
        style.dress(ax)
        none = "has an empty network" if whole.empty else f"has no target of {', '.join(names)}"
        style.empty(ax, f"{cell} {none}.")
        return frame.close(title=cell if title is None else title)
    alike = auto and color != K.Var.DIRECTION and color is not None and best.drawn[color].nunique() < 2
    seen = None if color is None or alike else best.drawn[color]
    columns.blank(ax, columns.keys(seen))
    if n_targets is None:
        room = columns.most_named(ax)
        while most > FEWEST_TARGETS and best.drawn[K.Var.MRNA].nunique() > room:
            most -= 1
            best = _strongest(whole, names, value, most)
    chosen = best.drawn
    left = [n for n in names if n in set(chosen[K.Var.MIRNA])]
    right = _untangled(chosen, left)
    named = columns.two_columns(
        ax, left, right, columns.places(left, chosen[K.Var.MIRNA]), columns.places(right, chosen[K.Var.MRNA]),
        seen=None if seen is None else chosen[color], widths=columns.line_widths(chosen[value].abs().to_numpy()),
        heads=("miRNA", "target"), node=node_kws, edge=_dashed(chosen, known, edge_kws),
    )  # fmt: skip
    _note(ax, best, value, named, [n for n in names if n not in left], _by_chance(adata, cell))
    return frame.close(title=cell if title is None else title)


def _mirnas(adata: AnnData, whole: pd.DataFrame, mirna: str | Iterable[str] | None, n_mirnas: int) -> list[str]:
    if mirna is None:
        n_targets = whole[K.Var.MIRNA].astype(str).value_counts().sort_index()
        return [str(n) for n in n_targets.sort_values(ascending=False, kind="stable").index[:n_mirnas]]
    names = [mirna] if isinstance(mirna, str) else [str(n) for n in mirna]
    if not names:
        raise InputError("`mirna` names no miRNA. Give at least one, or None for those with the most targets.")
    _networks.positions("miRNA", _networks.sources(adata)[1], names)
    return names


class Best(NamedTuple):
    """The strongest edges of some miRNAs."""

    drawn: pd.DataFrame
    n_all: int
    tied: bool  # others are as strong as the weakest of them
    at_largest: int  # edges whose value is the largest


def _strongest(whole: pd.DataFrame, names: list[str], value: str, n_targets: int) -> Best:
    """The edges to draw, and how many the miRNAs have in all."""
    of = whole[whole[K.Var.MIRNA].isin(names)]
    # of equal ones those that are validated, then those that more cells have, then the first by name
    keys = [of[K.Var.MRNA].to_numpy(dtype=str)] + [
        -of[c].to_numpy(dtype=float) for c in (K.Var.N_CELLS, K.Var.VALIDATED) if c in of
    ]
    if K.Layer.SUPPORT in of:  # z is the same for every pair of a cell whose box is itself alone
        keys.append(-of[K.Layer.SUPPORT].to_numpy())
    keys.append(-of[value].abs().to_numpy())
    ranked = of.iloc[np.lexsort(keys)]
    best = ranked.groupby(K.Var.MIRNA, observed=True).head(n_targets)
    drawn = of[of[K.Var.MRNA].isin(set(best[K.Var.MRNA].astype(str)))]
    by = [K.Var.MIRNA, value] + ([K.Layer.SUPPORT] if K.Layer.SUPPORT in of else [])
    last = best.groupby(K.Var.MIRNA, observed=True).tail(1)[by]
    tied = len(of.drop(drawn.index).merge(last, on=by)) > 0
    largest = of[value].abs()
    return Best(drawn, len(of), tied, int((largest == largest.max()).sum()))


def _columns(adata: AnnData, color: str | None) -> list[str]:
    """What the edges are coloured by, and what breaks ties and tells the direction, where it is known."""
    return [c for c in dict.fromkeys([*([] if color is None else [color]), *TELLING]) if c in adata.var]


def _dashed(chosen: pd.DataFrame, known: bool, given: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Options of the lines: activation is dashed and no direction dotted, whatever the colours say."""
    if not known or (given is not None and not isinstance(given, Mapping)):
        return given
    return {"linestyles": [columns.DASHES.get(word, "-") for word in chosen[K.Var.DIRECTION]]} | dict(given or {})


def _untangled(chosen: pd.DataFrame, left: list[str]) -> list[str]:
    """Targets from top to bottom by the mean place of their miRNAs, so that few lines cross."""
    at = pd.Series(columns.places(left, chosen[K.Var.MIRNA]), index=chosen.index, dtype=float)
    mean = at.groupby(chosen[K.Var.MRNA].astype(str), sort=True).mean()
    return [str(n) for n in mean.sort_values(kind="stable").index]


def _by_chance(adata: AnnData, cell: str) -> str:
    """How many interactions the whole cell has, and how many when shuffled."""
    if K.Obs.N_NULL not in adata.obs:
        return ""
    row = int(_networks.cell_positions(adata, cell)[0])
    n = int(_mudata.edges(adata)[[row]].nnz)
    return f"the cell has {n:,} in all, {adata.obs[K.Obs.N_NULL].iloc[row]:,.0f} when shuffled"


def _note(ax: Any, best: Best, value: str, named: bool, without: list[str], by_chance: str) -> None:
    chosen, n_all = best.drawn, best.n_all
    which = "the first of many as strong" if best.tied else "the strongest"
    every = f"all {n_all:,} edges" if n_all > 1 else "the only edge"
    drawn = every if len(chosen) == n_all else f"{len(chosen):,} of {n_all:,} edges, {which}"
    low, high = chosen[value].abs().min(), chosen[value].abs().max()
    parts = [drawn]
    parts.append(
        f"width: {value} {low:.1f} to {high:.1f}" if high > low else f"{'all ' * (n_all > 1)}of {value} {low:.1f}"
    )
    if best.at_largest > 1 and best.at_largest != len(chosen):
        parts.append(f"{best.at_largest:,} tie at the largest {value}")
    if K.Var.DIRECTION in chosen and len(set(chosen[K.Var.DIRECTION])) == 1:
        parts.append(f"all {directed(chosen[K.Var.DIRECTION].iloc[0])}")
    if by_chance:
        parts.append(by_chance)
    if without:
        parts.append(f"no target here: {check.listing(without, 3)}")
    if not named:
        parts.append("some names left out for lack of room")
    columns.note(ax, parts)
