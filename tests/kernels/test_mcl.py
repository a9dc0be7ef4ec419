"""Markov clustering against the original program's stored results and known graphs."""

from __future__ import annotations

import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from csmir.kernels.mcl import mcl

FROZEN = json.loads((Path(__file__).parent / "data" / "mcl.json").read_text())["graphs"]


def groups(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == i).tolist()) for i in np.unique(labels)}


def from_edges(edges: list[list[int]]) -> np.ndarray:
    e = np.array(edges)
    adjacency = np.zeros((e.max() + 1,) * 2)
    adjacency[e[:, 0], e[:, 1]] = adjacency[e[:, 1], e[:, 0]] = 1
    return adjacency


@pytest.mark.parametrize("graph", FROZEN)
def test_agrees_with_the_mcl_program(graph):
    adjacency = from_edges(FROZEN[graph]["edges"])
    expected = {frozenset(c) for c in FROZEN[graph]["clusters"]}
    # an edge list does not know nodes without edges
    expected |= {frozenset([int(i)]) for i in np.flatnonzero(adjacency.sum(1) == 0)}
    assert groups(mcl(adjacency)) == expected


@pytest.mark.parametrize("container", [sparse.csr_matrix, sparse.csc_array, sparse.coo_array, lambda a: a.astype(bool)])
def test_containers_agree(container):
    adjacency = from_edges(FROZEN["geometric"]["edges"])
    np.testing.assert_array_equal(mcl(container(adjacency)), mcl(adjacency))


@pytest.mark.parametrize("graph", FROZEN)
def test_pruning_saves_time_and_changes_nothing(graph):
    adjacency = from_edges(FROZEN[graph]["edges"])
    np.testing.assert_array_equal(mcl(adjacency, prune=0), mcl(adjacency))


def test_disjoint_cliques_are_clusters_labelled_by_first_node():
    adjacency = nx.to_numpy_array(
        nx.disjoint_union_all([nx.complete_graph(4), nx.complete_graph(3), nx.empty_graph(2)])
    )
    np.testing.assert_array_equal(mcl(adjacency), [0, 0, 0, 0, 1, 1, 1, 2, 3])


def test_two_cliques_with_a_bridge():
    adjacency = nx.to_numpy_array(nx.barbell_graph(5, 0))
    np.testing.assert_array_equal(mcl(adjacency), [0] * 5 + [1] * 5)


def test_a_node_between_two_equal_systems_goes_to_the_first():
    # a line on five nodes: the middle one belongs to both ends alike
    line = nx.to_numpy_array(nx.path_graph(5))
    np.testing.assert_array_equal(mcl(line), [0, 0, 0, 1, 1])


def test_complete_and_empty_graphs():
    np.testing.assert_array_equal(mcl(np.ones((6, 6))), np.zeros(6))
    np.testing.assert_array_equal(mcl(np.zeros((3, 3))), [0, 1, 2])
    assert mcl(np.zeros((0, 0))).shape == (0,)


def test_inflation_makes_clusters_smaller():
    adjacency = from_edges(FROZEN["geometric"]["edges"])
    n = [mcl(adjacency, inflation=i).max() for i in (1.4, 2.0, 4.0)]
    assert n[0] < n[1] < n[2]


def test_input_is_left_alone():
    adjacency = sparse.csc_array(from_edges(FROZEN["florentine"]["edges"]))
    before = adjacency.copy()
    mcl(adjacency)
    assert (adjacency != before).nnz == 0


def test_says_when_the_walk_has_not_settled():
    with pytest.warns(RuntimeWarning, match="after 2 iterations"):
        labels = mcl(from_edges(FROZEN["partition"]["edges"]), max_iter=2)
    assert len(labels) == 60


@settings(deadline=None, max_examples=40)
@given(n=st.integers(2, 30), p=st.floats(0, 1), seed=st.integers(0, 10**6))
def test_clusters_never_span_components(n, p, seed):
    graph = nx.gnp_random_graph(n, p, seed=seed)
    labels = mcl(nx.to_numpy_array(graph))
    for cluster in groups(labels):
        assert len({frozenset(nx.node_connected_component(graph, v)) for v in cluster}) == 1
    first = [int(np.flatnonzero(labels == i)[0]) for i in range(labels.max() + 1)]
    assert first == sorted(first)


def _planted(n_clusters, size, p_within, n_between, seed):
    """Clusters that hang together well, and some edges between them."""
    rng = np.random.default_rng(seed)
    n = n_clusters * size
    home = np.repeat(np.arange(n_clusters), size)
    within = [
        np.flatnonzero(home == c)[np.argwhere(np.triu(rng.random((size, size)) < p_within, 1))]
        for c in range(n_clusters)
    ]
    between = rng.integers(0, n, (n_between, 2))
    a, b = np.concatenate([*within, between[between[:, 0] != between[:, 1]]]).T
    graph = sparse.coo_array((np.ones(len(a)), (a, b)), shape=(n, n)).tocsc()
    graph = graph + graph.T
    graph.data[:] = 1.0
    return graph, home


def test_few_entries_a_column_find_the_clusters_that_all_entries_find():
    graph, home = _planted(n_clusters=12, size=50, p_within=0.4, n_between=900, seed=3)
    whole = mcl(graph, most=600)
    np.testing.assert_array_equal(whole, home)
    np.testing.assert_array_equal(mcl(graph, most=100), whole)
