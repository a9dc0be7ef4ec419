"""Cells in the order of a path: the user's, or that of the leading diffusion component."""

from __future__ import annotations

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.cells import elsewhere

FEWEST_PLACES = 0.2  # for each cell, before ties are told of: fewer than the shortest interval tells apart


def order_of(mdata: MuData, data: _mudata.Paired, column: str | None, points: np.ndarray) -> np.ndarray:
    """Cells (positions in `data`) along the path: by a column of `mdata.obs`, or by a diffusion map of `points`."""
    if column is None:
        import scanpy as sc

        space = AnnData(np.zeros((len(points), 1)), obsm={"X": points.astype(np.float32)})
        sc.pp.neighbors(space, n_neighbors=min(30, len(points) - 1), use_rep="X", random_state=0)
        sc.tl.diffmap(space, n_comps=3, random_state=0)
        return np.argsort(space.obsm["X_diffmap"][:, 1], kind="stable")
    if column not in mdata.obs:
        raise InputError(
            f"`order` must name a column of mdata.obs that puts the cells in order (a pseudotime); found {column!r}. "
            f"There are {check.listing(mdata.obs.columns) or 'none'}."
            f"{elsewhere(mdata, column)}"
        )
    values = mdata.obs.loc[data.cells, column]
    try:
        numbers = values.to_numpy(np.float64)
    except (TypeError, ValueError):
        raise InputError(f"`order` must be a column of numbers; {column!r} holds {values.dtype}.") from None
    if np.isnan(numbers).any():
        raise InputError(f"{int(np.isnan(numbers).sum()):,} cells have no place in {column!r}. Leave them out first.")
    n_places = len(np.unique(numbers))
    if n_places == 1:
        raise InputError(f"`order` must put the cells in order; all of them are alike in {column!r}.")
    if n_places < FEWEST_PLACES * len(numbers):
        logger.warning(
            "%r has %d places for %d cells: those of one place are in the order of the data, and intervals are no more "
            "exact than that",
            *(column, n_places, len(numbers)),
        )
    return np.argsort(numbers, kind="stable")
