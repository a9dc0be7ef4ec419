"""Differences between conditions: the formulas in plain Python, nothing found where nothing differs, planted ones."""

from __future__ import annotations

import itertools
import logging

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData
from scipy.stats import rankdata, spearmanr

import csmir as cs
from csmir.kernels import differential as kernel


def made(x, y, **obs):
    cells = [f"c{k}" for k in range(len(x))]
    parts = {
        key: AnnData(v.astype(float), obs=pd.DataFrame(index=cells), var=pd.DataFrame(index=names))
        for key, v, names in (
            ("mirna", x, [f"m{i}" for i in range(x.shape[1])]),
            ("mrna", y, [f"g{i}" for i in range(y.shape[1])]),
        )
    }
    mdata = MuData(parts)
    for name, values in obs.items():
        mdata.obs[name] = values
    return mdata


def every_pair(mdata):
    pairs = itertools.product(mdata["mirna"].var_names, mdata["mrna"].var_names)
    return pd.DataFrame(list(pairs), columns=["source", "target"])


def test_statistic_is_fishers_z_of_the_ranks_of_each_condition():
    rng = np.random.default_rng(0)
    x, y = rng.gamma(2, 2, (30, 3)), np.round(rng.gamma(2, 2, (30, 4)))
    half = np.arange(30) < 13
    x[half] += 5  # a level is no correlation
    mdata = made(x, y, half=half)
    cs.tl.differential(mdata, every_pair(mdata), groupby="half", group=True, min_targets=0, n_permutations=100)
    table = cs.get.differential(mdata).set_index(["mirna", "mrna"])
    for i, g in itertools.product(range(3), range(4)):
        a, b = (spearmanr(x[s, i], y[s, g]).statistic for s in (half, ~half))
        va, vb = (1 + a**2 / 2) / 10, (1 + b**2 / 2) / 14
        row = table.loc[(f"m{i}", f"g{g}")]
        np.testing.assert_allclose([row.correlation_group, row.correlation_reference], [a, b], atol=1e-5)
        np.testing.assert_allclose(row.difference, np.arctanh(a) - np.arctanh(b), atol=1e-5)
        np.testing.assert_allclose(row.statistic, (np.arctanh(a) - np.arctanh(b)) / np.sqrt(va + vb), atol=1e-4)


def test_covariates_leave_partial_correlations_of_each_condition():
    rng = np.random.default_rng(4)
    x, y = rng.gamma(2, 2, (40, 2)), rng.gamma(2, 2, (40, 2))
    half, number = np.arange(40) < 17, rng.normal(size=40)
    x[half, 0] += 9 * number[half]  # in one condition both follow the number
    y[half, 0] += 9 * number[half]
    mdata = made(x + 20, y + 20, half=half, number=number)
    options = {"groupby": "half", "group": True, "min_targets": 0, "n_permutations": 100}
    cs.tl.differential(mdata, every_pair(mdata), covariates="number", **options)
    table = cs.get.differential(mdata).set_index(["mirna", "mrna"])
    over_all = rankdata(number)
    for i, g in itertools.product(range(2), range(2)):
        z, v = [], []
        for inside in (half, ~half):
            a, b, c = (np.corrcoef(p, q)[0, 1] for p, q in itertools.combinations(
                (rankdata(x[inside, i]), rankdata(y[inside, g]), over_all[inside]), 2))  # fmt: skip
            rho = (a - b * c) / np.sqrt((1 - b**2) * (1 - c**2))
            z.append(np.arctanh(rho))
            v.append((1 + rho**2 / 2) / (inside.sum() - 4))
        row = table.loc[(f"m{i}", f"g{g}")]
        np.testing.assert_allclose(row.difference, z[0] - z[1], atol=1e-5)
        np.testing.assert_allclose(row.statistic, (z[0] - z[1]) / np.sqrt(sum(v)), atol=1e-4)
    assert abs(table.loc[("m0", "g0"), "difference"]) < 0.8
    cs.tl.differential(mdata, every_pair(mdata), **options)
    assert cs.get.differential(mdata).set_index(["mirna", "mrna"]).loc[("m0", "g0"), "difference"] > 0.8


