from __future__ import annotations

import numpy as np
import pytest

import csmir as cs
from csmir import _mudata
from csmir._report.limits import limits


def by_title(mdata):
    return {limit.title: limit for limit in limits(mdata)}


NULL = "Are there more interactions than chance gives?"


@pytest.fixture
def run(make_networks):
    mdata = make_networks({"a": [("m0", "g0"), ("m0", "g1")], "b": [("m0", "g0")], "c": [("m1", "g0")], "d": []})
    reg = mdata["regulation"]
    _mudata.record(
        reg,
        "regulation",
        statistic="csn",
        n_runs=20,
        n_per_run=19,
        box_size=0.1,
        prior="net",
        mirna="mirna",
        mrna="mrna",
    )
    reg.layers["support"].data[:] = [0.5, 0.55, 0.9, 1.0]
    return mdata


@pytest.mark.parametrize(
    ("share", "level"), [(1.0, "bad"), (0.5, "bad"), (0.3, "mind"), (0.02, "good"), (np.nan, "bad")]
)
def test_verdict_of_the_null_comes_first(run, share, level):
    _mudata.record(run["regulation"], "null", empirical_fdr=share, positive=share < 0.5, verdict="In words.")
    first = limits(run)[0]
    assert (first.title, first.level, first.text) == (NULL, level, "In words.")


def test_a_null_not_run_is_asked_for(run):
    assert limits(run)[0].text.startswith("Not known")
    assert "cs.tl.null(mdata)" in limits(run)[0].text


def test_support_of_the_interactions(run):
    assert by_title(run)["Coin flips"].text.startswith(
        "50% of the interactions of the cells are found in fewer than 60%"
    )


def test_cells_alone_in_their_boxes(run):
    # 19 cells and copies in a run, box size 0.1: half a box is round(0.05 * 19) = 1 cell, so two copies fill it
    run.obsm["csmir_bootstrap"] = np.array([[1, 2], [1, 1], [1, 1], [5, 3]])
    limit = by_title(run)["Pseudo-cells"]
    assert limit.text.startswith("In 38% of the boxes")
    assert limit.level == "bad"


def test_seeds(run):
    assert "cs.tl.stability(mdata)" in by_title(run)["The seed"].text
    _mudata.record(run["regulation"], "stability", n_seeds=3, conserved=0.57, rewired=float("nan"))
    assert by_title(run)["The seed"].text == (
        "Of 3 seeds, two agree to the extent (Jaccard index) of 0.57 for the conserved interactions."
    )


def test_without_pseudo_cells_the_error_rate_is_told(run):
    run["regulation"].uns["csmir"]["regulation"]["n_runs"] = 1
    found = by_title(run)
    assert "28 %" in found["The error rate is not what alpha says"].text
    assert "The seed" not in found


def test_of_the_data(run):
    found = by_title(run)
    assert found["Empty networks"].text == "1 of 4 cells have no interaction."
    assert not {"No prior", "Simulated data", "Cells left out", "miRNAs were not measured"} & set(found)
    note = run["regulation"].uns["csmir"]["regulation"]
    note["prior"], note["n_dropped_cells"] = "all pairs", 3
    run["mirna"].var["inferred"] = True
    run.uns["csmir"] = {"simulated": {"version": "0"}}
    found = by_title(run)
    assert {"No prior", "Simulated data", "Cells left out"} <= set(found)
    assert found["miRNAs were not measured"].level == "bad"


def test_exact_statistic_with_few_cells(run):
    run["regulation"].uns["csmir"]["regulation"]["statistic"] = "exact"
    found = by_title(run)
    assert "Little power" in found
    assert "Which cells?" not in found


def test_sign_is_asked_for_until_it_is_there(run):
    assert "No sign" in by_title(run)
    run["regulation"].var["sign"] = 1
    assert "No sign" not in by_title(run)


def test_networks_of_which_nothing_is_known(make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": [("m0", "g0")], "c": []})
    mdata["regulation"].uns.clear()
    assert [limit.title for limit in limits(mdata)] == [NULL, "Empty networks"]
    assert cs.__version__
