"""In which lists a gene is seen at all, as bits: 64 genes a word."""

from __future__ import annotations

import numba
import numpy as np

from csmir.kernels.local_means import Means


def pack_genes(detected: np.ndarray) -> np.ndarray:
    """Bits, (cells, words) uint64, of `detected` (genes, cells) bool."""
    n_genes, n_cells = detected.shape
    padded = np.zeros((n_cells, -(-n_genes // 64) * 64), np.uint8)
    padded[:, :n_genes] = detected.T
    return np.packbits(padded, axis=1, bitorder="little").view(np.uint64)


def seen_in_lists(bits: np.ndarray, means: Means) -> np.ndarray:
    """Bits, (lists, words), of the genes that any cell with weight in the list detects; `bits` (cells, words)."""
    out = bits[means.order]
    for step in reversed(means.steps):
        of_rows = np.zeros((len(step.indptr) - 1, bits.shape[1]), np.uint64)
        _any(step.indptr, step.indices, out, of_rows)
        out = of_rows
    return out


def count_tested(seen_x: np.ndarray, seen_y: np.ndarray, pair_x: np.ndarray, pair_y: np.ndarray) -> np.ndarray:
    """Pairs whose genes are both seen: (rows,) int64; `seen_x` (rows, words) bits of the genes of `pair_x`."""
    order = np.argsort(pair_x, kind="stable")
    n_x, n_y = 64 * seen_x.shape[1], 64 * seen_y.shape[1]
    first = np.searchsorted(np.asarray(pair_x)[order], np.arange(n_x + 1))
    out = np.full(len(seen_x), len(pair_x), np.int64)
    _less_unseen(seen_x, seen_y, first, np.asarray(pair_y, np.int64)[order], np.bincount(pair_y, minlength=n_y), out)
    return out


@numba.njit(nogil=True, cache=True)
def _any(indptr, indices, bits, out):
    for i in range(len(out)):
        for e in range(indptr[i], indptr[i + 1]):
            out[i] |= bits[indices[e]]


@numba.njit(nogil=True, cache=True)
def _less_unseen(seen_x, seen_y, first, pair_y, degree, out):
    one = np.uint64(1)
    for i in range(len(out)):
        for w in range(seen_y.shape[1]):
            left = ~seen_y[i, w]
            t = 64 * w
            while left:
                if left & one:
                    out[i] -= degree[t]
                left >>= one
                t += 1
        for w in range(seen_x.shape[1]):
            left = ~seen_x[i, w]
            g = 64 * w
            while left:
                if left & one:
                    for q in range(first[g], first[g + 1]):
                        t = pair_y[q]
                        out[i] -= np.int64(seen_y[i, t >> 6] >> np.uint64(t & 63) & one)
                left >>= one
                g += 1


@numba.njit(nogil=True, cache=True)
def count_rows(seen_x, seen_y, pair_x, pair_y):
    """Rows in which both genes of a pair are seen: (pairs,) int64, from bits (rows, words)."""
    out = np.zeros(len(pair_x), np.int64)
    one = np.uint64(1)
    for i in range(len(seen_x)):
        for q in range(len(pair_x)):
            own = seen_x[i, pair_x[q] >> 6] >> np.uint64(pair_x[q] & 63)
            other = seen_y[i, pair_y[q] >> 6] >> np.uint64(pair_y[q] & 63)
            out[q] += np.int64(own & other & one)
    return out
