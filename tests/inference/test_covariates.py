"""Covariates: what a name stands for, how it becomes columns, and what is refused or mended."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir import InputError, _mudata
from csmir.inference import covariates


@pytest.fixture
def mdata():
    out = cs.datasets.simulated(60, 6, 30, seed=0)
    rng = np.random.default_rng(0)
    out.obs["batch"] = pd.Categorical(rng.choice(["a", "b", "c"], 60, p=[0.5, 0.3, 0.2]))
    out.obs["age"] = rng.normal(size=60)
    out["mrna"].obs["depth"] = rng.normal(size=60)
    out["mirna"].obs["depth"] = rng.normal(size=60)
    out["mrna"].obs["percent_mito"] = rng.random(60)
    out.obsm["pair"] = pd.DataFrame(rng.normal(size=(60, 2)), index=out.obs_names, columns=["u", "v"])
    out["mrna"].obsm["X_two"] = rng.normal(size=(60, 2))
    return out


def read(mdata, names):
    return covariates.read_covariates(mdata, _mudata.paired(mdata), names, mirna="mirna", mrna="mrna")


def test_names_stand_for_columns_keys_and_features(mdata):
    gene = mdata["mrna"].var_names[3]
    found = read(mdata, ["batch", "age", "percent_mito", "mirna:depth", "pair", "X_two", gene])
    largest = mdata.obs["batch"].value_counts().idxmax()
    others = [f"batch={level}" for level in "abc" if level != largest]
    assert found.names == [
        *others,
        "age",
        "percent_mito",
        "mirna:depth",
        "pair:u",
        "pair:v",
        "X_two:0",
        "X_two:1",
        gene,
    ]
    assert found.technical.tolist() == [True, True] + [False] * 8
    np.testing.assert_array_equal(found.values[:, 0], mdata.obs["batch"] == others[0][-1])
    assert np.argsort(found.values[:, 2]).tolist() == np.argsort(mdata.obs["age"]).tolist()
    assert found.values[:, 2].min() == 0.5 / 60
    assert not len(found.mirnas)
    assert read(mdata, mdata["mirna"].var_names[2]).mirnas.tolist() == [2]
    assert read(mdata, None) is None


@pytest.mark.parametrize(
    ("values", "said"), [([0, 1, 2], True), ([0, 1], False), ([0.5, 1, 2], False), (list(range(30)), False)]
)
def test_whole_numbers_may_be_names_of_batches(mdata, caplog, values, said):
    mdata.obs["plate"] = np.resize(values, 60)
    mdata["mrna"].X[:, 3] = np.resize([0, 3, 2, 1], 60)  # counts of a gene are an amount
    found = read(mdata, ["plate", mdata["mrna"].var_names[3]])
    assert found.names[0] == "plate"
    assert ("'plate' holds the whole numbers 0, 1, 2 and is adjusted for as an amount" in caplog.text) == said
    assert caplog.text.count("as an amount") == said


def test_cells_without_a_modality_have_no_row(mdata):
    fewer = cs.io.make_mudata(mdata["mirna"][:50].copy(), mdata["mrna"][10:].copy())
    fewer.obs["age"] = mdata.obs["age"].reindex(fewer.obs_names)
    assert read(fewer, "age").values.shape == (40, 1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bach", "Did you mean 'batch'"),
        ("depth", "Name the one you mean: 'mirna:depth' or 'mrna:depth'"),
        (7, "must be a name or a list of names"),
        ("gaps", "missing in 3 of 60 cells"),
        ("each", "60 levels for 60 cells"),
        ("endless", "infinite"),
        ("day", "A date is no amount"),
        ("span", "A date is no amount"),
        ("text", r"stored as text wants `.astype\(float\)`"),
    ],
)
def test_what_is_refused(mdata, name, message):
    mdata.obs["gaps"] = mdata.obs["age"].where(np.arange(60) > 2)
    mdata.obs["each"] = [f"cell {i}" for i in range(60)]
    mdata.obs["endless"] = np.where(np.arange(60) == 1, np.inf, 0.5)
    mdata.obs["day"] = pd.date_range("2020-01-01", periods=60)
    mdata.obs["span"] = pd.to_timedelta(np.arange(60), unit="D")
    mdata.obs["text"] = [f"{i}.5" for i in range(60)]
    with pytest.raises(InputError, match=message):
        read(mdata, name)


def test_what_is_mended_and_counted(mdata, caplog):
    mdata.obs["flat"] = 1.0
    mdata.obs["again"] = mdata.obs["age"] * 2  # the same ranks
    mdata.obs["rare"] = ["x"] + ["y"] * 30 + ["z"] * 29
    with caplog.at_level(logging.WARNING, "csmir"):
        found = read(mdata, ["age", "flat", "again", "rare", "age"])
    assert found.names == ["age", "rare=x", "rare=z"]
    assert "left out: 1 covariate column without variation: 'flat'" in caplog.text
    assert "left out: 1 covariate column that those before imply: 'again'" in caplog.text
    assert "1 level of one cell" in caplog.text


def test_too_many_are_refused():
    covariates.refuse_too_many(3, np.array([20.0, 25, 30]))
    with pytest.raises(InputError, match=r"23 covariate columns are too many: .* worth 25"):
        covariates.refuse_too_many(23, np.array([20.0, 25, 30]))


def test_what_was_measured_is_no_code(mdata, caplog):
    """Numbers of detected features may be few whole numbers, and are an amount."""
    mdata["mrna"].X = (np.arange(60)[:, None] % 5 >= np.arange(mdata["mrna"].n_vars) % 3).astype(np.float32)
    cs.pp.covariates(mdata, ["detection"])
    assert 2 < mdata.obs["mrna_detection"].nunique() <= covariates.MOST_CODES
    read(mdata, ["mrna_detection"])
    assert "as an amount" not in caplog.text


@pytest.mark.parametrize(("k", "lost"), [(4, 0), (9, 0), (10, 12), (20, 12)])
def test_cells_in_which_nothing_is_left_are_counted(caplog, k, lost):
    """Of 12 cells 12 - k - 2 degrees of freedom are left: 1 with 9 columns, none with 10."""
    from csmir.kernels.neighbors import from_groups

    lists, _ = from_groups(np.repeat([0, 1], [48, 12]))
    columns = np.random.default_rng(0).random((60, k))
    inside = np.zeros((60, 30))
    inside[:40, :30] = np.random.default_rng(1).random((40, 30))  # vary among the others only, and take nothing here
    covariates.warn_of_untestable(np.hstack([columns, inside[:, :9]]), 0, lists)
    assert (f"{lost} of 60 cells are compared with no more" in caplog.text) == (lost > 0)


def test_an_array_of_three_dimensions_is_no_covariate(mdata):
    mdata["mrna"].obsm["cube"] = np.zeros((mdata.n_obs, 2, 2))
    with pytest.raises(InputError, match=r"'cube' is an array of 3 dimensions in \.obsm\. Give cells x columns"):
        read(mdata, ["cube"])
