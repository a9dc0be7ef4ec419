"""Targets planted on counts of miRNAs: what is planted is there, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import csmir as cs
from csmir import InputError


def residuals(values, group):
    """Less the mean of each group, by pandas."""
    return values - values.groupby(group).transform("mean")


def slopes(mdata):
    """The regression of each mRNA on each of its putative miRNAs in each group, least squares, and whether planted."""
    group = mdata.obs["group"].astype(str).to_numpy()
    counts = mdata["mirna"].layers["counts"]
    size = counts.sum(axis=1) / np.median(counts.sum(axis=1))
    x = residuals(pd.DataFrame(np.log2((counts + 0.5) / size[:, None]), columns=mdata["mirna"].var_names), group)
    y = residuals(np.log2(mdata["mrna"].to_df().reset_index(drop=True) + 0.5), group)
    rows = []
    planted = mdata["truth"].X.toarray() != 0
    for name in np.unique(group):
        cells = group == name
        for target, part in mdata.uns["prior"].groupby("target"):
            fit = np.linalg.lstsq(x.loc[cells, part["source"]].to_numpy(), y.loc[cells, target].to_numpy(), rcond=None)[
                0
            ]
            rows += [(b, planted[cells, pair].all()) for b, pair in zip(fit, part.index, strict=True)]
    return pd.DataFrame(rows, columns=["slope", "planted"])


def test_planted_pairs_have_the_slope_asked_for_and_others_none():
    mdata = cs.datasets.semi_synthetic(effect=0.5, prevalence=0.2, seed=1)
    found = slopes(mdata).groupby("planted")["slope"].agg(["mean", "count"])
    assert abs(found.loc[True, "mean"] + 0.5) < 0.03
    assert abs(found.loc[False, "mean"]) < 0.02
    assert found["count"].min() > 300


def test_counts_given_are_kept_as_they_are():
    given = cs.datasets.semi_synthetic(seed=3)["mirna"]
    table = pd.DataFrame(given.layers["counts"], index=given.obs_names, columns=given.var_names)
    lines = pd.Series(np.where(np.arange(len(table)) % 2 == 0, "A", "B"), index=table.index)
    mdata = cs.datasets.semi_synthetic(table, groups=lines, n_mirnas=25, n_mrnas=60, n_cells=300)
    kept = mdata["mirna"]
    again = table.loc[kept.obs_names, kept.var_names]
    np.testing.assert_array_equal(kept.layers["counts"], again)
    assert kept.shape == (300, 25)
    # the miRNAs that the most of these cells detect, in the order of the data
    detected = (table.loc[kept.obs_names] > 0).sum()
    assert detected[kept.var_names].min() >= detected.drop(kept.var_names).max()
    assert kept.var_names.tolist() == [m for m in table if m in set(kept.var_names)]
    assert (mdata.obs["group"].astype(str) == lines[kept.obs_names]).all()
    assert mdata.uns["csmir"]["semi_synthetic"]["source"] == "given"
    share = mdata["truth"].X.nnz / np.prod(mdata["truth"].shape)
    assert abs(share - 0.1) < 0.01
    adata = AnnData(table, obs=pd.DataFrame({"line": lines}))
    other = cs.datasets.semi_synthetic(adata, groups="line", n_mirnas=25, n_mrnas=60, n_cells=300)
    np.testing.assert_array_equal(other["mrna"].X, mdata["mrna"].X)


def test_same_seed_same_bytes_and_it_survives_saving(tmp_path):
    import mudata

    a, b = (cs.datasets.semi_synthetic(n_cells=50, n_mirnas=8, n_mrnas=30, seed=s) for s in (4, 4))
    np.testing.assert_array_equal(a["mrna"].X, b["mrna"].X)
    a.write_h5mu(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")
    assert (again["truth"].X != a["truth"].X).nnz == 0
    assert again.uns["csmir"]["semi_synthetic"]["effect"] == 0.6


def test_the_local_test_finds_what_was_planted():
    mdata = cs.datasets.semi_synthetic(n_cells=400, n_mirnas=15, n_mrnas=80, effect=1.0, prevalence=0.2, seed=2)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", groups="group", n_threads=1, progress=False)
    column = {name.removeprefix("truth:"): i for i, name in enumerate(mdata["truth"].var_names)}
    networks = mdata["regulation"]
    planted = mdata["truth"].X.toarray()[:, [column[name] for name in networks.var_names]] != 0
    found = networks.X.toarray() != 0
    assert (found & planted).sum() > 0.5 * planted.sum()
    assert (found & ~planted).sum() < 0.1 * found.sum()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mirna": pd.DataFrame([[0.5, 1], [2, 3]], columns=["a", "b"])}, "must be counts"),
        ({"mirna": pd.DataFrame([[5, 1], [2, 3]], columns=["a", "b"]), "n_mirnas": 3}, "2 were detected"),
        ({"mirna": pd.DataFrame([[5, 1], [2, 3]], columns=["a", "b"]), "groups": "line"}, "column of .obs"),
        ({"n_cells": 10_000}, "600 cells have a count"),
        ({"effect": -1}, "effect"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(InputError, match=message):
        cs.datasets.semi_synthetic(**options)


def test_a_cell_without_a_group_is_refused():
    table = pd.DataFrame([[5, 1], [2, 3]], index=["x", "y"], columns=["a", "b"])
    with pytest.raises(InputError, match="1 of 2 cells have no group"):
        cs.datasets.semi_synthetic(table, groups=pd.Series({"x": "A"}), n_mirnas=2)


def test_real_counts(shared_data):
    """PSCSR-seq of four cell lines, a public table without a licence, which csmir does not ship."""
    path = shared_data / "real" / "pscsr_celllines_mirna_counts.csv.gz"
    lines = pd.read_csv(shared_data / "real" / "pscsr_celllines_cells.csv.gz", index_col=0)["celltype"]
    mdata = cs.datasets.semi_synthetic(path, groups=lines, n_cells=800, effect=0.6, seed=0)
    assert mdata["mirna"].shape == (800, 40)
    assert set(mdata.obs["group"]) == set(lines)
    assert all(name.startswith("hsa-") for name in mdata["mirna"].var_names)
    planted = slopes(mdata).groupby("planted")["slope"].mean()
    assert abs(planted[True] + 0.6) < 0.06
    assert abs(planted[False]) < 0.03
