"""One gate for matrices: every kind of number gives what float64 gives, and what is no number is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import csmir as cs
from csmir import _validate as check
from csmir._matrix import numbers


@pytest.fixture(scope="module")
def made():
    """Whole numbers up to 250, which each kind holds exactly."""
    out = cs.datasets.simulated(n_cells=24, n_mirnas=5, n_mrnas=16, seed=1)
    for key in ("mirna", "mrna"):
        out[key].X = np.clip(np.round(out[key].X), 0, 250).astype(np.float64)
    return out


def _halves(x):
    """CSR whose every entry is there twice, in two halves, in turned order."""
    whole = sparse.csr_matrix(x)
    indptr = 2 * whole.indptr
    data, indices = np.empty(2 * whole.nnz), np.empty(2 * whole.nnz, np.int32)
    for row in range(len(x)):
        a, b = whole.indptr[row], whole.indptr[row + 1]
        indices[2 * a : 2 * b] = np.tile(whole.indices[a:b][::-1], 2)
        data[2 * a : 2 * b] = np.tile(whole.data[a:b][::-1] / 2, 2)
    return sparse.csr_matrix((data, indices, indptr), shape=x.shape)


def _kept_as(x, dtype):
    """CSR with entries of a type that scipy itself would not make."""
    out = sparse.csr_matrix(x)
    out.data = out.data.astype(dtype)
    return out


KINDS = {
    **{dtype: lambda x, t=dtype: x.astype(t) for dtype in ("u1", "i4", ">i2", "u8", "f2", "f4", ">f4", ">f8", "g")},
    "fortran": np.asfortranarray,
    "objects": lambda x: x.astype(object),
    "no mask": lambda x: np.ma.array(x, mask=False),
    "halves": _halves,
    "csc halves": lambda x: _halves(x.T).T,
    "big-endian csr": lambda x: _kept_as(x, ">f4"),
    "half csr": lambda x: _kept_as(x, "f2"),
    "whole csr array": lambda x: sparse.csr_array(x.astype(np.int32)),
}
STATISTICS = {
    "csn": {"pseudo_cells": False},
    "exact": {"alpha": 0.3, "adjust": None},
    "local": {"alpha": 0.3, "adjust": None},
}


@pytest.fixture(scope="module")
def expected(made):
    out = {}
    for statistic, options in STATISTICS.items():
        mdata = made.copy()
        cs.tl.regulation(mdata, None, statistic=statistic, **options)
        out[statistic] = mdata["regulation"]
    assert all(adata.X.nnz for adata in out.values())
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_number_gives_the_same_networks(made, expected, kind):
    mdata = made.copy()
    for key in ("mirna", "mrna"):
        mdata[key].X = KINDS[kind](made[key].X)
    for statistic, options in STATISTICS.items():
        cs.tl.regulation(mdata, None, statistic=statistic, **options)
        assert (mdata["regulation"].X != expected[statistic].X).nnz == 0, statistic
        del mdata.mod["regulation"]


# float32 stays float32, and of half precision scipy has no columns
@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("f4", ">f4", "big-endian csr", "half csr")])
def test_every_kind_of_number_is_prepared_alike(made, kind):
    mdata, wanted = made.copy(), made.copy()
    for key in ("mirna", "mrna"):
        mdata[key].X = KINDS[kind](made[key].X)
    for each in (mdata, wanted):
        cs.pp.recipe_csmir(each)
    for key in ("mirna", "mrna"):
        x = mdata[key].X
        np.testing.assert_array_equal(x.toarray() if sparse.issparse(x) else x, wanted[key].X)


def test_what_is_given_is_not_changed(made):
    x = _halves(made["mrna"].X)
    before = x.data.copy(), x.indices.copy()
    out = numbers("X", x)
    assert out.nnz * 2 == x.nnz
    np.testing.assert_array_equal(x.data, before[0])
    np.testing.assert_array_equal(x.indices, before[1])


@pytest.mark.parametrize("index", [-1, 10**6])
def test_sparse_indices_that_lead_out_of_the_matrix(made, index):
    mdata = made.copy()
    x = sparse.csr_matrix(np.asarray(made["mrna"].X))
    x.indices[3] = index  # as a damaged file read by other software has them
    mdata["mrna"].X = x
    for work in (cs.pp.log2p1, cs.tl.regulation):
        with pytest.raises(cs.InputError, match="is a damaged sparse matrix"):
            work(mdata)


def test_what_is_masked_is_missing(made):
    mdata = made.copy()
    mask = np.zeros(made["mrna"].shape, bool)
    mask[3, 2] = True
    mdata["mrna"].X = np.ma.array(made["mrna"].X.astype(int), mask=mask)
    for statistic, options in STATISTICS.items():
        with pytest.raises(cs.InputError, match="holds 1 missing values"):
            cs.tl.regulation(mdata, None, statistic=statistic, **options)
    cs.pp.handle_missing(mdata, method="zero")
    assert mdata["mrna"].X[3, 2] == 0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([["1", "2"]]), "holds text"),
        (np.array([["1", 2.0]], dtype=object), r"not numbers \(mixed, such as '1'\)"),
        (np.array([[b"1", b"2"]]), "bytes of text"),
        (np.array([["2020-01-01"]], dtype="M8[D]"), "holds dates"),
        (np.array([[3]], dtype="m8[s]"), "lengths of time"),
        (np.array([[(1, 2.0)]], dtype=[("a", int), ("b", float)]), "records of several fields"),
        (np.array([[1 + 1j]]), "complex numbers"),
        (np.array([[1 + 1j, None]], dtype=object), "not numbers"),
        (sparse.csr_matrix(np.array([[1 + 1j]])), "complex numbers"),
        (pd.DataFrame({"a": ["1"], "b": [2]}), "column 'a', holds values that are not numbers"),
        ([[1, 2], [3]], "not numbers"),
    ],
)
def test_what_is_no_number_is_refused(values, message):
    with pytest.raises(cs.InputError, match=message):
        numbers("X", values)


FRAMES = ["Int8", "UInt16", "Float32", "boolean", "float16", ">f8"]


@pytest.mark.parametrize("dtype", FRAMES)
def test_nullable_columns(dtype):
    frame = pd.DataFrame({"hsa-miR-21-5p": [0, 1, 1], "hsa-let-7a-5p": [1, 0, 1]}, index=list("abc"))
    kind = np.dtype(dtype) if dtype == ">f8" else dtype
    x = cs.io.read(frame.astype(kind)).X
    assert x.dtype == np.float64
    np.testing.assert_array_equal(x, frame.to_numpy())


def test_missing_nullable_and_arrow_columns():
    pa = pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        {
            "hsa-miR-21-5p": pd.array([1, None], "Int64"),
            "hsa-let-7a-5p": pd.array([0.5, None], pd.ArrowDtype(pa.float32())),
            "hsa-miR-17-5p": pd.array([3, 4], pd.ArrowDtype(pa.int16())),
        },
        index=["a", "b"],
    )
    np.testing.assert_array_equal(cs.io.read(frame).X, [[1, 0.5, 3], [np.nan, np.nan, 4]])
    for bad in (pa.string(), pa.timestamp("s"), pa.struct([("x", pa.int32())])):
        values = {"string": ["1", "2"], "timestamp[s]": [1, 2]}.get(str(bad), [{"x": 1}, {"x": 2}])
        with pytest.raises(cs.InputError, match="column 'hsa-miR-17-5p': expected a number"):
            cs.io.read(frame.assign(**{"hsa-miR-17-5p": pd.array(values, pd.ArrowDtype(bad))}))


@pytest.mark.parametrize("values", [["1", "2"], pd.to_datetime(["2020-01-01", "2020-01-02"]), [1j, 2j]])
def test_a_column_of_a_frame_that_is_no_number(values):
    with pytest.raises(cs.InputError, match="row 'a', column 'hsa-miR-21-5p': expected a number"):
        cs.io.read(pd.DataFrame({"hsa-miR-21-5p": values}, index=["a", "b"]))


@pytest.mark.parametrize("seed", [2**63, 2**70, -1, 1.5])
def test_seeds_that_no_file_can_keep_are_refused_before_the_work(made, seed):
    mdata = made.copy()
    for call in (
        lambda: cs.pp.bootstrap_cells(mdata, seed=seed),
        lambda: cs.datasets.simulated(seed=seed),
        lambda: cs.tl.null(mdata, seed=seed),
    ):
        with pytest.raises(cs.InputError, match=r"`seed` must be a whole number (below 2\*\*63|of at least 0)"):
            call()


@pytest.mark.parametrize(("bad", "words"), [(np.nan, "3 missing"), (np.inf, "3 infinite"), (-2.0, "3 negative")])
def test_what_no_statistic_takes_is_counted_over_all_rows(monkeypatch, bad, words):
    monkeypatch.setattr(check, "NUMBERS_AT_ONCE", 4)  # so many numbers are looked at at once: here two rows
    values = np.ones((7, 2), np.float32)
    check.finite_numbers("It", values)
    values[[0, 3, 6], 1] = bad
    with pytest.raises(cs.InputError, match=f"It holds {words} values"):
        check.finite_numbers("It", values)
    with pytest.raises(cs.InputError, match=f"It holds {words} values"):
        check.finite_numbers("It", values[:, 1])
    if bad == -2.0:
        check.finite_numbers("It", values, negative=True)
