"""Pairs that are correlated on both sides of a cell: fewer are called where regulation has ended."""

from __future__ import annotations

import mudata
import numpy as np
import pytest
import scanpy as sc
from scipy import stats

import csmir as cs
from csmir._mudata import edges


@pytest.fixture(scope="module")
def prepared():
    mdata = cs.datasets.simulated(
        n_cells=700, n_mirnas=8, n_mrnas=120, structure="trajectory", shift=1.0, prevalence=0.1, dropout=0.0, seed=5
    )
    cs.pp.recipe_csmir(mdata)
    return mdata


@pytest.fixture
def mdata(prepared):
    return prepared.copy()


def infer(mdata, **options):
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", progress=False, **options)
    return mdata["regulation"]


def test_less_is_called_outside_of_a_regulated_stretch(mdata):
    truth = mdata["truth"].X.toarray() != 0
    one = edges(infer(mdata)).toarray()
    both = edges(infer(mdata, both_sides=True)).toarray()
    assert (one & ~truth).sum() > 0.1 * one.sum()
    assert (both & ~truth).sum() < 0.05 * both.sum()
    assert (both & truth).sum() > 0.4 * truth.sum()


def test_p_is_that_of_the_weaker_side_and_q_is_benjamini_hochbergs(mdata):
    whole = infer(mdata, both_sides=True, keep="all").copy()
    few = infer(mdata, both_sides=True)
    marked = whole.layers["significant"].toarray()
    np.testing.assert_array_equal(few.X.toarray(), np.where(marked, whole.X.toarray(), 0))
    p = 10.0 ** -whole.layers["neg_log10_p"][[5]].data.astype(float)
    np.testing.assert_allclose(whole.layers["qvalue"][[5]].data, stats.false_discovery_control(p), rtol=1e-4)


@pytest.mark.parametrize("options", [{"n_threads": 1}, {"memory": "1MB"}])
def test_same_bytes_whatever_the_threads_and_blocks(mdata, options):
    a, b = infer(mdata, both_sides=True).copy(), infer(mdata, both_sides=True, **options)
    for name in ("data", "indices", "indptr"):
        assert getattr(a.X, name).tobytes() == getattr(b.X, name).tobytes()
        assert getattr(a.layers["qvalue"], name).tobytes() == getattr(b.layers["qvalue"], name).tobytes()


def test_it_goes_to_the_disk_and_through_a_null(mdata, tmp_path):
    here = infer(mdata, both_sides=True).copy()
    there = infer(mdata, both_sides=True, out=tmp_path / "run.zarr")
    np.testing.assert_array_equal(here.X.toarray(), there.X.toarray())
    mdata.write_h5mu(tmp_path / "m.h5mu")
    mdata = mudata.read_h5mu(tmp_path / "m.h5mu")
    cs.tl.null(mdata, n_permutations=1, progress=False)
    note = mdata["regulation"].uns["csmir"]
    assert note["regulation"]["both_sides"]
    assert note["null"]["empirical_fdr"] < 0.05
    with pytest.raises(cs.InputError, match="both_sides"):  # another run
        infer(mdata, out=tmp_path / "run.zarr")


def test_a_graph_and_groups_have_no_sides(mdata):
    sc.pp.pca(mdata["mrna"], n_comps=5)
    infer(mdata, neighbors="X_pca", both_sides=True)
    sc.pp.neighbors(mdata["mrna"], n_neighbors=60, method="gauss")
    with pytest.raises(cs.InputError, match=r"'neighbors' is a graph.*\.obsm"):
        infer(mdata, neighbors="neighbors", both_sides=True)
    mdata.obs["part"] = "a"
    with pytest.raises(cs.InputError, match="Leave one of the two out"):
        infer(mdata, groups="part", both_sides=True)
    with pytest.raises(cs.InputError, match="`both_sides` belongs to statistic='local'"):
        cs.tl.regulation(mdata, mdata.uns["prior"], both_sides=True)
