"""Size factors: scanpy's totals, and ratios that a hub does not move."""

from __future__ import annotations

import logging

import numpy as np
import pytest
import scanpy as sc
from scipy import sparse

import csmir as cs
from csmir import InputError


def counted(seed=0, n=50):
    mdata = cs.datasets.simulated(n, 6, 40, seed=seed)
    for key in ("mirna", "mrna"):
        mdata[key].X = np.round(np.asarray(mdata[key].X))
    return mdata


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix])
def test_totals_are_scanpys(make):
    mdata = counted()
    mdata["mrna"].X = make(mdata["mrna"].X)
    expected = mdata["mrna"].copy()
    sc.pp.normalize_total(expected)
    out = cs.pp.normalize(mdata, copy=True)
    dense = [x.toarray() if sparse.issparse(x) else x for x in (out["mrna"].X, expected.X, mdata["mrna"].X)]
    np.testing.assert_allclose(dense[0], dense[1], rtol=1e-6)
    assert not np.allclose(dense[0], dense[2])
    assert sparse.issparse(out["mrna"].X) == (make is sparse.csr_matrix)


def test_ratios_take_depth_away_and_leave_composition():
    rng = np.random.default_rng(1)
    mdata = counted()
    profile, depth = rng.uniform(20, 200, 40), rng.uniform(0.5, 2, 50)
    x = np.outer(depth, profile)
    x[:25, :10] /= 4  # a hub: a quarter of the genes in half of the cells
    mdata["mrna"].X = x
    cs.pp.normalize(mdata, how="ratios")
    rest = np.asarray(mdata["mrna"].X)[:, 10:]
    np.testing.assert_allclose(rest / rest.mean(axis=0), 1, atol=1e-6)  # genes that nothing acts on do not differ
    totals = cs.pp.normalize(counted_with(x), copy=True)["mrna"].X[:, 10:]
    assert np.ptp(totals / totals.mean(axis=0)) > 0.1  # with totals they do


def counted_with(x):
    mdata = counted()
    mdata["mrna"].X = x.copy()
    return mdata


def test_what_is_refused_and_counted(caplog):
    mdata = counted()
    with pytest.raises(InputError, match="`how` must be one of 'total', 'ratios'"):
        cs.pp.normalize(mdata, how="median")
    mdata["mrna"].X[3] = 0
    with caplog.at_level(logging.WARNING, "csmir"):
        cs.pp.normalize(mdata, how="ratios")
    assert "1 cells of mrna have no counts" in caplog.text
    cs.pp.log2p1(mdata)
    with pytest.raises(InputError, match="logged already, and a size factor divides counts"):
        cs.pp.normalize(mdata)
    mdata = counted()
    mdata["mirna"].X = np.diag(np.ones(50))[:, :6]
    with pytest.raises(InputError, match="No feature of mirna is detected in more than half"):
        cs.pp.normalize(mdata, how="ratios")


def test_the_recipe_does_it_in_order():
    mdata, by_hand = counted(), counted()
    cs.pp.recipe_csmir(mdata, normalize="total", covariates=["depth"])
    cs.pp.covariates(by_hand, ["depth"])
    cs.pp.normalize(by_hand)
    cs.pp.recipe_csmir(by_hand)
    np.testing.assert_array_equal(mdata["mrna"].X, by_hand["mrna"].X)
    np.testing.assert_array_equal(mdata.obs["mrna_depth"], by_hand.obs["mrna_depth"])
