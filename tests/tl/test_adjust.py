"""Covariates and factors through the public interface: what they take away, what they cost, and what is refused."""

from __future__ import annotations

import logging

import mudata
import numpy as np
import pandas as pd
import pytest
from tests.kernels.worlds import group_means, local_p, one_row_each, residual_ranks, world
from tests.tl.test_null import mdata_of

import csmir as cs
from csmir import InputError, StepError
from csmir.inference.mediators import is_own

OPTIONS = {"n_x": 20, "n_y": 150, "n_pairs": 200}


def infer(out, **options):
    cs.tl.regulation(out, out.uns["prior"], **({"statistic": "local", "groups": "type"} | options))
    return out["regulation"]


def shares(w, adata) -> tuple[float, float]:
    """False share of the interactions, and power."""
    found, truth = adata.X.toarray() != 0, w.truth.T
    return (found & ~truth).sum() / max(found.sum(), 1), (found & truth).sum() / truth.sum()


def test_covariates_are_the_partial_correlation_inside_the_group():
    w = world(0, n=200, n_x=5, n_y=60, n_pairs=40, batch=0.5)
    rng = np.random.default_rng(0)
    w = w._replace(x=w.x + 1 + rng.random(w.x.shape), y=w.y + 1 + rng.random(w.y.shape))  # every value is detected
    out = mdata_of(w)
    out.obs["age"], out.obs["site"] = rng.normal(size=200), rng.choice(["a", "b"], 200)
    adata = infer(out, covariates=["batch", "age", "site"], factors=0, keep="all")
    means = group_means(w.types)
    u, v = residual_ranks(w.x, means), residual_ranks(w.y, means)
    c = [out.obs["batch"].rank(), out.obs["age"].rank(), (out.obs["site"] == out.obs["site"].min()).astype(float)]
    c = np.array(c).T
    c -= means @ c
    rows, n_eff = one_row_each(w.types)
    first = [np.flatnonzero(w.types == t)[0] for t in range(4)]
    for q in range(40):
        rho, p = local_p(u[w.pair_x[q]], v[w.pair_y[q]], rows, n_eff, c)
        np.testing.assert_allclose(adata.X[first, q].toarray().ravel(), rho, atol=2e-5)
        stored = 10 ** -adata.layers["neg_log10_p"][first, q].toarray().ravel()
        assert (stored >= p * (1 - 1e-3)).all()  # tails only ever make it larger
        np.testing.assert_allclose(np.log(stored), np.log(p), atol=0.35)


@pytest.mark.parametrize("confounder", ["batch", "program"])
def test_known_and_hidden_confounders_are_taken_away(confounder, tmp_path):
    w = world(1, n=300, slope=1.0, **{confounder: 1.0}, **OPTIONS)
    out = mdata_of(w)
    bare, _ = shares(w, infer(out, factors=0))
    known, power = shares(w, infer(out, covariates="batch", factors=0))
    hidden, as_much = shares(w, infer(out))
    assert bare > 0.2
    assert known < 0.1
    assert hidden < 0.15
    assert as_much > power - 0.1
    noted = out["regulation"].uns["csmir"]["regulation"]
    assert noted["n_factors"] >= 1
    assert noted["decoy_tail_share"][0] > 0.02
    out.write_h5mu(tmp_path / "m.h5mu")
    again = mudata.read_h5mu(tmp_path / "m.h5mu")
    for either in (out, again):
        cs.tl.null(either, n_permutations=2)
    first, second = (m["regulation"].uns["csmir"]["null"] for m in (out, again))
    np.testing.assert_array_equal(first["null_interactions"], second["null_interactions"])
    assert first["decoy_share"] == second["decoy_share"] < 0.5


def test_clean_data_need_no_factors():
    w = world(2, n=300, slope=1.0, **OPTIONS)
    out = mdata_of(w)
    plain = infer(out, factors=0).X.toarray()
    np.testing.assert_array_equal(infer(out).X.toarray(), plain)
    assert out["regulation"].uns["csmir"]["regulation"]["n_factors"] == 0


