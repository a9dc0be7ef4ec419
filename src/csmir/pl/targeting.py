"""Which miRNAs go down with their targets: all of them ranked, one gene by gene, or cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _networks
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir.get.targeting import targeting as table_of
from csmir.pl._kit import frames, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.coordinates import coordinates
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.legends import dot, legend_above
from csmir.pl._kit.marks import shape
from csmir.pl._kit.ticks import name_ticks
from csmir.pl._kit.words import one_side, p_text, shorten, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKED = 5_000  # cells that have a mark of their own
KINDS = ("ranking", "genes", "embedding")
# by colour and mark: targets go down with the miRNA, up with it, or neither can be told
LOOKS = {"down": (style.DATA, "v"), "up": (style.REWIRED, "^"), "": ("", "o")}  # "": what chance gives
WORDS = {"down": "targets go down, q ≤ {alpha:g}", "up": "targets go up, q ≤ {alpha:g}", "": "q > {alpha:g}"}


@fill
@on_ground
def targeting(
    mdata: MuData,
    mirna: str | None = None,
    *,
    kind: str | None = None,
    net: pd.DataFrame | None = None,
    basis: str | None = None,
    n_top: int | None = None,
    alpha: float = 0.05,
    key: str = K.TARGETING,
    point_kws: Mapping[str, Any] | None = None,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    r"""Draw which miRNAs go down with their targets, how one does gene by gene, or where in an embedding.

    `"ranking"`: for each miRNA (or family) the shift, with an interval of :math:`\pm 1.96` of its standard deviations
    when the cells are permuted. `"genes"`, of one miRNA: how many of its targets, and of the matched mRNAs that are no
    targets, have a correlation with it up to x; the curve of targets lies to the left where they are repressed.
    `"embedding"`, of one miRNA: each cell's correlation with the targets among its neighbours (blue where they are
    repressed), or, where cells were not tested one by one, its target score. Requires :func:`csmir.tl.targeting`.

    Parameters
    ----------
    %(mdata)s
    mirna
        A miRNA, or a family; None ranks them all.
    kind
        `"ranking"`, `"genes"` or `"embedding"`; None ranks without a `mirna`, and draws its genes with one.
    net
        For the genes: the prior that :func:`csmir.tl.targeting` was given.
    basis
        For the embedding: `"umap"`, `"pca"` or any matrix in `.obsm` of the MuData, the mRNAs or the networks.
    n_top
        For the ranking: how many miRNAs, the smallest p first; 20 by default.
    alpha
        Level of q up to which a miRNA is coloured.
    key
        Name of the modality: the `key_added` that was given.
    point_kws
        Options of :meth:`matplotlib.axes.Axes.scatter`, or of :meth:`matplotlib.axes.Axes.plot` for the curves.
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.targeting` was not run, or with another prior or other data.
    InputError
        There is no such miRNA, or an option is missing or belongs to another kind.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=100, prevalence=0.3, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.targeting(mdata, mdata.uns["prior"], min_targets=10, n_permutations=200)
    >>> ax = cs.pl.targeting(mdata, n_top=5)
    >>> len(ax.get_yticklabels())
    5
    """
    kind = check.choice("kind", kind or ("ranking" if mirna is None else "genes"), KINDS)
    for name, given, of in (("net", net, "genes"), ("basis", basis, "embedding"), ("n_top", n_top, "ranking")):
        if given is not None and kind != of:
            raise InputError(f"`{name}` belongs to kind={of!r}; found kind={kind!r}. Leave it out.")
    if (mirna is None) != (kind == "ranking"):
        raise InputError("A ranking is of all miRNAs, and genes or an embedding of one: give `mirna`, or leave it out.")
    alpha = check.number("alpha", alpha, low=0, high=1, low_open=True)
    table = table_of(mdata, key=key)
    adata = mdata.mod[key]
    by = str(adata.uns[K.UNS]["targeting"]["by"])
    table.index = pd.Index(table[by].astype(str))
    if kind == "ranking":
        return _ranking(table, check.integer("n_top", 20 if n_top is None else n_top, low=1), alpha, point_kws,
                        by, ax, figsize, title, save, show, return_fig)  # fmt: skip
    name = str(table.index[_networks.positions("miRNA" if by == "mirna" else "family", table.index, [str(mirna)])[0]])
    shift, p, q = (float(table[c].loc[[name]].iloc[0]) for c in (K.Var.SHIFT, K.Var.PVALUE, K.Var.QVALUE))
    said = f"{shorten(name, 40)}\nshift {signed(shift, 3)}, {p_text(p)}, q = {q:.2g}"
    frame = frames.open_axes(ax, figsize, (4.8, 3.8), show=show, return_fig=return_fig, save=save)
    if kind == "genes":
        if net is None:
            raise InputError("The genes of a miRNA are drawn from its prior: give `net`, as in cs.tl.targeting.")
        from csmir.inference.one_set import one_set

        one = one_set(mdata, adata, net, name)
        _curves(frame.ax, one.correlation, one.target, one.weight, point_kws)
        style.dress(frame.ax, xlabel=f"rank correlation with {shorten(name, 30)}", ylabel="mRNAs up to there", grid="y")
    else:
        if basis is None:
            raise InputError("An embedding needs its name: basis='umap', 'pca' or another matrix in .obsm.")
        _cells(frame, mdata, adata, adata.var[by].astype(str).tolist().index(name), basis, point_kws)
    return frame.close(title=said if title is None else title)


def _ranking(
    table: pd.DataFrame, n_top: int, alpha: float, given: Any, by: str, ax: Any, figsize: Any, title: Any, save: Any,
    show: Any, return_fig: bool,
) -> Any:  # fmt: skip
    """A mark and an interval a row, best on top."""
    from matplotlib.collections import PathCollection
    from matplotlib.ticker import MaxNLocator

    top, what = table.iloc[:n_top], "miRNAs" if by == "mirna" else "families"
    says = None
    if len(table) and not (table[K.Var.QVALUE] <= alpha).any():
        says = f"No more than chance gives: none of {len(table):,} {what} has q ≤ {alpha:g}."
    height = float(np.clip(1.2 + 0.2 * len(top), 2.2, 12))
    frame = frames.open_axes(ax, figsize, (4.8, height), show=show, return_fig=return_fig, save=save, of=says)
    ax = frame.ax
    at, shift, sd = np.arange(len(top)), top[K.Var.SHIFT].to_numpy(float), top[K.Var.SHIFT_SD].to_numpy(float)
    small = (top[K.Var.QVALUE] <= alpha).to_numpy()
    side = np.where(~small, "", np.where(shift < 0, "down", "up"))
    handles = []
    for word, (colour, mark) in LOOKS.items():
        here = side == word
        if not here.any():
            continue
        colour = colour or style.null()
        ax.hlines(at[here], (shift - 1.96 * sd)[here], (shift + 1.96 * sd)[here], color=colour, linewidth=1.2)
        ours = {"color": colour, "marker": mark, "s": 30, "zorder": 3, "linewidths": 0, "gid": f"csmir-{word or 'not'}"}
        ax.scatter(shift[here], at[here], **merged("point_kws", ours, given, PathCollection))
        handles.append(dot(f"{WORDS[word].format(alpha=alpha)} ({here.sum():,})", colour, marker=mark))
    ax.axvline(0, color=style.ink(), linewidth=0.8, linestyle="--", zorder=0)
    ax.set_ylim(len(top) - 0.4, -0.6)
    xlabel = "shift of targets against matched mRNAs (± 1.96 sd when permuted)"
    style.dress(ax, xlabel=xlabel.replace(" (", "\n("), grid="x")
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4))
    named = name_ticks(ax, "y", [str(n) for n in top.index], limit=80)
    partly = f"{len(top)} of {len(table):,} {what}" if len(top) < len(table) else what
    style.dress(ax, ylabel=partly if named or len(top) < len(table) else f"{len(top):,} {what}", grid="x")
    legend_above(ax, handles)
    return frame.close(title=title)


def _curves(ax: Any, rho: np.ndarray, target: np.ndarray, weight: np.ndarray, given: Any) -> None:
    """Cumulative shares of targets, and of the matched others by their weights."""
    from matplotlib.lines import Line2D
    from matplotlib.ticker import PercentFormatter

    handles = []
    for word, w, colour, dash in (
        ("targets", target / max(target.sum(), 1), style.DATA, "-"),
        ("matched, no targets", weight, style.null(), "--"),
    ):
        order = np.argsort(rho, kind="stable")
        kept = order[w[order] > 0]
        x = np.concatenate([[rho[kept].min()], rho[kept]]) if len(kept) else np.zeros(1)
        y = np.concatenate([[0], np.cumsum(w[kept])])
        ours = {"color": colour, "linestyle": dash, "linewidth": 1.6, "drawstyle": "steps-post", "gid": f"csmir-{word}"}
        ax.plot(x, y, **merged("point_kws", ours, given, Line2D))
        mean = float(w @ rho)
        ax.plot([mean, mean], [0, 0.04], color=colour, linewidth=2.5, gid="csmir-mean")
        handles.append(dot(f"{word} ({len(kept):,}; mean {signed(mean)})", colour, marker="", linestyle=dash))
    ax.axvline(0, color=style.shade(0.2), linewidth=0.8, zorder=0)
    ax.set_ylim(0, 1.01)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    legend_above(ax, handles)


def _cells(frame: Any, mdata: MuData, adata: Any, column: int, basis: str, given: Any) -> None:
    """Each cell of an embedding in the colour of its score, those far from the middle on top."""
    from matplotlib.collections import PathCollection

    ax = frame.ax
    at, where = coordinates(mdata, adata, basis, K.REGULATION, str(adata.uns[K.UNS]["targeting"]["mrna"]))
    # each cell's own test if there is one, else the score that all cells were tested by
    per_cell = bool(adata.uns[K.UNS]["targeting"].get("per_cell", False))
    score = np.asarray(adata.X[:, column], dtype=float).ravel()
    score = np.where(np.isfinite(score), score, 0)
    style.dress(ax, xlabel=f"{where[0]} 1 (of {where[1]})", ylabel=f"{where[0]} 2")
    ax.set_xticks([])
    ax.set_yticks([])
    placed = np.flatnonzero(np.isfinite(at).all(axis=1))
    if not len(placed):
        style.empty(ax, "No cell is in this embedding.")
        return
    placed = placed[np.argsort(np.abs(score[placed]), kind="stable")]
    most = float(np.percentile(np.abs(score[placed]), 99)) or 1.0
    size = float(np.clip(4_000 / len(placed), 3, 45))
    ours = {"c": score[placed], "cmap": style.diverging(), "vmin": -most, "vmax": most, "s": size, "linewidths": 0.3}
    ours |= {"edgecolors": style.shade(8 / 15), "rasterized": len(placed) > 5 * style.DRAWN}
    points = ax.scatter(*at[placed].T, **merged("point_kws", ours, given, PathCollection))
    words = "local correlation with the targets" if per_cell else "target score (low: targets are low)"
    side = one_side(score[placed])
    if not side and len(placed) <= MARKED and "marker" not in (given or {}):  # one grey in print
        shape(points, np.where(score[placed] > 0, "^", "v").tolist())
        side = "; triangles point up above 0"
    style.colorbar(points, ax, f"{words}{side}", extend="both")
