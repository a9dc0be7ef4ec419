"""Parents of a miRNA and the transcription of a target: plain partial correlations, back doors, and bad input."""

from __future__ import annotations

import logging

import mudata
import numpy as np
import pandas as pd
import pytest
from tests.kernels.worlds import group_means, local_p, one_row_each, residual_ranks, world
from tests.tl.test_null import mdata_of

import csmir as cs
from csmir import InputError


def jittered(w):
    rng = np.random.default_rng(0)
    return w._replace(x=w.x + 1 + rng.random(w.x.shape), y=w.y + 1 + rng.random(w.y.shape))


def infer(mdata, **options):
    cs.tl.regulation(
        mdata, mdata.uns["prior"], **({"statistic": "local", "groups": "type", "factors": 0, "keep": "all"} | options)
    )
    return mdata["regulation"]


def test_each_pair_has_its_own_columns():
    w = jittered(world(0, n=200, n_x=5, n_y=60, n_pairs=40))
    mdata = mdata_of(w)
    rng = np.random.default_rng(1)
    mdata["mrna"].layers["unspliced"] = w.y.T + rng.normal(size=w.y.T.shape) * w.y.std(axis=1)
    parents = pd.DataFrame({"source": ["G3", "G7", "G7"], "target": ["miR-1", "miR-1", "miR-2"]})
    adata = infer(mdata, parents=parents, transcription="unspliced", covariates="batch")
    means = group_means(w.types)
    u, v = residual_ranks(w.x, means), residual_ranks(w.y, means)
    before = residual_ranks(mdata["mrna"].layers["unspliced"].T, means)
    batch = mdata.obs["batch"].rank().to_numpy()
    batch = batch - means @ batch
    rows, n_eff = one_row_each(w.types)
    first = [np.flatnonzero(w.types == t)[0] for t in range(4)]
    own = {1: [3, 7], 2: [7]}
    for q, (r, t) in enumerate(zip(w.pair_x, w.pair_y, strict=True)):
        of_r = own.get(r, [])
        if t in of_r:
            continue
        c = np.column_stack([batch, before[t], *(v[g] for g in of_r)])
        rho, _ = local_p(u[r], v[t], rows, n_eff, c)
        np.testing.assert_allclose(adata.X[first, q].toarray().ravel(), rho, atol=5e-4)


def test_a_back_door_through_a_parent_is_closed(tmp_path):
    w = world(1, n=300, n_x=10, n_y=80, n_pairs=80)
    host = w.y[5]
    strength = np.log1p(host) - np.log1p(host).mean()
    rng = np.random.default_rng(0)
    x, y = w.x.copy(), w.y.copy()
    x[0] = rng.poisson(np.exp(3 + strength))  # the host gene drives the miRNA up
    of_mirna = w.pair_y[(w.pair_x == 0) & (w.pair_y != 5)]
    for t in of_mirna:  # and its putative targets down, without the miRNA
        y[t] = rng.poisson(np.exp(3 - strength))
    mdata = mdata_of(w._replace(x=x, y=y))
    mdata.uns["prior"] = pd.concat(
        [mdata.uns["prior"], pd.DataFrame({"source": ["miR-0"], "target": ["G5"]})]
    ).drop_duplicates()
    open_ = infer(mdata, keep="significant")
    of = (open_.var["mirna"] == "miR-0").to_numpy()
    assert (open_.X.toarray()[:, of] != 0).mean() > 0.5
    parents = pd.DataFrame({"source": ["G5"], "target": ["miR-0"]})
    closed = infer(mdata, keep="significant", parents=parents)
    assert (closed.X.toarray()[:, of] != 0).mean() < 0.05
    assert closed.uns["csmir"]["regulation"]["n_untestable_pairs"] == 1
    at = ((closed.var["mirna"] == "miR-0") & (closed.var["mrna"] == "G5")).to_numpy()
    assert closed.X[:, at].nnz == 0
    mdata.write_h5mu(tmp_path / "m.h5mu")
    again = mudata.read_h5mu(tmp_path / "m.h5mu")
    for either in (mdata, again):
        cs.tl.null(either, n_permutations=2)
    first, second = (m["regulation"].uns["csmir"]["null"] for m in (mdata, again))
    np.testing.assert_array_equal(first["null_interactions"], second["null_interactions"])


def test_the_signature_is_adjusted_as_the_test_is():
    w = jittered(world(0, n=200, n_x=5, n_y=60, n_pairs=40, slope=1.0))
    mdata = mdata_of(w)
    rng = np.random.default_rng(1)
    mdata["mrna"].layers["unspliced"] = w.y.T + rng.normal(size=w.y.T.shape) * w.y.std(axis=1)
    parents = pd.DataFrame({"source": [f"G{w.pair_y[0]}", "G7"], "target": [f"miR-{w.pair_x[0]}", "miR-2"]})
    for options in ({}, {"parents": parents}, {"parents": parents, "transcription": "unspliced"}):
        adata = infer(mdata, **options)
        cs.tl.null(mdata, n_permutations=1)
        said = mdata["regulation"].uns["csmir"]["null"]["signature"].loc["repression", "targets"]
        p = adata.layers["neg_log10_p"].toarray()
        tested = adata.layers["neg_log10_p"].getnnz(axis=0) > 0
        assert tested.sum() == 40 - ("parents" in options)
        assert said == pytest.approx((p[:, tested] >= 2).mean(), rel=1e-6)


