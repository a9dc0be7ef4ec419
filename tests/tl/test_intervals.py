"""Stretches of a trajectory through the public interface."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from tests.kernels.worlds import world
from tests.tl.test_null import mdata_of

import csmir as cs
from csmir import InputError, StepError


def along(slope: float, n: int = 400, seed: int = 0):
    """A path of cells; ten pairs regulated in the middle of it."""
    rng = np.random.default_rng(seed)
    w = world(seed, n=n, n_x=10, n_y=100, n_pairs=60, trajectory=True)
    x, y = w.x.copy(), w.y.copy()
    truth = np.zeros((60, n), bool)
    place = np.argsort(np.argsort(w.time))
    middle = (place >= 0.35 * n) & (place < 0.7 * n)
    chosen = np.unique(w.pair_y, return_index=True)[1][:10]
    for q in chosen:
        centred = np.log1p(x[w.pair_x[q]]) - np.log1p(x[w.pair_x[q]]).mean()
        y[w.pair_y[q]] = rng.poisson(np.exp(4 - slope * centred * middle + 0.5 * rng.normal(size=n)))
        truth[q] = middle
    mdata = mdata_of(w._replace(x=x, y=y))
    mdata.obs["time"] = w.time
    return mdata, truth, place


def test_stretches_are_found_inside_the_true_ones(tmp_path):
    mdata, truth, place = along(1.2)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", neighbors="expression")
    cs.tl.intervals(mdata, order="time")
    adata = mdata["regulation"]
    np.testing.assert_array_equal(adata.obs["path"], place)
    table = cs.get.intervals(mdata)
    at = pd.MultiIndex.from_frame(adata.var[["mirna", "mrna"]].astype(str))
    called = np.zeros_like(truth)
    path = adata.obs["path"].to_numpy()
    for row in table.itertuples():
        q = at.get_loc((row.mirna, row.mrna))
        called[q] = (path >= table.loc[row.Index, "from"]) & (path < row.to)
    assert (called & truth).sum() > 0.25 * truth.sum()
    assert (called & ~truth).sum() < 0.1 * called.sum()
    mdata.write_h5mu(tmp_path / "m.h5mu")
    pd.testing.assert_frame_equal(cs.get.intervals(mudata.read_h5mu(tmp_path / "m.h5mu")), table, check_dtype=False)


def test_parents_and_transcription_are_held():
    rng = np.random.default_rng(0)
    mdata, _, _ = along(0.0)
    x, y = mdata["mirna"].X, mdata["mrna"].X
    prior = mdata.uns["prior"]
    mirna = prior["source"][0]
    of = prior.index[prior["source"] == mirna]
    host = mdata["mrna"].var_names.difference(prior["target"])[0]
    level = rng.normal(size=len(x))
    y[:, mdata["mrna"].var_names.get_loc(host)] = rng.poisson(np.exp(6 + level))
    x[:, mdata["mirna"].var_names.get_loc(mirna)] = rng.poisson(np.exp(4 + level))
    at = mdata["mrna"].var_names.get_indexer(prior.loc[of, "target"])
    y[:, at] = rng.poisson(np.exp(4 - level[:, None] + 0.5 * rng.normal(size=(len(x), len(at)))))
    mdata["mrna"].layers["unspliced"] = rng.poisson(20, y.shape).astype(float)
    mdata["mrna"].layers["unspliced"][:, at] = np.exp(10 - level)[:, None]  # as exact as can be
    mdata.uns["prior"] = pd.concat([prior, pd.DataFrame({"source": [mirna], "target": [host]})])
    parents = pd.DataFrame({"source": [host], "target": [mirna]})
    found = {}
    for name, options in {"none": {}, "parents": {"parents": parents}, "layer": {"transcription": "unspliced"}}.items():
        cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", neighbors="expression", factors=0, **options)
        cs.tl.intervals(mdata, order="time")
        table = mdata["regulation"].uns["csmir"]["intervals"]
        mine = (table["mirna"] == mirna) & (table["mrna"] != host)
        found[name] = (table.loc[mine, "qvalue"] <= 0.05).sum()
        of_host = table[(table["mirna"] == mirna) & (table["mrna"] == host)].iloc[0]
        assert np.isnan(of_host["pvalue"]) == (name == "parents")
        assert name != "parents" or of_host["from"] == of_host["to"]
    assert found["none"] > 0.6 * len(of)
    assert found["parents"] <= 0.2 * len(of)
    assert found["layer"] <= 0.2 * len(of)


def test_without_an_order_the_diffusion_component_gives_it():
    w = world(3, n=500, n_x=6, n_y=100, n_pairs=40, trajectory=True)
    half = w.time < 0.5  # of what is a cycle
    mdata = mdata_of(w._replace(x=w.x[:, half], y=w.y[:, half], types=w.types[half], known=w.known[half]))
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", neighbors="expression")
    cs.tl.intervals(mdata)
    path = mdata["regulation"].obs["path"]
    assert sorted(path) == list(range(half.sum()))
    assert abs(np.corrcoef(path, w.time[half])[0, 1]) > 0.95


def test_nothing_is_found_where_nothing_is():
    mdata, _, _ = along(0.0, n=200)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", neighbors="expression")
    cs.tl.intervals(mdata, order="time")
    assert len(cs.get.intervals(mdata)) <= 1
    assert len(cs.get.intervals(mdata, max_q=1)) == 60


def test_what_is_refused():
    mdata, _, _ = along(0.0, n=100)
    with pytest.raises(StepError, match=r"Run cs\.tl"):
        cs.tl.intervals(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", direction="both")
    with pytest.raises(InputError, match="one direction"):
        cs.tl.intervals(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local")
    with pytest.raises(InputError, match="Did you mean 'time'"):
        cs.tl.intervals(mdata, order="tme")
    with pytest.raises(InputError, match="must be a column of numbers"):
        cs.tl.intervals(mdata, order="type")
    mdata.obs["alike"] = 1.0
    with pytest.raises(InputError, match="all of them are alike in 'alike'"):
        cs.tl.intervals(mdata, order="alike")
    with pytest.raises(InputError, match="seed"):
        cs.tl.intervals(mdata, order="time", seed=-1)
    with pytest.raises(StepError, match=r"Run cs\.tl\.intervals"):
        cs.get.intervals(mdata)


def test_ties_along_the_path_are_told_of(caplog):
    mdata, _, _ = along(0.0, n=100)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local")
    mdata.obs["stage"] = np.arange(mdata.n_obs) * 5 // mdata.n_obs
    with caplog.at_level("WARNING", "csmir"):
        cs.tl.intervals(mdata, order="stage")
    assert f"'stage' has 5 places for {mdata.n_obs} cells" in caplog.text