def test_donors_are_weighed_by_dersimonian_and_laird():
    rng = np.random.default_rng(1)
    z, v = rng.normal(0, 0.5, (1, 5)), rng.uniform(0.01, 0.1, (1, 5))
    w = 1 / v[0]
    fixed = (w * z[0]).sum() / w.sum()
    q = (w * (z[0] - fixed) ** 2).sum()
    tau = max(0, (q - 4) / (w.sum() - (w**2).sum() / w.sum()))
    w = 1 / (v[0] + tau)
    mean, square = kernel.weighted_mean(z, v)
    np.testing.assert_allclose([mean[0], square[0]], [(w * z[0]).sum() / w.sum(), 1 / w.sum()])
    assert tau > 0


def test_arrangements_are_all_or_a_sample():
    labels = np.array([0, 0, 1, 1])
    every = kernel.relabelled(labels, 1_000, np.random.SeedSequence(0))
    assert every.shape == (4, 5)  # 6 less the given one
    assert len({tuple(c) for c in every.T}) == 5
    assert (every.sum(axis=0) == 2).all()
    assert kernel.flipped(3, 1_000, np.random.SeedSequence(0)).shape == (3, 6)
    sampled = kernel.relabelled(np.repeat([0, 1], 20), 50, np.random.SeedSequence(0))
    assert sampled.shape == (40, 50)
    assert (sampled.sum(axis=0) == 20).all()


def test_no_difference_between_random_halves():
    """Pairs are correlated, and both halves alike: at most a few runs have a discovery, p is at its level."""
    any_found, below = 0, []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        x = rng.normal(20, 1, (60, 8))
        y = 20 - 0.7 * (x[:, rng.integers(0, 8, 25)] - 20) + rng.normal(0, 1, (60, 25))
        mdata = made(x, y, half=rng.permutation(60) < 30)
        cs.tl.differential(mdata, every_pair(mdata), groupby="half", group=True, n_permutations=200, seed=seed)
        table = cs.get.differential(mdata)
        any_found += (table["qvalue"] <= 0.05).any()
        below.append((table["pvalue"] <= 0.05).mean())
    assert any_found <= 3
    assert np.mean(below) < 0.065


def test_covariates_taken_off_leave_p_at_its_level():
    """Nothing differs; six covariates of fifteen samples each move every gene."""
    below = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        known = rng.normal(size=(30, 6))
        x, y = (20 + rng.normal(size=(30, k)) + known @ rng.normal(size=(6, k)) for k in (10, 30))
        mdata = made(x, y, half=np.arange(30) < 15, **{f"c{i}": known[:, i] for i in range(6)})
        cs.tl.differential(
            mdata, every_pair(mdata), groupby="half", group=True, covariates=[f"c{i}" for i in range(6)],
            min_targets=0, n_permutations=200, seed=seed,
        )  # fmt: skip
        below.append((cs.get.differential(mdata)["pvalue"] <= 0.05).mean())
    assert 0.02 < np.mean(below) < 0.065


def own_factors(genes, listed, n):
    """First factors of one miRNA in plain numpy: components of all genes, turned towards its non-targets."""
    left, _, _ = np.linalg.svd(genes - genes.mean(axis=0), full_matrices=False)
    scores = left[:, :8] / left[:, :8].std(axis=0)
    loadings = np.corrcoef(genes.T, scores.T)[: genes.shape[1], genes.shape[1] :]
    others = loadings[~listed]
    return (scores @ np.linalg.eigh(others.T @ others)[1][:, ::-1])[:, :n]


