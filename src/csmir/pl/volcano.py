"""Which interactions more cells of one group have, by scanpy's test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError, run_first
from csmir._log import logger
from csmir.get.edges import knows_direction, pair_signs, signed
from csmir.pl._kit import style, volcanoes
from csmir.pl._kit.frames import open_axes
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.labels import name_points, wrap
from csmir.pl._kit.sizes import font_size, panel_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

X = ("share", "score", "logfoldchange")
YLABEL = "scanpy's adjusted p (cells as replicates)"
COLUMN = {"score": "scores", "logfoldchange": "logfoldchanges"}


@fill
@on_ground
def volcano(
    data: MuData | AnnData,
    group: str | None = None,
    *,
    x: str = "share",
    alpha: float = 0.05,
    n_names: int = 8,
    key: str = "rank_genes_groups",
    point_kws: Mapping[str, Any] | None = None,
    regulation: str = K.REGULATION,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    """Draw the differential regulation of a group of cells: how much more often it has a pair, against scanpy's p.

    Each point is a (miRNA, mRNA) pair, hollow where it goes together (activation): by its mean correlation after the
    local test, else as :func:`csmir.tl.sign` says, if it was run. Differential regulation is scanpy's test on the
    networks, with interactions in place of genes: `sc.tl.rank_genes_groups(mdata["regulation"], "group",
    method="wilcoxon")`. The fold change in its table is made for logged expression and means nothing for z, so the
    default x is what a reader asks for: the share of the group's cells that have the interaction, less that of the
    cells it was compared with, in percentage points.

    Parameters
    ----------
    %(data)s
    group
        Group of cells, as scanpy's result names it. None takes the only one, or an error lists them.
    x
        `"share"`; or `"score"` (z or t of the test) or `"logfoldchange"` out of scanpy's table.
    alpha
        Level of scanpy's adjusted p below which pairs are coloured.
    n_names
        Number of pairs to name, smallest p first, as far as there is room; only pairs below `alpha`.
    key
        Where scanpy put its result, in `.uns`.
    point_kws
        Options of :meth:`matplotlib.axes.Axes.scatter`.
    %(regulation)s
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    StepError
        There is no result of scanpy under `key`.
    InputError
        The result has no p-values (`method="logreg"`), is not of these networks, or lacks the group.

    Notes
    -----
    Scanpy's p-values do not hold on networks, and the log says so: it takes cells for replicates, while networks of
    neighbouring cells rest on the same data, and random halves of the same samples differ by it. The picture describes;
    :func:`csmir.tl.differential` tests. Groups that were made from the networks themselves (their clusters) use the
    data twice on top of that. Scores of correlations are turned by the sign of the pair: more repression is more.
    An adjusted p of 0 is drawn at the smallest one above 0. Names are placed for the size that the axes have at
    the time: among other panels, draw this one last.

    Examples
    --------
    >>> import csmir as cs
    >>> import scanpy as sc
    >>> mdata = cs.datasets.simulated(n_cells=60)
    >>> truth = mdata["truth"]
    >>> truth.obs["group"] = mdata.obs["group"]
    >>> sc.tl.rank_genes_groups(truth, "group", method="wilcoxon")
    >>> ax = cs.pl.volcano(mdata, truth.obs["group"].cat.categories[0], regulation="truth")
    >>> ax.get_ylabel()
    "scanpy's adjusted p (cells as replicates)"
    """
    check.choice("x", x, X)
    alpha = check.number("alpha", alpha, low=0, high=1, low_open=True, high_open=True)
    n_names = check.integer("n_names", n_names, low=0)
    adata = _mudata.read_regulation(data, regulation)
    result = _result(adata, key)
    group = _group(result, group, key)
    table = _table(adata, result, group, x)
    against = str(result["params"]["reference"])
    logger.warning(
        "volcano: scanpy's p-values do not hold on networks: it takes cells for replicates, whose networks rest on the "
        "same data. Test with cs.tl.differential(mdata, groupby=..., group=..., sample='donor') and draw that with "
        "cs.pl.differential"
    )
    frame = open_axes(ax, figsize, (5.2, 4.0), show=show, return_fig=return_fig, save=save, of=adata)
    ax = frame.ax
    other = "the other cells" if against == "rest" else against
    words = {
        "share": f"share of cells with the pair: {group} less {other}",
        "score": "score",
        "logfoldchange": "log2 fold change of z",
    }
    below = wrap(words[x], 72 * 0.78 * panel_width(ax), font_size(ax))
    style.dress(ax, xlabel=below, ylabel=YLABEL, grid="both")
    if table.empty:
        style.empty(ax, "No pair has a q-value: the networks are empty, or alike in every cell.")
    else:
        volcanoes.draw(
            ax, table, alpha, point_kws, words=("more in the group", "less in the group"), shares=x == "share",
            level="adjusted p",
        )  # fmt: skip
        best, names = volcanoes.names(table[table["q"] < alpha], n_names)
        name_points(ax, best["x"].to_numpy(), best["y"].to_numpy(), names, fontsize=0.8 * font_size(ax))
    return frame.close(title=f"{group} against {other}" if title is None else title)


def _result(adata: AnnData, key: str) -> Any:
    result = adata.uns.get(key)
    if not isinstance(result, Mapping) or "names" not in result or "params" not in result:
        raise run_first(
            f"There is no differential regulation under {key!r} yet",
            "sc.tl.rank_genes_groups(mdata['regulation'], groupby, method='wilcoxon')",
        )
    if "pvals_adj" not in result:
        method = str(result["params"].get("method"))
        raise InputError(f"scanpy's method {method!r} gives no p-values. Run it with method='wilcoxon' or 't-test'.")
    return result


def _group(result: Any, group: str | None, key: str) -> str:
    groups = list(result["names"].dtype.names)
    if group is None and len(groups) == 1:
        return str(groups[0])
    if group is None or str(group) not in groups:
        found = "none was named" if group is None else f"found {group!r}"
        raise InputError(f"`group` must be one of {check.listing(groups, 12)}; {found}.{check.suggest(group, groups)}")
    return str(group)


def _table(adata: AnnData, result: Any, group: str, x: str) -> pd.DataFrame:
    """One row for each pair with a q-value: both ends, x, q, and y = -log10 q."""
    names = pd.Index([str(n) for n in result["names"][group]])
    at = adata.var_names.astype(str).get_indexer(names)
    if (at < 0).any():
        raise InputError(
            f"{int((at < 0).sum()):,} of the {len(at):,} pairs that scanpy tested are not among the networks' pairs. "
            "Run sc.tl.rank_genes_groups on the networks as they are now."
        )
    first, second = _mudata.ends(adata)
    q = np.asarray(result["pvals_adj"][group], dtype=float)
    values = _shares(adata, result, group)[at] if x == "share" else np.asarray(result[COLUMN[x]][group], dtype=float)
    out = pd.DataFrame({
        "a": adata.var[first].astype(str).to_numpy()[at],
        "b": adata.var[second].astype(str).to_numpy()[at],
        "x": values,
        "q": q,
    })  # fmt: skip
    if knows_direction(adata):
        out["sign"] = pair_signs(adata)[at]
        if not signed(adata) and K.Var.CORRELATION not in adata.var:  # of a planted truth, 0 is no regulation
            out["sign"] = out["sign"].replace(0, np.nan)
        if x != "share" and signed(adata):  # more repression is a lower correlation
            out["x"] *= np.where(out["sign"] < 0, -1, 1)
    known = np.isfinite(out["q"]) & np.isfinite(out["x"])
    if not known.all():
        logger.info("volcano: %d of %d pairs have no q-value or no %s and are left out", (~known).sum(), len(out), x)
    out = out[known]
    smallest = out.loc[out["q"] > 0, "q"].min()
    out["y"] = -np.log10(out["q"].clip(lower=smallest if np.isfinite(smallest) else 1e-300))
    return out


def _shares(adata: AnnData, result: Any, group: str) -> np.ndarray:
    """Share of the group's cells that have each pair, less that of the cells it was compared with."""
    params = result["params"]
    column = str(params["groupby"])
    if column not in adata.obs:
        raise InputError(
            f"The cells have no column {column!r} any more, by which scanpy grouped them. Put it back, or give "
            "x='score'."
        )
    of = adata.obs[column].astype(str).to_numpy()
    inside = of == group
    reference = str(params["reference"])
    outside = ~inside if reference == "rest" else of == reference
    edges = _mudata.edges(adata).astype(np.int32)
    mine, others = (np.asarray(edges[rows].sum(axis=0)).ravel() / max(rows.sum(), 1) for rows in (inside, outside))
    return mine - others
