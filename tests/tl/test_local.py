"""The local test through the public interface: whom cells are compared with, what is written, and what is found."""

from __future__ import annotations

import logging
from dataclasses import replace

import mudata
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from anndata import AnnData
from mudata import MuData
from scipy import sparse, stats

import csmir as cs
from csmir._mudata import edges
from csmir.inference.shuffled import swaps
from csmir.kernels import neighbors as kernel


@pytest.fixture(scope="module")
def prepared():
    mdata = cs.datasets.simulated(
        n_cells=240, n_mirnas=12, n_mrnas=90, n_groups=2, shift=1.0, prevalence=0.1, dropout=0.1, seed=3
    )
    cs.pp.recipe_csmir(mdata)
    return mdata


@pytest.fixture
def mdata(prepared):
    return prepared.copy()


def infer(mdata, **options):
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", **options)
    return mdata["regulation"]


def planted(mdata):
    return mdata["truth"].X.toarray() != 0


def test_inside_one_group_it_is_spearmans_correlation():
    rng = np.random.default_rng(0)
    cells = pd.DataFrame({"all": ["a"] * 50}, index=[f"c{i}" for i in range(50)])
    x, y = rng.gamma(2, size=(2, 50, 4))
    names = [f"hsa-miR-{i}-3p" for i in range(1, 5)]
    mdata = MuData(
        {
            "mirna": AnnData(x, obs=cells[[]], var=pd.DataFrame(index=names)),
            "mrna": AnnData(y, obs=cells[[]], var=pd.DataFrame(index=list("ABCD"))),
        }
    )
    mdata.obs["all"] = "a"
    cs.tl.regulation(mdata, statistic="local", groups="all", direction="both", keep="all")
    adata = mdata["regulation"]
    rho, p = stats.spearmanr(x, y)
    np.testing.assert_allclose(adata.X.toarray()[7].reshape(4, 4), rho[:4, 4:], atol=1e-6)
    found = 10.0 ** -adata.layers["neg_log10_p"].toarray()[7].reshape(4, 4)
    np.testing.assert_allclose(found, p[:4, 4:], rtol=0.05)
    q = stats.false_discovery_control(found.ravel())
    np.testing.assert_allclose(adata.layers["qvalue"].toarray()[7], q, rtol=1e-5)


def test_regulation_is_found_where_it_is_at_the_error_asked_for(mdata):
    adata = infer(mdata)
    found, truth = edges(adata).toarray(), planted(mdata)
    assert (found & truth).sum() > 0.5 * truth.sum()
    assert (found & ~truth).sum() < 0.08 * found.sum()
    assert adata.X.data.max() < 0  # repression
    assert adata.layers["qvalue"].data.max() <= 0.05
    activation = edges(infer(mdata, direction="activation")).toarray()
    assert activation.sum() < 0.02 * found.sum()
    both = infer(mdata, direction="both")
    assert (edges(both).toarray() & found).sum() > 0.7 * found.sum()


def test_significant_is_what_all_pairs_mark(mdata):
    few, whole = infer(mdata).copy(), infer(mdata, keep="all")
    marked = whole.layers["significant"].toarray()
    np.testing.assert_array_equal(few.X.toarray(), np.where(marked, whole.X.toarray(), 0))
    np.testing.assert_array_equal(few.layers["qvalue"].toarray(), np.where(marked, whole.layers["qvalue"].toarray(), 0))
    p = 10.0 ** -whole.layers["neg_log10_p"][[5]].data.astype(float)
    np.testing.assert_allclose(whole.layers["qvalue"][[5]].data, stats.false_discovery_control(p), rtol=1e-4)
    by_p = infer(mdata, adjust=None, alpha=0.01)
    assert (10.0 ** -by_p.layers["neg_log10_p"].data <= 0.01 * (1 + 1e-5)).all()
    assert by_p.X.nnz == (whole.layers["neg_log10_p"].data >= 2).sum()


@pytest.mark.parametrize("options", [{"n_threads": 1}, {"memory": "1MB"}, {"progress": True}])
@pytest.mark.parametrize("of", [{}, {"groups": "group"}, {"expressed_only": True}])
def test_same_bytes_whatever_the_threads_and_blocks(mdata, options, of):
    a, b = infer(mdata, **of).copy(), infer(mdata, **of, **options)
    for name in ("data", "indices", "indptr"):
        assert getattr(a.X, name).tobytes() == getattr(b.X, name).tobytes()
        assert getattr(a.layers["qvalue"], name).tobytes() == getattr(b.layers["qvalue"], name).tobytes()


def test_sparse_input_gives_the_same(mdata):
    a = infer(mdata).copy()
    for key in ("mirna", "mrna"):
        mdata[key].X = sparse.csr_matrix(mdata[key].X)
    assert infer(mdata).X.toarray().tobytes() == a.X.toarray().tobytes()


