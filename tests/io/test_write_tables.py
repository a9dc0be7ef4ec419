from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir.io import _tsv
from csmir.io.write_tables import file_names

CELLS = {
    "a/1": [("m0", "g0"), ("m0", "g1"), ("m1", "g0")],
    "a 1": [("m0", "g0"), ("m2", "g3")],
    "c": [("m0", "g0"), ("m1", "g0")],
    "d": [],
}


@pytest.fixture
def mdata(make_networks):
    return make_networks(CELLS)


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and p.name[0] != ".")


def test_tables(mdata, tmp_path):
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata, conserved=0.75)
    cs.tl.similarity(mdata, on=["interactions", "expression"])
    mdata["regulation"].uns["csmir"]["modules"] = pd.DataFrame({"module": ["1", "1"], "feature": ["m0", "g0"]})
    cs.io.write_tables(mdata, tmp_path / "out")
    names = "cells conserved_hubs conserved_interactions edges expression_distance hubs interaction_similarity modules"
    names += " pairs rewired_hubs rewired_interactions"
    assert files(tmp_path / "out") == [f"{n}.tsv" for n in names.split()]

    def read(name):
        return pd.read_csv(tmp_path / "out" / f"{name}.tsv", sep="\t")

    edges = read("edges")
    assert [(r.cell, r.mirna, r.mrna) for r in edges.itertuples()] == [(c, *e) for c, es in CELLS.items() for e in es]
    np.testing.assert_allclose(edges["z"], cs.get.edges(mdata)["z"], rtol=1e-5)
    np.testing.assert_allclose(edges["support"], cs.get.edges(mdata)["support"], rtol=1e-5)
    assert read("cells").set_index("cell")["n_interactions"].to_dict() == {"a/1": 3, "a 1": 2, "c": 2, "d": 0}
    assert read("pairs")["conservation"].tolist() == mdata["regulation"].var["conservation"].tolist()
    assert read("rewired_interactions")["cell"].tolist() == ["a/1", "a 1"]
    similarity = read("interaction_similarity").set_index("cell")
    np.testing.assert_allclose(similarity, mdata["regulation"].obsp["interaction_similarity"], rtol=1e-5)


def test_only_what_is_there(mdata, tmp_path):
    cs.io.write_tables(mdata, tmp_path / "out", formats="tsv", cell="c")
    assert files(tmp_path / "out") == ["cells.tsv", "edges.tsv", "pairs.tsv"]
    assert pd.read_csv(tmp_path / "out/edges.tsv", sep="\t")["cell"].tolist() == ["c", "c"]


def test_graphml_reads_back_as_the_same_graphs(mdata, tmp_path):
    cs.io.write_tables(mdata, tmp_path / "out", formats=["graphml"])
    folder = tmp_path / "out" / "graphml"
    names = pd.read_csv(folder / "cells.tsv", sep="\t").set_index("cell")["file"]
    assert names.to_dict() == {"a/1": "a_1", "a 1": "a_1_2", "c": "c", "d": "d"}
    for cell, file in names.items():
        graph, want = nx.read_graphml(folder / f"{file}.graphml"), cs.get.graph(mdata, cell)
        assert dict(graph.nodes(data=True)) == dict(want.nodes(data=True))
        assert sorted(graph.edges(data=True), key=str) == sorted(want.edges(data=True), key=str)
        assert graph.is_directed()


def test_the_consensus_is_one_graph_of_all_pairs(mdata, tmp_path):
    mdata["regulation"].var["pair_qvalue"] = np.where(mdata["regulation"].var["mirna"] == "m1", np.nan, 0.01)
    cs.io.write_tables(mdata, tmp_path / "out", formats="consensus")
    assert files(tmp_path / "out") == ["consensus.graphml"]
    graph, table = nx.read_graphml(tmp_path / "out" / "consensus.graphml"), cs.get.pairs(mdata)
    assert set(graph.edges) == {("m0", "g0"), ("m0", "g1"), ("m1", "g0"), ("m2", "g3")}
    assert graph.nodes["m0"]["kind"] == "mirna"
    assert graph.edges["m0", "g0"]["n_cells"] == 3
    assert graph.edges["m0", "g0"]["pair_qvalue"] == 0.01
    assert "pair_qvalue" not in graph.edges["m1", "g0"]  # not known
    assert len(table) == 4
    cs.io.write_tables(mdata, tmp_path / "one", formats="consensus", cell="a 1")
    assert set(nx.read_graphml(tmp_path / "one" / "consensus.graphml").edges) == {("m0", "g0"), ("m2", "g3")}
    with pytest.raises(cs.InputError, match="The consensus has 4 pairs"):
        cs.io.write_tables(mdata, tmp_path / "few", formats="consensus", max_graph_edges=3)


