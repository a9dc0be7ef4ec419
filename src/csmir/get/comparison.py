"""The comparison of networks by their validated share, as a table."""

from __future__ import annotations

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._docs import fill
from csmir._errors import run_first


@fill
def comparison(data: MuData | AnnData, *, tests: bool = False, regulation: str = K.REGULATION) -> pd.DataFrame:
    """Tabulate the validated share of the networks and of what they were compared with.

    Requires :func:`csmir.tl.compare`, which describes the columns.

    Parameters
    ----------
    %(data)s
    tests
        The paired tests, one row for each comparison, in place of the shares, one row for each network and cell.
    %(regulation)s

    Returns
    -------
    DataFrame `network`, `cell`, `n_interactions`, `pct_validated`, `sd`; or with `tests=True` `network`,
    `mean_inferred`, `mean_network`, `difference`, `t`, `pvalue`, `n_cells`, and with `sample=` in the call
    `sample_difference`, `sample_low`, `sample_high`, `n_samples`.

    Raises
    ------
    StepError
        :func:`csmir.tl.compare` was not run.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.compare(mdata, mdata.uns["prior"].iloc[::2], against="prior", regulation="truth")
    >>> len(cs.get.comparison(mdata, regulation="truth"))  # 30 cells, inferred and prior
    60
    """
    tables = _mudata.read_regulation(data, regulation).uns.get(K.UNS, {})
    key = K.Table.COMPARISON_TESTS if tests else K.Table.COMPARISON
    if key not in tables:
        raise run_first("The networks were not compared yet", "cs.tl.compare(mdata, truth)")
    return tables[key].copy()
