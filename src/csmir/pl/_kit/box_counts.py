"""The boxes of one pair in one cell as they are drawn, and what is written beside them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.sizes import font_size
from csmir.pl._kit.stored import Edge

# narrower figures have the numbers below the cells
WIDE = 4.2  # inches


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


def draw(ax: Any, count: Count, scatter_kws: Any, box_kws: Any) -> None:
    """The cells and the three boxes."""
    from matplotlib.collections import PathCollection
    from matplotlib.patches import Rectangle

    x, y, w = count.x, count.y, count.weights
    left, right = _edges(x, count.in_x)
    low, high = _edges(y, count.in_y)
    size = font_size(ax)
    ours = {"facecolor": style.shade(1), "alpha": 0.13, "edgecolor": "none", "zorder": 0}
    options = merged("box_kws", ours, box_kws, Rectangle)
    across, up = ax.get_xaxis_transform(), ax.get_yaxis_transform()  # data along one axis, the whole of the other
    ax.add_patch(Rectangle((left, 0), right - left, 1, transform=across, gid="box mirna", **options))
    ax.add_patch(Rectangle((0, low), 1, high - low, transform=up, gid="box mrna", **options))
    both = Rectangle((left, low), right - left, high - low, gid="box both", **options | {"alpha": 0.28})
    ax.add_patch(both)
    area = float(np.clip(1500 / len(x), 6, 40))
    dots = area * (w / w.mean()) if w.max() > 1 else np.full(len(x), area)
    ink = np.where(
        count.in_x & count.in_y,
        style.DATA,
        np.where(count.in_x | count.in_y, style.shade(0.55, style.DATA), style.grey()),
    )
    base = {"c": list(ink), "s": dots, "edgecolors": style.shade(0), "linewidths": 0.4, "zorder": 2}
    base["rasterized"] = len(x) > 2000
    ax.scatter(x, y, **merged("scatter_kws", base, scatter_kws, PathCollection))
    own = {"c": style.REWIRED, "s": max(dots[count.k], 30), "edgecolors": style.ink(), "linewidths": 0.8}
    ax.scatter(x[count.k], y[count.k], zorder=3, gid="cell", **own)
    for values, limits in ((x, ax.set_xlim), (y, ax.set_ylim)):
        span = np.ptp(values) or 1.0
        limits(values.min() - 0.08 * span, values.max() + 0.08 * span)
    _, n_r, n_t, _ = count.counts
    note = {"fontsize": 0.9 * size, "color": style.ink(), "parse_math": True}
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


def explain(ax: Any, count: Count, alpha: float, stored: Edge | None) -> None:
    """The counts, the formula with its numbers, z, p, and whether that makes an edge (or what the networks say)."""
    from scipy.stats import norm

    n, n_r, n_t, n_rt = count.counts
    cutoff = float(norm.isf(alpha))
    copies = "cells and copies" if count.weights.max() > 1 else "cells"
    top, bottom = (
        rf"{n} \cdot {n_rt} - {n_r} \cdot {n_t}",
        rf"{n_r} \cdot {n_t} \cdot {n - n_r} \cdot {n - n_t} / {n - 1}",
    )
    counts = _counted(count.counts, copies, n_r * n_t / n)
    formula = rf"$z = \frac{{{top}}}{{\sqrt{{{bottom}}}}}$"
    p = float(norm.sf(count.z))
    result = [f"$z$ = {count.z:.3f},  $p$ = {p:.2g}"]
    if count.n_runs > 1:
        result.append(f"median $z$ of {count.n_runs:,} runs = {count.median:.3f}")
    edge = count.median > cutoff
    if stored is None:
        result.append(f"{'an edge' if edge else 'no edge'}: $z$ {'>' if edge else '≤'} {cutoff:.3g} (α = {alpha:g})")
    else:
        result.append(stored.words(f"$z$ {'>' if stored.present else '≤'} {cutoff:.3g} (α = {alpha:g})"))
    if count.in_x.sum() == count.in_y.sum() == 1:
        result.append("the cell is alone in both boxes:\nany pair gives this $z$ here")
    _write(ax, counts, formula, result)


def explain_exact(ax: Any, count: Count, alpha: float, stored: Edge | None, *, mid_p: bool) -> None:
    """The counts, the tail with its numbers, p, and whether the networks have the pair."""
    from csmir.kernels.exact import exact_p

    n, n_r, n_t, n_rt = count.counts
    p = float(exact_p(n, n_r, n_t, n_rt, mid=mid_p))
    counts = _counted(count.counts, "cells", 1 + (n_r - 1) * (n_t - 1) / max(n - 1, 1))
    formula = rf"$P(X \geq {n_rt - 1})$"
    result = [
        f"$X$: {n_t - 1:,} of {n - 1:,} other cells,\n{n_r - 1:,} of them in the miRNA's box",
        f"{'mid-' if mid_p else ''}$p$ = {p:.2g}",
    ]
    if stored is None:
        result.append("one pair in one cell: an edge is\ndecided by $q$ among all pairs")
    else:
        result.append(stored.words(f"$q$ {'≤' if stored.present else '>'} {alpha:g}"))
    _write(ax, counts, formula, result)


def _counted(counts: tuple[int, int, int, int], what: str, by_chance: float) -> list[str]:
    n, n_r, n_t, n_rt = counts
    return [
        f"$n$ = {n:,} {what}",
        f"$n_r$ = {n_r:,} in the miRNA's box",
        f"$n_t$ = {n_t:,} in the mRNA's box",
        f"$n_{{rt}}$ = {n_rt:,} in both",
        f"   ({by_chance:.3g} by chance)",
    ]


def _write(ax: Any, counts: list[str], formula: str, result: list[str]) -> None:
    """What is counted and what follows, beside the cells or below them."""
    size = font_size(ax)
    wide = ax.get_figure(root=True).get_figwidth() * ax.get_position().width / 0.775 >= WIDE
    size *= 1.0 if wide else 0.88
    # places in points from a corner of the axes: beside the scatter, or below it
    corner, first, second, third = (
        ((1, 1), (6.5, 0), (6.5, -9.5), (6.5, -13)) if wide else ((0, 0), (-3, -4.4), (15.5, -4.4), (15.5, -8))
    )
    note = {"xycoords": "axes fraction", "textcoords": "offset points", "color": style.ink(), "va": "top"}
    for text, place, scale, name in (
        ("\n".join(counts), first, 1.0, "counts"),
        (formula, second, 1.3, "formula"),
        ("\n".join(result), third, 1.0, "result"),
    ):
        at = (place[0] * size, place[1] * size)
        ax.annotate(text, corner, xytext=at, fontsize=scale * size, linespacing=1.5, gid=name, parse_math=True, **note)
