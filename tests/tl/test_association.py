"""Rank correlations over all cells and in groups: scipy, least squares, permuted pairing, planted pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData
from scipy.stats import false_discovery_control, rankdata, spearmanr
from scipy.stats import t as student

import csmir as cs


def made(x, y, **obs):
    cells = [f"c{k}" for k in range(len(x))]
    parts = {
        key: AnnData(v.astype(float), obs=pd.DataFrame(index=cells), var=pd.DataFrame(index=names))
        for key, v, names in (
            ("mirna", x, [f"m{i}" for i in range(x.shape[1])]),
            ("mrna", y, [f"g{i}" for i in range(y.shape[1])]),
        )
    }
    mdata = MuData(parts)
    for name, values in obs.items():
        mdata.obs[name] = values
    return mdata


def pairs_of(rng, n_x, n_y, n):
    at = np.sort(rng.choice(n_x * n_y, n, replace=False))
    return pd.DataFrame({"source": [f"m{i}" for i in at // n_y], "target": [f"g{g}" for g in at % n_y]})


@pytest.fixture
def small():
    rng = np.random.default_rng(0)
    x, y = rng.gamma(2, 2, (40, 6)), np.round(rng.gamma(2, 2, (40, 50)))  # ties
    y[:, 3] = np.maximum(20 - 3 * x[:, 2], 0)
    mdata = made(x, y, type=np.where(np.arange(40) < 25, "a", "b"), number=rng.normal(size=40))
    net = pd.concat([pairs_of(rng, 6, 50, 80), pd.DataFrame({"source": ["m2"], "target": ["g3"]})])
    return mdata, net.drop_duplicates(ignore_index=True), x, y


def ends(var):
    return zip(var["mirna"].str[1:].astype(int), var["mrna"].str[1:].astype(int), strict=True)


def test_over_all_cells_it_is_spearmans(small):
    mdata, net, x, y = small
    cs.tl.association(mdata, net)
    var = mdata["association"].var
    assert mdata["association"].shape == (40, len(net))
    expected = [spearmanr(x[:, i], y[:, g]) for i, g in ends(var)]
    np.testing.assert_allclose(var["association_rho"], [e.statistic for e in expected], atol=1e-6)
    np.testing.assert_allclose(var["association_pvalue"], [e.pvalue for e in expected], rtol=1e-3)
    np.testing.assert_allclose(
        var["association_qvalue"], false_discovery_control([e.pvalue for e in expected]), rtol=1e-3
    )
    assert var["association_rho"].idxmin() == "association:m2|g3"


def test_covariates_leave_the_partial_correlation(small):
    mdata, net, x, y = small
    cs.tl.association(mdata, net, covariates=["number", "type"])
    var = mdata["association"].var
    design = np.column_stack([np.ones(40), rankdata(mdata.obs["number"]), mdata.obs["type"] == "a"])
    left = [rankdata(v, axis=0) - design @ np.linalg.lstsq(design, rankdata(v, axis=0))[0] for v in (x, y)]
    rho = np.array([np.corrcoef(left[0][:, i], left[1][:, g])[0, 1] for i, g in ends(var)])
    np.testing.assert_allclose(var["association_rho"], rho, atol=1e-6)
    p = 2 * student.sf(np.abs(rho) * np.sqrt(36 / (1 - rho**2)), 36)
    np.testing.assert_allclose(var["association_pvalue"], p, rtol=1e-3)


def test_each_group_is_tested_by_itself(small):
    mdata, net, x, y = small
    cs.tl.association(mdata, net, groups="type")
    var = mdata["association"].var
    for name, inside in (("a", np.arange(40) < 25), ("b", np.arange(40) >= 25)):
        expected = [spearmanr(x[inside, i], y[inside, g]).statistic for i, g in ends(var)]
        np.testing.assert_allclose(var[f"association_rho_{name}"], expected, atol=1e-6)
    over_all = 25 / 40 * var["association_rho_a"] + 15 / 40 * var["association_rho_b"]
    np.testing.assert_allclose(var["association_rho"], over_all, atol=1e-6)


def test_pairs_of_networks_keep_their_order_and_sign_stays(small):
    mdata, net, _, _ = small
    cs.tl.regulation(mdata, net.iloc[::-1])
    cs.tl.sign(mdata)
    before = mdata["regulation"].var["sign"].copy()
    moved = mdata["regulation"][:, ::-1].copy()
    mdata.mod["regulation"] = moved
    cs.tl.association(mdata)
    var = mdata["regulation"].var
    np.testing.assert_allclose(var["association_rho"], var["correlation"], atol=1e-5)
    assert var["sign"].equals(before.loc[var.index])


@pytest.mark.parametrize("of_networks", [False, True])
@pytest.mark.parametrize("options", [{}, {"groups": "type"}, {"covariates": "number", "factors": 2}])
def test_the_same_bytes_in_any_order_of_the_cells(small, options, of_networks):
    mdata, net, _, _ = small
    options = {"factors": 0} | options
    at = np.random.default_rng(3).permutation(40)
    found = []
    for order in (np.arange(40), np.arange(40)[::-1], at):
        moved = mdata[mdata.obs_names[order]].copy()
        if of_networks:
            cs.tl.regulation(moved, net)
        cs.tl.association(moved, None if of_networks else net, **options)
        var = moved["regulation" if of_networks else "association"].var
        found.append({name: var[name].to_numpy().tobytes() for name in var if name.startswith("association_")})
    assert len(found[0]) == (9 if "groups" in options else 3)
    assert found[0] == found[1] == found[2]


def test_permuted_pairing_gives_uniform_p():
    shares = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        shared = rng.normal(size=(60, 1))  # all mRNAs go together
        mdata = made(rng.gamma(2, 2, (60, 20)), rng.normal(20, 1, (60, 80)) + shared)
        cs.tl.association(mdata, pairs_of(rng, 20, 80, 800))
        shares.append((mdata["association"].var["association_pvalue"] <= 0.05).mean())
    assert abs(np.mean(shares) - 0.05) < 0.03


def test_what_moves_all_genes_moves_non_targets_as_well():
    rng = np.random.default_rng(1)
    level = rng.normal(size=(100, 1))
    mdata = made(rng.normal(20, 1, (100, 20)) - level, rng.normal(20, 1, (100, 200)) + level, level=level.ravel())
    net = pairs_of(rng, 20, 200, 400)
    cs.tl.association(mdata, net, factors=0)
    noted = mdata["association"].uns["csmir"]["association"]
    assert noted["n_factors"] == 0
    assert noted["repression"] > 0.9
    assert noted["decoy_repression"] > 0.9
    for options in ({"covariates": "level", "factors": 0}, {}):  # the level given, and found by itself
        cs.tl.association(mdata, net, **options)
        noted = mdata["association"].uns["csmir"]["association"]
        assert max(noted["repression"], noted["decoy_repression"], noted["activation"]) < 0.05


def test_factors_are_partialled_out_as_by_least_squares():
    rng = np.random.default_rng(7)
    level = rng.normal(size=(60, 1))
    x, y = rng.normal(size=(60, 8)), rng.normal(size=(60, 70)) + level
    mdata = made(x - x.min(), y - y.min(), type=np.repeat(["a", "b"], 30))
    net = pairs_of(rng, 8, 70, 120)
    for options, group in (({}, np.zeros(60, int)), ({"groups": "type"}, np.repeat([0, 1], 30))):
        cs.tl.association(mdata, net, factors=2, **options)
        var = mdata["association"].var
        ranks = np.zeros_like(x), np.zeros_like(y)
        for out, values in zip(ranks, (x, y), strict=True):
            for g in np.unique(group):
                own = rankdata(values[group == g], axis=0)
                out[group == g] = own - own.mean(axis=0)
        # the factors by hand: components of all mRNAs, turned towards the miRNA's non-targets
        genes = ranks[1] / ranks[1].std(axis=0)
        u, d, v = np.linalg.svd(genes, full_matrices=False)
        loadings = v[:8].T * d[:8] / np.sqrt(60)
        df = 60 - len(np.unique(group)) - 2 - 1
        for rho, p, (i, g) in zip(var["association_rho"], var["association_pvalue"], ends(var), strict=True):
            others = ~np.isin(np.arange(70), var["mrna"][(var["mirna"] == f"m{i}").to_numpy()].str[1:].astype(int))
            turned = np.linalg.eigh(loadings[others].T @ loadings[others])[1][:, ::-1][:, :2]
            design = np.column_stack([np.ones(60), u[:, :8] @ turned])
            left = [r - design @ np.linalg.lstsq(design, r)[0] for r in (ranks[0][:, i], ranks[1][:, g])]
            expected = np.corrcoef(*left)[0, 1]
            assert rho == pytest.approx(expected, abs=1e-4)
            assert p == pytest.approx(2 * student.sf(abs(rho) * np.sqrt(df / (1 - rho**2)), df), rel=1e-3)


def test_factors_find_what_a_batch_hides():
    rng = np.random.default_rng(4)
    batch, kinds = rng.integers(3, size=150), (rng.normal(size=(3, 20)), rng.normal(size=(3, 300)))
    x, y = rng.normal(size=(150, 20)) + kinds[0][batch], rng.normal(size=(150, 300)) + kinds[1][batch]
    y[:, :15] -= 0.7 * (x[:, :15] - kinds[0][batch][:, :15])
    mdata = made(x - x.min(), y - y.min())
    planted = pd.DataFrame({"source": [f"m{i}" for i in range(15)], "target": [f"g{i}" for i in range(15)]})
    rest = pairs_of(rng, 20, 300, 400)
    net = pd.concat([planted, rest[rest["target"].str[1:].astype(int) >= 15]], ignore_index=True)
    found = {}
    for factors in (0, None):
        cs.tl.association(mdata, net, factors=factors)
        var = mdata["association"].var
        true = (var["mirna"].str[1:] == var["mrna"].str[1:]) & (var["mirna"].str[1:].astype(int) < 15)
        found[factors] = (var["association_qvalue"] <= 0.05) & ~true, (var["association_qvalue"] <= 0.05) & true
    assert found[0][0].sum() > 50
    assert found[None][0].sum() <= 3
    assert found[None][1].sum() >= 13
    assert mdata["association"].uns["csmir"]["association"]["n_factors"] in (2, 3)


def test_saved_and_read(tmp_path, small):
    mdata, net, _, _ = small
    cs.tl.association(mdata, net, groups="type")
    mdata.write_h5mu(tmp_path / "a.h5mu")
    again = cs.io.read(tmp_path / "a.h5mu")["association"].var
    # files give names back in pandas' type of text
    pd.testing.assert_frame_equal(again, mdata["association"].var, check_index_type=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": "nowhere"}, "no column 'nowhere'"),
        ({"covariates": "nowhere"}, "`covariates` must name"),
        ({"key_added": "mrna"}, "must not name a measured modality"),
    ],
)
def test_bad_input(small, options, message):
    mdata, net, _, _ = small
    with pytest.raises(cs.InputError, match=message):
        cs.tl.association(mdata, net, **options)
    assert list(mdata.mod) == ["mirna", "mrna"]


def test_says_what_to_run(small):
    with pytest.raises(cs.StepError, match=r"Run cs.tl.regulation"):
        cs.tl.association(small[0])
