"""The enrichment results as a tidy table."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import run_first

STEPS = {K.Table.ENRICHMENT: "enrich", K.Table.DISEASE: "enrich_disease"}


@fill
def enrichment(
    data: MuData | AnnData,
    *,
    query: str | int | Iterable[str | int] | None = None,
    alpha: float | None = None,
    key: str = K.Table.ENRICHMENT,
    regulation: str = K.REGULATION,
) -> pd.DataFrame:
    """Tabulate the over-represented gene sets, or the disease enrichment.

    Requires :func:`csmir.tl.enrich` or :func:`csmir.tl.enrich_disease`, which describe the columns.

    Parameters
    ----------
    %(data)s
    query
        Only the results of these modules, cells, miRNAs, ... (a name or several); None takes all.
    alpha
        Only results with q < `alpha`; None takes all that were kept.
    key
        Name of the table: `"enrichment"`, `"disease_enrichment"`, or the `key_added` that was given.
    %(regulation)s

    Returns
    -------
    DataFrame, by query, then by p-value.

    Raises
    ------
    StepError
        There is no such table yet.
    InputError
        There is no such query.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> sets = {"first": mdata["mrna"].var_names[:20]}
    >>> cs.tl.enrich(mdata, sets, of="mirnas", share=0, alpha=None, regulation="truth")
    >>> cs.get.enrichment(mdata, regulation="truth").columns[-3:].to_list()
    ['pvalue', 'qvalue', 'genes']
    """
    adata = _mudata.read_regulation(data, regulation)
    table = adata.uns.get(K.UNS, {}).get(key)
    if not isinstance(table, pd.DataFrame):
        step = STEPS.get(key)
        call = f"cs.tl.{step}" if step else f"cs.tl.enrich or cs.tl.enrich_disease with key_added={key!r}"
        raise run_first(f"There is no enrichment under {key!r} yet", call)
    if query is not None:
        names = [str(name) for name in ([query] if isinstance(query, str | int) else query)]
        _networks.positions("query", table["query"].cat.categories, names)
        table = table[table["query"].isin(names)]
    if alpha is not None:
        table = table[table["qvalue"] < check.number("alpha", alpha, low=0, high=1, low_open=True)]
    return table.reset_index(drop=True)
