from __future__ import annotations

import mudata
import networkx as nx
import numpy as np
import pytest

import csmir as cs


def with_similarity(mdata, square, key="interaction_similarity"):
    mdata["regulation"].obsp[key] = np.array(square, dtype=float)
    return mdata


@pytest.fixture
def five(make_networks):
    """Cells a..e, every one with an edge, and a similarity set by hand: triangle a b c, then c - d; e is apart."""
    mdata = make_networks({c: [("m0", "g0")] for c in "abcde"})
    s = np.full((5, 5), 0.1)
    for i, j, value in ((0, 1, 0.9), (0, 2, 0.8), (1, 2, 0.7), (2, 3, 0.6), (3, 4, 0.2)):
        s[i, j] = s[j, i] = value
    np.fill_diagonal(s, 1)
    return with_similarity(mdata, s)


def pairs(graph):
    return {tuple(sorted(e)) for e in graph.edges}


def test_by_hand(five):
    # ten pairs, five of them 0.1, and 0.2, 0.6, 0.7, 0.8, 0.9: the median is (0.1 + 0.2) / 2
    cs.tl.crosstalk(five)
    reg = five["regulation"]
    assert reg.uns["csmir"]["crosstalk"]["cutoff_value"]["interactions"] == pytest.approx(0.15)
    graph = cs.get.crosstalk_graph(five)
    assert pairs(graph) == {("a", "b"), ("a", "c"), ("b", "c"), ("c", "d"), ("d", "e")}
    assert graph.edges["c", "d"]["similarity"] == 0.6
    assert reg.obs["crosstalk_degree"].tolist() == [2, 2, 3, 2, 1]
    assert reg.obs["hub_cell"].tolist() == [False, False, True, False, False]  # ceil(0.2 * 5) = 1
    assert (reg.obsp["crosstalk"] != reg.obsp["crosstalk"].T).nnz == 0
    assert reg.obsp["crosstalk"].dtype == bool


def test_cutoff_of_ones_own_is_strict(five):
    cs.tl.crosstalk(five, cutoff=0.6, hub_fraction=0.5)
    assert pairs(cs.get.crosstalk_graph(five)) == {("a", "b"), ("a", "c"), ("b", "c")}
    table = cs.get.crosstalk(five).set_index("cell")
    assert table["module"].astype(object).fillna("none").tolist() == ["1", "1", "1", "none", "none"]
    # d and e have no edge: ceil(0.5 * 3) = 2 hub cells among three that tie
    assert table["hub_cell"].tolist() == [True, True, False, False, False]
    cs.tl.crosstalk(five, cutoff=0.6, hub_fraction=0.5, ties="reference")
    assert cs.get.crosstalk(five)["hub_cell"].tolist() == [False, True, True, False, False]
    cs.tl.crosstalk(five, cutoff=0.6, hub_fraction=0.5, ties="all")
    assert cs.get.crosstalk(five)["hub_cell"].tolist() == [True, True, True, False, False]


def test_modules_are_the_cliques_that_nothing_joins(make_networks):
    # two groups of cells, of 5 and of 4, alike inside and apart: Markov clustering has only one answer
    groups = [1, 0, 1, 0, 1, 1, 0, 1, 0]
    mdata = make_networks({f"c{i}": [("m0", "g0")] for i in range(9)})
    with_similarity(mdata, np.equal.outer(groups, groups) * 0.5)
    cs.tl.crosstalk(mdata, cutoff=0.2)
    assert mdata["regulation"].obs["crosstalk_module"].tolist() == [str(2 - g) for g in groups]
    cs.tl.crosstalk(mdata, cutoff=0.2, min_size=5)
    assert mdata["regulation"].obs["crosstalk_module"].notna().tolist() == [bool(g) for g in groups]


def test_degrees_agree_with_networkx_and_reload(random_networks, tmp_path):
    cs.tl.hubs(random_networks)
    cs.tl.similarity(random_networks)
    cs.tl.crosstalk(random_networks, ["interactions", "hubs"])
    random_networks.write(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")
    for on in ("interactions", "hubs"):
        graph, table = cs.get.crosstalk_graph(again, on), cs.get.crosstalk(again, on)
        assert dict(graph.degree) == dict(zip(table["cell"], table["degree"], strict=True))
        assert nx.utils.graphs_equal(graph, cs.get.crosstalk_graph(random_networks, on))
        s = again["regulation"].obsp["interaction_similarity" if on == "interactions" else "hub_similarity"]
        above = s[np.triu_indices(12, 1)]
        assert graph.number_of_edges() == (above > np.median(above)).sum()


def test_empty_networks_have_no_edge(make_networks):
    cells = {
        "a": [("m0", "g0"), ("m0", "g1")],
        "b": [("m0", "g0"), ("m0", "g1")],
        "c": [("m0", "g0"), ("m1", "g0")],
        "d": [],
    }
    mdata = make_networks(cells)
    cs.tl.similarity(mdata, on="interactions")
    cs.tl.crosstalk(mdata)
    # similarities 1, 1/2, 1/2 without the empty cell: the median is 1/2
    assert mdata["regulation"].uns["csmir"]["crosstalk"]["cutoff_value"]["interactions"] == 0.5
    assert pairs(cs.get.crosstalk_graph(mdata)) == {("a", "b")}


@pytest.mark.parametrize("cells", ["a", "abc"])
def test_one_cell_and_identical_cells_have_no_edge(make_networks, cells, caplog):
    mdata = make_networks({c: [("m0", "g0")] for c in cells})
    cs.tl.similarity(mdata, on="interactions")
    cs.tl.crosstalk(mdata)
    reg = mdata["regulation"]
    assert reg.obsp["crosstalk"].nnz == 0
    assert not reg.obs["hub_cell"].any()
    assert reg.obs["crosstalk_module"].isna().all()
    assert "no two cells are more similar than the cutoff" in caplog.text
    assert np.isnan(reg.uns["csmir"]["crosstalk"]["cutoff_value"]["interactions"]) == (len(cells) == 1)


def test_errors(five):
    with pytest.raises(cs.InputError, match=r"`cutoff` must be 'median' or a similarity in \[0, 1\]; found 'mean'"):
        cs.tl.crosstalk(five, cutoff="mean")
    with pytest.raises(cs.InputError, match="`cutoff` must be a number"):
        cs.tl.crosstalk(five, cutoff=2)
    with pytest.raises(cs.InputError, match="`inflation` must be a number"):
        cs.tl.crosstalk(five, inflation=1)
    with pytest.raises(cs.StepError, match=r"Run cs.tl.hubs\(mdata\), then cs.tl.similarity\(mdata, on='hubs'\) first"):
        cs.tl.crosstalk(five, "hubs")
    for accessor in (cs.get.crosstalk, cs.get.crosstalk_graph):
        with pytest.raises(cs.StepError, match=r"Run cs.tl.crosstalk\(mdata, 'interactions'\) first"):
            accessor(five)
