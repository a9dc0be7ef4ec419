from __future__ import annotations

import numpy as np
import pytest

import csmir as cs

KEY = "csmir_bootstrap"


@pytest.fixture
def boot(rich):
    cs.pp.bootstrap_cells(rich, n_runs=6)
    return rich


def test_real_cells_first_then_their_copies(mdata, reload):
    cs.pp.bootstrap_cells(mdata, n_runs=6)
    out = cs.pp.pseudocells(mdata, run=2)
    weight = mdata.obsm[KEY][:, 2]
    assert out.n_obs == weight.sum() == 175
    assert out.obs_names[:30].tolist() == mdata.obs_names.tolist()
    assert out.obs_names.is_unique
    source = out.obs["source_cell"]
    assert source.value_counts()[mdata.obs_names].tolist() == weight.tolist()
    assert out.obs["is_pseudocell"].tolist() == [False] * 30 + [True] * 145
    for key in ("mirna", "mrna"):
        at = mdata[key].obs_names.get_indexer(source.astype(str))
        np.testing.assert_array_equal(out[key].X, mdata[key].X[at])
        np.testing.assert_array_equal(out[key].layers["counts"], mdata[key].layers["counts"][at])
        assert out[key].obs_names.tolist() == out.obs_names.tolist()
    assert (
        out.obs["group"].astype(str).to_numpy() == mdata.obs["group"].astype(str)[source.astype(str)].to_numpy()
    ).all()
    assert list(out.mod) == ["mirna", "mrna"]
    again = reload(out)
    assert again.obs["is_pseudocell"].dtype == bool
    np.testing.assert_array_equal(again["mrna"].X, out["mrna"].X)


def test_the_statistic_on_copies_is_the_one_on_weights(mdata):
    """A run's weights stand for exactly this data set."""
    cs.pp.bootstrap_cells(mdata, n_runs=3)
    enlarged = cs.pp.pseudocells(mdata, run=1)
    x, y = enlarged["mirna"].X[:, 0], enlarged["mrna"].X[:, 0]
    whole = cs.tl.csn_statistic(x, y)[:30]
    weighted = cs.tl.csn_statistic(mdata["mirna"].X[:, 0], mdata["mrna"].X[:, 0], weights=mdata.obsm[KEY][:, 1])
    np.testing.assert_allclose(weighted, whole, atol=1e-12)


def test_partly_overlapping_cells(boot):
    out = cs.pp.pseudocells(boot)
    assert out.obs_names[:8].tolist() == [f"cell_{i:02d}" for i in range(3, 11)]
    assert out.n_obs == 8 + 35
    assert out["mirna"].obsm["X_pca"].shape == (43, 2)
    assert set(out["mirna"].obs["batch"]) == {"a", "b"}
    assert "donor" in out.obs


def test_errors(mdata):
    with pytest.raises(cs.StepError, match=r"Run cs.pp.bootstrap_cells\(mdata\) first"):
        cs.pp.pseudocells(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=3)
    with pytest.raises(cs.InputError, match="`run` must be a whole number from 0 to 2; found 3"):
        cs.pp.pseudocells(mdata, run=3)
    mdata.obsm[KEY][4] = 0
    with pytest.raises(cs.InputError, match="1 of them have no whole weight of 1 or more"):
        cs.pp.pseudocells(mdata)


def test_names_that_clash(make):
    cells = ["a", "a-copy1", "b"]
    mdata = make(np.ones((3, 2)), np.ones((3, 2)), cells=(cells, cells))
    cs.pp.bootstrap_cells(mdata, indices=np.zeros((1, 10), int))
    with pytest.raises(cs.InputError, match="Copies would have the names of other cells: 'a-copy1'"):
        cs.pp.pseudocells(mdata)
