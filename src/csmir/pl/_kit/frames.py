"""The frame of every figure: where it is drawn, its title, its file, and what is returned.

A figure that is not shown by itself is made without pyplot, so that none stays open behind the caller.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from anndata import AnnData

from csmir import _validate as check
from csmir._errors import InputError
from csmir.pl._kit import chance
from csmir.pl._kit.style import font_size


class Frame:
    """A figure from its making to its return: `open_axes` or `open_figure`, draw, `close`."""

    def __init__(
        self,
        ax: Any,
        figsize: Any,
        default: tuple[float, float],
        show: bool | None,
        return_fig: bool,
        of: Any = None,
        save: Any = None,
    ):
        self.fig: Any = None
        self.path = None if save is None else checked_path(save)
        self.show, self.return_fig, self.managed, self.of = show, return_fig, False, of
        if ax is not None:
            from matplotlib.axes import Axes

            if not isinstance(ax, Axes):
                raise InputError(f"`ax` must be matplotlib Axes; found {type(ax).__name__}.")
            if figsize is not None:
                raise InputError("`figsize` is for a figure of its own; `ax` has one already. Leave one out.")
            self.fig, self.own = ax.get_figure(root=True), False
            self.ax = ax
            return
        self.own = True
        self.fig = self._figure(default if figsize is None else _size(figsize))
        if of is not None:
            chance.say_below(self.fig, of)

    def _figure(self, size: tuple[float, float]) -> Any:
        """Where it is to be shown by itself pyplot must know it; anywhere else it is nobody's but the caller's."""
        if self.show or (self.show is None and in_notebook()):
            import matplotlib.pyplot as plt

            self.managed = True
            return plt.figure(figsize=size, layout="constrained")
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        fig = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(fig)
        return fig

    def at_least(self, height: float) -> None:
        """Refuse a figure so low that its panels would run into each other."""
        width, found = self.fig.get_size_inches()
        if found < height:
            raise InputError(
                f"The panels need a height of {height:g} inches at this width; found `figsize` {width:g} x {found:g}. "
                "Make it higher or wider, or draw fewer panels."
            )

    def close(self, result: Any = None, *, title: str | None = None) -> Any:
        """Title, file, screen; returns `result` (the axes if None), or the figure if that was asked for."""
        if not self.own and self.of is not None:
            chance.say_in(self.ax, self.of)
        if title is not None:
            if result is None and not _headed(self.ax):
                self.ax.set_title(title, fontsize=1.1 * font_size(self.ax), pad=over_legend(self.ax))
            elif not self.own:  # the three titles of axes stand on one line
                lines = "\n" * (1 + max(self.ax.get_title(loc=side).count("\n") for side in ("left", "right")))
                self.ax.set_title(f"{title}{lines} ", fontsize=1.1 * font_size(self.ax))
            else:
                self.fig.suptitle(title, fontsize=1.15 * font_size(self.fig))
        if self.path is not None:
            self.fig.savefig(self.path, dpi=300)
        if self.show:
            import matplotlib.pyplot as plt

            plt.show()
            if self.managed and not plt.isinteractive():
                plt.close(self.fig)
        elif self.managed and self.return_fig:  # the notebook shows what is returned; not twice
            import matplotlib.pyplot as plt

            plt.close(self.fig)
        if self.return_fig:
            return self.fig
        return self.ax if result is None else result


def checked_path(save: Any) -> Path:
    """Where a figure is to be written, before it is drawn: an ending that matplotlib writes, a folder that is there."""
    from matplotlib.backend_bases import FigureCanvasBase

    try:
        path = Path(save)
    except TypeError:
        raise InputError(f"`save` must be the path of a file; found {type(save).__name__}.") from None
    formats = FigureCanvasBase.get_supported_filetypes()
    if path.suffix.removeprefix(".").lower() not in formats:
        raise InputError(f"`save` must end in one of .{', .'.join(sorted(formats))}; found {str(save)!r}.")
    if not path.parent.is_dir():
        raise InputError(f"`save` names the folder {str(path.parent)!r}, which does not exist. Make it first.")
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"`save`: {str(path)!r} cannot be written. Choose another file or folder.")
    return path


def _size(figsize: Any) -> tuple[float, float]:
    if not isinstance(figsize, Sequence | np.ndarray) or len(figsize) != 2:
        raise InputError(f"`figsize` must be a width and a height in inches; found {figsize!r}.")
    width, height = (check.number("figsize", float(side), low=0, low_open=True) for side in figsize)
    return width, height


def _headed(ax: Any) -> bool:
    """Whether something is written above the axes at the left or the right, where a title would run into it."""
    return any(ax.get_title(loc=side) for side in ("left", "right"))


def over_legend(ax: Any) -> float | None:
    """Distance in points that lifts a title over a legend above the axes; None where there is no such legend."""
    legend = ax.get_legend()
    if legend is None:
        return None
    fig = ax.get_figure(root=True)
    fig.draw_without_rendering()
    box = legend.get_window_extent()
    return (box.y1 - ax.bbox.y1) * 72 / fig.dpi + 4 if box.y0 > ax.bbox.y1 - 1 else None


def in_notebook() -> bool:
    """Whether this runs in a Jupyter kernel, which shows figures by itself."""
    import sys

    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def open_axes(
    ax: Any, figsize: Any, default: tuple[float, float], *, show: bool | None = None, return_fig: bool = False,
    of: AnnData | str | None = None, save: Any = None,
) -> Frame:  # fmt: skip
    """A frame of one panel: the axes handed in, or those of a new figure. Draw into `frame.ax`.

    `of`: the networks that it shows; where chance gives as many, the figure says so, or these words. `save`: the file.
    """
    frame = Frame(ax, figsize, default, show, return_fig, of, save)
    if frame.own:
        frame.ax = frame.fig.add_subplot()
    return frame


def open_figure(
    figsize: Any, default: tuple[float, float], *, show: bool | None = None, return_fig: bool = False,
    of: AnnData | str | None = None, save: Any = None,
) -> Frame:  # fmt: skip
    """A frame of several panels: make them with `frame.fig.subplot_mosaic` and hand them to `close`."""
    return Frame(None, figsize, default, show, return_fig, of, save)
