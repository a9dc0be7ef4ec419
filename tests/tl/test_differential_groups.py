"""Differences between conditions inside groups of cells, and what is said of conditions that cannot be compared."""

from __future__ import annotations

import logging
from itertools import product

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from mudata import MuData
from scipy.stats import spearmanr

import csmir as cs

QUICK = {"min_targets": 0, "n_permutations": 100, "factors": 0, "progress": False}


def made(x, y, **obs):
    cells = [f"c{k}" for k in range(len(x))]
    parts = {
        key: AnnData(
            v.astype(float), obs=pd.DataFrame(index=cells),
            var=pd.DataFrame(index=[f"{key[:2]}{i}" for i in range(v.shape[1])]),
        )
        for key, v in (("mirna", x), ("mrna", y))
    }  # fmt: skip
    mdata = MuData(parts)
    for name, values in obs.items():
        mdata.obs[name] = values
    pairs = list(product(mdata["mirna"].var_names, mdata["mrna"].var_names))
    return mdata, pd.DataFrame(pairs, columns=["source", "target"])


def z_of(x, y):
    rho = spearmanr(x, y).statistic
    return np.arctanh(rho), (1 + rho**2 / 2) / (len(x) - 3)


def dersimonian_laird(z, v):
    z, w = np.array(z), 1 / np.array(v)
    q = (w * (z - (w * z).sum() / w.sum()) ** 2).sum()
    tau = max(0, (q - len(z) + 1) / (w.sum() - (w**2).sum() / w.sum()))
    w = 1 / (np.array(v) + tau)
    return (w * z).sum() / w.sum(), 1 / w.sum()


def by_precision(parts):
    d, v = np.transpose(parts)
    return (d / v).sum() / (1 / v).sum(), (d / v).sum() / np.sqrt((1 / v).sum())


def agrees(mdata, x, y, expected):
    table = cs.get.differential(mdata).set_index(["mirna", "mrna"])
    for i, g in product(range(x.shape[1]), range(y.shape[1])):
        row = table.loc[(f"mi{i}", f"mr{g}")]
        np.testing.assert_allclose([row.difference, row.statistic], expected(x[:, i], y[:, g]), atol=1e-4)


def test_samples_are_compared_inside_groups_and_averaged_by_precision():
    rng = np.random.default_rng(0)
    x, y = rng.gamma(2, 2, (70, 3)), np.round(rng.gamma(2, 2, (70, 3)))
    half, kind = np.arange(70) < 33, np.where(rng.random(70) < 0.4, "B", "T")
    x[kind == "T"] += 9
    mdata, net = made(x, y, half=half, kind=kind)
    cs.tl.differential(mdata, net, groupby="half", group=True, groups="kind", **QUICK)

    def expected(a, b):
        parts = []
        for name in "BT":
            (z1, v1), (z2, v2) = (z_of(a[s], b[s]) for s in (half & (kind == name), ~half & (kind == name)))
            parts.append((z1 - z2, v1 + v2))
        return by_precision(parts)

    agrees(mdata, x, y, expected)
    assert mdata.uns["csmir"]["differential_parameters"]["groups"] == "kind"


@pytest.mark.parametrize("paired", [False, True])
def test_donors_are_compared_inside_groups(paired):
    rng = np.random.default_rng(1)
    n, n_donors = 8 * 80, 8
    donor, kind = np.repeat(np.arange(n_donors), 80), np.where(rng.random(n) < 0.5, "B", "T")
    half = np.arange(n) % 4 < 2 if paired else donor < 4
    strength = rng.normal(0, 0.8, (n_donors, 2))[donor]
    x = rng.normal(20, 1, (n, 2))
    y = 20 + strength * (x - 20) + rng.normal(size=(n, 2))
    mdata, net = made(x, y, half=half, kind=kind, donor=donor.astype(str))
    how = {"groupby": "half", "group": True, "groups": "kind", "sample": "donor"}
    cs.tl.differential(mdata, net, **how, **QUICK)

    def expected(a, b):
        parts = []
        for name in "BT":
            each = {(d, h): z_of(a[s], b[s]) for d in range(n_donors) for h in (True, False)
                    if (s := (donor == d) & (half == h) & (kind == name)).any()}  # fmt: skip
            if paired:
                both = [(each[d, True], each[d, False]) for d in range(n_donors)]
                parts.append(dersimonian_laird([p[0] - q[0] for p, q in both], [p[1] + q[1] for p, q in both]))
                continue
            (m1, s1), (m2, s2) = (
                dersimonian_laird(*zip(*[each[d, h] for d in range(n_donors) if (d, h) in each], strict=True))
                for h in (True, False)
            )
            parts.append((m1 - m2, s1 + s2))
        return by_precision(parts)

    agrees(mdata, x, y, expected)


