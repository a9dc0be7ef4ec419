"""Text that fits: widths before anything is drawn, and names beside points that cover neither each other nor points."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from csmir.pl._kit.ground import shade


@lru_cache(maxsize=4096)
def _points_wide(text: str, family: str) -> float:
    """Width of a text of 10 points, from the outermost points of its outline: letters have points where they end."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():  # no outline, for which matplotlib has an error
        return 0.0
    outline: Any = TextPath((0, 0), text, size=10, prop=FontProperties(family=[family]))
    return float(np.ptp(outline.vertices[outline.codes != outline.CLOSEPOLY, 0]))


def inches_wide(texts: Sequence[str], size: float) -> float:
    """Width of the widest of these texts at `size` points."""
    import matplotlib as mpl

    family = mpl.rcParams["font.family"][0]
    return max((_points_wide(t, family) for t in texts if t), default=0.0) * size / 720


def wrap(text: str, points: float, size: float) -> str:
    """The text in lines no longer than so many points, its own lines by themselves; words stay whole."""
    out = []
    for own in text.split("\n"):
        words = own.split(" ")
        line = words[0]
        for word in words[1:]:
            if 72 * inches_wide([f"{line} {word}"], size) > points:
                out.append(line)
                line = word
            else:
                line = f"{line} {word}"
        out.append(line)
    return "\n".join(out)


def room_for_names(ax: Any, left: float, right: float) -> None:
    """Widen the x limits of columns at 0 and 1 so that texts of these widths (inches) fit outside of them."""
    from csmir.pl._kit.sizes import side_inches

    width = side_inches(ax, "x")
    inner = max(width - left - right, 0.25 * width)
    ax.set_xlim(-left / inner, 1 + right / inner)


def settle(ax: Any) -> None:
    """Let the layout come to rest, so that what is measured from here on is what will be drawn."""
    ax.get_figure(root=True).draw_without_rendering()


def name_points(ax: Any, x: np.ndarray, y: np.ndarray, names: Sequence[str], **options: Any) -> list[Any]:
    """Write names beside points, the first ones first; one that has no free place is left out.

    Places are tried right, left, above and below, near and farther off with a line. Returns the texts written.
    """
    from matplotlib.transforms import Bbox

    fig = ax.get_figure(root=True)
    settle(ax)
    renderer = fig.canvas.get_renderer()
    inside = ax.get_window_extent(renderer)
    at = ax.transData.transform(np.column_stack([x, y]))
    taken: list[Any] = [text.get_window_extent(renderer) for text in ax.texts]
    per_point = fig.dpi / 72
    written = []
    for (px, py), x0, y0, name in zip(at, x, y, names, strict=False):
        text = ax.annotate(
            name, (x0, y0), xytext=(0, 0), textcoords="offset points", annotation_clip=False, zorder=5, in_layout=False,
            **options,
        )  # fmt: skip
        box = text.get_window_extent(renderer)
        w, h = box.width, box.height
        for far, sx, sy in _places():
            corner = (
                px + sx * far * per_point + (w * (sx - 1) / 2),
                py + sy * far * per_point + (h * (sy - 1) / 2),
            )
            place = Bbox.from_bounds(*corner, w, h)
            fits = inside.x0 <= place.x0 and place.x1 <= inside.x1 and inside.y0 <= place.y0 and place.y1 <= inside.y1
            if fits and not any(place.overlaps(other) for other in taken) and not _covers(place, at):
                text.set_position((sx * far, sy * far))
                text.set_horizontalalignment({1: "left", 0: "center", -1: "right"}[sx])
                text.set_verticalalignment({1: "bottom", 0: "center", -1: "top"}[sy])
                taken.append(place)
                written.append(text)
                if far > 8:
                    _line_to(ax, (px, py), place)
                break
        else:
            text.remove()
    return written


def _places() -> list[tuple[float, int, int]]:
    sides = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]
    return [(far, sx, sy) for far in (4, 9, 16, 26, 40) for sx, sy in sides]


def _covers(place: Any, at: np.ndarray) -> bool:
    inside = (at[:, 0] > place.x0) & (at[:, 0] < place.x1) & (at[:, 1] > place.y0) & (at[:, 1] < place.y1)
    return bool(inside.any())


def _line_to(ax: Any, point: tuple[float, float], place: Any) -> None:
    """A thin line from the point to the nearest edge of its name."""
    near = (np.clip(point[0], place.x0, place.x1), np.clip(point[1], place.y0, place.y1))
    ends = ax.transData.inverted().transform([point, near])
    ax.plot(
        ends[:, 0],
        ends[:, 1],
        color=shade(0.6),
        linewidth=0.6,
        zorder=3,
        gid="csmir-leader",
        scalex=False,
        scaley=False,
    )
