"""Whom cells are compared with by default: types where the data fall into them, neighbours in a hub-free space else."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import mudata
import numpy as np
import pytest
from scipy import stats
from tests.kernels.worlds import world
from tests.tl.test_null import mdata_of

import csmir as cs
from csmir.inference.space import place
from csmir.kernels.neighbors import UNDETECTED

OPTIONS = {"n_x": 20, "n_y": 150, "n_pairs": 200}


def infer(out, **options):
    cs.tl.regulation(out, out.uns["prior"], statistic="local", **options)
    return out["regulation"]


def test_cells_are_compared_within_types_that_are_found(caplog, tmp_path):
    out = mdata_of(world(1, n=300, slope=1.0, **OPTIONS))
    with caplog.at_level(logging.INFO, "csmir"):
        found = infer(out).copy()
    assert "compared within 4 types" in caplog.text
    assert found.uns["csmir"]["regulation"]["space"]["purity"] > 0.96
    given = infer(out, groups="type")
    np.testing.assert_array_equal(found.X.toarray(), given.X.toarray())
    types = found.obs["found_type"].astype(str).groupby(out.obs["type"].to_numpy(), observed=True).nunique()
    assert (types == 1).all()
    infer(out)
    out.write_h5mu(tmp_path / "m.h5mu")
    again = mudata.read_h5mu(tmp_path / "m.h5mu")
    for either in (out, again):
        cs.tl.null(either, n_permutations=2)
    first, second = (m["regulation"].uns["csmir"]["null"]["null_interactions"] for m in (out, again))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("options", [{"neighbors": "expression"}, {"both_sides": True}])
def test_neighbours_where_they_are_asked_for(caplog, options):
    out = mdata_of(world(1, n=200, **OPTIONS))
    with caplog.at_level(logging.INFO, "csmir"):
        assert "found_type" not in infer(out, **options).obs
    assert "types" not in caplog.text


def test_neighbours_along_a_path_and_of_few_cells(caplog):
    with caplog.at_level(logging.INFO, "csmir"):
        infer(mdata_of(world(2, n=200, trajectory=True, **OPTIONS)))
    assert "compared with their neighbours, since they fall into no types" in caplog.text
    assert "found_type" not in infer(mdata_of(world(1, n=60, **OPTIONS))).obs


@pytest.mark.parametrize(("levels", "said"), [(4, True), (3, False)])
def test_types_that_go_with_a_covariate_are_missed(caplog, levels, said):
    """A batch for each of four types takes the types away; one that two of them share leaves these apart."""
    out = mdata_of(world(1, n=300, **OPTIONS))
    types = out.obs["type"].astype(str).to_numpy()
    names = np.unique(types)
    out.obs["lab"] = [f"lab {min(int(np.flatnonzero(names == t)[0]), levels - 1)}" for t in types]
    infer(out, covariates="lab")
    assert ("explain all that tells the cells apart" in caplog.text) == said


def test_a_hub_does_not_choose_its_own_neighbours(caplog):
    w = world(3, n=400, hub=0.8, **OPTIONS)
    out = mdata_of(w)
    with caplog.at_level(logging.INFO, "csmir"):
        adata = infer(out, neighbors="expression")
    assert "targets vary together of 1 miRNA ('miR-0')" in caplog.text
    assert list(adata.uns["csmir"]["regulation"]["space"]["hub_mirnas"]) == ["miR-0"]
    of_hub = (adata.var["mirna"] == "miR-0").to_numpy()
    power = (adata.X.toarray()[:, of_hub] != 0).mean()
    # with a prior that does not know the hub, the space is the hub's
    net = out.uns["prior"]
    some = net[(net["source"] != "miR-0") | (net.groupby("source").cumcount() < 4)]
    cs.tl.regulation(out, some, statistic="local", neighbors="expression")
    rest = out["regulation"]
    without = (rest.X.toarray()[:, (rest.var["mirna"] == "miR-0").to_numpy()] != 0).mean()
    assert power > 0.3
    assert without < 0.5 * power


def test_cells_are_placed_in_double_precision():
    # whom a cell is compared with hangs on distances: rounding to float32 exchanges neighbours of noisy data
    rng = np.random.default_rng(4)
    values = rng.gamma(2, size=(120, 90)) * np.exp(rng.normal(size=(120, 1)) * rng.normal(size=90))
    values[rng.random(values.shape) < 0.6] = 0
    data = SimpleNamespace(cells=np.arange(120), mrna=values, mirna_names=np.arange(3))
    pairs = SimpleNamespace(n_mirnas=3, n_mrnas=90, complete=True)
    points = place(data, pairs).points
    rank = stats.rankdata(values, axis=0)
    rank -= np.nanmean(np.where(values > 0, rank, np.nan), axis=0)
    rank *= np.where(values > 0, 1, UNDETECTED)
    left, length, _ = np.linalg.svd((rank - rank.mean(axis=0)) / rank.std(axis=0), full_matrices=False)
    wanted = (left * length)[:, : points.shape[1]]
    np.testing.assert_allclose(np.abs(points), np.abs(wanted), rtol=0, atol=1e-9 * length[0])
