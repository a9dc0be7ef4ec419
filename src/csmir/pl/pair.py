"""One pair over the cells: the miRNA against the mRNA, group by group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir._log import logger
from csmir.pl._kit import frames, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.legends import dot, legend_above
from csmir.pl._kit.marks import MARKERS
from csmir.pl._kit.words import shorten, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEWEST = 5  # cells of a group, as for cs.tl.association
MOST = 12  # groups


class Found(NamedTuple):
    """What a group says of the pair."""

    n: int
    rho: float
    words: str  # of the test: q that is stored, or p of this pair alone
    small: bool


@fill
@on_ground
def pair(
    mdata: MuData,
    *,
    mirna: str,
    mrna: str,
    groupby: str | None = None,
    alpha: float = 0.05,
    key: str | None = None,
    scatter_kws: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    r"""Draw a miRNA against an mRNA over the cells, group by group, with rho and q of each group.

    Answers: do these two go apart, in which groups, and is it one group that does it? A dot is a cell; groups differ in
    colour and mark. The legend holds Spearman's :math:`\rho` of each group with its q, as :func:`csmir.tl.association`
    stored them of these cells and values with the same `groups`; without these, :math:`\rho` of what is drawn, with p
    of this pair alone, which no q can stand in for if the pair was chosen among many. A line is the straight line
    through the group's cells, whole where q (or p) is at most `alpha` and dotted where not.

    Parameters
    ----------
    %(mdata)s
    mirna, mrna
        Names of the miRNA and of the mRNA.
    groupby
        A column of `mdata.obs` with groups of cells. None takes the groups of :func:`csmir.tl.association`, if any.
    alpha
        Level of q (or p).
    key
        Name of the modality that :func:`csmir.tl.association` wrote to: that of the networks, or its `key_added`. None
        looks in `"regulation"`, then in `"association"`.
    scatter_kws
        Options of :meth:`matplotlib.axes.Axes.scatter`.
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    InputError
        There is no such feature, column or modality, or there are more than 12 groups.

    Notes
    -----
    Values are those of `.X`, or of the layer that the association was computed on. A stored :math:`\rho` may hold
    covariates or donors fixed, which the dots do not show; the line below the figure says so. A correlation is no
    regulation: see :func:`csmir.pl.local` and :func:`csmir.pl.targeting` for tests that adjust.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=90, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> ax = cs.pl.pair(mdata, mirna="hsa-miR-21-5p", mrna=mdata["mrna"].var_names[0], groupby="group")
    >>> ax.get_xlabel()
    'hsa-miR-21-5p'
    """
    alpha = check.number("alpha", alpha, low=0, high=1, low_open=True)
    stored, row = _stored(mdata, key, mirna, mrna)
    noted = {} if stored is None else _mudata.recorded(stored, "association")
    ends = {"mirna": str(noted.get("mirna", K.MIRNA)), "mrna": str(noted.get("mrna", K.MRNA))}
    data = _mudata.paired(mdata, layer=noted.get("layer"), **ends)
    x = _column("miRNA", data.mirna, data.mirna_names, mirna)
    y = _column("mRNA", data.mrna, data.mrna_names, mrna)
    if stored is not None and row is not None and not _of_these(stored, data, mirna, mrna):
        row = None
        logger.warning(
            "pair: cs.tl.association saw other cells, or other values of %s or %s; rho and p here are of what is "
            "drawn. Run it again for q", mirna, mrna,
        )  # fmt: skip
    groupby = noted.get("groups") if groupby is None else groupby
    labels, names = _groups(mdata, data.cells, groupby)
    frame = frames.open_axes(ax, figsize, (4.8, 3.8 + 0.16 * len(names)), show=show, return_fig=return_fig, save=save,
                             of=mdata.mod.get(K.REGULATION))  # fmt: skip
    ax = frame.ax
    same = groupby == noted.get("groups")
    handles = []
    for k, name in enumerate(names):
        inside = labels == k
        suffix = "" if groupby is None else f"_{name}"
        found = _found(x[inside], y[inside], row if same else None, suffix, alpha)
        colour, mark = (style.DATA, "o") if groupby is None else (style.colours(len(names))[k], MARKERS[k])
        _dots(ax, x[inside], y[inside], colour, mark, len(x), found, scatter_kws)
        who = "all cells" if groupby is None else shorten(name, 24)
        rho = "too few cells" if np.isnan(found.rho) else f"ρ = {signed(found.rho)}, {found.words}"
        handles.append(dot(f"{who} (n = {found.n:,}): {rho}", colour, marker=mark, size=5))
    style.dress(ax, xlabel=_below(mirna, noted if same and row is not None else {}), ylabel=shorten(mrna, 30))
    ax.locator_params(nbins=5)
    legend_above(ax, handles)
    return frame.close(title=title)


def _stored(mdata: MuData, key: str | None, mirna: str, mrna: str) -> tuple[AnnData | None, pd.Series | None]:
    """The modality with correlations of pairs, and what it holds of this one."""
    if not isinstance(mdata, MuData) or (key is not None and key not in mdata.mod):
        _mudata.modality(mdata, str(key))  # says what is there
    for name in [key] if key is not None else [K.REGULATION, K.ASSOCIATION]:
        adata = mdata.mod.get(name)
        if adata is None or K.Var.ASSOCIATION_RHO not in adata.var:
            continue
        at = (adata.var[K.Var.MIRNA].astype(str) == mirna) & (adata.var[K.Var.MRNA].astype(str) == mrna)
        return adata, adata.var[at.to_numpy()].iloc[0] if at.any() else None
    if key is not None:
        raise InputError(f"{key!r} holds no correlations of pairs. Run cs.tl.association, or leave `key` out.")
    return None, None


def _of_these(stored: AnnData, data: _mudata.Paired, mirna: str, mrna: str) -> bool:
    """Whether the correlations that are stored are of these cells and values, as far as is known."""
    from csmir.inference.origin import holds

    origin = stored.uns[K.UNS].get(K.ORIGIN)
    return origin is None or holds(origin, data, mirna, mrna)


def _column(what: str, matrix: Any, names: pd.Index, name: str) -> np.ndarray:
    at = _networks.positions(what, names, [name], where="the data")
    return np.asarray(_mudata.dense(matrix[:, at]), dtype=float).ravel()


def _groups(mdata: MuData, cells: pd.Index, groupby: str | None) -> tuple[np.ndarray, list[str]]:
    """Number of each cell's group, -1 without one, and the names."""
    if groupby is None:
        return np.zeros(len(cells), int), ["all cells"]
    check.column_of_cells(mdata.obs, groupby)
    values = check.groups(f"mdata.obs[{groupby!r}]", mdata.obs.loc[cells, groupby]).astype("category")
    values = values.cat.remove_unused_categories()
    if not 1 <= len(values.cat.categories) <= MOST:
        raise InputError(f"{groupby!r} has {len(values.cat.categories):,} groups; from 1 to {MOST} can be told apart.")
    return values.cat.codes.to_numpy(), [str(c) for c in values.cat.categories]


