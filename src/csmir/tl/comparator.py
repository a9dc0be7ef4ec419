"""Other people's cell-specific statistics, in the same shape as ours."""

from __future__ import annotations

import warnings

import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir._mudata.step import step
from csmir.inference.cells import MIN_CELLS, obs_of
from csmir.inference.comparators import edges_of, packed, refuse_many_cells, scores_of
from csmir.inference.expression import matrices
from csmir.inference.memory import refuse_if_too_large
from csmir.inference.options import ALTERNATIVES
from csmir.inference.origin import origin_of
from csmir.inference.pairs import pairs_to_test
from csmir.inference.result import to_anndata

METHODS = (
    "csn", "loccsn", "lioness_pearson", "lioness_spearman", "perturbation_pearson", "perturbation_spearman",
    "spearman", "detection", "prior", "bonobo", "sweet", "sinum", "nnet", "local_bivariate", "ccsn",
)  # fmt: skip


@step
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
    :math:`r_k` that without cell k (of ranks over all cells, for Spearman's), the methods score a pair in cell k by

    - `"lioness_pearson"`, `"lioness_spearman"`: :math:`n r - (n - 1) r_k` (Kuijjer et al. 2019);
    - `"perturbation_pearson"`, `"perturbation_spearman"`: :math:`(r - r_k) (n - 2) / (1 - r_k^2)` (Liu et al. 2016);
    - `"spearman"`: :math:`r` itself, the same in every cell;
    - `"csn"`: z of boxes that hold a tenth of the cells (Dai et al. 2019), without pseudo-cells;
    - `"loccsn"`: z of boxes one local standard deviation wide to each side (Wang, Choi and Roeder 2021);
    - `"bonobo"`: the deviate of a posterior covariance of the cell from 0 (Saha et al. 2024); its upper tail, twice for
      both sides, is the p-value of the method;
    - `"sweet"`: :math:`w_k (r_{+k} - r) + r`, :math:`r_{+k}` with cell k once more and the weight w larger for cells
      like the others, standardised over all pairs and cells (Chen et al. 2023);
    - `"sinum"`: mutual information in the bins that the cell's boxes cover, standardised for each pair (Chang et al.
      2024);
    - `"nnet"`: effect of the miRNA in a regression on principal components among 30 neighbours (NeighbourNet, 2026);
    - `"local_bivariate"`: rank correlation with weights around the cell (LIANA, Dimitrov et al. 2024), in the space of
      the mRNAs where there are no coordinates;
    - `"ccsn"`: z of CSN inside the cell's box of the gene with the most edges there (Li et al. 2021);
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
        z of `"csn"`, `"loccsn"`, `"ccsn"`, `"perturbation_*"`, `"bonobo"` and `"sweet"` where a normal distribution has
        1 %% beyond it, takes what is above 0 of `"sinum"`, `"detection"` and `"prior"`, and 0.05 of the others, which
        have no test.
    direction
        `"repression"`, `"activation"` or `"both"`: which side of a signed score counts. `"csn"`, `"loccsn"`,
        `"ccsn"`, `"sinum"`, `"detection"` and `"prior"` have no sign.
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
    errors; what each finds on data with a known truth is on the pages of the benchmarks. All scores are in memory while
    the interactions are chosen. `"local_bivariate"` holds a matrix cells x cells. `"bonobo"`, `"sweet"` and `"nnet"`
    take both matrices as one, so they depend on the units of either.

    References
    ----------
    Kuijjer et al., iScience 14, 226 (2019); Liu et al., Nucleic Acids Research 44, e164 (2016); Dai et al., Nucleic
    Acids Research 47, e62 (2019); Wang, Choi and Roeder, PNAS 118, e2113178118 (2021). Saha et al., Genome Research 34,
    1397 (2024), posterior of the covariance and its p-value in Methods; Chen et al., Briefings in Bioinformatics 24,
    bbad032 (2023), weights and edge scores in Methods; Chang et al., BMC Bioinformatics 25 S2, 292 (2024), mutual
    information in Methods; NeighbourNet, Genome Research 36, 785 (2026), neighbourhood regression in Methods; Dimitrov
    et al., Nature Cell Biology 26, 1613 (2024), local bivariate metrics in Methods; Li et al., Genomics, Proteomics and
    Bioinformatics 19, 319 (2021), conditional independence in Methods.

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
            stacklevel=3,
        )
        key_added = regulation
    key = assemble.modality(mdata, "key_added", method if key_added is None else key_added)
    mdata = assemble.duplicate(mdata) if copy else mdata
    data = _mudata.paired(mdata, mirna=mirna, mrna=mrna, layer=layer)
    if len(data.cells) < MIN_CELLS:
        raise InputError(f"Networks need at least {MIN_CELLS} cells with both modalities; found {len(data.cells)}.")
    pairs = pairs_to_test(net, data)
    refuse_if_too_large(len(data.cells), len(pairs), keep_all=True, share=1.0)
    if method == "local_bivariate":
        refuse_many_cells(len(data.cells))
    scores = scores_of(method, *matrices(data), pairs, n_threads=n_threads, progress=progress)
    edge = edges_of(scores, method, top, direction)
    networks = packed(scores, edge, keep_all=keep == "all")
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
