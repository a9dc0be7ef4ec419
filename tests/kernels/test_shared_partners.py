from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import false_discovery_control, hypergeom

from csmir.kernels.shared_partners import sharing_pairs


def by_sets(graph: np.ndarray, n_partners: int) -> list[tuple[int, int, int, float, float]]:
    """a, b, shared, p, q of every pair of nodes with partners: sets of Python, scipy's tail and correction."""
    partners = [set(np.flatnonzero(row)) for row in graph]
    rows = []
    for a, b in combinations([i for i, s in enumerate(partners) if s], 2):
        s = len(partners[a] & partners[b])
        rows.append((a, b, s, hypergeom.sf(s - 1, n_partners, len(partners[a]), len(partners[b]))))
    q = false_discovery_control(np.clip([r[3] for r in rows], 0, 1)) if rows else []
    return [(*r, float(x)) for r, x in zip(rows, q, strict=True)]


def as_rows(found):
    return list(zip(found.a, found.b, found.shared, strict=True))


@settings(deadline=None, max_examples=60)
@given(
    shape=st.tuples(st.integers(1, 14), st.integers(1, 12)),
    density=st.floats(0, 1),
    seed=st.integers(0, 10**6),
    alpha=st.sampled_from([0.01, 0.05, 0.3, 1.0]),
    min_shared=st.integers(1, 3),
    adjust=st.booleans(),
)
def test_agrees_with_scipy_pair_by_pair(shape, density, seed, alpha, min_shared, adjust):
    graph = np.random.default_rng(seed).random(shape) < density
    found = sharing_pairs(sparse.csr_array(graph.astype(np.int8)), shape[1], alpha, min_shared, adjust=adjust)
    expected = [
        row
        for row in by_sets(graph, shape[1])
        if row[2] >= min_shared and row[3] < alpha - 1e-12 and (not adjust or row[4] < alpha - 1e-12)
    ]
    assert as_rows(found) == [row[:3] for row in expected]
    np.testing.assert_allclose(found.p, [row[3] for row in expected], rtol=1e-9)
    if adjust:  # without, a q counts only the pairs with p < alpha, and is not used
        np.testing.assert_allclose(found.q, [row[4] for row in expected], rtol=1e-9)


def test_a_larger_universe_makes_sharing_more_surprising():
    graph = sparse.csr_array(np.array([[1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 0, 0]], np.int8))
    # P(X >= 2), 3 drawn of 6 of which 3: (9 + 1) / 20; of 100: (3 * 97 + 1) / 161700
    assert sharing_pairs(graph, 6, 1.0, 1, adjust=False).p[0] == pytest.approx(0.5)
    assert sharing_pairs(graph, 100, 1.0, 1, adjust=False).p[0] == pytest.approx(292 / 161700)


@pytest.mark.parametrize("graph", [np.zeros((4, 5)), np.zeros((0, 3)), np.array([[1, 1], [0, 0]])])
def test_nothing_to_share(graph):
    found = sharing_pairs(sparse.csr_array(graph.astype(np.int8)), graph.shape[1], 1.0, 1, adjust=True)
    assert len(found.a) == len(found.p) == 0
