"""What networks hold: the ends of each pair, and where there is an edge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from anndata import AnnData
from scipy import sparse

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError, StepError

ENTRIES_AT_ONCE = 1 << 26  # of networks on the disk

# columns of .var that name the two ends of a pair: regulation, synergy, sponge
ENDS = ((K.Var.MIRNA, K.Var.MRNA), (K.Var.MIRNA_A, K.Var.MIRNA_B), (K.Var.MRNA_A, K.Var.MRNA_B))


def ends(adata: AnnData, key: str = K.REGULATION) -> tuple[str, str]:
    """Which columns of `.var` name the ends of each pair; networks among features of one kind have no direction."""
    for columns in ENDS:
        if all(c in adata.var for c in columns):
            return columns
    missing = [c for c in ENDS[0] if c not in adata.var]
    raise InputError(
        f"{key!r} holds no cell-specific networks: its .var lacks {check.listing(missing)}. "
        "Run cs.tl.regulation(mdata, net)."
    )


def one_kind(adata: AnnData) -> bool:
    """Whether both ends are miRNAs, or both mRNAs."""
    return ends(adata) != ENDS[0]


def edges(adata: AnnData, held: np.ndarray | None = None) -> sparse.csr_matrix:
    """Cells x pairs, True where there is an edge: a stored value that is not 0, or what the layer `significant` has.

    Of the pairs `held` (pairs,) only, if given.
    """
    layer = adata.layers.get(K.Layer.SIGNIFICANT)
    return _of(held, _present(adata.X if layer is None else layer))


def edge_blocks(adata: AnnData, held: np.ndarray | None = None) -> Iterator[tuple[slice, sparse.csr_matrix]]:
    """The same for some cells at a time, of which no more than a block is loaded if the networks are on the disk."""
    layer = adata.layers.get(K.Layer.SIGNIFICANT)
    values = adata.X if layer is None else layer
    if not on_disk(values):
        yield slice(0, adata.n_obs), _of(held, _present(values))
        return
    indptr = np.asarray(values.group["indptr"][:], np.int64)
    first = 0
    while first < adata.n_obs:
        last = int(np.searchsorted(indptr, indptr[first] + ENTRIES_AT_ONCE, side="right")) - 1
        last = min(max(last, first + 1), adata.n_obs)
        yield slice(first, last), _of(held, _present(values[first:last]))
        first = last


def on_disk(values: Any) -> bool:
    """Whether this is a sparse matrix of anndata that is read when it is indexed."""
    return hasattr(values, "to_memory") and not sparse.issparse(values)


def as_csr(values: Any, dtype: Any = None) -> sparse.csr_matrix:
    """A matrix in memory, wherever it is; no copy of one that is there and in this form. scipy takes none of a disk."""
    return sparse.csr_matrix(values.to_memory() if on_disk(values) else values, dtype=dtype, copy=False)


def holding(adata: AnnData, q_pair: float | None) -> np.ndarray | None:
    """Which pairs hold over all cells at this level, (pairs,) bool; None if none is asked for."""
    if q_pair is None:
        return None
    check.number("q_pair", q_pair, low=0, high=1, low_open=True)
    if K.Var.PAIR_Q not in adata.var:
        raise StepError(
            f"`q_pair` asks for pairs that hold over all cells, and these networks have no .var[{K.Var.PAIR_Q!r}]. Run "
            "cs.tl.regulation(mdata, net, statistic='local') or statistic='exact', or leave `q_pair` out."
        )
    return adata.var[K.Var.PAIR_Q].to_numpy(float) <= q_pair  # NaN, tested nowhere, does not hold


def values_at(layer: Any, x: sparse.csr_matrix) -> np.ndarray:
    """The layer's values where `x` of the same cells x pairs has entries, in whatever order either holds its own."""
    row = np.repeat(np.arange(x.shape[0]), np.diff(x.indptr))
    if isinstance(layer, np.ndarray):
        return layer[row, x.indices]
    layer = as_csr(layer)
    if np.array_equal(layer.indptr, x.indptr) and np.array_equal(layer.indices, x.indices):
        return layer.data
    return np.asarray(layer[row, x.indices]).ravel()


def _of(held: np.ndarray | None, found: sparse.csr_matrix) -> sparse.csr_matrix:
    """Edges of these pairs."""
    if held is None:
        return found
    keep = held[found.indices]
    indptr = np.concatenate([[0], np.cumsum(keep)])[found.indptr].astype(found.indptr.dtype)
    return sparse.csr_matrix((found.data[keep], found.indices[keep], indptr), shape=found.shape)


def _present(values: Any) -> sparse.csr_matrix:
    x = as_csr(values)
    present = x.data != 0
    if present.all():
        return sparse.csr_matrix((present, x.indices, x.indptr), shape=x.shape)
    out = sparse.csr_matrix((present, x.indices.copy(), x.indptr.copy()), shape=x.shape)
    out.eliminate_zeros()
    return out
