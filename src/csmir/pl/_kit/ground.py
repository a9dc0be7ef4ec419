"""Figures are drawn for light paper. Where the user's style is dark they bring their own ground."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

PAPER, PRINT = "white", "black"
GROUNDS = ("figure.facecolor", "axes.facecolor")
PRINTED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "lines.color")


def on_paper(draw: Callable[P, R]) -> Callable[P, R]:
    """Let a function draw in dark letters on light ground, whatever the style; a light style is left as it is.

    A `$` in a name stays one: what is a formula says so itself (`parse_math=True`).
    """

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
        import matplotlib as mpl

        settings: Any = mpl.rcParams  # its keys are literals for a type checker, ours are variables
        style: Any = {"text.parse_math": False}
        if any(is_dark(settings[name]) for name in GROUNDS):
            style |= dict.fromkeys(GROUNDS, PAPER) | dict.fromkeys(PRINTED, PRINT)
            style |= {"legend.facecolor": "inherit", "legend.labelcolor": "None"}
        with mpl.rc_context(style):
            result = draw(*args, **kwargs)
            interactive = mpl.is_interactive()
        # a notebook's back end turns this on as its first figure is made; restored, no later figure would be shown
        mpl.interactive(interactive)
        return result

    return drawn


def is_dark(colour: Any) -> bool:
    """Whether black letters could hardly be read on it; what is transparent is taken to be light."""
    import numpy as np
    from matplotlib.colors import to_rgba

    red, green, blue, alpha = to_rgba(colour)
    return bool(alpha > 0.5 and np.dot((red, green, blue), (0.299, 0.587, 0.114)) < 0.4)


def lay(fig: Any) -> None:
    """A light ground under a whole figure, which also a file has, whose ground the style would make dark."""
    import matplotlib as mpl
    from matplotlib.patches import Rectangle

    fig.set_facecolor(PAPER)
    if str(mpl.rcParams["savefig.facecolor"]) != "auto":
        paper = Rectangle((0, 0), 1, 1, transform=fig.transFigure, color=PAPER, zorder=-10, gid="csmir-paper")
        paper.set_in_layout(False)
        fig.add_artist(paper)


def lay_under(ax: Any) -> None:
    """The same under axes of a dark figure that the user made, and dark print for what they have already."""
    from matplotlib.patches import Rectangle

    class Paper(Rectangle):
        """As large as the axes and all that is written around them, at the time of drawing."""

        def draw(self, renderer: Any) -> None:
            box = ax.get_tightbbox(renderer)
            if box is not None:
                self.set_bounds(*box.padded(0.04 * ax.get_figure(root=True).dpi).bounds)
            super().draw(renderer)

    fig = ax.get_figure(root=True)
    paper = Paper((0, 0), 0, 0, color=PAPER, zorder=-10, transform=None, gid="csmir-paper")
    paper.set_in_layout(False)
    fig.add_artist(paper)
    ax.set_facecolor(PAPER)
    ax.tick_params(colors=PRINT)
    for part in (*ax.spines.values(), ax.xaxis.label, ax.yaxis.label, ax.title):
        (part.set_edgecolor if hasattr(part, "set_edgecolor") else part.set_color)(PRINT)
    for side in ("left", "right"):
        ax.set_title(ax.get_title(loc=side), loc=side, color=PRINT)
