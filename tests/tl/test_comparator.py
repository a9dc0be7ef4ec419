"""Other statistics as modalities: scores from numpy and scipy, edges by rule, and read like ours."""

from __future__ import annotations

import mudata
import numpy as np
import pytest
from scipy import stats

import csmir as cs
from csmir._mudata import edges
from csmir.kernels.comparators import STATISTICS, WHOLE
from csmir.tl.comparator import METHODS


@pytest.fixture(scope="module")
def prepared():
    mdata = cs.datasets.simulated(n_cells=40, n_mirnas=10, n_mrnas=80, seed=2)
    cs.pp.recipe_csmir(mdata)
    return mdata


@pytest.fixture
def mdata(prepared):
    return prepared.copy()


def values(mdata, pair, name):
    names = mdata[name].var[["mirna", "mrna"]].astype(str).iloc[pair]
    return mdata["mirna"][:, names["mirna"]].X.ravel(), mdata["mrna"][:, names["mrna"]].X.ravel()


def test_every_method_there_is():
    assert set(METHODS) == set(STATISTICS) | set(WHOLE)


@pytest.mark.parametrize("method", METHODS)
def test_each_is_read_like_our_own(mdata, method, tmp_path):
    top = 0.1 if method == "bonobo" else None  # whose p-values are too large here to find any
    cs.tl.comparator(mdata, mdata.uns["prior"], method=method, top=top, n_threads=2)
    cs.tl.hubs(mdata, regulation=method)
    cs.tl.conservation(mdata, regulation=method)
    cs.tl.similarity(mdata, regulation=method)
    mdata.write_h5mu(tmp_path / "m.h5mu")
    read = mudata.read_h5mu(tmp_path / "m.h5mu")
    assert len(cs.get.edges(read, regulation=method)) == mdata[method].obs["n_interactions"].sum() > 0


def test_scores_are_those_of_numpy_and_scipy(mdata):
    net = mdata.uns["prior"]
    for method in ("lioness_pearson", "spearman", "detection"):
        cs.tl.comparator(mdata, net, method=method, keep="all")
    for pair in (0, 31, 140):
        x, y = values(mdata, pair, "spearman")
        whole = np.corrcoef(x, y)[0, 1]
        without = [np.corrcoef(np.delete(x, k), np.delete(y, k))[0, 1] for k in range(40)]
        expected = 40 * whole - 39 * np.array(without)
        np.testing.assert_allclose(mdata["lioness_pearson"].X[:, [pair]].toarray().ravel(), expected, atol=1e-4)
        rho = stats.spearmanr(x, y).statistic
        np.testing.assert_allclose(mdata["spearman"].X[:, [pair]].toarray().ravel(), rho, atol=1e-5)
        seen = (x > mdata["mirna"].X.min()) & (y > 0)
        np.testing.assert_array_equal(mdata["detection"].X[:, [pair]].toarray().ravel(), seen)


def test_edges_are_the_strongest_on_the_side_asked_for(mdata):
    net = mdata.uns["prior"]
    for direction, strength in (("repression", lambda s: -s), ("activation", lambda s: s), ("both", np.abs)):
        cs.tl.comparator(mdata, net, top=0.1, direction=direction, keep="all")
        adata = mdata["lioness_pearson"]
        score, edge = strength(adata.X.toarray()), edges(adata).toarray()
        assert (edge.sum(axis=1) == round(0.1 * adata.n_vars)).all()
        assert (np.where(edge, score, np.inf).min(axis=1) >= np.where(edge, -np.inf, score).max(axis=1)).all()
    cs.tl.comparator(mdata, net, method="csn", keep="all")
    np.testing.assert_array_equal(
        edges(mdata["csn"]).toarray(), mdata["csn"].X.toarray() > np.float32(stats.norm.isf(0.01))
    )
    cs.tl.comparator(mdata, net, method="prior", key_added="everything")
    assert edges(mdata["everything"]).toarray().all()


def test_threads_change_nothing_and_errors_help(mdata):
    net = mdata.uns["prior"]
    a, b = (cs.tl.comparator(mdata, net, n_threads=n, copy=True)["lioness_pearson"].X for n in (1, 2))
    assert (a != b).nnz == 0
    with pytest.raises(cs.InputError, match="Did you mean 'lioness_pearson'"):
        cs.tl.comparator(mdata, net, method="lioness_person")
    with pytest.raises(cs.InputError, match="must not name a measured modality"):
        cs.tl.comparator(mdata, net, key_added="mirna")
    cs.tl.comparator(mdata, net)
    with pytest.raises(cs.InputError, match="statistic of these networks"):
        cs.tl.null(mdata, regulation="lioness_pearson")


def test_the_old_name_of_key_added_goes_with_a_word(mdata):
    net = mdata.uns["prior"]
    with pytest.warns(FutureWarning, match=r"called `key_added` now.*csmir 0\.3"):
        cs.tl.comparator(mdata, net, method="spearman", regulation="old")
    cs.tl.comparator(mdata, net, method="spearman", key_added="new")
    assert (mdata["old"].X != mdata["new"].X).nnz == 0
    with pytest.raises(cs.InputError, match="give `key_added` alone"):
        cs.tl.comparator(mdata, net, method="spearman", key_added="new", regulation="old")