@pytest.mark.parametrize("donors_are_units", [False, True])
def test_factors_leave_partial_correlations_of_each_unit(donors_are_units):
    rng = np.random.default_rng(5)
    unit = np.repeat(np.arange(4), [30, 41, 36, 33]) if donors_are_units else np.repeat([0, 1], [62, 78])
    half = unit < (2 if donors_are_units else 1)
    n = len(unit)
    hidden = rng.normal(size=(n, 1))
    x, y = (20 + rng.normal(size=(n, k)) + 2 * hidden * rng.normal(size=k) for k in (3, 80))
    net = pd.DataFrame([(f"m{i}", f"g{20 * i + j}") for i in range(3) for j in range(20)], columns=["source", "target"])
    mdata = made(x, y, half=half, donor=pd.Categorical(unit.astype(str)))
    cs.tl.differential(mdata, net, groupby="half", group=True, factors=2, min_targets=0,
                       sample="donor" if donors_are_units else None)  # fmt: skip
    assert mdata.uns["csmir"]["differential_parameters"]["n_factors"] == 2
    order = np.argsort(np.array(mdata.obs_names))
    y, x, unit, half = y[order], x[order], unit[order], half[order]
    inside = [unit == u for u in np.unique(unit)]
    genes = np.zeros_like(y)
    for s in inside:
        ranks = rankdata(y[s], axis=0)
        genes[s] = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    table = cs.get.differential(mdata).set_index(["mirna", "mrna"])
    names = [f"g{i}" for i in range(80)]
    for i in range(3):
        listed = np.isin(names, net["target"][net["source"] == f"m{i}"])
        factors = own_factors(genes, listed, 2)
        for g in (20 * i, 20 * i + 7):
            z, v, first = [], [], []
            for s in inside:
                held = np.column_stack([np.ones(s.sum()), factors[s]])
                a, b = (r - held @ np.linalg.lstsq(held, r, rcond=None)[0]
                        for r in (rankdata(x[s, i]), rankdata(y[s, g])))  # fmt: skip
                rho = np.corrcoef(a, b)[0, 1]
                z.append(np.arctanh(rho))
                v.append((1 + rho**2 / 2) / (s.sum() - 5))
                first.append(half[s][0])
            z, v, first = np.array(z), np.array(v), np.array(first)
            means = [kernel.weighted_mean(z[None, c], v[None, c]) for c in (first, ~first)]
            row = table.loc[(f"m{i}", f"g{g}")]
            expected = means[0][0][0] - means[1][0][0]
            np.testing.assert_allclose(row.difference, expected, atol=2e-4)
            np.testing.assert_allclose(row.statistic, expected / np.sqrt(means[0][1][0] + means[1][1][0]), atol=2e-3)


def test_auto_finds_what_a_program_hides_and_costs_little_where_there_is_none():
    """A factor with weights of its own in each donor hides what differs."""
    found = {}
    for moved in (0.0, 1.0):
        rng = np.random.default_rng(1)
        donor = np.repeat(np.arange(10), 50)
        half = donor < 5
        x, y = (20 + rng.normal(size=(500, k)) for k in (10, 120))
        hidden = rng.normal(size=500)
        for values in (x, y):
            values += moved * hidden[:, None] * rng.normal(size=(10, values.shape[1]))[donor]
        y[:, :12] -= 0.6 * half[:, None] * (x[:, [0, 1]] - 20)[:, np.arange(12) % 2]
        net = pd.DataFrame({"source": [f"m{i % 2 if i < 12 else i % 10}" for i in range(60)],
                            "target": [f"g{i}" for i in range(60)]})  # fmt: skip
        mdata = made(x, y, half=half, donor=pd.Categorical(donor.astype(str)))
        for factors in (None, 0):
            cs.tl.differential(mdata, net, groupby="half", group=True, sample="donor", min_targets=0, factors=factors)
            q = cs.get.differential(mdata).set_index("mrna")["qvalue"]
            found[moved, factors] = (q[[f"g{i}" for i in range(12)]] <= 0.05).sum()
            if factors is None and moved:
                assert mdata.uns["csmir"]["differential_parameters"]["n_factors"] > 0
    assert found[0.0, None] >= found[0.0, 0] - 1
    assert found[1.0, None] >= found[1.0, 0] + 4


def test_factors_along_a_number_and_where_there_are_too_few_genes():
    rng = np.random.default_rng(0)
    mdata = made(20 + rng.normal(size=(60, 3)), 20 + rng.normal(size=(60, 20)), age=np.arange(60.0))
    net = pd.DataFrame({"source": [f"m{i % 3}" for i in range(20)], "target": [f"g{i}" for i in range(20)]})
    with pytest.raises(cs.InputError, match="Hidden factors need 50 mRNAs"):
        cs.tl.differential(mdata, net, groupby="age", min_targets=0, factors=1)
    with pytest.raises(cs.InputError, match="`factors` must be"):
        cs.tl.differential(mdata, net, groupby="age", min_targets=0, factors="many")
    cs.tl.differential(mdata, net, groupby="age", min_targets=0)
    assert mdata.uns["csmir"]["differential_parameters"]["n_factors"] == 0
    mdata = made(20 + rng.normal(size=(60, 3)), 20 + rng.normal(size=(60, 60)), age=np.arange(60.0))
    cs.tl.differential(mdata, net, groupby="age", min_targets=0, factors=1)
    assert mdata.uns["csmir"]["differential_parameters"]["n_factors"] == 1


