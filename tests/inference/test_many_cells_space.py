"""Components of very many cells, found in some of them: as those that all cells give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from tests.kernels.worlds import world

import csmir as cs
from csmir.inference.expression import blocks_of
from csmir.kernels import decompose
from csmir.kernels.neighbors import principal_components


def test_projected_onto_what_the_cells_themselves_gave_they_stay():
    values = world(0).y
    points = principal_components(values)
    again = decompose.project(lambda part: values[part], values, points)
    np.testing.assert_allclose(again, points, rtol=1e-6, atol=1e-8 * np.abs(points).max())


def test_cells_that_had_no_part_lie_where_all_cells_put_them():
    values = world(0).y
    some = np.arange(0, values.shape[1], 2)
    points = decompose.project(lambda part: values[part], values[:, some], principal_components(values[:, some], 3))
    every = principal_components(values, 3)
    # the same space: the canonical correlations of both are near 1
    a, b = (np.linalg.qr(p - p.mean(axis=0))[0] for p in (points, every))
    assert np.linalg.svd(a.T @ b)[1].min() > 0.95


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
def test_blocks_are_the_columns_asked_for(kind):
    values = np.random.default_rng(0).poisson(1, (6, 9)).astype(np.float32)
    genes = np.array([0, 3, 4, 8])
    found = blocks_of(kind(values), genes)(np.array([1, 3]))
    np.testing.assert_array_equal(found, values[:, [3, 8]].T)
    assert found.dtype == np.float64


def test_networks_of_a_space_found_in_half_of_the_cells_are_nearly_the_same(monkeypatch):
    def edges():
        mdata = cs.datasets.simulated(n_cells=240, n_mirnas=10, n_mrnas=80, shift=1, effect=2, seed=3)
        cs.pp.recipe_csmir(mdata)
        cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", progress=False, n_threads=1)
        found = mdata["regulation"]
        assert found.uns["csmir"]["regulation"]["n_factors"] >= 0
        return found.X.toarray() != 0

    whole = edges()
    monkeypatch.setattr(decompose, "MOST_CELLS", 120)
    half = edges()
    assert whole.sum() > 100
    assert (whole & half).sum() > 0.7 * (whole | half).sum()
    np.testing.assert_array_equal(half, edges())
