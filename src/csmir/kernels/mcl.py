"""Markov clustering (van Dongen 2000): which nodes of a graph a random walk keeps together."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy import sparse

# above this share of stored values a dense matrix product is faster than a sparse one
DENSE = 0.1
# two systems whose flows differ by less than this share hold a node equally
TIE = 1e-6
# flow below this share of its column's largest has not quite vanished, and is read as none
VANISHED = 1e-5
# strongest entries of a column that go on, as in the mcl program: without a bound a large graph fills its matrix
MOST = 400


def mcl(
    adjacency: Any,
    *,
    expansion: int = 2,
    inflation: float = 2.0,
    max_iter: int = 100,
    tol: float = 1e-8,
    prune: float = VANISHED,
    most: int = MOST,
) -> np.ndarray:
    """Label every node with its Markov cluster.

    Each node gets a self-loop as heavy as its heaviest edge (1 in a 0/1 graph), columns are scaled to sum 1, and two
    steps alternate until no entry changes by more than `tol`: *expansion*, M <- M^expansion (the walk goes on), and
    *inflation*, M_ij <- M_ij^inflation / sum_i M_ij^inflation (strong flow grows at the cost of weak).

    In the limit an *attractor* is a node that keeps flow of its own (M_ii > 0); attractors that exchange flow form a
    *system*; every node belongs to the system its flow ends in. A node whose flow ends in several belongs to the one
    that gets most of it; of equal ones, to the system whose first attractor comes first in node order.

    Parameters
    ----------
    adjacency
        (n, n) symmetric, non-negative, dense or scipy sparse; any diagonal is replaced.
    expansion, inflation
        Power of the matrix, and of its entries. More inflation gives more and smaller clusters.
    max_iter
        A walk that has not settled by then is read as it stands, with a RuntimeWarning.
    tol
        Largest change of an entry that counts as settled.
    prune
        Entries below this share of their column's largest are set to 0 after inflation.
    most
        Of a column with more entries than this only the largest go on; of equal ones, those of the first nodes. A graph
        of no more nodes is clustered exactly.

    Returns
    -------
    (n,) int64 labels 0, 1, ... in the order of each cluster's first node. A node without edges is a cluster of its own.
    """
    n = adjacency.shape[0]
    if n == 0:
        return np.zeros(0, np.int64)
    flow = _with_loops(adjacency)
    for _ in range(max_iter):
        new = _expand(flow, expansion)
        new.data **= inflation
        _prune(new, prune)
        _keep_largest(new, most)
        _scale(new)
        settled = _largest_change(new, flow) <= tol
        flow = new
        if settled:
            break
    else:
        warnings.warn(f"Markov clustering had not settled after {max_iter} iterations", RuntimeWarning, stacklevel=2)
    return _labels(flow)


def _with_loops(adjacency: Any) -> sparse.csc_array:
    flow = sparse.csc_array(adjacency, dtype=np.float64, copy=True)
    flow.setdiag(0)
    flow.eliminate_zeros()
    loops = np.zeros(flow.shape[0])
    np.maximum.at(loops, _columns(flow), flow.data)
    loops[loops == 0] = 1.0
    flow = sparse.csc_array(flow + sparse.diags_array(loops, format="csc"))
    _scale(flow)
    return flow


def _columns(flow: sparse.csc_array) -> np.ndarray:
    """Column of every stored value. No column is ever empty once it has its loop."""
    return np.repeat(np.arange(flow.shape[1]), np.diff(flow.indptr))


def _expand(flow: sparse.csc_array, expansion: int) -> sparse.csc_array:
    dense = flow.nnz > DENSE * flow.shape[0] ** 2
    step: Any = flow.toarray() if dense else flow
    out = step
    for _ in range(expansion - 1):
        out = out @ step
    return sparse.csc_array(out) if dense or out is not flow else flow.copy()


def _prune(flow: sparse.csc_array, share: float) -> None:
    largest = np.maximum.reduceat(flow.data, flow.indptr[:-1])
    flow.data[flow.data < share * largest[_columns(flow)]] = 0
    flow.eliminate_zeros()


def _keep_largest(flow: sparse.csc_array, most: int) -> None:
    n_stored = np.diff(flow.indptr)
    if n_stored.max() <= most:
        return
    flow.sort_indices()
    for j in np.flatnonzero(n_stored > most):
        column = flow.data[flow.indptr[j] : flow.indptr[j + 1]]
        column[np.argsort(-column, kind="stable")[most:]] = 0
    flow.eliminate_zeros()


def _scale(flow: sparse.csc_array) -> None:
    flow.data /= np.add.reduceat(flow.data, flow.indptr[:-1])[_columns(flow)]


def _largest_change(new: sparse.csc_array, old: sparse.csc_array) -> float:
    change = abs(new - old)
    return float(change.data.max()) if change.nnz else 0.0


def _labels(flow: sparse.csc_array) -> np.ndarray:
    _prune(flow, VANISHED)
    n = flow.shape[0]
    attractors = np.flatnonzero(flow.diagonal() > 0)
    among = flow[attractors][:, attractors]
    n_systems, system = sparse.csgraph.connected_components(among, directed=True, connection="weak")
    first = np.full(n_systems, n)
    np.minimum.at(first, system, attractors)
    rank = np.empty(n_systems, np.int64)
    rank[np.argsort(first)] = np.arange(n_systems)  # systems by their first attractor
    into = sparse.csr_array((np.ones(len(attractors)), (rank[system], attractors)), shape=(n_systems, n))
    received = sparse.csc_array(into @ flow)
    received.sort_indices()
    label = np.empty(n, np.int64)
    for j in range(n):
        part = slice(received.indptr[j], received.indptr[j + 1])
        amount = received.data[part]
        if len(amount) == 0:  # unsettled: no attractor in reach
            label[j] = n_systems + j
        else:
            label[j] = received.indices[part][np.argmax(amount >= amount.max() * (1 - TIE))]
    _, start, inverse = np.unique(label, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(start))[inverse].astype(np.int64)
