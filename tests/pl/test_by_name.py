"""What a figure or its numbers draw at random, and which of equals they show, hangs on names and not on places."""

from __future__ import annotations

import numpy as np
import pytest

import csmir as cs


@pytest.fixture
def clustered():
    mdata = cs.datasets.simulated(n_cells=20, seed=1)
    cs.tl.similarity(mdata, on=["interactions", "expression"], regulation="truth")
    cs.tl.cluster(mdata, ["interactions", "expression"], k=3, regulation="truth")
    return mdata["truth"]


def band(adata):
    ax = cs.pl.agreement(adata, n_shuffles=20, show=False)
    return [(bar.get_x(), bar.get_width()) for bar in ax.patches if bar.get_gid() == "csmir-null"]


def test_the_band_of_chance_is_of_cells_by_name(clustered):
    assert band(clustered) == band(clustered[np.random.default_rng(0).permutation(20)].copy()) != []


def test_the_chance_of_curves_is_of_pairs_by_name():
    mdata = cs.datasets.simulated(n_cells=20, n_mirnas=6, n_mrnas=20, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], pseudo_cells=False, keep="all")
    as_it_was = cs.get.curves(mdata, summary=True)
    truth = mdata["truth"]
    mdata.mod["truth"] = truth[:, np.random.default_rng(0).permutation(truth.n_vars)].copy()
    assert cs.get.curves(mdata, summary=True).equals(as_it_was)


@pytest.mark.parametrize("turned", [False, True])
def test_of_mirnas_with_as_many_targets_the_first_by_name_are_shown(make_networks, turned):
    """Every miRNA has one target in the same cell: all tie."""
    edges = [(f"m{k}", f"g{k}") for k in range(4)]
    adata = make_networks({"c0": edges, "c1": [], "c2": edges}, pairs=edges)["regulation"]
    cs.tl.hubs(adata)
    degree = adata.obsm["out_degree"]
    if turned:
        adata.obsm["out_degree"] = degree[degree.columns[::-1]]
    adata.obsm["X_toy"] = np.random.default_rng(0).normal(size=(3, 2))
    ax = cs.pl.out_degree(adata, n_top=2, show=False)
    assert sorted(t.get_text() for t in ax.get_yticklabels()) == ["m0", "m1"]
    axes = cs.pl.embedding(adata, basis="toy", n_top=2, show=False)
    assert list(axes) == ["m0", "m1"]


@pytest.mark.parametrize("turned", [False, True])
def test_of_hubs_of_as_many_cells_the_overview_names_the_first_by_name_first(make_networks, turned):
    edges = [(f"m{k}", f"g{k}{j}") for k in range(3) for j in range(4)]
    adata = make_networks({"c0": edges, "c1": edges}, pairs=edges)["regulation"]
    cs.tl.hubs(adata)
    for name in ("out_degree", "hub_mirna"):
        table = adata.obsm[name]
        adata.obsm[name] = (table > 0).astype(table.dtypes.iloc[0])[table.columns[:: -1 if turned else 1]]
    adata.obsm["hub_mirna"] = adata.obsm["out_degree"] > 0
    axes = cs.pl.overview(adata, show=False)
    names = [t.get_text() for t in axes["hubs"].get_yticklabels()]
    assert names == ["m0", "m1", "m2"]


def test_cells_of_crosstalk_have_their_places_by_name():
    """Neither the order of the cells nor that of the graph moves them; joined cells and lone ones."""
    import networkx as nx
    import pandas as pd

    from csmir.pl._kit.places import network_places

    names = [f"cell_{k}" for k in range(8)]
    edges = [(names[i], names[j]) for i, j in ((0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (2, 3))]
    degree = pd.Series([name for edge in edges for name in edge]).value_counts()
    module = dict.fromkeys(names[:3], "1") | dict.fromkeys(names[3:6], "2") | dict.fromkeys(names[6:], "")

    def places(order, lines):
        graph = nx.Graph()
        graph.add_nodes_from(order)
        graph.add_edges_from(lines)
        cells = pd.DataFrame({"cell": order, "module": [module[n] for n in order]})
        cells["degree"] = cells["cell"].map(degree).fillna(0).astype(int)
        return dict(zip(order, network_places(graph, cells, seed=0).tolist(), strict=True))

    found = places(names, edges)
    assert found == places(names[::-1], [edge[::-1] for edge in edges[::-1]])
    assert found["cell_6"] == [-0.5, -1.35]
    assert found["cell_7"] == [0.5, -1.35]
