"""The modules as a tidy table."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir._docs import fill
from csmir._keys import Module


@fill
def modules(
    data: MuData | AnnData,
    *,
    network: str | Iterable[str] | None = None,
    feature: str | Iterable[str] | None = None,
    summary: bool = False,
    key: str = K.Table.MODULES,
    regulation: str = K.REGULATION,
) -> pd.DataFrame:
    """Tabulate the modules of the networks: one row for each member, or one for each module.

    Requires :func:`csmir.tl.modules`.

    Parameters
    ----------
    %(data)s
    network
        Only the modules of these networks (`"conserved"`, `"rewired"` or cells, as they were asked for); None takes
        all.
    feature
        Only modules that have all of these members (a miRNA or mRNA, or several); None takes all.
    summary
        One row a module in place of one row a member.
    key
        Name of the table, if :func:`csmir.tl.modules` was given a `key_added`.
    %(regulation)s

    Returns
    -------
    DataFrame `network`, `module`, `kind` (mirna / mrna), `feature`; with `summary=True` `network`, `module`,
    `n_mirnas`, `n_mrnas` and the names in `mirnas` and `mrnas`, joined with `;`. A network without modules has no row.

    Raises
    ------
    StepError
        :func:`csmir.tl.modules` was not run, or under another `key`.
    InputError
        There is no such network or feature among the modules.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.modules(mdata, "cells", regulation="truth")
    >>> cs.get.modules(mdata, summary=True, regulation="truth").columns.to_list()
    ['network', 'module', 'n_mirnas', 'n_mrnas', 'mirnas', 'mrnas']
    """
    table = _networks.modules(_mudata.read_regulation(data, regulation), key, regulation)
    if network is not None:
        names = [network] if isinstance(network, str) else list(network)
        _networks.positions("network with modules", table[Module.NETWORK].cat.categories, names)
        table = table[table[Module.NETWORK].isin(names)]
    if feature is not None:
        names = [feature] if isinstance(feature, str) else list(feature)
        _networks.positions("feature of a module", table[Module.FEATURE].cat.categories, names)
        hits = table[table[Module.FEATURE].isin(names)].drop_duplicates([Module.MODULE, Module.FEATURE])
        n_hits = hits.groupby(Module.MODULE, observed=True).size()
        table = table[table[Module.MODULE].isin(n_hits.index[n_hits == len(set(names))])]
    table = table.reset_index(drop=True)
    return _summary(table) if summary else table


def _summary(table: pd.DataFrame) -> pd.DataFrame:
    first = table.drop_duplicates(Module.MODULE)
    out = first[[Module.NETWORK, Module.MODULE]].reset_index(drop=True)
    at = np.searchsorted(out[Module.MODULE].to_numpy(), table[Module.MODULE].to_numpy())
    for kind in (K.MIRNA, K.MRNA):
        here = (table[Module.KIND] == kind).to_numpy()
        out[f"n_{kind}s"] = np.bincount(at[here], minlength=len(out))
    for kind in (K.MIRNA, K.MRNA):
        here = (table[Module.KIND] == kind).to_numpy()
        names = table[Module.FEATURE].astype(str).to_numpy(dtype=object)[here]
        ends = np.cumsum(out[f"n_{kind}s"])
        out[f"{kind}s"] = [";".join(part) for part in np.split(names, ends[:-1])] if len(out) else []
    return out
