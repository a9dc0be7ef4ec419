from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir.pl._kit import style


@pytest.fixture
def hubs(random_networks):
    cs.tl.hubs(random_networks)
    random_networks["regulation"].obs["group"] = pd.Categorical(["x", "y", "z"] * 4)
    random_networks["regulation"].obs["time"] = np.linspace(1, 0, 12)
    return random_networks


def labels(axis):
    return [t.get_text() for t in axis.get_ticklabels()]


def test_raster_shows_the_degrees(hubs):
    degree = hubs["regulation"].obsm["out_degree"]
    ax = cs.pl.out_degree(hubs, n_top=5, order="given")
    shown = ax.images[0].get_array()
    top = degree.sum().sort_values(ascending=False, kind="stable").index[:5]
    assert labels(ax.yaxis) == list(top)
    assert np.array_equal(shown.filled(0), degree[top].to_numpy().T)
    assert np.array_equal(shown.mask, degree[top].to_numpy().T == 0)
    assert ax.get_ylabel() == f"5 of {(degree.sum() > 0).sum()} miRNAs"


def test_hubs_are_dotted(hubs):
    ax = cs.pl.out_degree(hubs, n_top=None, order="given")
    (dots,) = [line for line in ax.lines if line.get_gid() == "csmir-hubs"]
    assert len(dots.get_xdata()) == hubs["regulation"].obsm["hub_mirna"].to_numpy().sum()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["hub of the cell"]


def test_named_mirnas_in_their_order(hubs):
    names = hubs["regulation"].obsm["out_degree"].columns[[4, 0, 2]].tolist()
    assert labels(cs.pl.out_degree(hubs, names).yaxis) == names
    with pytest.raises(cs.InputError, match="miR-x"):
        cs.pl.out_degree(hubs, "miR-x")
    with pytest.raises(cs.InputError, match="no miRNA"):
        cs.pl.out_degree(hubs, [])


def test_groups_lie_side_by_side_under_a_strip(hubs):
    ax = cs.pl.out_degree(hubs, groupby="group")
    group = hubs["regulation"].obs["group"]
    assert [group[f"c{name}"] for name in (n.removeprefix("c") for n in labels(ax.xaxis))] == sorted(group)
    strip = [p for p in ax.patches if p.get_gid() == "csmir-strip"]
    assert [p.get_width() for p in strip] == [4, 4, 4]
    assert [t.get_text() for t in ax.get_legend().get_texts()][1:] == ["x", "y", "z"]
    assert ax.get_xlabel().endswith("by group")


def test_numbers_sort_the_cells(hubs):
    ax = cs.pl.out_degree(hubs, groupby="time")
    assert labels(ax.xaxis) == [f"c{k}" for k in range(11, -1, -1)]
    assert [p for p in ax.patches if p.get_gid() == "csmir-strip"] == []
    with pytest.raises(cs.InputError, match="Did you mean 'group'"):
        cs.pl.out_degree(hubs, groupby="grup")


@pytest.mark.parametrize(("value", "words"), [("on", ["on: has targets", "off"]), ("hub", ["hub of the cell", "not"])])
def test_two_valued_rasters_have_a_key_and_no_colour_bar(hubs, value, words):
    fig = cs.pl.out_degree(hubs, value=value, n_top=None, return_fig=True)
    assert len(fig.axes) == 1
    assert [t.get_text() for t in fig.axes[0].get_legend().get_texts()] == words
    key = "hub_mirna" if value == "hub" else "out_degree"
    on = (hubs["regulation"].obsm[key].to_numpy() > 0).sum()
    assert (~fig.axes[0].images[0].get_array().mask).sum() == on


def test_many_cells_have_no_names_and_no_dots():
    mdata = cs.datasets.simulated(n_cells=300, n_mirnas=60, n_mrnas=80)
    cs.tl.hubs(mdata, regulation="truth")
    ax = cs.pl.out_degree(mdata, regulation="truth")
    assert ax.get_xlabel() == "300 cells"
    assert len(ax.get_xticks()) == 0
    assert [line for line in ax.lines if line.get_gid() == "csmir-hubs"] == []


def test_more_cells_than_columns_are_averaged_side_by_side():
    mdata = cs.datasets.simulated(n_cells=1500, n_mirnas=6, n_mrnas=30)
    cs.tl.hubs(mdata, regulation="truth")
    degree = mdata["truth"].obsm["out_degree"]
    ax = cs.pl.out_degree(mdata, degree.columns[0], order="given", regulation="truth")
    shown = ax.images[0].get_array().filled(0)
    assert shown.shape == (1, 600)
    assert ax.get_xlim() == (-0.5, 1499.5)
    means = degree.iloc[:, 0].to_numpy().reshape(-1, 5).mean(axis=1)  # 5 cells are 2 columns: of 2 and of 3
    assert (shown[0, ::2] * 2 + shown[0, 1::2] * 3) / 5 == pytest.approx(means)
    assert ax.get_xlabel() == "1,500 cells; each column is a mean of 2.5"


def test_empty_and_not_run(make_networks):
    mdata = make_networks({"a": [], "b": [], "c": []}, pairs=[("m0", "g0")])
    with pytest.raises(cs.StepError, match=r"cs\.tl\.hubs"):
        cs.pl.out_degree(mdata)
    cs.tl.hubs(mdata)
    assert style.is_empty(cs.pl.out_degree(mdata))
    mdata = make_networks({"a": [("m0", "g0")], "b": [], "c": []}, pairs=[("m0", "g0"), ("m1", "g0")])
    cs.tl.hubs(mdata)
    ax = cs.pl.out_degree(mdata, "m1")
    assert "None of these miRNAs" in ax.texts[0].get_text()


def test_on_has_no_colour_of_a_group(random_networks):
    mdata = random_networks
    cs.tl.hubs(mdata)
    mdata["regulation"].obs["group"] = ["a", "b", "c"] * 4
    ax = cs.pl.out_degree(mdata, value="hub", groupby="group")
    of = {t.get_text(): h for t, h in zip(ax.get_legend().get_texts(), ax.get_legend().legend_handles, strict=True)}
    assert of["hub of the cell"].get_facecolor() not in [of[g].get_facecolor() for g in "abc"]
    assert cs.pl.out_degree(mdata, "m0").get_ylabel() == "miRNA"


def test_share_of_the_pairs_that_were_tested(random_networks):
    cs.tl.hubs(random_networks)
    reg = random_networks["regulation"]
    tested = reg.var["mirna"].astype(str).value_counts()
    share = (reg.obsm["out_degree"] / tested[reg.obsm["out_degree"].columns]).sum().sort_values(ascending=False)
    ax = cs.pl.out_degree(random_networks, value="share", n_top=5, order="given")
    assert [t.get_text() for t in ax.get_yticklabels()] == share.index[:5].tolist()
    drawn = np.asarray(ax.images[0].get_array().filled(0))
    want = reg.obsm["out_degree"][share.index[:5]] / tested[share.index[:5]]
    np.testing.assert_allclose(drawn, want.to_numpy().T)
    (bar,) = [a for a in ax.figure.axes if a is not ax]
    assert bar.get_ylabel().replace("\n", " ") == "share of tested pairs" + " (blank: none)" * bool((drawn == 0).any())
