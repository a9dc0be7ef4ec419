"""What `cs.tl.family` found, as tables and as matrices of cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError, StepError, run_first

TABLES = {
    "targets": K.Table.FAMILY_TARGETS,
    "modules": K.Table.FAMILY_MODULES,
    "counts": K.Table.FAMILY_COUNTS,
    "ks": K.Table.FAMILY_KS,
    "shuffled": K.Table.FAMILY_SHUFFLED,
}
FAMILY = "family"


@fill
def family(
    data: MuData | AnnData, table: str = "targets", *, family: str | None = None, regulation: str = K.REGULATION
) -> pd.DataFrame:
    """Tabulate what a miRNA family does in each cell.

    Requires :func:`csmir.tl.family`, which describes the columns.

    Parameters
    ----------
    %(data)s
    table
        `"targets"` (interactions, conserved or rewired or neither), `"modules"`, `"counts"` (of each cell and run),
        `"ks"` (tests between cells) or `"shuffled"` (the same after the pairing of the cells was shuffled).
    family
        Only the rows of this family; None takes all.
    %(regulation)s

    Returns
    -------
    DataFrame with the column `family` and those of the table.

    Raises
    ------
    StepError
        :func:`csmir.tl.family` was not run.
    InputError
        There is no such table or family.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.conservation(mdata, regulation="truth")
    >>> cs.tl.family(mdata, list(mdata["mirna"].var_names[:4]), regulation="truth")
    >>> cs.get.family(mdata, "counts", regulation="truth").columns.to_list()
    ['family', 'cell', 'run', 'n_interactions', 'n_targets']
    """
    return _rows(_mudata.read_regulation(data, regulation), table, family)


def _rows(adata: AnnData, table: str, family: str | None) -> pd.DataFrame:
    check.choice("table", table, TABLES)
    tables = adata.uns.get(K.UNS, {})
    if TABLES[table] not in tables:
        raise run_first("No miRNA family was followed yet", "cs.tl.family(mdata, members)")
    out = tables[TABLES[table]]
    if family is not None:
        there = tables[K.Table.FAMILY_COUNTS][FAMILY].astype(str).unique()
        check.choice("family", family, there)
        out = out[(out[FAMILY].astype(str) == family).to_numpy()]
    return out.reset_index(drop=True)


@fill
def family_ks(
    data: MuData | AnnData,
    measure: str = "n_targets",
    *,
    value: str = "pvalue",
    family: str | None = None,
    regulation: str = K.REGULATION,
) -> pd.DataFrame:
    """Arrange the Kolmogorov-Smirnov tests of a miRNA family as a matrix of cells.

    Requires :func:`csmir.tl.family`.

    Parameters
    ----------
    %(data)s
    measure
        `"n_interactions"`, `"n_targets"`, `"pct_validated"` or `"pct_disease"`.
    value
        `"pvalue"`, with 1 on the diagonal, or `"statistic"`, with 0.
    family
        Name of the family; None if there is only one.
    %(regulation)s

    Returns
    -------
    DataFrame cells x cells, symmetric, float64.

    Raises
    ------
    StepError
        :func:`csmir.tl.family` was not run.
    InputError
        There is no such measure, or several families and none was named.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=12, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.pp.bootstrap_cells(mdata, n_runs=10)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.3)
    >>> cs.tl.conservation(mdata)
    >>> cs.tl.family(mdata, list(mdata["mirna"].var_names[:4]))
    >>> cs.get.family_ks(mdata).shape
    (12, 12)
    """
    check.choice("value", value, ("pvalue", "statistic"))
    adata = _mudata.read_regulation(data, regulation)
    tests = _rows(adata, "ks", family)
    if tests.empty:
        raise StepError(
            "The cells of this family were not tested: the networks have one run. Run cs.pp.bootstrap_cells(mdata), "
            "cs.tl.regulation(mdata, net) and cs.tl.family(mdata, members) for a distribution of each cell."
        )
    names = tests[FAMILY].astype(str).unique()
    if len(names) > 1:
        raise InputError(f"There are several families: {check.listing(names)}. Name one with `family=`.")
    check.choice("measure", measure, tests["measure"].astype(str).unique())
    tests = tests[(tests["measure"].astype(str) == measure).to_numpy()]
    out = np.full((adata.n_obs, adata.n_obs), np.nan)
    at = [adata.obs_names.get_indexer(tests[c].astype(str)) for c in ("cell_a", "cell_b")]
    out[at[0], at[1]] = out[at[1], at[0]] = tests[value]
    np.fill_diagonal(out, 1.0 if value == "pvalue" else 0.0)
    return pd.DataFrame(out, index=adata.obs_names, columns=adata.obs_names)
