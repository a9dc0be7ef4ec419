"""No result outlives the cells and pairs that it was made over."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import csmir as cs
from csmir._mudata import made_of


@pytest.fixture(scope="module")
def read():
    mdata = cs.datasets.simulated(n_cells=24, n_mirnas=8, n_mrnas=30, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], alpha=0.2)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata, conserved=0.3)
    cs.tl.validate(mdata, mdata.uns["prior"].iloc[::2])
    cs.tl.similarity(mdata)
    return mdata


def counted(adata):
    present = adata.X.toarray() != 0
    return present.sum(axis=0), present.sum(axis=1)


def test_what_is_over_the_cells_goes_when_cells_go(read, caplog):
    part = read[read.obs_names[3:15]].copy()
    with pytest.raises(cs.StepError, match=r"cs\.tl\.conservation"):
        cs.get.conserved(part)
    assert "var['conservation'], uns['hub_conservation']" in caplog.text.replace("obsp['expression_distance'], ", "")
    np.testing.assert_array_equal(
        cs.get.edges(part, columns="n_cells").groupby(["mirna", "mrna"], observed=True)["n_cells"].first().sum(),
        counted(part["regulation"])[0].sum(),
    )
    assert "conservation" in part["regulation"].var  # reading changes nothing
    assert cs.get.hubs(part).equals(cs.get.hubs(read, cell=part.obs_names))
    cs.tl.hubs(part)
    assert "conservation" not in part["regulation"].var
    np.testing.assert_array_equal(part["regulation"].var["n_cells"], counted(part["regulation"])[0])
    assert "expression_distance" not in part["regulation"].obsp
    assert "interaction_similarity" in part["regulation"].obsp


def test_a_file_of_a_subset_is_read_with_counts_of_what_is_there(read, tmp_path, caplog):
    part = read[read.obs_names[3:15]].copy()
    part.mod["regulation"] = part["regulation"][:, ::2].copy()
    part.update()
    part.var["regulation:n_cells"] = 24  # a copy of all cells, as mudata pulls it
    part.obs["regulation:n_interactions"] = 99
    part.write_h5mu(tmp_path / "part.h5mu")
    part["regulation"].write_h5ad(tmp_path / "part.h5ad")
    found = cs.io.read(tmp_path / "part.h5mu")
    for networks in (found["regulation"], cs.io.read(tmp_path / "part.h5ad")):
        n_cells, n_interactions = counted(networks)
        np.testing.assert_array_equal(networks.var["n_cells"], n_cells)
        np.testing.assert_array_equal(networks.obs["n_interactions"], n_interactions)
        assert "conservation" not in networks.var
        assert "out_degree" not in networks.obsm
        assert "validated" in networks.var  # is of each pair
    assert "regulation:n_cells" not in found.var
    assert "regulation:n_interactions" not in found.obs
    assert "var['conservation'], obsm['hub_mirna'], obsm['out_degree']" in caplog.text
    assert part["regulation"].var["n_cells"].sum() > n_cells.sum()


def test_a_file_of_whole_networks_is_read_as_it_was_written(read, tmp_path, caplog):
    read.write_h5mu(tmp_path / "whole.h5mu")
    found = cs.io.read(tmp_path / "whole.h5mu")["regulation"]
    for name in ("obs", "var"):
        assert getattr(found, name).equals(getattr(read["regulation"], name))
    assert set(found.obsm) == set(read["regulation"].obsm)
    assert "left out" not in caplog.text


def test_what_is_over_the_pairs_goes_when_pairs_go(read):
    part = read.copy()
    part.mod["regulation"] = part["regulation"][:, ::2].copy()
    for reader, step in ((cs.get.hubs, "hubs"), (cs.get.validation, "validate")):
        with pytest.raises(cs.StepError, match=rf"cs\.tl\.{step}"):
            reader(part)
    kept = cs.get.conserved(part)  # counts of a pair do not hang on others
    all_of = cs.get.conserved(read).set_index(["mirna", "mrna"])["n_cells"]
    assert (all_of[list(zip(kept["mirna"], kept["mrna"], strict=True))].to_numpy() == kept["n_cells"]).all()
    ax = cs.pl.per_cell(part, columns="n_interactions")["n_interactions"]
    assert ax is not None
    cs.tl.conservation(part, on="interactions", conserved=0.3)
    np.testing.assert_array_equal(part["regulation"].obs["n_interactions"], counted(part["regulation"])[1])


def test_an_order_is_no_other_set(read):
    adata = read["regulation"]
    rng = np.random.default_rng(0)
    moved = adata[rng.permutation(adata.n_obs), rng.permutation(adata.n_vars)].copy()
    assert len(cs.get.conserved(moved)) == len(cs.get.conserved(adata)) > 0
    renamed = adata.copy()
    renamed.obs_names = ["other", *adata.obs_names[1:]]
    with pytest.raises(cs.StepError, match=r"cs\.tl\.conservation"):
        cs.get.conserved(renamed)


def test_steps_on_a_view_leave_the_whole_alone(read):
    adata = read["regulation"].copy()
    part = adata[:10]
    cs.tl.conservation(part, conserved=0.5)
    cs.get.conserved(part)
    cs.get.conserved(adata)
    assert adata.uns["csmir"]["conservation"]["conserved"] == 0.3


def test_graphs_of_neighbours_go_with_their_cells_and_pairs(read):
    whole = read.copy()
    for on in ("interactions", "expression"):
        cs.tl.neighbors(whole, on, n_neighbors=5)
    graphs = [
        f"{on}_neighbors_{kind}" for on in ("interactions", "expression") for kind in ("connectivities", "distances")
    ]
    fewer_pairs, fewer_cells = whole.copy(), whole[whole.obs_names[3:15]].copy()
    fewer_pairs.mod["regulation"] = whole["regulation"][:, ::2].copy()
    for part, kept in ((whole, graphs), (fewer_pairs, graphs[2:]), (fewer_cells, [])):
        cs.tl.hubs(part)
        adata = part["regulation"]
        assert [g for g in graphs if g in adata.obsp] == kept
        assert ("interactions_neighbors" in adata.uns) == (graphs[0] in kept)  # where scanpy looks


def test_steps_that_write_much_write_it_all_or_nothing(read, monkeypatch):
    mdata = read.copy()
    cs.tl.similarity(mdata, on="interactions")
    del mdata["regulation"].obsp["hub_similarity"], mdata["regulation"].obsp["expression_distance"]
    before = mdata["regulation"].obsp["interaction_similarity"].copy()
    with pytest.raises(cs.StepError, match=r"cs\.tl\.similarity"):
        cs.tl.cluster(mdata, ["interactions", "hubs"])
    assert "cluster" not in mdata["regulation"].obs
    mdata["mrna"].X = np.full(mdata["mrna"].shape, np.nan)
    with pytest.raises(cs.InputError, match="expression holds"):
        cs.tl.similarity(mdata, metric="jaccard")
    np.testing.assert_array_equal(mdata["regulation"].obsp["interaction_similarity"], before)


def test_the_sum_of_values_is_the_same_in_parts_and_warns_of_nothing(read, monkeypatch):
    """Sums of such numbers go round; with more entries than are taken at once, numpy warned of it."""
    adata = read["regulation"]
    whole = made_of.sum_of(adata, adata.X)
    monkeypatch.setattr(made_of, "ENTRIES_AT_ONCE", 7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert made_of.sum_of(adata, adata.X) == whole