def test_a_hub_keeps_its_targets_with_half_of_them_listed():
    w = world(3, n=400, hub=0.8, listed_share=0.5, **OPTIONS)
    adata = infer(mdata_of(w), factors=2)
    of_hub = (adata.var["mirna"] == "miR-0").to_numpy()
    assert (adata.X.toarray()[:, of_hub] != 0).mean() > 0.8


def test_a_mirna_that_the_factors_take_is_named(caplog):
    w = world(3, n=400, hub=0.8, hub_share=0.5, listed_share=0.1, **OPTIONS)  # of a hub the prior knows next to nothing
    with caplog.at_level(logging.WARNING, "csmir"):
        infer(mdata_of(w), factors=2)
    assert "explain more than half of 1 miRNA," in caplog.text
    assert "can hardly be seen then: 'miR-0'" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING, "csmir"):
        infer(mdata_of(world(2, n=300, **OPTIONS)), factors=2)
    assert "hidden factors explain" not in caplog.text
    assert "hidden factors go with" not in caplog.text


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_hub_that_is_the_factor_after_cpm_is_named(seed, caplog):
    w = world(seed, n=400, hub=0.8, hub_share=0.5, listed_share=0.8, **OPTIONS)
    of_hub = w.pair_x == 0
    w = w._replace(y=w.y / w.y.sum(axis=0) * w.y.sum(axis=0).mean())
    with caplog.at_level(logging.WARNING, "csmir"):
        found = infer(mdata_of(w)).X.toarray() != 0
    assert found[:, of_hub].mean() < 0.5  # what the warning is for
    assert "the hidden factors go with 'miR-0' and with no other miRNA" in caplog.text
    assert "compare with factors=0" in caplog.text


def test_a_hub_that_is_not_adjusted_away_is_not_named(caplog):
    w = world(1, n=400, hub=0.8, hub_share=0.5, listed_share=0.8, **OPTIONS)  # counts, as they are
    with caplog.at_level(logging.WARNING, "csmir"):
        found = infer(mdata_of(w)).X.toarray() != 0
    assert found[:, w.pair_x == 0].mean() > 0.8
    assert "the hidden factors" not in caplog.text


def test_an_axis_is_a_mirnas_own_where_no_other_goes_with_it():
    rng = np.random.default_rng(0)
    regulator, program = rng.normal(size=(2, 500))
    noise = rng.normal(size=(6, 500))
    mirnas = 0.5 * noise
    mirnas[0] += regulator
    mirnas[1] += mirnas[0]  # a sister, which goes with the axis through miRNA 0 alone
    assert is_own(regulator + 0.3 * noise[5], mirnas, 0)
    assert not is_own(regulator, mirnas, 1)
    mirnas[:4] += program  # a program moves four of them, and the axis is what they share
    assert not is_own(program, mirnas, 0)


def test_without_a_prior_there_are_no_factors():
    out = mdata_of(world(4, n=100, n_x=4, n_y=60, n_pairs=30))
    cs.tl.regulation(out, statistic="local", groups="type")
    assert "n_factors" not in out["regulation"].uns["csmir"]["regulation"]
    with pytest.raises(InputError, match="without a prior every mRNA is one"):
        cs.tl.regulation(out, statistic="local", groups="type", factors=1)


