"""The public inference: what it writes where, the same bytes whatever the way, and errors that help."""

from __future__ import annotations

import logging

import mudata
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from anndata import AnnData
from mudata import MuData
from scipy import sparse

import csmir as cs


@pytest.fixture(scope="module")
def prepared():
    mdata = cs.datasets.simulated(n_cells=20, n_mirnas=12, n_mrnas=60, seed=2)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=9, seed=4)
    return mdata


@pytest.fixture
def mdata(prepared):
    return prepared.copy()


def small(x, y, cells=None):
    cells = [f"c{i}" for i in range(len(x))] if cells is None else cells
    return MuData(
        {
            "mirna": AnnData(
                np.asarray(x, float), obs=pd.DataFrame(index=cells), var=pd.DataFrame(index=["hsa-miR-1-3p"])
            ),
            "mrna": AnnData(np.asarray(y, float), obs=pd.DataFrame(index=cells), var=pd.DataFrame(index=["A"])),
        }
    )


def same(a, b):
    for name in ("data", "indices", "indptr"):
        assert getattr(a.X, name).tobytes() == getattr(b.X, name).tobytes()
        assert getattr(a.layers["support"], name).tobytes() == getattr(b.layers["support"], name).tobytes()
    assert list(a.var_names) == list(b.var_names)


