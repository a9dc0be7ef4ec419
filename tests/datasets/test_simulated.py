from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import linregress, spearmanr

import csmir as cs
from csmir.datasets import _simulate


def levels(**kwargs):
    """A data set without dropout, and its log2 levels (up to the noise of counting)."""
    mdata = cs.datasets.simulated(**kwargs, dropout=0.0)
    return mdata, {key: np.log2(np.maximum(mdata[key].X, 0.5)) for key in ("mirna", "mrna")}


def same_bytes(a, b):
    return (
        all(np.array_equal(a[k].X, b[k].X) for k in ("mirna", "mrna"))
        and (a["truth"].X != b["truth"].X).nnz == 0
        and a.uns["prior"].equals(b.uns["prior"])
    )


def test_shape_and_types():
    mdata = cs.datasets.simulated()
    for key, shape, floor in (("mirna", (30, 20), np.float32(1e-4)), ("mrna", (30, 100), 0)):
        part = mdata[key]
        assert part.shape == shape
        assert part.X.dtype == np.float32
        counts = part.layers["counts"]
        assert np.issubdtype(counts.dtype, np.integer)
        # undetected is the floor, and nothing detected comes near it
        assert (part.X[counts == 0] == floor).all()
        assert part.X[counts > 0].min() > 0.1
        assert 0.25 < (counts == 0).mean() < 0.45
        # one depth a cell explains the counts
        depth = np.where(counts > 0, counts / np.maximum(part.X, 0.1), np.nan)
        np.testing.assert_allclose(np.nanmax(depth, 1), np.nanmin(depth, 1), rtol=1e-5)
    assert mdata.uns["csmir"]["simulated"]["floor"] == 1e-4
    truth = mdata["truth"]
    assert isinstance(truth.X, sparse.csr_matrix)
    assert truth.X.dtype == np.float32
    assert set(truth.X.data) == {-1}
    assert all(isinstance(truth.var[c].dtype, pd.CategoricalDtype) for c in ("mirna", "mrna"))
    prior = mdata.uns["prior"]
    assert not prior.duplicated().any()
    assert ("truth:" + prior["source"] + "|" + prior["target"] == truth.var_names).all()
    assert set(prior["source"]) <= set(mdata["mirna"].var_names)
    assert set(prior["target"]) <= set(mdata["mrna"].var_names[~mdata["mrna"].var["marker"]])
    n_cells = (truth.X.toarray() != 0).sum(0)
    np.testing.assert_array_equal(truth.var["n_cells"], n_cells)
    np.testing.assert_array_equal(truth.var["sign"], np.where(n_cells > 0, -1, 0))
    assert 0 < (n_cells > 0).sum() < len(prior)
    assert len(cs.get.edges(mdata, regulation="truth")) == truth.X.nnz


def test_names_look_like_mirnas():
    names = cs.datasets.simulated(2, 500, 3, modules=0)["mirna"].var_names
    assert names.is_unique
    assert names.str.fullmatch(r"hsa-(let-7[ab]|miR-\d+[a-d]?(-1)?)(-[35]p)?").all()
    family = {f"hsa-miR-{x}" for x in ("17-5p", "18a-5p", "19a-3p", "19b-3p", "20a-5p", "92a-3p")}
    assert family <= set(cs.datasets.simulated()["mirna"].var_names)


@pytest.mark.parametrize("structure", ["groups", "trajectory", "none"])
@pytest.mark.parametrize("prevalence", [0, 0.05, 0.4, 1])
def test_prevalence(structure, prevalence):
    truth = cs.datasets.simulated(200, structure=structure, prevalence=prevalence)["truth"]
    assert truth.X.nnz / np.prod(truth.shape) == pytest.approx(prevalence, abs=0.002)
    assert truth.X.has_canonical_format


def test_where_pairs_are_regulated():
    mdata = cs.datasets.simulated(90)
    share = pd.DataFrame(mdata["truth"].X.toarray() != 0).groupby(mdata.obs["group"].to_numpy()).mean().to_numpy()
    assert set(np.unique(share)) == {0, 1}  # whole groups
    mdata = cs.datasets.simulated(90, structure="trajectory")
    time = mdata.obs["pseudotime"].to_numpy()
    true = mdata["truth"].X.toarray()[np.argsort(time)] != 0
    somewhere = true[:, true.any(0)]
    assert (np.abs(np.diff(np.pad(somewhere.astype(int), ((1, 1), (0, 0))), axis=0)).sum(0) == 2).all()  # one window
    mdata = cs.datasets.simulated(90, structure="none")
    n_cells = mdata["truth"].var["n_cells"]
    assert set(n_cells) == {0, 27}
    assert mdata.obs.empty


