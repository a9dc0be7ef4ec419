"""What tells groups apart in grey print, beside their colours: marks, hatches and dashes, by their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

# those that hold a name inside come first
MARKERS = ("o", "s", "D", "h", "^", "v", "P", "X", "<", ">", "*", "p")
HATCHES = (None, "/////", ".....", "\\\\\\\\\\", "xxxxx", "|||||", "-----", "+++++")
LINES = ("-", (0, (5, 1.5)), (0, (3, 1.2, 1, 1.2)), (0, (1.2, 1.2)))


class Mark(NamedTuple):
    """A group's marker, hatch of areas and dashes of lines."""

    marker: str
    hatch: str | None
    line: Any


def marks(names: Iterable[str]) -> dict[str, Mark]:
    """A mark for each group, in their order; beyond twelve the same again."""
    n, m, k = len(MARKERS), len(HATCHES), len(LINES)
    return {str(name): Mark(MARKERS[i % n], HATCHES[i % m], LINES[i % k]) for i, name in enumerate(names)}


def shape(points: Any, markers: Sequence[str]) -> None:
    """Give each point of a scatter its own marker, so that all stay one artist with the user's options."""
    from matplotlib.markers import MarkerStyle

    styles = {marker: MarkerStyle(marker) for marker in set(markers)}
    paths = {marker: one.get_path().transformed(one.get_transform()) for marker, one in styles.items()}
    points.set_paths([paths[marker] for marker in markers])