def test_every_pair_is_the_median_of_its_runs(mdata, oracle):
    cs.tl.regulation(mdata, mdata.uns["prior"], keep="all")
    adata = mdata["regulation"]
    runs = mdata.obsm["csmir_bootstrap"].T
    z, support = adata.X.toarray(), adata.layers["support"].toarray()
    significant = adata.layers["significant"].toarray()
    for pair in range(0, adata.n_vars, 17):
        x = mdata["mirna"][:, adata.var["mirna"].iloc[pair]].X.ravel()
        y = mdata["mrna"][:, adata.var["mrna"].iloc[pair]].X.ravel()
        per_run = np.array([oracle.csn_z(x, y, w) for w in runs])
        np.testing.assert_allclose(z[:, pair], np.median(per_run, axis=0), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(support[:, pair], (per_run > oracle.CUTOFF).mean(axis=0), rtol=1e-6)
        assert (significant[:, pair] == (np.median(per_run, axis=0) > oracle.CUTOFF)).all()


def test_significant_is_all_above_the_cutoff(mdata):
    cs.tl.regulation(mdata, mdata.uns["prior"])
    few = mdata["regulation"]
    whole = cs.tl.regulation(mdata, mdata.uns["prior"], keep="all", copy=True)["regulation"]
    edges = whole.layers["significant"].toarray()
    assert few.X.dtype == np.float32
    assert sparse.isspmatrix_csr(few.X)
    np.testing.assert_array_equal(few.X.toarray(), np.where(edges, whole.X.toarray(), 0))
    np.testing.assert_array_equal(few.var["n_cells"], edges.sum(axis=0))
    np.testing.assert_array_equal(whole.var["n_cells"], edges.sum(axis=0))
    np.testing.assert_array_equal(few.obs["n_interactions"], edges.sum(axis=1))
    np.testing.assert_array_equal(whole.obs["n_interactions"], edges.sum(axis=1))
    assert list(few.obs["group"]) == list(mdata.obs["group"])
    note = few.uns["csmir"]["regulation"]
    assert (note["n_runs"], note["n_per_run"], note["alpha"]) == (9, 20 + 5 * 19, 0.01)


def test_a_prior_gives_what_all_pairs_give_there(mdata):
    cs.tl.regulation(mdata, mdata.uns["prior"])
    every = cs.tl.regulation(mdata, copy=True)["regulation"]
    assert every.n_vars == 12 * 60
    part = every[:, mdata["regulation"].var_names]
    np.testing.assert_array_equal(part.X.toarray(), mdata["regulation"].X.toarray())


@pytest.mark.parametrize("options", [{"n_threads": 1}, {"n_threads": 2}, {"memory": "1MB"}, {"progress": True}])
@pytest.mark.parametrize("with_prior", [True, False])
def test_same_bytes_whatever_the_threads_and_blocks(mdata, options, with_prior):
    net = mdata.uns["prior"] if with_prior else None
    a = cs.tl.regulation(mdata, net, copy=True)["regulation"]
    b = cs.tl.regulation(mdata, net, **options, copy=True)["regulation"]
    same(a, b)


def test_same_bytes_from_sparse_input_and_shuffled_features(mdata):
    net = mdata.uns["prior"]
    a = cs.tl.regulation(mdata, net, copy=True)["regulation"]
    rng = np.random.default_rng(0)
    parts = {}
    for key in ("mirna", "mrna"):
        part = mdata[key][:, rng.permutation(mdata[key].n_vars)].copy()
        part.X = sparse.csr_matrix(part.X)
        parts[key] = part
    other = MuData(parts)
    other.obsm["csmir_bootstrap"] = mdata[other.obs_names].obsm["csmir_bootstrap"]
    cs.tl.regulation(other, net.sample(frac=1, random_state=1))
    b = other["regulation"]
    assert set(a.var_names) == set(b.var_names)
    realigned = b[a.obs_names, a.var_names]
    assert realigned.X.toarray().tobytes() == a.X.toarray().tobytes()


def test_without_pseudo_cells_z_is_the_statistic_itself(mdata):
    del mdata.obsm["csmir_bootstrap"]
    cs.tl.regulation(mdata, mdata.uns["prior"], keep="all")
    adata = mdata["regulation"]
    x = mdata["mirna"][:, adata.var["mirna"].iloc[3]].X.ravel()
    y = mdata["mrna"][:, adata.var["mrna"].iloc[3]].X.ravel()
    np.testing.assert_allclose(adata.X.toarray()[:, 3], cs.tl.csn_statistic(x, y), rtol=1e-6)


def test_partly_overlapping_cells(prepared):
    a = prepared["mirna"][prepared.obs_names[:15]].copy()
    b = prepared["mrna"][prepared.obs_names[5:]].copy()
    mdata = MuData({"mirna": a, "mrna": b})
    cs.pp.bootstrap_cells(mdata, n_runs=3)
    cs.tl.regulation(mdata, prepared.uns["prior"])
    assert mdata.n_obs == 20
    assert list(mdata["regulation"].obs_names) == list(prepared.obs_names[5:15])
    assert mdata["regulation"].uns["csmir"]["regulation"]["n_dropped_cells"] == 10


def test_saved_and_read_and_used_by_scanpy(mdata, tmp_path):
    cs.tl.regulation(mdata, mdata.uns["prior"])
    mdata.write_h5mu(tmp_path / "m.h5mu")
    read = mudata.read_h5mu(tmp_path / "m.h5mu")
    same(mdata["regulation"], read["regulation"])
    adata = read["regulation"]
    if not hasattr(sc, "Preset"):  # scanpy < 1.12, whose tests take no sparse arrays, which anndata reads on request
        adata.X = sparse.csr_matrix(adata.X)
    sc.tl.rank_genes_groups(adata, "group", method="t-test")
    sc.tl.pca(adata, n_comps=3)
    axes = sc.pl.heatmap(adata, adata.var_names[:5].tolist(), groupby="group", show=False)
    assert "heatmap_ax" in axes
    cs.tl.regulation(read, read.uns["prior"], keep="all")
    read.write_h5mu(tmp_path / "again.h5mu")
    assert cs.get.edges(mudata.read_h5mu(tmp_path / "again.h5mu")).shape[0] == adata.X.nnz


def test_several_networks_stand_side_by_side(mdata):
    cs.tl.regulation(mdata, mdata.uns["prior"])
    cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.3, regulation="wide")
    assert mdata["wide"].uns["csmir"]["regulation"]["box_size"] == 0.3
    assert mdata["wide"].n_vars == mdata["regulation"].n_vars
    assert mdata.var_names.is_unique


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"box_size": 0}, r"`box_size` must be a number in \(0, 1\); found 0"),
        ({"box_size": 1.5}, "`box_size`"),
        ({"alpha": 1}, "`alpha`"),
        ({"alpha": "x"}, "`alpha`"),
        ({"keep": "some"}, "`keep` must be one of 'significant', 'all'"),
        ({"statistic": "csm"}, "Did you mean 'csn'"),
        ({"n_threads": 0}, "`n_threads`"),
        ({"memory": "lots"}, "`memory` must be a size"),
        ({"layer": "raw"}, "no layer 'raw'"),
        ({"mirna": "mir"}, "Did you mean 'mirna'"),
    ],
)
def test_parameters_out_of_range(mdata, options, message):
    with pytest.raises(cs.InputError, match=message):
        cs.tl.regulation(mdata, mdata.uns["prior"], **options)
    assert "regulation" not in mdata.mod


