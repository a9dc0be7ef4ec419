"""Direct targets: the member that acts, sets of twins, and the plain partial correlation."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.kernels.worlds import group_means, one_row_each, world
from tests.tl.test_null import mdata_of

import csmir as cs
from csmir import InputError, StepError


def clustered(r: float, seed: int = 0, n: int = 400):
    """Four miRNAs that vary together, the first of which represses eight of their shared targets."""
    rng = np.random.default_rng(seed)
    w = world(seed, n=n, n_x=8, n_y=80, n_pairs=100)
    x, y = w.x.copy(), w.y.copy()
    common = rng.normal(size=n)
    logs = np.sqrt(r) * common + np.sqrt(1 - r) * rng.normal(size=(4, n))
    x[:4] = rng.poisson(np.exp(5 + 0.7 * logs))
    targets = np.arange(8)
    for t in targets:
        y[t] = rng.poisson(np.exp(4 - 0.6 * logs[0] + 0.6 * rng.normal(size=n)))
    mdata = mdata_of(w._replace(x=x, y=y))
    every = pd.MultiIndex.from_product([[f"miR-{i}" for i in range(4)], [f"G{t}" for t in targets]])
    mine = pd.DataFrame(list(every), columns=["source", "target"])
    rest = mdata.uns["prior"]
    mdata.uns["prior"] = pd.concat([mine, rest[~rest["target"].isin(mine["target"])]]).reset_index(drop=True)
    return mdata, w._replace(x=x, y=y)


def infer(mdata, **options):
    cs.tl.regulation(mdata, mdata.uns["prior"], **({"statistic": "local", "groups": "type", "factors": 0} | options))
    cs.tl.direct(mdata)
    return mdata["regulation"]


def test_the_member_that_acts_is_left(tmp_path):
    mdata, _ = clustered(0.8)
    adata = infer(mdata)
    edges = cs.get.edges(mdata, columns="set")
    shared = edges[edges["mrna"].isin([f"G{t}" for t in range(8)])]
    true = shared["mirna"] == "miR-0"
    assert (~true).sum() > 0.5 * true.sum()  # sisters are called
    left = shared["direct_pvalue"] <= 0.01
    assert (left & true).sum() > 0.6 * true.sum()
    assert (left & ~true).sum() < 0.15 * (left & true).sum()
    assert (shared["set"] == shared["mirna"].astype(str)).all()
    mdata.write_h5mu(tmp_path / "m.h5mu")
    again = mudata.read_h5mu(tmp_path / "m.h5mu")
    np.testing.assert_array_equal(
        again["regulation"].layers["direct_pvalue"].toarray(), adata.layers["direct_pvalue"].toarray()
    )


def test_twins_are_one_set():
    mdata, _ = clustered(0.995)
    infer(mdata)
    edges = cs.get.edges(mdata)
    shared = edges[edges["mrna"] == "G3"]
    assert "miR-0" in set(shared["mirna"])
    assert shared["set"].str.contains("miR-0, miR-1").any()


def ranked(values):
    return (stats.rankdata(values) - 0.5) / len(values)


@pytest.mark.parametrize(("keep", "own"), [("all", False), ("significant", False), ("significant", True)])
def test_it_is_the_partial_correlation_inside_the_group(keep, own):

    mdata, w = clustered(0.8, seed=1)
    rng = np.random.default_rng(0)
    for key, values in (("mirna", w.x), ("mrna", w.y)):
        mdata[key].X = (values + 1 + rng.random(values.shape)).T
    options = {}
    if own:
        mdata["mrna"].layers["unspliced"] = mdata["mrna"].X + rng.gamma(2, 60, mdata["mrna"].shape)
        options = {"parents": pd.DataFrame({"source": ["G70"], "target": ["miR-0"]}), "transcription": "unspliced"}
    adata = infer(mdata, keep=keep, covariates="batch", **options)
    means = group_means(w.types)
    u, v = (stats.norm.ppf(np.apply_along_axis(ranked, 1, mdata[key].X.T)) for key in ("mirna", "mrna"))
    u, v = u - u @ means.T, v - v @ means.T
    batch = mdata.obs["batch"].rank().to_numpy()
    held = [batch - means @ batch]
    if own:
        more = [ranked(mdata["mrna"].X[:, 70]), ranked(mdata["mrna"].layers["unspliced"][:, 2])]
        held += [column - means @ column for column in more]
    seen = 0
    rows, n_eff = one_row_each(w.types)
    q = np.flatnonzero((adata.var["mirna"] == "miR-0") & (adata.var["mrna"] == "G2"))[0]
    for i, (row, n) in enumerate(zip(rows, n_eff, strict=True)):
        cell = np.flatnonzero(w.types == i)[0]
        stored = adata.layers["direct_pvalue"][cell].toarray().ravel()[q]
        if np.isnan(stored) or adata.layers["qvalue"][cell, q] > 0.05 or adata.X[cell, q] == 0:
            continue
        root = np.sqrt(row)[:, None]
        design = root * np.column_stack([np.ones(len(row)), u[1], u[2], u[3], *held])
        a, b = (root[:, 0] * s for s in (u[0], v[2]))
        a, b = (s - design @ np.linalg.lstsq(design, s, rcond=None)[0] for s in (a, b))
        rho, df = a @ b / np.sqrt(a @ a * (b @ b)), n - 2 - 3 - len(held)
        p = stats.t.cdf(rho * np.sqrt(df / (1 - rho**2)), df)
        assert np.log(stored) == pytest.approx(np.log(p), rel=0.1)  # the ridge
        seen += 1
    assert seen
    for cell in (np.flatnonzero(w.types == i)[0] for i in range(4)):
        p, p0, q = (
            adata.layers[name][cell].toarray().ravel().astype(float)
            for name in ("direct_pvalue", "neg_log10_p", "direct_qvalue")
        )
        found = adata.layers["qvalue"][cell].toarray().ravel() <= 0.05
        found &= adata.X[cell].toarray().ravel() != 0
        both = np.maximum(p[found], np.minimum(10.0 ** -p0[found] * adata.n_vars / found.sum(), 1))
        np.testing.assert_allclose(q[found], stats.false_discovery_control(both), rtol=1e-4)


@pytest.mark.parametrize("keep", ["all", "significant"])
@pytest.mark.parametrize("entries", ["as scipy leaves them", "of X sorted"])
def test_each_q_belongs_to_its_pair_in_whatever_order_pairs_and_entries_are(keep, entries):
    mdata, _ = clustered(0.8, n=200)
    before = infer(mdata, keep=keep).copy()
    mixed = before[:, np.random.default_rng(0).permutation(before.n_vars)].copy()
    for name in ("direct_pvalue", "direct_qvalue"):
        del mixed.layers[name]
    if entries == "of X sorted":
        mixed.X.sort_indices()
    mdata.mod["regulation"] = mixed
    cs.tl.direct(mdata)
    after = mdata["regulation"][:, before.var_names]
    for name in ("direct_pvalue", "direct_qvalue"):
        np.testing.assert_array_equal(after.layers[name].toarray(), before.layers[name].toarray())
    pd.testing.assert_series_equal(after.var["set"], before.var["set"])


def test_sets_are_of_the_cells_and_pairs_that_they_were_found_in():
    mdata, _ = clustered(0.995, n=200)
    infer(mdata)
    assert (cs.get.edges(mdata, columns="set")["set"] != "").any()
    mdata.mod["regulation"] = mdata["regulation"][:150].copy()
    with pytest.raises(cs.InputError, match="set"):
        cs.get.edges(mdata, columns="set")


def test_other_statistics_are_refused():
    mdata, _ = clustered(0.5, n=100)
    cs.tl.regulation(mdata, mdata.uns["prior"], pseudo_cells=False)
    with pytest.raises(StepError, match="takes networks of the local test"):
        cs.tl.direct(mdata)


def test_counts_are_recognised_or_named():
    mdata, w = clustered(0.8, seed=2)
    plain = infer(mdata).layers["direct_pvalue"].toarray()
    logged = mdata.copy()
    logged["mirna"].X = np.log2(logged["mirna"].X + 1)
    np.testing.assert_allclose(infer(logged).layers["direct_pvalue"].toarray(), plain, rtol=1e-4)
    scaled = mdata.copy()
    scaled["mirna"].X = 0.37 * scaled["mirna"].X
    without = infer(scaled).layers["direct_pvalue"].toarray()
    assert not np.allclose(without, plain, equal_nan=True)
    scaled["mirna"].layers["counts"] = w.x.T.astype(float)
    cs.tl.direct(scaled, counts="counts")
    np.testing.assert_allclose(scaled["regulation"].layers["direct_pvalue"].toarray(), plain, rtol=1e-4)
    scaled["mirna"].layers["other"] = scaled["mirna"].X
    with pytest.raises(InputError, match="must name a layer of counts"):
        cs.tl.direct(scaled, counts="other")
    with pytest.raises(InputError, match="has no layer 'none'"):
        cs.tl.direct(scaled, counts="none")


def test_values_that_are_no_counts_are_told(caplog):
    mdata, _ = clustered(0.8, seed=2, n=200)
    mdata["mirna"].X = 0.37 * mdata["mirna"].X
    with caplog.at_level("WARNING", logger="csmir"):
        infer(mdata)
    assert "counting noise is not corrected for" in caplog.text
