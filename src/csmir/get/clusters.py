"""Clusters of cells as tidy tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import run_first
from csmir.get.edges import CELL


@fill
def clusters(data: MuData | AnnData, key: str = K.Obs.CLUSTER, *, regulation: str = K.REGULATION) -> pd.DataFrame:
    """Tabulate the clusters of cells from left to right in the tree.

    Requires :func:`csmir.tl.cluster`.

    Parameters
    ----------
    %(data)s
    key
        Name of the clustering: `cluster` (by interactions), `cluster_hubs`, `cluster_expression`, or the `key_added`.
    %(regulation)s

    Returns
    -------
    DataFrame `cell`, `cluster` (both categorical), in the order of the leaves; cells outside the tree (empty
    networks) come last and have no cluster. `.attrs` holds `linkage`, `cophenetic` and `silhouette`.

    Raises
    ------
    StepError
        There is no such clustering; the message names those there are.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.similarity(mdata, on="interactions", regulation="truth")
    >>> cs.tl.cluster(mdata, regulation="truth")
    >>> cs.get.clusters(mdata, regulation="truth").columns.to_list()
    ['cell', 'cluster']
    """
    adata = _mudata.read_regulation(data, regulation)
    found = adata.uns.get(K.UNS, {}).get(key, {})
    if key not in adata.obs or "linkage" not in found:
        there = [k for k, v in adata.uns.get(K.UNS, {}).items() if isinstance(v, dict) and "linkage" in v]
        others = check.listing(there) or "none"
        raise run_first(f"There is no clustering {key!r} (there are: {others})", "cs.tl.cluster(mdata)")
    in_tree = pd.Index(np.asarray(found["cells"], dtype=object))[np.asarray(found["leaves"])]
    order = [*in_tree[in_tree.isin(adata.obs_names)], *adata.obs_names[~adata.obs_names.isin(in_tree)]]
    out = pd.DataFrame({
        CELL: pd.Categorical(order, categories=adata.obs_names.astype(str)),
        "cluster": adata.obs[key].loc[order].to_numpy(),
    })  # fmt: skip
    out["cluster"] = pd.Categorical(out["cluster"], categories=adata.obs[key].astype("category").cat.categories)
    out.attrs = {name: found[name] for name in ("linkage", "cophenetic", "silhouette")}
    return out


@fill
def agreement(data: MuData | AnnData, *, regulation: str = K.REGULATION) -> pd.DataFrame:
    """Tabulate how well the stored clusterings of cells agree.

    Requires :func:`csmir.tl.cluster`.

    Parameters
    ----------
    %(data)s
    %(regulation)s

    Returns
    -------
    DataFrame `first`, `second` (names of clusterings), `adjusted_rand` (1 equal, 0 as chance would have it).

    Raises
    ------
    StepError
        :func:`csmir.tl.cluster` was not run.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.tl.similarity(mdata, on="interactions", regulation="truth")
    >>> for k in (2, 3):
    ...     cs.tl.cluster(mdata, k=k, key_added=f"k{k}", regulation="truth")
    >>> cs.get.agreement(mdata, regulation="truth")[["first", "second"]].to_numpy().tolist()
    [['k2', 'k3']]
    """
    tables = _mudata.read_regulation(data, regulation).uns.get(K.UNS, {})
    if K.Table.AGREEMENT not in tables:
        raise run_first("There is no clustering yet", "cs.tl.cluster(mdata)")
    return tables[K.Table.AGREEMENT].copy()
