"""Distances between cells from what `cs.tl.similarity` left, and which cells have any."""

from __future__ import annotations

from typing import Any

import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError, StepError, run_first
from csmir._log import logger
from csmir._networks.expression import changed

# what cells are compared by -> the matrix in .obsp
MATRIX = {
    "interactions": K.Obsp.INTERACTIONS,
    "hubs": K.Obsp.HUBS,
    "modules": K.Obsp.MODULES,
    "expression": K.Obsp.EXPRESSION,
}


# what cells are compared by -> the sparse matrix of the most similar cells
NEAREST = {"interactions": K.Obsp.NEAREST_INTERACTIONS, "hubs": K.Obsp.NEAREST_HUBS}


def stored(adata: AnnData, on: str, data: MuData | AnnData | None = None) -> np.ndarray:
    """The cells x cells matrix, as float64; by expression, of what `data` hold now."""
    if MATRIX[on] not in adata.obsp:
        if NEAREST.get(on) in adata.obsp:
            raise StepError(
                f"By {on}, only the most similar cells of each are there. For all, run "
                f"cs.tl.similarity(mdata, on={on!r}) without `n_neighbors`."
            )
        if on == "modules":
            first = ["cs.tl.modules(mdata, 'cells')", "cs.tl.module_similarity(mdata)"]
        else:
            hubs = ["cs.tl.hubs(mdata)"] if on == "hubs" and K.Obsm.HUB not in adata.obsm else []
            first = [*hubs, f"cs.tl.similarity(mdata, on={on!r})"]
        raise run_first(f"Cells were not compared by {on} yet", *first)
    if on == "expression" and data is not None and changed(data, adata):
        raise StepError(
            "The expression changed since cells were compared by it. Run cs.tl.similarity(mdata, on='expression') "
            "again, or put the values back."
        )
    return np.asarray(_mudata.dense(adata.obsp[MATRIX[on]]), dtype=np.float64)


def squares(data: MuData | AnnData, adata: AnnData, step: str) -> dict[str, Any]:
    """The matrices cells x cells of `.obsp`; without that by expression if this is another now, which the log says."""
    out = dict(adata.obsp)
    if MATRIX["expression"] in out and changed(data, adata):
        del out[MATRIX["expression"]]
        logger.warning(
            "%s: %s is left out: the expression changed since. Run cs.tl.similarity(mdata, on='expression') again",
            step,
            MATRIX["expression"],
        )
    return out


def distances(data: MuData | AnnData, adata: AnnData, on: str, step: str) -> tuple[np.ndarray, np.ndarray]:
    """Distances of the cells that have any, and where these are: 1 - similarity, or the expression distance.

    By name, so that ties between cells are broken alike in whatever order they stand.
    """
    values = stored(adata, on, data)
    known = ~np.isnan(values.diagonal())
    if not known.all():
        lacking = adata.obs_names[~known]
        logger.warning("%s: %d cells without %s are left out: %s", step, len(lacking), on, check.listing(lacking))
    at = by_name(adata, known)
    values = values[np.ix_(at, at)]
    if np.isnan(values).any():
        raise InputError(
            f"The {on} matrix holds NaN beside known values, as where all cells are equally far apart: nothing tells "
            "them apart."
        )
    out = values if on == "expression" else 1.0 - values
    out = (out + out.T) / 2
    np.fill_diagonal(out, 0.0)
    return out, at


def by_name(adata: AnnData, known: np.ndarray) -> np.ndarray:
    """Positions of these cells in the order of their names."""
    return np.flatnonzero(known)[np.argsort(adata.obs_names.to_numpy(dtype=object)[known], kind="stable")]