def test_noise_of_parents_is_told(caplog):
    mdata = mdata_of(world(0, n=100, n_x=4, n_y=30, n_pairs=30))
    rng = np.random.default_rng(0)
    mdata["mrna"].X[:, 1], mdata["mrna"].X[:, 2] = rng.poisson(3, 100), 1000 * rng.poisson(3, 100)
    parents = pd.DataFrame({"source": ["G1", "G2"], "target": ["miR-1", "miR-1"]})
    for log in (False, True):
        if log:
            mdata["mrna"].X = np.log2(mdata["mrna"].X + 1)
        caplog.clear()
        with caplog.at_level(logging.WARNING, "csmir"):
            infer(mdata, parents=parents)
        assert "of the variance of 1 gene, at most" in caplog.text
    mdata["mrna"].X = np.sqrt(mdata["mrna"].X)  # counts of what, nobody can say
    caplog.clear()
    infer(mdata, parents=parents)
    assert "counting noise" not in caplog.text


def test_what_follows_transcription_is_no_regulation():
    w = world(2, n=300, n_x=10, n_y=80, n_pairs=80)
    rng = np.random.default_rng(0)
    t = w.pair_y[w.pair_x == 0]
    activity = np.log1p(w.x[0]) - np.log1p(w.x[0]).mean()
    before, y = w.y.copy(), w.y.copy()
    for g in t:  # transcription goes down with the miRNA
        level = np.exp(4 - activity + 0.5 * rng.normal(size=300))
        before[g], y[g] = rng.poisson(20 * level), rng.poisson(level)
    mdata = mdata_of(w._replace(y=y))
    mdata["mrna"].layers["unspliced"] = before.T
    of = (infer(mdata, keep="significant").var["mirna"] == "miR-0").to_numpy()
    plain = (mdata["regulation"].X.toarray()[:, of] != 0).mean()
    left = (infer(mdata, keep="significant", transcription="unspliced").X.toarray()[:, of] != 0).mean()
    assert plain > 0.9
    assert left < 0.1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"parents": [("nobody", "miR-1")]}, "no row does"),
        (
            {"parents": [("miR-0", "miR-1"), ("miR-1", "miR-0")]},
            "`parents` go in a circle: miR-[01] -> miR-[01] -> miR-[01]. What",
        ),
        ({"parents": [("miR-0", "miR-1"), ("miR-1", "miR-2"), ("miR-2", "miR-0")]}, "circle: (miR-[012] -> ){3}miR"),
        ({"parents": [(f"G{i}", "miR-1") for i in range(25)]}, r"25 covariate columns and parents of one miRNA \(25\)"),
        ({"parents": [("miR-1", "miR-1")]}, "circle"),
        ({"transcription": "nascent"}, "must name a layer of mdata"),
        ({"transcription": "same"}, "is the expression itself"),
        ({"transcription": "logged"}, "has its order in every cell"),
        ({"statistic": "exact", "transcription": "same"}, "use statistic='local'"),
    ],
)
def test_what_is_refused(options, message):
    mdata = mdata_of(world(0, n=100, n_x=4, n_y=30, n_pairs=30))
    mdata["mrna"].layers["same"] = mdata["mrna"].X.copy()
    mdata["mrna"].layers["logged"] = np.log1p(mdata["mrna"].X)
    if "parents" in options:
        options = {"parents": pd.DataFrame(options["parents"], columns=["source", "target"])}
    with pytest.raises(InputError, match=message):
        infer(mdata, **({"factors": None} | options))


def test_unknown_parents_are_counted(caplog):
    mdata = mdata_of(world(0, n=100, n_x=4, n_y=30, n_pairs=30))
    parents = pd.DataFrame({"source": ["G1", "nobody", "G2"], "target": ["miR-1", "miR-1", "mir-2"]})
    with caplog.at_level(logging.WARNING, "csmir"):
        infer(mdata, parents=parents)
    assert "2 of 3 rows name what the data lack and are left out: 'nobody', 'mir-2'" in caplog.text
    assert "Did you mean 'miR-2'" in caplog.text


def test_a_layer_that_is_the_expression_of_some_genes_is_counted(caplog):
    mdata = mdata_of(world(0, n=100, n_x=4, n_y=30, n_pairs=30))
    layer = np.random.default_rng(0).random(mdata["mrna"].shape)
    layer[:, :7] = mdata["mrna"].X[:, :7]
    mdata["mrna"].layers["unspliced"] = layer
    with caplog.at_level(logging.WARNING, "csmir"):
        found = infer(mdata, transcription="unspliced", keep="all")
    assert "is the expression itself of 7 mRNAs, whose pairs cannot be tested" in caplog.text
    tested = found.layers["neg_log10_p"].toarray().max(axis=0) > 0
    of_them = found.var["mrna"].isin([f"G{i}" for i in range(7)]).to_numpy()
    assert of_them.any()
    assert not tested[of_them].any()
    assert tested[~of_them].all()


def test_what_does_not_vary_is_counted(caplog):
    mdata = mdata_of(world(0, n=100, n_x=4, n_y=30, n_pairs=30))
    mdata["mrna"].X[:, 1] = 3.0
    mdata["mrna"].layers["unspliced"] = np.random.default_rng(0).random(mdata["mrna"].shape)
    mdata["mrna"].layers["unspliced"][:, 4:9] = 0
    parents = pd.DataFrame({"source": ["G1", "G2"], "target": ["miR-1", "miR-1"]})
    with caplog.at_level(logging.WARNING, "csmir"):
        infer(mdata, parents=parents, transcription="unspliced")
    assert "1 gene without variation, not adjusted for: 'G1'" in caplog.text
    assert "does not vary for 5 mRNAs, not adjusted" in caplog.text
