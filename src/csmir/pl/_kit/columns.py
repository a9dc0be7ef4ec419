"""Drawing engine of networks with two kinds of nodes: two columns, or a circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir.pl._kit import style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import over_legend
from csmir.pl._kit.labels import inches_wide, room_for_names, settle, wrap
from csmir.pl._kit.legends import dot, legend_above
from csmir.pl._kit.marks import marks
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.words import directed, shortened

AUTO = "auto"
GAP = 6  # points between a node and its name
CURVE = 24  # points of a curved edge
MARKED = 200  # edges from which on there is no room for marks on them
SMALLEST = 5.0  # points; names that would be smaller are left out
# which way a pair goes; dashes tell it in grey print too, on lines of any width
DASHES = {K.ACTIVATION: (0, (3, 1.5)), K.NO_DIRECTION: (0, (0.6, 2))}


def colour_column(adata: AnnData, color: str | None) -> str | None:
    """The column of `.var` that colours the edges, or None."""
    if color == AUTO:
        return K.Var.CONSERVATION if K.Var.CONSERVATION in adata.var else None
    if color is not None and color not in adata.var:
        raise InputError(
            f"The pairs have no column {color!r}; they have {check.listing(adata.var.columns, 10)}."
            f"{check.suggest(color, adata.var.columns)}"
        )
    if color is not None and pd.api.types.is_numeric_dtype(adata.var[color]) and adata.var[color].dtype != bool:
        raise InputError(f"`color` must name a column of text, categories or bool; {color!r} holds numbers.")
    return color


def places(names: Sequence[str], of: Iterable[Any]) -> np.ndarray:
    """Where each of these is among the names."""
    return pd.Index(names).get_indexer(pd.Index([str(n) for n in of]))


def kind_of(values: pd.Series) -> np.ndarray:
    """The kind of each edge in a word."""
    if pd.api.types.is_bool_dtype(values):
        return np.where(values.to_numpy(dtype=bool), str(values.name), f"not {values.name}")
    return values.astype(object).where(values.notna(), "none").astype(str).to_numpy()


def edge_colours(values: pd.Series | None) -> tuple[list[Any], dict[str, Any]]:
    """A colour for each edge, and what the colours mean."""
    if values is None:
        return [], {}
    words = kind_of(values)
    if pd.api.types.is_bool_dtype(values):
        name = str(values.name)
        of: dict[str, Any] = {name: style.DATA, f"not {name}": style.grey()}
    else:
        kinds = list(dict.fromkeys(sorted(words)))
        known = {
            K.Var.CONSERVATION: style.of_conservation() | {K.NEITHER: style.shade(7 / 15)},  # thin lines, so darker
            K.Var.DIRECTION: style.of_direction() | {K.NO_DIRECTION: style.shade(7 / 15)},
        }
        of = known.get(str(values.name)) or dict(zip(kinds, style.colours(len(kinds)), strict=True))
    return [of[w] for w in words], {k: c for k, c in of.items() if k in set(words)}


def edge_marks(values: pd.Series | None) -> dict[str, str]:
    """Marks on the lines of each kind, which grey print keeps; none where dashes tell, and on lines of no kind."""
    if values is None or values.name == K.Var.DIRECTION:
        return {}
    kinds = [kind for kind in edge_colours(values)[1] if kind not in (K.NEITHER, f"not {values.name}", "none")]
    return {kind: mark.marker for kind, mark in marks(kinds).items()}


def keys(values: pd.Series | None) -> list[Any]:
    """What colours, dashes and marks of the lines mean, for a legend."""
    of = edge_marks(values)
    return [
        dot(directed(word), colour, marker=of.get(word, ""), size=4, linestyle=DASHES.get(word, "-"))
        for word, colour in edge_colours(values)[1].items()
    ]


def line_widths(values: np.ndarray, *, thin: float = 0.5, thick: float = 2.6) -> np.ndarray:
    """Widths in points, growing with the value; equal values have one width."""
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if high <= low:
        return np.full(len(values), (thin + thick) / 2)
    return thin + (thick - thin) * (values - low) / (high - low)


def two_columns(
    ax: Any, left: Sequence[str], right: Sequence[str], i: np.ndarray, j: np.ndarray, *,
    seen: pd.Series | None, widths: np.ndarray, heads: tuple[str, str], node: Mapping[str, Any] | None,
    edge: Mapping[str, Any] | None,
) -> bool:  # fmt: skip
    """Names left and right, an S-shaped line for each edge (left[i], right[j]). Returns whether all are written."""
    from matplotlib.collections import PathCollection

    settle(ax)
    rows = max(len(left), len(right))
    head = 0.9 * font_size(ax)
    room = max(72 * side_inches(ax, "y") - 2.2 * head, 1) / (rows + 0.4)  # points for each row
    apart = [room * rows / max(len(side), 1) for side in (left, right)]  # the fewer names, the more room for each
    sizes = [min(0.9 * font_size(ax), points / 1.12) for points in apart]
    y_left, y_right = _spread(len(left), rows), _spread(len(right), rows)
    t = np.linspace(0, 1, CURVE)
    y = y_left[i][:, None] + (y_right[j] - y_left[i])[:, None] * (3 * t**2 - 2 * t**3)
    paths = np.stack([np.broadcast_to(t, y.shape), y], axis=-1)
    lines(ax, paths, seen, widths, edge, CURVE // 8 * np.array([4, 3, 5])[i % 3])
    look = [
        merged(
            "node_kws", {"s": float(np.clip(points**2 / 4, 6, 40)), "linewidths": 0, "zorder": 2}, node, PathCollection
        )
        for points in apart
    ]
    ax.scatter(np.zeros(len(left)), y_left, **{"color": style.MIRNA, "marker": "s", "gid": "csmir-left"} | look[0])
    ax.scatter(np.ones(len(right)), y_right, **{"color": style.MRNA, "marker": "o", "gid": "csmir-right"} | look[1])
    wide = []
    for x, shift, align, ys, names, word, size in (
        (0, -GAP, "right", y_left, left, heads[0], sizes[0]),
        (1, GAP, "left", y_right, right, heads[1], sizes[1]),
    ):
        place: dict[str, Any] = {
            "textcoords": "offset points",
            "ha": align,
            "annotation_clip": False,
            "in_layout": False,
        }
        ax.annotate(
            word, (x, 0), xytext=(shift, 1.2 * head), va="center", fontsize=head, color=style.shade(0.6), **place
        )
        texts = shortened(names, 28) if size >= SMALLEST else []
        for y_of, text in zip(ys, texts, strict=False):
            ax.annotate(text, (x, y_of), xytext=(shift, 0), va="center", fontsize=size, gid="csmir-name", **place)
        wide.append(max(inches_wide(texts, size), inches_wide([word], head)) + (GAP + 4) / 72)
    ax.set_ylim(rows - 0.4, -2.2 * head / room)
    room_for_names(ax, *wide)
    return min(sizes) >= SMALLEST


def most_named(ax: Any) -> int:
    """How many names have room below each other in a column, once `blank` has made room for all around it."""
    settle(ax)
    size = font_size(ax)
    height = 72 * side_inches(ax, "y") - 1.3 * size - 2.2 * 0.9 * size  # a second line of the note, the heads
    return max(int(height / (1.12 * SMALLEST) - 0.4), 1)


def lines(
    ax: Any, paths: np.ndarray, seen: pd.Series | None, widths: np.ndarray, given: Mapping[str, Any] | None,
    spots: np.ndarray,
) -> None:  # fmt: skip
    """Curves, (edges, points, 2), paler where they are many; where they are few, their marks at the points `spots`."""
    from matplotlib.collections import LineCollection

    defaults: dict[str, Any] = {
        "alpha": style.sheer(0.65) if len(paths) < MARKED else 0.35,
        "zorder": 1,
        "capstyle": "round",
        "gid": "csmir-edges",
    }
    options = merged("edge_kws", defaults, given, LineCollection)
    colours = edge_colours(seen)[0] or [style.shade(7 / 15)] * len(paths)
    look: dict[str, Any] = {"colors": colours, "linewidth": widths}
    ax.add_collection(LineCollection(list(paths), **look | options))
    of = edge_marks(seen) if len(paths) < MARKED else {}
    kinds = [] if seen is None else list(kind_of(seen))
    for kind, marker in of.items():
        here = [k for k, other in enumerate(kinds) if other == kind]
        at = paths[here, spots[here]]
        ink = [colours[k] for k in here] if {"color", "colors"}.isdisjoint(given or {}) else style.ink()
        look = {"marker": marker, "s": 14, "linewidths": 0.5, "edgecolors": style.shade(0), "c": ink}
        ax.scatter(*at.T, zorder=1.5, gid="csmir-kind", **look)


def note(ax: Any, parts: Sequence[str]) -> None:
    """Remarks below the axes, in lines that fit its width and break between remarks where they can."""
    size = font_size(ax)
    width = 0.96 * 72 * side_inches(ax, "x")
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}; {part}" if lines else part
        if lines and 72 * inches_wide([longer], size) <= width:
            lines[-1] = longer
        else:
            lines[-1:] = [f"{line};" for line in lines[-1:]]
            lines.append(wrap(part, width, size))
    ax.set_xlabel("\n".join(lines), fontsize=size)


def _spread(n: int, rows: int) -> np.ndarray:
    """Places of n nodes beside a column of `rows`."""
    if n == rows:
        return np.arange(n, dtype=float)
    return (np.arange(n) + 0.5) * rows / n - 0.5


def blank(ax: Any, handles: Sequence[Any]) -> None:
    """No ticks and no spines; a legend, and as much room as a title and the note below will take."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    size = font_size(ax)
    ax.set_xlabel(" ", fontsize=size)
    legend_above(ax, handles)
    ax.set_title(" ", fontsize=1.1 * size, pad=over_legend(ax))