def donors(seed, n_donors, effect=0.0, spread=0.5, paired=False, n_cells=40):
    """Cells of donors who differ in how strongly a miRNA acts; `effect` is added in the second condition."""
    rng = np.random.default_rng(seed)
    strength = rng.normal(0, spread, (n_donors, 40))
    donor = np.repeat(np.arange(n_donors), n_cells)
    second = np.arange(len(donor)) % 2 == 0 if paired else donor >= n_donors // 2
    x = rng.normal(20, 1, (len(donor), 40))
    slope = strength[donor] + effect * second[:, None] * (np.arange(40) < 12)
    y = 20 - slope * (x - 20) + rng.normal(0, 1, x.shape)
    net = pd.DataFrame({"source": [f"m{i}" for i in range(40)], "target": [f"g{i}" for i in range(40)]})
    return made(x, y, second=second, donor=pd.Categorical(donor.astype(str))), net


@pytest.mark.parametrize("n_donors", [2 * 2, 12])
@pytest.mark.parametrize("paired", [False, True])
def test_donors_who_differ_are_no_difference_between_conditions(n_donors, paired):
    """Cells as the unit find one in nearly every run; donors as the unit do not."""
    naive = found = 0
    for seed in range(8):
        mdata, net = donors(seed, n_donors, paired=paired)
        how = {"groupby": "second", "group": True, "min_targets": 0, "n_permutations": 200}
        cs.tl.differential(mdata, net, sample="donor", **how)
        found += (cs.get.differential(mdata)["qvalue"] <= 0.05).any()
        cs.tl.differential(mdata, net, **how)
        naive += (cs.get.differential(mdata)["qvalue"] <= 0.05).any()
    assert found <= 2
    if not paired:
        assert naive >= 7


def test_twelve_donors_find_what_is_there():
    mdata, net = donors(0, 12, effect=1.0, spread=0.2)
    cs.tl.differential(mdata, net, groupby="second", group=True, sample="donor", min_targets=0)
    table = cs.get.differential(mdata, alpha=0.05)
    true = {f"m{i}" for i in range(12)}
    assert len(true & set(table["mirna"])) >= 10
    assert len(set(table["mirna"]) - true) <= 2
    assert (table["difference"][table["mirna"].isin(true)] < 0).all()  # more repression


def test_four_donors_cannot(caplog):
    mdata, net = donors(0, 4, effect=1.0)
    with caplog.at_level(logging.WARNING, logger="csmir"):
        cs.tl.differential(mdata, net, groupby="second", group=True, sample="donor", min_targets=0)
    assert "smallest p that can be had is 0.33 (0.17 on one side)" in caplog.text
    assert "cannot show a difference" in caplog.text
    assert cs.get.differential(mdata)["pvalue"].min() >= 1 / 3
    assert mdata.uns["csmir"]["differential_parameters"]["design"] == "2 + 2 donors"


def test_a_donor_with_few_cells_is_named_and_left_out(caplog):
    mdata, net = donors(0, 8, effect=1.0)
    few = mdata[~((mdata.obs["donor"] == "0") & (np.arange(mdata.n_obs) % 40 >= 4))].copy()
    none = mdata[mdata.obs["donor"] != "0"].copy()
    tables = []
    for data in (few, none):
        with caplog.at_level(logging.WARNING, logger="csmir"):
            cs.tl.differential(data, net, groupby="second", group=True, sample="donor", min_targets=0, min_cells=3)
        tables.append(cs.get.differential(data))
    assert "1 (donor, condition) have fewer than 6 cells and are left out" in caplog.text
    pd.testing.assert_frame_equal(*tables)


def test_along_a_number():
    rng = np.random.default_rng(2)
    t = rng.uniform(0, 1, 500)
    x = rng.normal(20, 1, (500, 10)) + 3 * t[:, None]
    y = 20 + rng.normal(0, 1, (500, 10)) - 3 * t[:, None]
    y[:, 0] -= 1.5 * (t - 0.5) * (x[:, 0] - 20 - 3 * t)
    mdata = made(x, y, time=t)
    net = pd.DataFrame({"source": [f"m{i}" for i in range(10)], "target": [f"g{i}" for i in range(10)]})
    cs.tl.differential(mdata, net, groupby="time", min_targets=0)
    table = cs.get.differential(mdata)
    assert table["mirna"].iloc[0] == "m0"
    assert table["qvalue"].iloc[0] < 0.01
    assert table["difference"].iloc[0] < 0
    assert (table["pvalue"].iloc[1:] > 0.01).all()