@pytest.mark.parametrize(
    ("value", "message"),
    [(np.nan, "1 missing values. Run cs.pp.handle_missing"), (np.inf, "1 infinite"), (-1.0, "1 negative values")],
)
def test_values_no_statistic_can_use(value, message):
    mdata = small([[1], [2], [value], [4]], [[1], [2], [3], [4]])
    with pytest.raises(cs.InputError, match=message):
        cs.tl.regulation(mdata)


def test_too_few_cells():
    with pytest.raises(cs.InputError, match="at least 3 cells with both modalities; found 2"):
        cs.tl.regulation(small([[1], [2]], [[1], [2]]))


def test_no_cell_in_common():
    mdata = small([[1], [2], [3]], [[1], [2], [3]])
    a, b = mdata["mirna"].copy(), mdata["mrna"].copy()
    b.obs_names = ["d0", "d1", "d2"]
    with pytest.raises(cs.InputError, match="No cell has both modalities"):
        cs.tl.regulation(MuData({"mirna": a, "mrna": b}))


def test_not_a_mudata():
    with pytest.raises(cs.InputError, match="Expected a MuData"):
        cs.tl.regulation(AnnData(np.ones((3, 3))))


def test_pseudo_cells_asked_for_before_they_are_drawn(mdata):
    del mdata.obsm["csmir_bootstrap"]
    with pytest.raises(cs.StepError, match=r"Run cs\.pp\.bootstrap_cells"):
        cs.tl.regulation(mdata, mdata.uns["prior"], pseudo_cells=True)


def test_weights_of_cells_that_are_gone(mdata):
    fewer = mdata[mdata.obs_names[:10]].copy()
    with pytest.raises(cs.InputError, match=r"Run cs\.pp\.bootstrap_cells"):
        cs.tl.regulation(fewer, mdata.uns["prior"])


def test_a_warning_where_a_cell_fills_its_own_box():
    mdata = cs.datasets.simulated(n_cells=19, seed=0)
    mdata.obsm["csmir_bootstrap"] = np.tile([[12], [2]], (10, 3))[:19]
    with pytest.warns(UserWarning, match="In 10 of 19 cells"):
        cs.tl.regulation(mdata, mdata.uns["prior"])


def test_few_cells_without_pseudo_cells_are_said_to_be_few(mdata, caplog):
    with caplog.at_level(logging.WARNING, logger="csmir"):
        cs.tl.regulation(mdata, mdata.uns["prior"], pseudo_cells=False)
    assert "20 cells without pseudo-cells" in caplog.text


@pytest.fixture(scope="module")
def published(shared_data):
    return dict(np.load(shared_data / "golden" / "k562_published.npz"))  # read once, not at every look


@pytest.fixture(scope="module")
def bootstrap(shared_data):
    return dict(np.load(shared_data / "golden" / "k562_bootstrap.npz"))


