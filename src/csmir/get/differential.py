"""Differences between conditions as a tidy table."""

from __future__ import annotations

import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import run_first


@fill
def differential(mdata: MuData, *, kind: str | None = None, alpha: float | None = None) -> pd.DataFrame:
    """Tabulate which pairs and target sets are correlated differently under two conditions.

    Requires :func:`csmir.tl.differential`, which describes the columns.

    Parameters
    ----------
    %(mdata)s
    kind
        `"pair"` or `"targets"`; None gives both, target sets first.
    alpha
        Only results with q <= `alpha`; None takes all.

    Returns
    -------
    DataFrame, one row a target set or pair, sets first, each the smallest p first.

    Raises
    ------
    StepError
        :func:`csmir.tl.differential` was not run.

    Examples
    --------
    >>> import numpy as np
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=80, seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> mdata.obs["treated"] = np.arange(80) % 2 == 0
    >>> cs.tl.differential(mdata, mdata.uns["prior"], groupby="treated", group=True, n_permutations=100)
    >>> cs.get.differential(mdata, kind="pair").shape[0] == len(mdata.uns["prior"])
    True
    """
    table = mdata.uns.get(K.UNS, {}).get(K.Table.DIFFERENTIAL) if isinstance(mdata, MuData) else None
    if not isinstance(table, pd.DataFrame):
        raise run_first("There are no differences yet", "cs.tl.differential(mdata, net, groupby=..., group=...)")
    if kind is not None:
        table = table[table["kind"] == check.choice("kind", kind, ["pair", "targets"])]
    if alpha is not None:
        table = table[table[K.Var.QVALUE] <= check.number("alpha", alpha, low=0, high=1, low_open=True)]
    keys = pd.DataFrame({
        "pair": table["kind"].astype(str) == "pair", "p": table[K.Var.PVALUE], "size": -table["statistic"].abs(),
    })  # fmt: skip
    return table.loc[keys.sort_values(["pair", "p", "size"], kind="stable").index].reset_index(drop=True)