def test_target_sets_differ_where_single_pairs_do_not():
    rng = np.random.default_rng(4)
    half = np.arange(120) < 60
    x, y = rng.normal(20, 1, (120, 4)), rng.normal(20, 1, (120, 200))
    y[:, :40] -= 0.35 * half[:, None] * (x[:, [0]] - 20)
    mdata = made(x, y, half=half)
    net = pd.DataFrame([(f"m{i}", f"g{40 * i + j}") for i in range(4) for j in range(40)], columns=["source", "target"])
    cs.tl.differential(mdata, net, groupby="half", group=True)
    sets = cs.get.differential(mdata, kind="targets")
    assert sets["mirna"].iloc[0] == "m0"
    assert sets["qvalue"].iloc[0] < 0.05
    assert sets["difference"].iloc[0] < 0


def test_same_bytes_for_any_threads_and_saved(tmp_path):
    tables = []
    for threads in (1, 2):
        mdata, net = donors(3, 6)
        cs.tl.differential(mdata, net, groupby="second", group=True, sample="donor", n_threads=threads, min_targets=0)
        tables.append(cs.get.differential(mdata))
    pd.testing.assert_frame_equal(*tables, check_exact=True)
    mdata.write_h5mu(tmp_path / "a.h5mu")
    pd.testing.assert_frame_equal(cs.get.differential(cs.io.read(tmp_path / "a.h5mu")), tables[1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groupby": "nowhere", "group": True}, "must be a column of mdata.obs"),
        ({"groupby": "second"}, "`group` must name the level"),
        ({"groupby": "second", "group": "maybe"}, "must be a level of 'second'"),
        ({"groupby": "second", "group": True, "reference": True}, "must be two levels"),
        ({"groupby": "donor", "group": "0", "reference": "1", "sample": "donor"}, "at least 2 of each"),
        ({"groupby": "second", "group": True, "n_permutations": 5}, "`n_permutations`"),
        ({"groupby": "number", "sample": "donor"}, "along a number leave it out"),
        ({"groupby": "constant"}, "numbers that differ; found 1 to 1"),
        ({"groupby": "infinite"}, "needs finite numbers"),
    ],
)
def test_bad_input(options, message):
    mdata, net = donors(0, 4)
    mdata.obs["number"] = np.arange(mdata.n_obs, dtype=float)
    mdata.obs["constant"], mdata.obs["infinite"] = 1.0, np.r_[np.inf, np.arange(1.0, mdata.n_obs)]
    with pytest.raises(cs.InputError, match=message):
        cs.tl.differential(mdata, net, **options)
    assert "differential" not in mdata.uns.get("csmir", {})


def test_a_column_of_a_modality_is_said_with_the_line_that_brings_it():
    mdata, net = donors(0, 4)
    mdata["mrna"].obs["patient"] = mdata.obs.pop("donor")
    line = 'mdata.obs["patient"] = mdata["mrna"].obs["patient"]'
    for options in ({"groupby": "patient"}, {"groupby": "second", "group": True, "sample": "patient"}):
        with pytest.raises(cs.InputError) as error:
            cs.tl.differential(mdata, net, **options)
        assert line.replace('"', "'") in str(error.value)
    exec(line)  # and the line does
    cs.tl.differential(mdata, net, groupby="second", group=True, sample="patient", min_targets=0)


def test_get_says_what_to_run():
    mdata, _ = donors(0, 4)
    with pytest.raises(cs.StepError, match=r"Run cs.tl.differential"):
        cs.get.differential(mdata)
    with pytest.raises(cs.StepError, match="no networks"):
        cs.tl.differential(mdata, groupby="second", group=True)


def test_order_of_the_cells_changes_no_byte():
    mdata = cs.datasets.simulated(n_cells=24, n_mirnas=4, n_mrnas=20, seed=2)
    cs.pp.recipe_csmir(mdata)
    mdata.obs["half"] = np.arange(24) % 2 == 0
    mdata.obs["age"] = np.arange(24.0) ** 2
    other = mdata[mdata.obs_names[np.random.default_rng(1).permutation(24)]].copy()
    for how in ({"groupby": "half", "group": True}, {"groupby": "age"}):
        for one in (mdata, other):
            cs.tl.differential(one, mdata.uns["prior"], min_targets=2, n_permutations=100, progress=False, **how)
        pd.testing.assert_frame_equal(cs.get.differential(mdata), cs.get.differential(other), check_exact=True)


def test_seeds_that_no_file_keeps_are_refused_before_the_work():
    mdata = cs.datasets.simulated(n_cells=24, n_mirnas=4, n_mrnas=20, seed=2)
    with pytest.raises(cs.InputError, match=r"below 2\*\*63"):
        cs.tl.differential(mdata, mdata.uns["prior"], groupby="group", group="group_1", seed=2**70)