def test_a_change_of_composition_is_no_difference_inside_groups():
    """Two types, one of which regulates, in other shares under either condition: as covariate found, as group not."""
    rng = np.random.default_rng(2)
    n = 1_600
    half = np.arange(n) < n // 2
    acts = rng.random(n) < np.where(half, 0.8, 0.2)
    x = rng.normal(20, 1, (n, 20))
    y = 20 - 1.5 * acts[:, None] * (x - 20) + rng.normal(size=(n, 20))
    mdata, _ = made(x, y, half=half, kind=np.where(acts, "T", "B"))
    net = pd.DataFrame({"source": [f"mi{i}" for i in range(20)], "target": [f"mr{i}" for i in range(20)]})
    shares = []
    for options in ({"covariates": "kind"}, {"groups": "kind"}):
        cs.tl.differential(mdata, net, groupby="half", group=True, **options, **(QUICK | {"n_permutations": 500}))
        shares.append((cs.get.differential(mdata)["pvalue"] <= 0.05).mean())
    assert shares[0] > 0.9
    assert shares[1] <= 0.15


def test_what_groups_leave_out_is_said(caplog):
    rng = np.random.default_rng(3)
    half, kind = np.arange(90) % 2 == 0, np.repeat(["B", "T", "K"], 30)
    kind[half & (kind == "K")] = "T"
    kind[[0, 1, 2]] = "rare"
    mdata, net = made(rng.gamma(2, 2, (90, 2)), rng.gamma(2, 2, (90, 2)), half=half, kind=kind)
    cs.tl.differential(mdata, net, groupby="half", group=True, groups="kind", **QUICK)
    assert "2 (condition, group) have fewer than 6 cells" in caplog.text
    assert "1 groups are in one condition only" in caplog.text
    mdata.obs["own"] = half.astype(str)
    with pytest.raises(cs.InputError, match="No group has enough cells in both"):
        cs.tl.differential(mdata, net, groupby="half", group=True, groups="own", **QUICK)


@pytest.fixture
def plain():
    rng = np.random.default_rng(4)
    return made(rng.gamma(2, 2, (60, 2)), rng.gamma(2, 2, (60, 2)))


@pytest.mark.parametrize(
    ("values", "group", "reference"),
    [
        (np.repeat(["None", "drug"], 30), "drug", "None"),
        (np.r_[np.nan, np.zeros(29), np.ones(30)], 1, 0),  # a missing value makes floats of whole numbers
        (np.r_[np.nan, np.zeros(29), np.ones(30)], "1", "0"),
        (np.repeat([0, 1], 30), 1.0, 0.0),
        (pd.array([None] + [False] * 29 + [True] * 30, dtype="boolean"), True, False),
    ],
)
def test_levels_are_found_by_what_they_mean(plain, values, group, reference, caplog):
    mdata, net = plain
    mdata.obs["c"] = values
    cs.tl.differential(mdata, net, groupby="c", group=group, reference=reference, **QUICK)
    n_missing = int(pd.isna(values).sum())
    assert mdata.uns["csmir"]["differential_parameters"]["design"] == f"30 + {30 - n_missing} samples"
    assert ("1 of 60 cells have no 'c'" in caplog.text) == bool(n_missing)


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        ("x", {"group": "x"}, "there is no other condition"),
        (np.nan, {"group": "x"}, "names no condition"),
        (np.arange(60.0), {"reference": 3}, "`reference` needs a `group`"),
        (np.arange(60.0), {"groups": "c"}, "`groups` is for two conditions"),
        (np.repeat(["a", "b"], 30), {"group": "a", "sample": ["c"]}, "has no column"),
        (np.repeat(["a", "b"], 30), {"group": "a", "groups": "kind"}, "has no column 'kind'"),
    ],
)
def test_bad_conditions_are_said(plain, values, options, message):
    mdata, net = plain
    mdata.obs["c"] = values
    with pytest.raises(cs.InputError, match=message):
        cs.tl.differential(mdata, net, groupby="c", **options, **QUICK)
    with pytest.raises(cs.InputError, match="must be a column of"):
        cs.tl.differential(mdata, net, groupby=["c"], **options, **QUICK)


