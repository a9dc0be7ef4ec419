"""Other people's cell-specific statistics, in the same shape as ours."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir.inference.blocks import Networks, index_type_of
from csmir.inference.cells import MIN_CELLS, obs_of
from csmir.inference.expression import detection_floor, matrices
from csmir.inference.memory import refuse_if_too_large
from csmir.inference.options import ALTERNATIVES
from csmir.inference.origin import origin_of
from csmir.inference.pairs import Pairs, pairs_to_test
from csmir.inference.result import to_anndata
from csmir.inference.threads import run_blocks

METHODS = (
    "csn", "loccsn", "lioness_pearson", "lioness_spearman", "perturbation_pearson", "perturbation_spearman",
    "spearman", "detection", "prior",
)  # fmt: skip
# methods that call a score an interaction by a normal quantile; the others know no error
TOP, ALPHA = 0.05, 0.01
MRNAS_AT_ONCE = 32


@fill
def comparator(
    mdata: MuData,
    net: pd.DataFrame | None = None,
    *,
    method: str = "lioness_pearson",
    top: float | None = None,
    direction: str = "repression",
    keep: str = "significant",
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    layer: str | None = None,
    key_added: str | None = None,
    regulation: str | None = None,
    n_threads: int | None = None,
    progress: bool | None = None,
    copy: bool = False,
) -> MuData | None:
    r"""Infer cell-specific networks by another statistic, to hold beside those of :func:`csmir.tl.regulation`.

    Answers: would a simpler or a better known method have told the same story on these data? The networks are written
    as a modality of their own, shaped like `mdata["regulation"]`, and every reading of the networks takes its name:
    `cs.tl.hubs(mdata, regulation="lioness_pearson")`. With :math:`r` a correlation over all :math:`n` cells and
    :math:`r_k` that without cell k, the methods score a pair in cell k by

    - `"lioness_pearson"`, `"lioness_spearman"`: :math:`n r - (n - 1) r_k` (Kuijjer et al. 2019);
    - `"perturbation_pearson"`, `"perturbation_spearman"`: :math:`(r - r_k) (n - 2) / (1 - r_k^2)` (Liu et al. 2016);
    - `"spearman"`: :math:`r` itself, the same in every cell;
    - `"csn"`: z of boxes that hold a tenth of the cells (Dai et al. 2019), without pseudo-cells;
    - `"loccsn"`: z of boxes one local standard deviation wide to each side (Wang, Choi and Roeder 2021);
    - `"detection"`: 1 where both genes are above the smallest value of their matrix;
    - `"prior"`: 1, every pair in every cell.

    Parameters
    ----------
    %(mdata)s
    %(net)s
        None takes every miRNA with every mRNA.
    method
        The statistic.
    top
        Share of its pairs, the strongest ones, that are interactions of a cell; ties at the cut are in. None cuts the
        z of `"csn"`, `"loccsn"` and `"perturbation_*"` where a normal distribution has 1 %% beyond it, takes all of
        `"detection"` and `"prior"`, and 0.05 of the others, which have no test.
    direction
        `"repression"`, `"activation"` or `"both"`: which side of a signed score counts. `"csn"`, `"loccsn"`,
        `"detection"` and `"prior"` have no sign.
    keep
        `"significant"` stores the interactions only; `"all"` every score, with the interactions marked in the layer
        `"significant"`.
    %(modalities)s
    %(layer)s
    key_added
        Name of the modality to write; None is the name of the method.
    regulation
        The old name of `key_added`, until version 0.3.
    n_threads
        Threads; None takes every core. The result does not depend on it.
    %(show_progress)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Writes `mdata[method]`, an AnnData cells x pairs: `.X` CSR float32 scores, with `.var`, `.obs` and
    `.uns["csmir"]["regulation"]` as :func:`csmir.tl.regulation` does.

    Raises
    ------
    InputError
        If a matrix holds missing, infinite or negative values, fewer than 3 cells have both modalities, a parameter
        is out of range, or the prior does not fit the data.

    Notes
    -----
    These are re-implementations from the papers, one function each, not their authors' programs. None controls its
    errors; what each finds on data with a known truth is on the page of the benchmark. All scores are in memory while
    the interactions are chosen.

    References
    ----------
    Kuijjer et al., iScience 14, 226 (2019); Liu et al., Nucleic Acids Research 44, e164 (2016); Dai et al., Nucleic
    Acids Research 47, e62 (2019); Wang, Choi and Roeder, PNAS 118, e2113178118 (2021).

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=40)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.comparator(mdata, mdata.uns["prior"], method="lioness_spearman")
    >>> mdata["lioness_spearman"].shape
    (40, 360)
    >>> cs.tl.hubs(mdata, regulation="lioness_spearman")
    """
    check.choice("method", method, METHODS)
    check.choice("direction", direction, list(ALTERNATIVES))
    check.choice("keep", keep, ["significant", "all"])
    top = None if top is None else check.number("top", top, low=0, high=1, low_open=True)
    if regulation is not None:
        if key_added is not None:
            raise InputError("`regulation` is the old name of `key_added`: give `key_added` alone.")
        warnings.warn(
            "`regulation` of cs.tl.comparator is called `key_added` now, and the old name goes with csmir 0.3.",
            FutureWarning,
            stacklevel=2,
        )
        key_added = regulation
    key = assemble.modality(mdata, "key_added", method if key_added is None else key_added)
    mdata = assemble.duplicate(mdata) if copy else mdata
    data = _mudata.paired(mdata, mirna=mirna, mrna=mrna, layer=layer)
    if len(data.cells) < MIN_CELLS:
        raise InputError(f"Networks need at least {MIN_CELLS} cells with both modalities; found {len(data.cells)}.")
    pairs = pairs_to_test(net, data)
    refuse_if_too_large(len(data.cells), len(pairs), keep_all=True, share=1.0)
    scores = _scores(method, *matrices(data), pairs, n_threads=n_threads, progress=progress)
    edge = _edges(scores, method, top, direction)
    networks = _packed(scores, edge, keep_all=keep == "all")
    adata = to_anndata(networks, data, pairs, obs_of(mdata, data.cells), key)
    _mudata.record(
        adata,
        "regulation",
        statistic=method,
        top=top,
        direction=direction,
        keep=keep,
        n_runs=1,
        n_per_run=len(data.cells),
        n_pairs=len(pairs),
        n_dropped_cells=data.n_dropped,
        prior="all pairs" if net is None else "net",
        mirna=mirna,
        mrna=mrna,
        layer=layer,
    )
    adata.uns[K.UNS][K.ORIGIN] = origin_of(data)
    assemble.set_modality(mdata, key, adata)
    logger.info(
        "comparator %s: %d cells, %s pairs, %s interactions (%.1f%%)",
        method,
        len(data.cells),
        f"{len(pairs):,}",
        f"{int(edge.sum()):,}",
        100 * edge.mean(),
    )
    return mdata if copy else None


def _scores(method: str, x: np.ndarray, y: np.ndarray, pairs: Pairs, **run: Any) -> np.ndarray:
    """(pairs, cells) float32, some mRNAs at a time."""
    from csmir.kernels.comparators import STATISTICS

    statistic = STATISTICS[method]
    if method == "detection":  # what is not detected is known from the whole matrix
        x, y = x > detection_floor(x), y > detection_floor(y)
    order = np.argsort(pairs.mrna, kind="stable")
    tile = pairs.mrna[order] // MRNAS_AT_ONCE
    out = np.empty((len(pairs), x.shape[1]), np.float32)

    def work(at: np.ndarray) -> None:
        genes_x, pair_x = np.unique(pairs.mirna[at], return_inverse=True)
        genes_y, pair_y = np.unique(pairs.mrna[at], return_inverse=True)
        if method == "detection":
            out[at] = x[pairs.mirna[at]] & y[pairs.mrna[at]]
        else:
            out[at] = statistic(x[genes_x], y[genes_y], pair_x, pair_y)

    tasks = np.split(order, np.flatnonzero(np.diff(tile)) + 1)
    for _ in run_blocks(work, tasks, desc="mRNAs", **run):
        pass
    return out


def _edges(scores: np.ndarray, method: str, top: float | None, direction: str) -> np.ndarray:
    """Which (pair, cell) are interactions."""
    from scipy.stats import norm

    from csmir.kernels.comparators import NORMAL, SIGNED

    strength = scores
    if method in SIGNED:
        strength = -scores if direction == "repression" else scores if direction == "activation" else np.abs(scores)
    if top is None and method in NORMAL:
        sided = ALPHA / 2 if method in SIGNED and direction == "both" else ALPHA
        return strength > norm.isf(sided)
    if top is None and method not in SIGNED:
        return strength > 0
    n = max(1, round((TOP if top is None else top) * len(scores)))
    cut = -np.partition(-strength, n - 1, axis=0)[n - 1]
    return (strength >= cut) & (strength > 0)


def _packed(scores: np.ndarray, edge: np.ndarray, *, keep_all: bool) -> Networks:
    n_pairs = len(scores)
    stored = np.ones_like(edge) if keep_all else edge
    cell, pair = np.nonzero(stored.T)
    indptr = np.concatenate([[0], np.cumsum(stored.sum(axis=0))])
    index_type = index_type_of(int(indptr[-1]), n_pairs)
    layers = {K.Layer.SIGNIFICANT: edge[pair, cell]} if keep_all else {}
    return Networks(indptr.astype(index_type), pair.astype(index_type), scores[pair, cell], layers)
