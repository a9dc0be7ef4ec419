"""Differences against their q-values: points on two sides, told apart by colour and by mark, and their names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.legends import dot, legend_above
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.words import directed, signed

MORE, LESS = style.REWIRED, style.DATA
# beyond, points are drawn as an image inside vector files
MANY = 2_000


def draw(
    ax: Any, table: pd.DataFrame, alpha: float, given: Any, *, words: tuple[str, str], shares: bool = False,
    level: str = "q", of: str = "pair",
) -> None:  # fmt: skip
    """Points `x`, `y` with `q`: grey, or coloured and turned by their side; `words` are those of more and less.

    `level` is the name of what `q` holds, `of` what a point is. A column `sign` tells which way pairs go: those that go
    together (activation) are hollow, and those that go neither way are squares.
    """
    from matplotlib.collections import PathCollection
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

    options = merged(
        "point_kws",
        {"s": 14, "linewidths": 0, "alpha": style.sheer(0.8), "rasterized": len(table) > MANY},
        given,
        PathCollection,
    )
    small = (table["q"] < alpha).to_numpy()
    kinds = (
        ("not", ~small, style.null(), "o"),
        (words[0], small & (table["x"] > 0).to_numpy(), MORE, "^"),
        (words[1], small & (table["x"] < 0).to_numpy(), LESS, "v"),
        ("neither more nor less", small & (table["x"] == 0).to_numpy(), style.ink(), "D"),
    )
    handles = []
    sign = table["sign"].to_numpy(dtype=float) if "sign" in table else np.zeros(len(table))
    together, neither = sign > 0, (sign == 0) & ("sign" in table)
    for word, here, colour, mark in kinds:
        label = f"{level} ≥ {alpha:g}: {here.sum():,}" if word == "not" else f"{word}: {here.sum():,}"
        empty = {"facecolor": "none", "edgecolor": colour, "linewidth": 1}
        for way, some, own, ink in (
            (None, here & ~together & ~neither, mark, {"color": colour}),
            ("csmir-activation", here & together, mark, empty),
            ("csmir-no-direction", here & neither, "s", {"color": colour}),
        ):
            if some.any():
                look: dict[str, Any] = {"marker": own, "label": label, "gid": way}
                ax.scatter(table["x"][some], table["y"][some], **look | options | ink)
        if here.any():
            handles.append(dot(label, colour, marker=mark, size=5))
    if together.any():
        rest = f"filled: repression ({(sign < 0).sum():,})"
        hollow = dot(f"hollow: activation ({together.sum():,}), {rest}", style.ink(), size=5, markerfacecolor="none")
        handles.append(hollow)
    elif (sign < 0).any():
        handles.append(dot("all of them repression" if not neither.any() else "filled: repression", "none", marker=""))
    if neither.any():
        handles.append(dot(f"square: {directed(K.NO_DIRECTION)}: {neither.sum():,}", style.ink(), marker="s", size=5))
    ax.axhline(-np.log10(alpha), color=style.ink(), linewidth=0.7, linestyle="--")
    ax.axvline(0, color=style.ink(), linewidth=0.5)
    # no narrower than what the numbers at the ticks can tell apart
    widest = max(float(table["x"].abs().max()) * 1.1, 0.05 if shares else 1e-3)
    ax.set_xlim(-widest, widest)
    top = max(float(table["y"].max()), -np.log10(alpha)) * 1.15
    ax.set_ylim(-0.03 * top, top)
    if not small.any():
        text = f"no {of} has {level} < {alpha:g}"
        ax.text(
            0.5,
            0.97,
            text,
            transform=ax.transAxes,
            ha="center",
            va="top",
            fontsize=0.9 * font_size(ax),
            in_layout=False,
            bbox={"facecolor": style.shade(0), "edgecolor": "none", "pad": 1},
        )
    if side_inches(ax, "x") < 3:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5))
    if shares:
        ax.xaxis.set_major_formatter(FuncFormatter(_points))
    few = FixedLocator([-math.log10(q) for q in (1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)])
    ax.yaxis.set_major_locator(few if top < 2.5 else MaxNLocator(nbins=7, integer=True))
    ax.yaxis.set_major_formatter(FuncFormatter(_power))
    legend_above(ax, handles)


def names(table: pd.DataFrame, most: int) -> tuple[pd.DataFrame, list[str]]:
    """The first pairs by q-value, then by distance from 0, and their names, one for pairs whose marks are one."""
    ranked = table.iloc[np.lexsort([-table["x"].abs().to_numpy(), table["q"].to_numpy()])]
    span = ranked[["x", "y"]].abs().max() * [2, 1]  # of the axes, of which a mark takes a fiftieth
    at = ranked[["x", "y"]].to_numpy() / (span.to_numpy() / 50).clip(min=1e-12)
    free = np.ones(len(at), dtype=bool)
    first: list[int] = []
    more: list[str] = []
    while free.any() and len(first) < most:
        first.append(int(free.argmax()))
        same = free & (np.abs(at - at[first[-1]]) < 1).all(axis=1)
        more.append(f" and {same.sum() - 1:,} more" if same.sum() > 1 else "")
        free &= ~same
    best = ranked.iloc[first]
    return best, [f"{a} → {b}{rest}" for a, b, rest in zip(best["a"], best["b"], more, strict=True)]


RAISED = str.maketrans("-.0123456789", "⁻·⁰¹²³⁴⁵⁶⁷⁸⁹")


def _power(y: float, _: int) -> str:
    """-log10 q as q: 0.1, 0.01, 1e-10."""
    q = 10.0**-y
    return f"{q:.2g}" if y < 3 else f"10{f'{-y:.3g}'.translate(RAISED)}"


def _points(share: float, _: int) -> str:
    """A difference of shares in percentage points: +20 %, −5 %, 0."""
    return f"{signed(100 * share, 0)} %" if abs(share) > 1e-9 else "0"
