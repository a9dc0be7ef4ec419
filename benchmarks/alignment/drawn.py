"""What a figure shows, by the names at its axes."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import NamedTuple

import numpy as np
from matplotlib.colors import to_hex

from benchmarks.alignment.by_name import Parts, text

NUMBERED = re.compile(r"^\d+ (?=\(\d+\)$)")  # a cluster and its size
OF_MODULE = re.compile(r"^module \d+ (?=of )")  # a module of a network
GONE = re.compile(r"\n\(without values: [^()]*\)")  # what a label adds once the networks lack pairs of a table
BY_CHANCE = re.compile(r"\n\([^()]*shuffled[^()]*\)")  # what a label adds once the null is there
COLOUR_DIGITS = 4  # some are sums in single precision


class Loosely(NamedTuple):
    """Entries of a panel that was lost something; `some` of them may be gone."""

    rows: Counter
    some: bool

    def __eq__(self, found) -> bool:
        rows = getattr(found, "rows", None)
        return rows is not None and (rows <= self.rows if self.some else rows == self.rows)

    __hash__ = None  # type: ignore[assignment]


class Panel(NamedTuple):
    """What a panel shows, and what it still has to show once something was lost."""

    exactly: tuple
    loosely: Loosely


def of_figure(fig, cells=None, *, some: bool = False) -> Parts:
    """Each panel of a figure, under its heads or else the labels of its axes; no panel of what is missing.

    A panel holds its words, each with its place, its legend, each word with the look beside it, the names at its axes,
    and its marks, each one entry: where it is (the name of the tick that it stands at, or else the place), its size and
    its colours. `cells` are the names of what stands at 0, 1, ... of a first axis that shows none. With `some`, a panel
    of which something was lost may show less.
    """
    panels: dict = {}
    for ax in fig.axes:
        words = [t.get_text() for t in ax.texts if t.get_text()]
        if any(w.startswith("not there yet") for w in words):
            continue
        heads = tuple(OF_MODULE.sub("module ", h) for h in (ax.get_title(loc=side) for side in ("left", "center")) if h)
        labels = GONE.sub("", ax.get_xlabel()), ax.get_ylabel()
        key = ("panel", heads or tuple(BY_CHANCE.sub("", label) for label in labels))
        panels.setdefault(key, []).extend([(0, ("label", *labels, "")), *entries(ax, cells)])
    return Parts({key: Panel(tuple(sorted(map(str, shown))), loosely(shown, some)) for key, shown in panels.items()})


def loosely(shown: list[tuple], some: bool) -> Loosely:
    """Of (size, entry), without what hangs on how much is shown.

    Gone are sizes of marks, places of words, and numbers of clusters: their colours count by who has them. Of a panel
    of which some may be gone, lines and marks at numbers go, too, and cells of images count by their row.
    """
    rows = [(*e[:2], *e[-1:]) if e[0] == "word" else e for _, e in shown]
    rows.sort(key=lambda entry: str(entry[:-1]))
    if any(entry[0] == "legend" and NUMBERED.match(entry[1]) for entry in rows):
        number: dict = {}
        said = [("legend", NUMBERED.sub("", entry[1])) for entry in rows if entry[0] == "legend"]
        marks = [entry for entry in rows if entry[0] != "legend"]
        rows = said + [(*entry[:-1], number.setdefault(str(entry[-1]), len(number))) for entry in marks]
    if some:
        rows = [(*e[:2], e[3]) if e[0] == "cell" else e for e in rows if e[0] not in ("line", "shape", "values")]
        rows = [e for e in rows if not (e[0] == "cell" and e[-1] == "nan")]
    return Loosely(Counter(map(str, rows)), some)


def entries(ax, cells) -> list[tuple]:
    """(Size, what it is and where, and its colours) of all marks and words of a panel."""
    named = names_of(ax, cells)
    at = partial(place, named)
    out: list[tuple] = []
    if ax.axison:
        out += [(0, ("name", i, word, "")) for i, axis in enumerate(named) for word in axis.values()]
    for t in ax.texts:
        out.append((0, ("word", t.get_text(), *at(t.get_position()), *at(getattr(t, "xy", ())), hexes(t.get_color()))))
    if legend := ax.get_legend():
        out += [
            (0, ("legend", t.get_text(), look(h)))
            for t, h in zip(legend.get_texts(), legend.legend_handles, strict=True)
        ]
    for patch in ax.patches:
        out.append((0, (*body(named, patch), hexes(patch.get_facecolor()))))
    for image in ax.images:
        out += [(0, entry) for entry in cells_of(named, image)]
    for collection in ax.collections:
        out += collected(named, collection)
    for line in ax.lines:
        xy = np.asarray(line.get_xydata(), dtype=float)
        whole = [xy] if line.get_linestyle() not in ("None", "", " ") else [xy[i : i + 1] for i in range(len(xy))]
        data = line.get_transform().contains_branch_seperately(
            ax.transData
        )  # a line across the panel has no names there
        held = [names if inside else {} for names, inside in zip(named, data, strict=True)]
        out += [(0, ("line", *corners(held, part), hexes(line.get_color()))) for part in whole]
    return out


def look(handle) -> str:
    """Colours and mark of a handle of a legend."""
    found = []
    for name in ("get_color", "get_facecolor", "get_markerfacecolor", "get_marker", "get_linestyle", "get_hatch"):
        if hasattr(handle, name):
            value = getattr(handle, name)()
            found.append(hexes(value) if "color" in name and not isinstance(value, str) else str(value))
    return str(found)


def hexes(colours) -> str:
    if isinstance(colours, str):
        return to_hex(colours, keep_alpha=True)
    rows = np.atleast_2d(np.asarray(colours, dtype=float))
    return " ".join(to_hex(c, keep_alpha=True) for c in rows if len(c))


def names_of(ax, cells) -> tuple[dict, dict]:
    """Names at both axes; a column of an image that has none is named by what its rows hold, `cells` are as given."""
    rows, columns = names_at(ax.yaxis), names_at(ax.xaxis)
    if cells is not None and not columns:
        columns = {float(i): name for i, name in enumerate(cells)}
    for image in ax.images:
        shown = values_of(image)
        if shown.ndim == 2 and len(rows) == len(shown) and len(columns) < shown.shape[1]:
            held = zip(rows.values(), shown[[round(p) for p in rows]], strict=True)
            lines = [(name, text(values)) for name, values in held]
            columns = {float(j): str([(name, row[j]) for name, row in lines]) for j in range(shown.shape[1])}
    return columns, rows


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


def place(named, xy) -> list[str]:
    """The names of the ticks that a place is at, or else its numbers."""
    return [at.get(round(float(v), 6), text(np.array([float(v)]))[0]) for at, v in zip(named, xy, strict=False)]


def corners(named, xy) -> tuple:
    """Corners of a line, from whichever end."""
    path = [tuple(place(named, corner)) for corner in np.asarray(xy, dtype=float).reshape(-1, 2)]
    return tuple(min(path, path[::-1]))


def body(named, patch) -> tuple:
    """A rectangle by its middle and size, any other patch by its corners."""
    if hasattr(patch, "get_height") and hasattr(patch, "get_x"):
        middle = patch.get_x() + patch.get_width() / 2, patch.get_y() + patch.get_height() / 2
        return ("bar", *place(named, middle), *text(np.array([patch.get_width(), patch.get_height()])))
    return ("patch", *corners(named, patch.get_patch_transform().transform(patch.get_path().vertices)))


def values_of(artist) -> np.ndarray | None:
    values = artist.get_array()
    return None if values is None else np.ma.filled(np.ma.asarray(values, float), np.nan)


def collected(named, collection) -> list[tuple]:
    """Each mark of a collection: its place, or its corners where it is drawn in those of the data; colours and size."""
    offsets = np.ma.filled(np.ma.asarray(collection.get_offsets(), dtype=float), np.nan).reshape(-1, 2)
    paths = collection.get_paths()
    scattered = hasattr(collection, "get_sizes") and len(collection.get_sizes())
    n = len(offsets) if scattered else len(paths)
    values = values_of(collection)
    if values is not None and values.size != n:
        return [(0, ("values", *text(values.ravel(), COLOUR_DIGITS), ""))]
    if values is not None:
        colours = text(values.ravel(), COLOUR_DIGITS)
    else:
        faces, edges = collection.get_facecolor(), collection.get_edgecolor()
        colours = [f"{face} {edge}" for face, edge in zip(cycled(faces, n), cycled(edges, n), strict=True)]
    if not scattered:
        return [(0, ("shape", *corners(named, p.vertices), c)) for p, c in zip(paths, colours, strict=True)]
    sizes = text(np.resize(collection.get_sizes(), n))
    kinds = [str(len(p.vertices)) for p in paths] or [""]
    at = [("point", *place(named, xy), kinds[i % len(kinds)]) for i, xy in enumerate(offsets)]
    return [(sizes[i], (*at[i], colours[i])) for i in range(n)]


def cycled(colours, n: int) -> list[str]:
    """A colour for each of n marks, as matplotlib goes round."""
    return [to_hex(colours[i % len(colours)], keep_alpha=True) if len(colours) else "" for i in range(n)]


def cells_of(named, image) -> list[tuple]:
    """Each value beside the names of its row and column."""
    values = values_of(image)
    if values.ndim != 2:
        return [("picture", *text(values.ravel()), "")]
    shown = np.array(text(values.ravel()), dtype=object).reshape(values.shape)
    columns, rows = named
    return [("cell", rows.get(float(i), i), columns.get(float(j), j), v) for (i, j), v in np.ndenumerate(shown)]
