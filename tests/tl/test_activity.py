from __future__ import annotations

import logging
import math
import warnings

import decoupler as dc
import mudata
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import statsmodels.api as sm
from benchmarks.inferred import calls, world
from mudata import MuData
from statsmodels.stats.multitest import multipletests

import csmir as cs
from csmir import _mudata
from csmir.inference.expression import Stored
from csmir.inference.left_out import left_out


@pytest.fixture
def mdata():
    out = cs.datasets.simulated(n_cells=40, prior_density=0.3, seed=4)
    cs.pp.recipe_csmir(out)
    return out


def without_mirna(mdata) -> MuData:
    return MuData({"mrna": mdata["mrna"].copy()})


@pytest.mark.parametrize("center", [True, False])
def test_agrees_with_decoupler_and_with_ordinary_least_squares(mdata, center):
    prior = mdata.uns["prior"]
    cs.tl.activity(mdata, prior, center=center)
    found = mdata["mirna_inferred"]
    x = mdata["mrna"].to_df()
    x = x - x.mean() if center else x
    known = prior[prior["target"].isin(x.columns)]
    t, p = dc.mt.ulm(x, known.assign(weight=-1.0), tmin=5)
    np.testing.assert_allclose(found.to_df("t"), t[found.var_names], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.to_df("padj"), p[found.var_names], rtol=1e-4, atol=1e-6)
    cell, name = found.obs_names[3], found.var_names[2]
    is_target = x.columns.isin(known.loc[known["source"] == name, "target"])
    fit = sm.OLS(x.loc[cell].to_numpy(), sm.add_constant(-1.0 * is_target)).fit()
    np.testing.assert_allclose(found.to_df("t").loc[cell, name], fit.tvalues[1], rtol=1e-4)
    assert found.var["n_targets"][name] == is_target.sum()


def test_activity_is_labelled_positive_and_keeps_ranks_and_distances(mdata):
    cs.tl.activity(mdata, mdata.uns["prior"])
    found = mdata["mirna_inferred"]
    assert found.var["inferred"].all()
    assert found.uns["csmir"]["activity"]["inferred"]
    assert found.X.min() == pytest.approx(1)
    np.testing.assert_allclose(found.X - found.layers["t"], found.uns["csmir"]["activity"]["shift"], rtol=1e-4)


def test_agreement_is_spearmans(mdata, caplog):
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.activity(mdata, mdata.uns["prior"])
    found, measured = mdata["mirna_inferred"], mdata["mirna"]
    both = found.var_names.intersection(measured.var_names)
    expected = [scipy.stats.spearmanr(measured.to_df()[m], found.to_df()[m]) for m in both]
    np.testing.assert_allclose(found.var.loc[both, "agreement"], [e.statistic for e in expected], rtol=1e-6)
    p = [e.pvalue for e in expected]
    np.testing.assert_allclose(found.var.loc[both, "agreement_pvalue"], p, rtol=1e-6)
    np.testing.assert_allclose(found.var.loc[both, "agreement_qvalue"], multipletests(p, method="fdr_bh")[1], rtol=1e-6)
    assert f"{len(both)} miRNAs were measured too" in caplog.text


@pytest.mark.parametrize("n_cells", [3, 4, 5])
def test_few_cells_in_the_same_order_are_no_finding(n_cells):
    """Of n! orders of the cells two agree as well as can be."""
    mdata = cs.datasets.simulated(n_cells=n_cells, seed=1)
    cs.tl.activity(mdata, mdata.uns["prior"])
    found = mdata["mirna_inferred"]
    table = found.var[["agreement", "agreement_pvalue"]].dropna()
    assert len(table) > 10
    most = np.isclose(table["agreement"].abs(), 1)
    levels = mdata["mirna"].to_df()[table.index]
    whole = most & (levels.nunique() == n_cells)
    assert n_cells > 3 or whole.any()
    np.testing.assert_allclose(table["agreement_pvalue"][whole], 2 / math.factorial(n_cells))
    for name in table.index[:5]:
        x, y = levels[name], found.to_df()[name]
        every = scipy.stats.permutation_test(
            (x,), lambda x, y=y: scipy.stats.spearmanr(x, y).statistic, permutation_type="pairings", n_resamples=np.inf
        )
        both = np.mean(np.abs(every.null_distribution) >= abs(table.loc[name, "agreement"]) - 1e-9)
        assert table.loc[name, "agreement_pvalue"] == pytest.approx(both)


