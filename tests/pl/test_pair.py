from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

import csmir as cs


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=90, n_mirnas=6, n_mrnas=30, prevalence=0.6, seed=1)
    cs.pp.recipe_csmir(mdata)
    return mdata


def names(mdata):
    first = mdata.uns["prior"].iloc[0]
    return {"mirna": first["source"], "mrna": first["target"]}


def words(ax):
    return [t.get_text() for t in ax.get_legend().get_texts()]


def values(mdata, mirna, mrna):
    return mdata["mirna"][:, mirna].X.toarray().ravel(), mdata["mrna"][:, mrna].X.toarray().ravel()


def test_rho_and_p_of_every_group_are_those_of_scipy(mdata):
    x, y = values(mdata, **names(mdata))
    group = mdata.obs["group"].astype(str).to_numpy()
    said = words(cs.pl.pair(mdata, groupby="group", **names(mdata)))
    for text, name in zip(said, sorted(set(group)), strict=True):
        rho, p = spearmanr(x[group == name], y[group == name])
        sign = "+" if rho > 0 else "−"
        assert text == f"{name} (n = {(group == name).sum()}): ρ = {sign}{abs(rho):.2f}, p = {p:.2g}"


def test_every_cell_is_a_dot_and_groups_differ_in_colour_and_mark(mdata):
    x, y = values(mdata, **names(mdata))
    ax = cs.pl.pair(mdata, groupby="group", **names(mdata))
    dots = [c for c in ax.collections if c.get_gid() == "csmir-cells"]
    at = np.concatenate([np.asarray(d.get_offsets()) for d in dots])
    np.testing.assert_allclose(sorted(map(tuple, at)), sorted(zip(x, y, strict=True)), rtol=1e-6)
    assert len({d.get_facecolor().tobytes() for d in dots}) == len(dots) == 3
    assert len({d.get_paths()[0].vertices.tobytes() for d in dots}) == 3


def test_what_is_stored_is_what_is_drawn(mdata):
    mdata = mdata.copy()
    cs.tl.association(mdata, mdata.uns["prior"], groups="group", covariates="group")
    var = mdata["association"].var
    end = names(mdata)
    row = var[(var["mirna"] == end["mirna"]) & (var["mrna"] == end["mrna"])].iloc[0]
    ax = cs.pl.pair(mdata, **end)
    said = words(ax)
    assert len(said) == 3
    for text in said:
        name = text.split(" (")[0]
        assert f"ρ = {row[f'association_rho_{name}']:+.2f}".replace("-", "−") in text
        assert text.endswith(f"q = {row[f'association_qvalue_{name}']:.2g}")
    assert "holds 'group' fixed" in ax.get_xlabel()
    other = cs.pl.pair(mdata, groupby="group", alpha=1.0, **end)  # every line is whole
    assert {line.get_linestyle() for line in other.lines} == {"-"}
    mdata.obs["half"] = np.where(np.arange(90) < 45, "a", "b")
    assert all("p = " in text for text in words(cs.pl.pair(mdata, groupby="half", **end)))  # of these nothing is stored


@pytest.mark.parametrize("net", [True, False], ids=["of a prior", "of networks"])
def test_q_is_shown_beside_the_cells_and_values_it_is_of(mdata, net, caplog):
    """A legend never says n of the cells that are left beside q of those that were tested."""
    mdata = mdata.copy()
    if not net:
        cs.tl.regulation(mdata, mdata.uns["prior"], pseudo_cells=False, progress=False)
    cs.tl.association(mdata, mdata.uns["prior"] if net else None, groups="group", factors=0)
    shuffled = mdata[np.random.default_rng(0).permutation(mdata.obs_names)].copy()
    stored = words(cs.pl.pair(mdata, **names(mdata)))
    assert words(cs.pl.pair(shuffled, **names(mdata))) == stored
    assert all("q =" in word for word in stored)
    assert "other cells" not in caplog.text
    fewer = mdata[mdata.obs_names[::2]].copy()
    x, y = values(fewer, **names(mdata))
    inside = (fewer.obs["group"] == sorted(set(fewer.obs["group"]))[0]).to_numpy()
    rho, p = spearmanr(x[inside], y[inside])
    said = words(cs.pl.pair(fewer, **names(mdata)))[0]
    assert said.endswith(f"(n = {inside.sum()}): ρ = {'+' if rho > 0 else '−'}{abs(rho):.2f}, p = {p:.2g}")
    assert "cs.tl.association saw other cells, or other values" in caplog.text
    mdata["mrna"].X = mdata["mrna"].X * 2
    assert all("p =" in word for word in words(cs.pl.pair(mdata, **names(mdata))))


def test_few_cells_have_no_rho(mdata):
    mdata.obs["odd"] = np.where(np.arange(90) < 3, "few", "rest")
    said = words(cs.pl.pair(mdata, groupby="odd", **names(mdata)))
    assert said[0] == "few (n = 3): too few cells"
    assert "p = " in said[1]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"mirna": "no-such"}, "No miRNA 'no-such' in the data"),
        ({"mrna": "no-such"}, "No mRNA 'no-such' in the data"),
        ({"groupby": "grup"}, "no column 'grup'.*group"),
        ({"groupby": "cell"}, "90 groups; from 1 to 12"),
        ({"key": "mrna"}, "holds no correlations"),
        ({"key": "other"}, "no modality 'other'"),
        ({"alpha": 0}, "alpha"),
    ],
)
def test_errors(mdata, given, match):
    mdata.obs["cell"] = mdata.obs_names
    with pytest.raises(cs.InputError, match=match):
        cs.pl.pair(mdata, **names(mdata) | given)


def test_not_of_anything_else(mdata):
    with pytest.raises(cs.InputError, match="Expected a MuData"):
        cs.pl.pair(mdata["mrna"], **names(mdata))


def test_lines_of_groups_end_in_their_marks(mdata):
    """Their colours are one grey in print."""
    ax = cs.pl.pair(mdata, groupby="group", **names(mdata))
    lines = [line for line in ax.lines if line.get_gid() == "csmir-line"]
    handles = ax.get_legend().legend_handles
    assert len(lines) == len(handles) > 1
    assert len({line.get_marker() for line in lines}) == len(lines)
    assert [line.get_marker() for line in lines] == [handle.get_marker() for handle in handles]
    (line,) = [line for line in cs.pl.pair(mdata, **names(mdata)).lines if line.get_gid() == "csmir-line"]
    assert line.get_marker() == "None"  # of one group an end would look like a cell
