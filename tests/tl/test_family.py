from __future__ import annotations

from itertools import combinations

import mudata
import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

import csmir as cs
from csmir._names.families import FAMILIES, member_of

CELLS = {
    # m17a and m17b in both: conserved with g0, g1, g2 each; rewired ones in a only
    "a": [(m, g) for m in ("hsa-miR-17-5p", "hsa-miR-18a-5p") for g in ("g0", "g1", "g2")] + [("hsa-miR-17-3p", "g3")],
    "b": [(m, g) for m in ("hsa-miR-17-5p", "hsa-miR-18a-5p") for g in ("g0", "g1", "g2")],
    "c": [(m, g) for m in ("hsa-miR-17-5p", "hsa-miR-18a-5p") for g in ("g0", "g1", "g2")] + [("hsa-miR-21-5p", "g0")],
}


@pytest.fixture
def mdata(make_networks):
    mdata = make_networks(CELLS)
    cs.tl.conservation(mdata)
    return mdata


@pytest.fixture(scope="module")
def with_runs():
    mdata = cs.datasets.simulated(n_cells=9, n_mirnas=8, n_mrnas=25, prior_density=0.6, seed=2)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=12, seed=4)
    cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.3, alpha=0.1, keep="all")
    cs.tl.conservation(mdata)
    return mdata


@pytest.mark.parametrize(
    ("mirna", "member"),
    [
        ("hsa-miR-17-5p", "hsa-miR-17"),
        ("hsa-miR-19b-1-5p", "hsa-miR-19b"),
        ("hsa-miR-19b-3p", "hsa-miR-19b"),
        ("hsa-miR-92a-1-5p", "hsa-miR-92a"),
        ("hsa-let-7a-2-3p", "hsa-let-7a"),
        ("mmu-miR-20a", "mmu-miR-20a"),
        ("hsa-miR-9*", "hsa-miR-9"),
        ("MIMAT0000070", "MIMAT0000070"),
    ],
)
def test_arms_become_members(mirna, member):
    assert member_of(mirna) == member


def test_the_built_in_family_has_the_papers_six_members():
    assert len(FAMILIES["miR-17/92"]) == 12
    assert {member_of(m) for m in FAMILIES["miR-17/92"]} == {
        "miR-17",
        "miR-18a",
        "miR-19a",
        "miR-19b",
        "miR-20a",
        "miR-92a",
    }


def test_targets_and_modules_by_hand(mdata):
    cs.tl.family(mdata)
    targets = cs.get.family(mdata, family="miR-17/92")
    assert targets["conservation"].value_counts().to_dict() == {"conserved": 6, "rewired": 1, "neither": 0}
    assert set(targets["member"]) == {"hsa-miR-17", "hsa-miR-18a"}
    assert targets.loc[targets["conservation"] == "rewired", ["mirna", "mrna"]].astype(str).to_numpy().tolist() == [
        ["hsa-miR-17-3p", "g3"]
    ]
    modules = cs.get.family(mdata, "modules")
    assert set(modules["network"]) == {"conserved"}
    assert modules.groupby("module")["feature"].apply(set).tolist() == [{"hsa-miR-17", "hsa-miR-18a", "g0", "g1", "g2"}]
    assert cs.get.family(mdata, "ks").empty
    assert cs.get.family(mdata, "counts")[["n_interactions", "n_targets"]].to_numpy().tolist() == [
        [7, 4],
        [6, 3],
        [6, 3],
    ]


