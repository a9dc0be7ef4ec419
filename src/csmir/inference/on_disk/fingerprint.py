"""What a run is computed from, in a few letters: data, cells, pairs and parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np
from scipy import sparse

from csmir._mudata import Paired
from csmir._version import __version__
from csmir.inference.pairs import Pairs
from csmir.inference.statistics import statistic

CELLS_AT_ONCE = 1024


def fingerprint(
    data: Paired, pairs: Pairs, parameters: dict[str, Any], more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The same for the same run, whatever the container and the type of the numbers; `more` are arrays or None."""
    return {
        "version": __version__,
        "arithmetic": statistic(str(parameters["statistic"])).arithmetic,
        "parameters": {k: v for k, v in parameters.items() if v is not None},
        "cells": _digest([_names(data.cells)]),
        "miRNAs": _digest(chain([_names(data.mirna_names)], _entries(data.mirna))),
        "mRNAs": _digest(chain([_names(data.mrna_names)], _entries(data.mrna))),
        "pairs": _digest([np.ascontiguousarray(v, np.int64) for v in (pairs.mirna, pairs.mrna)]),
        **{name: _digest(_arrays(values)) for name, values in (more or {}).items()},
    }


def _digest(parts: Iterable[np.ndarray | bytes]) -> str:
    total = hashlib.sha256()  # quicker than the others, where the processor knows it
    for part in parts:
        total.update(part if isinstance(part, bytes) else np.ascontiguousarray(part).data)
    return total.hexdigest()


NOTHING = _digest([b"none"])  # of what a run is not computed from


def _names(names: Iterable[Any]) -> bytes:
    return "\0".join(map(str, names)).encode()


def _arrays(values: Any) -> Iterable[np.ndarray | bytes]:
    """The arrays inside tuples of arrays and sparse matrices, with their shapes."""
    if values is None:
        yield b"none"
    elif isinstance(values, tuple | list):
        for value in values:
            yield from _arrays(value)
    elif sparse.issparse(values):
        yield from _entries(values)
    else:
        array = np.asarray(values)
        yield f"{array.shape}{array.dtype.str}".encode()
        yield np.ascontiguousarray(array)


def _entries(values: Any) -> Iterable[np.ndarray | bytes]:
    """Shape and entries that are not 0, cell by cell, of a matrix dense or sparse."""
    yield str(values.shape).encode()
    rows = sparse.csr_matrix(values) if sparse.issparse(values) else values
    for first in range(0, values.shape[0], CELLS_AT_ONCE):
        part = rows[first : first + CELLS_AT_ONCE]
        if not sparse.issparse(part):
            yield from _entries_of_dense(np.asarray(part))
            continue
        if not part.has_canonical_format or not part.data.all():
            part = part.copy()
            part.sum_duplicates()
            part.eliminate_zeros()
        yield part.indptr.astype(np.int64)
        yield part.indices.astype(np.int32)
        yield part.data.astype(np.float64)


def _entries_of_dense(part: np.ndarray) -> Iterable[np.ndarray]:
    """The same of some cells of a dense matrix, with no sparse one made of them."""
    there = part != 0
    yield np.append(0, np.cumsum(there.sum(axis=1, dtype=np.int64)))
    yield np.broadcast_to(np.arange(part.shape[1], dtype=np.int32), part.shape)[there]
    yield part[there].astype(np.float64)
