"""`pp.detection_floor` and `pp.undo_log2`, against values by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import csmir as cs


class TestDetectionFloor:
    def test_values_up_to_the_floor_are_0(self, make):
        mdata = make(np.ones((3, 1)), np.array([[0.0, 0.1], [0.125, 0.126], [5.0, 0.125]]))
        before = mdata["mirna"].X.copy()
        assert cs.pp.detection_floor(mdata, 0.125) is None
        np.testing.assert_array_equal(mdata["mrna"].X, [[0, 0], [0, 0.126], [5, 0]])
        np.testing.assert_array_equal(mdata["mirna"].X, before)
        noted = mdata.uns["csmir"]["detection_floor"]
        assert (noted["modality"], noted["floor"], noted["n_changed"]) == ("mrna", 0.125, 3)

    def test_a_copy_leaves_the_original(self, make):
        mdata = make(np.array([[1e-4], [2.0]]), np.ones((2, 1)))
        out = cs.pp.detection_floor(mdata, 1e-4, modality="mirna", copy=True)
        assert out["mirna"].X.ravel().tolist() == [0, 2]
        assert mdata["mirna"].X.ravel().tolist() == [1e-4, 2]

    def test_sparse_stays_sparse(self, make):
        mdata = make(np.ones((2, 1)), sparse.csr_matrix([[0.0, 0.1], [3.0, 0.0]]))
        cs.pp.detection_floor(mdata, 0.1)
        assert sparse.issparse(mdata["mrna"].X)
        np.testing.assert_array_equal(mdata["mrna"].X.toarray(), [[0, 0], [3, 0]])

    def test_float32_is_compared_as_it_is_stored(self, make):
        mdata = make(np.ones((2, 1)), np.array([[0.1], [0.2]], np.float32))
        cs.pp.detection_floor(mdata, 0.1)  # 0.1 of float32 is a little more than 0.1
        assert mdata["mrna"].X[0, 0] == 0

    def test_missing_values_stay(self, make):
        mdata = make(np.ones((2, 1)), np.array([[np.nan], [0.5]]))
        cs.pp.detection_floor(mdata, 1)
        np.testing.assert_array_equal(mdata["mrna"].X, [[np.nan], [0]])

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [((-1,), "`floor` must be a number in"), (("much",), "`floor` must be"), ((np.nan,), "`floor` must be")],
    )
    def test_wrong_floors(self, make, arguments, message):
        with pytest.raises(cs.InputError, match=message):
            cs.pp.detection_floor(make(np.ones((2, 1)), np.ones((2, 1))), *arguments)

    def test_no_such_modality(self, make):
        with pytest.raises(cs.InputError, match="no modality 'rna'"):
            cs.pp.detection_floor(make(np.ones((2, 1)), np.ones((2, 1))), 1, modality="rna")


class TestUndoLog2:
    def test_powers_of_two(self, make):
        mdata = make(np.array([[-13.0, 0.0], [3.0, 0.5]]), np.ones((2, 1)))
        cs.pp.undo_log2(mdata)
        np.testing.assert_array_equal(mdata["mirna"].X, [[1 / 8192, 1], [8, 2**0.5]])
        assert mdata.uns["csmir"]["undo_log2"]["modality"] == "mirna"

    def test_undoes_log2(self, make):
        x = np.random.default_rng(0).gamma(1, 5, (6, 4))
        mdata = make(np.ones((6, 1)), np.log2(x).astype(np.float32))
        out = cs.pp.undo_log2(mdata, modality="mrna", copy=True)
        assert out["mrna"].X.dtype == np.float64
        np.testing.assert_allclose(out["mrna"].X, x, rtol=1e-5)
        np.testing.assert_array_equal(mdata["mrna"].X, np.log2(x).astype(np.float32))

    def test_missing_values_stay(self, make):
        mdata = make(np.array([[np.nan], [-np.inf]]), np.ones((2, 1)))
        cs.pp.undo_log2(mdata)
        np.testing.assert_array_equal(mdata["mirna"].X, [[np.nan], [0]])

    def test_sparse_values_are_no_logarithms(self, make):
        with pytest.raises(cs.InputError, match="is sparse, so its zeros are not logarithms"):
            cs.pp.undo_log2(make(sparse.csr_matrix(np.eye(2)), np.ones((2, 1))))

    def test_counts_are_no_logarithms(self, make):
        mdata = make(np.array([[2000.0], [1.0]]), np.ones((2, 1)))
        with pytest.raises(cs.InputError, match=r"infinite for 1 values .*largest x: 2000.*not log2 values"):
            cs.pp.undo_log2(mdata)
        assert mdata["mirna"].X[0, 0] == 2000


@pytest.mark.parametrize("step", [lambda m, **k: cs.pp.detection_floor(m, 1, **k), cs.pp.undo_log2])
def test_an_unknown_modality_is_told_by_the_argument_that_names_it(step):
    mdata = cs.datasets.simulated(n_cells=4, n_mirnas=3, n_mrnas=6, seed=1)
    with pytest.raises(cs.InputError, match=r"no modality 'RNA'.*Name yours with the `modality=` argument") as error:
        step(mdata, modality="RNA")
    assert "mirna=" not in str(error.value)
