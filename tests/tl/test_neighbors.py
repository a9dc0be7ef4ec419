from __future__ import annotations

import mudata
import numpy as np
import pytest
import scanpy as sc

import csmir as cs


@pytest.fixture
def two_groups(make_networks):
    rng = np.random.default_rng(3)
    pairs = [(f"m{i}", f"g{j}") for i in range(6) for j in range(10)]
    cells = {}
    for k in range(24):
        half = pairs[:30] if k % 2 else pairs[30:]
        cells[f"c{k}"] = [half[i] for i in rng.choice(30, 20, replace=False)]
    cells["empty"] = []
    mdata = make_networks(cells, n_mirnas=6, n_mrnas=10)
    cs.tl.similarity(mdata, on="interactions")
    return mdata


def test_graph_joins_the_most_similar_cells(two_groups):
    cs.tl.neighbors(two_groups, n_neighbors=6)
    reg = two_groups["regulation"]
    similarity = reg.obsp["interaction_similarity"]
    distances = reg.obsp["interactions_neighbors_distances"]
    for k in range(24):
        row = distances[[k]]
        assert row.nnz == 5
        others = np.delete(similarity[k, :24], k)
        np.testing.assert_allclose(np.sort(1 - row.data), np.sort(others)[-5:], atol=1e-6)
    assert distances[[24]].nnz == 0
    group = np.arange(24) % 2
    joined = reg.obsp["interactions_neighbors_connectivities"][:24, :24].tocoo()
    assert (group[joined.row] == group[joined.col]).all()


def test_scanpy_runs_on_it_after_reloading(two_groups, tmp_path):
    cs.tl.neighbors(two_groups, n_neighbors=6)
    two_groups.write(tmp_path / "a.h5mu")
    reg = mudata.read_h5mu(tmp_path / "a.h5mu")["regulation"]
    sc.tl.leiden(reg, neighbors_key="interactions_neighbors", flavor="igraph", n_iterations=2, directed=False)
    groups = reg.obs["leiden"].astype(str)
    assert set(groups[1:24:2]).isdisjoint(groups[0:24:2])
    assert (groups == groups["empty"]).sum() == 1
    sc.tl.umap(reg, neighbors_key="interactions_neighbors")
    assert reg.obsm["X_umap"].shape == (25, 2)
    assert np.isfinite(reg.obsm["X_umap"]).all()


def test_few_and_identical_cells(make_networks):
    mdata = make_networks({c: [("m0", "g0")] for c in "abcd"})
    cs.tl.similarity(mdata, on="interactions")
    cs.tl.neighbors(mdata)
    assert mdata["regulation"].uns["csmir"]["interactions_neighbors"]["n_neighbors"] == 4
    few = make_networks({c: [("m0", "g0")] for c in "ab"})
    cs.tl.similarity(few, on="interactions")
    with pytest.raises(cs.InputError, match="at least 3 cells with a network; found 2"):
        cs.tl.neighbors(few)


def test_same_seed_same_bytes(two_groups):
    first = cs.tl.neighbors(two_groups, copy=True)["regulation"].obsp["interactions_neighbors_connectivities"]
    second = cs.tl.neighbors(two_groups, copy=True)["regulation"].obsp["interactions_neighbors_connectivities"]
    assert (first != second).nnz == 0


def test_errors(two_groups):
    with pytest.raises(cs.StepError, match=r"Run cs.tl.similarity\(mdata, on='expression'\) first"):
        cs.tl.neighbors(two_groups, "expression")
    with pytest.raises(cs.InputError, match="`n_neighbors` must be a whole number of at least 2"):
        cs.tl.neighbors(two_groups, n_neighbors=1)