@pytest.mark.parametrize("structure", ["groups", "trajectory", "none"])
@pytest.mark.parametrize("effect", [0.0, 0.7])
@pytest.mark.parametrize("direction", ["repression", "activation"])
def test_slope_within_the_regulated_cells(structure, effect, direction):
    """Where a pair is regulated the mRNA moves by `effect` with the miRNA; elsewhere it does not."""
    sign = -1 if direction == "repression" else 1
    # few regulators each: other regulators of an mRNA are noise for this one
    mdata, level = levels(
        n_cells=900,
        n_mirnas=20,
        n_mrnas=100,
        structure=structure,
        effect=effect,
        direction=direction,
        modules=0,
        seed=3,
    )
    truth = mdata["truth"]
    inside, outside = [], []
    mirna, mrna = (pd.Index(truth.var[key].astype(str)) for key in ("mirna", "mrna"))
    for pair in np.flatnonzero(truth.var["n_cells"] > 0):
        r, t = mdata["mirna"].var_names.get_loc(mirna[pair]), mdata["mrna"].var_names.get_loc(mrna[pair])
        if level["mirna"][:, r].mean() < 6 or level["mrna"][:, t].mean() < 5:
            continue  # counting noise flattens the slope
        true = truth.X[:, [pair]].toarray().ravel() != 0
        for out, cells in ((inside, true), (outside, ~true)):
            out.append(linregress(level["mirna"][cells, r], level["mrna"][cells, t]).slope)
    assert np.mean(inside) == pytest.approx(sign * effect, abs=0.05)
    assert np.mean(outside) == pytest.approx(0, abs=0.05)


def test_shift_fools_a_global_correlation():
    def null_rate(shift):
        mdata, level = levels(n_cells=300, shift=shift, prevalence=0.0)
        p = spearmanr(level["mirna"], level["mrna"]).pvalue[:20, 20:]
        var = mdata["truth"].var
        rows = mdata["mirna"].var_names.get_indexer(var["mirna"].astype(str))
        columns = mdata["mrna"].var_names.get_indexer(var["mrna"].astype(str))
        return (p[rows, columns] < 0.01).mean()

    assert null_rate(0.0) < 0.03
    assert null_rate(1.0) > 0.4


def test_markers_tell_the_groups_apart():
    mdata, level = levels(n_cells=60)
    group = mdata.obs["group"].to_numpy()
    between = pd.DataFrame(level["mrna"]).groupby(group).mean().std().to_numpy()
    marker = mdata["mrna"].var["marker"].to_numpy()
    assert marker.sum() == 10
    assert between[marker].mean() > 1
    assert between[~marker].mean() < 0.3


def test_modules_are_bicliques_of_the_truth():
    mdata = cs.datasets.simulated(60, modules=2)
    table, truth = mdata.uns["modules"], mdata["truth"]
    assert table["module"].value_counts().tolist() == [12, 12]
    for _, module in table.groupby("module"):
        assert module["mirna"].nunique() == 3
        assert module["mrna"].nunique() == 4
        block = truth[:, ("truth:" + module["mirna"] + "|" + module["mrna"]).tolist()].X.toarray() != 0
        cells = block.all(1)
        assert cells.sum() >= 20
    assert table.groupby("module")["mirna"].unique().explode().is_unique
    assert cs.datasets.simulated(modules=0).uns["modules"].empty


def test_mixed_signs():
    truth = cs.datasets.simulated(direction="mixed")["truth"]
    assert set(truth.X.data) == {-1, 1}
    sign = truth.X.toarray()
    np.testing.assert_array_equal(sign.sum(0), truth.var["sign"] * truth.var["n_cells"])
    assert truth.var[truth.var["module"] != ""].groupby("module", observed=True)["sign"].nunique().max() == 1


