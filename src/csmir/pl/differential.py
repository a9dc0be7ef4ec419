"""Which pairs, or target sets, are correlated differently under two conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _validate as check
from csmir._docs import fill
from csmir.get.differential import differential as table_of
from csmir.pl._kit import style, volcanoes
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import name_points, wrap
from csmir.pl._kit.sizes import font_size, panel_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@fill
@on_ground
def differential(
    mdata: MuData,
    *,
    kind: str = "pair",
    alpha: float = 0.05,
    n_names: int = 8,
    point_kws: Mapping[str, Any] | None = None,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw how much more, or less, a pair or a target set is correlated under one condition, against its q-value.

    Points to the left (triangles that point down) are more negative in `group` than in `reference`: more repressed
    there. The title says who was compared and what was permuted. Requires :func:`csmir.tl.differential`.

    Parameters
    ----------
    %(mdata)s
    kind
        `"pair"`, or `"targets"` for target sets.
    alpha
        Level of q below which points are coloured.
    n_names
        How many to name, smallest q first, as far as there is room; only those below `alpha`.
    point_kws
        Options of :meth:`matplotlib.axes.Axes.scatter`.
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.differential` was not run.

    Notes
    -----
    q can be no smaller than the permutations allow: with few donors none can be small, which the figure says. Names are
    placed for the size that the axes have at the time: among other panels, draw this one last.

    Examples
    --------
    >>> import numpy as np
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=80, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> mdata.obs["treated"] = np.arange(80) % 2 == 0
    >>> cs.tl.differential(mdata, mdata.uns["prior"], groupby="treated", group=True, n_permutations=100)
    >>> ax = cs.pl.differential(mdata)
    >>> ax.get_ylabel()
    'q-value'
    """
    check.choice("kind", kind, ("pair", "targets"))
    alpha = check.number("alpha", alpha, low=0, high=1, low_open=True, high_open=True)
    n_names = check.integer("n_names", n_names, low=0)
    found = table_of(mdata, kind=kind)
    noted = mdata.uns[K.UNS][f"{K.Table.DIFFERENTIAL}_parameters"]
    frame = open_axes(ax, figsize, (5.2, 4.2), show=show, return_fig=return_fig, save=save)
    ax = frame.ax
    along = noted.get("group") is None
    one, other = _sides(noted)
    what = f"change of the correlation a standard deviation of {noted['groupby']}"
    what = what if along else f"difference of Fisher's z: {one} less {other}"
    style.dress(ax, xlabel=wrap(what, 72 * 0.9 * panel_width(ax), font_size(ax)), ylabel="q-value", grid="both")
    q = found[K.Var.QVALUE].to_numpy(float)
    known = np.isfinite(q) & np.isfinite(found["difference"].to_numpy(float))
    what_of = "pair" if kind == "pair" else "target set"
    if not known.any():
        style.empty(ax, f"There is no {what_of} to show.")
    else:
        table = pd.DataFrame({
            "x": found["difference"].to_numpy(float), "y": -np.log10(np.maximum(q, 1e-300)), "q": q,
            "a": found["mirna"].astype(str).to_numpy(), "b": _second(found, kind),
        })[known]  # fmt: skip
        volcanoes.draw(
            ax, table, alpha, point_kws, words=("less negative", "more negative") if along else _words(one), of=what_of
        )
        best, names = volcanoes.names(table[table["q"] < alpha], n_names)
        name_points(ax, best["x"].to_numpy(), best["y"].to_numpy(), names, fontsize=0.8 * font_size(ax))
    return frame.close(title=_title(noted, one, other, along) if title is None else title)


def _sides(noted: Mapping[str, Any]) -> tuple[str, str]:
    reference = noted.get("reference")
    return f"{noted.get('group')}", "the others" if reference is None else str(reference)


def _words(one: str) -> tuple[str, str]:
    return f"more positive in {one}", f"more negative in {one}"


def _second(found: pd.DataFrame, kind: str) -> np.ndarray:
    """The other end of the name: an mRNA, or the targets as a whole."""
    if kind == "targets":
        return np.full(len(found), "its targets", dtype=object)
    return found["mrna"].astype(str).to_numpy()


def _title(noted: Mapping[str, Any], one: str, other: str, along: bool) -> str:
    """Who was compared, and the unit that was permuted."""
    who = f"along {noted['groupby']}" if along else f"{noted['groupby']}: {one} against {other}"
    unit = "every row a unit" if noted.get("sample") is None else f"units of {noted['sample']}"
    text = f"{who}\n{noted.get('design', '')}, {unit}"
    smallest = noted.get("smallest_pvalue")
    return text if smallest is None else f"{text}; no p below {float(smallest):.2g}"