def _found(x: np.ndarray, y: np.ndarray, row: pd.Series | None, suffix: str, alpha: float) -> Found:
    """Rho and q that are stored, else rho and p of these cells."""
    from scipy.stats import spearmanr

    known = np.isfinite(x) & np.isfinite(y)
    n = int(known.sum())
    if row is not None and f"{K.Var.ASSOCIATION_RHO}{suffix}" in row:
        rho, q = (float(row[f"{c}{suffix}"]) for c in (K.Var.ASSOCIATION_RHO, K.Var.ASSOCIATION_Q))
        return Found(n, rho, f"q = {q:.2g}", q <= alpha)
    if n < FEWEST:
        return Found(n, np.nan, "", False)
    if not np.ptp(x[known]) or not np.ptp(y[known]):
        return Found(n, 0.0, "one of them does not vary", False)
    rho, p = spearmanr(x[known], y[known])
    return Found(n, float(rho), f"p = {float(p):.2g}", float(p) <= alpha)


def _dots(
    ax: Any, x: np.ndarray, y: np.ndarray, colour: str, mark: str, n: int, found: Found, given: Any
) -> None:  # fmt: skip
    """The cells of a group, and the straight line through them."""
    from matplotlib.collections import PathCollection

    ours = {
        "color": colour,
        "marker": mark,
        "s": float(np.clip(5000 / n, 6, 28)),
        "linewidths": 0,
        "alpha": style.sheer(0.7),
    }
    ours |= {"rasterized": n > 2000, "gid": "csmir-cells"}
    ax.scatter(x, y, **merged("scatter_kws", ours, given, PathCollection))
    known = np.isfinite(x) & np.isfinite(y)
    if np.isnan(found.rho) or known.sum() < 2 or not np.ptp(x[known]):
        return
    slope, level = np.polyfit(x[known], y[known], 1)
    ends = np.array([x[known].min(), x[known].max()])
    look: dict[str, Any] = {"linestyle": "-" if found.small else ":", "linewidth": 1.6 if found.small else 1.1}
    if known.sum() < n:  # one of several groups: its mark at both ends, since their colours are one grey in print
        look |= {"marker": mark, "markersize": 5, "markeredgecolor": style.shade(0), "markeredgewidth": 0.5}
    ax.plot(ends, level + slope * ends, color=colour, gid="csmir-line", **look)


def _below(mirna: str, noted: Mapping[str, Any]) -> str:
    """The miRNA, and what its stored correlations hold fixed."""
    held = noted.get("covariates")
    words = [] if held is None else [held] if isinstance(held, str) else [str(h) for h in held]
    words += [] if noted.get("sample") is None else [str(noted["sample"])]
    return shorten(mirna, 30) + (f"\n(ρ holds {check.listing(words, 3)} fixed; dots do not)" if words else "")
