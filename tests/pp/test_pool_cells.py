"""Pools of cells: who is in which, what they hold, and that both modalities are pooled alike."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData
from scipy import sparse

import csmir as cs


def make(n_cells=60, *, seed=0, container=np.array):
    rng = np.random.default_rng(seed)
    side = np.arange(n_cells) % 2
    mirna = rng.poisson(5, (n_cells, 4)).astype(np.float32)
    mrna = rng.poisson(np.where(side[:, None] == 1, 40, 4), (n_cells, 30)).astype(np.float32)
    index = pd.Index([f"c{i}" for i in range(n_cells)])
    parts = {
        key: AnnData(container(x), obs=pd.DataFrame(index=index), layers={"raw": container(2 * x)})
        for key, x in (("mirna", mirna), ("mrna", mrna))
    }
    for key, part in parts.items():
        part.var_names = [f"{key}{j}" for j in range(part.n_vars)]
    mdata = MuData(parts)
    mdata.obs["side"] = pd.Categorical(np.where(side == 1, "high", "low"))
    mdata.obs["batch"] = np.arange(n_cells) % 3
    return mdata


def members(pools):
    table = pools.uns["csmir"]["pools"]
    return table.groupby("pool", observed=True, sort=False)["cell"].apply(list)


def dense(x):
    return x.toarray() if sparse.issparse(x) else np.asarray(x)


@pytest.mark.parametrize("how", ["sum", "mean"])
@pytest.mark.parametrize("container", [np.array, sparse.csr_matrix, sparse.csc_matrix])
def test_values_are_those_of_the_members(how, container):
    mdata = make(container=container)
    pools = cs.pp.pool_cells(mdata, size=7, how=how)
    found = members(pools)
    assert sorted(cell for pool in found for cell in pool) == sorted(mdata.obs_names)
    for key in ("mirna", "mrna"):
        for layer in (None, "raw"):
            x, out = (m[key].X if layer is None else m[key].layers[layer] for m in (mdata, pools))
            assert sparse.issparse(out) == sparse.issparse(x)
            assert out.dtype == np.float32
            for pool, cells in found.items():
                values = dense(x)[mdata.obs_names.get_indexer(cells)].astype(float)
                expected = values.sum(axis=0) if how == "sum" else values.mean(axis=0)
                np.testing.assert_allclose(dense(out)[pools.obs_names.get_loc(pool)], expected, rtol=1e-6)


@pytest.mark.parametrize(("n_cells", "size"), [(60, 7), (61, 10), (100, 3), (9, 20), (64, 2)])
def test_sizes_are_equal_but_for_one_cell(n_cells, size):
    pools = cs.pp.pool_cells(make(n_cells), size=size)
    sizes = pools.obs["n_pooled"]
    assert len(sizes) == max(1, round(n_cells / size))
    assert sizes.sum() == n_cells
    assert sizes.max() - sizes.min() <= 1


def test_similar_cells_are_pooled():
    mdata = make()
    pools = cs.pp.pool_cells(mdata, size=6)
    side = mdata.obs["side"]
    assert all(len(set(side[cells])) == 1 for cells in members(pools))
    assert set(pools.obs["side"]) == {"high", "low"}  # kept, since no pool mixes them
    assert "batch" not in pools.obs


def test_groups_are_not_mixed():
    mdata = make()
    pools = cs.pp.pool_cells(mdata, "batch", size=5)
    batch = mdata.obs["batch"]
    for pool, cells in members(pools).items():
        assert len(set(batch[cells])) == 1
        assert str(pool).startswith(f"{batch[cells[0]]}-pool_")
    whole = cs.pp.pool_cells(mdata, "side", size=None)
    assert sorted(whole.obs_names) == ["high", "low"]


def test_cells_without_a_group_or_a_modality_are_left_out():
    mdata = make()
    mdata.obs["side"] = mdata.obs["side"].where(np.arange(60) > 9)
    part = MuData({"mirna": mdata["mirna"][:50].copy(), "mrna": mdata["mrna"].copy()})
    part.obs["side"] = mdata.obs["side"]
    pools = cs.pp.pool_cells(part, "side", size=4)
    assert pools.obs["n_pooled"].sum() == 40


def test_a_space_of_ones_own():
    mdata = make()
    mdata["mrna"].obsm["X_line"] = np.column_stack([np.arange(60), np.zeros(60)])
    pools = cs.pp.pool_cells(mdata, size=10, space="X_line")
    assert members(pools).tolist() == [[f"c{i}" for i in range(k, k + 10)] for k in range(0, 60, 10)]


def test_survives_a_file_and_gives_networks(tmp_path):
    mdata = cs.datasets.simulated(n_cells=400, n_mirnas=10, n_mrnas=60, seed=1)
    pools = cs.pp.pool_cells(mdata, size=4)
    pools.write(tmp_path / "pools.h5mu")
    again = mudata.read_h5mu(tmp_path / "pools.h5mu")
    pd.testing.assert_frame_equal(
        pools.uns["csmir"]["pools"].astype(str), again.uns["csmir"]["pools"].astype(str), check_index_type=False
    )
    cs.pp.recipe_csmir(again)
    cs.tl.regulation(again, mdata.uns["prior"])
    assert again["regulation"].n_obs == 100
    same = cs.pp.pool_cells(mdata, size=4)
    assert dense(same["mrna"].X).tobytes() == dense(pools["mrna"].X).tobytes()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"size": None}, "size=20"),
        ({"size": 1}, "at least 2"),
        ({"how": "median"}, "mean"),
        ({"groups": "sied"}, "Did you mean 'side'"),
        ({"space": "X_pac"}, "Did you mean 'X_pca'"),
    ],
)
def test_errors_say_what_to_do(options, words):
    mdata = make()
    mdata["mrna"].obsm["X_pca"] = np.zeros((60, 2))
    with pytest.raises(cs.InputError, match=words):
        cs.pp.pool_cells(mdata, **options)
