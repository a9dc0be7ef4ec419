from __future__ import annotations

import mudata
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import csmir as cs

CELLS = {
    "a": [("m0", "g0"), ("m0", "g1"), ("m1", "g0")],
    "b": [("m0", "g0"), ("m2", "g3")],
    "c": [("m0", "g0"), ("m1", "g0")],
    "d": [],
}


@pytest.fixture
def mdata(make_networks):
    return make_networks(CELLS)


def rows(frame, *columns):
    return [tuple(r) for r in frame[list(columns)].astype(str).itertuples(index=False)]


def test_edges_by_hand(mdata):
    frame = cs.get.edges(mdata)
    assert rows(frame, "cell", "mirna", "mrna") == [(c, *e) for c, edges in CELLS.items() for e in sorted(edges)]
    assert frame.columns.tolist() == ["cell", "mirna", "mrna", "z", "support"]
    assert all(isinstance(frame[c].dtype, pd.CategoricalDtype) for c in ("cell", "mirna", "mrna"))
    assert frame["z"].dtype == np.float32
    reg = mdata["regulation"]
    for r in frame.itertuples():
        at = reg.obs_names.get_loc(r.cell), reg.var_names.get_loc(f"{r.mirna}|{r.mrna}")
        assert (r.z, r.support) == (reg.X[at], reg.layers["support"][at])


def test_edges_of_some(mdata):
    assert rows(cs.get.edges(mdata, cell=["c", "a"]), "cell")[0] == ("c",)
    assert rows(cs.get.edges(mdata, cell="b"), "mirna", "mrna") == CELLS["b"]
    assert rows(cs.get.edges(mdata, mirna="m1", mrna=["g0", "g1"]), "cell", "mirna", "mrna") == [
        ("a", "m1", "g0"),
        ("c", "m1", "g0"),
    ]
    assert cs.get.edges(mdata, cell="d").empty
    cs.tl.conservation(mdata)
    assert cs.get.edges(mdata, cell="b", columns="conservation")["conservation"].tolist() == ["neither", "rewired"]


def test_explicit_zeros_are_no_edges_and_layers_keep_their_place(mdata):
    reg = mdata["regulation"].copy()
    reg.X.data[1] = 0
    lost = cs.get.edges(mdata).drop(index=1).reset_index(drop=True)
    pd.testing.assert_frame_equal(cs.get.edges(reg), lost)
    # a layer stored otherwise: dense, or sparse with another pattern
    dense = mdata["regulation"].copy()
    dense.layers["support"] = dense.layers["support"].toarray()
    pd.testing.assert_frame_equal(cs.get.edges(dense, cell=["c", "b"]), cs.get.edges(mdata, cell=["c", "b"]))
    full = mdata["regulation"].copy()
    full.layers["support"] = sparse.csr_matrix(full.layers["support"].toarray() + 1)
    np.testing.assert_allclose(cs.get.edges(full)["support"], cs.get.edges(mdata)["support"] + 1)


def test_values_of_pairs_that_are_no_edges_stay_out(mdata):
    """regulation(keep="all") stores every pair and marks the edges in a layer."""
    reg = mdata["regulation"].copy()
    significant = reg.X != 0
    reg.X = sparse.csr_matrix(np.where(significant.toarray(), reg.X.toarray(), -1).astype(np.float32))
    everywhere = reg.X.copy()
    everywhere.data = significant.toarray()[everywhere.nonzero()]
    reg.layers["significant"] = everywhere
    reg.layers["support"] = sparse.csr_matrix(np.where(significant.toarray(), reg.layers["support"].toarray(), 0.1))
    got = cs.get.edges(reg)
    pd.testing.assert_frame_equal(got, cs.get.edges(mdata), check_dtype=False)
    pd.testing.assert_frame_equal(cs.get.edges(reg, cell="b"), cs.get.edges(mdata, cell="b"), check_dtype=False)


