from __future__ import annotations

import importlib

import mudata
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mudata import MuData
from scipy import sparse
from scipy.spatial.distance import cdist

import csmir as cs
from csmir.kernels import overlap


def test_overlap_by_hand(make_networks):
    # |a| = 3, |b| = 2, |a n b| = 1: overlap 1/2, Jaccard 1/4; c is inside a: overlap 1, Jaccard 1/3; d is empty
    cells = {
        "a": [("m0", "g0"), ("m0", "g1"), ("m1", "g0")],
        "b": [("m0", "g0"), ("m2", "g3")],
        "c": [("m0", "g1")],
        "d": [],
    }
    mdata = make_networks(cells)
    nan = np.nan
    cs.tl.similarity(mdata, on="interactions")
    expected = [[1, 1 / 2, 1, nan], [1 / 2, 1, 0, nan], [1, 0, 1, nan], [nan] * 4]
    np.testing.assert_array_equal(mdata["regulation"].obsp["interaction_similarity"], expected)
    cs.tl.similarity(mdata, on="interactions", metric="jaccard")
    expected = [[1, 1 / 4, 1 / 3, nan], [1 / 4, 1, 0, nan], [1 / 3, 0, 1, nan], [nan] * 4]
    np.testing.assert_array_equal(mdata["regulation"].obsp["interaction_similarity"], expected)


