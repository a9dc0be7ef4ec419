"""Where the cells lie in an embedding, wherever it is stored."""

from __future__ import annotations

from typing import Any

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _validate as check
from csmir._errors import InputError, StepError


def coordinates(
    data: MuData | AnnData, adata: AnnData, basis: str, regulation: str, mrna: str
) -> tuple[np.ndarray, tuple[str, str]]:
    """Two coordinates of every cell of the networks (NaN for cells outside the embedding), and where they are from."""
    places: list[tuple[str, Any]] = [(regulation, adata)]
    if isinstance(data, MuData):
        places += [("MuData", data)] + ([(mrna, data.mod[mrna])] if mrna in data.mod else [])
    for where, place in places:
        for key in (f"X_{basis}", basis):
            if key in place.obsm:
                values = np.asarray(place.obsm[key], dtype=float)
                if values.ndim != 2 or values.shape[1] < 2:
                    raise InputError(f"The embedding {key!r} must have two columns or more; found {values.shape}.")
                row = place.obs_names.get_indexer(adata.obs_names)
                out = np.where((row >= 0)[:, None], values[row, :2], np.nan)
                return out, (basis.removeprefix("X_").upper(), where)
    there = sorted({key for _, place in places for key in place.obsm if np.ndim(place.obsm[key]) == 2})
    raise StepError(
        f"There is no embedding {basis!r} (matrices of the cells: {check.listing(there) or 'none'}). Run "
        "cs.tl.neighbors(mdata), then sc.tl.umap(mdata['regulation'], neighbors_key=...), or sc.pp.pca(mdata['mrna']) "
        "with basis='pca'."
    )