def test_values_are_named_after_the_statistic(mdata):
    mdata["regulation"].uns["csmir"]["regulation"]["statistic"] = "exact"
    assert cs.get.edges(mdata).columns[3] == "neg_log10_p"
    del mdata["regulation"].uns["csmir"]
    assert cs.get.edges(mdata).columns[3] == "value"


def test_all_edges_come_back(random_networks):
    frame = cs.get.edges(random_networks)
    reg = random_networks["regulation"]
    pairs = pd.MultiIndex.from_frame(reg.var[["mirna", "mrna"]].astype(str))
    at = pairs.get_indexer(pd.MultiIndex.from_frame(frame[["mirna", "mrna"]].astype(str)))
    back = sparse.csr_matrix((frame["z"], (reg.obs_names.get_indexer(frame["cell"].astype(str)), at)), shape=reg.shape)
    assert (back != reg.X).nnz == 0


def test_graph(mdata):
    graph = cs.get.graph(mdata, "a")
    assert isinstance(graph, nx.DiGraph)
    assert set(graph.edges) == set(CELLS["a"])
    assert dict(graph.nodes(data="kind")) == {"m0": "mirna", "m1": "mirna", "g0": "mrna", "g1": "mrna"}
    z = cs.get.edges(mdata, cell="a").set_index(["mirna", "mrna"])["z"]
    assert graph.edges["m0", "g1"]["z"] == z["m0", "g1"]
    assert isinstance(graph.edges["m0", "g1"]["support"], float)
    assert graph.out_degree("m0", weight="z") == pytest.approx(z["m0", "g0"] + z["m0", "g1"])
    assert len(cs.get.graph(mdata, "d")) == 0


def test_graph_refuses_to_merge_names(make_networks):
    mdata = make_networks({"a": [("x", "g0"), ("m0", "x")]})
    with pytest.raises(cs.InputError, match="'x' are names of a miRNA and of an mRNA at once"):
        cs.get.graph(mdata, "a")


def test_hubs(mdata):
    cs.tl.hubs(mdata, fraction=0.6)
    frame = cs.get.hubs(mdata)
    # a: degrees 2, 1 -> ceil(1.2) = 2; b: 1, 1 -> 2; c: 1, 1 -> 2
    assert rows(frame, "cell", "mirna", "out_degree") == [
        ("a", "m0", "2"), ("a", "m1", "1"), ("b", "m0", "1"), ("b", "m2", "1"), ("c", "m0", "1"), ("c", "m1", "1"),
    ]  # fmt: skip
    assert rows(cs.get.hubs(mdata, cell=["b"]), "cell", "mirna") == [("b", "m0"), ("b", "m2")]


def test_conserved_and_rewired(mdata):
    cs.tl.hubs(mdata, fraction=0.6)
    cs.tl.conservation(mdata, conserved=0.75)
    assert rows(cs.get.conserved(mdata), "mirna", "mrna", "n_cells") == [("m0", "g0", "3")]
    assert rows(cs.get.rewired(mdata), "mirna", "mrna", "n_cells", "cell") == [
        ("m0", "g1", "1", "a"),
        ("m2", "g3", "1", "b"),
    ]
    assert rows(cs.get.conserved(mdata, kind="hubs"), "mirna", "n_cells") == [("m0", "3")]
    assert rows(cs.get.rewired(mdata, kind="hubs"), "mirna", "n_cells", "cell") == [("m2", "1", "b")]
    cs.tl.conservation(mdata, conserved=0.75, rewired=2)
    assert rows(cs.get.rewired(mdata), "mirna", "mrna", "cell") == [
        ("m0", "g1", "a"), ("m1", "g0", "a"), ("m1", "g0", "c"), ("m2", "g3", "b"),
    ]  # fmt: skip


