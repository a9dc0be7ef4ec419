"""One table a pair, against the table of all edges."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import csmir as cs


@pytest.fixture(scope="module")
def mdata():
    out = cs.datasets.simulated(n_cells=120, prevalence=0.3, seed=1)
    cs.pp.recipe_csmir(out)
    out.obs["half"] = np.where(np.arange(120) < 50, "a", "b")
    cs.tl.regulation(out, out.uns["prior"], statistic="local", groups="half", factors=0)
    cs.tl.regulation(out, out.uns["prior"], regulation="every", statistic="local", groups="half", factors=0, keep="all")
    return out


@pytest.mark.parametrize("key", ["regulation", "every"])
def test_it_sums_up_the_edges(mdata, key):
    edges = cs.get.edges(mdata, regulation=key)
    table = cs.get.pairs(mdata, groups="half", regulation=key)
    of = edges.assign(half=mdata.obs["half"].loc[edges["cell"]].to_numpy()).groupby(["mirna", "mrna"], observed=True)
    assert len(table) == of.ngroups > 5
    for row in table.itertuples():
        own = of.get_group((row.mirna, row.mrna))
        assert row.n_cells == len(own)
        assert row.share == len(own) / 120
        np.testing.assert_allclose(row.mean_value, own["rho"].mean(), rtol=1e-6)
        np.testing.assert_allclose(row.smallest_qvalue, own["qvalue"].min(), rtol=1e-6)
        for name in "ab":
            inside = own[own["half"] == name]
            assert getattr(row, f"n_cells_{name}") == len(inside)
            if len(inside):
                np.testing.assert_allclose(getattr(row, f"mean_value_{name}"), inside["rho"].mean(), rtol=1e-6)
    assert len(cs.get.pairs(mdata, every=True, regulation=key)) == mdata[key].n_vars


def test_sorted_by_evidence_and_carries_what_is_there(mdata):
    cs.tl.association(mdata)
    table = cs.get.pairs(mdata)
    best = next(c for c in ("pair_qvalue", "smallest_qvalue") if c in table)
    assert table[best].is_monotonic_increasing
    var = mdata["regulation"].var.set_index(["mirna", "mrna"])
    at = list(zip(table["mirna"], table["mrna"], strict=True))
    np.testing.assert_array_equal(table["association_rho"], var.loc[at, "association_rho"])


@pytest.mark.parametrize("key", ["regulation", "every"])
def test_layers_are_read_by_pair_and_not_by_place(mdata, key):
    mixed = mdata[key][:, ::-1].copy()
    mixed.X.sort_indices()  # the layers keep their entries as the new order of pairs left them
    assert not mixed.layers["qvalue"].has_sorted_indices
    pd.testing.assert_frame_equal(cs.get.pairs(mixed, groups="half"), cs.get.pairs(mdata[key], groups="half"))


def test_a_graph_for_cytoscape(mdata, tmp_path):
    table = cs.get.pairs(mdata)
    network = nx.from_pandas_edgelist(table, "mirna", "mrna", edge_attr=True)
    nx.write_graphml(network, tmp_path / "a.graphml")
    assert nx.read_graphml(tmp_path / "a.graphml").number_of_edges() == len(table)


def test_says_what_is_wrong(mdata):
    with pytest.raises(cs.InputError, match="must be a column"):
        cs.get.pairs(mdata, groups="haf")
    with pytest.raises(cs.InputError, match="must be a column"):
        cs.get.pairs(mdata, groups=["half"])
    with pytest.raises(cs.StepError):
        cs.get.pairs(mdata, regulation="nowhere")
