"""One miRNA-mRNA network per cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir._log import logger
from csmir.tl._bootstrap import run_weights, warn_if_alone
from csmir.tl._networks import Networks, to_anndata
from csmir.tl._pairs import Pairs

MIN_CELLS = 3


@fill
def regulation(
    mdata: MuData,
    net: pd.DataFrame | None = None,
    *,
    statistic: str = "csn",
    box_size: float = 0.1,
    alpha: float = 0.01,
    keep: str = "significant",
    pseudo_cells: bool | None = None,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    regulation: str = K.REGULATION,
    layer: str | None = None,
    n_threads: int | None = None,
    memory: int | str = "1GB",
    progress: bool | None = None,
    copy: bool = False,
) -> MuData | None:
    r"""Infer one miRNA-mRNA regulatory network per cell.

    Answers: in which cells does the expression of a miRNA and of an mRNA depend on each other? For every putative
    pair and every cell, a box is drawn around the cell's value of each gene, holding the closest `box_size` of the
    cells. With :math:`n` cells of which :math:`n_r` lie in the miRNA's box, :math:`n_t` in the mRNA's box and
    :math:`n_{rt}` in both,

    .. math:: z = \frac{n\, n_{rt} - n_r n_t}{\sqrt{n_r n_t (n - n_r)(n - n_t) / (n - 1)}}

    is large where more cells share both boxes than chance would put there. With pseudo-cells
    (:func:`csmir.pp.bootstrap_cells`) the median of z over the runs is taken. A pair is an interaction in a cell if
    that is over the normal quantile of `1 - alpha`. Cells without one of the modalities are left out, and counted in
    the log.

    Parameters
    ----------
    %(mdata)s
    %(net)s
        None tests every miRNA with every mRNA.
    statistic
        `"csn"`, the published statistic.
    box_size
        Share of the cells inside a box, between 0 and 1.
    alpha
        One-sided significance level, between 0 and 1.
    keep
        `"significant"` stores z of the interactions only; `"all"` stores z of every pair in every cell and marks the
        interactions in the layer `"significant"`.
    pseudo_cells
        Whether to use the runs of :func:`csmir.pp.bootstrap_cells`; None uses them if they are there.
    %(modalities)s
    %(regulation)s
    %(layer)s
    n_threads
        Threads; None takes every core. The result does not depend on it.
    memory
        Working memory to aim for, in bytes or like `"2GB"`, beside the data and the result. The result does not
        depend on it.
    %(show_progress)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Writes `mdata["regulation"]`, an AnnData cells x pairs:

    - `.X` CSR float32: median z of the interactions; an absent entry is no interaction.
    - `.layers["support"]` CSR float32: share of runs with z over the cutoff.
    - `.var`: `mirna`, `mrna` (categorical), `n_cells` (int32, cells in which the pair interacts).
    - `.obs`: `n_interactions` (int32), and the columns of `mdata.obs`.
    - `.uns["csmir"]["regulation"]`: parameters and version.

    Raises
    ------
    InputError
        If a matrix holds missing, infinite or negative values, fewer than 3 cells have both modalities, a parameter
        is out of range, or the prior does not fit the data.
    StepError
        If `pseudo_cells=True` and there are no runs.

    Notes
    -----
    Weights make the pseudo-cells exact: no copy of a cell is ever made. Testing only the prior's pairs gives the same
    interactions as testing all and intersecting. With few cells the statistic says little about *which* cells a pair is
    regulated in; see the page on statistics.

    References
    ----------
    Zhang et al., BMC Bioinformatics 22, 578 (2021); Dai et al., Nucleic Acids Research 47, e62 (2019).

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=120, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"])
    >>> mdata["regulation"].shape[0]
    120
    """
    from scipy.stats import norm

    check.choice("statistic", statistic, ["csn"])
    check.choice("keep", keep, ["significant", "all"])
    box_size = check.number("box_size", box_size, low=0, high=1, low_open=True, high_open=True)
    alpha = check.number("alpha", alpha, low=0, high=1, low_open=True, high_open=True)
    budget = check.memory("memory", memory)
    if n_threads is not None:
        n_threads = check.integer("n_threads", n_threads, low=1)
    mdata = _mudata.duplicate(mdata) if copy else mdata
    data = _mudata.paired(mdata, mirna=mirna, mrna=mrna, layer=layer)
    if len(data.cells) < MIN_CELLS:
        raise InputError(
            f"Networks need at least {MIN_CELLS} cells with both modalities; found {len(data.cells)}. "
            "A cell's network says how it differs from the other cells."
        )
    pairs = _pairs(net, data)
    weights = run_weights(mdata, data.cells, pseudo_cells)
    warn_if_alone(weights, box_size)
    cutoff = float(norm.isf(alpha))
    networks = _csn(
        data,
        pairs,
        weights,
        box_size=box_size,
        cutoff=cutoff,
        keep_all=keep == "all",
        memory=budget,
        n_threads=n_threads,
        progress=progress,
    )
    adata = to_anndata(networks, data, pairs, _annotations(mdata, data.cells), regulation)
    _mudata.record(
        adata,
        "regulation",
        statistic=statistic,
        box_size=box_size,
        alpha=alpha,
        cutoff=cutoff,
        keep=keep,
        n_runs=len(weights),
        n_per_run=int(weights[0].sum()),
        n_pairs=len(pairs),
        n_dropped_cells=data.n_dropped,
        mirna=mirna,
        mrna=mrna,
        layer=layer,
        prior="all pairs" if net is None else "net",
    )
    _mudata.set_modality(mdata, regulation, adata)
    _report(adata, data, pairs, weights)
    return mdata if copy else None


def _pairs(net: pd.DataFrame | None, data: _mudata.Paired) -> Pairs:
    n_mirnas, n_mrnas = len(data.mirna_names), len(data.mrna_names)
    if net is None:
        return Pairs.every(n_mirnas, n_mrnas)
    from csmir.priors._check import aligned_pairs

    found = aligned_pairs(net, data.mirna_names, data.mrna_names)
    return Pairs(found.mirna_idx, found.mrna_idx, n_mirnas, n_mrnas)


def _csn(data: _mudata.Paired, pairs: Pairs, weights: np.ndarray, **options) -> Networks:
    from csmir.kernels.pseudo_cells import MAX_CELLS
    from csmir.tl._csn import csn_networks
    from csmir.tl._csn_many import csn_many_networks

    x, y = (
        np.ascontiguousarray(check.finite_matrix(f"The {name} matrix", _mudata.dense(values)).T)
        for name, values in (("miRNA", data.mirna), ("mRNA", data.mrna))
    )
    infer = csn_networks if weights.shape[1] <= MAX_CELLS else csn_many_networks
    return infer(x, y, weights, pairs, **options)


def _annotations(mdata: MuData, cells: pd.Index) -> pd.DataFrame:
    """The MuData's own columns for these cells, without the copies of the modalities' columns that it may hold."""
    own = [c for c in mdata.obs.columns if not any(str(c).startswith(f"{name}:") for name in mdata.mod)]
    return mdata.obs.loc[cells, own].copy()


def _report(adata, data: _mudata.Paired, pairs: Pairs, weights: np.ndarray) -> None:
    per_cell = adata.obs[K.Obs.N_INTERACTIONS]
    if data.n_dropped:
        logger.warning("%d cells lack one of the modalities and have no network", data.n_dropped)
    logger.info(
        "%d cells, %d run(s) of %d cells, %s pairs of %d miRNAs and %d mRNAs: %s interactions, %s to %s per cell",
        len(data.cells),
        len(weights),
        weights[0].sum(),
        f"{len(pairs):,}",
        len(np.unique(pairs.mirna)),
        len(np.unique(pairs.mrna)),
        f"{int(per_cell.sum()):,}",
        f"{per_cell.min():,}",
        f"{per_cell.max():,}",
    )
