"""A modality of many pairs stands in the MuData as `update` would have put it."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir._mudata import append as _append


@pytest.fixture
def mdata():
    mdata = cs.datasets.simulated(n_cells=8, n_mirnas=4, n_mrnas=12, seed=0)
    del mdata.mod["truth"]
    mdata.update()
    mdata.var = pd.DataFrame(index=mdata.var_names)
    mdata.obsm["csmir_bootstrap"] = np.ones((8, 1), np.int16)
    return mdata


def state(mdata):
    return {
        "names": list(mdata.var_names),
        "map": {k: np.asarray(v).tolist() for k, v in mdata.varmap.items()},
        "mask": {k: np.asarray(v).tolist() for k, v in mdata.varm.items()},
        "cells": list(mdata.obs_names),
        "columns": (list(mdata.var.columns), list(mdata.obs.columns)),
    }


@pytest.mark.parametrize("twice", [False, True])
def test_the_state_is_that_of_update(mdata, monkeypatch, tmp_path, twice):
    plain, quick = mdata.copy(), mdata.copy()
    for _ in range(1 + twice):
        cs.tl.regulation(plain)
    monkeypatch.setattr(_append, "MANY", 0)
    for box_size in [0.3, 0.1][1 - twice :]:
        cs.tl.regulation(quick, box_size=box_size)
    assert state(quick) == state(plain)
    part = quick[quick.obs_names[2:5]].copy()
    assert part["regulation"].shape == (3, 48)
    quick.write_h5mu(tmp_path / "m.h5mu")
    assert state(mudata.read_h5mu(tmp_path / "m.h5mu"))["names"] == state(plain)["names"]


def test_columns_on_the_features_go_through_update(mdata, monkeypatch):
    mdata.var["kind"] = "x"
    monkeypatch.setattr(_append, "MANY", 0)
    cs.tl.regulation(mdata)
    assert mdata.var.loc[mdata["mirna"].var_names, "kind"].eq("x").all()
    assert mdata["regulation"].n_vars == 48
