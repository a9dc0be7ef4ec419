"""What covariates take off: no degree of freedom where they explain nothing, and more than a line of a number."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.kernels.worlds import world
from tests.tl.test_null import mdata_of

import csmir as cs
from csmir.kernels.target_sets import n_taken, without


@pytest.fixture(scope="module")
def data():
    out = mdata_of(world(0, n=120, n_x=6, n_y=60, n_pairs=60))
    rng = np.random.default_rng(0)
    out.obs["age"], out.obs["treated"] = rng.normal(size=120), rng.random(120) < 0.5
    site = np.where(np.arange(120) % 2 == 0, "a", "b").astype(object)
    out.obs["site"] = pd.Categorical(np.where(out.obs["type"] == out.obs["type"].iloc[0], site + "2", site))
    out.obs["half"] = pd.Categorical(np.where(np.arange(120) % 2 == 0, "a", "b"))  # inside types the same as the site
    return out


@pytest.mark.parametrize(("covariates", "as_if"), [(["age", "type"], ["age"]), (["half", "site"], ["half"])])
def test_p_is_that_without_what_takes_nothing_off(data, covariates, as_if):
    found = []
    for held in (covariates, as_if):
        few = {"groups": "type", "covariates": held, "progress": False}
        cs.tl.targeting(data, data.uns["prior"], n_permutations=200, min_targets=5, per_cell=False, **few)
        cs.tl.association(data, data.uns["prior"], groups="type", covariates=held)
        cs.tl.differential(data, data.uns["prior"], groupby="treated", group=True, n_permutations=100, **few)
        found.append([
            data["targeting"].var["pvalue"], data["association"].var["association_pvalue"],
            cs.get.differential(data)["statistic"],
            cs.tl.power(data, data.uns["prior"], groups="type", covariates=held)["n_effective"],
        ])  # fmt: skip
    for one, other in zip(*found, strict=True):
        assert len(one)
        np.testing.assert_allclose(one, other, rtol=1e-4)


def test_columns_beside_one_that_follows_from_others_are_wholly_taken_off():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 12))
    nuisance = np.column_stack([a, 2 * a, b, np.ones(12)])
    left = without(rng.normal(size=(12, 3)), nuisance)
    np.testing.assert_allclose(nuisance.T @ left, 0, atol=1e-12)
    assert n_taken(np.repeat([0, 1], 6), nuisance).tolist() == [2, 2]
    assert n_taken(np.arange(12) // 10, nuisance).tolist() == [2, 1]  # two cells have no more than that


def test_targets_are_free_of_what_bends():
    out = mdata_of(world(0, n=300, n_x=6, n_y=60, n_pairs=60))
    rng = np.random.default_rng(0)
    pressure = rng.normal(size=300)
    own = out.uns["prior"].loc[out.uns["prior"]["source"] == "miR-0", "target"]
    at = out["mrna"].var_names.get_indexer(own)
    out["mirna"].X[:, 0] = rng.poisson(np.exp(4 - pressure**2 / 4))
    out["mrna"].X[:, at] = rng.poisson(np.exp(2 + pressure[:, None] ** 2 / 4 + np.zeros(len(at))))
    out.obs["pressure"] = pressure
    p = {}
    for held in (None, "pressure"):
        cs.tl.targeting(
            out, out.uns["prior"], covariates=held, factors=0, n_permutations=200, min_targets=5, n_bins=2,
            per_cell=False, progress=False,
        )  # fmt: skip
        p[held] = out["targeting"].var.set_index("mirna")["pvalue"]["miR-0"]
    assert p[None] < 0.01
    assert p["pressure"] > 0.05
    line = out.obs["pressure"].rank().to_numpy()[:, None]
    assert abs(np.corrcoef(line[:, 0], out["mirna"].X[:, 0])[0, 1]) < 0.15  # of which a line takes nothing off
