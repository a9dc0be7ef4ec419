"""The exact test, the null and the sign through the public interface."""

from __future__ import annotations

import itertools
import logging

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData
from scipy import stats

import csmir as cs


@pytest.fixture(scope="module")
def prepared():
    mdata = cs.datasets.simulated(n_cells=60, n_mirnas=8, n_mrnas=40, shift=1.0, seed=5)
    cs.pp.recipe_csmir(mdata)
    return mdata


@pytest.fixture
def mdata(prepared):
    return prepared.copy()


def independent(n_cells, n_mirnas=10, n_mrnas=60, seed=0, zeros=0.3):
    rng = np.random.default_rng(seed)
    parts = {}
    for key, n, names in (("mirna", n_mirnas, "hsa-miR-{}-5p"), ("mrna", n_mrnas, "G{}")):
        x = rng.gamma(2.0, size=(n_cells, n)) * (rng.random((n_cells, n)) >= zeros)
        cells = pd.DataFrame(index=[f"c{i}" for i in range(n_cells)])
        parts[key] = AnnData(x, obs=cells, var=pd.DataFrame(index=[names.format(i + 1) for i in range(n)]))
    return MuData(parts)


def p_values(adata):
    return 10.0 ** -adata.X.toarray().astype(float)


def test_p_is_scipys_hypergeometric_tail(mdata, oracle):
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact", keep="all")
    adata = mdata["regulation"]
    p = p_values(adata)
    for pair in (0, 7, 20):
        x = mdata["mirna"][:, adata.var["mirna"].iloc[pair]].X.ravel()
        y = mdata["mrna"][:, adata.var["mrna"].iloc[pair]].X.ravel()
        for cell, (n_r, n_t, n_rt) in enumerate(oracle.counts(x, y)):
            expected = stats.hypergeom.sf(n_rt - 2, 59, n_r - 1, n_t - 1)
            assert p[cell, pair] == pytest.approx(expected, rel=1e-5)


def test_p_is_the_share_of_permutations_that_are_as_extreme(oracle):
    """Enumeration: all orders of the other cells' mRNA values, with the box of each gene drawn anew."""
    x, y = [0.0, 1.0, 2.0, 2.0, 5.0, 7.0], [3.0, 0.0, 4.0, 1.0, 4.0, 9.0]
    cells = pd.DataFrame(index=list("abcdef"))
    mdata = MuData(
        {
            "mirna": AnnData(np.array(x)[:, None], obs=cells, var=pd.DataFrame(index=["hsa-miR-1-3p"])),
            "mrna": AnnData(np.array(y)[:, None], obs=cells, var=pd.DataFrame(index=["A"])),
        }
    )
    cs.tl.regulation(mdata, statistic="exact", keep="all", box_size=0.5)
    found = p_values(mdata["regulation"])[:, 0]
    for k in range(6):
        others = [i for i in range(6) if i != k]
        observed = oracle.counts(x, y, None, 0.5, [k])[0][2]
        hits = total = 0
        for order in itertools.permutations(others):
            shuffled = list(y)
            for i, j in zip(others, order, strict=True):
                shuffled[i] = y[j]
            total += 1
            hits += oracle.counts(x, shuffled, None, 0.5, [k])[0][2] >= observed
        assert found[k] == pytest.approx(hits / total, rel=1e-6)


def test_q_values_are_scipys_over_the_pairs_of_a_cell(mdata):
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact", keep="all", alpha=0.2)
    adata = mdata["regulation"]
    p, q = p_values(adata), adata.layers["qvalue"].toarray()
    for cell in range(0, 60, 13):
        np.testing.assert_allclose(q[cell], stats.false_discovery_control(p[cell]), rtol=1e-4)
    few = cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact", alpha=0.2, copy=True)["regulation"]
    np.testing.assert_array_equal(few.X.toarray() != 0, q <= 0.2)


def test_expressed_only_tests_and_counts_detected_pairs(mdata):
    options = {"statistic": "exact", "adjust": None, "alpha": 0.3}
    cs.tl.regulation(mdata, mdata.uns["prior"], expressed_only=True, **options)
    whole = cs.tl.regulation(mdata, mdata.uns["prior"], copy=True, **options)["regulation"]
    adata = mdata["regulation"]
    x = mdata["mirna"].to_df()[adata.var["mirna"]].to_numpy()
    y = mdata["mrna"].to_df()[adata.var["mrna"]].to_numpy()
    detected = (x > mdata["mirna"].X.min()) & (y > 0)
    np.testing.assert_array_equal(adata.X.toarray() != 0, (whole.X.toarray() != 0) & detected)


def test_inside_groups_only_the_group_counts(mdata):
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact", keep="all", groups="group")
    whole = p_values(mdata["regulation"])
    names = mdata.obs_names[mdata.obs["group"] == mdata.obs["group"].iloc[0]]
    part = MuData({key: mdata[key][names].copy() for key in ("mirna", "mrna")})
    cs.tl.regulation(part, mdata.uns["prior"], statistic="exact", keep="all")
    rows = mdata["regulation"].obs_names.get_indexer(names)
    np.testing.assert_allclose(whole[rows], p_values(part["regulation"]), rtol=1e-6)


