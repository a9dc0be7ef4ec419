"""What of a prior the data have."""

from __future__ import annotations

from collections.abc import Mapping

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
from csmir._names import diagnose
from csmir._names.totals import warn_of_totals
from csmir.priors import _rename, _tidy
from csmir.priors.reconcile import ARMS


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
    """Report which names of a prior the data have, under which name, what the others may be, and what that costs.

    The report of :func:`csmir.priors.reconcile`, whose parameters it shares, for the features of a MuData. It never
    raises for what it is to report: a prior that does not fit is reported too, and the log says why.

    Parameters
    ----------
    %(net)s
    %(mdata)s
    %(modalities)s
    mapping, arms, n_suggestions
        As in :func:`csmir.priors.reconcile`.

    Returns
    -------
    DataFrame `name`, `kind`, `status`, `rule`, `matched_to`, `suggestion`, `n_pairs`, `pairs_lost` and
    `expression_lost`, one row a name of the prior. `pairs_lost` counts its pairs of which the data lack an end;
    `expression_lost` is the share (0 to 1) of all values of the modality that belongs to features suggested for an
    unmatched name and matched by no other. The log says which share belongs to features without any name of the prior,
    and warns of totals and spike-ins among the features. `.attrs["levels"]` says what miRNAs are named by.

    Raises
    ------
    InputError
        If the prior is not one, or a modality is missing.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=10, n_mirnas=5, n_mrnas=20)
    >>> report = cs.priors.match_report(mdata.uns["prior"], mdata)
    >>> set(report["status"])
    {'matched'}
    """
    net = check.net(net)
    arms = check.choice("arms", arms, ARMS)
    n_suggestions = check.integer("n_suggestions", n_suggestions, low=0)
    parts = {"mirna": _mudata.modality(mdata, mirna), "mrna": _mudata.modality(mdata, mrna)}
    names = [pd.Index(part.var_names.astype(str).unique(), dtype=object) for part in parts.values()]
    result = _rename.renamed(net, *names, mapping=mapping, arms=arms, n_suggestions=n_suggestions)
    report = result.report
    report["expression_lost"] = np.concatenate(
        [_expression_lost(report[report["kind"] == kind], part, kind) for kind, part in parts.items()]
    )
    _rename.log(report, len(net), result.n_rows, len(result.net))
    for side, known in zip(("miRNA", "mRNA"), names, strict=True):
        warn_of_totals(side, known, "a total goes with everything.")
    try:
        diagnose.refuse_several_species(result.seen.sources, result.seen.mirna)
        diagnose.refuse_other_species(result.seen)
        if result.net.empty:
            diagnose.refuse_reversed(result.seen)
            raise diagnose.nothing_renamed(report, result.seen)
    except InputError as e:
        logger.warning("match_report: %s", e)
    return report


def _expression_lost(report: pd.DataFrame, adata: AnnData, kind: str) -> np.ndarray:
    """Share of the modality's values that belongs to features suggested for each name and matched by none."""
    x = np.zeros((1, adata.n_vars)) if adata.X is None else adata.X
    total = np.abs(np.nan_to_num(np.asarray(x.sum(axis=0), dtype=np.float64).ravel()))
    share = pd.Series(total / max(total.sum(), np.finfo(float).tiny), index=adata.var_names.astype(str))
    share = share.groupby(level=0).sum()
    matched = {name for text in report["matched_to"] for name in text.split(_tidy.JOIN)}
    free = share[~share.index.isin(matched)]
    logger.info(
        "match_report: %s of %s %s features have no name in the prior, with %.1f %% of the values",
        *(f"{len(free):,}", f"{len(share):,}", kind, 100 * free.sum()),
    )
    unmatched = report["status"] == "unmatched"
    texts = report["suggestion"].where(unmatched, "")
    return np.array([free.reindex(text.split(_tidy.JOIN)).sum() for text in texts], dtype=np.float64)
