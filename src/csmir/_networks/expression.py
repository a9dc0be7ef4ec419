"""The expression that cells are compared by, and whether it is what the distances that are there were taken from."""

from __future__ import annotations

from typing import Any

import numpy as np
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._mudata.made_of import name_keys, set_key
from csmir.inference.origin import value_keys

VALUES = "values"  # in the record of the distances


def expression(data: MuData, adata: AnnData, mirna: str, mrna: str, layer: str | None) -> Any:
    """Cells of the networks x (miRNAs and mRNAs), dense or sparse as stored, float64."""
    both = _mudata.paired(data, mirna=mirna, mrna=mrna, layer=layer)
    at = both.cells.get_indexer(adata.obs_names)
    if (at < 0).any():
        lacking = adata.obs_names[at < 0]
        raise InputError(
            f"{len(lacking)} cells of the networks lack the {mirna} or the {mrna} modality: {check.listing(lacking)}. "
            "Put them back, run cs.tl.regulation(mdata, net) again, or subset the networks to the cells that have both."
        )
    parts = [both.mirna[at], both.mrna[at]]
    if all(sparse.issparse(p) for p in parts):
        return sparse.hstack(parts, format="csr", dtype=np.float64)
    return np.hstack([_mudata.dense(p) for p in parts]).astype(np.float64)


def expression_key(values: Any, adata: AnnData) -> str:
    """One number for which cell has which values, whatever the order of cells and features."""
    return set_key(value_keys(values, name_keys(adata.obs_names)))


def changed(data: MuData | AnnData, adata: AnnData) -> bool:
    """Whether the expression is another than that of the distances, as far as it is there to compare."""
    noted = adata.uns.get(K.UNS, {}).get(K.Obsp.EXPRESSION, {})
    if not isinstance(data, MuData) or VALUES not in noted:
        return False
    try:
        values = expression(data, adata, noted["mirna"], noted["mrna"], noted.get("layer"))
    except InputError:
        return False  # taken out since, or not to be read, which a step that needs it says
    return str(noted[VALUES]) != expression_key(values, adata)