def test_after_saving_and_subsetting(mdata, tmp_path):
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata, conserved=0.75)
    mdata.write(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")
    for table in (cs.get.edges, cs.get.hubs, cs.get.conserved, cs.get.rewired):
        pd.testing.assert_frame_equal(table(again), table(mdata))
    part = mdata[["b", "a"]].copy()
    assert rows(cs.get.edges(part), "cell")[0] == ("b",)
    assert rows(cs.get.edges(mdata["regulation"][:, [0]]), "cell") == [("a",), ("b",), ("c",)]


def test_errors(mdata):
    with pytest.raises(cs.InputError, match=r"No cell 'A1' in the networks; there are 4: 'a', 'b', 'c' and 1 more"):
        cs.get.edges(mdata, cell="A1")
    with pytest.raises(cs.InputError, match=r"No miRNA 'm01' in the networks.*Did you mean 'm1'|Did you mean 'm0'"):
        cs.get.edges(mdata, mirna="m01")
    with pytest.raises(cs.InputError, match="No mRNA 'TP53'"):
        cs.get.edges(mdata, mrna="TP53")
    with pytest.raises(cs.InputError, match="no column 'mirna_family'"):
        cs.get.edges(mdata, columns="mirna_family")
    with pytest.raises(cs.InputError, match="named again: 'a'"):
        cs.get.edges(mdata, cell=["a", "a"])
    with pytest.raises(cs.InputError, match="the name of one cell"):
        cs.get.graph(mdata, ["a"])
    with pytest.raises(cs.StepError, match=r"Run cs.tl.hubs\(mdata\) first"):
        cs.get.hubs(mdata)
    for accessor in (cs.get.conserved, cs.get.rewired):
        with pytest.raises(cs.StepError, match=r"Run cs.tl.conservation\(mdata\) first"):
            accessor(mdata)
        with pytest.raises(cs.StepError, match=r"Run cs.tl.hubs\(mdata\), then cs.tl.conservation"):
            accessor(mdata, kind="hubs")
        with pytest.raises(cs.InputError, match="`kind` must be one of 'interactions', 'hubs'"):
            accessor(mdata, kind="cells")


def test_edges_say_their_direction(make_networks):
    """By the sign of the pair, or by the edge's own rho; without either there is no such column."""
    mdata = make_networks({"a": [("m0", "g0"), ("m0", "g1"), ("m1", "g1")], "b": [("m0", "g1")]})
    assert "direction" not in cs.get.edges(mdata)
    networks = mdata["regulation"]
    networks.var["sign"] = np.array([-1, 1, 0], np.int8)
    found = cs.get.edges(mdata)["direction"]
    assert found.tolist() == ["repression", "activation", "no direction", "activation"]
    with pytest.raises(cs.InputError, match="'direction', which the table has anyway"):
        cs.get.edges(mdata, columns="direction")
    networks.var["correlation"] = np.array([-0.0049, 0.0051, 0.0], np.float32)  # shown as 0.00, 0.01 and 0.00
    assert cs.get.edges(mdata)["direction"].tolist() == ["no direction", "activation", "no direction", "activation"]
    networks.uns["csmir"]["regulation"]["statistic"] = "local"
    networks.X.data[:] = [0.4, -0.3, -0.004, 0.1]
    assert cs.get.edges(mdata, cell="a")["direction"].tolist() == ["activation", "repression", "no direction"]
    networks.X.data[:] = [0.4, -0.3, -0.2, 0.1]
    assert cs.get.edges(mdata, cell="a")["direction"].tolist() == ["activation", "repression", "repression"]


def test_which_way_a_pair_goes_hangs_on_no_order_of_cells(make_networks):
    """In single precision 2^24 + 1 - 2^24 is 0 or 1, by the order of the cells."""
    from csmir.get.edges import pair_signs

    adata = make_networks({c: [("m0", "g0")] for c in "abc"})["regulation"]
    adata.uns["csmir"]["regulation"]["statistic"] = "local"
    adata.X.data[:] = [2**24, 1, -(2**24)]
    for order in ([0, 1, 2], [2, 1, 0], [0, 2, 1]):
        assert pair_signs(adata[order].copy()) == [1]
