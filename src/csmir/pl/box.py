"""One pair in one cell: the boxes that are counted, and what follows from the counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir.pl import _frame, _style
from csmir.tl._bootstrap import run_weights

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BOX_SIZE, ALPHA = 0.1, 0.01
# narrower figures have the numbers below the cells
WIDE = 4.2


class Count(NamedTuple):
    """A pair in a cell in a run."""

    x: np.ndarray
    y: np.ndarray
    weights: np.ndarray
    in_x: np.ndarray
    in_y: np.ndarray
    k: int  # the cell
    run: int
    n_runs: int
    z: float  # of this run
    median: float  # over the runs

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """n, n_r, n_t, n_rt."""
        w = self.weights
        return int(w.sum()), int(w[self.in_x].sum()), int(w[self.in_y].sum()), int(w[self.in_x & self.in_y].sum())


@fill
def box(
    mdata: MuData,
    *,
    mirna: str,
    mrna: str,
    cell: str | None = None,
    run: int | None = None,
    box_size: float | None = None,
    alpha: float | None = None,
    modalities: tuple[str, str] | None = None,
    layer: str | None = None,
    regulation: str = K.REGULATION,
    scatter_kws: Mapping[str, Any] | None = None,
    box_kws: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    r"""Draw how the statistic of one pair in one cell comes about: the three boxes, their counts, z and p.

    Every dot is a cell. The box of the miRNA (upright) holds the cells closest to this cell's level of the miRNA,
    that of the mRNA (level) those closest to its level of the mRNA; where they cross lie the cells that are close in
    both. Of :math:`n` cells they hold :math:`n_r`, :math:`n_t` and :math:`n_{rt}`, and
    :math:`z = (n n_{rt} - n_r n_t) / \sqrt{n_r n_t (n - n_r)(n - n_t) / (n - 1)}`.

    Parameters
    ----------
    mdata
        Annotated data with a miRNA and an mRNA modality, as the networks were inferred from.
    mirna, mrna
        Names of the miRNA and of the mRNA.
    cell
        Name of the cell; None takes the one in which z is largest.
    run
        With pseudo-cells (:func:`csmir.pp.bootstrap_cells`): which run, counting from 0; None takes the one whose z is
        the median. A dot is then as large as the cell and its copies.
    box_size, alpha
        Share of the cells in a box, and the level of significance; None takes those of :func:`csmir.tl.regulation`, or
        0.1 and 0.01 if it was not run.
    modalities
        Names of the miRNA and the mRNA modality; None takes those of :func:`csmir.tl.regulation`.
    layer
        Layer of both modalities to use in place of `X`.
    %(regulation)s
    scatter_kws, box_kws
        Options of :meth:`matplotlib.axes.Axes.scatter`, and of the grey boxes (patches).
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    InputError
        There is no such miRNA, mRNA, cell or run, or the values cannot be used.

    Notes
    -----
    Needs no networks: any pair can be drawn. The median of z over the runs decides whether there is an edge; z and p of
    one run are those of its counts. The picture is that of the CSN statistic whatever the networks were made by.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=120)
    >>> ax = cs.pl.box(mdata, mirna="hsa-miR-17-5p", mrna="SIM0001")
    >>> ax.get_xlabel()
    'hsa-miR-17-5p'

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578. Dai H et al. (2019), Nucleic Acids Research 47:e62.
    """
    noted = _noted(mdata, regulation)
    if modalities is None:
        modalities = (noted.get("mirna", K.MIRNA), noted.get("mrna", K.MRNA))
    layer = layer if layer is not None else noted.get("layer")
    box_size = float(noted.get("box_size", BOX_SIZE)) if box_size is None else box_size
    box_size = check.number("box_size", box_size, low=0, high=1, low_open=True, high_open=True)
    alpha = float(noted.get("alpha", ALPHA)) if alpha is None else alpha
    alpha = check.number("alpha", alpha, low=0, high=1, low_open=True, high_open=True)
    data = _mudata.paired(mdata, mirna=modalities[0], mrna=modalities[1], layer=layer)
    x = _values(data.mirna, data.mirna_names, "miRNA", mirna)
    y = _values(data.mrna, data.mrna_names, "mRNA", mrna)
    k = None if cell is None else int(_networks.positions("cell", data.cells, [cell])[0])
    runs = run_weights(mdata, data.cells, False if int(noted.get("n_runs", 2)) == 1 else None)
    count = _count(x, y, runs, box_size, k, run)
    frame = _frame.open_axes(ax, figsize, (6.2, 3.9), show=show, return_fig=return_fig)
    draw(frame.ax, count, scatter_kws, box_kws)
    _style.dress(frame.ax, xlabel=mirna, ylabel=mrna)
    name = str(data.cells[count.k])
    many = f", run {count.run + 1} of {count.n_runs}" if count.n_runs > 1 else ""
    frame.ax.set_title(f"cell {name}{many}", loc="left", fontsize=_style.font_size(frame.ax), pad=18)
    _explain(frame.ax, count, alpha)
    return frame.close(title=title, save=save)


def _noted(mdata: Any, regulation: str) -> Mapping[str, Any]:
    """Parameters of the inference, if there was one."""
    if not isinstance(mdata, MuData) or regulation not in mdata.mod:
        return {}
    return mdata.mod[regulation].uns.get(K.UNS, {}).get("regulation", {})


def _values(matrix: Any, names: Any, what: str, name: str) -> np.ndarray:
    at = names.astype(str).get_indexer([str(name)])[0]
    if at < 0:
        raise InputError(
            f"No {what} {name!r} among the {len(names):,} of the data: {check.listing(names, 3)}."
            f"{check.suggest(name, names)}"
        )
    column = _mudata.dense(matrix[:, [at]])
    return np.ascontiguousarray(check.finite_matrix(f"The {what} {name!r}", column)[:, 0])


def _count(x: np.ndarray, y: np.ndarray, runs: np.ndarray, box_size: float, k: int | None, run: int | None) -> Count:
    from csmir.kernels.one_pair import pair_z

    z = pair_z(x, y, runs, box_size)
    median = np.median(z, axis=0)
    k = int(median.argmax()) if k is None else k
    if run is None:
        run = int(np.argsort(z[:, k], kind="stable")[(len(z) - 1) // 2])
    else:
        run = check.integer("run", run, low=0, high=len(runs) - 1)
    in_x, in_y = (_inside(values, runs[run], box_size, k) for values in (x, y))
    return Count(x, y, runs[run], in_x, in_y, k, run, len(runs), float(z[run, k]), float(median[k]))


def _inside(values: np.ndarray, weights: np.ndarray, box_size: float, k: int) -> np.ndarray:
    """Which cells are in the box of cell k."""
    from csmir.kernels.boxes import make_boxes

    boxes = make_boxes(values[None], weights[None], box_size)
    group = boxes.group[0, k]
    out = np.zeros(len(values), bool)
    out[boxes.order[0, boxes.lo[0, group, 0] : boxes.hi[0, group, 0]]] = True
    return out


def draw(ax: Any, count: Count, scatter_kws: Any, box_kws: Any) -> None:
    """The cells and the three boxes."""
    from matplotlib.collections import PathCollection
    from matplotlib.patches import Rectangle

    x, y, w = count.x, count.y, count.weights
    left, right = _edges(x, count.in_x)
    low, high = _edges(y, count.in_y)
    size = _style.font_size(ax)
    ours = {"facecolor": "#000000", "alpha": 0.13, "edgecolor": "none", "zorder": 0}
    options = _style.merged("box_kws", ours, box_kws, Rectangle)
    across, up = ax.get_xaxis_transform(), ax.get_yaxis_transform()  # data along one axis, the whole of the other
    ax.add_patch(Rectangle((left, 0), right - left, 1, transform=across, gid="box mirna", **options))
    ax.add_patch(Rectangle((0, low), 1, high - low, transform=up, gid="box mrna", **options))
    both = Rectangle((left, low), right - left, high - low, gid="box both", **options | {"alpha": 0.28})
    ax.add_patch(both)
    area = float(np.clip(1500 / len(x), 6, 40))
    dots = area * (w / w.mean()) if w.max() > 1 else np.full(len(x), area)
    ink = np.where(count.in_x & count.in_y, _style.DATA, np.where(count.in_x | count.in_y, "#7A9CB8", _style.GREY))
    base = {"c": list(ink), "s": dots, "edgecolors": "white", "linewidths": 0.4, "zorder": 2}
    base["rasterized"] = len(x) > 2000
    ax.scatter(x, y, **_style.merged("scatter_kws", base, scatter_kws, PathCollection))
    own = {"c": _style.REWIRED, "s": max(dots[count.k], 30), "edgecolors": _style.INK, "linewidths": 0.8}
    ax.scatter(x[count.k], y[count.k], zorder=3, gid="cell", **own)
    for values, limits in ((x, ax.set_xlim), (y, ax.set_ylim)):
        span = np.ptp(values) or 1.0
        limits(values.min() - 0.08 * span, values.max() + 0.08 * span)
    _, n_r, n_t, _ = count.counts
    note = {"fontsize": 0.9 * size, "color": _style.INK}
    at = np.clip((left + right) / 2, *ax.get_xlim()), np.clip((low + high) / 2, *ax.get_ylim())
    ax.text(at[0], 1.01, f"$n_r$ = {n_r:,}", transform=across, ha="center", va="bottom", **note)
    ax.text(1.01, at[1], f"$n_t$ = {n_t:,}", transform=up, ha="left", va="center", **note)


def _edges(values: np.ndarray, inside: np.ndarray) -> tuple[float, float]:
    """Ends of a box to draw: a little outside of its values, but not as far as the next value beyond."""
    low, high = values[inside].min(), values[inside].max()
    pad = 0.015 * (np.ptp(values) or 1.0)
    below, above = values[values < low], values[values > high]
    return (
        low - (min(pad, (low - below.max()) / 2) if len(below) else pad),
        high + (min(pad, (above.min() - high) / 2) if len(above) else pad),
    )


def _explain(ax: Any, count: Count, alpha: float) -> None:
    """The counts, the formula with its numbers, z, p, and whether that makes an edge."""
    from scipy.stats import norm

    n, n_r, n_t, n_rt = count.counts
    cutoff = float(norm.isf(alpha))
    copies = "cells and copies" if count.weights.max() > 1 else "cells"
    top, bottom = (
        rf"{n} \cdot {n_rt} - {n_r} \cdot {n_t}",
        rf"{n_r} \cdot {n_t} \cdot {n - n_r} \cdot {n - n_t} / {n - 1}",
    )
    counts = [
        f"$n$ = {n:,} {copies}",
        f"$n_r$ = {n_r:,} in the miRNA's box",
        f"$n_t$ = {n_t:,} in the mRNA's box",
        f"$n_{{rt}}$ = {n_rt:,} in both",
        f"   ({n_r * n_t / n:.3g} by chance)",
    ]
    formula = rf"$z = \frac{{{top}}}{{\sqrt{{{bottom}}}}}$"
    p = float(norm.sf(count.z))
    result = [f"$z$ = {count.z:.3f},  $p$ = {p:.2g}"]
    if count.n_runs > 1:
        result.append(f"median $z$ of {count.n_runs:,} runs = {count.median:.3f}")
    edge = count.median > cutoff
    result.append(f"{'an edge' if edge else 'no edge'}: $z$ {'>' if edge else '≤'} {cutoff:.3g} (α = {alpha:g})")
    if count.in_x.sum() == count.in_y.sum() == 1:
        result.append("the cell is alone in both boxes:\nany pair gives this $z$ here")
    size = _style.font_size(ax)
    wide = ax.get_figure(root=True).get_figwidth() * ax.get_position().width / 0.775 >= WIDE
    # places in points from a corner of the axes: beside the scatter, or below it
    corner, first, second, third = (
        ((1, 1), (6.5, 0), (6.5, -9.5), (6.5, -13)) if wide else ((0, 0), (-3, -4.4), (15.5, -4.4), (15.5, -8))
    )
    note = {"xycoords": "axes fraction", "textcoords": "offset points", "color": _style.INK, "va": "top"}
    for text, place, scale, name in (
        ("\n".join(counts), first, 1.0, "counts"),
        (formula, second, 1.3, "formula"),
        ("\n".join(result), third, 1.0, "result"),
    ):
        at = (place[0] * size, place[1] * size)
        ax.annotate(text, corner, xytext=at, fontsize=scale * size, linespacing=1.5, gid=name, **note)