def test_seeds():
    a = cs.datasets.simulated(seed=5)
    assert same_bytes(a, cs.datasets.simulated(seed=5))
    assert not same_bytes(a, cs.datasets.simulated(seed=6))
    # parts have seeds of their own
    b = cs.datasets.simulated(seed=5, effect=2.0)
    assert (a["truth"].X != b["truth"].X).nnz == 0
    np.testing.assert_array_equal(a["mirna"].X, b["mirna"].X)
    assert not np.array_equal(a["mrna"].X, b["mrna"].X)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 7), st.integers(1, 12), st.integers(1, 5),
    st.sampled_from(["groups", "trajectory", "none"]), st.floats(0, 1), st.floats(0.01, 1), st.integers(0, 99),
)  # fmt: skip
def test_any_size(n_cells, n_mirnas, n_mrnas, n_groups, structure, prevalence, density, seed):
    model = {"structure": structure, "prevalence": prevalence, "prior_density": density, "marker_share": 0.3}
    mdata = cs.datasets.simulated(n_cells, n_mirnas, n_mrnas, n_groups=n_groups, seed=seed, **model)
    assert mdata["mirna"].shape == (n_cells, n_mirnas)
    assert mdata["mrna"].shape == (n_cells, n_mrnas)
    targets = n_mrnas - int(mdata["mrna"].var["marker"].sum())
    assert len(mdata.uns["prior"]) == max(1, round(density * n_mirnas * targets))
    assert mdata["truth"].shape == (n_cells, len(mdata.uns["prior"]))
    assert np.isfinite(mdata["mrna"].X).all()
    assert (mdata["mrna"].X >= 0).all()


@pytest.mark.parametrize("structure", ["groups", "trajectory", "none"])
@pytest.mark.parametrize("n_cells", [1, 30])
def test_saved_and_reloaded(tmp_path, structure, n_cells):
    mdata = cs.datasets.simulated(n_cells, structure=structure)
    mdata.write(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")
    assert same_bytes(mdata, again)
    assert again["truth"].X.dtype == np.float32
    pd.testing.assert_frame_equal(again["truth"].var, mdata["truth"].var, check_index_type=False)
    assert again.uns["modules"].to_numpy().tolist() == mdata.uns["modules"].to_numpy().tolist()
    assert list(again.obs.columns) == list(mdata.obs.columns)


def test_regulate_is_the_sum_over_regulators():
    """By hand: two cells, two miRNAs, both regulate mRNA 1 in cell 0, the second alone in cell 1."""
    design = _simulate.Design(mirna=np.array([0, 1]), mrna=np.array([1, 1]), module=np.array([-1, -1]))
    level = np.zeros((2, 3))
    active = sparse.csr_matrix(np.array([[True, True], [False, True]]))
    _simulate.regulate(level, np.array([[2.0, 0.5], [3.0, -1.0]]), active, np.array([-1.0, 2.0]), design)
    np.testing.assert_array_equal(level, [[0, -2 + 1, 0], [0, -2, 0]])


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"n_cells": 0}, "`n_cells` must be a whole number of at least 1; found 0"),
        ({"n_mirnas": 1.5}, "`n_mirnas` must be a whole number"),
        ({"n_mrnas": True}, "`n_mrnas` must be a whole number"),
        ({"n_groups": 0}, "`n_groups` must be"),
        ({"structure": "group"}, "Did you mean 'groups'"),
        ({"direction": "down"}, "`direction` must be one of 'repression', 'activation', 'mixed'"),
        ({"prevalence": 1.1}, r"`prevalence` must be a number in \[0, 1\]; found 1.1"),
        ({"prior_density": 0}, r"`prior_density` must be a number in \(0, 1\]"),
        ({"dropout": 1}, r"`dropout` must be a number in \[0, 1\)"),
        ({"floor": 1}, r"`floor` must be a number in \[0, 0.1\)"),
        ({"effect": float("nan")}, "`effect` must be a number"),
        ({"shift": 1, "structure": "none"}, "no types; found shift=1. Leave it 0"),
        ({"modules": 7}, "do not fit into 20 miRNAs"),
        ({"modules": 6}, "need more regulated .* 4 would do"),
        ({"seed": -1}, "`seed` must be a whole number of at least 0"),
    ],
)
def test_errors(kwargs, message):
    with pytest.raises(cs.InputError, match=message):
        cs.datasets.simulated(**kwargs)
