from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mudata import MuData

import csmir as cs
from csmir._mudata.assemble import duplicate

# by hand: log2(x + 1), then the mean of the two "a", then the constant "c" leaves
MIRNA = np.array([[1.0, 3.0, 7.0, 0.0], [0.0, 15.0, 7.0, 3.0]])
NAMES = ["a", "b", "c", "a"]
MRNA = np.array([[1.0, 0.0], [3.0, 0.0]])
EXPECTED = [[0.5, 2.0], [1.0, 4.0]]


def dense(x):
    return x.toarray() if hasattr(x, "toarray") else np.asarray(x)


def test_by_hand(make, container, reload):
    mdata = make(container(MIRNA), container(MRNA), names=(NAMES, None))
    assert cs.pp.recipe_csmir(mdata) is None
    assert mdata["mirna"].var_names.tolist() == ["a", "b"]
    assert mdata["mrna"].var_names.tolist() == ["g0"]
    np.testing.assert_allclose(dense(mdata["mirna"].X), EXPECTED, rtol=1e-15)
    again = reload(mdata)
    np.testing.assert_array_equal(dense(again["mirna"].X), dense(mdata["mirna"].X))
    assert set(again.uns["csmir"]) == {"handle_missing", "log2p1", "merge_duplicates", "filter_constant"}


def test_it_is_the_four_steps_in_their_order(rich):
    single = duplicate(rich)
    for step in (cs.pp.handle_missing, cs.pp.log2p1, cs.pp.merge_duplicates, cs.pp.filter_constant):
        step(single)
    cs.pp.recipe_csmir(rich)
    for key in ("mirna", "mrna"):
        np.testing.assert_array_equal(rich[key].X, single[key].X)
        pd.testing.assert_frame_equal(rich[key].var, single[key].var)
    assert rich.uns["csmir"].keys() == single.uns["csmir"].keys()


def test_every_step_on_a_reloaded_object(rich, reload):
    expected = cs.pp.recipe_csmir(rich, copy=True)
    for step in (cs.pp.handle_missing, cs.pp.log2p1, cs.pp.merge_duplicates, cs.pp.filter_constant):
        rich = reload(rich)
        step(rich)
    rich = reload(rich)
    for key in ("mirna", "mrna"):
        np.testing.assert_array_equal(rich[key].X, expected[key].X)
        assert rich[key].var_names.tolist() == expected[key].var_names.tolist()
        assert rich[key].obsm["X_pca"].shape == (10, 2)
    assert rich.uns["note"]["a"] == 1


def test_all_or_nothing(make):
    mdata = make(MIRNA.copy(), np.ones((2, 2)), names=(NAMES, None))  # fails in the last step
    with pytest.raises(cs.InputError, match="All 2 features of mrna have one value"):
        cs.pp.recipe_csmir(mdata)
    np.testing.assert_array_equal(mdata["mirna"].X, MIRNA)
    assert "log1p" not in mdata["mirna"].uns
    assert "csmir" not in mdata.uns


def test_missing(make):
    wrong = np.where(MRNA == 3, np.nan, MRNA)
    with pytest.raises(cs.InputError, match="1 of 4 in mrna"):
        cs.pp.recipe_csmir(make(MIRNA.copy(), wrong.copy()))
    mdata = make(MIRNA.copy(), wrong.copy())
    cs.pp.recipe_csmir(mdata, missing="zero")
    assert mdata["mrna"].X.tolist() == [[1.0], [0.0]]


def test_twice_is_refused_and_log_false_is_not(make):
    mdata = make(MIRNA.copy(), MRNA.copy(), names=(NAMES, None))
    cs.pp.recipe_csmir(mdata)
    with pytest.raises(cs.InputError, match=r"logged already .*log=False"):
        cs.pp.recipe_csmir(mdata)
    cs.pp.recipe_csmir(mdata, log=False)
    np.testing.assert_allclose(mdata["mirna"].X, EXPECTED, rtol=1e-15)


@pytest.mark.parametrize("value", [np.inf, -1.0])
def test_values_without_a_logarithm(make, value):
    wrong = MIRNA.copy()
    wrong[0, 0] = value
    with pytest.raises(cs.InputError, match=r"holds 1 (infinite|negative) values"):
        cs.pp.recipe_csmir(make(wrong, MRNA.copy()))


@pytest.mark.parametrize("shape", [(2, 0), (0, 3)])
def test_empty_data(make, shape):
    with pytest.raises(cs.InputError, match=f"mrna modality is empty: {shape[0]} cells x {shape[1]} features"):
        cs.pp.recipe_csmir(make(MIRNA.copy(), np.zeros(shape)))


def test_other_names_of_the_modalities(make):
    mdata = make(MIRNA.copy(), MRNA.copy(), names=(NAMES, None))
    mdata = MuData({"small": mdata["mirna"], "rna": mdata["mrna"]})
    cs.pp.recipe_csmir(mdata, mirna="small", mrna="rna")
    assert mdata["small"].n_vars == 2
    with pytest.raises(cs.InputError, match=r"no modality 'mirna'; it has 'small', 'rna'"):
        cs.pp.recipe_csmir(mdata)


def test_everything_else_of_the_data_stays(mdata):
    before = mdata["truth"].X.copy()
    cs.pp.recipe_csmir(mdata)
    assert (before != mdata["truth"].X).nnz == 0
    assert "group" in mdata.obs
    assert isinstance(mdata.uns["prior"], pd.DataFrame)
