"""What every figure shares: colours, labels that fit, legends, and honest empty panels.

Nothing global is touched, no rcParams. Matplotlib is imported inside functions. The frame of a figure is in `frames`.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir.pl._kit.ground import is_dark, shade
from csmir.pl._kit.labels import inches_wide, wrap
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.ticks import whole

# Okabe & Ito: eight colours that colour-blind readers can tell apart
OKABE_ITO = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
# one meaning, one colour, in every figure
CONSERVED = "#0072B2"
REWIRED = "#D55E00"
MIRNA = "#E69F00"
MRNA = "#56B4E9"
HUB = "#E69F00"
DATA = "#0072B2"  # what was inferred from the data
# hatched as well, since their colours are one grey in print
HATCH = {K.REWIRED: "////", K.ACTIVATION: "////"}
SEQUENTIAL = "viridis"
SEQUENTIAL_PRINT = "cividis"  # keeps its order in grey print

# up to NAMED cells each has its name; up to DRAWN each has its mark; above, distributions or a raster image
DRAWN = 200
EMPTY = "csmir-empty"  # what `empty` writes

MM = 1 / 25.4  # inches
COLUMN, PAGE = 85 * MM, 180 * MM  # widths of a journal's column and page


def ink() -> str:
    """Of lines and marks that are to be read: #333333 on white."""
    return shade(0.8)


def sheer(alpha: float) -> float:
    """Give this alpha, but none on dark ground, where marks that let it through could hardly be seen."""
    return 1.0 if is_dark(shade(0)) else alpha


def null() -> str:
    """Of what chance gives: #999999 on white."""
    return shade(0.4)


def grey() -> str:
    """Of no module, no cluster, no importance: #BBBBBB on white."""
    return shade(4 / 15)


def of_conservation() -> dict[str, str]:
    """Colour of each class of :func:`csmir.tl.conservation`."""
    return {K.CONSERVED: CONSERVED, K.NEITHER: grey(), K.REWIRED: REWIRED}


def of_direction() -> dict[str, str]:
    """Colour of repression, activation and neither."""
    return {K.REPRESSION: DATA, K.ACTIVATION: REWIRED, K.NO_DIRECTION: grey()}


def diverging() -> Any:
    """Blue below 0, red above, and at 0 the ground itself."""
    from matplotlib.colors import LinearSegmentedColormap

    middle = shade(0)
    if not is_dark(middle):
        return "RdBu_r"
    return LinearSegmentedColormap.from_list("blue to red", ["#9ECFF5", "#2F7FC1", middle, "#D0453A", "#FFB59A"])


def colours(n: int) -> list[str]:
    """N colours: Okabe-Ito, and past eight of them the same again, lighter and then darker."""
    from matplotlib.colors import to_hex, to_rgb

    out: list[str] = [*OKABE_ITO[:-1], shade(1)]
    for end, amount in ((1.0, 0.55), (0.0, 0.4), (1.0, 0.8), (0.0, 0.65)):
        for red, green, blue in map(to_rgb, OKABE_ITO[:-1]):
            r, g, b = (part * (1 - amount) + end * amount for part in (red, green, blue))
            out.append(to_hex((r, g, b)))
    return [out[i % len(out)] for i in range(n)]


def readable(ground: Any) -> str:
    """Black or white, whichever can be read on this colour."""
    from matplotlib.colors import to_rgb

    return "white" if np.dot(to_rgb(ground), (0.299, 0.587, 0.114)) < 0.5 else "black"


def category_colours(adata: Any, key: str) -> dict[str, str]:
    """Colour of each category of `.obs[key]`: those that scanpy stored in `.uns`, else ours."""
    values = check.groups(f"The column {key!r}", adata.obs[key])
    names = [str(c) for c in values.astype("category").cat.categories]
    stored = adata.uns.get(f"{key}_colors")
    given = [str(c) for c in stored] if stored is not None else []
    return dict(zip(names, given if len(given) >= len(names) else colours(len(names)), strict=False))


