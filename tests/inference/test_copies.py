"""Cells that are exact copies of another: said, dropped or counted once, and chance finds no more for them then."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData
from scipy import sparse

import csmir as cs

N, SHARE = 200, 0.3


def independent(share, seed=0, n=N, wrap=np.asarray):
    """Independent miRNAs and mRNAs, with a share of the cells there twice or more, in mixed order."""
    rng = np.random.default_rng(seed)
    n_unlike = round(n * (1 - share))
    at = rng.permutation(np.concatenate([np.arange(n_unlike), rng.choice(n_unlike, n - n_unlike)]))
    cells = [f"c{i}" for i in range(n)]

    def part(n_features, prefix):
        x = np.round(rng.gamma(2, 10, (n_unlike, n_features)), 3)[at]
        names = [f"{prefix}{i}" for i in range(n_features)]
        return AnnData(wrap(x), obs=pd.DataFrame(index=cells), var=pd.DataFrame(index=names))

    return MuData({"mirna": part(15, "hsa-miR-"), "mrna": part(40, "G")}), at


def rate(mdata, **options):
    options = {"adjust": None, "alpha": 0.05} | options
    out = cs.tl.regulation(mdata, statistic="local", copy=True, **options)["regulation"]
    return out.X.nnz / out.shape[0] / out.shape[1], out


def test_error_rates(caplog):
    none, _ = rate(independent(0)[0])
    mdata, _ = independent(SHARE)
    caplog.clear()
    as_they_are, _ = rate(mdata)
    assert f"60 of {N} cells are exact copies of another cell" in caplog.text
    assert none < 0.06
    assert as_they_are > 1.5 * none
    for way, n_networks in (("drop", 140), ("weigh", N)):
        found, networks = rate(mdata, duplicates=way)
        assert found < 0.06, way
        assert networks.n_obs == n_networks
        assert networks.uns["csmir"]["regulation"]["duplicates"] == way


@pytest.mark.parametrize("statistic", ["csn", "exact", "local"])
def test_both_ways_are_the_networks_of_the_unlike_cells(statistic):
    mdata, at = independent(SHARE, n=60)
    first = np.sort(np.unique(at, return_index=True)[1])
    options = {"statistic": statistic, "alpha": 0.2} | ({} if statistic == "csn" else {"adjust": None})
    alone = cs.tl.regulation(mdata[mdata.obs_names[first]].copy(), copy=True, **options)["regulation"]
    assert alone.X.nnz
    drop = cs.tl.regulation(mdata, duplicates="drop", copy=True, **options)["regulation"]
    assert drop.obs_names.tolist() == mdata.obs_names[first].tolist()
    assert (drop.X != alone.X).nnz == 0
    weigh = cs.tl.regulation(mdata, duplicates="weigh", copy=True, **options)["regulation"]
    assert weigh.obs_names.tolist() == mdata.obs_names.tolist()
    row = {profile: i for i, profile in enumerate(at[first])}
    of = [row[profile] for profile in at]
    assert (alone.X[of] != weigh.X).nnz == 0
    np.testing.assert_array_equal(weigh.var["n_cells"], (alone.X[of] != 0).sum(axis=0).A1)
    np.testing.assert_array_equal(weigh.obs["n_interactions"], np.diff(weigh.X.indptr))


def test_null_of_networks_without_copies():
    mdata, at = independent(SHARE, n=60)
    for way in ("drop", "weigh"):
        networks = cs.tl.regulation(mdata, statistic="exact", adjust=None, alpha=0.1, duplicates=way, copy=True)
        cs.tl.null(networks, n_permutations=2)
        n_null = networks["regulation"].obs["n_null"].to_numpy()
        assert len(n_null) == networks["regulation"].n_obs
        if way == "weigh":
            for profile in np.unique(at):
                assert len(set(n_null[at == profile])) == 1


@pytest.mark.parametrize("wrap", [sparse.csr_matrix, sparse.csc_matrix, lambda x: x.astype(np.float32)])
def test_whatever_holds_the_numbers(wrap, caplog):
    cs.tl.regulation(independent(SHARE, n=40, wrap=wrap)[0], statistic="exact")
    assert "12 of 40 cells are exact copies" in caplog.text


def test_no_copies_no_word(caplog):
    cs.tl.regulation(independent(0, n=40)[0], statistic="exact")
    assert "copies" not in caplog.text


def test_the_same_profile_in_two_groups_is_no_copy(caplog):
    mdata, at = independent(0.5, n=40)
    mdata.obs["side"] = pd.Series(at, index=mdata.obs_names).duplicated().map({True: "a", False: "b"})
    cs.tl.regulation(mdata, statistic="exact", groups="side")
    n = int(pd.DataFrame({"at": at, "side": mdata.obs["side"].to_numpy()}).duplicated().sum())
    assert f"{n} of 40 cells are exact copies" in caplog.text
    assert n < 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duplicates": "ignore"}, "`duplicates` must be one of 'weigh', 'drop'"),
        ({"duplicates": "weigh", "out": "x.zarr"}, "needs the networks in memory"),
        ({"duplicates": "drop", "pseudo_cells": True}, "pseudo-cells do not go together"),
    ],
)
def test_what_does_not_go_together(options, message):
    mdata, _ = independent(SHARE, n=30)
    cs.pp.bootstrap_cells(mdata, n_runs=2)
    statistic = "csn" if "pseudo_cells" in options else "exact"
    with pytest.raises(cs.InputError, match=message):
        cs.tl.regulation(mdata, statistic=statistic, **options)


def test_groups_of_one_cell_each(caplog):
    mdata, _ = independent(0, n=30)
    mdata.obs["g"] = ["a", "b", *["c"] * 28]
    cs.tl.regulation(mdata, statistic="exact", groups="g")
    assert "2 of 3 groups in 'g' have fewer than 3 cells ('a', 'b')" in caplog.text


def test_cells_that_are_only_numbered(caplog):
    mirna = pd.DataFrame({"hsa-miR-21-5p": [1, 2, 3], "hsa-let-7a-5p": [0, 1, 0]})
    mrna = pd.DataFrame({"PTEN": [3, 2, 1], "TP53": [1, 0, 1]})
    cs.io.make_mudata(mirna, mrna)
    assert "only numbered (0 to 2)" in caplog.text
    caplog.clear()
    cs.io.make_mudata(mirna.set_axis(list("abc")), mrna.set_axis(list("abc")))
    assert "only numbered" not in caplog.text


def test_networks_find_their_copies_wherever_they_moved():
    mdata, _ = independent(SHARE, n=60)
    cs.tl.regulation(mdata, statistic="exact", adjust=None, alpha=0.1, duplicates="weigh")
    straight = cs.tl.null(mdata, n_permutations=2, copy=True)["regulation"].obs["n_null"]
    moved = mdata[mdata.obs_names[::-1]].copy()
    found = cs.tl.null(moved, n_permutations=2, copy=True)["regulation"].obs["n_null"]
    pd.testing.assert_series_equal(found.loc[straight.index], straight)
