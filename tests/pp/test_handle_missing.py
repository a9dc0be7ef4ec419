from __future__ import annotations

import numpy as np
import pytest

import csmir as cs

NAN = np.nan
MIRNA = np.array([[1.0, NAN, 0.0], [2.0, 3.0, 0.0], [NAN, NAN, 4.0]])
MRNA = np.array([[1.0, 5.0], [2.0, 6.0], [0.0, 7.0]])


@pytest.fixture
def mdata(make, container):
    return make(container(MIRNA), container(MRNA))


def dense(x):
    return x.toarray() if hasattr(x, "toarray") else np.asarray(x)


def test_error_counts_them(mdata):
    with pytest.raises(
        cs.InputError, match=r"3 of 9 in mirna \(in 2 of 3 features\)\. Run .*method='zero'.*method='drop'"
    ):
        cs.pp.handle_missing(mdata)
    np.testing.assert_array_equal(dense(mdata["mirna"].X), MIRNA)


def test_error_counts_both_modalities(make):
    with pytest.raises(cs.InputError, match=r"3 of 9 in mirna .* and 1 of 6 in mrna \(in 1 of 2 features\)"):
        cs.pp.handle_missing(make(MIRNA.copy(), np.where(MRNA == 7, NAN, MRNA)))


def test_zero(mdata, reload):
    kind = type(mdata["mirna"].X)
    cs.pp.handle_missing(mdata, method="zero")
    np.testing.assert_array_equal(dense(mdata["mirna"].X), [[1, 0, 0], [2, 3, 0], [0, 0, 4]])
    np.testing.assert_array_equal(dense(mdata["mrna"].X), MRNA)
    assert type(mdata["mirna"].X) is kind
    noted = reload(mdata).uns["csmir"]["handle_missing"]
    assert (noted["method"], noted["n_missing_mirna"], noted["n_missing_mrna"]) == ("zero", 3, 0)
    cs.pp.handle_missing(mdata)  # nothing is missing now


def test_drop(mdata, caplog, reload):
    with caplog.at_level("INFO", "csmir"):
        cs.pp.handle_missing(mdata, method="drop")
    assert mdata["mirna"].var_names.tolist() == ["m2"]
    assert mdata["mrna"].n_vars == 2
    assert mdata.n_vars == 3
    assert "mirna: dropped 2 of 3 features that have missing values: 'm0', 'm1'" in caplog.text
    assert reload(mdata)["mirna"].shape == (3, 1)


def test_dropping_all_is_refused(make):
    mdata = make(np.full((2, 2), NAN), np.ones((2, 2)))
    with pytest.raises(cs.InputError, match="Every one of the 2 features of mirna has missing values"):
        cs.pp.handle_missing(mdata, method="drop")
    assert mdata["mirna"].n_vars == 2


def test_a_layer(make):
    mdata = make(np.ones((3, 3)), np.ones((3, 2)))
    mdata["mirna"].layers["raw"], mdata["mrna"].layers["raw"] = MIRNA.copy(), MRNA.copy()
    cs.pp.handle_missing(mdata)
    cs.pp.handle_missing(mdata, method="zero", layer="raw")
    assert not np.isnan(mdata["mirna"].layers["raw"]).any()
    with pytest.raises(cs.InputError, match="no layer 'norm'; it has 'raw'"):
        cs.pp.handle_missing(mdata, layer="norm")


def test_whole_numbers_miss_nothing(make):
    cs.pp.handle_missing(make(np.ones((2, 2), int), np.ones((2, 2), np.uint8)))


def test_text(make):
    mdata = make(np.array([["1", "high"], ["2", "3"]], dtype=object), np.ones((2, 2)))
    with pytest.raises(cs.InputError, match=r"mirna modality holds values that are not numbers .*high"):
        cs.pp.handle_missing(mdata)


def test_numbers_kept_as_objects(make):
    mdata = make(np.array([[1, 2], [2, 3]], dtype=object), np.ones((2, 2)))
    cs.pp.handle_missing(mdata)
    cs.pp.log2p1(mdata)
    assert mdata["mirna"].X.dtype == np.float64
    np.testing.assert_allclose(mdata["mirna"].X, np.log2([[2, 3], [3, 4]]))


def test_wrong_arguments(mdata):
    with pytest.raises(
        cs.InputError, match=r"`method` must be one of 'error', 'zero', 'drop'; found 'zeros'. Did you mean 'zero'"
    ):
        cs.pp.handle_missing(mdata, method="zeros")
    with pytest.raises(cs.InputError, match="no modality 'rna'"):
        cs.pp.handle_missing(mdata, mrna="rna")
    with pytest.raises(cs.InputError, match=r"Expected a MuData .* found AnnData"):
        cs.pp.handle_missing(mdata["mirna"])
