"""What the two ends of a pair share, by name."""

from __future__ import annotations

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _mudata
from csmir.tl._shared_partners.sharing import Side

JOIN = ";"
ENTRIES_AT_ONCE = 1 << 22


def shared_names(adata: AnnData, reg: AnnData, side: Side, usable: np.ndarray | None) -> np.ndarray:
    """Partners of both ends in the cells that have the pair, joined: those of the most cells first, then by name."""
    features = pd.Index(reg.var[side.kind].astype(str).unique())
    node = features.get_indexer(reg.var[side.kind].astype(str))
    other = next(end for end in _mudata.ends(reg) if end != side.kind)
    partner, partners = pd.factorize(reg.var[other].astype(str), sort=True)
    first, second = (features.get_indexer(adata.var[end].astype(str)) for end in side.ends)
    edges, own = _mudata.edges(reg), _mudata.edges(adata)
    count = sparse.csr_matrix((adata.n_vars, len(partners)), dtype=np.int32)
    waiting: list[np.ndarray] = []
    for k in range(reg.n_obs):
        pair = edges.indices[edges.indptr[k] : edges.indptr[k + 1]]
        pair = pair if usable is None else pair[usable[pair]]
        here = own.indices[own.indptr[k] : own.indptr[k + 1]]
        graph = sparse.csr_matrix(
            (np.ones(len(pair), np.int8), (node[pair], partner[pair])), shape=(len(features), len(partners))
        )
        both = (graph[first[here]].multiply(graph[second[here]])).tocoo()
        waiting.append(here[both.row].astype(np.int64) * len(partners) + both.col)
        if k == reg.n_obs - 1 or sum(map(len, waiting)) > ENTRIES_AT_ONCE:
            at, n = np.unique(np.concatenate(waiting), return_counts=True)
            row, column = np.divmod(at, max(len(partners), 1))
            count = count + sparse.csr_matrix((n.astype(np.int32), (row, column)), shape=count.shape)
            waiting = []
    count = count.tocoo()
    order = np.lexsort((count.col, -count.data, count.row))
    ends = np.cumsum(np.bincount(count.row, minlength=adata.n_vars))
    names = partners.to_numpy(dtype=object)[count.col[order]]
    return np.array([JOIN.join(part) for part in np.split(names, ends[:-1])] if adata.n_vars else [], dtype=object)
