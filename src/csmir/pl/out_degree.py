"""Which miRNAs are on in which cells, and how strongly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError, run_first
from csmir.pl._kit import chance, style
from csmir.pl._kit.artist_options import merged
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import settle
from csmir.pl._kit.legends import legend_above, patch
from csmir.pl._kit.strips import MOST_COLUMNS, alike, averaged, hub_dots, strip
from csmir.pl._kit.ticks import NAMED, cell_ticks, name_ticks
from csmir.pl._kit.words import bare, count_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

VALUES = ("degree", "share", "on", "hub")
SHADED = ("degree", "share")  # in the colours of a scale
ORDERS = ("similar", "given")
N_TOP = 40
OFF, ON = 0.05, 0.7  # shades: no colour of a group, which stand above it


@fill
@on_ground
def out_degree(
    data: MuData | AnnData,
    mirna: str | Iterable[str] | None = None,
    *,
    value: str = "degree",
    n_top: int | None = N_TOP,
    groupby: str | None = None,
    order: str = "similar",
    cmap: Any = style.SEQUENTIAL,
    image_kws: Mapping[str, Any] | None = None,
    regulation: str = K.REGULATION,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw the number of targets of each miRNA in each cell, as a raster of miRNAs x cells.

    Pale grey is off: no target in that cell. With up to 40 cells a white dot marks the hub miRNAs of each cell.
    Requires :func:`csmir.tl.hubs`.

    Parameters
    ----------
    %(data)s
    mirna
        Rows: a miRNA or several, in this order. None takes the `n_top` with the most targets over all cells.
    value
        `"degree"` colours by the number of targets, `"share"` by the share of the miRNA's tested pairs that are targets
        (a miRNA with a long list has more of them in any network), `"on"` tells only whether there is any, `"hub"`
        whether the miRNA is a hub of the cell.
    n_top
        Number of rows; None takes every miRNA that has a target in some cell. The label says how many are left out.
    groupby
        Column of `.obs` of the networks: cells are sorted by it, and a strip above the raster tells the groups.
    order
        `"similar"` puts cells with similar columns side by side (leaves of an average-linkage tree; above 2,000 cells,
        decreasing totals), within each group; `"given"` leaves them as they are.
    cmap
        Colour map of the degree.
    image_kws
        Options of :meth:`matplotlib.axes.Axes.imshow`.
    %(regulation)s
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        :func:`csmir.tl.hubs` was not run.
    InputError
        There is no such miRNA or column, or an option has no effect here.

    Notes
    -----
    Above 600 cells a column is the mean of neighbouring cells, and the label says of how many. The colours end at the
    largest degree, or among many values at the 99th percentile of those above 0.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.hubs(mdata, regulation="truth")
    >>> ax = cs.pl.out_degree(mdata, n_top=10, regulation="truth")
    >>> len(ax.get_yticks())
    10
    """
    check.choice("value", value, VALUES)
    check.choice("order", order, ORDERS)
    if mirna is not None and n_top != N_TOP:
        raise InputError("`n_top` chooses rows where no `mirna` is named. Leave one of them out.")
    n_top = None if n_top is None else check.integer("n_top", n_top, low=1)
    adata = _mudata.read_regulation(data, regulation)
    degree, hub = _table(adata, K.Obsm.OUT_DEGREE), _table(adata, K.Obsm.HUB)
    drawn = _share(adata, degree) if value == "share" else degree
    rows, n_on = _rows(drawn, mirna, n_top)
    shown = (hub if value == "hub" else drawn).iloc[:, rows].to_numpy().T.astype(float)
    if value == "on":
        shown = (shown > 0).astype(float)
    groups = _groups(adata, groupby)
    cells = _cells(shown, groups, order)
    width = float(np.clip(2.6 + 0.2 * len(cells), 4.0, 7.0))
    longest = min(max(map(len, bare(adata.obs_names)[0])), 14) if len(cells) <= NAMED else 0
    height = float(np.clip(1.3 + 0.17 * len(rows), 2.0, 8.0)) + 0.08 * longest + 0.3 * (groups is not None)
    frame = open_axes(ax, figsize, (width, height), show=show, return_fig=return_fig, save=save, of=adata)
    ax = frame.ax
    style.dress(ax, xlabel="cells", ylabel="miRNAs")
    if not shown.any():
        style.empty(ax, "No cell has any interaction." if n_on == 0 else "None of these miRNAs is on in any cell.")
        return frame.close(title=title)
    picture = _raster(ax, shown[:, cells], value, cmap, image_kws)
    if value in SHADED:
        more = "max" if shown.max() > picture.norm.vmax else "neither"
        words = ("targets" if value == "degree" else "share of tested pairs") + " (blank: none)" * (not shown.all())
        style.colorbar(picture, ax, words, counts=value == "degree", extend=more)
    names = degree.columns[rows].tolist()
    name_ticks(ax, "y", names)
    settle(ax)
    cell_ticks(ax, "x", adata.obs_names[cells].tolist(), room=0.98)
    if groups is not None:
        style.dress(ax, xlabel=f"{ax.get_xlabel()}, by {groupby}")
    if len(cells) > MOST_COLUMNS:
        style.dress(ax, xlabel=f"{ax.get_xlabel()}; each column is a mean of {len(cells) / MOST_COLUMNS:.1f}")
    ax.tick_params(length=0)
    handles = _key(value)
    if value in SHADED and len(cells) <= NAMED:
        handles = hub_dots(ax, hub.iloc[cells, rows].to_numpy(dtype=bool).T)
    if groups is not None:
        handles += strip(ax, adata, groups.iloc[cells])
    legend_above(ax, handles)
    settle(ax)  # the legend and the strip took of the height
    named = name_ticks(ax, "y", names, room=len(rows) / abs(np.diff(ax.get_ylim())[0]))
    remark = chance.degrees(adata, degree)
    if remark:
        style.dress(ax, xlabel=f"{ax.get_xlabel()}\n{remark}")
    partly = mirna is None and len(rows) < n_on
    style.dress(ax, ylabel=f"{len(rows)} of {n_on:,} miRNAs" if partly else count_label("miRNAs", len(rows), named))
    return frame.close(title=title)