def test_a_prior_gives_what_all_pairs_give_there(mdata):
    some = infer(mdata, keep="all").copy()
    cs.tl.regulation(mdata, statistic="local", keep="all")
    part = mdata["regulation"][:, some.var_names]
    np.testing.assert_allclose(part.X.toarray(), some.X.toarray(), atol=1e-6)


def test_only_expressed_pairs(mdata):
    whole = infer(mdata, adjust=None).copy()
    only = infer(mdata, adjust=None, expressed_only=True)
    x, y = mdata["mirna"].X, mdata["mrna"].X
    i, j = (mdata[k].var_names.get_indexer(only.var[k].astype(str)) for k in ("mirna", "mrna"))
    detected = (x > x.min())[:, i] & (y > 0)[:, j]
    np.testing.assert_array_equal(only.X.toarray(), np.where(detected, whole.X.toarray(), 0))


def test_neighbors_by_name(mdata, caplog):
    rna = mdata["mrna"]
    sc.pp.pca(rna, n_comps=5)
    sc.pp.neighbors(rna, n_neighbors=60, method="gauss")  # no umap to compile
    truth = planted(mdata)
    for name in ("neighbors", "connectivities", "X_pca"):
        found = edges(infer(mdata, neighbors=name)).toarray()
        assert (found & truth).sum() > 0.3 * truth.sum(), name
        assert (found & ~truth).sum() < 0.15 * found.sum(), name
    assert mdata["regulation"].uns["csmir"]["regulation"]["neighbors"] == "X_pca"
    sc.pp.neighbors(rna, n_neighbors=10, method="gauss")
    with caplog.at_level(logging.WARNING, logger="csmir"):
        infer(mdata, neighbors="neighbors")
    assert "at least 50 neighbours" in caplog.text
    with pytest.raises(cs.InputError, match="is a graph"):
        infer(mdata, neighbors="neighbors", n_neighbors=20)
    with pytest.raises(cs.InputError, match=r"never of the miRNAs.*Did you mean 'X_pca'"):
        infer(mdata, neighbors="X_pac")


def test_a_group_has_one_network(mdata):
    mdata.obs["part"] = mdata.obs["group"].astype(object)
    mdata.obs.loc[mdata.obs_names[:3], "part"] = None
    adata = infer(mdata, groups="part")
    assert adata.X[:3].nnz == 0
    codes = mdata.obs["part"].astype("category").cat.codes.to_numpy()
    x = adata.X.toarray()
    for code in (0, 1):
        rows = x[codes == code]
        assert (rows == rows[0]).all()
        assert (rows != 0).any()


