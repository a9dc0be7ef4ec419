"""A miRNA family: how far apart the cells are in what it does, and its conserved and rewired targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir.get.family import family as table_of
from csmir.pl._kit import chance, frames, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import settle, wrap
from csmir.pl._kit.legends import legend
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.square import Scale, outlined
from csmir.pl._kit.ticks import cell_ticks, name_ticks, whole
from csmir.pl._kit.words import bare, common_prefix, count_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TARGETS = "targets"
WORDS = {
    "n_interactions": "interactions", "n_targets": TARGETS,
    K.Obs.PCT_VALIDATED: "validated (%)", K.Obs.PCT_DISEASE: "disease-related (%)",
}  # fmt: skip
SQUARES = 60  # cells whose squares are drawn one by one
LOWEST_ROW = 1.5  # inches
SHIFTS = {K.CONSERVED: 0.2, K.REWIRED: -0.2}  # of the bars of a miRNA
BAR_ROW = 0.1  # of a row, for the bars of a miRNA below the matrices
WIDE = 5.0  # inches; narrower figures have the bars below the matrices
NARROW = 1.6  # inches of a panel that has no room for words in its corner


@fill
@on_ground
def family(
    data: MuData | AnnData,
    *,
    family: str | None = None,
    measures: str | Iterable[str] | None = None,
    alpha: float = 0.05,
    cmap: str = style.SEQUENTIAL,
    regulation: str = K.REGULATION,
    square_kws: Mapping[str, Any] | None = None,
    bar_kws: Mapping[str, Any] | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> dict[str, Axes] | Figure:
    """Draw how differently a miRNA family acts in every two cells, and its conserved and rewired targets.

    One matrix for each measure: a square for every two cells in the colour of the Kolmogorov-Smirnov statistic (0: the
    runs of both are alike, 1: they are apart), empty where p > `alpha`. Then bars: conserved and rewired interactions
    of each member of the family. Requires :func:`csmir.tl.family`.

    Parameters
    ----------
    %(data)s
    family
        Name of the family; None if there is only one.
    measures
        Any of `"n_interactions"`, `"n_targets"`, `"pct_validated"`, `"pct_disease"`; None takes all that were counted.
    alpha
        Squares above this p are empty.
    cmap
        Colour map of the statistic.
    %(regulation)s
    square_kws, bar_kws
        Options of the squares (patches; of the image for more than 60 cells) and of the bars.
    %(panels)s

    Returns
    -------
    Axes by measure, and `"targets"` for the bars; or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.family` was not run.
    InputError
        There is no such family or measure, or several families and none was named.

    Notes
    -----
    Two cells without values to test have a grey cross. p compares runs over the same few cells, so that most pairs of
    cells have a small one with or without regulation; the number in shuffled pairings stands below it. A black mark on
    a bar is the mean of shuffled pairings, where :func:`csmir.tl.null` was run since the rule of conservation changed.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.conservation(mdata, regulation="truth")
    >>> cs.tl.family(mdata, list(mdata["mirna"].var_names[:4]), regulation="truth")
    >>> sorted(cs.pl.family(mdata, regulation="truth"))
    ['ks', 'targets']

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578.
    """
    alpha = check.number("alpha", alpha, low=0, high=1, low_open=True)
    adata = _mudata.read_regulation(data, regulation)
    targets = table_of(data, TARGETS, family=family, regulation=regulation)
    tests = table_of(data, "ks", family=family, regulation=regulation)
    counted = table_of(data, "counts", family=family, regulation=regulation)
    by_chance = pd.DataFrame({"measure": []})
    if K.Table.FAMILY_SHUFFLED in adata.uns[K.UNS]:
        by_chance = table_of(data, "shuffled", family=family, regulation=regulation)
    n_runs = int(counted["run"].max()) + 1 if len(counted) else 1
    names = counted["family"].astype(str).unique()
    if len(names) > 1:
        raise InputError(f"There are several families: {check.listing(names)}. Name one with `family=`.")
    there = [m for m in WORDS if m in counted and counted[m].notna().any()]
    wanted = there if measures is None else check.words("measures", measures)
    wanted = [check.choice("measures", word, there) for word in wanted]
    panels = [*(wanted if len(tests) else ["ks"]), TARGETS]
    n = len(panels) - 1
    size = (min(n, 2) * 2.9 + 2.8, 0.5 + 2.8 * -(-n // 2))
    frame = frames.open_figure(figsize, size, show=show, return_fig=return_fig, save=save, of=adata)
    below = 0.0 if frame.fig.get_figwidth() >= WIDE else max(1.0, BAR_ROW * targets["mirna"].nunique() + 0.4)
    frame.at_least(LOWEST_ROW * (-(-n // 2) + (below > 0)))
    axes = _axes(frame.fig, panels, below)
    scale = Scale.of([np.array([[0.0, 0.0], [1.0, 0.0]])], cmap, 0.0, 1.0)
    for word in panels[:-1]:
        if word == "ks":
            style.heading(axes["ks"], "Kolmogorov-Smirnov")
            style.empty(axes["ks"], "one run for each cell: no distributions to compare (cs.pp.bootstrap_cells)")
        else:
            part = tests[(tests["measure"].astype(str) == word).to_numpy()]
            _matrix(axes[word], part, adata.obs_names, WORDS[word], alpha, scale, square_kws)
            same = by_chance[(by_chance["measure"].astype(str) == word).to_numpy()]
            _tell(axes[word], part["pvalue"], same, alpha, n_runs)
    if len(tests):
        for word in panels[:-1][-2:]:
            told = axes[word].get_xlabel()
            words = "\n".join(filter(None, [_cells(adata.obs_names, axes[word]), told]))
            axes[word].set_xlabel(words, fontsize=(0.8 if told else 0.9) * font_size(axes[word]))
        drawn = [axes[word] for word in panels[:-1]]
        slim: dict[str, Any] = {"location": "bottom", "shrink": 0.6, "fraction": 0.06, "aspect": 30}
        style.colorbar(scale.mappable(), drawn, f"KS statistic (empty: p > {alpha:g})", **slim)
    _bars(axes[TARGETS], targets, adata, bar_kws)
    return frame.close(axes, title=names[0] if title is None else title)


def _axes(fig: Any, names: list[str], below: float) -> dict[str, Any]:
    """Matrices in two columns, the bars beside them or, in a narrow figure, in so many rows below."""
    n = len(names) - 1
    columns = min(n, 2)
    rows = -(-n // columns)
    heights = [1.0] * rows + [below] * (below > 0)
    grid = fig.add_gridspec(len(heights), columns + (not below), height_ratios=heights)
    bars = grid[rows, :] if below else grid[:, columns]
    axes = {name: fig.add_subplot(grid[i // columns, i % columns]) for i, name in enumerate(names[:-1])}
    return axes | {names[-1]: fig.add_subplot(bars)}


def _cells(cells: pd.Index, ax: Any) -> str:
    """What the names at the ticks leave out, or the number of cells where there are none."""
    pattern, named = bare(cells)[1], len(ax.get_xticks()) > 0
    return count_label("cells", len(cells), named) + (f" ({pattern})" if pattern and named else "")


def _matrix(ax: Any, tests: pd.DataFrame, cells: pd.Index, word: str, alpha: float, scale: Scale, options: Any) -> None:
    """Squares above the diagonal, or an image of them."""
    n = len(cells)
    a, b = (cells.get_indexer(pd.Index(tests[c].astype(str))) for c in ("cell_a", "cell_b"))
    row, column = np.minimum(a, b), np.maximum(a, b)
    statistic, p = tests["statistic"].to_numpy(dtype=float), tests["pvalue"].to_numpy(dtype=float)
    known = ~np.isnan(p)
    apart = known & (p <= alpha)
    ax.set_xlim(-0.6, n - 0.4)
    ax.set_ylim(n - 0.4, -0.6)
    if n <= SQUARES:
        outlined(ax, row, column, np.where(apart, statistic, np.nan), known, scale, options)
    else:
        image = np.full((n, n), np.nan)
        image[row[apart], column[apart]] = statistic[apart]
        ours = {"cmap": scale.cmap, "norm": scale.norm, "interpolation": "nearest", "rasterized": True}
        ax.imshow(image, **ours | dict(options or {}))
    ax.set_aspect("equal")
    style.dress(ax)
    ax.spines[:].set_visible(False)
    ax.xaxis.tick_top()
    ax.yaxis.tick_right()
    ax.tick_params(length=0, pad=1)
    cell_ticks(ax, "y", cells, label=False)
    cell_ticks(ax, "x", cells, label=False)
    style.heading(ax, word)
    ax.xaxis.set_label_position("bottom")


def _tell(ax: Any, p: pd.Series, shuffled: pd.DataFrame, alpha: float, n_runs: int) -> None:
    """How many pairs of cells have a small p, over what, and how many in shuffled pairings."""
    small = f"{(p <= alpha).sum():,} of {p.notna().sum():,} pairs have\np ≤ {alpha:g} over {n_runs:,} runs"
    if len(shuffled):
        per_shuffle = (shuffled["pvalue"] <= alpha).groupby(shuffled["shuffle"]).sum()
        small += f"\n(when shuffled: {per_shuffle.mean():,.0f})"
    else:
        small += "\n(not shuffled)"
    size = 0.8 * font_size(ax)
    if side_inches(ax, "x") < NARROW:  # it would lie on the squares
        ax.set_xlabel(small, fontsize=size)
    else:
        ax.text(0.0, 0.0, small, transform=ax.transAxes, fontsize=size, va="bottom", gid="summary")


def _bars(ax: Any, targets: pd.DataFrame, adata: AnnData, options: Any) -> None:
    """Conserved and rewired interactions of each miRNA of the family, and how many are so when shuffled."""
    from matplotlib.patches import Rectangle

    style.dress(ax, grid="x")
    if not targets["conservation"].isin([K.CONSERVED, K.REWIRED]).any():
        what = f"none of {len(targets):,} interactions is conserved or rewired" if len(targets) else "no interactions"
        style.heading(ax, "conserved and rewired")
        style.empty(ax, what)
        return
    counted = pd.crosstab(targets["mirna"].astype(str), targets["conservation"].astype(str))
    counted = counted.reindex(columns=[K.CONSERVED, K.REWIRED], fill_value=0)
    counted = counted.loc[counted.sum(axis=1).sort_values(kind="stable").index]
    for kind, shift in SHIFTS.items():
        ours: dict[str, Any] = {"color": style.of_conservation()[kind], "hatch": style.HATCH.get(kind), "height": 0.38}
        ours |= {"edgecolor": style.shade(0), "linewidth": 0, "label": f"{kind} ({counted[kind].sum():,})"}
        ax.barh(np.arange(len(counted)) + shift, counted[kind], **merged("bar_kws", ours, options, Rectangle))
    shuffled = chance.mark_classes(ax, adata, counted.index, SHIFTS).split("\n")
    room = 72 * max(side_inches(ax, "x"), 1.2)
    below = "\n".join(wrap(part, room, font_size(ax)) for part in shuffled)
    style.dress(ax, xlabel=f"interactions\n(of {len(targets):,} in any cell)\n{below}".rstrip(), ylabel=" ", grid="x")
    whole(ax.xaxis)
    spare = max(3 - len(counted), 0) / 2
    ax.set_ylim(-0.6 - spare, len(counted) - 0.4 + spare)
    legend(ax, where="above", handlelength=0.8, handletextpad=0.4, columnspacing=0.9)
    settle(ax)  # matrices, legend and label took of the height, and the title will
    prefix = common_prefix(counted.index)
    named = name_ticks(ax, "y", [str(n)[len(prefix) :] for n in counted.index], limit=80, room=0.9)
    style.dress(ax, ylabel=f"{prefix}…" * bool(prefix) if named else count_label("miRNAs", len(counted), named))
