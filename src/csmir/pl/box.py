"""One pair in one cell: the boxes that are counted, and what follows from the counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir.inference.cells import run_weights
from csmir.pl._kit import frames, style
from csmir.pl._kit.box_counts import Count, draw, explain, explain_exact
from csmir.pl._kit.ground import on_ground
from csmir.pl._kit.sizes import font_size
from csmir.pl._kit.stored import edge_of
from csmir.pl._kit.words import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BOX_SIZE, ALPHA = 0.1, 0.01


@fill
@on_ground
def box(
    mdata: MuData,
    *,
    mirna: str,
    mrna: str,
    cell: str | None = None,
    run: int | None = None,
    box_size: float | None = None,
    alpha: float | None = None,
    statistic: str | None = None,
    modalities: tuple[str, str] | None = None,
    layer: str | None = None,
    regulation: str = K.REGULATION,
    scatter_kws: Mapping[str, Any] | None = None,
    box_kws: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    save: Any = None,
    show: bool | None = None,
    return_fig: bool = False,
) -> Axes | Figure:
    r"""Draw how the statistic of one pair in one cell comes about: the three boxes, their counts, z or p.

    Every dot is a cell. The box of the miRNA (upright) holds the cells closest to this cell's level of the miRNA,
    that of the mRNA (level) those closest to its level of the mRNA; where they cross lie the cells that are close in
    both. Of :math:`n` cells they hold :math:`n_r`, :math:`n_t` and :math:`n_{rt}`, and
    :math:`z = (n n_{rt} - n_r n_t) / \sqrt{n_r n_t (n - n_r)(n - n_t) / (n - 1)}`. The exact test leaves the cell
    itself out: :math:`p = P(X \ge n_{rt} - 1)`, X hypergeometric.

    Parameters
    ----------
    mdata
        Annotated data with a miRNA and an mRNA modality, as the networks were inferred from.
    mirna, mrna
        Names of the miRNA and of the mRNA.
    cell
        Name of the cell; None takes the one in which z is largest.
    run
        With pseudo-cells (:func:`csmir.pp.bootstrap_cells`): which run, counting from 0; None takes the one whose z is
        the median. A dot is then as large as the cell and its copies.
    box_size, alpha
        Share of the cells in a box, and the level of significance; None takes those of :func:`csmir.tl.regulation`, or
        0.1 and 0.01 if it was not run (the level: or used another statistic).
    statistic
        `"csn"` or `"exact"`; None takes that of the networks, or csn if there are none.
    modalities
        Names of the miRNA and the mRNA modality; None takes those of :func:`csmir.tl.regulation`.
    layer
        Layer of both modalities to use in place of `X`.
    %(regulation)s
    scatter_kws, box_kws
        Options of :meth:`matplotlib.axes.Axes.scatter`, and of the grey boxes (patches).
    %(plot)s

    Returns
    -------
    Axes, or the Figure if `return_fig=True`.

    Raises
    ------
    InputError
        There is no such miRNA, mRNA, cell or run, the values cannot be used, or the networks were not made from boxes.

    Notes
    -----
    Needs no networks: any pair can be drawn. Where there are networks by the same statistic, they say whether the pair
    is an edge of the cell. Otherwise the median of z over the runs does; z and p of one run are those of its counts.
    Correlations among neighbours have no boxes: :func:`csmir.pl.local` draws those.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=120)
    >>> ax = cs.pl.box(mdata, mirna="hsa-miR-17-5p", mrna="SIM0001")
    >>> ax.get_xlabel()
    'hsa-miR-17-5p'

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578. Dai H et al. (2019), Nucleic Acids Research 47:e62.
    """
    noted = _noted(mdata, regulation)
    statistic = _statistic(noted, statistic)
    if modalities is None:
        modalities = (noted.get("mirna", K.MIRNA), noted.get("mrna", K.MRNA))
    layer = layer if layer is not None else noted.get("layer")
    box_size = float(noted.get("box_size", BOX_SIZE)) if box_size is None else box_size
    box_size = check.number("box_size", box_size, low=0, high=1, low_open=True, high_open=True)
    if alpha is None:  # that of another test says nothing about this z
        alpha = float(noted.get("alpha", ALPHA)) if noted.get("statistic", "csn") == statistic else ALPHA
    alpha = check.number("alpha", alpha, low=0, high=1, low_open=True, high_open=True)
    data = _mudata.paired(mdata, mirna=modalities[0], mrna=modalities[1], layer=layer)
    x = _values(data.mirna, data.mirna_names, "miRNA", mirna)
    y = _values(data.mrna, data.mrna_names, "mRNA", mrna)
    k = None if cell is None else int(_networks.positions("cell", data.cells, [cell])[0])
    one_run = statistic == "exact" or int(noted.get("n_runs", 2)) == 1
    runs = run_weights(mdata, data.cells, False if one_run else None)
    count = _count(x, y, runs, box_size, data.cells, k, run)
    networks = _mudata.read_regulation(mdata, regulation) if noted else None
    frame = frames.open_axes(ax, figsize, (6.2, 3.9), show=show, return_fig=return_fig, save=save, of=networks)
    draw(frame.ax, count, scatter_kws, box_kws)
    style.dress(frame.ax, xlabel=shorten(mirna, 30), ylabel=shorten(mrna, 30))
    frame.ax.locator_params(axis="x", nbins=4)  # small levels have long numbers
    frame.ax.locator_params(axis="y", nbins=5)
    name = str(data.cells[count.k])
    many = f", run {count.run + 1} of {count.n_runs}" if count.n_runs > 1 else ""
    frame.ax.set_title(f"cell {name}{many}", loc="left", fontsize=font_size(frame.ax), pad=18)
    there = None
    if networks is not None and noted.get("statistic") == statistic:
        there = edge_of(networks, name, mirna, mrna)
    if statistic == "exact":
        explain_exact(frame.ax, count, alpha, there, mid_p=bool(noted.get("mid_p", False)))
    else:
        explain(frame.ax, count, alpha, there)
    return frame.close(title=title)


def _noted(mdata: Any, regulation: str) -> Mapping[str, Any]:
    """Parameters of the inference, if there was one."""
    if not isinstance(mdata, MuData) or regulation not in mdata.mod:
        return {}
    return mdata.mod[regulation].uns.get(K.UNS, {}).get("regulation", {})


def _statistic(noted: Mapping[str, Any], asked: str | None) -> str:
    """What to draw: what was asked for, or what the networks were made by."""
    if asked is not None:
        return check.choice("statistic", asked, ("csn", "exact"))
    made = str(noted.get("statistic", "csn"))
    if made not in ("csn", "exact"):
        raise InputError(
            f"These networks were made by {made!r}, which has no boxes. Draw a local correlation with cs.pl.local, or "
            "give statistic='csn' for the boxes of the published statistic."
        )
    if made == "exact" and (noted.get("groups") or noted.get("neighbors")):
        raise InputError(
            "These networks have boxes inside groups or among neighbours, which cs.pl.box does not draw. Give "
            "statistic='exact' for the boxes among all cells."
        )
    return made


def _values(matrix: Any, names: Any, what: str, name: str) -> np.ndarray:
    at = names.astype(str).get_indexer([str(name)])[0]
    if at < 0:
        raise InputError(
            f"No {what} {name!r} among the {len(names):,} of the data: {check.listing(names, 3)}."
            f"{check.suggest(name, names)}"
        )
    column = _mudata.dense(matrix[:, [at]])
    return np.ascontiguousarray(check.finite_matrix(f"The {what} {name!r}", column)[:, 0])


def _count(
    x: np.ndarray, y: np.ndarray, runs: np.ndarray, box_size: float, cells: pd.Index, k: int | None, run: int | None
) -> Count:
    from csmir.kernels.one_pair import pair_z

    z = pair_z(x, y, runs, box_size)
    median = np.median(z, axis=0)
    if k is None:  # of equal ones the alphabetically first, wherever it stands
        k = min(np.flatnonzero(median == median.max()).tolist(), key=lambda at: str(cells[at]))
    if run is None:
        run = int(np.argsort(z[:, k], kind="stable")[(len(z) - 1) // 2])
    else:
        run = check.integer("run", run, low=0, high=len(runs) - 1)
    in_x, in_y = (_inside(values, runs[run], box_size, k) for values in (x, y))
    return Count(x, y, runs[run], in_x, in_y, k, run, len(runs), float(z[run, k]), float(median[k]))


def _inside(values: np.ndarray, weights: np.ndarray, box_size: float, k: int) -> np.ndarray:
    """Which cells are in the box of cell k."""
    from csmir.kernels.boxes import make_boxes

    boxes = make_boxes(values[None], weights[None], box_size)
    group = boxes.group[0, k]
    out = np.zeros(len(values), bool)
    out[boxes.order[0, boxes.lo[0, group, 0] : boxes.hi[0, group, 0]]] = True
    return out
