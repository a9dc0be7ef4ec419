"""A modality stands in the MuData as in one made anew of the same modalities, with all that was noted of its rows."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import anndata
import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData
from scipy import sparse

import csmir as cs
from csmir._mudata import assemble as _assemble
from csmir._mudata import global_index as _global_index

OLD = hasattr(mudata, "set_options")  # mudata < 0.4
PULL = [None, True, False] if OLD else [True, False]


@contextmanager
def pulling(value):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        if OLD:
            with mudata.set_options(pull_on_update=value):
                yield
        else:
            with mudata.settings.override(pull_on_update=value):
                yield


def options():
    """Every option of mudata and anndata as it stands."""
    return repr(dict(mudata._core.config.OPTIONS) if OLD else mudata.settings), repr(anndata.settings)


@pytest.fixture
def mdata():
    mdata = cs.datasets.simulated(n_cells=8, n_mirnas=4, n_mrnas=12, seed=0)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=3)
    return mdata


def state(mdata):
    return {
        "names": list(mdata.var_names),
        "cells": list(mdata.obs_names),
        "map": {k: np.ravel(v).tolist() for attr in (mdata.varmap, mdata.obsmap) for k, v in attr.items()},
        "mask": {k: np.ravel(mdata.varm[k]).tolist() + np.ravel(mdata.obsm[k]).tolist() for k in mdata.mod},
        "columns": (list(mdata.var.columns), list(mdata.obs.columns)),
    }


def anew(mdata):
    """What mudata itself makes of these modalities."""
    with pulling(False):
        out = MuData(dict(mdata.mod))
        out.obs = mdata.obs
        return out


def net_of(mdata, first, last):
    return mdata.uns["prior"].iloc[first:last]


@pytest.mark.parametrize("pull", PULL)
def test_modalities_come_and_go_as_they_like(mdata, pull):
    """A second prior, neither more nor less than the first: mudata's own update refuses that."""
    net = pd.DataFrame({"source": np.repeat(mdata["mirna"].var_names, mdata["mrna"].n_vars)})
    net["target"] = np.tile(mdata["mrna"].var_names, mdata["mirna"].n_vars)
    with pulling(pull):
        cs.tl.regulation(mdata, net.iloc[:20])
        cs.tl.comparator(mdata, net.iloc[5:30], method="lioness_pearson")
        cs.tl.regulation(mdata, net.iloc[15:25])
        cs.tl.synergy(mdata, adjust=False, min_shared=1)
        cs.tl.sponge(mdata, adjust=False, min_shared=1)
        cs.tl.activity(mdata, mdata.uns["prior"], key_added="activity", min_targets=1)
        cs.tl.comparator(mdata, net.iloc[:9], method="lioness_pearson")
        cs.tl.regulation(mdata)
    assert state(mdata) == state(anew(mdata))
    assert mdata["regulation"].n_vars == len(net)
    assert mdata.obsm["csmir_bootstrap"].shape == (8, 3)


def test_names_that_repeat_and_names_that_two_modalities_share():
    parts = {
        "a": AnnData(np.zeros((3, 3)), obs=pd.DataFrame(index=list("xyz")), var=pd.DataFrame(index=["g", "h", "g"])),
        "b": AnnData(np.zeros((2, 2)), obs=pd.DataFrame(index=list("zw")), var=pd.DataFrame(index=["g", "k"])),
    }
    with warnings.catch_warnings(), pulling(False):
        warnings.simplefilter("ignore")
        expected = state(MuData(parts))
    assert state(_assemble.assemble(parts)) == expected
    assert expected["cells"] == ["x", "y", "z", "w"]


def test_what_is_noted_of_rows_goes_with_their_names(mdata):
    names = mdata.var_names
    mdata.var["kind"] = np.arange(len(names))
    mdata.var["good"] = True
    mdata.varm["pca"] = np.arange(len(names))[:, None] * 2
    mdata.varp["near"] = sparse.identity(len(names), format="csr")
    mdata.obs["depth"] = np.arange(8)
    mdata.obsp["near"] = sparse.identity(8, format="csr")
    mdata.mod["mrna"] = mdata["mrna"][:, ::-1][:, :10].copy()
    mdata.mod["mirna"] = mdata["mirna"][3:].copy()
    mdata.mod["truth"] = mdata["truth"][5:].copy()
    kept = mdata["mrna"].var_names
    _assemble.set_modality(mdata, "mrna", mdata["mrna"])
    of_mrnas = mdata.var_names[np.ravel(mdata.varm["mrna"])]
    assert of_mrnas.tolist() == kept.tolist()
    expected = names.get_indexer(kept)
    assert mdata.var.loc[kept, "kind"].tolist() == expected.tolist()
    assert mdata.varm["pca"][mdata.var_names.get_indexer(kept), 0].tolist() == (2 * expected).tolist()
    assert mdata.varp["near"].diagonal().sum() == mdata.n_vars
    del mdata.obsm["csmir_bootstrap"]  # of other cells by now
    cs.tl.regulation(mdata)
    added = mdata["regulation"].var_names
    assert mdata.var.loc[added, "kind"].isna().all()
    assert mdata.var["good"].dtype == "boolean"
    assert np.isnan(mdata.varm["pca"][mdata.var_names.get_indexer(added)]).all()
    assert mdata.obs["depth"].tolist() == list(range(8))


