"""Which miRNAs repress their targets, as a set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._mudata import assemble
from csmir._mudata.step import step
from csmir.get.targeting import ranked
from csmir.inference.adjustment import NOTHING
from csmir.inference.left_out import warn_if_inferred
from csmir.inference.neighbourhood import neighborhood
from csmir.inference.options import check_factors
from csmir.inference.pairs import pairs_to_test
from csmir.inference.sweep import sweep_table, swept
from csmir.inference.targeting import families_of, held_fixed, modality_of, refuse_measured, request_of, tell

if TYPE_CHECKING:
    from csmir.inference.hidden import Hidden
    from csmir.inference.target_sets import Sides, TargetSets

MIN_CELLS = 4
FEWEST_CELLS = 100  # for a test in each cell, by default


@step
def targeting(
    mdata: MuData,
    net: pd.DataFrame,
    *,
    by: str = "mirna",
    families: pd.DataFrame | None = None,
    min_expression: float | None = None,
    min_cells: int | None = None,
    min_targets: int = 20,
    n_bins: int = 20,
    match: str = "expression",
    groups: str | None = None,
    neighbors: str | None = None,
    n_neighbors: int | None = None,
    per_cell: bool | None = None,
    covariates: str | Sequence[str] | None = None,
    factors: int | str | None = None,
    sample: str | None = None,
    sweep: Iterable[float] | None = None,
    n_permutations: int = 10_000,
    seed: int = 0,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    layer: str | None = None,
    key_added: str = K.TARGETING,
    n_threads: int | None = None,
    progress: bool | None = None,
    copy: bool = False,
) -> MuData | None:
    r"""Test whether a miRNA goes down with its targets, all of them together.

    Answers: which miRNA represses its targets here? A single pair needs many cells; a set of targets holds evidence in
    few. Genes are ranked over the cells. With :math:`\rho_{rg}` Spearman's correlation of miRNA r and mRNA g,

    .. math:: \text{shift}_r = \frac{1}{|T|} \sum_{g \in T} \rho_{rg} - \sum_{g \notin T} w_g\, \rho_{rg}

    compares the targets T with mRNAs of the same mean expression and detection that are not targets: each bin of these
    two weighs as much in the second sum as its targets do in the first. So what goes up or down with all mRNAs of a
    kind, such as the depth of a cell, is not taken for targeting. A negative shift looks like repression.

    p is the share of permutations of the cells, miRNA profiles against mRNA profiles, with a shift as low. Genes go
    together, and permuting cells keeps that; a test that permutes or ranks genes takes them for independent and gives
    p-values that are far too small.

    Parameters
    ----------
    %(mdata)s
    %(net)s
    by
        `"mirna"`, or `"family"`: miRNAs of one seed, which share their targets, are one set; their level is the mean of
        their ranks.
    families
        For `by="family"`: the table of :func:`csmir.priors.families`, columns `family` and `mirna`.
    min_expression
        Only mRNAs whose mean over the cells is above this; None takes all. Lowly expressed mRNAs are mostly noise. The
        choice matters: decide before you look, or report the `sweep`.
    min_cells
        Only miRNAs and mRNAs that are detected in so many cells; None is a tenth of the cells, at least 3.
    min_targets
        Only miRNAs or families with so many targets among the mRNAs that are left.
    n_bins
        Bins of mean expression for matching, each cut in two by detection if it holds 60 genes or more that differ in
        that by over 30 % of the cells.
    match
        What the mRNAs that are not targets are matched by: `"expression"` (mean and detection), or `"listed"`: by how
        many miRNAs the prior lists them for, then by mean. mRNAs that many miRNAs are thought to target have long
        3' UTRs and more in common, and a miRNA may go down with all of them.
    groups
        A column of `mdata.obs`, such as cell types: differences between groups are subtracted from both sides, cells
        are permuted inside their groups, and of the cell's own test a group's cells share one.
    neighbors, n_neighbors
        Whom a cell is compared with in its own test, as in :func:`csmir.tl.regulation`.
    per_cell
        Whether to test each set in each cell, too; None does from 100 cells on.
    covariates
        Columns of `mdata.obs` or of a modality's, keys of `.obsm`, or features to adjust for. Over all cells, what a
        linear model of them (of a number's rank, its square and cube) explains of the ranks is subtracted from both
        sides, and the residuals of the miRNAs are permuted (Freedman and Lane; shifts of permuted residuals are
        stretched by the degrees of freedom that this takes); in a cell's own test they are held among its neighbours.
    %(factors)s
        Each set has its own, over all cells and, in a cell's own test, among its neighbours; with a `sweep`, each
        value chooses anew.
    sample
        A column of `mdata.obs`: the donor or sample that a cell comes from. Differences between donors are subtracted,
        and cells are permuted inside their donor.
    sweep
        Values of `min_expression` to repeat the test at, each with the same number of permutations; the table says how
        much hangs on the choice. Values that leave nothing to test have no rows, and a warning in the log names them.
    n_permutations
        Permutations of the cells, at least 100; p is at least 1 / (this + 1).
    seed
        Seed of the permutations.
    %(modalities)s
    %(layer)s
    key_added
        Name of the modality to write.
    n_threads
        Threads; None takes every core. The result does not depend on it.
    %(show_progress)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Writes `mdata["targeting"]`, an AnnData cells x miRNAs (or families):

    - `.X` float32: the correlation of the miRNA with its target score among the cell's neighbours, below 0 for
      repression, with `per_cell`; else the target score.
    - `.layers["qvalue"]` float64, with `per_cell`: of that correlation, one-sided for repression, Benjamini-Hochberg
      over the sets of the cell; `.layers["pvalue"]`.
    - `.layers["score"]` float32: the target score of each cell, the mean rank of the targets (standardised over the
      cells) less that of the matched mRNAs; low where the targets are low.
    - `.layers["level"]` float32: the standardised rank of the miRNA (or the mean of the family's).
    - `.var`: `mirna` (or `family`), `members`, `shift`, `shift_sd` (its standard deviation over the permutations),
      `pvalue` (one-sided, for repression), `qvalue` (Benjamini-Hochberg over the sets), `specificity` (share of other
      miRNAs' sets, those with most of their targets in common left out, that go down with this miRNA as much as its own
      set: near 0 where it is about its own targets), `n_targets`, `n_background`; with `per_cell` `n_cells`, the cells
      with q <= 0.05.
    - `.uns["csmir"]["targeting"]`: parameters, and `n_factors`, regressed out over all cells, and `n_factors_per_cell`;
      `.uns["csmir"]["sweep"]`, a table, with `sweep`.

    Raises
    ------
    InputError
        Fewer than 4 cells have both modalities, no set has enough targets (of a `sweep`: at none of its values), or a
        number is out of range.

    Notes
    -----
    The null hypothesis is that cells' miRNA profiles are exchangeable (inside their groups). A confounder that moves a
    miRNA and, apart from all other mRNAs alike, its targets breaks it: factors do not see a program of few other mRNAs
    (give it among `covariates`). In a cell's own test they must be exchangeable among its neighbours only.

    References
    ----------
    Freedman and Lane, Journal of Business & Economic Statistics 1983, 1:292, for permuting what groups leave.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=100, prevalence=0.3, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.targeting(mdata, mdata.uns["prior"], min_targets=10, n_permutations=200)
    >>> bool((mdata["targeting"].var["shift"] < 0).mean() > 0.8)
    True
    """
    from csmir.inference.local_sets import local_sets
    from csmir.inference.set_factors import held_in_cells, held_over_all
    from csmir.inference.target_sets import sets_of, shift_table, sides

    check.choice("by", by, ["mirna", "family"])
    expressed = None if min_expression is None else check.number("min_expression", min_expression, low=-np.inf)
    levels = swept(sweep)
    if min_cells is not None:
        check.integer("min_cells", min_cells, low=2)
    check.integer("min_targets", min_targets, low=2)
    check.integer("n_bins", n_bins, low=1)
    check.choice("match", match, ["expression", "listed"])
    check.integer("n_permutations", n_permutations, low=100)
    check.seed(seed)
    check_factors(factors)
    request = request_of(groups, neighbors, n_neighbors)
    listed = families_of(families, by)
    assemble.file_name("key_added", key_added)
    mdata = assemble.duplicate(mdata) if copy else mdata
    refuse_measured(mdata, key_added)
    data, held = held_fixed(
        mdata, _mudata.in_name_order(_mudata.paired(mdata, mirna=mirna, mrna=mrna, layer=layer)), groups=groups,
        sample=sample, covariates=covariates, mirna=mirna, mrna=mrna, curved=True,
    )  # fmt: skip
    warn_if_inferred(mdata, mirna)
    if len(data.cells) < MIN_CELLS:
        raise InputError(f"Targeting needs at least {MIN_CELLS} cells with both modalities; found {len(data.cells)}.")
    per_cell = len(data.cells) >= FEWEST_CELLS if per_cell is None else bool(per_cell)
    pairs = pairs_to_test(net, data)
    n_held = held.n_off(len(data.cells))

    def prepared(least: float | None) -> tuple[Sides, TargetSets, Hidden | None]:
        some = sides(data, least, min_cells)
        sets = sets_of(
            some.within(pairs), some, listed, min_targets=min_targets, n_bins=n_bins, match=match,
            strata=held.strata, nuisance=held.nuisance,
        )  # fmt: skip
        return some, *held_over_all(sets, some, strata=held.strata, n_held=n_held, factors=factors)

    def tested(sets: TargetSets, hidden: Hidden | None) -> pd.DataFrame:
        return shift_table(
            sets, held.strata, n_held=n_held, n_factors=0 if hidden is None else hidden.n,
            n_permutations=n_permutations, seed=seed, n_threads=n_threads, progress=progress,
        )  # fmt: skip

    some, sets, hidden = prepared(expressed)
    table = tested(sets, hidden)
    found, in_cells = None, NOTHING
    if per_cell:
        near = neighborhood(mdata, data, pairs, request, mrna=mrna, groups=held.groups, technical=held.technical)
        in_cells = held_in_cells(sets, some, data, near, request, held.columns, factors)
        found = local_sets(*sets.unadjusted, near.means, in_cells.adjustment)
    adata = modality_of(sets, table, found, data.cells, by, key_added)
    adata = adata[mdata.obs_names[mdata.obs_names.isin(data.cells)]].copy()
    _mudata.record(
        adata, "targeting", by=by, min_expression=expressed, min_cells=min_cells, min_targets=min_targets,
        n_bins=n_bins, match=match, groups=groups, neighbors=request.neighbors if per_cell else None,
        n_neighbors=n_neighbors, per_cell=per_cell, covariates=covariates, factors=factors, sample=sample,
        n_factors=0 if hidden is None else hidden.n, n_factors_per_cell=in_cells.n_factors if per_cell else None,
        n_permutations=n_permutations, seed=seed, mirna=mirna, mrna=mrna, layer=layer,
    )  # fmt: skip
    if levels:
        again = lambda v: ranked(tested(*prepared(v)[1:]).rename_axis(by).reset_index(), by)  # noqa: E731
        adata.uns[K.UNS][K.Table.SWEEP] = sweep_table(levels, again)
    with assemble.repeated_names():
        assemble.set_modality(mdata, key_added, adata)
    tell(ranked(adata.var, by), by, len(data.cells))
    return mdata if copy else None
