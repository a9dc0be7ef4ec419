"""Networks are brought back to their data by name, or it is said what changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import csmir as cs
from csmir._mudata.made_of import name_keys
from csmir.inference.origin import value_keys


@pytest.fixture(scope="module")
def inferred():
    """12 cells with pseudo-cells and networks whose null and signs are there."""
    mdata = cs.datasets.simulated(n_cells=12, n_mirnas=6, n_mrnas=15, seed=3)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=5)
    cs.tl.regulation(mdata, mdata.uns["prior"])
    cs.tl.null(mdata, n_permutations=2)
    cs.tl.sign(mdata)
    return mdata


@pytest.fixture
def mdata(inferred):
    return inferred.copy()


def moved(mdata, seed=0):
    """Networks, miRNAs and mRNAs with cells and variables each in an order of their own."""
    rng = np.random.default_rng(seed)
    for key in ("mirna", "mrna", "regulation"):
        adata = mdata[key]
        mdata.mod[key] = adata[rng.permutation(adata.n_obs), rng.permutation(adata.n_vars)].copy()
    return mdata


def test_null_and_sign_are_the_same_by_name_in_whatever_order(inferred, mdata):
    before, after = inferred["regulation"], moved(mdata)["regulation"]
    del after.obs["n_null"], after.var["sign"], after.var["correlation"]
    cs.tl.null(mdata, n_permutations=2)
    cs.tl.sign(mdata)
    after = after[before.obs_names, before.var_names]
    np.testing.assert_array_equal(after.obs["n_null"], before.obs["n_null"])
    np.testing.assert_array_equal(after.var["n_null"], before.var["n_null"])
    np.testing.assert_array_equal(after.var["correlation"], before.var["correlation"])
    for key in ("null_interactions", "n_interactions"):
        np.testing.assert_array_equal(after.uns["csmir"]["null"][key], before.uns["csmir"]["null"][key])


def test_the_null_of_networks_of_some_cells_is_theirs(inferred, mdata):
    some = mdata.obs_names[[7, 2, 5]]
    mdata.mod["regulation"] = mdata["regulation"][some].copy()
    cs.tl.null(mdata, n_permutations=2)
    cs.tl.sign(mdata)
    expected = inferred["regulation"]
    pd.testing.assert_series_equal(mdata["regulation"].obs["n_null"], expected.obs["n_null"][some])
    np.testing.assert_array_equal(mdata["regulation"].var["correlation"], expected.var["correlation"])


def test_an_older_file_is_read_by_name_alone(inferred, mdata):
    del mdata["regulation"].uns["csmir"]["origin"]
    mdata.mod["regulation"] = mdata["regulation"][::-1, ::-1].copy()
    cs.tl.null(mdata, n_permutations=2)
    before, after = inferred["regulation"].obs["n_null"], mdata["regulation"].obs["n_null"]
    pd.testing.assert_series_equal(after[before.index], before)


def changed_value(mdata):
    mirna = mdata["regulation"].var["mirna"].iloc[0]
    mdata["mirna"].X[3, mdata["mirna"].var_names.get_loc(mirna)] += 1


def renamed_cell(mdata):
    mdata["mirna"].obs_names = mdata["mrna"].obs_names = ["new", *mdata.obs_names[1:]]


def other_weights(mdata):
    cs.pp.bootstrap_cells(mdata, n_runs=5, seed=8)


def renamed_gene(mdata):
    gene = str(mdata["regulation"].var["mrna"].iloc[0])
    mdata["mrna"].var_names = [f"{n}x" if n == gene else n for n in mdata["mrna"].var_names]


def fewer_cells(mdata):
    for key in ("mirna", "mrna"):
        mdata.mod[key] = mdata[key][:8].copy()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (changed_value, "The values of 1 miRNAs in X changed"),
        (renamed_cell, "1 of the 12 cells that the networks were inferred from are not in the data"),
        (fewer_cells, "4 of the 12 cells that the networks were inferred from are not in the data"),
        (renamed_gene, "1 mRNAs of the networks are not in the data"),
        (other_weights, "The weights of the pseudo-cells changed"),
    ],
)
@pytest.mark.parametrize("step", ["null", "sign", "stability"])
def test_what_changed_is_said(mdata, change, said, step):
    change(mdata)
    with pytest.raises(cs.StepError, match=rf"{said}.*cs.tl.regulation\(mdata, net\)"):
        getattr(cs.tl, step)(mdata)


@pytest.mark.parametrize("step", ["null", "sign", "stability"])
def test_a_repeated_pair_is_said(mdata, step):
    mdata["regulation"].var.iloc[1] = mdata["regulation"].var.iloc[0]
    with pytest.raises(cs.InputError, match=r"list 1 pairs once more.*cs\.tl\.regulation\(mdata, net\)"):
        getattr(cs.tl, step)(mdata)


def test_seeds_are_tried_with_the_cells_in_their_order(mdata):
    cs.tl.stability(mdata, n_seeds=2)
    before = mdata["regulation"].uns["csmir"]["stability_seeds"]
    cs.tl.stability(moved(mdata), n_seeds=2)
    pd.testing.assert_frame_equal(mdata["regulation"].uns["csmir"]["stability_seeds"], before)
    mdata.mod["regulation"] = mdata["regulation"][:7].copy()
    with pytest.raises(cs.StepError, match="The networks have 7 of 12 cells"):
        cs.tl.stability(mdata)


def test_pairs_corrected_together_are_not_shuffled_apart():
    mdata = cs.datasets.simulated(n_cells=40, n_mirnas=6, n_mrnas=15, seed=3)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact")
    mdata.mod["regulation"] = mdata["regulation"][:, 1:].copy()
    with pytest.raises(cs.StepError, match="pairs that were tested together"):
        cs.tl.null(mdata)


def test_keys_of_values_hang_on_the_cells_and_on_nothing_else():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 5, (30, 7)).astype(float)
    cells = name_keys([f"c{i}" for i in range(30)])
    keys = value_keys(values, cells)
    order = rng.permutation(30)
    np.testing.assert_array_equal(value_keys(values[order], cells[order]), keys)
    for same in (sparse.csr_matrix(values), sparse.csc_matrix(values), values.astype(np.int16), values.astype(">f4")):
        np.testing.assert_array_equal(value_keys(same, cells), keys)
    swapped = values.copy()
    swapped[[0, 1]] = swapped[[1, 0]]
    differ = (values[0] != values[1]).astype(bool)
    np.testing.assert_array_equal(value_keys(swapped, cells) != keys, differ)
    assert len(set(keys.tolist())) == 7
