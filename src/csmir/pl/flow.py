"""From miRNAs over their targets to the gene sets these are enriched in."""

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
from csmir.get.enrichment import enrichment
from csmir.pl._kit import flows, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.columns import DASHES, blank, note, places
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import inches_wide, settle
from csmir.pl._kit.legends import dot
from csmir.pl._kit.sizes import font_size, side_inches
from csmir.pl._kit.words import common_prefix, directed, shorten, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEADS = ("miRNAs", "targets", "gene sets")
LINE, MANY = 1.0, 60  # points, along the middle of a ribbon; thinner for more ribbons than these


@fill
@on_ground
def flow(
    data: MuData | AnnData,
    *,
    query: str | int | Iterable[str | int] | None = None,
    alpha: float | None = 0.05,
    n_sets: int = 6,
    n_mirnas: int | None = None,
    n_mrnas: int | None = None,
    key: str = K.Table.ENRICHMENT,
    regulation: str = K.REGULATION,
    ribbon_kws: Mapping[str, Any] | None = None,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw which miRNAs act on which genes of which enriched gene sets, as a flow from left to right.

    A ribbon from a miRNA to a target is as wide as the number of cells that have the interaction; what flows through a
    target is shared evenly among its gene sets. Where the direction is known (by :func:`csmir.tl.sign`, or the local
    test), repression is blue with a whole line along its middle, and activation red with a dashed one, which a ribbon
    of any width shows in grey print too. Requires :func:`csmir.tl.enrich`.

    Parameters
    ----------
    %(data)s
    query
        Only the gene sets of these modules, cells, miRNAs, ... (a name or several). None takes all miRNAs if they were
        asked for, else the query with the smallest q.
    alpha
        Only gene sets with q < `alpha`; None takes those with the smallest q whatever it is.
    n_sets, n_mirnas, n_mrnas
        Most gene sets (those with the smallest q), miRNAs (those with the most interactions in them) and targets (those
        in the most of the sets, then with the most interactions); the line below says of how many. None takes 8 miRNAs
        and 20 targets, and fewer where more than 60 ribbons would run between them.
    key
        Name of the table: `"enrichment"`, or the `key_added` that was given.
    %(regulation)s
    ribbon_kws
        Options of the ribbons, :class:`matplotlib.patches.PathPatch`.
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        There is no such table yet.
    InputError
        There is no such query, or the table or the networks are not of miRNAs and their targets.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> sets = {"first": mdata["mrna"].var_names[:20], "second": mdata["mrna"].var_names[20:40]}
    >>> cs.tl.enrich(mdata, sets, of="mirnas", share=0, alpha=None, regulation="truth")
    >>> ax = cs.pl.flow(mdata, alpha=None, regulation="truth")
    >>> [text.get_text() for text in ax.texts if text.get_gid() == "csmir-head"]
    ['miRNAs', 'targets', 'gene sets']

    References
    ----------
    Riehmann P et al. (2005), IEEE Symposium on Information Visualization, 233 (flows of this kind).
    """
    n_sets = check.integer("n_sets", n_sets, low=1)
    n_mirnas = None if n_mirnas is None else check.integer("n_mirnas", n_mirnas, low=1)
    n_mrnas = None if n_mrnas is None else check.integer("n_mrnas", n_mrnas, low=1)
    alpha = None if alpha is None else check.number("alpha", alpha, low=0, high=1, low_open=True)
    adata = _mudata.read_regulation(data, regulation)
    table = enrichment(adata, query=query, key=key)
    if flows.SET not in table or _mudata.one_kind(adata):
        what = f"the table {key!r} has no gene sets" if flows.SET not in table else "these networks have no targets"
        raise InputError(f"A flow goes from miRNAs over targets to gene sets; {what}. Draw it with cs.pl.enrich.")
    noted = adata.uns[K.UNS].get(f"{key}_parameters", {})
    shown, sets, n_all = _chosen(table, query, alpha, n_sets, noted)
    whole = flows.links(adata, shown, noted)
    found = flows.fewest(whole, n_mirnas, n_mrnas)
    rows = max(found.pairs[K.Var.MRNA].nunique(), 3)
    size = (7.0, float(np.clip(1.8 + 0.2 * rows, 2.8, 8)))
    frame = open_axes(ax, figsize, size, show=show, return_fig=return_fig, save=save, of=adata)
    ax = frame.ax
    style.dress(ax)
    if found.pairs.empty:
        style.empty(ax, _why(table, alpha))
        return frame.close(title=title)
    words = found.pairs.get(K.Var.DIRECTION)
    colours = flows.inks()
    there = [] if words is None else [w for w in colours if w in set(words)]
    blank(ax, [dot(directed(w), colours[w], marker="", linestyle=DASHES.get(w, "-"), linewidth=LINE) for w in there])
    parts = flows.columns(found, sets)
    _names(ax, parts)
    _ribbons(ax, parts, found, words, ribbon_kws)
    n_drawn = [f"{len(part.names):,} of {n:,} {head}" for part, n, head in zip(
        parts, (whole.pairs[K.Var.MIRNA].nunique(), whole.pairs[K.Var.MRNA].nunique(), n_all), HEADS, strict=True
    ) if len(part.names) < n]  # fmt: skip
    prefix = common_prefix(parts[2].names)
    named = [f"gene sets: {shorten(prefix, 24)}…"] if prefix else []
    note(ax, [_whose(shown, noted), "width: cells with the interaction", *n_drawn, *named])
    return frame.close(title=title)


def _chosen(
    table: pd.DataFrame, query: Any, alpha: float | None, n_sets: int, noted: Mapping[str, Any]
) -> tuple[pd.DataFrame, list[str], int]:
    """Rows of the gene sets to draw, these sets with the smallest q first, and how many there are."""
    table = table[table["overlap"] > 0].dropna(subset="qvalue")
    table = table if alpha is None else table[table["qvalue"] < alpha]
    if query is None and noted.get("of") != "mirnas" and len(table):
        first = table["query"].astype(str).to_numpy()[table["qvalue"].to_numpy().argmin()]
        table = table[table["query"].astype(str) == first]
    best = table.groupby(table[flows.SET].astype(str))["qvalue"].min().sort_values(kind="stable")
    sets = best.index[:n_sets].to_list()
    return table[table[flows.SET].astype(str).isin(sets)], sets, len(best)


def _why(table: pd.DataFrame, alpha: float | None) -> str:
    """Why nothing is drawn."""
    if table.empty or alpha is None:
        return "no gene set shares a gene with an interaction"
    return f"no gene set has q < {alpha:g}; the smallest q is {table['qvalue'].min():.2g}"


def _whose(shown: pd.DataFrame, noted: Mapping[str, Any]) -> str:
    """Whose targets these are."""
    names = list(dict.fromkeys(shown["query"].astype(str)))
    if noted.get("of") == "mirnas":
        return "gene sets of single miRNAs' targets"
    what = "module" if noted.get("of") == "modules" else "targets of"
    return f"{what} {check.listing(names, 3)}"


def _names(ax: Any, parts: list[flows.Column]) -> None:
    """Nodes and their names: outside the first and last column, and left of the targets."""
    from matplotlib.patches import Rectangle

    settle(ax)
    size = 0.85 * font_size(ax)
    height, width = (72 * side_inches(ax, axis) for axis in ("y", "x"))  # points
    prefix = common_prefix(parts[2].names)
    most = (18, 14, 26) if width > 300 else (14, 10, 14)
    full = [p.names if k < 2 else [n[len(prefix) :].replace("_", " ") for n in p.names] for k, p in enumerate(parts)]
    texts = [shortened(*each) for each in zip(full, most, strict=True)]
    head = 2.2 * size / height
    wide = [72 * inches_wide([*texts[k], HEADS[k]], size) + 9 for k in (0, 2)]
    inner = max(width - sum(wide), 0.3 * width)
    ax.set_xlim(-2 * wide[0] / inner, 2 + 2 * wide[1] / inner)
    ax.set_ylim(1 + head / 2, -1.3 * head)
    scale = (1 + 1.8 * head) / height  # of a point
    fills = (style.MIRNA, style.MRNA, style.shade(0.55))
    for k, (part, names) in enumerate(zip(parts, texts, strict=True)):
        high = part.stop - part.start
        for start, tall in zip(part.start, high, strict=True):
            ax.add_patch(
                Rectangle((k - flows.WIDE / 2, start), flows.WIDE, tall, color=fills[k], linewidth=0, zorder=3)
            )
        own = min(size, 1 / (1.15 * scale * max(len(names), 1)))
        align, shift = (("right", -5), ("right", -5), ("left", 5))[k]
        place: dict[str, Any] = {"textcoords": "offset points", "ha": align, "va": "center", "in_layout": False}
        place |= {"annotation_clip": False, "zorder": 4}
        if k == 1:
            place["bbox"] = {"facecolor": style.shade(0), "alpha": 0.65, "edgecolor": "none", "pad": 0.6}
        middle = flows.apart((part.start + part.stop) / 2, 1.15 * own * scale)
        for y, name in zip(middle, names if own >= 5 else [], strict=False):
            ax.annotate(name, (k, y), xytext=(shift, 0), fontsize=own, gid="csmir-name", **place)
        over: dict[str, Any] = {
            "ha": ("right", "center", "left")[k],
            "xytext": ((-5, 0, 5)[k], 0),
            "color": style.shade(0.6),
        }
        over |= {"fontsize": size, "gid": "csmir-head", "bbox": None}
        ax.annotate(HEADS[k], (k, -0.8 * head), **place | over)


def _ribbons(
    ax: Any, parts: list[flows.Column], found: flows.Links, words: pd.Series | None, given: Mapping[str, Any] | None
) -> None:
    """Interactions left, members of the gene sets right."""
    from matplotlib.patches import PathPatch
    from matplotlib.transforms import Affine2D

    pairs, members = found
    through = pairs.groupby(K.Var.MRNA)[flows.N_CELLS].sum()
    each = (through[members[K.MRNA]].to_numpy() / members.groupby(K.MRNA)[flows.SET].transform("size")).to_numpy()
    grey, colours = style.shade(0.45), flows.inks()
    inks = [grey] * len(pairs) if words is None else [colours[w] for w in words]
    ways = [None] * len(pairs) if words is None else list(words)
    wide = LINE * float(np.clip(MANY / max(len(pairs), 1), 0.55, 1))
    sides = (
        (0, pairs[K.Var.MIRNA], pairs[K.Var.MRNA], pairs[flows.N_CELLS].to_numpy(dtype=float), inks, ways),
        (1, members[K.MRNA], members[flows.SET], each, [grey] * len(members), [None] * len(members)),
    )
    for k, a, b, weight, ink, way in sides:
        i, j = places(parts[k].names, a), places(parts[k + 1].names, b)
        look = {
            "alpha": 0.45 if words is None or k else 0.28,  # below the lines along them
            "linewidth": 0,
            "zorder": 1,
            "gid": ("csmir-acts", "csmir-in")[k],
        }
        for path, colour, word in zip(flows.ribbons(parts[k], parts[k + 1], i, j, weight), ink, way, strict=True):
            place = Affine2D().translate(k, 0)
            options = merged("ribbon_kws", look | {"facecolor": colour}, given, PathPatch)
            ax.add_patch(PathPatch(path.transformed(place), **options))
            if word is not None:
                line: dict[str, Any] = {"edgecolor": colour, "linewidth": wide, "linestyle": DASHES.get(word, "-")}
                line |= {"facecolor": "none", "zorder": 1.5, "gid": "csmir-way"}
                ax.add_patch(PathPatch(flows.middle(path).transformed(place), **line))