def test_repression_everywhere_shows_in_the_agreement():
    # every target follows its miRNA in all cells: inferred activity must go with the measured level
    mdata = cs.datasets.simulated(
        n_cells=60,
        n_mirnas=5,
        n_mrnas=120,
        n_groups=1,
        prevalence=1.0,
        effect=2.0,
        prior_density=0.1,
        dropout=0.0,
        seed=1,
    )
    cs.pp.recipe_csmir(mdata)
    cs.tl.activity(mdata, mdata.uns["prior"])
    assert mdata["mirna_inferred"].var["agreement"].median() > 0.5


def test_data_without_mirnas_get_the_mirna_modality_and_run_on(mdata, tmp_path):
    prior = mdata.uns["prior"]
    alone = without_mirna(mdata)
    cs.tl.activity(alone, prior)
    assert set(alone.mod) == {"mirna", "mrna"}
    assert "agreement" not in alone["mirna"].var
    alone.write_h5mu(tmp_path / "a.h5mu")
    read = mudata.read_h5mu(tmp_path / "a.h5mu")
    assert read["mirna"].uns["csmir"]["activity"]["inferred"]
    cs.tl.activity(read, prior, min_targets=8)  # an inferred modality may be written again
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cs.tl.regulation(read, prior)
    assert read["regulation"].n_obs == 40


def test_measured_modalities_are_never_overwritten(mdata):
    for key in ("mirna", "mrna"):
        with pytest.raises(cs.InputError, match="measured modality"):
            cs.tl.activity(mdata, mdata.uns["prior"], key_added=key)
    changed = cs.tl.activity(mdata, mdata.uns["prior"], key_added="mine", copy=True)
    assert "mine" in changed.mod
    assert "mine" not in mdata.mod


def test_few_targets_and_unmatched_priors(mdata, caplog):
    prior = mdata.uns["prior"]
    counts = prior[prior["target"].isin(mdata["mrna"].var_names)]["source"].value_counts()
    cut = int(counts.median()) + 1
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.activity(mdata, pd.concat([prior, prior.iloc[:50]]).assign(weight=5.0), min_targets=cut)
    assert set(mdata["mirna_inferred"].var_names) == set(counts.index[counts >= cut])
    assert f"fewer than {cut} targets" in caplog.text
    with pytest.raises(cs.InputError, match=r"No miRNA of the prior has 1000 targets.*`min_targets`"):
        cs.tl.activity(mdata, prior, min_targets=1000)
    with pytest.raises(cs.InputError):
        cs.tl.activity(mdata, prior.assign(target="nothing"))
    with pytest.raises(cs.InputError, match=r"'source', 'target'"):
        cs.tl.activity(mdata, prior.rename(columns={"source": "mirna"}))
    with pytest.raises(cs.InputError, match="no modality 'mrna'"):
        cs.tl.activity(MuData({"mirna": mdata["mirna"].copy()}), prior)


def test_constant_mirnas_and_missing_cells_have_no_agreement(mdata):
    mdata["mirna"].X[:, 0] = 1.0
    name = mdata["mirna"].var_names[0]
    part = MuData({"mirna": mdata["mirna"][:25].copy(), "mrna": mdata["mrna"].copy()})
    cs.tl.activity(part, mdata.uns["prior"])
    found = part["mirna_inferred"]
    assert found.n_obs == 40
    assert np.isnan(found.var.loc[name, "agreement"])
    other = found.var_names[found.var_names != name][0]
    cells = part["mirna"].obs_names
    rho = scipy.stats.spearmanr(part["mirna"].to_df()[other], found.to_df().loc[cells, other]).statistic
    np.testing.assert_allclose(found.var.loc[other, "agreement"], rho, rtol=1e-6)


