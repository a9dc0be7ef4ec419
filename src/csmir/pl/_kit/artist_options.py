"""Options that a user gives to what is drawn: known to matplotlib, and each given once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from csmir import _validate as check
from csmir._errors import InputError

# taken by the function that draws them, besides the properties of what it makes
OF_FUNCTION = {
    "PathCollection": ("c", "cmap", "marker", "norm", "plotnonfinite", "s", "vmax", "vmin"),
    "AxesImage": ("aspect", "interpolation_stage", "origin", "vmax", "vmin"),
    "LineCollection": ("colors",),
}
# where things are, what they say and what csmir calls them
NO_LOOK = (
    "array", "bounds", "data", "extent", "figure", "gid", "height", "offsets", "path", "paths", "position", "segments",
    "sizes", "text", "transform", "verts", "x", "xdata", "xy", "y", "ydata",
)  # fmt: skip


def merged(name: str, defaults: Mapping[str, Any], given: Mapping[str, Any] | None, artist: Any) -> dict[str, Any]:
    """The options of an `artist` (a class of matplotlib): ours, overruled by the user's, aliases (lw) resolved."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.colors import is_color_like

    ours = normalize_kwargs(dict(defaults), artist)
    if given is None:
        return ours
    if not isinstance(given, Mapping):
        raise InputError(f"`{name}` must be a dict of matplotlib options; found {type(given).__name__}.")
    if "c" in defaults and "color" in given:
        raise InputError(f"Each of these marks has a colour of its own: give `{name}` a 'c' for them, not a 'color'.")
    known = taken(artist)
    for key in given:
        if key not in known:
            raise InputError(
                f"`{name}` takes options of matplotlib's {artist.__name__}; found {key!r}.{check.suggest(key, known)}"
            )
    if {"c", "color"} <= set(given):
        raise InputError(f"`{name}` has a 'c' and a 'color'. Leave one out.")
    if "c" not in defaults and "c" in given:
        if is_color_like(given["c"]):  # of all marks
            given = {"color" if key == "c" else key: value for key, value in given.items()}
        else:
            ours.pop("color", None)
    try:
        return ours | normalize_kwargs(dict(given), artist)
    except TypeError as e:  # two names of one option
        raise InputError(f"`{name}` has one option twice: {str(e).rstrip('.')}. Leave one out.") from None


def taken(artist: Any) -> list[str]:
    """Names of the options that an artist takes, with their aliases."""
    from matplotlib.artist import ArtistInspector

    inspector = ArtistInspector(artist)
    names = set(inspector.get_setters()) | {alias for of in inspector.aliasd.values() for alias in of}
    return sorted((names | set(OF_FUNCTION.get(artist.__name__, ()))) - set(NO_LOOK))