@pytest.mark.parametrize("pull", PULL)
def test_every_option_of_mudata_with_every_way_to_pass_an_object_on(mdata, tmp_path, pull):
    cs.tl.regulation(mdata)
    weights = mdata.obsm["csmir_bootstrap"].copy()
    with pulling(pull):
        before = options()
        mdata.write_h5mu(tmp_path / "m.h5mu")
        mdata.write_zarr(tmp_path / "m.zarr")
        ways = [
            mdata.copy(),
            _assemble.duplicate(mdata),
            _assemble.duplicate(mdata[:]),
            mdata[mdata.obs_names].copy(),
            mudata.read_h5mu(tmp_path / "m.h5mu"),
            mudata.read_zarr(tmp_path / "m.zarr"),
            cs.io.read(tmp_path / "m.h5mu"),
        ]
        for other in ways:
            other.update()
            assert (other.obsm["csmir_bootstrap"] == weights).all()
            cs.tl.regulation(other, other.uns["prior"], box_size=0.3)
            cs.tl.hubs(other)
            other.update()
            assert other.obs_names.tolist() == mdata.obs_names.tolist()
        part = mdata[mdata.obs_names[[5, 2, 3]]].copy()
        part.update()
        assert (part.obsm["csmir_bootstrap"] == weights[mdata.obs_names.get_indexer(part.obs_names)]).all()
        assert part["regulation"].n_obs == 3
        assert options() == before


def test_integer_weights_of_earlier_versions(mdata, tmp_path):
    cs.tl.regulation(mdata)
    new = mdata["regulation"].X
    mdata.obsm["csmir_bootstrap"] = mdata.obsm["csmir_bootstrap"].astype(np.int16)
    mdata.write_h5mu(tmp_path / "old.h5mu")
    for pull in PULL:
        with pulling(pull):
            old = cs.io.read(tmp_path / "old.h5mu")
            assert old.obsm["csmir_bootstrap"].dtype == np.int16
            for again in (old, _assemble.duplicate(old)):
                cs.tl.regulation(again)
                assert (new != again["regulation"].X).nnz == 0
            assert cs.pp.pseudocells(old, run=1).n_obs == cs.pp.pseudocells(mdata, run=1).n_obs


@pytest.mark.parametrize("pull", PULL)
def test_whole_numbers_of_the_user_beside_partly_paired_cells_are_read(tmp_path, pull):
    """Which mudata.read_h5mu cannot with pull_on_update=False: it puts NaN into them."""
    full = cs.datasets.simulated(n_cells=12)
    with pulling(pull):
        mdata = _assemble.assemble({"mirna": full["mirna"][:10].copy(), "mrna": full["mrna"][2:].copy()})
        mdata.obsm["mine"] = np.arange(24).reshape(12, 2)
        mdata.write_h5mu(tmp_path / "a.h5mu")
        again = cs.io.read(tmp_path / "a.h5mu")
    assert again.obs_names.equals(mdata.obs_names)
    assert again.obsm["mine"].dtype == int
    np.testing.assert_array_equal(again.obsm["mine"], mdata.obsm["mine"])


def test_weights_that_are_no_whole_numbers(mdata):
    for wrong in (0.5, np.nan, 0):
        mdata.obsm["csmir_bootstrap"][3, 1] = wrong
        with pytest.raises(cs.InputError, match="1 of them have no whole weight of 1 or more"):
            cs.tl.regulation(mdata)


@pytest.mark.parametrize("at", ["_set", "fingerprints", "index"])
def test_a_step_that_fails_leaves_the_object_as_it_was(mdata, monkeypatch, at):
    cs.tl.regulation(mdata, net_of(mdata, 0, 6))
    before, was = state(mdata), mdata["regulation"]
    original, calls = _global_index._set, []

    def fails(mdata, parts, axes, hashes):
        calls.append(1)
        if len(calls) == 1:  # in the middle: half of the object is set
            original(mdata, parts, {"obs": axes["obs"]}, hashes)
            raise KeyboardInterrupt
        original(mdata, parts, axes, hashes)

    def broken(*_, **__):
        raise MemoryError

    name, function = {"_set": ("_set", fails), "fingerprints": ("_fingerprints", broken), "index": ("indexed", broken)}[
        at
    ]
    monkeypatch.setattr(_global_index, name, function)
    with pytest.raises((KeyboardInterrupt, MemoryError)):
        cs.tl.regulation(mdata, net_of(mdata, 3, 9))
    assert state(mdata) == before
    assert mdata["regulation"] is was


def test_a_stop_in_a_compiled_function_of_others_is_a_stop(monkeypatch):
    """What Python 3.11 made of Ctrl-C in umap's `smooth_knn_dist`, under scanpy.pp.neighbors."""

    def stopped(adata, **_):
        adata.obs["half"] = 1
        inner = SystemError("<function _numba_unpickle> returned a result with an exception set")
        inner.__cause__ = KeyboardInterrupt()
        raise SystemError("CPUDispatcher(...) returned a result with an exception set") from inner

    monkeypatch.setattr("scanpy.pp.neighbors", stopped)
    networks = cs.datasets.simulated(seed=0)
    cs.tl.similarity(networks, on="interactions", regulation="truth")
    before = state(networks)
    with pytest.raises(KeyboardInterrupt):
        cs.tl.neighbors(networks, n_neighbors=5, regulation="truth")
    assert state(networks) == before


def test_threads_disturb_neither_each_other_nor_the_options(mdata):
    """Small share of `python -m benchmarks.threads`."""
    cs.tl.regulation(mdata)
    expected, before, filters = mdata["regulation"].X, options(), list(warnings.filters)

    def work(i):
        own = _assemble.duplicate(mdata) if i % 2 else mdata.copy()
        cs.tl.regulation(own, n_threads=1)
        cs.tl.comparator(own, net_of(own, i % 4, i % 4 + 3), method="lioness_pearson")
        return (expected != own["regulation"].X).nnz == 0 and own["regulation"].X.nnz == expected.nnz

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(16)))
    assert options() == before
    assert list(warnings.filters) == filters
