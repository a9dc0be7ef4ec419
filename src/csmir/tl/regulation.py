"""One miRNA-mRNA network per cell."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._docs import fill
from csmir._errors import InputError
from csmir._mudata import assemble
from csmir._mudata.made_of import mark_values
from csmir.inference import infer
from csmir.inference.options import ASKED, requested

if TYPE_CHECKING:
    from distributed import Client


@fill
def regulation(
    mdata: MuData,
    net: pd.DataFrame | None = None,
    *,
    statistic: str = "csn",
    box_size: float | None = None,
    alpha: float | None = None,
    keep: str = "significant",
    pseudo_cells: bool | None = None,
    groups: str | None = None,
    neighbors: str | None = None,
    n_neighbors: int | None = None,
    direction: str | None = None,
    both_sides: bool = False,
    covariates: str | Sequence[str] | None = None,
    factors: int | str | None = None,
    parents: pd.DataFrame | None = None,
    transcription: str | None = None,
    adjust: str | None = "bh",
    mid_p: bool = False,
    expressed_only: bool = False,
    duplicates: str | None = None,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    regulation: str = K.REGULATION,
    layer: str | None = None,
    n_threads: int | None = None,
    memory: int | str = "1GB",
    out: str | os.PathLike[str] | None = None,
    client: Client | str | None = None,
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

    `statistic="exact"` asks the same of the same boxes without the normal approximation, which is far too generous
    since a cell counts itself: cell k is left out of its own boxes, and under independence :math:`n_{rt} - 1` is then
    hypergeometric with :math:`n - 1`, :math:`n_r - 1` and :math:`n_t - 1`, exactly, ties included. It needs no
    pseudo-cells and gives q-values.

    `statistic="local"` asks whether the two genes are correlated among the cell's neighbours. Genes are ranked over
    all cells, the local mean rank of each gene is subtracted, and with weights :math:`w` of the neighbours (summing
    to 1), scores :math:`u, v` and :math:`n_e` independent cells that the neighbours are worth,

    .. math:: \rho = \frac{\sum w (u - \bar u)(v - \bar v)}
        {\sqrt{\sum w (u - \bar u)^2 \sum w (v - \bar v)^2}}, \qquad t = \rho \sqrt{\frac{n_e - 2}{1 - \rho^2}}

    is close to Student's t. It has a sign, it is not confounded by cell-type composition, and where
    :func:`csmir.tl.power` finds that a likely slope can be seen, it says where a pair is regulated. It is what we
    recommend for new data; see the page on statistics.

    Parameters
    ----------
    %(mdata)s
    %(net)s
        None tests every miRNA with every mRNA.
    statistic
        `"csn"`, the published statistic; `"exact"`, the calibrated test of the same boxes; or `"local"`, the
        correlation among a cell's neighbours.
    box_size
        Share of the cells inside a box, between 0 and 1; None is 0.1, and 0.3 of the `neighbors` if they are given.
        Not for `"local"`, which has no boxes.
    alpha
        Significance level, between 0 and 1; None is 0.01 for `"csn"` and a q-value of 0.05 for the tests.
    keep
        `"significant"` stores the interactions only; `"all"` stores every pair that was tested in every cell and marks
        the interactions in the layer `"significant"`.
    pseudo_cells
        Whether to use the runs of :func:`csmir.pp.bootstrap_cells`; None uses them if they are there. The tests need
        and take none.
    groups
        For the tests, a column of `mdata.obs`: a cell is compared with those of its group, so that what differs
        between groups is not taken for regulation. With `"local"`, the cells of a group have one network.
    neighbors
        For the tests, whom a cell is compared with: `"expression"` finds the nearest cells by principal components of
        the mRNAs' ranks, without the mRNAs that a miRNA of many targets governs; the name of a representation in
        `.obsm` of the mRNA modality finds the nearest there; that of an entry of `scanpy.pp.neighbors`, or of a graph
        in `.obsp`, takes its neighbours. Neighbours must not be chosen by the miRNAs, which are what is tested. None,
        for `"local"`, looks in the space of `"expression"` for types (a Gaussian mixture, if 96 % of a cell's nearest
        are in its own cluster) and compares cells within them as `groups` would, which has two to four times the power;
        cells along a trajectory, in no types or fewer than 100 are compared with their neighbours. The log says which,
        and why.
    n_neighbors
        Neighbours in a space; None is :math:`2 n^{2/3}` of n cells, at most 500.
    direction
        For `"local"`, `"repression"` (None), `"activation"` or `"both"`: the side on which correlations are tested.
    both_sides
        For `"local"`, call a pair only where it is correlated on both sides of the cell: its neighbours are cut in two
        across the direction in which they lie furthest apart, both halves are tested, and the larger p and its
        correlation are kept. Without it, what is regulated along a stretch of a trajectory spills over the ends of the
        stretch. It costs half of the evidence: for a thousand cells and more.
    %(adjusted)s
    adjust
        For the tests, `"bh"` compares `alpha` with q-values (Benjamini-Hochberg over the pairs of each cell), None
        with p-values.
    mid_p
        For `"exact"`, count half of the probability of the observed count: less conservative, no longer guaranteed.
    expressed_only
        For the tests, test only pairs of which both genes are detected in the cell. Not detected is 0, or a smallest
        value that recurs all over the matrix.
    duplicates
        What to do with cells that are exact copies of another cell in both modalities (with `groups`, of the same
        group). None lets each count and says in the log how many there are: with 30 % of copies, chance finds two to
        five times as much. `"drop"` leaves the copies out: the first of them has a network. `"weigh"` lets each profile
        count once, which is a weight of one over its copies among ranks, neighbours and boxes, and gives its network
        to all copies.
    %(modalities)s
    %(regulation)s
    %(layer)s
    n_threads
        Threads; None takes every core. The result does not depend on it.
    memory
        Working memory to aim for, in bytes or like `"2GB"`, beside the data and the result. The result does not
        depend on it.
    out
        A folder such as `"run.zarr"` to write the networks to, block after block, for what does not fit in memory.
        After an interruption of any kind the same call goes on with what is missing. Networks that take no more than
        `memory` are loaded, others stay on the disk: see :func:`csmir.io.read_networks`.
    client
        A `dask.distributed.Client`, or `"active"` for the one of this session: its workers compute the blocks. None
        computes here, whether there is a client or not.
    %(show_progress)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Writes `mdata["regulation"]`, an AnnData cells x pairs:

    - `.X` CSR float32: median z of the interactions (`"exact"`: -log10 p; `"local"`: the correlation, negative for
      repression); an absent entry is not an interaction.
    - `.layers["support"]` CSR float32, `"csn"` only: share of runs with z over the cutoff.
    - `.layers["qvalue"]` CSR float32, tests only; `.layers["neg_log10_p"]`, `"local"` only: -log10 p.
    - `.var`: `mirna`, `mrna` (categorical), `n_cells` (int32, cells in which the pair interacts); for the tests
      `pair_pvalue`, `pair_qvalue` (float64): whether the pair holds at all, over all cells at once; NaN where it is
      tested in no cell. Of the pairs that interact in some cell, up to half interact nowhere in truth: read these
      beside `n_cells`.
    - `.obs`: `n_interactions` (int32), `found_type` (categorical, where types were found and used), and the columns of
      `mdata.obs`.
    - `.uns["csmir"]["regulation"]`: parameters and version.
    - `.uns["csmir"]["origin"]`: the names and values that they were inferred from as hashes, by which later steps find
      the data again, whatever moved, and tell if they changed.

    Raises
    ------
    InputError
        If a matrix holds missing, infinite or negative values, fewer than 3 cells have both modalities, a parameter
        is out of range, the prior does not fit the data, the networks would not fit in memory, or `out` holds another
        run.
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
    asked = dict(locals())  # every option by its name
    if out is not None and copy:
        raise InputError("`out` has one result, on the disk: leave out `copy=True`.")
    workers = None
    if client is not None:
        from csmir.inference.dask_workers import client_of

        workers = client_of(client)
    request = requested(**{name: asked[name] for name in ASKED})
    # what moves the targets of inferred miRNAs together inside types is not regulation
    if _mudata.is_inferred(_mudata.modality(mdata, mirna)):
        request = replace(request, find_types=False)
    assemble.modality(mdata, "regulation", regulation)
    mdata = assemble.duplicate(mdata) if copy else mdata
    adata = infer(
        mdata, net, request, mirna=mirna, mrna=mrna, layer=layer, key=regulation, pseudo_cells=pseudo_cells,
        parents=parents, out=out, client=workers,
    )  # fmt: skip
    mark_values(adata)
    assemble.set_modality(mdata, regulation, adata)
    return mdata if copy else None