def test_edge_lists(mdata, tmp_path):
    cs.io.write_tables(mdata, tmp_path / "out", formats=["edgelist"], cell=["c", "a/1"])
    folder = tmp_path / "out" / "edgelist"
    assert files(folder) == ["cells.tsv", "edges_a_1.tsv", "edges_c.tsv", "nodes.tsv"]
    table = pd.read_csv(folder / "edges_c.tsv", sep="\t")
    assert table.columns.tolist() == ["source", "interaction", "target", "z", "support"]
    assert list(zip(table["source"], table["target"], strict=True)) == CELLS["c"]
    nodes = pd.read_csv(folder / "nodes.tsv", sep="\t").set_index("name")["kind"]
    assert nodes.to_dict() == {"m0": "mirna", "m1": "mirna", "g0": "mrna", "g1": "mrna"}


def test_file_names_differ_where_capitals_do_not_count():
    assert file_names(["A", "a", "..", "b*", "b?"]).tolist() == ["A", "a_2", "_", "b_", "b__2"]


def test_nothing_half_written(mdata, tmp_path, monkeypatch):
    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(nx, "write_graphml", fail)
    with pytest.raises(KeyboardInterrupt):
        cs.io.write_tables(mdata, tmp_path / "out", formats=["tsv", "graphml"])
    assert list(tmp_path.iterdir()) == []


def test_errors(mdata, tmp_path):
    with pytest.raises(cs.InputError, match=r"GraphML of 4 cells would hold 7 edges; the limit is 6\. Name fewer"):
        cs.io.write_tables(mdata, tmp_path / "out", formats="graphml", max_graph_edges=6)
    cs.io.write_tables(mdata, tmp_path / "out", formats="graphml", max_graph_edges=6, cell=["a/1", "d"])
    with pytest.raises(cs.InputError, match="already holds results"):
        cs.io.write_tables(mdata, tmp_path / "out")
    cs.io.write_tables(mdata, tmp_path / "out", overwrite=True)
    assert files(tmp_path / "out") == ["cells.tsv", "edges.tsv", "pairs.tsv"]
    with pytest.raises(
        cs.InputError, match="`formats` must be one of 'tsv', 'graphml', 'edgelist', 'consensus'; found 'xml'"
    ):
        cs.io.write_tables(mdata, tmp_path / "new", formats="xml")
    with pytest.raises(cs.InputError, match="No cell 'zz'"):
        cs.io.write_tables(mdata, tmp_path / "new", cell="zz")
    assert not (tmp_path / "new").exists()


FRAMES = {
    "networks": pd.DataFrame(
        {
            "cell": pd.Categorical(["a", None, "b", "a"]),
            "mirna": ["x", "y", "x", "z"],
            "z": np.array([2.5, np.nan, 1 / 3, 1e-7], np.float32),
            "n": [1, 2, 3, 1],
            "validated": [True, False, True, True],
        }
    ),
    "numbers": pd.DataFrame({"p": [1e-300, 0.05, np.inf, -0.0], "q": [123456789.0, 1.0, 2.0, 3.0]}),
    "needs quotes": pd.DataFrame({"name": ["a\tb", 'say "x"', "", "c"], "n": [1, 2, 3, 4]}),
    "mixed": pd.DataFrame({"name": ["a", 1.5, None, True]}),
    "empty": pd.DataFrame({"cell": pd.Categorical([], categories=["a"]), "z": np.zeros(0)}),
    "no columns": pd.DataFrame(index=[0, 1]),
}


@pytest.mark.parametrize("name", FRAMES)
def test_tables_are_what_pandas_would_write(name, tmp_path, monkeypatch):
    monkeypatch.setattr(_tsv, "ROWS_AT_ONCE", 3)
    _tsv.write_tsv(FRAMES[name], tmp_path / "a.tsv")
    want = FRAMES[name].to_csv(sep="\t", index=False, float_format="%.6g", na_rep="NA", lineterminator="\n")
    assert (tmp_path / "a.tsv").read_text(encoding="utf-8") == want
