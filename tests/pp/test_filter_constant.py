from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir._mudata.assemble import duplicate

MIRNA = np.array([[1.0, 2.0, 0.0], [1.0, 3.0, 0.0], [1.0, 2.0, 5.0]])
MRNA = np.array([[0.1, 0.0], [0.1, 1.0], [0.1, 0.0]])


def test_by_hand(make, container, caplog, reload):
    mdata = make(container(MIRNA), container(MRNA))
    with caplog.at_level("INFO", "csmir"):
        cs.pp.filter_constant(mdata)
    assert mdata["mirna"].var_names.tolist() == ["m1", "m2"]
    assert mdata["mrna"].var_names.tolist() == ["g1"]
    assert "mirna: left out 1 of 3 features that are constant over 3 cells: 'm0'" in caplog.text
    again = reload(mdata)
    assert again.shape == (3, 3)
    noted = again.uns["csmir"]["filter_constant"]
    assert (noted["n_removed_mirna"], noted["n_removed_mrna"]) == (1, 1)


def test_cells_with_one_modality_do_not_count(make):
    # m2 varies in c2 alone, which has no mRNA
    mdata = make(MIRNA.copy(), MRNA[[1, 0]], cells=(["c0", "c1", "c2"], ["c1", "c0"]))
    cs.pp.filter_constant(mdata)
    assert mdata["mirna"].var_names.tolist() == ["m1"]
    assert mdata["mirna"].n_obs == 3


def test_a_tiny_difference_is_kept_and_a_noisy_constant_is_not(make):
    x = np.full((7, 3), 0.1)
    x[0, 1] = np.nextafter(0.1, 1)
    assert np.std(np.full(7, 0.1)) != 0  # the trap: rounding gives a constant a standard deviation
    x[:, 2] = np.arange(7)
    mdata = make(x, x.copy())
    cs.pp.filter_constant(mdata)
    assert mdata["mirna"].var_names.tolist() == ["m1", "m2"]


def test_everything_else_is_kept(rich, reload):
    before, obs = duplicate(rich), rich.obs.copy()
    cs.pp.filter_constant(rich)
    assert rich["mrna"].n_vars == 19
    np.testing.assert_array_equal(rich["mrna"].varm["loadings"][:, 0] / 3, np.delete(np.arange(20), 5))
    assert rich["mrna"].obs.equals(before["mrna"].obs)
    pd.testing.assert_frame_equal(rich.obs, obs)
    np.testing.assert_array_equal(rich["mrna"].layers["counts"], np.delete(before["mrna"].layers["counts"], 5, axis=1))
    assert reload(rich)["mrna"].n_vars == 19


def test_constant_only(make):
    mdata = make(MIRNA.copy(), np.ones((3, 4)))
    with pytest.raises(cs.InputError, match="All 4 features of mrna have one value in all 3 cells"):
        cs.pp.filter_constant(mdata)
    assert mdata["mirna"].n_vars == 3


def test_one_cell(make):
    with pytest.raises(cs.InputError, match=r"Only one cell \('c0'\) has both modalities"):
        cs.pp.filter_constant(make(MIRNA[:1], MRNA[:1]))


def test_no_cell_in_common(make):
    mdata = make(MIRNA.copy(), MRNA.copy(), cells=(["a", "b", "c"], ["x", "y", "z"]))
    with pytest.raises(
        cs.InputError, match=r"No cell has both modalities: mirna has 'a', 'b', 'c', mrna has 'x', 'y', 'z'"
    ):
        cs.pp.filter_constant(mdata)


def test_duplicated_cells(make):
    mdata = make(MIRNA.copy(), MRNA.copy())
    mdata.mod["mirna"].obs_names = ["c0", "c0", "c2"]
    with pytest.raises(cs.InputError, match="mirna modality holds cells more than once: 'c0'"):
        cs.pp.filter_constant(mdata)


def test_missing_values(make):
    wrong = np.where(MIRNA == 5, np.nan, MIRNA)
    with pytest.raises(cs.InputError, match="mirna modality holds 1 missing values"):
        cs.pp.filter_constant(make(wrong, MRNA.copy()))


def test_layer_and_copy(make):
    mdata = make(np.ones((3, 3)), np.ones((3, 2)))
    mdata["mirna"].layers["a"], mdata["mrna"].layers["a"] = MIRNA.copy(), MRNA.copy()
    out = cs.pp.filter_constant(mdata, layer="a", copy=True)
    assert (mdata.n_vars, out.n_vars) == (5, 3)