def test_left_out_is_least_squares_without_the_gene(mdata):
    """The closed form is the model fitted anew without the gene: of targets and of others, and with cells moved."""
    prior = mdata.uns["prior"]
    data = without_mirna(mdata)
    cs.tl.activity(data, prior, leave_out_target=True)
    paired = _mudata.paired(data)
    x, y = Stored("miRNA", paired.mirna), Stored("mRNA", paired.mrna)
    made = left_out(data["mirna"], paired, x, y, "local")
    values = mdata["mrna"].to_df()[paired.mrna_names].astype(float)
    centred = (values - values.mean()).to_numpy()
    rng = np.random.default_rng(0)
    mirnas, genes = rng.integers(0, len(paired.mirna_names), 30), rng.integers(0, len(paired.mrna_names), 30)
    found = made.without(mirnas, genes, y.block(genes))
    order = rng.permutation(40)
    moved = made.take(order).without(mirnas, genes, y.block(genes))
    np.testing.assert_allclose(moved, found[:, order])
    is_target = [paired.mrna_names.isin(prior.loc[prior["source"] == m, "target"]) for m in paired.mirna_names]
    assert 0 < sum(is_target[r][g] for r, g in zip(mirnas, genes, strict=True)) < 30
    for p, (r, g) in enumerate(zip(mirnas, genes, strict=True)):
        rest = np.arange(centred.shape[1]) != g
        for cell in (0, 17):
            fit = sm.OLS(centred[cell, rest], sm.add_constant(-1.0 * is_target[r][rest])).fit()
            np.testing.assert_allclose(found[p, cell], fit.tvalues[1], rtol=1e-7)


def test_no_regulation_is_nominal_without_the_target_and_not_with_it():
    rates = [calls(seed, neighbors="expression")[0].mean() for seed in range(3)]
    assert np.mean(rates) <= 0.012
    data, net, _ = world(0)
    cs.tl.activity(data, net)
    cs.tl.regulation(data, net, statistic="local", keep="all", neighbors="expression")
    assert (data["regulation"].layers["neg_log10_p"].toarray() >= 2).mean() > 0.05


def test_regulation_is_found_with_inferred_mirnas():
    called, hit = calls(0, {"slope": 1.0}, neighbors="expression")
    assert called[:, hit].mean() > 5 * called[:, ~hit].mean()


@pytest.mark.parametrize(
    ("leave_out", "options", "words"),
    [
        (False, {}, "very mRNAs that they are tested against"),
        (True, {"groups": "type", "factors": 0}, "inside groups whatever moves targets together looks the same"),
    ],
)
def test_no_positive_verdict_where_the_test_is_not_valid(leave_out, options, words):
    data, net, _ = world(1, n=120, slope=1.0)
    data.obs["type"] = np.repeat(["a", "b"], 60)
    cs.tl.activity(data, net, leave_out_target=leave_out)
    cs.tl.regulation(data, net, statistic="local", **options)
    assert data["regulation"].obs["n_interactions"].sum() > 0
    cs.tl.null(data, n_permutations=20)
    said = data["regulation"].uns["csmir"]["null"]
    assert not said["positive"]
    assert words in said["verdict"]


def test_left_out_survives_a_file_and_any_blocks(tmp_path):
    data, net, _ = world(2, n=120, slope=1.0)
    cs.tl.activity(data, net, leave_out_target=True)
    data.write_h5mu(tmp_path / "a.h5mu")
    again = cs.io.read(tmp_path / "a.h5mu")
    results = []
    for mdata, options in ((data, {}), (again, {"memory": "1MB", "n_threads": 1})):
        cs.tl.regulation(mdata, net, statistic="local", neighbors="expression", **options)
        results.append(mdata["regulation"].X.toarray())
    assert (results[0] != 0).any()
    np.testing.assert_array_equal(results[0], results[1])


def test_own_columns_are_for_measured_mirnas():
    data, net, _ = world(2, n=120)
    cs.tl.activity(data, net, leave_out_target=True)
    parents = pd.DataFrame({"source": ["G0"], "target": ["miR-0"]})
    with pytest.raises(cs.InputError, match="for measured miRNAs"):
        cs.tl.regulation(data, net, statistic="local", parents=parents)


def test_a_mirna_that_targets_every_mrna_leaves_none_to_compare_with(mdata):
    net = pd.DataFrame({"source": 1.5, "target": mdata["mrna"].var_names})
    with pytest.raises(cs.InputError, match=r"^'1.5' of the prior targets all \d+ mRNAs of the data, and none is left"):
        cs.tl.activity(mdata, net)
