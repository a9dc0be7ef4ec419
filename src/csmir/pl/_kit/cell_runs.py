"""Names beside cells that stand together and belong together, which grey print keeps where colours do not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from csmir.pl._kit.flows import apart
from csmir.pl._kit.ground import shade
from csmir.pl._kit.labels import inches_wide
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.words import shorten


def name_runs(ax: Any, axis: str, labels: Sequence[str]) -> None:
    """Write each group once at the ticks, beside the longest run of its cells (at 0, 1, ...), and a bar along the run.

    Cells of no group ("") have none, and where not all names have room those of the longest runs do.
    """
    of = np.asarray(labels, dtype=object)
    start = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    stop = np.r_[start[1:], len(of)]
    longest: dict[str, tuple[int, int]] = {}
    for a, b in zip(start.tolist(), stop.tolist(), strict=True):
        if of[a] and b - a > np.diff(longest.get(of[a], (0, 0)))[0]:
            longest[of[a]] = (a, b)
    size = 0.9 * font_size(ax)
    side = 72 * side_inches(ax, axis)  # points
    wide = 72 * inches_wide([shorten(name, 14) for name in longest], size) + 4
    room = len(of) * (wide if axis == "x" else 1.15 * size) / side  # of a name, in cells
    kept = sorted(longest.items(), key=lambda run: run[1][0] - run[1][1])[: int(len(of) / room)]
    kept.sort(key=lambda run: run[1])
    middle = apart(np.array([(a + b - 1) / 2 for _, (a, b) in kept]), room)
    ticks = ax.set_xticks if axis == "x" else ax.set_yticks
    ticks(middle, [shorten(name, 14) for name, _ in kept], fontsize=size)
    ax.tick_params(axis=axis, length=0, pad=4)
    far = (ax.xaxis if axis == "x" else ax.yaxis).get_ticks_position() in ("top", "right")
    across = 1.012 if far else -0.012
    place = ax.get_xaxis_transform() if axis == "x" else ax.get_yaxis_transform()
    for _, (a, b) in kept:
        ends, level = np.array([a - 0.5, b - 0.5]) + 0.005 * len(of) * np.array([1, -1]), np.full(2, across)
        xy = (ends, level) if axis == "x" else (level, ends)
        ax.plot(*xy, transform=place, color=shade(0.8), linewidth=1.2, clip_on=False, solid_capstyle="butt",
                scalex=False, scaley=False, gid="csmir-run")  # fmt: skip
