from __future__ import annotations

import numpy as np
import pytest
import scanpy as sc
from mudata import MuData

import csmir as cs

MIRNA = np.array([[0.0, 1.0], [3.0, 7.0]])
MRNA = np.array([[15.0, 0.0], [31.0, 63.0]])


def dense(x):
    return x.toarray() if hasattr(x, "toarray") else np.asarray(x)


def test_powers_of_two(make, container, reload):
    mdata = make(container(MIRNA), container(MRNA))
    kind = type(mdata["mirna"].X)
    cs.pp.log2p1(mdata)
    np.testing.assert_allclose(dense(mdata["mirna"].X), [[0, 1], [2, 3]], rtol=1e-15)
    np.testing.assert_allclose(dense(mdata["mrna"].X), [[4, 0], [5, 6]], rtol=1e-15)
    assert type(mdata["mirna"].X) is kind
    assert mdata["mirna"].uns["log1p"] == {"base": 2}
    for again in (mdata, reload(mdata)):
        with pytest.raises(cs.InputError, match=r"mirna modality is logged already \(mdata\['mirna'\].uns\['log1p'\]"):
            cs.pp.log2p1(again)
        with pytest.raises(cs.InputError, match="A second logarithm is refused"):
            cs.pp.recipe_csmir(again)
    np.testing.assert_allclose(dense(mdata["mirna"].X), [[0, 1], [2, 3]], rtol=1e-15)


@pytest.mark.parametrize(
    ("dtype", "then"), [(np.float32, np.float32), (np.float64, np.float64), (np.int32, np.float64)]
)
def test_dtypes(make, dtype, then):
    mdata = make(MIRNA.astype(dtype), MRNA.astype(dtype))
    cs.pp.log2p1(mdata)
    assert mdata["mrna"].X.dtype == then


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bytes_of_scanpy(make, dtype):
    values = np.random.default_rng(0).gamma(1, 50, (40, 30)).astype(dtype)
    mdata = make(values[:, :20], values[:, 20:])
    cs.pp.log2p1(mdata)
    np.testing.assert_array_equal(mdata["mirna"].X, sc.pp.log1p(values, base=2, copy=True)[:, :20])


def test_logged_by_scanpy(make):
    mdata = make(MIRNA.copy(), MRNA.copy())
    sc.pp.log1p(mdata["mrna"])
    with pytest.raises(cs.InputError, match=r"mrna modality is logged already .* base e\)"):
        cs.pp.log2p1(mdata)
    np.testing.assert_array_equal(mdata["mirna"].X, MIRNA)  # nor is the other modality changed


def test_a_layer_leaves_x_raw(make, reload):
    mdata = make(MIRNA.copy(), MRNA.copy())
    for key in ("mirna", "mrna"):
        mdata[key].layers["log"] = mdata[key].X.copy()
    cs.pp.log2p1(mdata, layer="log")
    np.testing.assert_allclose(mdata["mirna"].layers["log"], [[0, 1], [2, 3]], rtol=1e-15)
    np.testing.assert_array_equal(mdata["mirna"].X, MIRNA)
    assert "log1p" not in mdata["mirna"].uns
    again = reload(mdata)
    with pytest.raises(cs.InputError, match=r"logged already \(cs.pp.log2p1\(mdata, layer='log'\) ran before\)"):
        cs.pp.log2p1(again, layer="log")
    cs.pp.log2p1(again)
    np.testing.assert_allclose(again["mirna"].X, [[0, 1], [2, 3]], rtol=1e-15)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.nan, "mrna modality holds 1 missing values. Run cs.pp.handle_missing"),
        (np.inf, "mrna modality holds 1 infinite values"),
        (-7.6, r"mrna modality holds 1 negative values \(smallest -7.6\)"),
    ],
)
def test_refused_values(make, container, value, message):
    wrong = MRNA.copy()
    wrong[0, 0] = value
    mdata = make(container(MIRNA), container(wrong))
    with pytest.raises(cs.InputError, match=message):
        cs.pp.log2p1(mdata)
    np.testing.assert_array_equal(dense(mdata["mirna"].X), MIRNA)
    assert "log1p" not in mdata["mirna"].uns


def test_a_view_becomes_its_own(mdata):
    before = mdata["mirna"].X.copy()
    part = mdata[:10]
    cs.pp.log2p1(part)
    np.testing.assert_array_equal(mdata["mirna"].X, before)
    np.testing.assert_allclose(part["mirna"].X, np.log1p(before[:10]) / np.log(2), rtol=1e-6)
    assert part.n_obs == 10


def test_copy(mdata):
    before = mdata["mirna"].X.copy()
    out = cs.pp.log2p1(mdata, copy=True)
    np.testing.assert_array_equal(mdata["mirna"].X, before)
    assert "log2p1" not in mdata.uns["csmir"]
    np.testing.assert_allclose(out["mirna"].X, np.log1p(before) / np.log(2), rtol=1e-6)
    assert cs.pp.log2p1(mdata) is None


def test_on_disk(mdata, tmp_path):
    import mudata

    mdata.write(tmp_path / "a.h5mu")
    backed = mudata.read_h5mu(tmp_path / "a.h5mu", backed="r")
    with pytest.raises(cs.InputError, match=r"mirna modality is on disk. Load it"):
        cs.pp.log2p1(backed)
    backed.file.close()


def test_dask(mdata):
    import dask.array as da

    mdata["mrna"].X = da.from_array(mdata["mrna"].X)
    with pytest.raises(cs.InputError, match=r"mrna modality is a dask array. Load it"):
        cs.pp.log2p1(mdata)


@pytest.mark.parametrize(
    ("values", "warned"),
    [([0, 3.5, 12.25], True), ([0, 3, 12], False), ([0, 0.25, 0.5], False), ([0, 3.5, 400.0], False)],
)
def test_values_that_may_be_logarithms(make, container, caplog, recwarn, values, warned):
    mdata = make(container(np.full((3, 1), 1000.5)), container(np.array(values, float)[:, None]))
    cs.pp.log2p1(mdata)
    said = [str(w.message) for w in recwarn if "logarithms already" in str(w.message)]
    assert len(said) == warned == caplog.text.count("logarithms already")
    assert all("The largest value of mrna is 12.2" in text for text in said)  # and not mirna


@pytest.mark.parametrize("how", ["total", "ratios"])
def test_logarithms_are_told_before_size_factors_hide_them(make, how):
    logged = np.array([[20.5, 3.0, 1.5], [2.5, 1.0, 0.5], [24.5, 0.5, 9.0]])  # unlike sums: over 25 once divided
    mdata = make(np.array([[900.0, 5.0], [800.0, 90.0], [1000.0, 7.0]]), logged)
    with pytest.warns(UserWarning, match="size factor divides counts. If these are logarithms already") as said:
        cs.pp.recipe_csmir(mdata, normalize=how)
    assert len([w for w in said if "logarithms already" in str(w.message)]) == 1


def test_mrnas_alone_are_taken_where_there_are_no_mirnas(make):
    mdata = make(MIRNA, MRNA)
    alone = MuData({"mrna": mdata["mrna"]})
    cs.pp.log2p1(alone)
    np.testing.assert_allclose(dense(alone["mrna"].X), [[4, 0], [5, 6]], rtol=1e-15)
    with pytest.raises(cs.InputError, match="no modality 'small'"):  # a name that was given must be there
        cs.pp.log2p1(MuData({"mrna": make(MIRNA, MRNA)["mrna"]}), mirna="small")