@pytest.mark.parametrize("n_cells", [19, 50, 200])
def test_the_null_rate_is_at_most_nominal_where_the_published_one_is_not(n_cells):
    mdata = independent(n_cells, seed=n_cells)
    cs.tl.regulation(mdata, statistic="exact", keep="all")
    p = p_values(mdata["regulation"])
    assert (p <= 0.01).mean() <= 0.012
    assert (p <= 0.05).mean() <= 0.055
    cs.tl.regulation(mdata, pseudo_cells=False, keep="all")
    assert mdata["regulation"].layers["significant"].mean() > 0.03


def test_null_counts_and_verdict(mdata, tmp_path):
    cs.tl.regulation(mdata, mdata.uns["prior"], pseudo_cells=False)
    cs.tl.null(mdata, n_permutations=4, seed=3)
    adata = mdata["regulation"]
    note = adata.uns["csmir"]["null"]
    assert note["n_interactions"] == adata.X.nnz
    assert len(note["null_interactions"]) == 4
    assert adata.obs["n_null"].sum() == pytest.approx(np.mean(note["null_interactions"]))
    assert "4 shuffled pairings" in note["verdict"]
    mdata.write_h5mu(tmp_path / "m.h5mu")
    again = mudata.read_h5mu(tmp_path / "m.h5mu")
    cs.tl.null(again, n_permutations=6, seed=3)
    assert (again["regulation"].uns["csmir"]["null"]["null_interactions"][:4] == note["null_interactions"]).all()


def test_a_permutation_is_the_inference_on_shuffled_cells(mdata):
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact", adjust=None, alpha=0.05)
    cs.tl.null(mdata, n_permutations=1, seed=9)
    order = np.random.default_rng(np.random.SeedSequence(9).spawn(1)[0]).permutation(60)
    mdata["mrna"].X = mdata["mrna"].X[order]
    expected = cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact", adjust=None, alpha=0.05, copy=True)[
        "regulation"
    ].X.nnz
    assert mdata["regulation"].uns["csmir"]["null"]["null_interactions"].tolist() == [expected]


def test_shuffling_inside_groups_keeps_what_groups_explain(mdata):
    cs.tl.regulation(mdata, mdata.uns["prior"], pseudo_cells=False)
    free = cs.tl.null(mdata, n_permutations=5, copy=True)["regulation"].uns["csmir"]["null"]
    inside = cs.tl.null(mdata, n_permutations=5, groups="group", copy=True)["regulation"].uns["csmir"]["null"]
    assert np.mean(inside["null_interactions"]) > np.mean(free["null_interactions"])


def test_the_verdict_tells_real_from_nothing():
    nothing = independent(80, seed=1)
    cs.tl.regulation(nothing, pseudo_cells=False)
    cs.tl.null(nothing, n_permutations=3)
    assert "no more than chance" in nothing["regulation"].uns["csmir"]["null"]["verdict"]
    strong = independent(80, n_mirnas=4, n_mrnas=4, seed=1, zeros=0)
    strong["mrna"].X = strong["mirna"].X.copy()
    net = pd.DataFrame({"source": strong["mirna"].var_names, "target": strong["mrna"].var_names})
    cs.tl.regulation(strong, net, statistic="exact")
    cs.tl.null(strong, n_permutations=3)
    assert strong["regulation"].uns["csmir"]["null"]["empirical_fdr"] < 0.1
    note = strong["regulation"].uns["csmir"]["null"]
    assert "3 shuffles cannot tell" in note["verdict"]
    assert note["pvalue"] == 0.25
    assert not note["positive"]


@pytest.mark.parametrize(("direction", "expected"), [("repression", -1), ("activation", 1)])
def test_the_sign_is_the_planted_direction(direction, expected):
    mdata = cs.datasets.simulated(n_cells=150, prevalence=0.3, direction=direction, dropout=0.1, seed=2)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"])
    cs.tl.sign(mdata)
    planted = mdata["truth"].var["n_cells"].to_numpy() > 100
    assert planted.sum() >= 10
    assert (mdata["regulation"].var["sign"].to_numpy()[planted] == expected).mean() > 0.9


def test_the_correlation_is_spearmans(mdata):
    cs.tl.regulation(mdata, mdata.uns["prior"])
    cs.tl.sign(mdata)
    var = mdata["regulation"].var
    for pair in (0, 11, 30):
        x = mdata["mirna"][:, var["mirna"].iloc[pair]].X.ravel()
        y = mdata["mrna"][:, var["mrna"].iloc[pair]].X.ravel()
        assert var["correlation"].iloc[pair] == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-5)


def test_out_of_order_and_out_of_range(mdata, caplog):
    for call in (cs.tl.null, cs.tl.sign):
        with pytest.raises(cs.StepError, match=r"Run cs\.tl\.regulation"):
            call(mdata)
    with pytest.raises(cs.InputError, match="`groups` belongs to statistic='exact' or statistic='local'"):
        cs.tl.regulation(mdata, mdata.uns["prior"], groups="group")
    with pytest.raises(cs.InputError, match=r"no column 'gruop'.*Did you mean 'group'"):
        cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact", groups="gruop")
    mdata.obs["part"] = [None] * 10 + ["a"] * 50
    with caplog.at_level(logging.WARNING, logger="csmir"):
        cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact", groups="part", adjust=None, alpha=0.5)
    assert "10 of 60 cells have no group" in caplog.text
    assert mdata["regulation"].X[:10].nnz == 0
    with pytest.raises(cs.InputError, match="n_permutations"):
        cs.tl.null(mdata, n_permutations=0)