def test_one_donor_with_both_conditions_among_many_is_said(plain, caplog):
    mdata, net = plain
    mdata.obs["c"] = np.repeat(["a", "b"], 30)
    donor = np.repeat([f"d{i}" for i in range(6)], 10)
    donor[-6:] = "d0"
    mdata.obs["donor"] = donor
    cs.tl.differential(mdata, net, groupby="c", group="a", sample="donor", **QUICK)
    assert "4 donors have one condition only" in caplog.text or "5 donors have one condition only" in caplog.text
    assert "leave the cells of those with both out" in caplog.text


def test_a_shallower_condition_is_warned_of_and_equal_depth_is_not(caplog):
    rng = np.random.default_rng(5)
    half = np.arange(200) < 100
    counts = [rng.poisson(6, (200, 30)) for _ in range(2)]
    mdata, net = made(*(np.log1p(c) for c in counts), half=half)
    with caplog.at_level(logging.WARNING, logger="csmir"):
        cs.tl.differential(mdata, net, groupby="half", group=True, **QUICK)
        assert "one depth" not in caplog.text
        thin = [np.where(half[:, None], rng.binomial(c, 0.4), c) for c in counts]
        mdata, net = made(*(np.log1p(c) for c in thin), half=half)
        cs.tl.differential(mdata, net, groupby="half", group=True, **QUICK)
    assert "bring both to one depth" in caplog.text


@pytest.mark.parametrize("groups", [None, "kind"])
def test_more_cells_than_a_float_has_arrangements_for(groups):
    rng = np.random.default_rng(6)
    half = np.arange(1_200) < 601
    mdata, net = made(rng.gamma(2, 2, (1_200, 2)), rng.gamma(2, 2, (1_200, 2)), half=half, kind=["a", "b"] * 600)
    cs.tl.differential(mdata, net, groupby="half", group=True, groups=groups, **QUICK)
    assert cs.get.differential(mdata)["pvalue"].between(0, 1, inclusive="right").all()


@pytest.mark.parametrize(("n_cells", "factors", "said"), [(40, 2, True), (40, 0, False), (120, 2, False)])
def test_factors_in_few_cells_of_a_donor_are_told(n_cells, factors, said, caplog):
    rng = np.random.default_rng(7)
    donor = np.repeat(np.arange(4), n_cells)
    mdata, net = made(
        *(rng.normal(9, 1, (len(donor), k)) for k in (2, 60)), half=donor < 2, donor=donor.astype(str)
    )  # fmt: skip
    with caplog.at_level(logging.INFO, logger="csmir"):
        cs.tl.differential(
            mdata, net.iloc[::3], groupby="half", group=True, sample="donor", **QUICK | {"factors": factors}
        )
    assert ("2 hidden factors are held inside donors of 40 cells" in caplog.text) == said
    assert ("Decide before you look at q" in caplog.text) == said


@pytest.mark.parametrize("sample", [None, "donor"])
def test_types_that_agree_wholly_and_in_reverse_cancel(sample):
    x, kind = np.random.default_rng(0).permutation(np.arange(160.0))[:, None], np.arange(160) // 80
    mdata, net = made(x, np.where(kind[:, None] == 0, x, 160 - x), half=np.arange(160) % 2 == 0)
    mdata.obs["kind"], mdata.obs["donor"] = kind.astype(str), [f"d{d}" for d in np.arange(160) // 2 % 5]
    cs.tl.differential(mdata, net, groupby="half", group=True, groups="kind", sample=sample, **QUICK)
    found = cs.get.differential(mdata).iloc[0]
    np.testing.assert_allclose(
        found[["correlation_group", "correlation_reference", "difference"]].astype(float), 0.0, atol=1e-6
    )
