"""Networks among features of one kind (synergy, sponge) are read like the others, without a direction."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

import csmir as cs


@pytest.fixture
def synergy() -> AnnData:
    # a: a path m0 - m1 - m2 - m3; b: m1 - m2 only
    var = pd.DataFrame({"mirna_a": ["m0", "m1", "m2"], "mirna_b": ["m1", "m2", "m3"]}, index=["p", "q", "r"]).astype(
        "category"
    )
    x = sparse.csr_matrix(np.array([[1, 2, 3], [0, 4, 0]], np.float32))
    return AnnData(x, obs=pd.DataFrame(index=["a", "b"]), var=var)


def test_degrees_count_both_ends(synergy):
    cs.tl.hubs(synergy, fraction=0.5)
    assert synergy.obsm["out_degree"].loc["a"].to_dict() == {"m0": 1, "m1": 2, "m2": 2, "m3": 1}
    assert synergy.obsm["hub_mirna"].loc["a"].to_dict() == {"m0": False, "m1": True, "m2": True, "m3": False}
    assert synergy.obs["n_interactions"].tolist() == [3, 1]
    cs.tl.conservation(synergy)
    cs.tl.similarity(synergy)
    assert synergy.obsp["interaction_similarity"].tolist() == [[1, 1], [1, 1]]
    assert cs.get.hubs(synergy, cell="b")["mirna"].tolist() == ["m1"]
    assert cs.get.conserved(synergy).to_dict("list") == {"mirna_a": ["m1"], "mirna_b": ["m2"], "n_cells": [2]}
    assert cs.get.rewired(synergy)["cell"].tolist() == ["a", "a"]
    assert cs.get.conserved(synergy, kind="hubs")["mirna"].tolist() == ["m1"]


def test_edges_and_graph(synergy, tmp_path):
    assert cs.get.edges(synergy, mirna="m1")[["mirna_a", "mirna_b"]].astype(str).to_numpy().tolist() == [
        ["m0", "m1"], ["m1", "m2"], ["m1", "m2"],
    ]  # fmt: skip
    graph = cs.get.graph(synergy, "a")
    assert nx.is_isomorphic(graph, nx.path_graph(4))
    assert set(dict(graph.nodes(data="kind")).values()) == {"mirna"}
    with pytest.raises(cs.InputError, match="These networks have no mRNAs: their ends are 'mirna_a', 'mirna_b'"):
        cs.get.edges(synergy, mrna="g0")
    cs.io.write_tables(synergy, tmp_path / "out", formats=["tsv", "graphml", "edgelist"])
    assert nx.read_graphml(tmp_path / "out/graphml/a.graphml").number_of_edges() == 3
    nodes = pd.read_csv(tmp_path / "out/edgelist/nodes.tsv", sep="\t")
    assert nodes.to_numpy().tolist() == [[m, "mirna"] for m in ("m0", "m1", "m2", "m3")]


def test_sponges_have_mrnas(synergy):
    sponge = synergy.copy()
    sponge.var.columns = ["mrna_a", "mrna_b"]
    cs.tl.hubs(sponge)
    cs.tl.conservation(sponge)
    assert cs.get.hubs(sponge).columns.tolist() == ["cell", "mrna", "out_degree"]
    assert cs.get.conserved(sponge, kind="hubs").columns.tolist() == ["mrna", "n_cells"]
    assert set(dict(cs.get.graph(sponge, "a").nodes(data="kind")).values()) == {"mrna"}
