"""Pairs of nodes on one side of a bipartite graph that share significantly many partners on the other."""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np
from scipy import sparse

from csmir.kernels.hypergeometric import log_factorials, log_upper_tail


class Sharing(NamedTuple):
    """Pairs a < b of nodes, in order of a, then b."""

    a: np.ndarray  # int64
    b: np.ndarray  # int64
    shared: np.ndarray  # partners of both
    p: np.ndarray  # float64
    q: np.ndarray  # float64, Benjamini-Hochberg over all pairs of nodes that have partners


def sharing_pairs(graph: sparse.csr_array, n_partners: int, alpha: float, min_shared: int, *, adjust: bool) -> Sharing:
    """Pairs with p < alpha (with `adjust`, q < alpha) that share at least `min_shared` partners.

    `graph` is nodes x partners, 0/1, sorted indices. p is the hypergeometric P(X >= shared) of two nodes that draw
    their partners from `n_partners`; it depends on three small whole numbers, so that it is looked up.
    """
    nodes = np.flatnonzero(np.diff(graph.indptr))  # those without partners are in no pair
    graph = sparse.csr_array(graph[nodes])
    if len(nodes) < 2:
        none = np.zeros(0, np.int64)
        return Sharing(none, none, none, np.zeros(0), np.zeros(0))
    size = np.diff(graph.indptr)
    sizes, code = np.unique(size, return_inverse=True)
    table = np.ones((len(sizes), len(sizes), int(sizes[-1]) + 1))
    _fill_table(sizes.astype(np.int64), n_partners, log_factorials(n_partners), table)
    back = graph.tocsc()
    back.sort_indices()
    a, b, shared = _pairs(graph.indptr, graph.indices, back.indptr, back.indices, code, table, alpha)
    entry = np.ravel_multi_index((code[a], code[b], shared), table.shape)
    q = _adjusted(entry, table, len(nodes))
    keep = (shared >= min_shared) & (q < alpha if adjust else True)
    at = entry[keep]
    return Sharing(nodes[a[keep]], nodes[b[keep]], shared[keep], table.ravel()[at], q[keep])


def _adjusted(entry: np.ndarray, table: np.ndarray, n_nodes: int) -> np.ndarray:
    """Return q of each pair, from how often each value of p occurs: q = min over p' >= p of p' n / #(p <= p')."""
    count = np.bincount(entry, minlength=table.size)
    used = np.flatnonzero(count)
    p, at = np.unique(table.ravel()[used], return_inverse=True)
    rank = np.cumsum(np.bincount(at, weights=count[used], minlength=len(p)))
    q = np.minimum.accumulate((p * (n_nodes * (n_nodes - 1) / 2) / rank)[::-1])[::-1]
    every = np.ones(table.size)
    every[used] = np.minimum(q, 1.0)[at]
    return every[entry]


@numba.njit(nogil=True, cache=True)
def _fill_table(sizes, n, factorials, table):
    for i in range(len(sizes)):
        for j in range(len(sizes)):
            for k in range(1, min(sizes[i], sizes[j]) + 1):
                table[i, j, k] = min(math.exp(log_upper_tail(k, n, sizes[i], sizes[j], False, factorials)), 1.0)


@numba.njit(nogil=True, cache=True)
def _pairs(indptr, indices, back_indptr, back_indices, code, table, alpha):
    """Pairs with p < alpha: their partners are counted node by node, over the nodes that each partner leads to."""
    n_nodes = len(indptr) - 1
    count = np.zeros(n_nodes, np.int32)
    out = np.empty((3, 1 << 12), np.int32)
    n_out = 0
    for a in range(n_nodes):
        for e in range(indptr[a], indptr[a + 1]):
            partner = indices[e]
            for f in range(back_indptr[partner + 1] - 1, back_indptr[partner] - 1, -1):
                if back_indices[f] <= a:
                    break
                count[back_indices[f]] += 1
        if n_out + n_nodes > out.shape[1]:
            larger = np.empty((3, 2 * out.shape[1] + n_nodes), np.int32)
            larger[:, :n_out] = out[:, :n_out]
            out = larger
        of_a = table[code[a]]
        for b in range(a + 1, n_nodes):
            if count[b]:
                if of_a[code[b], count[b]] < alpha:
                    out[0, n_out], out[1, n_out], out[2, n_out] = a, b, count[b]
                    n_out += 1
                count[b] = 0
    return out[:, :n_out].copy()
