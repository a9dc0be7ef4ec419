from __future__ import annotations

import importlib
import logging

import mudata
import networkx as nx
import numpy as np
import pandas as pd
import pytest

import csmir as cs


def members(table: pd.DataFrame) -> list[tuple[frozenset[str], frozenset[str]]]:
    """(miRNAs, mRNAs) of every module."""
    out = []
    for _, rows in table.groupby("module", observed=True):
        sets = [frozenset(rows.loc[rows["kind"] == k, "feature"]) for k in ("mirna", "mrna")]
        out.append((sets[0], sets[1]))
    return out


def block(mirnas, mrnas):
    return [(a, b) for a in mirnas for b in mrnas]


@pytest.fixture
def two_blocks(make_networks):
    """Cell a: m0 m1 x g0 g1 g2 and m2 m3 x g3 g4 g5, sharing nothing; cell b: the first block only; cell c: nothing."""
    first, second = block(["m0", "m1"], ["g0", "g1", "g2"]), block(["m2", "m3"], ["g3", "g4", "g5"])
    return make_networks({"a": first + second, "b": first, "c": []})


def test_modules_of_cells(two_blocks, caplog):
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.modules(two_blocks, "cells")
    table = cs.get.modules(two_blocks)
    assert table.columns.to_list() == ["network", "module", "kind", "feature"]
    assert table["network"].cat.categories.to_list() == ["a", "b", "c"]
    first = (frozenset({"m0", "m1"}), frozenset({"g0", "g1", "g2"}))
    second = (frozenset({"m2", "m3"}), frozenset({"g3", "g4", "g5"}))
    assert set(members(table[table["network"] == "a"])) == {first, second}
    assert members(table[table["network"] == "b"]) == [first]
    assert table.groupby("module", observed=True)["network"].nunique().eq(1).all()
    assert "3 in 3 networks (0-2 each)" in caplog.text
    assert "1 of 3 networks are empty" in caplog.text


def test_named_cells_and_sizes(two_blocks):
    cs.tl.modules(two_blocks, "b", min_mirnas=3)
    assert cs.get.modules(two_blocks).empty
    cs.tl.modules(two_blocks, ["b", "a"], min_mirnas=2, min_mrnas=1)
    assert cs.get.modules(two_blocks)["network"].cat.categories.to_list() == ["b", "a"]
    assert len(members(cs.get.modules(two_blocks, network="b"))) == 1


def test_conserved_and_rewired(two_blocks):
    with pytest.raises(cs.StepError, match=r"cs\.tl\.conservation\(mdata\) first"):
        cs.tl.modules(two_blocks)
    cs.tl.conservation(two_blocks, conserved=0.6)  # of 3 cells: 2
    cs.tl.modules(two_blocks)
    assert members(cs.get.modules(two_blocks)) == [(frozenset({"m0", "m1"}), frozenset({"g0", "g1", "g2"}))]
    cs.tl.modules(two_blocks, "rewired", key_added="rewired_modules")
    table = cs.get.modules(two_blocks, key="rewired_modules")
    assert members(table) == [(frozenset({"m2", "m3"}), frozenset({"g3", "g4", "g5"}))]
    assert set(table["network"]) == {"rewired"}
    recorded = two_blocks["regulation"].uns["csmir"]["rewired_modules_parameters"]
    assert recorded["of"] == "rewired"
    assert recorded["min_mrnas"] == 3


def test_a_frame_gives_a_frame_as_networkx_does(random_networks):
    edges = cs.get.edges(random_networks, cell="c11")
    frame = edges[["mirna", "mrna"]].set_axis(["source", "target"], axis=1)
    table = cs.tl.modules(frame)
    assert table.columns.to_list() == ["module", "kind", "feature"]
    graph = nx.from_pandas_edgelist(frame, "source", "target")
    for prefix in "mg":  # join all nodes of one side: maximal cliques are then the maximal bicliques
        side = [v for v in graph if v.startswith(prefix)]
        graph.add_edges_from((u, v) for u in side for v in side if u < v)
    cliques = [frozenset(c) for c in nx.find_cliques(graph)]
    expected = {
        (m, c - m) for c in cliques if len(m := frozenset(v for v in c if v.startswith("m"))) >= 2 and len(c - m) >= 3
    }
    assert set(members(table)) == expected
    assert len(expected) > 5
    pd.testing.assert_frame_equal(cs.tl.modules(edges[["cell", "mirna", "mrna"]]), table)
    cs.tl.modules(random_networks, "c11")
    stored = cs.get.modules(random_networks).drop(columns="network")
    assert set(members(stored)) == expected


def test_a_name_shared_by_a_mirna_and_an_mrna_stays_two_members():
    frame = pd.DataFrame(block(["x", "m1"], ["x", "g1", "g2"]), columns=["source", "target"])
    assert members(cs.tl.modules(frame)) == [(frozenset({"x", "m1"}), frozenset({"x", "g1", "g2"}))]


def test_planted_modules_are_found_again():
    mdata = cs.datasets.simulated(n_cells=40, n_mirnas=30, n_mrnas=150, modules=2, seed=3)
    cs.tl.modules(mdata, "cells", regulation="truth")
    found = members(cs.get.modules(mdata, regulation="truth"))
    planted = mdata.uns["modules"].groupby("module").agg(set)
    assert len(planted) == 2
    for mirnas, mrnas in zip(planted["mirna"], planted["mrna"], strict=True):
        assert any(mirnas <= a and mrnas <= b for a, b in found)


