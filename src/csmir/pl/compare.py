"""The validated share of the networks beside that of others: paired lines, and brackets with the tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._docs import fill
from csmir.get.comparison import comparison
from csmir.pl._kit import chance, frames, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import inches_wide, settle
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.ticks import NAMED
from csmir.pl._kit.words import p_text, shorten, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INFERRED = "inferred"
SMALLEST = 5.0  # points
FEWEST = 6  # cells with a p; fewer have differences of one sign, whatever drives them, once in 16 times or more
NAMES = {
    "random": "random",
    "random_prior": "random\nof the prior",
    "random_degree": "random,\nsame degrees",
    "prior": "prior\nalone",
    "no_prior": "without\nprior",
}


@fill
@on_ground
def compare(
    data: MuData | AnnData,
    *,
    networks: str | Iterable[str] | None = None,
    regulation: str = K.REGULATION,
    line_kws: Mapping[str, Any] | None = None,
    marker_kws: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    r"""Draw the validated share of each cell's network beside that of random networks, the prior and others.

    A line joins the values of a cell; brackets hold the mean difference of the inferred networks from each of the
    others, in percentage points, and p of the paper's paired one-sided t-test over cells, of six or more. Where
    :func:`csmir.tl.compare`, which is required, was given the donors, they hold the mean difference over donors and its
    95 %% interval in its place. From 200 cells on violins take the place of the lines. Once :func:`csmir.tl.null` and,
    with the same truth, :func:`csmir.tl.validate` were run, a line across all is the validated share of what shuffled
    pairings give, and brackets hold its difference in the place of p: whatever lies there, a shuffle finds as well.
    Means and differences then weigh cells by their interactions, as the share of the shuffles does.

    Parameters
    ----------
    %(data)s
    networks
        Which of the compared networks to draw beside the inferred ones, in this order; None draws all, those with the
        largest share first.
    %(regulation)s
    line_kws, marker_kws
        Options of the lines (:class:`matplotlib.collections.LineCollection`) and of the dots
        (:meth:`matplotlib.axes.Axes.scatter`).
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.compare` was not run.
    InputError
        One of the `networks` was not compared.

    Notes
    -----
    The cells share their interactions and are not independent samples: p is far too small to be taken at its word, and
    networks of shuffled data have one as small. :func:`csmir.get.comparison` has it in every case. A cell with an empty
    network has no value and no dot; the label says how many cells have one.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.compare(mdata, mdata.uns["prior"].iloc[::2], against=["random", "prior"], regulation="truth")
    >>> ax = cs.pl.compare(mdata, regulation="truth")
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['inferred', 'prior\nalone', 'random']

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578.
    """
    table = comparison(data, regulation=regulation)
    tests = comparison(data, tests=True, regulation=regulation).set_index("network")
    order = [str(n) for n in tests.sort_values("mean_network", ascending=False, kind="stable").index]
    if networks is not None:
        wanted = check.words("networks", networks)
        _networks.positions("network of that name", pd.Index(order), wanted)
        order = wanted
    values = table.set_index(["cell", "network"])[K.Obs.PCT_VALIDATED].unstack("network")  # noqa: PD010
    values = values[[INFERRED, *order]]
    wide = 1.2 + 1.05 * (1 + len(order))
    of = _mudata.read_regulation(data, regulation)
    frame = frames.open_axes(ax, figsize, (wide, 3.8), show=show, return_fig=return_fig, save=save, of=of)
    ax = frame.ax
    n_known = int(values[INFERRED].notna().sum())
    style.dress(ax, ylabel="validated interactions (%)", grid="y")
    if n_known == 0:
        style.empty(ax, "no cell has an interaction: there is nothing to compare")
        return frame.close(title=title)
    shuffled = _shuffled(of, values[INFERRED])
    own = chance.by_interactions(of, values) if shuffled is not None and "n_samples" not in tests else None
    top = _draw_values(ax, values, values.mean() if own is None else own["data"], line_kws, marker_kws)
    if shuffled is not None:
        look: dict[str, Any] = {"color": style.ink(), "linewidth": 1, "linestyle": (0, (4, 2)), "zorder": 1.5}
        ax.axhline(shuffled, gid="csmir-null", **look)
        top = max(top, shuffled)
    settle(ax)  # what is measured from here on is what will be drawn
    size = 0.9 * font_size(ax)
    labels = [INFERRED, *(NAMES.get(n, shorten(n, 24)) for n in order)]
    widths = [inches_wide(label.split("\n"), size) for label in labels]
    closest = max((a + b) / 2 for a, b in pairwise(widths)) if len(widths) > 1 else 0
    level = 1.08 * closest * (len(labels) + 0.2) < side_inches(ax, "x")
    if not level:
        labels = [label.replace("\n", " ") for label in labels]
    slant: dict[str, Any] = {} if level else {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(values.shape[1]), labels, fontsize=size, **slant)
    ax.set_xlim(-0.6, values.shape[1] - 0.4)
    lacking = f" of {len(values):,}" if n_known < len(values) else ""
    cells = f"{n_known:,}{lacking} cell{'s' * (len(values) > 1)}"
    first, second = f"{cells}; mean difference in points,", "paired t-test over cells, which share interactions"
    if shuffled is not None:
        first, second = f"{cells} by interactions; difference,", "in brackets that of shuffled pairings"
    elif n_known < FEWEST:
        second = "of too few cells for a test"
    if "n_samples" in tests:
        n_donors = int(tests["n_samples"].max())
        first, second = f"{cells} of {n_donors:,} samples; mean difference", "over samples in points, 95 % interval"
    size = 0.85 * font_size(ax)
    fits = level and inches_wide([f"{first} {second}"], size) < side_inches(ax, "x")
    if inches_wide([second], size) > side_inches(ax, "x"):
        second = second.replace(", ", ",\n")
    below = "" if shuffled is None else f"\ndashed: when shuffled, {shuffled:.1f} %"
    ax.set_xlabel(f"{first}{' ' if fits else chr(10)}{second}{below}", fontsize=size, color=style.shade(0.6))
    findings = [_finding(row, n_known) for _, row in tests.loc[order].iterrows()]
    if own is not None and shuffled is not None:
        ours, theirs = own["data"][INFERRED] - own["data"], shuffled - own["null"]
        findings = [f"{signed(ours[name])} ({signed(theirs[name])})" for name in order]
    _brackets(ax, findings, top)
    return frame.close(title=title)


def _shuffled(adata: AnnData, inferred: pd.Series) -> float | None:
    """Validated share of what shuffled pairings give, if the pairs are marked by the truth that was compared with."""
    share = chance.validated(adata)
    own = adata.obs.get(K.Obs.PCT_VALIDATED)
    if share is None or own is None:
        return None
    same = np.allclose(own.reindex(inferred.index).to_numpy(dtype=float), inferred, rtol=0, atol=1e-3, equal_nan=True)
    return share if same else None


def _draw_values(ax: Any, values: pd.DataFrame, means: pd.Series, line_kws: Any, marker_kws: Any) -> float:
    """Lines and dots, or violins, and lines at the means; returns the largest value."""
    from matplotlib.collections import LineCollection, PathCollection

    columns = [values.iloc[:, i].dropna().to_numpy() for i in range(values.shape[1])]
    ink = [style.DATA] + [style.null()] * (len(columns) - 1)
    n = len(values)
    if n > style.DRAWN:
        for i, (column, colour) in enumerate(zip(columns, ink, strict=True)):
            _violin(ax, i, column, colour)
    else:
        aside = np.linspace(-0.12, 0.12, n) if n > 1 else np.zeros(1)  # so that no cell hides another
        paths = [
            np.column_stack([np.arange(len(row)) + a, row]) for row, a in zip(values.to_numpy(), aside, strict=True)
        ]
        paths = [p[~np.isnan(p[:, 1])] for p in paths]
        faint = float(np.clip(6 / n, 0.12, 0.6))
        ours = {"colors": style.shade(7 / 15), "linewidths": 0.7, "alpha": faint, "zorder": 1}
        ax.add_collection(LineCollection(paths, **merged("line_kws", ours, line_kws, LineCollection)))
        for i, colour in enumerate(ink):
            known = values.iloc[:, i].notna().to_numpy()
            marks = {"c": colour, "s": 14 if n <= NAMED else 6, "linewidths": 0, "zorder": 2, "alpha": style.sheer(0.8)}
            marks = merged("marker_kws", marks, marker_kws, PathCollection)
            ax.scatter(i + aside[known], values.iloc[:, i].to_numpy()[known], **marks)
    for i, column in enumerate(columns):
        if len(column):
            ax.hlines(means.iloc[i], i - 0.22, i + 0.22, color=style.ink(), linewidth=1.4, zorder=3, gid="mean")
    return max(float(c.max()) for c in columns if len(c))


def _violin(ax: Any, at: int, column: np.ndarray, colour: str) -> None:
    """The distribution over the cells; of equal values there is none, and the mean's line says it all."""
    if len(column) < 2 or np.ptp(column) < 1e-9:
        return
    for body in ax.violinplot([column], positions=[at], widths=0.75, showextrema=False)["bodies"]:
        body.set_facecolor(colour)
        body.set_alpha(0.6)
        body.set_linewidth(0)


def _brackets(ax: Any, texts: list[str], top: float) -> None:
    """From the inferred networks to each of the others, the nearest lowest."""
    ax.set_ylim(0, max(top, 1e-9))
    settle(ax)
    size = 0.85 * font_size(ax)
    line = 72 * side_inches(ax, "y")  # points
    # a bracket, its text and the gap to the next: close together in a low panel, but never too small to read
    each = max(min(2.1 * size, 0.65 * line / (len(texts) + 0.5)), 1.75 * SMALLEST)
    size = min(size, each / 1.75)
    ceiling = max(top, 1e-9) / max(1 - each * (len(texts) + 0.5) / line, 0.15)
    point = ceiling / line
    for i, text in enumerate(texts, start=1):
        y = top + ((i - 1) * each + 0.25 * each + 2) * point
        foot = min(3.0, 0.18 * each) * point
        ax.plot([0, 0, i, i], [y - foot, y, y, y - foot], color=style.ink(), linewidth=0.8, gid="bracket")
        place = {"textcoords": "offset points", "ha": "left", "va": "bottom"}
        ax.annotate(text, (0, y), xytext=(2, 1.2), fontsize=size, gid="test", in_layout=False, **place)
    ax.set_ylim(0, ceiling)
    ax.set_yticks([tick for tick in ax.get_yticks() if 0 <= tick <= min(100, ceiling)])


def _finding(row: pd.Series, n_cells: int) -> str:
    """The difference with its interval over donors, or with the paired test over cells."""
    if "n_samples" in row:
        if np.isnan(row["sample_low"]):
            return f"{signed(row['sample_difference'])}, one sample"
        return f"{signed(row['sample_difference'])} ({signed(row['sample_low'])} to {signed(row['sample_high'])})"
    # cells share interactions, so that their number says little: a p of 1e-300 would claim what is not known
    p = "p < 0.001" if row["pvalue"] < 0.001 else p_text(row["pvalue"])
    return f"{signed(row['difference'])}, {p if n_cells >= FEWEST else 'not tested'}"
