"""The target-set test as a tidy table."""

from __future__ import annotations

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import run_first


@fill
def targeting(
    data: MuData | AnnData, *, sweep: bool = False, alpha: float | None = None, key: str = K.TARGETING
) -> pd.DataFrame:
    """Tabulate which miRNAs go down with their targets.

    Requires :func:`csmir.tl.targeting`, which describes the columns.

    Parameters
    ----------
    data
        The MuData after :func:`csmir.tl.targeting`, or its cells x miRNAs AnnData.
    sweep
        The results at each threshold of expression instead, for each the best first.
    alpha
        Only results with q <= `alpha`; None takes all.
    key
        Name of the modality: the `key_added` that was given.

    Returns
    -------
    DataFrame, one row a miRNA or family, the smallest p first, `place` counted from 1 (ties share a place).

    Raises
    ------
    StepError
        :func:`csmir.tl.targeting` was not run, or not with `sweep`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=100, prevalence=0.3, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.targeting(mdata, mdata.uns["prior"], min_targets=10, n_permutations=200)
    >>> int(cs.get.targeting(mdata)["place"].iloc[0])
    1
    """
    adata = data.mod.get(key) if isinstance(data, MuData) else data
    if not isinstance(adata, AnnData) or "targeting" not in adata.uns.get(K.UNS, {}):
        raise run_first(f"There is no target-set test under {key!r} yet", "cs.tl.targeting(mdata, net)")
    by = str(adata.uns[K.UNS]["targeting"]["by"])
    if sweep:
        table = adata.uns[K.UNS].get(K.Table.SWEEP)
        if table is None:
            raise run_first("The test was run at one threshold", "cs.tl.targeting(mdata, net, sweep=range(7))")
    else:
        table = ranked(adata.var.reset_index(drop=True), by)
    if alpha is not None:
        table = table[table[K.Var.QVALUE] <= check.number("alpha", alpha, low=0, high=1, low_open=True)]
    return table.reset_index(drop=True)


def ranked(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Best first, with its place."""
    table = table.sort_values([K.Var.PVALUE, K.Var.SHIFT, by], kind="stable", ignore_index=True)
    table["place"] = table[K.Var.PVALUE].rank(method="min").astype(int)
    return table
