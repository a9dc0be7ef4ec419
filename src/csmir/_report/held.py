"""A run whose networks have the interactions of pairs that hold only, for a page of these."""

from __future__ import annotations

from typing import Any

import numpy as np
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir._mudata import global_index
from csmir._mudata.assemble import assemble
from csmir.inference.statistics.record import Limit


def only_held(mdata: MuData, regulation: str, q_pair: float) -> tuple[MuData, Limit]:
    """The run without interactions of pairs that do not hold, over the same arrays otherwise, and what to say of it.

    Counts over cells and pairs, and what is conserved, are made anew; counts of shuffled networks are of all pairs and
    left out. Tables of other steps stay as they are.
    """
    adata = _mudata.read_regulation(mdata, regulation)
    held = _mudata.holding(adata, q_pair)
    if held is None:
        raise ValueError("no q-value is given")
    before = _mudata.edges(adata).getnnz(axis=0) > 0
    part = _restricted(adata, held)
    axes = {attr: global_index.axis_of(mdata, attr) for attr in global_index.AXES}
    out = assemble({**mdata.mod, regulation: part}, axis=mdata.axis, uns=mdata.uns, **axes)
    text = (
        f"Only pairs with a q-value over all cells of at most {q_pair:g} are shown: {int((before & held).sum()):,} of "
        f"{int(before.sum()):,} with an interaction in some cell. The verdict on chance is of all pairs; hubs, "
        "modules, enrichment and similarity are of the pairs that these steps were asked for."
    )
    return out, Limit("mind", "Pairs that hold", text)


def _restricted(adata: AnnData, held: np.ndarray) -> AnnData:
    """Networks of these pairs; the others have no entries."""
    layers = {name: _of(adata.layers[name], held) for name in adata.layers if name is not None}
    parts: dict[str, Any] = {name: dict(getattr(adata, name)) for name in ("obsm", "varm", "obsp", "varp")}
    out = AnnData(
        X=_of(adata.X, held), obs=adata.obs.copy(), var=adata.var.copy(), uns=dict(adata.uns), layers=layers, **parts
    )
    edges = _mudata.edges(out)
    out.obs[K.Obs.N_INTERACTIONS], out.var[K.Var.N_CELLS] = edges.getnnz(axis=1), edges.getnnz(axis=0)
    out.obs = out.obs.drop(columns=K.Obs.N_NULL, errors="ignore")
    out.var = out.var.drop(columns=K.Var.N_NULL, errors="ignore")
    if K.Var.CONSERVATION in out.var:
        out.var.loc[~held, K.Var.CONSERVATION] = K.NEITHER
    return out


def _of(values: Any, held: np.ndarray) -> Any:
    """Entries of these columns; as sparse as it was."""
    if isinstance(values, np.ndarray):
        return values * held
    x = sparse.csr_matrix(values.to_memory() if _mudata.on_disk(values) else values)
    keep = held[x.indices]
    indptr = np.concatenate([[0], np.cumsum(keep)])[x.indptr]
    return sparse.csr_matrix((x.data[keep], x.indices[keep], indptr), shape=x.shape)
