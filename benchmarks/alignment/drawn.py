"""What a figure shows, by the names at its axes."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
from matplotlib.colors import to_hex

from benchmarks.alignment.by_name import Parts, Within, text

NUMBERED = re.compile(r"^\d+ (?=\(\d+\)$)|(?<=^module )\d+")  # a cluster and its size, a module
BY_CHANCE = re.compile(r"\n\((?:\w+ )*shuffled: [^)]*\)")  # what a label adds once the null is there
COLOUR_DIGITS = 4  # some are sums in single precision


def of_figure(fig, *, places: bool = True, some_cells: bool = False) -> Parts:
    """Words and legends of a figure, and bars, points, lines and images of its panels; no panel of what is missing.

    Whatever stands at a tick with a name is beside that name; a point is one entry with its two places and its colour.
    Without `places`, which a layout decides, points and lines are left out, and bars count by their size and the name
    of their row, if it has one: each row is a part. Numbers of clusters are left out of words, and what a label says of
    shuffled pairings is a word of its own. With `some_cells` (the raster of intervals: rows are means of neighbours
    where there are many), points may be gone and images are left out: cs.get.intervals has their numbers.
    """
    found: dict = {}
    for ax in fig.axes:
        words = [t.get_text() for t in ax.texts if t.get_text()]
        if any(w.startswith("not there yet") for w in words):
            continue
        heads = tuple(h for h in (ax.get_title(loc=side) for side in ("left", "center")) if h)
        legend = [t.get_text() for t in ax.get_legend().get_texts()] if ax.get_legend() else []
        found |= {("word", NUMBERED.sub("", word)): "" for word in (*words, *heads, *legend)}
        if not ax.axison:
            places_here = False
        else:
            places_here = places
            found |= {("word", name): "" for axis in (ax.xaxis, ax.yaxis) for name in names_at(axis).values()}
        if not heads:
            labels = ax.get_xlabel(), ax.get_ylabel()
            found |= {("word", said): "" for label in labels for said in BY_CHANCE.findall(label)}
            heads = tuple(BY_CHANCE.sub("", label) for label in labels)
        for what, rows in panel(ax, places_here).items():
            if some_cells and what == "images":
                continue
            rows = sorted([*found.get((what, heads), []), *rows])
            found[what, heads] = Within(rows) if some_cells and what == "points" else rows
    return Parts(found)


def panel(ax, places: bool) -> dict[str, list]:
    """Kind -> entries of one panel."""
    out: dict[str, list] = {}
    if ax.axison:
        bars = [p for p in ax.patches if hasattr(p, "get_height")]
        rows = {} if places else names_at(ax.yaxis)
        for p in bars:
            row = rows.get(round(p.get_y() + p.get_height() / 2, 6))
            what = "bars" if row is None else f"bars of {row}"
            out.setdefault(what, []).append(bar(ax, p) if places else (size(p),))
    out["images"] = [entry for image in ax.images for entry in cells_of(ax, image)]
    if places:
        out["points"] = [point for c in ax.collections for point in points(ax, c)]
        out["lines"] = [step for line in ax.lines for step in steps(ax, line)]
    return {what: rows for what, rows in out.items() if rows}


def names_at(axis) -> dict[float, str]:
    """Where names stand at an axis; numbers are no names."""
    at = {round(float(p), 6): t.get_text() for p, t in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)}
    return {p: name for p, name in at.items() if name and not is_number(name)}


def is_number(word: str) -> bool:
    try:
        float(word.replace("\u2212", "-").replace("%", "").replace(",", ""))
    except ValueError:
        return "$" in word
    return True


def place(axis, values) -> list[str]:
    """The name of the tick that a value stands at, or else the value."""
    named = names_at(axis)
    numbers = text(np.asarray(values, float))
    return [named.get(round(float(v), 6), n) for v, n in zip(values, numbers, strict=True)]


def size(patch) -> str:
    return " x ".join(text(np.array([patch.get_width(), patch.get_height()])))


def bar(ax, patch) -> tuple:
    x, y = patch.get_x() + patch.get_width() / 2, patch.get_y() + patch.get_height() / 2
    return (*place(ax.xaxis, [x]), *place(ax.yaxis, [y]), size(patch))


def points(ax, collection) -> list[tuple]:
    offsets = np.ma.filled(collection.get_offsets().astype(float), np.nan)
    values, colours = collection.get_array(), collection.get_facecolors()
    if values is not None and np.size(values) == len(offsets):
        shown = text(np.ma.filled(np.ma.asarray(values, float), np.nan).ravel(), COLOUR_DIGITS)
    else:
        shown = [to_hex(c) for c in colours] if len(colours) == len(offsets) else [""] * len(offsets)
    return list(zip(place(ax.xaxis, offsets[:, 0]), place(ax.yaxis, offsets[:, 1]), shown, strict=True))


def steps(ax, line) -> list[tuple]:
    """Of lines every two neighbouring corners, from either end."""
    try:
        corners = list(zip(place(ax.xaxis, line.get_xdata()), place(ax.yaxis, line.get_ydata()), strict=True))
    except (TypeError, ValueError):
        return []
    return [tuple(sorted(two)) for two in pairwise(corners)] or [(c,) for c in corners]


def cells_of(ax, image) -> list[tuple]:
    """Each value beside the names of its row and column; where an axis has no names, what each row and column holds."""
    values = np.ma.filled(np.ma.asarray(image.get_array(), float), np.nan)
    if values.ndim != 2:
        return [tuple(text(values.ravel()))]
    shown = np.array(text(values.ravel()), dtype=object).reshape(values.shape)
    rows, columns = names_at(ax.yaxis), names_at(ax.xaxis)
    if len(rows) == len(shown) and len(columns) == shown.shape[1]:
        return [(rows[i], columns[j], shown[i, j]) for i in sorted(rows) for j in sorted(columns)]
    lines = [("row", rows.get(i, ""), *sorted(shown[i])) for i in range(len(shown))]
    return lines + [("column", columns.get(j, ""), *sorted(shown[:, j])) for j in range(shown.shape[1])]