def test_agrees_with_scipy(random_networks):
    cs.tl.hubs(random_networks)
    cs.tl.similarity(random_networks, metric="jaccard")
    reg = random_networks["regulation"]
    dense = reg.X.toarray() != 0
    np.testing.assert_allclose(reg.obsp["interaction_similarity"], 1 - cdist(dense, dense, "jaccard"), atol=1e-12)
    hub = reg.obsm["hub_mirna"].to_numpy()
    np.testing.assert_allclose(reg.obsp["hub_similarity"], 1 - cdist(hub, hub, "jaccard"), atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(
    shape=st.tuples(st.integers(1, 40), st.integers(1, 300)),
    density=st.floats(0, 1),
    seed=st.integers(0, 999),
)
def test_both_ways_of_counting_agree(shape, density, seed):
    present = sparse.random(*shape, density, format="csr", rng=np.random.default_rng(seed)).astype(bool)
    dense = present.toarray().astype(int)
    np.testing.assert_array_equal(overlap.shared_counts(present), dense @ dense.T)
    np.testing.assert_array_equal(overlap._by_mask(present, dense.any(axis=0)), dense @ dense.T)


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_overlap_is_symmetric_bounded_and_one_for_subsets(make_networks, data):
    pairs = [(f"m{i}", f"g{j}") for i in range(3) for j in range(4)]
    network = st.lists(st.sampled_from(pairs), unique=True)
    cells = {f"c{k}": data.draw(network) for k in range(4)}
    cells["all"] = pairs
    mdata = make_networks(cells)
    cs.tl.similarity(mdata, on="interactions")
    s = mdata["regulation"].obsp["interaction_similarity"]
    np.testing.assert_array_equal(s, s.T)
    known = s[~np.isnan(s)]
    assert known.min() >= 0
    assert known.max() <= 1
    some = np.array([bool(edges) for edges in cells.values()])
    assert (s[some, -1] == 1).all()
    assert np.isnan(s[~some]).all()


def test_expression_distance(random_networks):
    cs.tl.similarity(random_networks, on="expression")
    x = np.hstack([random_networks["mirna"].X, random_networks["mrna"].X])
    d = np.array([[np.sqrt(((a - b) ** 2).sum()) for b in x] for a in x])
    off = d[~np.eye(len(d), dtype=bool)]
    expected = (d - off.min()) / (off.max() - off.min())
    np.fill_diagonal(expected, 0)
    got = random_networks["regulation"].obsp["expression_distance"]
    np.testing.assert_allclose(got, expected, atol=1e-12)
    assert got[~np.eye(len(d), dtype=bool)].max() == 1


def test_many_cells_and_sparse_expression_give_the_same(random_networks, monkeypatch):
    module = importlib.import_module("csmir.tl.similarity")
    cs.tl.similarity(random_networks, on="expression")
    want = random_networks["regulation"].obsp["expression_distance"]
    monkeypatch.setattr(module, "PAIRWISE_CELLS", 2)
    cs.tl.similarity(random_networks, on="expression")
    np.testing.assert_allclose(random_networks["regulation"].obsp["expression_distance"], want, atol=1e-6)
    for key in ("mirna", "mrna"):
        random_networks[key].X = sparse.csr_matrix(random_networks[key].X)
    cs.tl.similarity(random_networks, on="expression")
    np.testing.assert_allclose(random_networks["regulation"].obsp["expression_distance"], want, atol=1e-6)


def test_distances_of_expression_that_changed_are_refused(random_networks, tmp_path, caplog):
    mdata = random_networks
    cs.tl.similarity(mdata, on="expression")
    cs.tl.similarity(mdata, on="interactions")
    mdata.mod["mrna"] = mdata["mrna"][::-1, ::-1].copy()
    mdata.mod["regulation"] = mdata["regulation"][::-1].copy()
    readers = [
        lambda: cs.tl.cluster(mdata, ["interactions", "expression"], k=2),
        lambda: cs.tl.neighbors(mdata, "expression", n_neighbors=3),
        lambda: cs.pl.similarity(mdata, on="expression"),
        lambda: cs.pl.similarity(mdata, lower="expression", kind="squares"),
    ]
    for reader in readers:
        reader()
    cs.io.write_tables(mdata, tmp_path / "before")
    mdata["mrna"].X[0, 0] += 1
    for reader in readers:
        with pytest.raises(
            cs.StepError, match=r"The expression changed .*cs\.tl\.similarity\(mdata, on='expression'\)"
        ):
            reader()
    cs.pl.similarity(mdata)
    cs.io.write_tables(mdata, tmp_path / "after")
    assert "expression_distance is left out: the expression changed since" in caplog.text
    names = [{path.name for path in (tmp_path / when).glob("*.tsv")} for when in ("before", "after")]
    assert names[0] - names[1] == {"expression_distance.tsv"}
    cs.tl.similarity(mdata, on="expression")
    readers[0]()
    del mdata.mod["mrna"]  # nothing to compare with
    readers[0]()


def expression_of(mdata, x):
    mdata["mirna"].X[:] = x
    mdata["mrna"].X[:] = x
    cs.tl.similarity(mdata, on="expression")
    return mdata["regulation"].obsp["expression_distance"]


def test_cells_without_a_scale(make_networks):
    edge = [("m0", "g0")]
    one = make_networks({"a": edge})
    assert expression_of(one, 1.0).tolist() == [[0.0]]
    alike = make_networks({"a": edge, "b": edge, "c": edge})
    assert (expression_of(alike, 2.0) == 0).all()
    two = make_networks({"a": edge, "b": edge})
    np.testing.assert_array_equal(expression_of(two, np.array([[1.0], [2.0]])), [[0, np.nan], [np.nan, 0]])


def test_identical_and_single_cells_share_everything(make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": [("m0", "g0")]})
    cs.tl.similarity(mdata, on="interactions")
    assert (mdata["regulation"].obsp["interaction_similarity"] == 1).all()
    mdata = make_networks({"a": [("m0", "g0")]})
    cs.tl.similarity(mdata, on="interactions")
    assert mdata["regulation"].obsp["interaction_similarity"].tolist() == [[1.0]]


def test_partly_overlapping_cells_in_another_order(random_networks):
    cs.tl.similarity(random_networks, on="expression")
    cells = random_networks.obs_names[:9]
    shuffled = {
        "regulation": random_networks["regulation"][cells[::-1]].copy(),
        "mirna": random_networks["mirna"][cells].copy(),
        "mrna": random_networks["mrna"].copy(),
    }
    other = MuData(shuffled)
    cs.tl.similarity(other, on="expression")
    x = np.hstack([random_networks["mirna"].X, random_networks["mrna"].X])[:9][::-1]
    d = cdist(x, x)
    order = np.argsort(d[np.triu_indices(9, 1)])
    got = other["regulation"].obsp["expression_distance"][np.triu_indices(9, 1)]
    assert (np.diff(got[order]) >= 0).all()
    assert (got.min(), got.max()) == (0, 1)


def test_saved_and_reloaded(random_networks, tmp_path):
    cs.tl.hubs(random_networks)
    random_networks.write(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")
    for mdata in (random_networks, again):
        cs.tl.similarity(mdata)
    again.write(tmp_path / "b.h5mu")
    again = mudata.read_h5mu(tmp_path / "b.h5mu")
    for key in ("interaction_similarity", "hub_similarity", "expression_distance"):
        np.testing.assert_array_equal(again["regulation"].obsp[key], random_networks["regulation"].obsp[key])


def test_errors(random_networks, make_networks):
    with pytest.raises(cs.StepError, match=r"Run cs.tl.hubs\(mdata\) first"):
        cs.tl.similarity(random_networks, on="hubs")
    with pytest.raises(cs.InputError, match="needs the MuData with its miRNAs and mRNAs; found an AnnData"):
        cs.tl.similarity(random_networks["regulation"], on="expression")
    with pytest.raises(cs.InputError, match="one of 'overlap', 'jaccard'; found 'jacard'"):
        cs.tl.similarity(random_networks, metric="jacard")
    mdata = make_networks({"a": [("m0", "g0")], "b": [("m0", "g0")]})
    mdata["mrna"].X[0, 0] = np.nan
    with pytest.raises(cs.InputError, match="1 missing or infinite values"):
        cs.tl.similarity(mdata, on="expression")
    parts = {"mirna": random_networks["mirna"][:5].copy(), "mrna": random_networks["mrna"].copy()}
    lacking = MuData({**parts, "regulation": random_networks["regulation"].copy()})
    with pytest.raises(cs.InputError, match="7 cells of the networks lack the mirna or the mrna modality: 'c5'"):
        cs.tl.similarity(lacking, on="expression")
