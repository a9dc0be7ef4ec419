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
from csmir._errors import InputError, StepError
from csmir._log import logger
from csmir._mudata import assemble as _assemble
from csmir._mudata.step import step
from csmir.inference.cells import group_labels
from csmir.inference.covariates import read_covariates
from csmir.inference.left_out import warn_if_inferred
from csmir.inference.pairs import pairs_to_test

FEWEST = 8


@step
def differential(
    mdata: MuData,
    net: pd.DataFrame | None = None,
    *,
    groupby: str,
    group: Any = None,
    reference: Any = None,
    sample: str | None = None,
    covariates: str | Sequence[str] | None = None,
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
    differences between random halves. Here the correlation itself is compared. Genes are ranked inside each condition
    (a change of their level is not a change of regulation); with Fisher's :math:`z = \mathrm{artanh}\, \rho`, whose
    variance for n ranks is :math:`(1 + \rho^2 / 2) / (n - 3)`,

    .. math:: T = \frac{z_1 - z_2}{\sqrt{v_1 + v_2}}

    and p is the share of all pairs' T under permuted labels that are as far from 0. With k covariates the T of the data
    has n - 3 - k, and that of permuted labels n - 3: residuals of a condition, once dealt to others, are residuals of
    none (Freedman and Lane's permutation, studentised).

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
    covariates
        What to adjust for inside each condition, as in :func:`csmir.tl.targeting`; k columns take k off n.
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
    `design` and, for donors, `smallest_pvalue`.

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
    from csmir.kernels.target_sets import ranks_inside

    for name, value, low in (
        ("min_targets", min_targets, 0), ("n_bins", n_bins, 1), ("n_permutations", n_permutations, 100),
    ):  # fmt: skip
        check.integer(name, value, low=low)
    check.seed(seed)
    mdata = _assemble.duplicate(mdata) if copy else mdata
    data = _mudata.in_name_order(_mudata.paired(mdata, mirna=mirna, mrna=mrna, layer=layer))
    warn_if_inferred(mdata, mirna)
    values = _column(mdata, data.cells, "groupby", groupby)
    number = group is None and pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if group is None and not number:
        levels = check.listing(sorted({str(v) for v in values.dropna()}))
        raise InputError(f"`group` must name the level of {groupby!r} to compare, one of {levels}; found None.")
    label = values.notna().to_numpy() - 1 if number else infer.condition(values.to_numpy(), groupby, group, reference)
    donors = None if sample is None else group_labels(mdata, data.cells, sample)
    kept = np.flatnonzero((label >= 0) & (True if donors is None else donors >= 0))
    first = label[kept] == 1
    _refuse_few(kept, first, number)
    data = data._replace(cells=data.cells[kept], mirna=data.mirna[kept], mrna=data.mrna[kept])
    known = read_covariates(mdata, data, covariates, mirna=mirna, mrna=mrna)
    some = sides(data, None, min_cells)
    if net is None:
        net = _pairs_of_networks(mdata, regulation)
    strata = np.zeros(len(kept), np.int64) if number else first.astype(np.int64)
    if number and donors is not None:
        raise InputError("`sample` compares two conditions; along a number leave it out, or name a `group`.")
    taken_off = ([] if known is None else [known.values]) + ([_powers(values, kept)] if number else [])
    nuisance = np.column_stack(taken_off) if taken_off else None
    x, y = (
        (ranks_inside(v, strata, nuisance) * np.sqrt(len(kept))).astype(np.float32) for v in (some.mirna, some.mrna)
    )
    n_held = 0 if known is None else len(known.names)
    how: dict[str, Any] = {
        "n_permutations": n_permutations, "seed": seed, "n_threads": n_threads, "progress": progress,
    }  # fmt: skip
    noted: dict[str, Any] = {"design": f"{int(first.sum())} + {int((~first).sum())} samples"}
    tables = []
    for kind, columns, names in infer.hypotheses(pairs_to_test(net, some), some, x, y, min_targets, n_bins):
        if number:
            found = infer.along(columns, values.to_numpy(float)[kept], **how)
            noted = {"design": f"{len(kept)} samples along {groupby}"}
        elif donors is None:
            found = infer.between_samples(columns, first, n_held, **how)
        else:
            found, noted = infer.between_donors(columns, first, donors[kept], n_held, **how)
        tables.append(infer.table_of(kind, names, found, number))
    table = pd.concat(tables, ignore_index=True)
    for column in ("kind", "mirna", "mrna"):
        table[column] = pd.Categorical(table[column])
    mdata.uns.setdefault(K.UNS, {})[K.Table.DIFFERENTIAL] = table
    _mudata.record(
        mdata, f"{K.Table.DIFFERENTIAL}_parameters", groupby=groupby, group=None if group is None else str(group),
        reference=None if reference is None else str(reference), sample=sample, covariates=covariates,
        min_cells=min_cells, min_targets=min_targets, n_bins=n_bins, n_permutations=n_permutations, seed=seed,
        mirna=mirna, mrna=mrna, layer=layer, **noted,
    )  # fmt: skip
    _tell(table, noted["design"], donors is None)
    return mdata if copy else None


def _column(mdata: MuData, cells: pd.Index, name: str, column: Any) -> pd.Series:
    if not isinstance(column, str) or column not in mdata.obs:
        raise InputError(
            f"`{name}` must be a column of mdata.obs, which has {check.listing(mdata.obs.columns) or 'none'}; found "
            f"{column!r}.{check.suggest(column, [str(c) for c in mdata.obs.columns])}"
        )
    return mdata.obs.loc[cells, column]


def _powers(values: pd.Series, kept: np.ndarray) -> np.ndarray:
    """The number and its square: a level that follows them is not a correlation."""
    number = values.to_numpy(float)[kept]
    number = (number - number.mean()) / max(float(number.std()), 1e-12)
    return np.column_stack([number, number**2])


def _refuse_few(kept: np.ndarray, first: np.ndarray, number: bool) -> None:
    smallest = len(kept) if number else min(int(first.sum()), int((~first).sum()))
    if smallest < FEWEST:
        where = "with a value" if number else "of the smaller condition"
        raise InputError(f"A correlation needs at least {FEWEST} samples; found {smallest} {where}.")


def _pairs_of_networks(mdata: MuData, key: str) -> pd.DataFrame:
    if key not in mdata.mod:
        raise StepError(
            "There are no networks whose pairs to take. Give a prior with `net`, or run cs.tl.regulation(mdata, net)."
        )
    var = _mudata.read_regulation(mdata, key).var
    return pd.DataFrame({K.SOURCE: var[K.Var.MIRNA].astype(str), K.TARGET: var[K.Var.MRNA].astype(str)})


def _tell(table: pd.DataFrame, design: str, cells_are_units: bool) -> None:
    for kind, what in (("pair", "pairs"), ("targets", "target sets")):
        q = table.loc[table["kind"] == kind, K.Var.QVALUE]
        if len(q):
            logger.info("differential: %s: %s of %s %s have q <= 0.05", design, (q <= 0.05).sum(), f"{len(q):,}", what)
    if cells_are_units:
        logger.info(
            "differential: every row is a unit of its own. If rows are cells of a few donors, the result speaks of "
            "these cells and not of a population: name the donors with sample="
        )
