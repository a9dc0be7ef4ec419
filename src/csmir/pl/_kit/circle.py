"""Drawing engine of networks on a circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.columns import CURVE, GAP, SMALLEST, lines
from csmir.pl._kit.labels import inches_wide, settle
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.words import shortened


def circle(
    ax: Any, names: Sequence[str], is_left: np.ndarray, i: np.ndarray, j: np.ndarray, *,
    seen: pd.Series | None, widths: np.ndarray, node: Mapping[str, Any] | None,
    edge: Mapping[str, Any] | None,
) -> bool:  # fmt: skip
    """Nodes on a circle with names outside; each edge (names[i], names[j]) bends towards the middle."""
    from matplotlib.collections import PathCollection

    settle(ax)
    n = len(names)
    half = np.array([side_inches(ax, "x"), side_inches(ax, "y")]) / 2
    # the sources are the arc on the left, where names are level
    angle = np.pi - 2 * np.pi * (np.arange(n) - (is_left.sum() - 1) / 2) / n
    xy = np.column_stack([np.cos(angle), np.sin(angle)])
    texts = shortened(names, 24)
    size, radius = _fit(texts, xy, half, 0.9 * font_size(ax))
    named = size >= SMALLEST
    t = np.linspace(0, 1, CURVE)[None, :, None]
    paths = (1 - t) ** 2 * xy[i][:, None] + t * (1 - t) * 0.25 * (xy[i] + xy[j])[:, None] + t**2 * xy[j][:, None]
    lines(ax, paths, seen, widths, edge, np.full(len(paths), 2 * CURVE // 3))
    size_of_node = float(np.clip((72 * 2 * half.min() / n) ** 2 / 3, 8, 60))
    marks = merged("node_kws", {"s": size_of_node, "linewidths": 0, "zorder": 2}, node, PathCollection)
    for here, colour, marker, gid in (
        (is_left, style.MIRNA, "s", "csmir-left"),
        (~is_left, style.MRNA, "o", "csmir-right"),
    ):
        if here.any():
            ax.scatter(*xy[here].T, **{"color": colour, "marker": marker, "gid": gid} | marks)
    if named:
        for (x, y), a, text in zip(xy, np.degrees(angle), texts, strict=True):
            turn: dict[str, Any] = {"ha": "left", "rotation": a} if x >= 0 else {"ha": "right", "rotation": a - 180}
            ax.annotate(
                text, (x, y), xytext=(GAP * x, GAP * y), textcoords="offset points", fontsize=size, va="center",
                rotation_mode="anchor", annotation_clip=False, in_layout=False, gid="csmir-name", **turn,
            )  # fmt: skip
    ax.set_xlim(-half[0] / radius, half[0] / radius)
    ax.set_ylim(-half[1] / radius, half[1] / radius)
    ax.set_aspect("equal")
    return named


def _fit(texts: Sequence[str], xy: np.ndarray, half: np.ndarray, size: float) -> tuple[float, float]:
    """Size of the names and radius (inches) with which names outside the circle stay inside the axes.

    Names get smaller rather than the circle less than 0.45 of the axes; a size below the smallest means no names.
    """
    with np.errstate(divide="ignore"):
        reach = (half / np.abs(xy)).min(axis=1)  # from the middle to the edge of the axes, in each node's direction
    while size >= SMALLEST:
        label = np.array([inches_wide([text], size) for text in texts]) + (GAP + 3) / 72
        radius = float((reach - label).min())
        apart = 72 * 2 * np.pi * radius / len(texts)
        if radius >= 0.45 * half.min() and apart >= 1.12 * size:
            return size, radius
        size -= 0.5
    return 0.0, float((reach - 8 / 72).min())
