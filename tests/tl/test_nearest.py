"""The most similar cells of each, against the full matrices; networks on the disk read as those in memory."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from scipy import sparse

import csmir as cs
from csmir._mudata import entries
from csmir.kernels import nearest


@pytest.fixture
def full(random_networks):
    cs.tl.hubs(random_networks)
    cs.tl.similarity(random_networks, on=["interactions", "hubs"])
    return random_networks


def best(row, own, k, names):
    """The k most similar, of equal ones the alphabetically first."""
    row = np.where(np.arange(len(row)) == own, -1, np.nan_to_num(row, nan=-1))
    return np.sort(np.lexsort((names.to_numpy(dtype=str), -row))[:k])


@pytest.mark.parametrize("metric", ["overlap", "jaccard"])
@pytest.mark.parametrize("by_mask", [True, False])
def test_of_the_full_matrix(full, metric, by_mask, monkeypatch):
    monkeypatch.setattr(nearest, "NS_PER_ENTRY", 1e9 if by_mask else 0.0)
    cs.tl.similarity(full, on=["interactions", "hubs"], metric=metric)
    cs.tl.similarity(full, on=["interactions", "hubs"], metric=metric, n_neighbors=4)
    for kept, whole in (("interaction_nearest", "interaction_similarity"), ("hub_nearest", "hub_similarity")):
        found, matrix = full["regulation"].obsp[kept], full["regulation"].obsp[whole]
        assert sparse.issparse(found)
        assert found.nnz == 12 * 4
        for k in range(12):
            row = found[[k]]
            np.testing.assert_array_equal(row.indices, best(matrix[k], k, 4, full.obs_names))
            np.testing.assert_array_equal(row.data, matrix[k, row.indices])


def test_empty_networks_have_none(make_networks, caplog):
    mdata = make_networks({"a": [("m0", "g0")], "b": [], "c": [("m0", "g0"), ("m1", "g1")], "d": [("m1", "g1")]})
    cs.tl.similarity(mdata, on="interactions", n_neighbors=5)
    found = mdata["regulation"].obsp["interaction_nearest"]
    assert np.diff(found.indptr).tolist() == [2, 0, 2, 2]
    np.testing.assert_array_equal(found[[0]].indices, [2, 3])
    np.testing.assert_array_equal(found[[0]].data, [1, 0])
    assert "1 of 4 cells have no interactions" in caplog.text


def test_neighbors_are_those_of_the_full_matrix(full):
    cs.tl.neighbors(full, n_neighbors=5, key_added="whole")
    reg = full["regulation"]
    cs.tl.similarity(full, on="interactions", n_neighbors=6)
    del reg.obsp["interaction_similarity"]
    cs.tl.neighbors(full, n_neighbors=5, key_added="few")
    for k in range(12):
        np.testing.assert_allclose(
            np.sort(reg.obsp["whole_distances"][[k]].data), np.sort(reg.obsp["few_distances"][[k]].data), atol=1e-6
        )
    assert reg.obsp["few_connectivities"].nnz > 0
    with pytest.raises(cs.InputError, match=r"n_neighbors=9 needs the 8 most similar cells of each, and 6 were kept"):
        cs.tl.neighbors(full, n_neighbors=9)


def test_crosstalk_is_that_of_the_full_matrix(full, caplog):
    cs.tl.crosstalk(full, cutoff=0.45)
    whole = full["regulation"].obsp["crosstalk"].toarray()
    cs.tl.similarity(full, on="interactions", n_neighbors=11)
    del full["regulation"].obsp["interaction_similarity"]
    cs.tl.crosstalk(full, cutoff=0.45)
    np.testing.assert_array_equal(full["regulation"].obsp["crosstalk"].toarray(), whole)
    assert 0 < whole.sum() < 12 * 11
    cs.tl.similarity(full, on="interactions", n_neighbors=1)
    with caplog.at_level(logging.WARNING, "csmir"):
        cs.tl.crosstalk(full, cutoff=0.01)
    assert "may lack edges" in caplog.text
    with pytest.raises(cs.InputError, match="the median is over all pairs"):
        cs.tl.crosstalk(full)


def test_what_needs_all_pairs_says_so(full):
    del full["regulation"].obsp["interaction_similarity"]
    cs.tl.similarity(full, n_neighbors=3)
    with pytest.raises(cs.StepError, match="only the most similar cells"):
        cs.tl.cluster(full, "interactions", k=2)
    with pytest.raises(cs.InputError, match=r"sc.pp.neighbors\(mdata\['mrna'\]\)"):
        cs.tl.similarity(full, on="expression", n_neighbors=3)


def test_refused_with_numbers(full, monkeypatch):
    monkeypatch.setattr("csmir._networks.nearest_cells.available", lambda: 1000)
    with pytest.raises(cs.InputError, match="n_neighbors=30"):
        cs.tl.similarity(full, on="interactions")
    cs.tl.similarity(full, on="interactions", n_neighbors=3)


def test_readings_of_networks_on_the_disk(tmp_path, monkeypatch):
    mdata = cs.datasets.simulated(n_cells=110, n_mirnas=12, n_mrnas=80, seed=3)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr")
    here, lazy = mdata["regulation"], cs.io.read_networks(tmp_path / "run.zarr", lazy=True)
    monkeypatch.setattr(entries, "ENTRIES_AT_ONCE", 200)
    assert len(list(cs._mudata.edge_blocks(lazy))) > 2
    for adata in (here, lazy):
        cs.tl.hubs(adata)
        cs.tl.conservation(adata)
        cs.tl.similarity(adata, on=["interactions", "hubs"], n_neighbors=5)
        cs.tl.neighbors(adata, n_neighbors=4)
    with pytest.raises(cs.InputError, match="is on the disk"):
        cs.tl.hubs(lazy, copy=True)
    for column in ("n_cells", "conservation"):
        assert (here.var[column] == lazy.var[column]).all()
    for key in ("out_degree", "hub_mirna"):
        np.testing.assert_array_equal(here.obsm[key], lazy.obsm[key])
    for key in ("interaction_nearest", "hub_nearest", "interactions_neighbors_connectivities"):
        np.testing.assert_array_equal(here.obsp[key].toarray(), lazy.obsp[key].toarray())
