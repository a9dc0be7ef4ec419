"""One p-value a pair: against the cells' own, nominal without regulation, and the same in every way to compute it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tests.kernels.worlds import world
from tests.tl.test_null import mdata_of

import csmir as cs
from csmir.kernels.fdr import mean_over

OPTIONS = {"n_x": 20, "n_y": 150, "n_pairs": 200}


def infer(mdata, **options):
    cs.tl.regulation(mdata, mdata.uns["prior"], **({"statistic": "local", "groups": "type", "factors": 0} | options))
    return mdata["regulation"]


def test_it_is_the_combination_of_the_groups_own_p():
    w = world(1, n=300, slope=1.0, **OPTIONS)
    out = mdata_of(w)
    every = infer(out, keep="all").copy()
    first = [np.flatnonzero(w.types == t)[0] for t in range(4)]  # each group once
    p = 10.0 ** -every.layers["neg_log10_p"][first].toarray().astype(float)
    cot = np.where(p <= 0.01, 1 / np.tan(np.pi * np.maximum(p, 1e-12)), mean_over(0.01))
    expected = stats.cauchy.sf(cot.mean(axis=0))
    np.testing.assert_allclose(every.var["pair_pvalue"], expected, rtol=0.01)
    q = stats.false_discovery_control(every.var["pair_pvalue"])
    np.testing.assert_allclose(every.var["pair_qvalue"], q)
    kept = infer(out)
    np.testing.assert_array_equal(kept.var["pair_pvalue"], every.var["pair_pvalue"])
    false = ~w.truth.any(axis=1)
    held = every.var["pair_qvalue"].to_numpy() <= 0.05
    union = kept.var["n_cells"].to_numpy() > 0
    assert (held & false).sum() <= 2
    assert (held & ~false).sum() > 0.8 * (~false).sum()
    assert (union & false).sum() >= (held & false).sum()


@pytest.mark.parametrize("options", [{"groups": None, "neighbors": "expression"}, {"expressed_only": True}])
def test_the_disk_and_one_thread_give_the_same(options, tmp_path):
    out = mdata_of(world(2, n=150, slope=1.0, n_x=10, n_y=80, n_pairs=80))
    expected = infer(out, **options).var["pair_pvalue"].to_numpy()
    one = infer(out, **options, n_threads=1, memory="1MB").var["pair_pvalue"]
    np.testing.assert_array_equal(one, expected)
    stored = infer(out, **options, out=tmp_path / "run.zarr", memory="1MB").var["pair_pvalue"]
    np.testing.assert_array_equal(stored, expected)


def test_it_is_nominal_without_regulation():
    p = []
    for seed in range(6):
        out = mdata_of(world(seed, n=200, **OPTIONS))
        for options in ({}, {"groups": None, "neighbors": "expression"}):
            p.append(infer(out, **options).var["pair_pvalue"].to_numpy())
    p = np.array(p)
    assert (p < 0.01).mean() < 0.015
    assert (p < 0.001).mean() < 0.003
    assert (p < 0.01).mean() > 0.002


@pytest.mark.parametrize("options", [{}, {"groups": "type"}, {"neighbors": "expression", "groups": None}])
def test_the_exact_test_has_it_too(options, tmp_path):
    out = mdata_of(world(4, n=120, slope=1.0, n_x=10, n_y=60, n_pairs=60))
    options = {"statistic": "exact", "factors": None, "groups": None} | options
    every = infer(out, keep="all", **options).copy()
    p = 10.0 ** -every.X.toarray().astype(float)
    if "type" in options.values():
        p = p[:, :]  # every cell has boxes of its own
    cot = np.where(p <= 0.01, 1 / np.tan(np.pi * np.clip(p, 1e-12, 0.5)), mean_over(0.01))
    expected = stats.cauchy.sf(cot.mean(axis=0))
    np.testing.assert_allclose(every.var["pair_pvalue"], expected, rtol=0.01)
    kept = infer(out, **options)
    np.testing.assert_array_equal(kept.var["pair_pvalue"], every.var["pair_pvalue"])
    stored = infer(out, **options, out=tmp_path / "run.zarr", memory="1MB")
    np.testing.assert_array_equal(stored.var["pair_pvalue"], every.var["pair_pvalue"])


def test_pairs_that_are_tested_nowhere_have_none():
    out = mdata_of(world(4, n=60, slope=1.0, n_x=5, n_y=30, n_pairs=30))
    rng = np.random.default_rng(0)
    mrna = out["mrna"].var_names[0]
    out["mrna"].X[:, 0] = 0.0
    out["mrna"].X[0, 0] = rng.random()
    found = infer(out, statistic="exact", groups=None, factors=None, expressed_only=True, alpha=0.5)
    seen = {
        (r, t): ((np.asarray(out["mirna"][:, r].X) > 0) & (np.asarray(out["mrna"][:, t].X) > 0)).sum()
        for r, t in zip(found.var["mirna"], found.var["mrna"], strict=True)
    }
    none = [name for name, key in zip(found.var_names, seen, strict=True) if seen[key] == 0]
    assert found.var["pair_pvalue"].isna().sum() == len(none)
    assert (found.var.loc[found.var["mrna"] == mrna, "pair_pvalue"].fillna(1) > 0.01).all()
