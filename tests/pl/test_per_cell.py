from __future__ import annotations

import numpy as np
import pytest

import csmir as cs
from csmir import InputError, StepError
from csmir.pl._kit import style


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=12, seed=1)
    cs.tl.hubs(mdata, regulation="truth")
    cs.tl.validate(mdata, mdata.uns["prior"].iloc[::2], regulation="truth")
    return mdata


def heads(ax):
    """y of the lollipops' heads, from left to right."""
    dots = next(c for c in ax.collections if c.get_gid() is None and len(c.get_offsets()) > 1)
    return dots.get_offsets()[:, 1]


def test_a_panel_for_each_column_and_a_lollipop_for_each_cell(mdata):
    axes = cs.pl.per_cell(mdata, regulation="truth")
    assert list(axes) == ["n_interactions", "pct_validated", "n_hubs"]
    assert [ax.get_title(loc="left") for ax in axes.values()] == ["interactions", "validated (%)", "hub miRNAs"]
    adata = mdata["truth"]
    np.testing.assert_allclose(heads(axes["n_interactions"]), np.diff(adata.X.indptr))
    np.testing.assert_allclose(heads(axes["pct_validated"]), adata.obs["pct_validated"])
    np.testing.assert_allclose(heads(axes["n_hubs"]), adata.obsm["hub_mirna"].sum(axis=1))


def test_lollipops_start_at_zero_and_the_median_is_drawn(mdata):
    ax = cs.pl.per_cell(mdata, columns="pct_validated", regulation="truth")["pct_validated"]
    assert ax.get_ylim()[0] == 0
    line = next(x for x in ax.lines if x.get_gid() == "median")
    assert line.get_ydata()[0] == pytest.approx(mdata["truth"].obs["pct_validated"].median())
    assert [t.get_text() for t in ax.get_xticklabels()] == [n.removeprefix("cell_") for n in mdata.obs_names]
    assert ax.get_xlabel() == "cells (cell_…)"


def test_sorted_by_a_column(mdata):
    ax = cs.pl.per_cell(mdata, columns="n_hubs", sort="n_interactions", regulation="truth")["n_hubs"]
    n = np.diff(mdata["truth"].X.indptr)
    order = np.argsort(-n, kind="stable")
    names = [n.removeprefix("cell_") for n in mdata.obs_names[order]]
    assert [t.get_text() for t in ax.get_xticklabels()] == names


def test_groups_have_a_legend(mdata):
    mdata["truth"].obs["kind"] = ["a", "b", "c"] * 4
    fig = cs.pl.per_cell(mdata, color="kind", regulation="truth", return_fig=True)
    (legend,) = fig.legends
    assert [t.get_text() for t in legend.get_texts()] == ["a", "b", "c"]
    assert legend.get_title().get_text() == "kind"


def test_an_empty_network_has_a_cross_and_no_lollipop(make_networks):
    networks = make_networks({"a": [("m0", "g0"), ("m1", "g1")], "b": [("m0", "g0")], "c": []})
    import pandas as pd

    cs.tl.validate(networks, pd.DataFrame({"source": ["m0"], "target": ["g0"]}))
    ax = cs.pl.per_cell(networks, columns="pct_validated")["pct_validated"]
    np.testing.assert_allclose(heads(ax), [50, 100])
    cross = next(c for c in ax.collections if c.get_gid() == "no value")
    assert cross.get_offsets().tolist() == [[2, 0]]


def test_all_networks_empty_is_an_honest_panel(make_networks):
    networks = make_networks({"a": [], "b": []}, pairs=[("m0", "g0")])
    networks["regulation"].obs["pct_validated"] = np.nan
    axes = cs.pl.per_cell(networks, columns=["n_interactions", "pct_validated"])
    assert not style.is_empty(axes["n_interactions"])
    assert style.is_empty(axes["pct_validated"])


def test_many_cells_are_histograms():
    mdata = cs.datasets.simulated(n_cells=300, n_mirnas=8, n_mrnas=40)
    axes = cs.pl.per_cell(mdata, regulation="truth")
    ax = axes["n_interactions"]
    assert sum(bar.get_height() for bar in ax.patches) == 300
    assert ax.get_ylabel() == "cells (of 300)"
    grouped = cs.pl.per_cell(mdata["truth"], regulation="truth")
    assert list(grouped) == ["n_interactions"]


def test_few_hubs_have_no_ticks_below_zero(make_networks):
    mdata = make_networks({f"c{i}": [("m0", "g0")] if i % 2 else [("m0", "g0"), ("m1", "g1")] for i in range(210)})
    cs.tl.hubs(mdata)
    ax = cs.pl.per_cell(mdata, columns="n_hubs")["n_hubs"]
    ax.figure.canvas.draw()
    assert ax.get_xlim()[0] >= -0.5
    assert not [t.get_text() for t in ax.get_xticklabels() if t.get_text() and not t.get_text().isdigit()]


def test_a_column_without_values_blames_no_network(mdata):
    adata = mdata["truth"].copy()
    adata.obs["mine"] = np.nan
    ax = cs.pl.per_cell(adata, columns="mine")["mine"]
    assert [t.get_text() for t in ax.texts] == ["no cell has a value"]


def test_no_mark_is_cut_at_the_top_of_a_low_panel(mdata):
    ax = cs.pl.per_cell(mdata, columns="n_interactions", regulation="truth", figsize=(3, 1))["n_interactions"]
    assert not any(c.get_clip_on() for c in ax.collections if len(c.get_offsets()) > 1)


def test_an_anndata_and_styles(mdata):
    axes = cs.pl.per_cell(mdata["truth"], columns="n_interactions", marker_kws={"s": 5}, line_kws={"lw": 3})
    ax = axes["n_interactions"]
    assert {
        float(c.get_sizes()[0]) for c in ax.collections if hasattr(c, "get_sizes") and len(c.get_offsets()) > 1
    } == {5}
    assert any(c.get_linewidth()[0] == 3 for c in ax.collections)


def test_what_was_not_run_names_the_call(mdata):
    with pytest.raises(StepError, match=r"Run cs.tl.validate\(mdata, disease=names\) first"):
        cs.pl.per_cell(mdata, columns="pct_disease", regulation="truth")
    with pytest.raises(StepError, match=r"'n_null' is not there yet. Run cs.tl.null\(mdata\) first"):
        cs.pl.per_cell(mdata, columns="n_null", regulation="truth")
    with pytest.raises(StepError, match=r"Run cs.tl.regulation"):
        cs.pl.per_cell(mdata)
    with pytest.raises(InputError, match=r"have no column 'n_interaction'.*Did you mean 'n_interactions'"):
        cs.pl.per_cell(mdata, columns="n_interaction", regulation="truth")
    mdata["truth"].obs["word"] = "x"
    with pytest.raises(InputError, match="not numbers"):
        cs.pl.per_cell(mdata, columns="word", regulation="truth")
    with pytest.raises(InputError, match="`color` names no column"):
        cs.pl.per_cell(mdata, color="nothing", regulation="truth")