def test_a_prior_of_every_pair_shows_no_factors_and_says_so(caplog):
    out = mdata_of(world(4, n=100, n_x=4, n_y=60, n_pairs=30))
    ends = [(a, b) for a in out["mirna"].var_names for b in out["mrna"].var_names]
    net = pd.DataFrame(ends, columns=["source", "target"])
    for factors in (None, "auto"):
        caplog.clear()
        with caplog.at_level(logging.WARNING, "csmir"):
            cs.tl.regulation(out, net, statistic="local", groups="type", factors=factors)
        assert "no hidden factors are adjusted for" in caplog.text
        assert "in a prior that lists every pair every mRNA is one" in caplog.text
        assert "n_factors" not in out["regulation"].uns["csmir"]["regulation"]
    cs.tl.null(out, n_permutations=1)
    with pytest.raises(InputError, match="in a prior that lists every pair every mRNA is one"):
        cs.tl.regulation(out, net, statistic="local", groups="type", factors=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"factors": "many"}, "`factors` must be 'auto', or a whole number from 0 to 8"),
        ({"factors": 9}, "`factors` must be a whole number from 0 to 8"),
        ({"statistic": "exact", "covariates": "batch"}, "use statistic='local'"),
        ({"statistic": "csn", "groups": None, "factors": 2}, "Only the local test adjusts"),
        ({"groups": None, "neighbors": "X_pca_harmony"}, "Correct both or none"),
        ({"covariates": "many"}, "covariate columns are too many"),
    ],
)
def test_what_is_refused(options, message):
    out = mdata_of(world(4, n=100, n_x=4, n_y=60, n_pairs=30))
    out["mrna"].obsm["X_pca_harmony"] = np.random.default_rng(0).normal(size=(100, 3))
    out.obsm["many"] = np.random.default_rng(0).normal(size=(100, 24))
    with pytest.raises(InputError, match=message):
        infer(out, **options)
    if options.get("neighbors"):
        infer(out, **options, covariates="batch")
        infer(out, **options, covariates=())


def test_few_genes_or_non_targets(caplog):
    out = mdata_of(world(4, n=100, n_x=4, n_y=40, n_pairs=30))
    with pytest.raises(InputError, match="Hidden factors need 50 mRNAs that vary"):
        infer(out, factors=1)
    infer(out)  # by default without
    w = world(4, n=100, n_x=4, n_y=60, n_pairs=30)
    out = mdata_of(w)
    every = pd.DataFrame({"source": "miR-1", "target": [f"G{i}" for i in range(50)]})
    net = pd.concat([out.uns["prior"], every]).drop_duplicates()
    with caplog.at_level(logging.WARNING, "csmir"):
        cs.tl.regulation(out, net, statistic="local", groups="type", factors=2)
    assert "too few non-targets to see hidden factors by, and none adjusted for, of 1 miRNA: 'miR-1'" in caplog.text


def test_what_is_a_covariate_itself_is_not_tested(caplog):
    w = world(5, n=200, slope=1.0, **OPTIONS)
    rare = np.random.default_rng(0).random((2, 200)) < 0.4  # zeros have a moment of their own, which adjusting leaves
    w.x[3, rare[0]], w.y[w.pair_y[0], rare[1]] = 0, 0
    out = mdata_of(w)
    gene = out["mrna"].var_names[w.pair_y[0]]
    out.obs["twin"] = -2 * w.x[3]
    with caplog.at_level(logging.WARNING, "csmir"):
        adata = infer(out, covariates=["twin", gene, "type"], factors=0, keep="all", adjust=None)
    lost = (adata.var["mirna"] == "miR-3").to_numpy() | (adata.var["mrna"] == gene).to_numpy()
    of_mirna, of_gene = int((w.pair_x == 3).sum()), int((w.pair_y == w.pair_y[0]).sum())
    assert f"left out, since equal to a covariate: 1 miRNA, 'miR-3', and {of_mirna} pairs" in caplog.text
    assert f"left out, since equal to a covariate: 1 mRNA, '{gene}', and {of_gene} pair" in caplog.text
    assert "3 covariate columns without variation among the cells that a cell is compared with" in caplog.text
    assert adata.uns["csmir"]["regulation"]["n_untestable_pairs"] == lost.sum()
    stored = np.diff(adata.layers["neg_log10_p"].tocsc().indptr)
    assert not stored[lost].any()
    assert stored[~lost].all()
    left = out.uns["prior"][(out.uns["prior"]["source"] != "miR-3") & (out.uns["prior"]["target"] != gene)]
    cs.tl.regulation(
        out, left, statistic="local", groups="type", covariates=["twin", gene], factors=0, keep="all", adjust=None
    )
    alone = out["regulation"]  # as if what cannot be tested had never been asked for
    assert np.array_equal(alone.X.toarray(), adata.X.toarray()[:, ~lost])
    assert np.array_equal(alone.layers["qvalue"].toarray(), adata.layers["qvalue"].toarray()[:, ~lost])
    for column in ("pair_pvalue", "pair_qvalue"):
        assert adata.var.loc[lost, column].isna().all()
        assert np.array_equal(alone.var[column], adata.var.loc[~lost, column])


