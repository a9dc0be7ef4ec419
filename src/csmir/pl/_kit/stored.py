"""What the networks hold of one pair in one cell."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from anndata import AnnData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata


class Edge(NamedTuple):
    """A pair in a cell's network."""

    tested: bool  # the pair is among those of the networks
    present: bool
    value: float  # of `.X`; NaN where nothing is stored
    qvalue: float  # NaN where there is none

    def words(self, rule: str) -> str:
        """Whether it is an edge, by what rule."""
        if not self.tested:
            return "not among the pairs of the networks"
        q = "" if np.isnan(self.qvalue) else f" ($q$ = {self.qvalue:.2g})"
        return f"{'an edge' if self.present else 'no edge'}: {rule}{q}"


def edge_of(adata: AnnData, cell: str, mirna: str, mrna: str) -> Edge | None:
    """The pair in the cell's network; None if the networks do not have the cell."""
    row = adata.obs_names.astype(str).get_indexer([cell])[0]
    if row < 0:
        return None
    ends = (adata.var[key].astype(str) == name for key, name in ((K.Var.MIRNA, mirna), (K.Var.MRNA, mrna)))
    at = np.flatnonzero(np.logical_and(*(end.to_numpy() for end in ends)))
    if len(at) == 0:
        return Edge(False, False, float("nan"), float("nan"))
    pair = int(at[0])
    present = bool(_mudata.edges(adata)[[row]][:, [pair]].nnz)
    value = stored_value(adata.X, row, pair)
    q = stored_value(adata.layers[K.Layer.QVALUE], row, pair) if K.Layer.QVALUE in adata.layers else float("nan")
    return Edge(True, present, value, q)


def stored_value(matrix: object, row: int, pair: int) -> float:
    """The entry, or NaN where there is none: a stored 0 is one."""
    found = sparse.csr_matrix(matrix[[row]])  # type: ignore[index]
    here = np.flatnonzero(found.indices == pair)
    return float(found.data[here[0]]) if len(here) else float("nan")
