"""What figures are drawn on: the ground of the user's style, light or dark, and greys that can be read on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import numpy as np

from csmir._errors import InputError
from csmir._validate import suggest

P = ParamSpec("P")
R = TypeVar("R")

LIGHT, DARK = "#FFFFFF", "#000000"
# what is written on the figure, and what is drawn
PRINTED = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color")
DRAWN = ("axes.edgecolor", "lines.color")


def on_ground(draw: Callable[P, R]) -> Callable[P, R]:
    """Let a function draw on the ground of the style, or of the `ax` handed in, in letters that can be read there.

    A style whose letters can be read is left as it is. A `$` in a name stays one: what is a formula says so itself
    (`parse_math=True`). A `cmap` that does not exist is refused here, for all figures.
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        import matplotlib as mpl

        cmap = kwargs.get("cmap")
        if isinstance(cmap, str) and cmap not in mpl.colormaps:
            raise InputError(f"matplotlib has no colours `cmap`={cmap!r}.{suggest(cmap, list(mpl.colormaps))}")
        settings: Any = mpl.rcParams  # its keys are literals for a type checker, ours are variables
        style: Any = {"text.parse_math": False}
        ax: Any = kwargs.get("ax")
        if hasattr(ax, "get_facecolor"):
            page = ax.get_figure(root=True).get_facecolor()
            style |= {"figure.facecolor": _seen(page), "axes.facecolor": _seen(ax.get_facecolor(), page)}
        grounds = {"axes.facecolor": DRAWN, "figure.facecolor": PRINTED}
        for name, letters in grounds.items():
            ground = style.get(name, settings[name])
            style |= {key: opposite(ground) for key in letters if _alike(settings[key], ground)}
        with mpl.rc_context(style):
            if hasattr(ax, "get_facecolor"):
                reprint(ax)
            result = draw(*args, **kwargs)
            interactive = mpl.is_interactive()
        # a notebook's back end turns this on as its first figure is made; restored, no later figure would be shown
        mpl.interactive(interactive)
        return result

    return drawn


def is_dark(colour: Any) -> bool:
    """Whether black letters could hardly be read on it; what is transparent is taken to be light."""
    from matplotlib.colors import to_rgba

    red, green, blue, alpha = to_rgba(colour)
    return bool(alpha > 0.5 and np.dot((red, green, blue), (0.299, 0.587, 0.114)) < 0.4)


def opposite(ground: Any) -> str:
    """Black or white, whichever can be read there."""
    return LIGHT if is_dark(ground) else DARK


def darkest() -> str:
    """The word for what stands out most from the ground of the axes: black, or white on dark ground."""
    return "white" if is_dark(shade(0)) else "black"


def shade(amount: float, towards: Any = None) -> str:
    """A grey between the ground of the axes (0) and what can best be read on it (1), or a colour in its place."""
    import matplotlib as mpl
    from matplotlib.colors import to_hex, to_rgb

    ground = _seen(mpl.rcParams["axes.facecolor"])
    end = opposite(ground) if towards is None else towards
    red, green, blue = (1 - amount) * np.array(to_rgb(ground)) + amount * np.array(to_rgb(end))
    return to_hex((red, green, blue)).upper()


def reprint(ax: Any) -> None:
    """Ticks, spines and titles of somebody's axes that could not be read where they are drawn."""
    import matplotlib as mpl

    settings: Any = mpl.rcParams
    ground = settings["figure.facecolor"]
    for axis, key in ((ax.xaxis, "xtick.color"), (ax.yaxis, "ytick.color")):
        if any(_alike(label.get_color(), ground) for label in axis.get_ticklabels()[:1]):
            axis.set_tick_params(colors=settings[key])
        if _alike(axis.label.get_color(), ground):
            axis.label.set_color(settings["axes.labelcolor"])
    for spine in ax.spines.values():
        if _alike(spine.get_edgecolor(), settings["axes.facecolor"]):
            spine.set_edgecolor(settings["axes.edgecolor"])
    for side in ("left", "center", "right"):
        ax.set_title(ax.get_title(loc=side), loc=side, color=settings["text.color"])


def _seen(colour: Any, below: Any = LIGHT) -> Any:
    """What is seen of a ground: what lies below it where it is transparent."""
    from matplotlib.colors import to_hex, to_rgba

    return to_hex(colour if to_rgba(colour)[3] > 0.5 else below)


def _alike(letters: Any, ground: Any) -> bool:
    """Whether both are dark, or both are light."""
    from matplotlib.colors import is_color_like

    return bool(is_color_like(letters)) and is_dark(letters) == is_dark(ground)