def test_cells_that_covariates_use_up_are_no_evidence_about_a_pair():
    w = world(7, n=205, n_x=5, n_y=40, n_pairs=30, slope=1.0)
    out = mdata_of(w)
    kind = np.where(w.types < 2, "first", "second").astype(object)
    kind[-5:], batch = "few", np.array(["a", "b"] * 102 + ["a"], object)
    batch[-5:] = ["a", "a", "b", "c", "d"]  # of five cells three columns leave two
    only = np.where(kind == "few", None, kind)
    found = {}
    for name, groups in (("few", kind), ("only", only)):
        out.obs["kind"], out.obs["batch"] = pd.Categorical(groups), pd.Categorical(batch)
        adata = infer(out, groups="kind", covariates="batch", factors=0)
        found[name] = adata.var[["n_cells", "pair_pvalue", "pair_qvalue"]]
    pd.testing.assert_frame_equal(found["few"], found["only"])
    third = np.arange(205) % 3  # a miRNA that is a function of the batch, and no column of it
    out["mirna"].X[:, 0], out.obs["batch"] = 1 + third, pd.Categorical(np.array(["a", "b", "c"], object)[third])
    adata = infer(out, groups="kind", covariates="batch", factors=0, keep="all")
    gone = (adata.var["mirna"] == "miR-0").to_numpy()
    assert not adata.layers["neg_log10_p"].tocsc()[:, gone].nnz
    assert np.array_equal(adata.var["pair_pvalue"].isna(), gone)


def test_depth_that_a_hub_makes_is_warned_of(caplog):
    w = world(6, n=400, hub=0.8, hub_share=0.4, **OPTIONS)
    out = mdata_of(w)
    cs.pp.covariates(out, ["depth"])
    with caplog.at_level(logging.WARNING, "csmir"):
        infer(out, covariates=["mrna_depth", "batch"])
    assert "covariate 'mrna_depth' goes with miR-0" in caplog.text
    assert "covariate 'batch'" not in caplog.text


def test_the_null_refuses_covariates_that_changed():
    out = mdata_of(world(7, n=100, n_x=4, n_y=60, n_pairs=30))
    infer(out, covariates="batch")
    out.obs["batch"] = np.random.default_rng(0).normal(size=100)
    with pytest.raises(StepError, match=r"The covariates .*batch.* changed since"):
        cs.tl.null(out, n_permutations=1)


@pytest.mark.parametrize("statistic", ["local", "exact"])
def test_corrected_values_may_be_negative(statistic):
    w = world(8, n=120, n_x=5, n_y=60, n_pairs=40)
    out = mdata_of(w)
    for key in ("mirna", "mrna"):
        x = np.log1p(np.asarray(out[key].X, float))
        out[key].layers["positive"] = x + 0.25
        out[key].layers["corrected"] = x - x.mean(axis=0).max()
    options = {"statistic": statistic, "groups": "type", "keep": "all"} | (
        {"factors": 0} if statistic == "local" else {}
    )
    cs.tl.regulation(out, out.uns["prior"], layer="corrected", **options)
    corrected = out["regulation"].X.toarray()
    if statistic == "exact":  # boxes of values over 0, of which none is a zero
        cs.tl.regulation(out, out.uns["prior"], layer="positive", **options)
        np.testing.assert_array_equal(corrected, out["regulation"].X.toarray())
    else:  # every value is a value: plain rank correlations
        means = group_means(w.types)
        u, v = residual_ranks(w.x, means), residual_ranks(w.y, means)
        rows, n_eff = one_row_each(w.types)
        for q in range(0, 40, 7):
            rho, _ = local_p(u[w.pair_x[q]], v[w.pair_y[q]], rows, n_eff)
            np.testing.assert_allclose(
                corrected[[np.flatnonzero(w.types == t)[0] for t in range(4)], q], rho, atol=2e-5
            )
    with pytest.raises(InputError, match="negative values"):
        cs.tl.regulation(out, out.uns["prior"], layer="corrected", pseudo_cells=False)
