from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

import csmir as cs


@pytest.fixture
def truth(random_networks):
    pairs = random_networks["regulation"].var[["mirna", "mrna"]].astype(str).reset_index(drop=True)
    return pairs[np.random.default_rng(0).random(len(pairs)) < 0.4].set_axis(["source", "target"], axis=1)


def shares(mdata, network, column="pct_validated"):
    table = cs.get.comparison(mdata)
    return table[table["network"] == network].set_index("cell")[column]


def test_uniform_networks_are_hypergeometric(random_networks, truth):
    cs.tl.compare(random_networks, truth, against=["random", "random_prior", "prior"], n_random=4_000)
    for kind, n_pairs in (("random", 15 * 40), ("random_prior", 200)):
        sizes = shares(random_networks, kind, "n_interactions").to_numpy()
        law = hypergeom(n_pairs, len(truth), sizes)
        mean, sd = 100 * law.mean() / sizes, 100 * law.std() / sizes
        np.testing.assert_allclose(shares(random_networks, kind), mean, atol=5 * sd.max() / np.sqrt(4_000))
        np.testing.assert_allclose(shares(random_networks, kind, "sd"), sd, rtol=0.06)
    assert set(shares(random_networks, "prior")) == {100 * len(truth) / 200}
    cs.tl.validate(random_networks, truth)
    want = random_networks["regulation"].obs["pct_validated"]
    np.testing.assert_array_equal(shares(random_networks, "inferred"), want)


def test_degrees_decide(random_networks):
    # if all pairs of one miRNA are validated, a network with the same degrees has as many of them
    truth = pd.DataFrame({"source": "m3", "target": [f"g{j}" for j in range(40)]})
    cs.tl.compare(random_networks, truth, against="random_degree", n_random=10)
    np.testing.assert_allclose(shares(random_networks, "random_degree"), shares(random_networks, "inferred"))
    assert shares(random_networks, "random_degree", "sd").max() == pytest.approx(0, abs=1e-12)
    # the same for an mRNA
    truth = pd.DataFrame({"source": [f"m{i}" for i in range(15)], "target": "g7"})
    cs.tl.compare(random_networks, truth, against="random_degree", n_random=10)
    np.testing.assert_allclose(shares(random_networks, "random_degree"), shares(random_networks, "inferred"))


def test_t_test_by_hand(make_networks):
    # shares 100, 50, 50 against the prior's 50: differences 50, 0, 0; mean 50/3, sd 28.87, t = 1, df 2
    cells = {"a": [("m0", "g0")], "b": [("m0", "g0"), ("m0", "g1")], "c": [("m0", "g0"), ("m0", "g1")], "d": []}
    mdata = make_networks(cells)
    cs.tl.compare(mdata, pd.DataFrame({"source": ["m0"], "target": ["g0"]}), against="prior")
    row = cs.get.comparison(mdata, tests=True).iloc[0]
    assert (row["mean_inferred"], row["mean_network"], row["n_cells"]) == (pytest.approx(200 / 3), 50, 3)
    assert row["t"] == pytest.approx(1)
    assert row["pvalue"] == pytest.approx(0.2113249, abs=1e-7)  # P(T > 1), 2 degrees of freedom: 1/2 - 1/(2 sqrt(3))
    assert np.isnan(shares(mdata, "inferred")["d"])


def test_nothing_to_test(make_networks):
    truth = pd.DataFrame({"source": ["m0"], "target": ["g0"]})
    for cells in ({"a": [("m0", "g0")], "b": []}, {"a": [("m0", "g0")], "b": [("m0", "g0")]}):
        mdata = make_networks(cells)
        cs.tl.compare(mdata, truth, n_random=3)
        tests = cs.get.comparison(mdata, tests=True).set_index("network")
        assert np.isnan(tests.loc["prior", ["t", "pvalue"]].to_numpy(dtype=float)).all()


