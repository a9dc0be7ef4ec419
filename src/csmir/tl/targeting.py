"""Which miRNAs repress their targets, as a set."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir._mudata import output_names as where
from csmir.get.targeting import ranked
from csmir.inference.groups import group_labels
from csmir.tl._inputs import pairs_to_test

if TYPE_CHECKING:
    from csmir.inference.target_sets import TargetSets

MIN_CELLS = 4


@fill
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

    compares the targets T with mRNAs of the same mean expression and detection that are no targets: each bin of these
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
        What the mRNAs that are no targets are matched by: `"expression"` (mean and detection), or `"listed"`: by how
        many miRNAs the prior lists them for, then by mean. mRNAs that many miRNAs are thought to target have long
        3' UTRs and more in common, and a miRNA may go down with all of them.
    groups
        A column of `mdata.obs`, such as cell types, donors or batches: differences between groups are subtracted
        from both sides, and cells are permuted inside their groups.
    sweep
        Values of `min_expression` to repeat the test at, each with the same number of permutations; the table says how
        much hangs on the choice.
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

    - `.X` float32: the target score of each cell, the mean rank of the targets (standardised over the cells) less that
      of the matched mRNAs; low where the targets are low.
    - `.layers["level"]` float32: the standardised rank of the miRNA (or the mean of the family's).
    - `.var`: `mirna` (or `family`), `members`, `shift`, `shift_sd` (its standard deviation over the permutations),
      `pvalue` (one-sided, for repression), `qvalue` (Benjamini-Hochberg over the sets), `specificity` (share of other
      miRNAs' sets, those with most of their targets in common left out, that go down with this miRNA as much as its own
      set: near 0 where it is about its own targets), `n_targets`, `n_background`.
    - `.uns["csmir"]["targeting"]`: parameters; `.uns["csmir"]["sweep"]`, a table, with `sweep`.

    Raises
    ------
    InputError
        Fewer than 4 cells have both modalities, no set has enough targets, or a number is out of range.

    Notes
    -----
    The null hypothesis is that cells' miRNA profiles are exchangeable (inside their groups). A confounder that moves a
    miRNA and, apart from all other mRNAs alike, its targets breaks it.

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
    from csmir.inference.target_sets import sets_of, shift_table, sides

    check.choice("by", by, ["mirna", "family"])
    expressed = None if min_expression is None else check.number("min_expression", min_expression, low=-np.inf)
    levels = [check.number("sweep", v, low=-np.inf) for v in sweep] if sweep is not None else []
    if min_cells is not None:
        check.integer("min_cells", min_cells, low=2)
    check.integer("min_targets", min_targets, low=2)
    check.integer("n_bins", n_bins, low=1)
    check.choice("match", match, ["expression", "listed"])
    check.integer("n_permutations", n_permutations, low=100)
    check.seed(seed)
    listed = _families(families, by)
    where.file_name("key_added", key_added)
    mdata = assemble.duplicate(mdata) if copy else mdata
    _refuse_measured(mdata, key_added)
    data = _mudata.in_name_order(_mudata.paired(mdata, mirna=mirna, mrna=mrna, layer=layer))
    strata = None if groups is None else group_labels(mdata, data.cells, groups)
    data, strata = _with_group(data, strata)
    if len(data.cells) < MIN_CELLS:
        raise InputError(f"Targeting needs at least {MIN_CELLS} cells with both modalities; found {len(data.cells)}.")
    nuisance = None if strata is None else np.eye(int(strata.max()) + 1)[strata]
    choice: dict[str, Any] = {"min_targets": min_targets, "n_bins": n_bins, "match": match, "nuisance": nuisance}

    def prepared(least: float | None) -> TargetSets:
        some = sides(data, least, min_cells)
        return sets_of(pairs_to_test(net, some), some, listed, **choice)

    tested = partial(
        shift_table, strata=strata, n_permutations=n_permutations, seed=seed, n_threads=n_threads, progress=progress
    )
    sets = prepared(expressed)
    table = tested(sets)
    adata = _to_anndata(sets, table, data.cells, by, key_added)
    adata = adata[mdata.obs_names[mdata.obs_names.isin(data.cells)]].copy()
    _mudata.record(
        adata, "targeting", by=by, min_expression=expressed, min_cells=min_cells, min_targets=min_targets,
        n_bins=n_bins, match=match, groups=groups, n_permutations=n_permutations, seed=seed, mirna=mirna,
        mrna=mrna, layer=layer,
    )  # fmt: skip
    if levels:
        results = [tested(prepared(v)).rename_axis(by).reset_index() for v in levels]
        rows = [ranked(t, by).assign(min_expression=v) for t, v in zip(results, levels, strict=True)]
        adata.uns[K.UNS][K.Table.SWEEP] = pd.concat(rows, ignore_index=True)
    with assemble.repeated_names():
        assemble.set_modality(mdata, key_added, adata)
    _tell(table, by, len(data.cells))
    return mdata if copy else None


def _families(families: pd.DataFrame | None, by: str) -> dict[str, list[str]] | None:
    if by == "mirna":
        if families is not None:
            raise InputError('`families` is for by="family"; leave it out, or ask for families.')
        return None
    if families is None:
        raise InputError(
            'by="family" needs the table of families: families=cs.priors.families("miR_Family_Info.txt"), or a '
            "DataFrame with the columns 'family' and 'mirna'."
        )
    frame = check.columns("families", families, ["family", "mirna"])
    return {str(name): part["mirna"].astype(str).tolist() for name, part in frame.groupby("family", sort=True)}


def _refuse_measured(mdata: MuData, key: str) -> None:
    """Never write over a modality of another kind."""
    there = mdata.mod.get(key) if isinstance(mdata, MuData) else None
    if there is not None and "targeting" not in there.uns.get(K.UNS, {}):
        raise InputError(f"`key_added` must be a new name; the modality {key!r} holds something else. Choose another.")


def _with_group(data: _mudata.Paired, strata: np.ndarray | None) -> tuple[_mudata.Paired, np.ndarray | None]:
    """Cells that have a group, and the groups numbered from 0."""
    if strata is None:
        return data, None
    kept = np.flatnonzero(strata >= 0)
    names, codes = np.unique(strata[kept], return_inverse=True)
    single = int((np.bincount(codes) < 2).sum())
    if single:
        logger.warning("targeting: %d of %d groups have one cell, which says nothing", single, len(names))
    return data._replace(cells=data.cells[kept], mirna=data.mirna[kept], mrna=data.mrna[kept]), codes


def _to_anndata(sets: TargetSets, table: pd.DataFrame, cells: pd.Index, by: str, key: str) -> AnnData:
    n = np.sqrt(len(sets.scores))
    var = table.assign(**{by: sets.names, K.Var.MEMBERS: sets.members})
    var = var[[by, K.Var.MEMBERS, *table.columns]].set_axis(pd.Index([f"{key}:{name}" for name in sets.names]), axis=0)
    return AnnData(
        (sets.scores * n).astype(np.float32),
        obs=pd.DataFrame(index=cells),
        var=var,
        layers={"level": (sets.regulator * n).astype(np.float32)},
    )


def _tell(table: pd.DataFrame, by: str, n_cells: int) -> None:
    best = ranked(table.rename_axis(by).reset_index(), by).iloc[0]
    logger.info(
        "targeting: %d of %d %s have q <= 0.05 over %d cells; the smallest p is that of %s (shift %.3f, p = %.2g, "
        "q = %.2g, %d targets; %.0f %% of other target sets go down with it as much)",
        int((table[K.Var.QVALUE] <= 0.05).sum()), len(table), "miRNAs" if by == "mirna" else "families", n_cells,
        best[by], best[K.Var.SHIFT], best[K.Var.PVALUE], best[K.Var.QVALUE], best[K.Var.N_TARGETS],
        100 * best[K.Var.SPECIFICITY],
    )  # fmt: skip
