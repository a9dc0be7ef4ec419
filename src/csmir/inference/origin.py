"""What networks were inferred from, in numbers that tell later whether it is all there still, in whatever order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir._errors import InputError
from csmir._mudata import Paired
from csmir._mudata.made_of import mixed, name_keys, set_key

ROWS_AT_ONCE = 1 << 18  # entries of a matrix, not cells: what is made of them stays in a cache
NAMES, VALUES = 0, 1  # rows of what is kept of features


def origin_of(
    data: Paired,
    *,
    weights: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    near: Any = None,
    covariates: np.ndarray | None = None,
) -> dict[str, Any]:
    """Cells and features by name in their order, the values of each feature, and what else the cells were given.

    `weights` (runs, cells); `groups` (cells,) labels; `near` a graph cells x cells or a space cells x dimensions;
    `covariates` (cells, columns).
    """
    cells = name_keys(data.cells)
    out: dict[str, Any] = {
        "cells": cells,
        "mirna": np.stack([name_keys(data.mirna_names), value_keys(data.mirna, cells)]),
        "mrna": np.stack([name_keys(data.mrna_names), value_keys(data.mrna, cells)]),
    }
    return out | design_of(cells, weights=weights, groups=groups, near=near, covariates=covariates)


def design_of(
    cells: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    near: Any = None,
    covariates: np.ndarray | None = None,
) -> dict[str, Any]:
    """What the cells were given beside their values; `cells` are the keys of their names."""
    out: dict[str, Any] = {}
    if weights is not None and len(weights) > 1:
        out["pseudo_cells"] = value_keys(weights.T, cells)
    if groups is not None:
        out["groups"] = partition_key(groups, cells)
    if near is not None:
        out["near"] = near_key(near, cells)
    if covariates is not None:
        out["covariates"] = near_key(covariates, cells)
    return out


def value_keys(values: Any, cells: np.ndarray) -> np.ndarray:
    """A number for each column of cells x features, that hangs on which cell has which value but not on their order.

    The same for every container and for every type of number that holds the same values.
    """
    n_cells, n_features = values.shape
    out = np.zeros(n_features, np.uint64)
    at_once = max(1, ROWS_AT_ONCE // max(n_features, 1))
    rows = sparse.csr_matrix(values) if sparse.issparse(values) else values
    for first in range(0, n_cells, at_once):
        part, keys = rows[first : first + at_once], cells[first : first + at_once]
        if sparse.issparse(part):
            columns = sparse.csc_matrix(part, dtype=np.float64)
            columns.sum_duplicates()
            total = np.append(np.uint64(0), np.cumsum(_entries(columns.data, keys[columns.indices]), dtype=np.uint64))
            out += np.diff(total[columns.indptr])
        else:
            block = np.ascontiguousarray(_mudata.dense(part), dtype=np.float64)
            out += _entries(block, keys[:, None]).sum(axis=0, dtype=np.uint64)
    return out


def partition_key(labels: np.ndarray, cells: np.ndarray) -> str:
    """One number for which cells share a label, whatever the labels and the order; negative means no group."""
    members = np.zeros(labels.max(initial=-1) + 1, np.uint64)
    inside = labels >= 0
    np.add.at(members, labels[inside], mixed(cells[inside]))
    return set_key(members)


def near_key(near: Any, cells: np.ndarray) -> str:
    """One number for a graph cells x cells or for a space cells x dimensions."""
    if not sparse.issparse(near):
        columns = value_keys(np.asarray(near), cells)
        return set_key(mixed(columns) + np.arange(len(columns), dtype=np.uint64))
    graph = sparse.coo_matrix(near)
    ends = cells[graph.row] * np.uint64(3) + mixed(cells[graph.col])
    return set_key(_entries(np.asarray(graph.data, np.float64), ends))


def order_in(known: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Where each known key is among keys; -1 for those that are not there."""
    return pd.Index(keys).get_indexer(pd.Index(known))


def holds(origin: Mapping[str, Any], data: Paired, mirna: str, mrna: str) -> bool:
    """Whether the data have the cells that are kept and no others, and the values of two features that were theirs."""
    known = cells_of(origin)
    at = order_in(known, name_keys(data.cells))
    if (at < 0).any() or len(at) != len(data.cells):
        return False
    ends = (("mirna", mirna, data.mirna_names, data.mirna), ("mrna", mrna, data.mrna_names, data.mrna))
    for kind, name, names, values in ends:
        features = kept(origin, kind)
        was = features[VALUES][features[NAMES] == name_keys(pd.Index([name]))]
        column = names.get_indexer(pd.Index([name]))
        if not np.array_equal(was, value_keys(values[at][:, column], known)):
            return False
    return True


def kept(origin: Mapping[str, Any], kind: str) -> np.ndarray:
    """What is kept of a kind of features, also after a file."""
    found = _numbers(origin, kind)
    if found.size % 2:
        raise _damaged(kind)
    return found.reshape(2, -1)


def cells_of(origin: Mapping[str, Any]) -> np.ndarray:
    """The keys of the cells, in their order."""
    return _numbers(origin, "cells")


def _numbers(origin: Mapping[str, Any], name: str) -> np.ndarray:
    try:
        return np.asarray(origin[name], np.uint64)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise _damaged(name) from None


def _damaged(name: str) -> InputError:
    return InputError(
        f"What the networks keep of their data, .uns['csmir'][{K.ORIGIN!r}][{name!r}], is not there or not what csmir "
        "wrote: their file is damaged, or it was changed since. Copy the file again, or run "
        "cs.tl.regulation(mdata, net) again."
    )


def _entries(values: np.ndarray, keys: np.ndarray) -> np.ndarray:
    out = mixed(values.view(np.uint64) ^ keys)
    out[values == 0] = 0  # absent in sparse matrices
    return out
