"""Neighbours that the user named: a graph of the mRNAs, or a space in which cells are near each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _validate as check
from csmir._errors import InputError
from csmir._matrix import numbers
from csmir.inference.options import EXPRESSION

FARTHEST = 1e100  # a cell beyond it: beside the square of its distance, those of the others are none


def named_neighbors(mdata: MuData, cells: pd.Index, name: str, mrna: str) -> Any:
    """The graph (sparse) or the representation of the mRNAs that the user named, of these cells in this order."""
    found = _named(mdata[mrna], mrna, name)
    at = mdata[mrna].obs_names.get_indexer(cells)
    return sparse.csr_matrix(found)[at][:, at] if sparse.issparse(found) else found[at]


def _named(adata: AnnData, mrna: str, name: str) -> Any:
    """A sparse graph cells x cells, or a representation cells x dimensions."""
    entry = adata.uns.get(name)
    key = entry.get("connectivities_key") if hasattr(entry, "get") else None
    if key is not None and key in adata.obsp:
        return sparse.csr_matrix(adata.obsp[key])
    if name in adata.obsp:
        return sparse.csr_matrix(adata.obsp[name])
    if name in adata.obsm:
        found = adata.obsm[name]
        found = numbers(f"The representation {name!r}", found)
        return found.toarray() if sparse.issparse(found) else found
    there = [EXPRESSION, *(k for k in adata.uns if "neighbors" in str(k)), *adata.obsp, *adata.obsm]
    raise InputError(
        f"`neighbors` must name an entry of scanpy.pp.neighbors, a graph in .obsp or a representation in .obsm of "
        f"mdata[{mrna!r}] (never of the miRNAs: they are what is tested), or be {EXPRESSION!r}; found {name!r}. There "
        f"are {check.listing(there, 8)}.{check.suggest(name, [str(k) for k in there])}"
    )


def check_points(points: np.ndarray, name: Any) -> np.ndarray:
    """Cells x dimensions, float64, finite."""
    points = np.asarray(numbers(f"The representation {name!r}", points), np.float64)
    if points.ndim != 2 or not points.shape[1] or not np.isfinite(points).all():
        raise InputError(f"The representation {name!r} must be finite numbers, cells x dimensions.")
    far = int((np.abs(points) > FARTHEST).any(axis=1).sum())
    if far:
        raise InputError(
            f"In the representation {name!r} {far:,} of {len(points):,} cells lie beyond {FARTHEST:g}, as far as "
            f"{np.abs(points).max():.3g}: beside such distances no other cells are near or far. Leave these cells out, "
            "or scale the representation."
        )
    if len(points) > 1 and (points == points[0]).all():
        raise InputError(
            f"All cells lie at one place in the representation {name!r}: none is nearer than another. Name one in "
            "which they differ."
        )
    return points


def check_graph(graph: sparse.csr_matrix, adata: AnnData, name: str) -> None:
    """Weights, finite and at least 0, and no distances."""
    entries = [entry for entry in adata.uns.values() if hasattr(entry, "get")]
    nearness = [entry.get("connectivities_key") for entry in entries if entry.get("distances_key") == name]
    if nearness:
        raise InputError(
            f"{name!r} holds distances, which are larger the further two cells are apart; neighbours are weighed by "
            f"how near they are. Give neighbors={str(nearness[0])!r}."
        )
    wrong = int((~np.isfinite(graph.data) | (graph.data < 0)).sum())
    if wrong:
        raise InputError(
            f"The graph {name!r} holds {wrong:,} weights that are missing, infinite or below 0, of {graph.nnz:,}. "
            "Expected a weight of at least 0 of each neighbour, larger for a nearer one."
        )