def _table(adata: AnnData, key: str) -> pd.DataFrame:
    if key not in adata.obsm:
        raise run_first("Out-degrees of the miRNAs are not there yet", "cs.tl.hubs(mdata)")
    return adata.obsm[key]


def _share(adata: AnnData, degree: pd.DataFrame) -> pd.DataFrame:
    """Targets over the pairs of the miRNA that were tested."""
    codes, names = _networks.sources(adata)
    tested = pd.Series(np.bincount(codes.ravel(), minlength=len(names)), index=names)
    return degree.div(tested.reindex(degree.columns.astype(str)).to_numpy(dtype=float), axis="columns")


def _rows(degree: pd.DataFrame, mirna: str | Iterable[str] | None, n_top: int | None) -> tuple[np.ndarray, int]:
    """Which miRNAs to draw from top to bottom, and how many have a target at all."""
    total = degree.to_numpy().sum(axis=0)
    n_on = int((total > 0).sum())
    if mirna is not None:
        names = check.words("mirna", mirna)
        if not names:
            raise InputError("`mirna` names no miRNA. Give at least one, or None for those with the most targets.")
        return _networks.positions("miRNA", pd.Index(degree.columns), names), n_on
    ranked = np.lexsort((degree.columns.to_numpy(dtype=str), -total))[:n_on]
    return ranked if n_top is None else ranked[:n_top], n_on


def _groups(adata: AnnData, groupby: str | None) -> pd.Series | None:
    if groupby is None:
        return None
    check.column_of_cells(adata.obs, groupby)
    return adata.obs[groupby]


def _cells(shown: np.ndarray, groups: pd.Series | None, order: str) -> np.ndarray:
    """Order of the cells: by group, and inside each group by likeness."""
    if groups is not None and pd.api.types.is_numeric_dtype(groups) and not pd.api.types.is_bool_dtype(groups):
        return np.argsort(groups.to_numpy(dtype=float), kind="stable")
    codes = np.zeros(shown.shape[1], int) if groups is None else groups.astype("category").cat.codes.to_numpy()
    parts = [np.flatnonzero(codes == code) for code in sorted(set(codes), key=lambda c: (c < 0, c))]
    if order == "similar":
        parts = [part[alike(shown[:, part])] for part in parts]
    return np.concatenate(parts)


def _raster(ax: Any, values: np.ndarray, value: str, cmap: Any, given: Any) -> Any:
    import matplotlib as mpl
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.image import AxesImage

    if value not in SHADED and cmap != style.SEQUENTIAL:
        raise InputError(f"`cmap` is of {check.listing(SHADED)}; value={value!r} has two shades. Leave `cmap` out.")
    n_rows, n_cells = values.shape
    values = averaged(values)
    if value in SHADED:
        colours: Any = mpl.colormaps[cmap] if isinstance(cmap, str) else cmap
        high = top_of_scale(values) if value == "degree" else float(values.max())
    else:
        colours = LinearSegmentedColormap.from_list("off to on", [style.shade(OFF), style.shade(ON)])
        high = 1.0
    defaults = {
        "cmap": colours.with_extremes(bad=style.shade(OFF)),
        "vmin": 0.0,
        "vmax": high,
        "aspect": "auto",
        "interpolation": "none",
        "extent": (-0.5, n_cells - 0.5, n_rows - 0.5, -0.5),
    }
    picture = ax.imshow(np.ma.masked_equal(values, 0), **merged("image_kws", defaults, given, AxesImage))
    for spine in ax.spines.values():
        spine.set_visible(False)
    return picture


def top_of_scale(degree: np.ndarray) -> float:
    """Where the colours end: at the largest degree, or among many values at the 99th percentile of those above 0."""
    on = degree[degree > 0]
    return float(np.percentile(on, 99) if len(on) > 5 * style.DRAWN else on.max(initial=1))


def _key(value: str) -> list[Any]:
    if value in SHADED:
        return []
    words = ("hub of the cell", "not") if value == "hub" else ("on: has targets", "off")
    return [patch(words[0], style.shade(ON)), patch(words[1], style.shade(OFF))]
