"""What differs between two conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import StepError
from csmir._log import logger
from csmir._mudata import assemble as _assemble
from csmir._mudata.step import step
from csmir.inference.conditions import compared, tell_depth
from csmir.inference.covariates import read_covariates
from csmir.inference.left_out import warn_if_inferred
from csmir.inference.options import check_factors
from csmir.inference.pairs import pairs_to_test


@step
def differential(
    mdata: MuData,
    net: pd.DataFrame | None = None,
    *,
    groupby: str,
    group: Any = None,
    reference: Any = None,
    sample: str | None = None,
    groups: str | None = None,
    covariates: str | Sequence[str] | None = None,
    factors: int | str | None = None,
    min_cells: int | None = None,
    min_targets: int = 20,
    n_bins: int = 20,
    n_permutations: int = 1_000,
    seed: int = 0,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    regulation: str = K.REGULATION,
    layer: str | None = None,
    n_threads: int | None = None,
    progress: bool | None = None,
    copy: bool = False,
) -> MuData | None:
    r"""Test whether pairs, and target sets, are correlated differently under two conditions.

    Answers: which regulation changes between healthy and diseased, treated and not, or along a number? Networks of
    cells cannot be compared by a test that takes cells for replicates: `sc.tl.rank_genes_groups` on them finds
    differences between random halves. Here the correlation itself is compared. Genes are ranked inside each condition,
    or each donor in it (a change of their level is not a change of regulation); with Fisher's
    :math:`z = \mathrm{artanh}\, \rho`, whose variance for n ranks is :math:`(1 + \rho^2 / 2) / (n - 3)`,

    .. math:: T = \frac{z_1 - z_2}{\sqrt{v_1 + v_2}}

    and p is the share of all pairs' T under permuted labels that are as far from 0. With k covariates and factors the T
    of the data has n - 3 - k, and that of permuted labels n - 3: residuals of a condition, once dealt to others, are
    residuals of none (Freedman and Lane's permutation, studentised).

    What is permuted is the unit that the result speaks of. With `sample=` (donors, patients, animals) each donor has
    one z a condition, donors are weighted by :math:`1 / (v + \tau^2)` with :math:`\tau^2` the spread between them
    (DerSimonian and Laird), and labels are permuted over donors; or signs of the differences are flipped, if donors
    have both conditions. Without it every row is a unit: right for bulk samples, while for cells of a few donors the
    result speaks of these cells and not of a population.

    Parameters
    ----------
    %(mdata)s
    net
        Putative pairs, columns `source` and `target`; None takes the pairs of the networks in `regulation`.
    groupby
        A column of `mdata.obs`: the condition. Of a column of numbers, with `group=None`, the correlation's change
        along it is tested.
    group, reference
        Levels of `groupby` to compare; a `reference` of None is all other cells. `difference` is `group` less
        `reference`.
    sample
        A column of `mdata.obs`: the donor or sample that a cell comes from.
    groups
        A column of `mdata.obs`, such as cell types: correlations are compared inside each, and the differences are
        averaged by their precision, so that neither the level of a type nor its share of the cells is a difference.
        There is one result for all types; for one alone give `mdata[mdata.obs["cell_type"] == "B"].copy()`. As one of
        the `covariates` a type would not be held: its correlations would still count by its share.
    covariates
        What to adjust for inside each condition or donor, as in :func:`csmir.tl.targeting`; k columns take k off n.
    %(factors)s
        They are sought in all cells, and each condition, or donor in it, has coefficients of its own, for at most one
        factor for ten of its cells. What differs between conditions because a program does is not regulation either,
        and a program that each donor has in a measure of its own hides what is.
        With few cells a donor (50, say) factors may cost more power than they give, which the log says; whether to hold
        any (`factors=0` holds none) is decided before looking at q.
    min_cells
        Only miRNAs and mRNAs that are detected in so many cells; None is a tenth of the cells, at least 3.
    min_targets, n_bins
        For target sets, as in :func:`csmir.tl.targeting`; `min_targets=0` tests pairs only.
    n_permutations
        Permutations; with few donors all arrangements are tried instead.
    seed
        Seed of the permutations.
    %(modalities)s
    %(regulation)s
        Not needed if `net` is given.
    %(layer)s
    n_threads
        Threads; None takes every core. The result does not depend on it.
    %(show_progress)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Writes `mdata.uns["csmir"]["differential"]`, a table (:func:`csmir.get.differential`): `kind` (pair or targets),
    `mirna`, `mrna` (empty for target sets), `correlation_group`, `correlation_reference`, `difference` (of z; along a
    number, the change of the correlation a standard deviation of it), `statistic`, `pvalue` (two-sided), `qvalue`
    (Benjamini-Hochberg over the pairs, and over the sets); and `mdata.uns["csmir"]["differential_parameters"]`, with
    `design`, `n_factors` and, for donors, `smallest_pvalue`.

    Raises
    ------
    StepError
        `net` is None and there are no networks.
    InputError
        A column or level is missing, a condition has too few samples, or a donor is in one condition with fewer than 2.

    Notes
    -----
    With few donors the smallest p that can be had is large (2 + 2 donors: 1/6 on one side, 1/3 on two): the log says
    so, and no number of cells mends it.

    Correlations are weaker where counts are fewer, so that a difference of depth looks like one of regulation: the log
    warns of it. Bring the deeper condition down to the other (`sc.pp.downsample_counts`, before the logarithm).

    References
    ----------
    Bonett and Wright, Psychometrika 2000, 65:23 (variance of Fisher's z of ranks); DerSimonian and Laird, Controlled
    Clinical Trials 1986, 7:177.

    Examples
    --------
    >>> import numpy as np
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=80, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> mdata.obs["treated"] = np.arange(80) % 2 == 0
    >>> cs.tl.differential(mdata, mdata.uns["prior"], groupby="treated", group=True, n_permutations=100)
    >>> int((cs.get.differential(mdata)["qvalue"] <= 0.05).sum())
    0
    """
    from csmir.inference import differential as infer
    from csmir.inference.target_sets import sides
    from csmir.inference.unit_factors import inside, tell_few
    from csmir.kernels.target_sets import n_taken, ranks_inside

    for name, value, low in (
        ("min_targets", min_targets, 0), ("n_bins", n_bins, 1), ("n_permutations", n_permutations, 100),
    ):  # fmt: skip
        check.integer(name, value, low=low)
    check.seed(seed)
    check_factors(factors)
    mdata = _assemble.duplicate(mdata) if copy else mdata
    data = _mudata.in_name_order(_mudata.paired(mdata, mirna=mirna, mrna=mrna, layer=layer))
    warn_if_inferred(mdata, mirna)
    who = compared(mdata, data.cells, groupby, group, reference, sample, groups)
    known = read_covariates(mdata, _at(data, who.kept), covariates, mirna=mirna, mrna=mrna)
    n_known = 0 if known is None else len(known.names)
    enough = who.of_enough(n_known)
    who = who.take(enough)
    data, first, number = _at(data, who.kept), who.first, who.number
    some = sides(data, None, min_cells)
    if number is None:
        tell_depth(some, first)
    if net is None:
        net = _pairs_of_networks(mdata, regulation)
    pairs = pairs_to_test(net, some)
    taken_off = ([] if known is None else [known.values[enough]]) + ([] if who.powers is None else [who.powers])
    nuisance = np.column_stack(taken_off) if taken_off else None
    x, y = (
        (ranks_inside(v, who.units, nuisance) * np.sqrt(len(enough))).astype(np.float32)
        for v in (some.mirna, some.mrna)
    )
    n_off = n_taken(who.units, nuisance)
    held = inside(x, y, some, pairs, who.units, n_off, factors)
    n_held = n_off if held is None else n_off + held.n_held
    how: dict[str, Any] = {
        "n_permutations": n_permutations, "seed": seed, "n_threads": n_threads, "progress": progress,
    }  # fmt: skip
    if held is not None and sample is not None:
        tell_few(held)
    of_factors = {"n_factors": 0} if held is None else {"n_factors": held.hidden.n} | held.hidden.noted
    noted: dict[str, Any] = {"design": f"{int(first.sum())} + {int((~first).sum())} samples"}
    tables = []
    for kind, columns, names in infer.hypotheses(pairs, some, x, y, held, min_targets, n_bins):
        if number is not None:
            found = infer.along(columns, number, **how)
            noted = {"design": f"{len(enough)} samples along {groupby}"}
        elif who.donors is None:
            found = infer.between_samples(columns, first, who.groups, n_held, **how)
        else:
            found, noted = infer.between_donors(columns, first, who.donors, who.groups, n_held, **how)
        tables.append(infer.table_of(kind, names, found, number is not None))
    table = pd.concat(tables, ignore_index=True)
    for column in ("kind", "mirna", "mrna"):
        table[column] = pd.Categorical(table[column])
    mdata.uns.setdefault(K.UNS, {})[K.Table.DIFFERENTIAL] = table
    _mudata.record(
        mdata, f"{K.Table.DIFFERENTIAL}_parameters", groupby=groupby, group=None if group is None else str(group),
        reference=None if reference is None else str(reference), sample=sample, groups=groups, covariates=covariates,
        factors=factors, min_cells=min_cells, min_targets=min_targets, n_bins=n_bins, n_permutations=n_permutations,
        seed=seed, mirna=mirna, mrna=mrna, layer=layer, **of_factors, **noted,
    )  # fmt: skip
    _tell(table, noted, sample is None)
    return mdata if copy else None


def _at(data: _mudata.Paired, at: np.ndarray) -> _mudata.Paired:
    return data._replace(cells=data.cells[at], mirna=data.mirna[at], mrna=data.mrna[at])


def _pairs_of_networks(mdata: MuData, key: str) -> pd.DataFrame:
    if key not in mdata.mod:
        raise StepError(
            "There are no networks whose pairs to take. Give a prior with `net`, or run cs.tl.regulation(mdata, net)."
        )
    var = _mudata.read_regulation(mdata, key).var
    return pd.DataFrame({K.SOURCE: var[K.Var.MIRNA].astype(str), K.TARGET: var[K.Var.MRNA].astype(str)})


def _tell(table: pd.DataFrame, noted: dict[str, Any], cells_are_units: bool) -> None:
    design = str(noted["design"])
    if "smallest_pvalue" in noted:
        logger.info("differential: %s: the smallest p that can be had is %.2g", design, noted["smallest_pvalue"])
    for kind, what in (("pair", "pairs"), ("targets", "target sets")):
        q = table.loc[table["kind"] == kind, K.Var.QVALUE]
        if len(q):
            logger.info("differential: %s: %s of %s %s have q <= 0.05", design, (q <= 0.05).sum(), f"{len(q):,}", what)
    if cells_are_units:
        logger.info(
            "differential: every row is a unit of its own. If rows are cells of a few donors, the result speaks of "
            "these cells and not of a population: name the donors with sample="
        )