def test_runs_agree_with_the_support_and_the_statistic(with_runs):
    mirnas = list(with_runs["mirna"].var_names[:5])
    prior = with_runs.uns["prior"]
    cs.tl.family(with_runs, mirnas, name="five", truth=prior.iloc[::3], disease=[*mirnas[:2], "none"])
    reg = with_runs["regulation"]
    counts = cs.get.family(with_runs, "counts", family="five")
    # the support of all pairs (keep="all") says in what share of runs each is over the cutoff
    of_family = reg.var["mirna"].isin(mirnas).to_numpy()
    want = 12 * reg.layers["support"].toarray()[:, of_family].sum(axis=1)
    np.testing.assert_allclose(counts.groupby("cell", observed=True)["n_interactions"].sum(), want, rtol=1e-5)
    # and one run from the statistic of single pairs
    weights = with_runs.obsm["csmir_bootstrap"][:, 7]
    x, y = with_runs["mirna"].to_df(), with_runs["mrna"].to_df()
    cutoff = reg.uns["csmir"]["regulation"]["cutoff"]
    pairs = reg.var.loc[of_family, ["mirna", "mrna"]].astype(str).to_numpy().tolist()
    over = np.array([cs.tl.csn_statistic(x[a], y[b], weights=weights, box_size=0.3) > cutoff for a, b in pairs])
    run = counts[counts["run"] == 7]
    np.testing.assert_array_equal(run["n_interactions"], over.sum(axis=0))
    genes = np.array([b for _, b in pairs])
    np.testing.assert_array_equal(run["n_targets"], [len(set(genes[cell])) for cell in over.T])
    known = set(map(tuple, prior.iloc[::3][["source", "target"]].astype(str).to_numpy()))
    validated = np.array([tuple(p) in known for p in pairs])
    np.testing.assert_allclose(run["pct_validated"], [100 * validated[c].mean() if c.any() else np.nan for c in over.T])
    assert set(run["pct_disease"].dropna()) == {0.0}  # no mRNA is in the list


def test_ks_agrees_with_scipy(with_runs):
    mirnas = list(with_runs["mirna"].var_names[:5])
    cs.tl.family(with_runs, mirnas, name="five")
    counts = cs.get.family(with_runs, "counts", family="five")
    cells = with_runs["regulation"].obs_names
    p = cs.get.family_ks(with_runs, "n_targets", family="five")
    d = cs.get.family_ks(with_runs, "n_targets", value="statistic", family="five")
    of_cell = {c: part["n_targets"].to_numpy() for c, part in counts.groupby("cell", observed=True)}
    for i, j in ((0, 1), (2, 8), (5, 3)):
        test = ks_2samp(of_cell[cells[i]], of_cell[cells[j]])
        assert (d.iloc[i, j], p.iloc[i, j]) == (test.statistic, test.pvalue)
    assert (p.to_numpy() == p.to_numpy().T).all()
    assert (np.diag(p), np.diag(d)) == (pytest.approx(1), pytest.approx(0))


