"""A step that is stopped at its last line, everything written, leaves the object as it was: every one of tl and pp."""

from __future__ import annotations

import hashlib
import inspect
import sys

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from benchmarks.alignment.steps import STEPS, inferred
from mudata import MuData
from scipy import sparse

import csmir as cs
from csmir._mudata import global_index

QUIET = {"progress": False}
NEW = {"power", "csn_statistic", "pool_cells", "pseudocells"}  # they return what they make


def net(mdata):
    return mdata.uns["prior"]


AFTER_CSN = STEPS | {
    "module_scores": lambda m: cs.tl.module_scores(m, network="cell_01", regulation="regulation", min_size=1),
    "association": lambda m: cs.tl.association(m, net(m), factors=0),
}
AFTER_LOCAL = {"direct": lambda m: cs.tl.direct(m), "intervals": lambda m: cs.tl.intervals(m, order="place")}
OF_DATA = {
    "bootstrap_cells": lambda m: cs.pp.bootstrap_cells(m, n_runs=3),
    "covariates": lambda m: cs.pp.covariates(m),
    "detection_floor": lambda m: cs.pp.detection_floor(m, 1e-2, modality="mirna"),
    "filter_constant": lambda m: cs.pp.filter_constant(m),
    "handle_missing": lambda m: cs.pp.handle_missing(m, method="zero"),
    "handle_missing drop": lambda m: cs.pp.handle_missing(m, method="drop"),
    "log2p1": lambda m: cs.pp.log2p1(m),
    "merge_duplicates": lambda m: cs.pp.merge_duplicates(m),
    "merge_loci": lambda m: cs.pp.merge_loci(m),
    "normalize": lambda m: cs.pp.normalize(m),
    "recipe_csmir": lambda m: cs.pp.recipe_csmir(m, missing="zero"),
    "repair_symbols": lambda m: cs.pp.repair_symbols(m),
    "undo_log2": lambda m: cs.pp.undo_log2(m, modality="mirna"),
}
BEFORE = {
    "module_similarity": ["modules"],
    "module_scores": ["modules"],
    "family": ["conservation"],
    "validate": ["hubs"],
    "crosstalk": ["similarity"],
    "cluster": ["similarity"],
    "neighbors": ["similarity"],
}
NEEDS_NUMBERS = {"normalize", "covariates", "log2p1", "undo_log2", "filter_constant"}


def seen(value) -> object:
    """Everything in an object, as what can be compared."""
    if isinstance(value, MuData):
        own = [seen(getattr(value, name)) for name in ("obs", "var", "uns", "obsm", "varm", "obsp", "varp", "obsmap")]
        return {name: seen(part) for name, part in value.mod.items()}, own
    if isinstance(value, AnnData):
        names = ("X", "obs", "var", "uns", "obsm", "varm", "obsp", "varp")
        layers = {name: seen(value.layers[name]) for name in value.layers if name}
        return [seen(getattr(value, name)) for name in names], layers
    if isinstance(value, pd.DataFrame):
        return value.to_csv(), str(value.dtypes)
    if sparse.issparse(value):
        return [seen(part) for part in (value.indptr, value.indices, value.data)]
    if hasattr(value, "items"):
        return {key: seen(part) for key, part in value.items()}
    if isinstance(value, np.ndarray) and value.dtype != object:
        return str(value.dtype), value.shape, hashlib.sha1(np.ascontiguousarray(value)).hexdigest()
    return repr(value)


class Stop(BaseException):
    """What no step awaits."""


def stopped(func, call, mdata, at: int) -> int:
    """Lines of the function that a call goes through, or until it is stopped at this one."""
    code, n = inspect.unwrap(func).__code__, 0

    def on_line(frame, event, arg):
        nonlocal n
        if event == "line":
            n += 1
            if n == at:
                raise Stop
        return on_line

    before = sys.gettrace()
    sys.settrace(lambda frame, event, arg: on_line if frame.f_code is code else None)
    try:
        call(mdata)
    finally:
        sys.settrace(before)
    return n


def check(func, call, mdata) -> None:
    before, copy = seen(mdata), mdata.copy()
    n = stopped(func, call, copy, 0)
    assert seen(copy) != before  # the call writes something
    with pytest.raises(Stop):
        stopped(func, call, mdata, n)
    assert seen(mdata) == before


pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


@pytest.fixture(scope="module")
def csn():
    return inferred("csn", n_cells=24)


@pytest.fixture(scope="module")
def local():
    mdata = cs.datasets.simulated(n_cells=60, n_mirnas=8, n_mrnas=30, prior_density=0.4, prevalence=0.4, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, net(mdata), statistic="local", alpha=0.2, adjust=None, factors=0, **QUIET)
    mdata.obs["place"] = np.arange(60.0)
    return mdata


@pytest.mark.parametrize("name", AFTER_CSN)
@pytest.mark.filterwarnings("ignore")
def test_a_stopped_step_after_regulation_leaves_the_object(csn, name):
    mdata = csn.copy()
    for step in BEFORE.get(name, []):
        STEPS[step](mdata)
    if name == "neighbors":
        STEPS[name](mdata.copy())  # compiles what it calls, which takes long under a trace
    check(getattr(cs.tl, name), AFTER_CSN[name], mdata)


@pytest.mark.parametrize("name", AFTER_LOCAL)
@pytest.mark.filterwarnings("ignore")
def test_a_stopped_step_after_local_leaves_the_object(local, name):
    check(getattr(cs.tl, name), AFTER_LOCAL[name], local.copy())


@pytest.mark.parametrize("name", OF_DATA)
@pytest.mark.filterwarnings("ignore")
def test_a_stopped_step_on_data_leaves_the_object(name):
    mdata = cs.datasets.simulated(n_cells=20, n_mirnas=6, n_mrnas=30, seed=1)
    if name not in NEEDS_NUMBERS:
        mdata["mrna"].X[0, :3] = np.nan
    mdata["mrna"].X[:, 5] = 1
    twice = ["hsa-let-7a-5p"] * (1 if name == "merge_loci" else 2)
    names = ["hsa-mir-16-1", "hsa-mir-16-2", *twice]
    mdata["mirna"].var_names = [*names, *mdata["mirna"].var_names[len(names) :]]
    mdata["mrna"].var_names = ["14-Sep", "1-Mar", *mdata["mrna"].var_names[2:]]
    if name == "undo_log2":
        mdata["mirna"].X = np.log2(mdata["mirna"].X + 0.1)
    check(getattr(cs.pp, name.split()[0]), OF_DATA[name], mdata)


def test_regulation_stopped_as_it_writes_leaves_the_object(csn):
    """It writes nothing but its modality, as the last thing it does."""

    def call(mdata):
        cs.tl.regulation(mdata, net(mdata), statistic="exact", alpha=0.2, adjust=None, **QUIET)

    mdata = csn.copy()
    before = seen(mdata)
    n = stopped(global_index._set, call, csn.copy(), 0)
    for at in range(1, n + 1, 5):
        with pytest.raises(Stop):
            stopped(global_index._set, call, mdata, at)
        assert seen(mdata) == before


def test_a_stopped_step_leaves_the_networks_alone(csn):
    """A call on the AnnData of the networks, as on the whole object."""
    adata = csn["regulation"].copy()
    before = seen(adata)
    n = stopped(cs.tl.hubs, cs.tl.hubs, adata.copy(), 0)
    with pytest.raises(Stop):
        stopped(cs.tl.hubs, cs.tl.hubs, adata, n)
    assert seen(adata) == before


def test_a_stopped_step_leaves_a_view_with_the_same_values(csn):
    whole = csn.copy()
    for data in (whole[whole.obs_names[:15]], whole["regulation"][:15]):
        before = seen(data)
        n = stopped(cs.tl.hubs, cs.tl.hubs, data.copy(), 0)
        with pytest.raises(Stop):
            stopped(cs.tl.hubs, cs.tl.hubs, data, n)
        assert seen(data) == before


def test_every_function_of_tl_and_pp_is_tried():
    tried = {"regulation"} | {name.split()[0] for name in (*AFTER_CSN, *AFTER_LOCAL, *OF_DATA)}
    assert tried == (set(cs.tl.__all__) | set(cs.pp.__all__)) - NEW
