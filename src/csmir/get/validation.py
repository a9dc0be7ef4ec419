"""What share of each cell's network is validated or disease-related, as a table."""

from __future__ import annotations

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._docs import fill
from csmir._errors import run_first
from csmir.get.edges import CELL

COLUMNS = (K.Obs.PCT_VALIDATED, K.Obs.PCT_VALIDATED_HUBS, K.Obs.PCT_DISEASE, K.Obs.PCT_DISEASE_HUBS)


@fill
def validation(data: MuData | AnnData, *, regulation: str = K.REGULATION) -> pd.DataFrame:
    """Tabulate the validated and the disease-related share of each cell's network.

    Requires :func:`csmir.tl.validate`, which describes the columns.

    Parameters
    ----------
    %(data)s
    %(regulation)s

    Returns
    -------
    DataFrame `cell` (categorical), `n_interactions`, and those of `pct_validated`, `pct_validated_hubs`, `pct_disease`,
    `pct_disease_hubs` that were computed, in percent.

    Raises
    ------
    StepError
        :func:`csmir.tl.validate` was not run.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.validate(mdata, mdata.uns["prior"], regulation="truth")
    >>> cs.get.validation(mdata, regulation="truth").columns.to_list()
    ['cell', 'n_interactions', 'pct_validated']
    """
    adata = _mudata.read_regulation(data, regulation)
    columns = [c for c in COLUMNS if c in adata.obs]
    if not columns:
        raise run_first("There is no ground truth yet to compare with", "cs.tl.validate(mdata, truth)")
    out = adata.obs[columns].reset_index(drop=True)
    out.insert(0, K.Obs.N_INTERACTIONS, _mudata.edges(adata).getnnz(axis=1))
    out.insert(0, CELL, pd.Categorical(adata.obs_names, categories=adata.obs_names))
    return out