def test_seeds_threads_and_what_else_is_asked_for_do_not_matter(random_networks, truth):
    alone = cs.tl.compare(random_networks, truth, against="random_degree", n_random=5, n_threads=1, copy=True)
    cs.tl.compare(random_networks, truth, n_random=5, n_threads=2)
    pd.testing.assert_series_equal(shares(random_networks, "random_degree"), shares(alone, "random_degree"))
    cs.tl.compare(random_networks, truth, n_random=5, seed=1)
    assert (shares(random_networks, "random") != shares(alone, "random_degree")).any()


def test_networks_of_ones_own(random_networks, truth):
    reg = random_networks["regulation"]
    frame = cs.get.edges(random_networks)
    other = reg[:6].copy()
    random_networks.mod["mine"] = reg.copy()
    networks = {
        "frame": truth,
        "by cell": frame[frame["cell"].isin(["c10", "c11"])],
        "adata": other,
        "modality": "mine",
        "half": pd.concat([truth, truth.assign(target="nowhere")]),
    }
    cs.tl.compare(random_networks, truth, against=[], networks=networks)
    inferred = shares(random_networks, "inferred")
    assert (shares(random_networks, "frame") == 100).all()
    assert (shares(random_networks, "half") == 100).all()  # pairs of other features do not count
    np.testing.assert_allclose(shares(random_networks, "by cell")[-2:], inferred[-2:])
    assert shares(random_networks, "by cell")[:-2].isna().all()
    np.testing.assert_array_equal(shares(random_networks, "adata")[:6], inferred[:6])
    assert shares(random_networks, "adata")[6:].isna().all()
    np.testing.assert_array_equal(shares(random_networks, "modality"), inferred)
    assert cs.get.comparison(random_networks, tests=True).set_index("network")["n_cells"].to_dict() == {
        "frame": 12, "by cell": 2, "adata": 6, "modality": 12, "half": 12,
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore:In .* cells, a cell's own")
@pytest.mark.parametrize(
    "options",
    [
        {"box_size": 0.3, "alpha": 0.05},
        {"statistic": "exact", "box_size": 0.4, "alpha": 0.4, "adjust": None, "groups": "group"},
    ],
)
def test_no_prior_is_the_same_inference_over_all_pairs(options):
    mdata = cs.datasets.simulated(n_cells=24, n_mirnas=6, n_mrnas=20, n_groups=2, seed=3)
    cs.pp.recipe_csmir(mdata)
    if "statistic" not in options:
        cs.pp.bootstrap_cells(mdata, n_runs=6, seed=1)
    cs.tl.regulation(mdata, mdata.uns["prior"], **options)
    truth = mdata.uns["prior"].iloc[::2]
    cs.tl.compare(mdata, truth, against="no_prior")
    cs.tl.regulation(mdata, None, regulation="whole", **options)
    cs.tl.validate(mdata, truth, regulation="whole")
    want = mdata["whole"].obs["pct_validated"].to_numpy()
    np.testing.assert_array_equal(shares(mdata, "no_prior"), want)
    assert len(set(mdata["whole"].obs["n_interactions"]) - {0}) > 3


def test_saved_and_reloaded(random_networks, truth, tmp_path):
    random_networks.write(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")
    cs.tl.compare(again, truth, n_random=3)
    again.write(tmp_path / "b.h5mu")
    back = mudata.read_h5mu(tmp_path / "b.h5mu")
    for tests in (False, True):
        pd.testing.assert_frame_equal(
            cs.get.comparison(back, tests=tests), cs.get.comparison(again, tests=tests), check_dtype=False
        )


def test_errors(random_networks, truth):
    with pytest.raises(cs.InputError, match="`against` must be one of 'random', 'random_prior'"):
        cs.tl.compare(random_networks, truth, against="chance")
    with pytest.raises(cs.InputError, match="needs the MuData; found an AnnData"):
        cs.tl.compare(random_networks["regulation"], truth, against="no_prior")
    with pytest.raises(cs.InputError, match=r"`networks` uses 'prior', a name of"):
        cs.tl.compare(random_networks, truth, networks={"prior": truth})
    with pytest.raises(cs.InputError, match="`networks` must name networks"):
        cs.tl.compare(random_networks, truth, networks=truth)
    with pytest.raises(cs.InputError, match=r"networks\['x'\]` lacks the column 'target'"):
        cs.tl.compare(random_networks, truth, networks={"x": truth[["source"]]})
    with pytest.raises(cs.InputError, match=r"networks\['x'\] has no pair of the data's miRNAs"):
        cs.tl.compare(random_networks, truth, networks={"x": truth.assign(target="nowhere")})
    with pytest.raises(cs.InputError, match=r"No cell of networks\['x'\] is in the networks"):
        cs.tl.compare(random_networks, truth, networks={"x": truth.assign(cell="nowhere")})
    strangers = random_networks["regulation"].copy()
    strangers.obs_names = [f"x{i}" for i in range(12)]
    with pytest.raises(cs.InputError, match="No cell of 'x' is in the networks: 'x0', 'x1', 'x2' and 9 more"):
        cs.tl.compare(random_networks, truth, networks={"x": strangers})
    with pytest.raises(cs.StepError, match=r"Run cs.tl.compare\(mdata, truth\) first"):
        cs.get.comparison(random_networks)


def test_donors_count_once_each(make_networks):
    # validated shares 100, 50, 0 (donor A), 100 (B), 50, 50 (C), against the prior's 50
    one, other = ("m0", "g0"), ("m0", "g1")
    cells = {"a": [one], "b": [one, other], "c": [other], "d": [one], "e": [one, other], "f": [one, other], "g": [one]}
    mdata = make_networks(cells)
    mdata["regulation"].obs["donor"] = ["A", "A", "A", "B", "C", "C", None]
    truth = pd.DataFrame({"source": ["m0"], "target": ["g0"]})
    cs.tl.compare(mdata, truth, against="prior", sample="donor")
    row = cs.get.comparison(mdata, tests=True).iloc[0]
    # means of A, B, C: 0, 50, 0; mean 50/3, sd 50/sqrt(3), t of 2 degrees of freedom 4.302653
    half = 4.302652730 * (50 / np.sqrt(3)) / np.sqrt(3)
    assert row["sample_difference"] == pytest.approx(50 / 3)
    assert (row["sample_low"], row["sample_high"]) == (pytest.approx(50 / 3 - half), pytest.approx(50 / 3 + half))
    assert (row["n_samples"], row["n_cells"]) == (3, 7)
    assert row["difference"] == pytest.approx((50 + 0 - 50 + 50 + 0 + 0 + 50) / 7)  # the paper's, over cells
    alone = cs.tl.compare(mdata, truth, against="prior", copy=True)
    assert "n_samples" not in cs.get.comparison(alone, tests=True)
    assert cs.get.comparison(alone, tests=True)["pvalue"][0] == row["pvalue"]


def test_copies_of_cells_change_no_interval(make_networks):
    one, other = ("m0", "g0"), ("m0", "g1")
    donors = {"a": [one], "b": [one, other], "c": [one, other], "d": [other]}
    truth = pd.DataFrame({"source": ["m0"], "target": ["g0"]})
    found = {}
    for copies in (1, 20):
        mdata = make_networks({f"{name}{i}": edges for name, edges in donors.items() for i in range(copies)})
        mdata["regulation"].obs["donor"] = [name for name in donors for _ in range(copies)]
        cs.tl.compare(mdata, truth, against="prior", sample="donor")
        found[copies] = cs.get.comparison(mdata, tests=True).iloc[0]
    for column in ("sample_difference", "sample_low", "sample_high", "n_samples"):
        assert found[1][column] == found[20][column]


def test_one_donor_has_no_interval(make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": [("m0", "g0"), ("m0", "g1")]})
    mdata["regulation"].obs["donor"] = "A"
    truth = pd.DataFrame({"source": ["m0"], "target": ["g0"]})
    cs.tl.compare(mdata, truth, against="prior", sample="donor")
    row = cs.get.comparison(mdata, tests=True).iloc[0]
    assert row["sample_difference"] == 25
    assert np.isnan([row["sample_low"], row["sample_high"]]).all()
    with pytest.raises(cs.InputError, match=r"`sample` must be a column of \.obs"):
        cs.tl.compare(mdata, truth, against="prior", sample="patient")