def test_too_many_modules_name_the_network_and_what_to_do(two_blocks):
    with pytest.raises(cs.InputError, match=r"at most 2 modules.*network 'b' of 6.*`min_mirnas`.*`max_modules`"):
        cs.tl.modules(two_blocks, "cells", max_modules=2)
    cs.tl.modules(two_blocks, "cells", max_modules=3)


def test_markov_modules_of_networks_among_one_kind(make_networks):
    # two triangles, an edge apart, and a pair
    triangles = [("a", "b"), ("b", "c"), ("a", "c"), ("d", "e"), ("e", "f"), ("d", "f"), ("x", "y")]
    adata = make_networks({"k": triangles, "l": triangles[:3]})["regulation"].copy()
    adata.var = adata.var.rename(columns={"mirna": "mirna_a", "mrna": "mirna_b"})
    cs.tl.modules(adata, "cells")
    table = cs.get.modules(adata)
    assert set(table["kind"]) == {"mirna"}
    groups = [frozenset(rows["feature"]) for _, rows in table.groupby("module", observed=True)]
    assert sorted(map(sorted, groups)) == [["a", "b", "c"], ["a", "b", "c"], ["d", "e", "f"]]
    cs.tl.modules(adata, ["k"], min_size=2)
    assert cs.get.modules(adata, summary=True)["n_mirnas"].to_list() == [3, 3, 2]


def test_summary_and_features(random_networks):
    cs.tl.modules(random_networks, "cells")
    table, summary = cs.get.modules(random_networks), cs.get.modules(random_networks, summary=True)
    assert summary["module"].is_unique
    assert len(summary) == table["module"].nunique()
    for row in summary.sample(20, random_state=0).itertuples():
        rows = table[table["module"] == row.module]
        assert row.mirnas.split(";") == rows.loc[rows["kind"] == "mirna", "feature"].to_list()
        assert row.mrnas.split(";") == rows.loc[rows["kind"] == "mrna", "feature"].to_list()
        assert (row.n_mirnas, row.n_mrnas) == (len(row.mirnas.split(";")), len(row.mrnas.split(";")))
    some = table["feature"].iloc[0], table["feature"].iloc[1]
    with_both = cs.get.modules(random_networks, feature=some)
    assert all(set(some) <= a | b for a, b in members(with_both))
    assert len(members(with_both)) == sum(set(some) <= a | b for a, b in members(table))


def test_results_survive_h5mu(two_blocks, tmp_path):
    cs.tl.modules(two_blocks, ["c"], key_added="none")  # an empty table
    cs.tl.modules(two_blocks, "cells")
    two_blocks.write_h5mu(tmp_path / "a.h5mu")
    read = mudata.read_h5mu(tmp_path / "a.h5mu")
    for key in ("modules", "none"):
        pd.testing.assert_frame_equal(cs.get.modules(read, key=key), cs.get.modules(two_blocks, key=key))
    cs.tl.modules(read, "a")


def test_copy_and_anndata(two_blocks):
    changed = cs.tl.modules(two_blocks, "cells", copy=True)
    assert "modules" not in two_blocks["regulation"].uns.get("csmir", {})
    assert len(cs.get.modules(changed)) > 0
    adata = two_blocks["regulation"].copy()
    assert cs.tl.modules(adata, "cells") is None
    pd.testing.assert_frame_equal(cs.get.modules(adata), cs.get.modules(changed))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"of": "conserve"}, r"'conserved', 'rewired', 'cells'.*Did you mean 'conserved'"),
        ({"of": ["a", "z"]}, r"No cell 'z'"),
        ({"of": []}, r"names no cell"),
        ({"of": "cells", "min_mirnas": 0}, r"`min_mirnas` must be a whole number of at least 1"),
        ({"of": "cells", "inflation": 1}, r"`inflation`"),
    ],
)
def test_what_cannot_be_asked_for(two_blocks, options, message):
    with pytest.raises(cs.InputError, match=message):
        cs.tl.modules(two_blocks, **options)


def test_steps_out_of_order_and_bad_frames(two_blocks, make_networks):
    with pytest.raises(cs.StepError, match=r"Run cs\.tl\.modules\(mdata\) first"):
        cs.get.modules(two_blocks)
    with pytest.raises(cs.StepError, match=r"key_added='mine'"):
        cs.get.modules(two_blocks, key="mine")
    with pytest.raises(cs.InputError, match=r"'source', 'target'"):
        cs.tl.modules(pd.DataFrame({"a": ["x"]}))
    with pytest.raises(cs.InputError, match=r"without a source or target name"):
        cs.tl.modules(pd.DataFrame({"mirna": ["x", None], "mrna": ["g", "h"]}))
    del two_blocks.mod["regulation"]
    with pytest.raises(cs.StepError, match=r"cs\.tl\.regulation"):
        cs.tl.modules(two_blocks, "cells")
    empty = make_networks({"a": [], "b": []}, pairs=[("m0", "g0")])
    cs.tl.modules(empty, "cells")
    assert cs.get.modules(empty, summary=True).empty


def test_the_modules_room_is_the_function():
    assert cs.tl.modules is importlib.import_module("csmir.tl.modules").modules
    assert np.issubdtype(cs.tl.modules(pd.DataFrame({"source": ["a"], "target": ["b"]}))["module"].dtype, np.integer)