class TestReference:
    """Every value of the reference fixtures, through the public interface."""

    def genes(self, published, bootstrap, kind):
        at = pd.Index(published[f"{kind}_names"]).get_indexer(bootstrap[kind])
        return published[kind][:, at]

    def test_per_run_with_weights(self, published, bootstrap):
        x, y = self.genes(published, bootstrap, "mirna"), self.genes(published, bootstrap, "mrna")
        weights = np.array([1 + np.bincount(s, minlength=19) for s in bootstrap["samples"]])
        for i in range(40):
            for j in range(60):
                z = cs.tl.csn_statistic(x[:, i], y[:, j], weights=weights, box_size=float(bootstrap["box_size"]))
                np.testing.assert_allclose(z, bootstrap["z"][:, i, j], rtol=0, atol=1e-9)

    def test_medians_with_given_indices(self, published, bootstrap):
        parts = {
            kind: AnnData(
                self.genes(published, bootstrap, kind),
                obs=pd.DataFrame(index=published["cells"]),
                var=pd.DataFrame(index=bootstrap[kind]),
            )
            for kind in ("mirna", "mrna")
        }
        mdata = MuData(parts)
        cs.pp.bootstrap_cells(mdata, indices=bootstrap["samples"])
        cs.tl.regulation(mdata, keep="all", box_size=float(bootstrap["box_size"]))
        expected = np.median(bootstrap["z"], axis=0).reshape(2400, 19).T
        np.testing.assert_allclose(mdata["regulation"].X.toarray(), expected, rtol=1e-6, atol=1e-6)

    def test_many_cells_but_for_one_tie_the_reference_broke(self, shared_data):
        """Of 54,000 values, 24 (one mRNA, two cells) come from a tie that the reference's arithmetic broke by one ulp.

        The tie, of cells 15 and 89, is whole in the stored values. Broken again by one ulp, all values agree.
        """
        f = dict(np.load(shared_data / "golden" / "many_cells.npz"))
        y = f["y"].copy()
        z = np.array([[cs.tl.csn_statistic(a, b) for b in y.T] for a in f["x"].T])
        off = np.argwhere(np.abs(z - f["z"]) > 1e-9)
        assert len(off) == 24
        assert set(off[:, 1]) == {1}
        assert set(off[:, 2]) == {15, 24}
        assert y[15, 1] == y[89, 1]
        y[15, 1] = np.nextafter(y[15, 1], np.inf)
        again = np.array([cs.tl.csn_statistic(a, y[:, 1]) for a in f["x"].T])
        np.testing.assert_allclose(again, f["z"][:, 1], rtol=0, atol=1e-9)


class TestOnePair:
    def test_hand_arithmetic(self):
        # n = 4, h = round(0.15 * 4) = 1: the box of the lowest cell holds 2 cells, and both boxes are the same
        np.testing.assert_allclose(cs.tl.csn_statistic([1, 2, 3, 4], [2, 4, 6, 8], box_size=0.3)[0], np.sqrt(3))

    @pytest.mark.parametrize(
        ("x", "y", "weights", "message"),
        [
            ([1, 2, 3], [1, 2], None, "must hold the same cells"),
            ([1, -2, 3], [1, 2, 3], None, "negative"),
            ([1, np.nan, 3], [1, 2, 3], None, "missing"),
            ([[1, 2]], [1, 2], None, "one-dimensional"),
            ([1, 2, 3], [1, 2, 3], [1, 2], "`weights` must have the shape"),
            ([1, 2, 3], [1, 2, 3], [1, 0, 1], "whole numbers of at least 1"),
            ([1, 2, 3], [1, 2, 3], [1, 1.5, 1], "whole numbers of at least 1"),
            (["a", "b"], [1, 2], None, "not numbers"),
        ],
    )
    def test_bad_input(self, x, y, weights, message):
        with pytest.raises(cs.InputError, match=message):
            cs.tl.csn_statistic(x, y, weights=weights)


class TestMemory:
    def test_refused_with_numbers(self, mdata, monkeypatch):
        from csmir.inference import memory as _memory

        monkeypatch.setattr(_memory, "available", lambda: 100_000)
        with pytest.raises(
            cs.InputError, match=r"need about \d+ GB of memory; 0\.0 GB are free\. Use keep='significant'"
        ):
            cs.tl.regulation(mdata, keep="all")
        assert "regulation" not in mdata.mod

    def test_what_is_needed_grows_with_cells_and_pairs(self):
        from csmir.inference.memory import refuse_if_too_large

        refuse_if_too_large(10_000, 60_000, keep_all=False, share=0.07, free=4 * 10**9)
        with pytest.raises(cs.InputError, match="100,000 cells over 1,000,000 pairs need about 168 GB"):
            refuse_if_too_large(100_000, 1_000_000, keep_all=False, share=0.07, free=4 * 10**9)
        with pytest.raises(cs.InputError, match=r"Use out='run.zarr' \(onto the disk\), a prior \(fewer pairs\)"):
            refuse_if_too_large(100_000, 1_000_000, keep_all=False, share=0.07, free=4 * 10**9)
        refuse_if_too_large(100_000, 1_000_000, keep_all=False, share=0.07, free=4 * 10**9, on_disk=True)
