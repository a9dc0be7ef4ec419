"""What of a prior the data have."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir._docs import fill
from csmir.priors.reconcile import reconcile


@fill
def match_report(
    net: pd.DataFrame,
    mdata: MuData,
    *,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    mapping: pd.DataFrame | Mapping[str, str] | None = None,
    arms: str = "unique",
    n_suggestions: int = 1_000,
) -> pd.DataFrame:
    """Report which names of a prior the data have, under which name, and what the others may be.

    The report of :func:`csmir.priors.reconcile`, whose parameters it shares, for the features of a MuData.

    Parameters
    ----------
    %(net)s
    %(mdata)s
    %(modalities)s
    mapping, arms, n_suggestions
        As in :func:`csmir.priors.reconcile`.

    Returns
    -------
    DataFrame `name`, `kind`, `status`, `rule`, `matched_to`, `suggestion`, `n_pairs`, one row a name of the prior.

    Raises
    ------
    InputError
        As :func:`csmir.priors.reconcile`, and if a modality is missing.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=10, n_mirnas=5, n_mrnas=20)
    >>> report = cs.priors.match_report(mdata.uns["prior"], mdata)
    >>> set(report["status"])
    {'matched'}
    """
    names = (_mudata.modality(mdata, m).var_names for m in (mirna, mrna))
    return reconcile(net, *names, mapping=mapping, arms=arms, n_suggestions=n_suggestions).report