def test_exact_among_all_cells_is_exact(mdata):
    net = mdata.uns["prior"]
    cs.tl.regulation(mdata, net, statistic="exact", box_size=0.3, keep="all")
    whole = mdata["regulation"].copy()
    cs.tl.regulation(mdata, net, statistic="exact", neighbors="expression", n_neighbors=240, keep="all")
    near = mdata["regulation"]
    np.testing.assert_allclose(near.X.toarray(), whole.X.toarray(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(near.layers["qvalue"].toarray(), whole.layers["qvalue"].toarray(), rtol=1e-4)
    assert near.uns["csmir"]["regulation"]["box_size"] == 0.3
    cs.tl.regulation(mdata, net, statistic="exact", neighbors="expression", adjust=None, expressed_only=True)
    cs.tl.null(mdata, n_permutations=1)


def test_null_tells_real_from_nothing(mdata):
    infer(mdata)
    cs.tl.null(mdata, n_permutations=3)
    note = mdata["regulation"].uns["csmir"]["null"]
    assert note["n_interactions"] > 500
    assert note["empirical_fdr"] < 0.1
    first = note["null_interactions"]
    cs.tl.null(mdata, n_permutations=2, n_threads=1)
    again = mdata["regulation"].uns["csmir"]["null"]["null_interactions"]
    assert again.tolist() == first[:2].tolist()
    cs.tl.null(mdata, n_permutations=2, groups="group")
    assert mdata["regulation"].uns["csmir"]["null"]["empirical_fdr"] < 0.1


def test_miRNAs_move_to_neighbors_and_the_lists_stay(mdata):
    infer(mdata, adjust=None, alpha=0.05, neighbors="expression")
    cs.tl.null(mdata, n_permutations=1, seed=9)
    points = kernel.expression_space(np.ascontiguousarray(mdata["mrna"].X.T, dtype=float))
    lists, _ = kernel.from_points(points)
    order = swaps(np.random.default_rng(np.random.SeedSequence(9).spawn(1)[0]), lists)
    mdata["mirna"].X = mdata["mirna"].X[order]
    assert mdata["regulation"].uns["csmir"]["null"]["null_interactions"].tolist() == [
        infer(mdata, adjust=None, alpha=0.05, neighbors="expression").X.nnz
    ]


def test_swaps_are_among_neighbors_and_leave_few_cells():
    labels = np.repeat([0, 1, -1], [30, 40, 5])
    lists, _ = kernel.from_groups(labels)
    order = swaps(np.random.default_rng(0), lists)
    assert sorted(order) == list(range(75))
    assert (labels[order] == labels).all()
    assert (order[70:] == np.arange(70, 75)).all()
    assert (order[:70] == np.arange(70)).mean() < 0.15


@pytest.mark.parametrize("n_cells", [3, 6, 19])
def test_few_cells_say_so_and_find_little(n_cells, caplog):
    mdata = cs.datasets.simulated(n_cells=n_cells, n_mirnas=8, n_mrnas=60, seed=1, prevalence=0)
    cs.pp.recipe_csmir(mdata)
    with caplog.at_level(logging.WARNING, logger="csmir"):
        adata = infer(mdata)
    assert "cannot tell" in caplog.text
    assert adata.X.nnz < 0.001 * adata.n_obs * adata.n_vars


def test_readings_of_the_networks_work_on_signed_values(mdata, tmp_path):
    infer(mdata)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    cs.tl.similarity(mdata)
    cs.tl.sign(mdata)
    adata = mdata["regulation"]
    np.testing.assert_array_equal(adata.obs["n_interactions"], (adata.X.toarray() < 0).sum(axis=1))
    np.testing.assert_array_equal(adata.obsm["out_degree"].sum(axis=1), adata.obs["n_interactions"])
    mdata.write_h5mu(tmp_path / "m.h5mu")
    table = cs.get.edges(mudata.read_h5mu(tmp_path / "m.h5mu"))
    assert set(table.columns[3:]) == {"rho", "neg_log10_p", "qvalue", "direction"}
    assert (table["direction"] == "repression").all()
    assert len(table) == adata.X.nnz
    cs.io.write_report(mdata, tmp_path / "r.html")
    cs.io.write_tables(mdata, tmp_path / "tables")


def test_options_of_other_statistics_are_refused(mdata):
    net = mdata.uns["prior"]
    for option in ({"box_size": 0.1}, {"mid_p": True}, {"pseudo_cells": True}):
        with pytest.raises(cs.InputError, match=rf"`{next(iter(option))}` belongs to statistic="):
            infer(mdata, **option)
    with pytest.raises(cs.InputError, match="`direction` belongs to statistic='local'"):
        cs.tl.regulation(mdata, net, direction="both")
    with pytest.raises(cs.InputError, match="not both"):
        infer(mdata, groups="group", neighbors="expression")
    with pytest.raises(cs.InputError, match="Did you mean 'repression'"):
        infer(mdata, direction="represion")


def test_inferred_mirnas_are_circular(mdata, caplog):
    net = mdata.uns["prior"]
    cs.tl.activity(mdata, net)
    with caplog.at_level(logging.WARNING, logger="csmir"):
        cs.tl.regulation(mdata, net, statistic="local", mirna="mirna_inferred")
    assert "circular" in caplog.text


def test_an_adjustment_goes_through_blocks_and_takes_a_confounder_off():
    from csmir.inference.execute import run
    from csmir.inference.expression import Stored
    from csmir.inference.neighbourhood import Neighborhood
    from csmir.inference.options import Request
    from csmir.inference.pairs import Pairs
    from csmir.inference.statistics.local import local_job
    from csmir.inference.statistics.record import Inputs
    from csmir.kernels.local_adjust import Adjustment

    rng = np.random.default_rng(0)
    n = 300
    hidden = rng.normal(size=(n, 2))
    x, y = (np.exp(rng.normal(size=(n, g)) + 0.9 * hidden @ rng.normal(size=(2, g))) for g in (9, 150))
    lists, smoother = kernel.from_groups(np.arange(n) % 2)
    near = Neighborhood(lists, lists, smoother, None)
    factors = Adjustment(np.zeros((n, 0)), hidden, np.tile(np.eye(2), (9, 1, 1)))
    known = Adjustment(hidden)
    pairs = Pairs(*np.divmod(np.arange(0, 9 * 150, 2), 150), 9, 150)
    inputs = Inputs(Stored("x", x), Stored("y", y), pairs, np.ones((1, n), np.int64), near=near)

    def found(adjustment, memory=10**9, n_threads=2, n_factors=None):
        request = Request("local", box_size=0.3, alpha=0.05, adjust=True, memory=memory, n_threads=n_threads)
        job = local_job(replace(inputs, adjustment=adjustment, n_factors=n_factors), request)
        return run(job, n_threads=n_threads, progress=False)

    assert len(found(None).indices) > 100 * n
    assert len(found(factors, n_factors=0).indices) == len(found(None).indices)
    for adjustment in (known, factors):
        held = found(adjustment)
        assert len(held.indices) < 15 * n
        for again in (found(adjustment, memory=10**6), found(adjustment, n_threads=1)):
            assert held.value.tobytes() == again.value.tobytes()
            assert held.indices.tobytes() == again.indices.tobytes()
