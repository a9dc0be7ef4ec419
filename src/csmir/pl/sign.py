"""How many interactions are like repression, and how many like activation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError, run_first
from csmir.get.edges import in_words, signed, signs, signs_of
from csmir.pl._kit import chance, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.legends import legend_above, patch
from csmir.pl._kit.words import directed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FEWEST = 4  # cells for the curve of independent pairs
DOTS = (0, (2, 1.5))


@fill
@on_ground
def sign(
    data: MuData | AnnData,
    *,
    n_bins: int = 40,
    bar_kws: Mapping[str, Any] | None = None,
    regulation: str = K.REGULATION,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    r"""Draw which way the interactions go: repression-like to the left, activation-like to the right.

    Bars count interactions, every pair as often as cells have it, by the rank correlation of the pair over all cells.
    Their colour is its direction; where interactions have a sign of their own in every cell, as under the local test,
    it is that one, which the pair over all cells need not share.
    The outline is of all pairs that were tested: a prior of targets, or a program that all genes share, moves it to one
    side as well. The dashed curve is what independent pairs would give over so many cells n, whose
    :math:`(\rho + 1) / 2` is close to a beta distribution with both parameters :math:`n / 2 - 1`. Bars that follow the
    curve say nothing of repression. Requires :func:`csmir.tl.sign`.

    Parameters
    ----------
    %(data)s
    n_bins
        Bins from -1 to 1, an even number.
    bar_kws
        Options of :meth:`matplotlib.axes.Axes.bar`.
    %(regulation)s
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.sign` was not run.
    InputError
        `n_bins` is not an even number.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=100, prevalence=0.3, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"])
    >>> cs.tl.sign(mdata)
    >>> ax = cs.pl.sign(mdata)
    >>> ax.get_xlabel()
    'rank correlation of the pair over 100 cells'

    References
    ----------
    Kendall and Stuart, The Advanced Theory of Statistics, volume 2 (1967): the distribution of Spearman's rho.
    """
    if check.integer("n_bins", n_bins, low=2) % 2:
        raise InputError(f"`n_bins` must be even, so that no bin has both signs; found {n_bins}.")
    adata = _mudata.read_regulation(data, regulation)
    if K.Var.CORRELATION not in adata.var:
        raise run_first("The direction of the pairs is not known yet", "cs.tl.sign(mdata)")
    rho = adata.var[K.Var.CORRELATION].to_numpy(dtype=float)
    origin = adata.uns.get(K.UNS, {}).get(K.ORIGIN, {})
    n_cells = len(origin.get("cells", adata.obs_names))
    frame = open_axes(ax, figsize, (5.0, 3.6), show=show, return_fig=return_fig, save=save, of=adata)
    ax = frame.ax
    style.dress(ax, xlabel=f"rank correlation of the pair over {n_cells:,} cells", ylabel="share (%)", grid="y")
    if not len(rho):
        style.empty(ax, "there are no pairs")
        return frame.close(title=title)
    edges = np.linspace(-1, 1, n_bins + 1)
    weights = _weights(adata, rho)
    handles = _bars(ax, rho, weights, edges, bar_kws)
    if signed(adata) and any(weight.any() for weight in weights.values()):
        handles.append(patch("colour: by the correlation in the cell", "none"))
    look: dict[str, Any] = {"linewidth": 1.2, "baseline": None}
    share = 100 * np.histogram(rho, edges)[0] / len(rho)
    ax.stairs(share, edges, color=style.ink(), gid="csmir-pairs", **look)
    handles.append(_line(f"all {len(rho):,} pairs tested", "-"))
    if n_cells >= FEWEST:
        by_chance = 100 * np.diff(chance.independent(n_cells).cdf(edges))
        ax.stairs(by_chance, edges, color=style.ink(), gid="csmir-null", linestyle=DOTS, **look)
        handles.append(_line("by chance: independent pairs", DOTS))
    widest = max(float(np.abs(rho).max()) + 0.05, 0.3)
    ax.set_xlim(-min(widest, 1), min(widest, 1))
    ax.set_ylim(bottom=0)
    ax.axvline(0, color=style.ink(), linewidth=0.5)
    legend_above(ax, handles)
    return frame.close(title=title)


def _weights(adata: AnnData, rho: np.ndarray) -> dict[str, np.ndarray]:
    """Interactions of each pair that go either way: by themselves if they have a sign, or else as the pair does."""
    found = _mudata.edges(adata)
    if signed(adata):
        value = found.multiply(_mudata.as_csr(adata.X)).tocsr()
        sign = signs(adata, value.data)
        n = len(rho)
        down, up = (np.bincount(value.indices[sign == way], minlength=n).astype(float) for way in (-1, 1))
        return {K.REPRESSION: down, K.ACTIVATION: up, K.NO_DIRECTION: found.getnnz(axis=0) - down - up}
    words = np.asarray(in_words(signs_of(rho)), dtype=str)
    return {word: found.getnnz(axis=0) * (words == word) for word in (K.REPRESSION, K.ACTIVATION, K.NO_DIRECTION)}


def _bars(
    ax: Any, rho: np.ndarray, weights: Mapping[str, np.ndarray], edges: np.ndarray, given: Mapping[str, Any] | None
) -> list[Any]:
    """Interactions on either side, in percent of all of them; returns what the colours mean."""
    from matplotlib.patches import Rectangle

    total = sum(weight.sum() for weight in weights.values())
    base = np.zeros(len(edges) - 1)
    if not total:
        return [patch("no cell has an interaction", "none")]
    handles = []
    for word, weight in weights.items():
        hatch = style.HATCH.get(word)
        n = int(weight.sum())
        if not n:
            continue
        share = 100 * np.histogram(rho, edges, weights=weight)[0] / total
        look = {"color": style.of_direction()[word], "hatch": hatch, "edgecolor": style.shade(0), "linewidth": 0}
        options = merged("bar_kws", look, given, Rectangle)
        ax.bar(
            edges[:-1],
            share,
            bottom=base,
            width=np.diff(edges),
            align="edge",
            gid=f"csmir-{word.replace(' ', '-')}",
            **options,
        )
        base = base + share
        share_of = f"{n / total:.0%}" if n / total >= 0.005 else f"{n:,}"
        label = f"{directed(word)}: {share_of} of {int(total):,} interactions"
        handles.append(patch(label, look["color"], hatch=hatch, edgecolor=look["edgecolor"]))
    return handles


def _line(label: str, dashes: Any) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=style.ink(), linewidth=1.2, linestyle=dashes, label=label)
