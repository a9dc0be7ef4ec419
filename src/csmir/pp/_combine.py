"""Features made one: means or sums that depend on no order, in the container that they came in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir.pp import _values as V

# .var column: how many features a value was taken over
N_MERGED = "n_merged"
HOW = ("mean", "sum")
DONE = {"mean": "averaged", "sum": "summed"}


def merged(adata: AnnData, names: pd.Index, layer: str | None, key: str, how: str) -> AnnData:
    """An AnnData in which each name stands once; itself if none repeats."""
    if names.is_unique:
        return adata
    group, unique = pd.factorize(names)  # in order of first appearance
    first = np.unique(group, return_index=True)[1]
    size = np.bincount(group)
    _check_finite(V.values(adata, layer, key), size[group] > 1, key)
    with assemble.repeated_names():
        new = adata[:, first].copy()
    for name in (None, *V.layer_names(adata)):
        if name is None and adata.X is None:
            continue
        V.put(new, name, average(V.values(adata, name, key), group, len(unique), how))
    before = new.var.get(N_MERGED)
    new.var[N_MERGED] = size.astype(np.int32) if before is None else _counted(adata, group).astype(np.int32)
    new.var_names = pd.Index(unique, dtype=object)
    repeated = unique[size > 1]
    logger.info(
        "%s: %s %d features that share %d names, %d features left: %s",
        *(key, DONE[how], int(size[size > 1].sum()), len(repeated), len(unique), check.listing(repeated)),
    )
    return new


def _counted(adata: AnnData, group: np.ndarray) -> np.ndarray:
    return np.bincount(group, weights=adata.var[N_MERGED].to_numpy(dtype=float))


def _check_finite(x: Any, together: np.ndarray, key: str) -> None:
    block = V.stored(x[:, np.flatnonzero(together)])
    if block.dtype.kind == "f" and not np.isfinite(block).all():
        n_missing, n_infinite = int(np.isnan(block).sum()), int(np.isinf(block).sum())
        raise InputError(
            f"Features of the {key} modality that share a name hold {n_missing:,} missing and {n_infinite:,} infinite "
            "values, which have no mean. Run cs.pp.handle_missing(mdata, method='zero') or 'drop' first."
        )


def average(x: Any, group: np.ndarray, n_groups: int, how: str = "mean") -> Any:
    """Means (or sums) of the columns of each group (numbered by first appearance), in the container of `x`."""
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    first = np.unique(group, return_index=True)[1]
    size = np.bincount(group, minlength=n_groups)
    order = np.argsort(group, kind="stable")
    start = np.concatenate([[0], np.cumsum(size)])
    columns = sparse.csc_matrix(x) if V.is_sparse(x) else x
    of_columns = mean_of_columns if how == "mean" else sum_of_columns
    means: dict[Any, np.ndarray] = {
        g: of_columns(_dense(columns, order[start[g] : start[g + 1]])) for g in np.flatnonzero(size > 1)
    }
    if not V.is_sparse(x):
        out = np.array(x[:, first], dtype=dtype)
        for g, mean in means.items():
            out[:, g] = mean
        return out
    parts = [sparse.csc_matrix(means[g][:, None].astype(dtype)) if g in means else None for g in range(n_groups)]
    once = [columns[:, [first[g]]].astype(dtype) if part is None else part for g, part in enumerate(parts)]
    return type(x)(sparse.hstack(once, format=x.format))


def _dense(x: Any, at: np.ndarray) -> np.ndarray:
    block = x[:, at]
    return (block.toarray() if V.is_sparse(block) else block).astype(np.float64)


def mean_of_columns(block: np.ndarray) -> np.ndarray:
    """Mean of each row (float64), which depends on the row's values alone and not on their order.

    It is kept within the range of the values, so that equal values have themselves as their mean.
    """
    return np.clip(sum_of_columns(block) / block.shape[1], block.min(axis=1), block.max(axis=1))


def sum_of_columns(block: np.ndarray) -> np.ndarray:
    """Sum of each row (float64), in ascending order with the rounding errors carried along (Neumaier)."""
    block = np.sort(block, axis=1)
    total, lost = block[:, 0].copy(), np.zeros(len(block))
    for column in block.T[1:]:
        new = total + column
        larger = np.abs(total) >= np.abs(column)
        lost += np.where(larger, (total - new) + column, (column - new) + total)
        total = new
    return total + lost