def test_the_tests_are_repeated_in_shuffled_pairings(with_runs):
    mirnas = list(with_runs["mirna"].var_names[:5])
    cs.tl.family(with_runs, mirnas, name="five", n_permutations=2, seed=4)
    found = cs.get.family(with_runs, "shuffled", family="five")
    n = with_runs.n_obs
    assert found.groupby(["measure", "shuffle"], observed=True).size().unique().tolist() == [n * (n - 1) // 2]
    # the second shuffle from the statistic of single pairs
    order = np.random.default_rng(np.random.SeedSequence(4).spawn(2)[1]).permutation(n)
    reg = with_runs["regulation"]
    weights = with_runs.obsm["csmir_bootstrap"].T
    x, y = with_runs["mirna"].to_df(), with_runs["mrna"].to_df().iloc[order]
    cutoff = reg.uns["csmir"]["regulation"]["cutoff"]
    pairs = reg.var.loc[reg.var["mirna"].isin(mirnas).to_numpy(), ["mirna", "mrna"]].astype(str).to_numpy().tolist()
    z = [cs.tl.csn_statistic(x[a].to_numpy(), y[b].to_numpy(), weights=weights, box_size=0.3) for a, b in pairs]
    counts = (np.array(z) > cutoff).sum(axis=0)  # runs x cells
    want = [ks_2samp(counts[:, i], counts[:, j]).pvalue for i, j in combinations(range(n), 2)]
    got = found[(found["measure"] == "n_interactions") & (found["shuffle"] == 2)]["pvalue"]
    np.testing.assert_allclose(got, want)
    cs.tl.family(with_runs, mirnas, name="five", n_permutations=0)
    assert cs.get.family(with_runs, "shuffled", family="five").empty


def test_families_side_by_side_and_reloaded(with_runs, tmp_path):
    mdata = cs.tl.conservation(with_runs, copy=True)
    names = mdata["mirna"].var_names
    table = pd.DataFrame({"family": ["x/y", "x/y", "z"], "mirna": [names[0], names[1], names[2]]})
    cs.tl.family(mdata, "x/y", families=table)
    cs.tl.family(mdata, "z", families=table)
    once = cs.get.family(mdata, "counts")
    cs.tl.family(mdata, "z", families=table)
    assert cs.get.family(mdata, "counts").equals(once)
    mdata.write(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")
    for what in ("counts", "targets", "modules", "ks", "shuffled"):
        got, want = cs.get.family(again, what), cs.get.family(mdata, what)
        assert got.astype(str).equals(want.astype(str))
    cs.tl.family(again, list(names[:3]), name="new")
    assert set(cs.get.family(again, "counts")["family"]) >= {"x/y", "z", "new"}
    with pytest.raises(cs.InputError, match=r"There are several families: .* Name one with `family=`"):
        cs.get.family_ks(again)
    with pytest.raises(cs.InputError, match="`family` must be one of"):
        cs.get.family(again, family="w")


def test_validation_done_before_is_used(mdata):
    cs.tl.validate(mdata, pd.DataFrame({"source": ["hsa-miR-17-5p"], "target": ["g0"]}))
    cs.tl.family(mdata)
    np.testing.assert_allclose(cs.get.family(mdata, "counts")["pct_validated"], [100 / 7, 100 / 6, 100 / 6])


def test_networks_of_some_cells_are_followed_over_all_the_data(with_runs):
    mirnas = list(with_runs["mirna"].var_names[:2])
    whole = with_runs.copy()
    cs.tl.family(whole, mirnas)
    part = whole.copy()
    some = part.obs_names[[6, 1, 4, 0, 3]]
    part.mod["regulation"] = part["regulation"][some].copy()
    cs.tl.conservation(part)
    cs.tl.family(part, mirnas)
    before, after = (cs.get.family(m, "counts", family="family").set_index(["cell", "run"]) for m in (whole, part))
    assert set(after.index.get_level_values("cell")) == set(some)
    pd.testing.assert_frame_equal(after, before.loc[after.index], check_index_type=False, check_categorical=False)
    part.mod["mrna"] = part["mrna"][:5].copy()
    with pytest.raises(
        cs.StepError, match=r"4 of the 9 cells that the networks were inferred from .* cs.tl.regulation"
    ):
        cs.tl.family(part, mirnas)


def test_errors(mdata, make_networks):
    with pytest.raises(cs.InputError, match="No family 'miR-200' is built in; there is"):
        cs.tl.family(mdata, "miR-200")
    with pytest.raises(cs.InputError, match=r"None of the 2 miRNAs of 'family' \('hsa-miR-1', 'hsa-miR-2'\) is in"):
        cs.tl.family(mdata, ["hsa-miR-1", "hsa-miR-2"])
    with pytest.raises(cs.InputError, match=r"`families` has no family 'miR-17'; it has 'miR-17-5p/20'.*Did you"):
        cs.tl.family(mdata, "miR-17", families=pd.DataFrame({"family": ["miR-17-5p/20"], "mirna": ["hsa-miR-17-5p"]}))
    with pytest.raises(cs.StepError, match=r"Run cs.tl.family\(mdata, members\) first"):
        cs.get.family(mdata)
    with pytest.raises(cs.StepError, match=r"Run cs.tl.conservation\(mdata\) first"):
        cs.tl.family(make_networks(CELLS))
    others = make_networks({"a": [("hsa-miR-1", "g0")], "b": [("hsa-miR-1", "g0")]})
    cs.tl.conservation(others)
    with pytest.raises(cs.InputError, match=r"None of the 12 miRNAs of 'miR-17/92'"):
        cs.tl.family(others)
