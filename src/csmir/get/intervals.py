"""Where along a trajectory pairs are regulated, as a table."""

from __future__ import annotations

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import run_first


@fill
def intervals(data: MuData | AnnData, *, max_q: float = 0.05, regulation: str = K.REGULATION) -> pd.DataFrame:
    """Return the pairs that are regulated in a stretch of the trajectory, the surest first.

    Parameters
    ----------
    %(data)s
    max_q
        Largest q of a pair.
    %(regulation)s

    Returns
    -------
    A frame: `mirna`, `mrna`, `from` and `to` (places along the path, `.obs["path"]`: those at `from` or over and below
    `to` are called; none where they are equal), `statistic`, `pvalue`, `qvalue`.

    Raises
    ------
    StepError
        :func:`csmir.tl.intervals` was not run.
    InputError
        `max_q` is out of range.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=200, structure="trajectory", seed=1)
    >>> cs.pp.recipe_csmir(mdata)
    >>> cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", neighbors="expression")
    >>> cs.tl.intervals(mdata)
    >>> bool((cs.get.intervals(mdata)["qvalue"] <= 0.05).all())
    True
    """
    max_q = check.number("max_q", max_q, low=0, high=1)
    adata = _mudata.read_regulation(data, regulation)
    table = adata.uns.get(K.UNS, {}).get(K.Table.INTERVALS)
    if table is None:
        raise run_first("There are no intervals yet", "cs.tl.intervals(mdata)")
    kept = table[table["qvalue"] <= max_q]
    return kept.sort_values(["pvalue", "mirna", "mrna"], kind="stable").reset_index(drop=True)
