"""miRNA-miRNA synergy networks."""

from __future__ import annotations

from mudata import MuData

from csmir import _keys as K
from csmir._mudata import assemble
from csmir._mudata.step import step
from csmir.tl._shared_partners.partners import partner_networks, report
from csmir.tl._shared_partners.sharing import SIDES, checked


@step
def synergy(
    mdata: MuData,
    *,
    min_shared: int = 1,
    alpha_shared: float = 0.05,
    adjust: bool = False,
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
    key_added: str = K.SYNERGY,
    n_threads: int | None = None,
    memory: int | str = "1GB",
    progress: bool | None = None,
    copy: bool = False,
) -> MuData | None:
    r"""Infer one miRNA-miRNA network per cell: which miRNAs work together on shared targets.

    Two miRNAs are synergistic in a cell if both hold there:

    1. In the cell's network they share at least `min_shared` targets, and more than chance would let them: if one has
       a targets and the other b, of T mRNAs, the number s that they share is as large with probability
       :math:`p = \sum_{i \ge s} \binom{a}{i} \binom{T - a}{b - i} / \binom{T}{b}`, and p < `alpha_shared`.
    2. Their expression is associated in the cell: the statistic z of :func:`csmir.tl.regulation`, taken between the two
       miRNAs (its median over the runs of :func:`csmir.pp.bootstrap_cells`), is over the normal quantile of
       1 - `alpha`.

    :func:`csmir.tl.sponge` looks at the same mechanism from the other side. Requires :func:`csmir.tl.regulation`, and
    for `validated=True` :func:`csmir.tl.validate`.

    Parameters
    ----------
    %(mdata)s
    min_shared
        Smallest number of targets shared.
    alpha_shared
        Significance level of the shared targets.
    adjust
        Correct that significance for the number of pairs in the cell (Benjamini-Hochberg).
    alpha
        One-sided significance level of the association.
    box_size
        Share of the cells inside a box.
    universe
        T: `"network"`, the mRNAs that are a target in the cell's network (of validated interactions, if these are
        used), as the authors do; or `"data"`, all mRNAs in the data.
    validated
        Use only the validated interactions of a cell, those that :func:`csmir.tl.validate` found in a ground truth.
    pseudo_cells
        Whether to use the runs of :func:`csmir.pp.bootstrap_cells`; None uses them if they are there.
    max_pairs
        Look only at this many pairs: those that share targets in the most cells. The log says if any are left out.
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
    Writes `mdata["synergy"]`, an AnnData cells x pairs on which :func:`csmir.tl.hubs`, :func:`csmir.tl.conservation`,
    :func:`csmir.tl.similarity`, :func:`csmir.tl.crosstalk`, :func:`csmir.tl.modules` and :mod:`csmir.get` work with
    `regulation="synergy"`:

    - `.X` CSR float32: z of the synergistic pairs; absent = not synergistic;
    - `.layers`, on the pattern of X: `support` (share of runs with z over the cutoff), `shared` (int32, targets they
      share in the cell), `shared_pvalue` and, with `adjust`, `shared_qvalue`;
    - `.var`: `mirna_a`, `mirna_b` (categorical; the pair has no direction and stands once), `n_cells`. Pairs that are
      synergistic in no cell are not listed;
    - `.obs`: `n_interactions`, and the columns of `mdata.obs` that the networks have;
    - `.uns["csmir"]["synergy"]`: the parameters.

    An association says that two miRNAs vary together, not that one helps the other.

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
    >>> cs.tl.synergy(mdata, regulation="truth")
    >>> mdata["synergy"].var.columns.to_list()
    ['mirna_a', 'mirna_b', 'n_cells']

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578, and the authors' follow-up on synergy (CSmiRsyn).
    """
    options = checked(
        min_shared=min_shared, alpha_shared=alpha_shared, adjust=adjust, alpha=alpha, box_size=box_size,
        universe=universe, validated=validated, pseudo_cells=pseudo_cells, max_pairs=max_pairs, n_threads=n_threads,
        memory=memory, progress=progress,
    )  # fmt: skip
    assemble.modality(mdata, "key_added", key_added)
    mdata = assemble.duplicate(mdata) if copy else mdata
    adata = partner_networks(
        mdata, "synergy", SIDES[K.MIRNA], options,
        mirna=mirna, mrna=mrna, regulation=regulation, layer=layer, key=key_added,
    )  # fmt: skip
    assemble.set_modality(mdata, key_added, adata)
    report("synergy", SIDES[K.MIRNA], adata)
    return mdata if copy else None