def category_names(values: pd.Series) -> np.ndarray:
    """Each value as its category is written in `category_colours`; "none" for what is missing."""
    categories = values.astype("category").cat
    return np.array([*map(str, categories.categories), "none"], dtype=object)[categories.codes]


def dress(ax: Any, *, xlabel: str | None = None, ylabel: str | None = None, grid: str | None = None) -> None:
    """Labels and ticks in a size that fits the figure, two spines, and grid lines of one axis or none."""
    from matplotlib.ticker import FixedLocator

    size = font_size(ax)
    if xlabel is not None:
        ax.set_xlabel(xlabel, fontsize=size)
    if ylabel is not None:
        ax.set_ylabel(ylabel, fontsize=size)
    for axis in (ax.xaxis, ax.yaxis):
        if not isinstance(axis.get_major_locator(), FixedLocator):  # names at ticks have a size that fits them
            axis.set_tick_params(labelsize=0.9 * size)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(False)
    if grid is not None:
        ax.grid(axis=grid, color=shade(0.1), linewidth=0.6)
        ax.set_axisbelow(True)


def heading(ax: Any, left: str, *right: str, pad: float = 4) -> None:
    """What a panel shows, above it at the left; the first remark for which there is room, in grey at the right."""
    size = font_size(ax)
    ax.set_title(left, loc="left", fontsize=size, pad=pad)
    room = 0.93 * side_inches(ax, "x") - inches_wide([left], size)
    for remark in right:
        if inches_wide([remark], 0.85 * size) < room:
            ax.set_title(remark, loc="right", fontsize=0.85 * size, color=shade(0.6), pad=pad)
            return


def colorbar(mappable: Any, ax: Any, label: str, *, counts: bool = False, **options: Any) -> Any:
    """A slim colour bar beside `ax`, or one for several axes; its label is broken into lines as long as the bar.

    `counts` has whole numbers at the ticks.
    """
    first = ax[0] if isinstance(ax, list) else ax
    size = font_size(first)
    ours = {} if "cax" in options else {"ax": ax, "fraction": 0.05, "pad": 0.02, "aspect": 25}
    bar = first.get_figure().colorbar(mappable, **ours | options)
    if counts:
        whole(bar.ax.yaxis if bar.orientation == "vertical" else bar.ax.xaxis, nbins=6)
    if "cax" not in options and not isinstance(ax, list):  # else how long the bar will be is not known yet
        side = side_inches(first, "x" if bar.orientation == "horizontal" else "y") * float(options.get("shrink", 1.0))
        label = wrap(label, 72 * 1.05 * side, size)
    bar.set_label(label, fontsize=size)
    bar.ax.tick_params(labelsize=0.9 * size)
    bar.outline.set_visible(False)
    return bar


def empty(ax: Any, why: str) -> Any:
    """A panel without data that says why, in words; labels of the axes stay."""
    size = font_size(ax)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_color(shade(0.2))
    options = {"ha": "center", "va": "center", "transform": ax.transAxes, "fontsize": size, "color": shade(0.6)}
    # room made for it on both sides of a narrow panel would make the panel narrower still
    text = ax.text(0.5, 0.5, why, gid=EMPTY, in_layout=False, **options)
    fit_empty(ax)
    return text


def fit_empty(ax: Any) -> None:
    """Break what `empty` says into lines that the panel holds, smaller if a call is longer; again at rest."""
    for text in ax.texts:
        if text.get_gid() != EMPTY:
            continue
        size, room = font_size(ax), 0.94 * side_inches(ax, "x")  # inches
        words = text.get_text().replace("\n", " ")
        words = re.sub(r"\(.*?\)", lambda call: call[0].replace(" ", "\u00a0"), words)  # a call is not broken in two
        longest = inches_wide(words.split(" "), size)
        size *= min(1.0, max(room / longest, 0.6))
        text.set(text=wrap(words, 72 * min(room, 60 * 0.62 * size / 72), size), fontsize=size)


def is_empty(ax: Any) -> bool:
    """Whether `empty` was drawn here."""
    return any(text.get_gid() == EMPTY for text in ax.texts)
