"""Maximal bicliques against brute force over all left sets and against networkx's maximal cliques."""

from __future__ import annotations

from itertools import chain, combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csmir.kernels.bicliques import TooManyBicliquesError, maximal_bicliques


def sets(found) -> list[tuple[frozenset[int], frozenset[int]]]:
    return [
        (
            frozenset(found.left[found.left_start[i] : found.left_start[i + 1]].tolist()),
            frozenset(found.right[found.right_start[i] : found.right_start[i + 1]].tolist()),
        )
        for i in range(len(found))
    ]


def brute_force(edges, min_left, min_right):
    """For every set of left nodes its common neighbours, and all left nodes joined to those."""
    joined: dict[int, set[int]] = {}
    for a, b in edges:
        joined.setdefault(a, set()).add(b)
    out = set()
    for some in chain.from_iterable(combinations(joined, k) for k in range(1, len(joined) + 1)):
        right = frozenset.intersection(*(frozenset(joined[a]) for a in some))
        left = frozenset(a for a in joined if right <= joined[a])
        if len(right) >= min_right and len(left) >= min_left:
            out.add((left, right))
    return out


def by_networkx(edges, min_left, min_right):
    """Join all left nodes with each other, and all right ones: maximal cliques are then the maximal bicliques."""
    graph = nx.Graph([(("left", a), ("right", b)) for a, b in edges])
    for side in ("left", "right"):
        graph.add_edges_from(combinations([v for v in graph if v[0] == side], 2))
    out = set()
    for clique in nx.find_cliques(graph):
        left = frozenset(v for side, v in clique if side == "left")
        right = frozenset(v for side, v in clique if side == "right")
        if len(left) >= min_left and len(right) >= min_right:
            out.add((left, right))
    return out


edge_lists = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 12)), max_size=70)


@settings(deadline=None, max_examples=150)
@given(edges=edge_lists, min_left=st.integers(1, 3), min_right=st.integers(1, 4), flip=st.booleans())
def test_agrees_with_brute_force(edges, min_left, min_right, flip):
    if flip:
        edges = [(b, a) for a, b in edges]
    left, right = (np.array([e[i] for e in edges], int) for i in (0, 1))
    found = sets(maximal_bicliques(left, right, min_left=min_left, min_right=min_right))
    assert len(found) == len(set(found))
    if flip:
        expected = {(b, a) for a, b in brute_force([(b, a) for a, b in edges], min_right, min_left)}
    else:
        expected = brute_force(edges, min_left, min_right)
    assert set(found) == expected


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("shape", [(30, 60, 0.25), (70, 90, 0.08), (150, 40, 0.1)])
def test_agrees_with_networkx_beyond_one_word_of_bits(seed, shape):
    n_left, n_right, density = shape
    left, right = np.nonzero(np.random.default_rng(seed).random((n_left, n_right)) < density)
    found = sets(maximal_bicliques(left, right))
    expected = by_networkx(list(zip(left.tolist(), right.tolist(), strict=True)), 2, 3)
    assert len(found) == len(expected) > 0
    assert set(found) == expected


def test_planted_blocks_keep_their_own_codes():
    # codes 10, 20 with 5, 6, 7 and codes 30, 40, 50 with 1, 2, 3, 4: no edge between the blocks
    blocks = [([10, 20], [5, 6, 7]), ([30, 40, 50], [1, 2, 3, 4])]
    edges = np.array([(a, b) for left, right in blocks for a in left for b in right])
    found = maximal_bicliques(edges[:, 0], edges[:, 1])
    np.testing.assert_array_equal(found.left, [30, 40, 50, 10, 20])  # the larger first
    np.testing.assert_array_equal(found.right, [1, 2, 3, 4, 5, 6, 7])
    np.testing.assert_array_equal(found.left_start, [0, 3, 5])


def test_order_and_repeats_of_edges_do_not_matter():
    rng = np.random.default_rng(0)
    left, right = np.nonzero(rng.random((20, 30)) < 0.3)
    shuffled = rng.permutation(np.append(np.arange(len(left)), [0, 5, 5]))
    a, b = maximal_bicliques(left, right), maximal_bicliques(left[shuffled], right[shuffled])
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x, y)


def test_no_edges_and_nothing_large_enough():
    assert len(maximal_bicliques(np.array([], int), np.array([], int))) == 0
    assert len(maximal_bicliques(np.array([0, 1]), np.array([0, 0]))) == 0


def test_the_bound_is_exact():
    # a crown graph: K(n, n) without a perfect matching has 2^n - 2 maximal bicliques with both sides non-empty
    n = 10
    left, right = np.nonzero(~np.eye(n, dtype=bool))
    sizes = {"min_left": 1, "min_right": 1}
    assert len(maximal_bicliques(left, right, **sizes, max_bicliques=2**n - 2)) == 2**n - 2
    with pytest.raises(TooManyBicliquesError):
        maximal_bicliques(left, right, **sizes, max_bicliques=2**n - 3)


def test_the_bound_holds_for_what_is_passed_through():
    # 2^24 closed sets, of which one in 300,000 is kept: stops at 20 x max_bicliques
    left, right = np.nonzero(~np.eye(24, dtype=bool))
    with pytest.raises(TooManyBicliquesError):
        maximal_bicliques(left, right, min_left=12, min_right=12, max_bicliques=100)


def test_large_left_sets_are_found_without_passing_through_the_small():
    left, right = np.nonzero(~np.eye(24, dtype=bool))
    found = maximal_bicliques(left, right, min_left=23, min_right=1, max_bicliques=24)
    assert len(found) == 24  # all but one on the left, that one on the right
