"""Modules of the networks: miRNAs and mRNAs that regulate together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._mudata import assemble, made_of
from csmir._mudata.step import step
from csmir._networks.selection import named_networks
from csmir.tl._modules import ends_of, ends_of_frame, module_table


@step
def modules(
    data: MuData | AnnData | pd.DataFrame,
    of: str | Iterable[str] = K.CONSERVED,
    *,
    min_mirnas: int = 2,
    min_mrnas: int = 3,
    min_size: int = 3,
    inflation: float = 2.0,
    max_modules: int = 1_000_000,
    q_pair: float | None = None,
    key_added: str = K.Table.MODULES,
    regulation: str = K.REGULATION,
    copy: bool = False,
) -> MuData | AnnData | pd.DataFrame | None:
    """Find the modules of networks: sets of miRNAs that all regulate the same set of mRNAs.

    A *biclique* is a set of miRNAs and a set of mRNAs in which every miRNA regulates every mRNA. The modules of a
    network are all of its bicliques that are maximal (no further miRNA or mRNA can join) and have at least `min_mirnas`
    and `min_mrnas` members. Modules overlap: a miRNA and an mRNA may be in many.

    In networks among features of one kind (:func:`csmir.tl.synergy`, :func:`csmir.tl.sponge`) modules are the clusters
    of at least `min_size` features that Markov clustering finds in the undirected graph (expansion 2); they do not
    overlap.

    Parameters
    ----------
    data
        The MuData after :func:`csmir.tl.regulation`, or its cells x pairs AnnData; or any one network, a DataFrame
        with columns `source` (miRNA) and `target` (mRNA), or `mirna` and `mrna`.
    of
        Whose modules: `"conserved"` or `"rewired"` interactions (requires :func:`csmir.tl.conservation`), `"cells"` for
        the network of every cell, or the names of some cells. Not used for a DataFrame.
    min_mirnas, min_mrnas
        Smallest numbers of miRNAs and mRNAs in a biclique.
    min_size
        Smallest number of features in a Markov cluster.
    inflation
        Inflation of Markov clustering, above 1; more gives smaller modules.
    max_modules
        Stop with an error beyond this many bicliques in all networks of the call. Their number can grow exponentially
        with the density of a network; a million takes about 0.2 GB.
    %(q_pair)s
    key_added
        Name of the table, in place of `modules`.
    %(regulation)s
    %(copy_data)s

    Returns
    -------
    For a DataFrame the table itself, without the column `network`. Otherwise the changed copy if
    `copy=True`, else None.

    Notes
    -----
    Written to `mdata["regulation"].uns["csmir"]`:

    - `modules`: DataFrame `network` (categorical: `conserved`, `rewired` or the cell), `module` (int32, counting
      from 0 through all networks), `kind` (categorical mirna / mrna), `feature` (categorical); one row for each member.
      Within a network the bicliques with the most interactions come first. See :func:`csmir.get.modules`;
    - `modules_parameters`: the parameters.

    About 100,000 bicliques a second; the 19 networks of K562 have 30,000 to 110,000 each. Markov clustering takes
    milliseconds for some hundred features, and some ten seconds a cell for thousands (sponge networks).

    Raises
    ------
    StepError
        There are no networks yet, or conserved ones are asked for before :func:`csmir.tl.conservation`, or `q_pair`
        is given and the networks have no q-values of pairs.
    InputError
        There is no such cell, a size is below 1, or there are more modules than `max_modules`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.modules(mdata, "cells", regulation="truth")
    >>> cs.get.modules(mdata, regulation="truth").columns.to_list()
    ['network', 'module', 'kind', 'feature']
    >>> cs.tl.modules(mdata.uns["prior"]).columns.to_list()
    ['module', 'kind', 'feature']

    References
    ----------
    Zhang J et al. (2021), BMC Bioinformatics 22:578. van Dongen S (2000), Graph clustering by flow simulation. Uno T et
    al. (2004), LCM ver. 2.
    """
    sizes = (check.integer("min_mirnas", min_mirnas, low=1), check.integer("min_mrnas", min_mrnas, low=1))
    min_size = check.integer("min_size", min_size, low=1)
    inflation = check.number("inflation", inflation, low=1, low_open=True)
    max_modules = check.integer("max_modules", max_modules, low=1)
    if isinstance(data, pd.DataFrame):
        ends = ends_of_frame(data)
        table = module_table([("network", np.arange(len(ends.a)))], ends, sizes, min_size, inflation, max_modules)
        return table.drop(columns=K.Module.NETWORK)
    data = assemble.duplicate(data) if copy else data
    adata = _mudata.regulation(data, regulation)
    assemble.entry(adata, key_added)
    of = of if isinstance(of, str) else list(of)
    networks = named_networks(adata, of, _mudata.holding(adata, q_pair))
    ends = ends_of(adata)
    table = module_table(networks, ends, sizes, min_size, inflation, max_modules)
    size: dict[str, Any] = {"min_size": min_size, "inflation": inflation}
    if not ends.one_kind:
        size = {"min_mirnas": min_mirnas, "min_mrnas": min_mrnas}
    _mudata.record(adata, f"{key_added}_parameters", of=of, q_pair=q_pair, **size)
    adata.uns[K.UNS][key_added] = table
    made_of.mark(adata, "cells", "pairs", uns=key_added)
    return data if copy else None
