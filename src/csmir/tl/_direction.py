"""The direction of each pair's association over all cells."""

from __future__ import annotations

import numpy as np

from csmir.inference.pairs import Pairs

AT_ONCE = 2_000  # mRNAs at a time against one miRNA


def rank_correlation(mirna: np.ndarray, mrna: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Spearman's rho of each pair over the cells, float32; 0 where a gene does not vary.

    `mirna`, `mrna` (features, cells).
    """
    x, y = _unit_ranks(mirna), _unit_ranks(mrna)
    out = np.zeros(len(pairs), np.float32)
    starts = np.searchsorted(pairs.mirna, np.arange(pairs.n_mirnas + 1))
    for i in range(pairs.n_mirnas):
        for first in range(starts[i], starts[i + 1], AT_ONCE):
            part = slice(first, min(first + AT_ONCE, starts[i + 1]))
            # in float64, whose last digits hang on which pairs go together, and float32 has none of them
            out[part] = y[pairs.mrna[part]].astype(np.float64) @ x[i].astype(np.float64)
    return out


def _unit_ranks(values: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    ranks = rankdata(values, axis=1).astype(np.float32)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.linalg.norm(ranks, axis=1, keepdims=True)
    return np.divide(ranks, length, out=np.zeros_like(ranks), where=length > 0)
