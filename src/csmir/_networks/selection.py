"""Which networks a step is asked for: every cell's, the conserved, the rewired, or those of named cells."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from anndata import AnnData

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._errors import InputError, run_first

CELLS = "cells"
WHOLE = (K.CONSERVED, K.REWIRED, CELLS)


def named_networks(
    adata: AnnData, of: str | Iterable[str], held: np.ndarray | None = None
) -> list[tuple[str, np.ndarray]]:
    """Name of each network asked for, and the positions of its pairs: of those `held` (pairs,) only, if given."""
    if isinstance(of, str) and of in (K.CONSERVED, K.REWIRED):
        pairs = classified(adata, of)
        return [(of, pairs if held is None else pairs[held[pairs]])]
    if isinstance(of, str) and of != CELLS and of not in adata.obs_names:
        raise InputError(
            f"`of` must be one of {', '.join(map(repr, WHOLE))}, a cell or a list of cells; found {of!r}."
            f"{check.suggest(of, [*WHOLE, *adata.obs_names.astype(str)])}"
        )
    rows = _networks.cell_positions(adata, None if isinstance(of, str) and of == CELLS else of)
    if len(rows) == 0:
        raise InputError("`of` names no cell. Give at least one, or 'cells' for all of them.")
    edges = _mudata.edges(adata, held)
    return [(str(adata.obs_names[k]), edges.indices[edges.indptr[k] : edges.indptr[k + 1]]) for k in rows]


def classified(adata: AnnData, which: str) -> np.ndarray:
    """Positions of the conserved or the rewired pairs."""
    if K.Var.CONSERVATION not in adata.var:
        raise run_first(f"Which interactions are {which} is not known yet", "cs.tl.conservation(mdata)")
    return np.flatnonzero(adata.var[K.Var.CONSERVATION] == which)
