"""mRNA-mRNA sponge networks."""

from __future__ import annotations

from mudata import MuData

from csmir import _keys as K
from csmir._mudata import assemble
from csmir._mudata.step import step
from csmir.tl._shared_partners.partners import partner_networks, report
from csmir.tl._shared_partners.sharing import SIDES, checked


@step
def sponge(
    mdata: MuData,
    *,
    min_shared: int = 3,
    alpha_shared: float = 0.05,
    adjust: bool = True,
    alpha: float = 0.05,
    box_size: float = 0.1,
    universe: str = "network",
    validated: bool = False,
    pseudo_cells: bool | None = None,
    max_pairs: int = 5_000_000,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    regulation: str = K.REGULATION,
    layer: str | None = None,
    key_added: str = K.SPONGE,
    n_threads: int | None = None,
    memory: int | str = "1GB",
    progress: bool | None = None,
    copy: bool = False,
) -> MuData | None:
    r"""Infer one mRNA-mRNA network per cell: which mRNAs compete for the same miRNAs (sponges).

    Two mRNAs are a sponge pair in a cell if both hold there:

    1. In the cell's network they share at least `min_shared` miRNAs, and more than chance would let them: if one is
       regulated by a miRNAs and the other by b, of R miRNAs, the number s that they share is as large with probability
       :math:`p = \sum_{i \ge s} \binom{a}{i} \binom{R - a}{b - i} / \binom{R}{b}`, and p (with `adjust`, q) <
       `alpha_shared`.
    2. Their expression is associated in the cell: the statistic z of :func:`csmir.tl.regulation`, taken between the two
       mRNAs (its median over the runs of :func:`csmir.pp.bootstrap_cells`), is over the normal quantile of 1 - `alpha`.

    :func:`csmir.tl.synergy` looks at the same mechanism from the other side. Requires :func:`csmir.tl.regulation`, and
    for `validated=True` :func:`csmir.tl.validate`. There are a hundred million pairs of mRNAs, so the defaults are
    stricter than for miRNAs: three shared miRNAs, and the false discovery rate controlled.

    Parameters
    ----------
    %(mdata)s
    min_shared
        Smallest number of miRNAs shared.
    alpha_shared
        Significance level of the shared miRNAs.
    adjust
        Correct that significance for the number of pairs in the cell (Benjamini-Hochberg).
    alpha
        One-sided significance level of the association.
    box_size
        Share of the cells inside a box.
    universe
        R: `"network"`, the miRNAs that have a target in the cell's network (of validated interactions, if these are
        used); or `"data"`, all miRNAs in the data.
    validated
        Use only the validated interactions of a cell, those that :func:`csmir.tl.validate` found in a ground truth.
    pseudo_cells
        Whether to use the runs of :func:`csmir.pp.bootstrap_cells`; None uses them if they are there.
    max_pairs
        Look only at this many pairs: those that share miRNAs in the most cells. The log says if any are left out.
    %(modalities)s
    %(regulation)s
    %(layer)s
    key_added
        Name of the modality to write.
    n_threads
        Threads; None takes every core. The result does not depend on it.
    memory
        Working memory to aim for, in bytes or like `"2GB"`, beside the data and the result.
    %(show_progress)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Notes
    -----
    Writes `mdata["sponge"]`, an AnnData cells x pairs on which :func:`csmir.tl.hubs`, :func:`csmir.tl.conservation`,
    :func:`csmir.tl.similarity`, :func:`csmir.tl.crosstalk`, :func:`csmir.tl.modules` and :mod:`csmir.get` work with
    `regulation="sponge"`:

    - `.X` CSR float32: z of the sponge pairs; absent = none;
    - `.layers`, on the pattern of X: `support` (share of runs with z over the cutoff), `shared` (int32, miRNAs they
      share in the cell), `shared_pvalue` and, with `adjust`, `shared_qvalue`;
    - `.var`: `mrna_a`, `mrna_b` (categorical; the pair has no direction and stands once), `n_cells`, and
      `shared_mirnas`: the miRNAs that both have in the networks of the cells with the pair, joined with `;`, those of
      the most cells first. Pairs of no cell are not listed. For a table of them by cell, see :func:`csmir.get.edges`
      with `columns="shared_mirnas"`;
    - `.obs`: `n_interactions`, and the columns of `mdata.obs` that the networks have;
    - `.uns["csmir"]["sponge"]`: the parameters.

    All pairs of mRNAs of a cell's network are tested for shared miRNAs and counted by the correction; the association
    is taken for those that pass in some cell. The 19 networks of K562 with TargetScan have 0.4 million such pairs with
    validated interactions and 1.6 million with all: about 10 and 40 s of processor time, spread over the threads.

    Raises
    ------
    StepError
        There are no networks yet, or validated interactions or pseudo-cells are asked for and not there;
        the expression or the pseudo-cells changed since the networks were inferred.
    InputError
        A parameter is out of range, or `regulation` names networks among features of one kind.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=40, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.pp.bootstrap_cells(mdata)
    >>> cs.tl.sponge(mdata, min_shared=2, adjust=False, regulation="truth")
    >>> mdata["sponge"].var.columns.to_list()
    ['mrna_a', 'mrna_b', 'n_cells', 'shared_mirnas']

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578; Salmena L et al. (2011), Cell 146:353.
    """
    options = checked(
        min_shared=min_shared, alpha_shared=alpha_shared, adjust=adjust, alpha=alpha, box_size=box_size,
        universe=universe, validated=validated, pseudo_cells=pseudo_cells, max_pairs=max_pairs, n_threads=n_threads,
        memory=memory, progress=progress,
    )  # fmt: skip
    assemble.modality(mdata, "key_added", key_added)
    mdata = assemble.duplicate(mdata) if copy else mdata
    adata = partner_networks(
        mdata, "sponge", SIDES[K.MRNA], options,
        mirna=mirna, mrna=mrna, regulation=regulation, layer=layer, key=key_added,
    )  # fmt: skip
    assemble.set_modality(mdata, key_added, adata)
    report("sponge", SIDES[K.MRNA], adata)
    return mdata if copy else None
