from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from anndata import AnnData

import csmir as cs
from csmir.pl._kit import style, volcanoes


@pytest.fixture(scope="module")
def tested():
    """The planted truth of 90 cells, whose groups differ by construction, under scanpy's test."""
    mdata = cs.datasets.simulated(n_cells=90, n_mirnas=10, n_mrnas=60, seed=2)
    truth = mdata["truth"]
    truth.obs["group"] = mdata.obs["group"]
    sc.tl.rank_genes_groups(truth, "group", method="wilcoxon")
    return mdata


def points(ax):
    return {c.get_label().split(":")[0]: np.asarray(c.get_offsets()) for c in ax.collections}


def test_x_is_the_difference_of_shares_and_y_the_q_value(tested):
    truth = tested["truth"]
    ax = cs.pl.volcano(tested, "group_1", regulation="truth")
    found = points(ax)
    table = sc.get.rank_genes_groups_df(truth, group="group_1").set_index("names")
    inside = (truth.obs["group"] == "group_1").to_numpy()
    present = pd.DataFrame(truth.X.toarray() != 0, columns=truth.var_names)
    difference = (present[inside].mean() - present[~inside].mean())[table.index]
    assert len(found["more in the group"]) == ((table["pvals_adj"] < 0.05) & (difference > 0)).sum() > 0
    assert len(found["less in the group"]) == ((table["pvals_adj"] < 0.05) & (difference < 0)).sum() > 0
    assert sorted(found["more in the group"][:, 0]) == pytest.approx(
        sorted(difference[(table["pvals_adj"] < 0.05) & (difference > 0)])
    )
    assert sum(map(len, found.values())) == len(table)
    q = table["pvals_adj"]
    assert max(p[:, 1].max() for p in found.values()) == pytest.approx(-np.log10(q[q > 0].min()))
    assert ax.get_title() == "group_1 against the other cells"


def test_names_are_those_of_the_smallest_q_inside_the_axes(tested):
    ax = cs.pl.volcano(tested, "group_1", n_names=3, regulation="truth")
    names = [t for t in ax.texts if "→" in t.get_text()]
    assert 0 < len(names) <= 3
    fig = ax.get_figure()
    fig.draw_without_rendering()
    inside = ax.get_window_extent()
    boxes = [t.get_window_extent() for t in names]
    assert all(inside.x0 - 2 <= b.x0 and b.x1 <= inside.x1 + 2 for b in boxes)
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert [
        t for t in cs.pl.volcano(tested, "group_1", n_names=0, regulation="truth").texts if "→" in t.get_text()
    ] == []


def test_pairs_at_one_place_share_a_name(tested):
    ax = cs.pl.volcano(tested, "group_1", regulation="truth")
    together = [t.get_text() for t in ax.texts if " more" in t.get_text()]
    assert together  # whole groups are regulated alike in the planted truth
    near = pd.DataFrame({"x": [1, 0.999, -1, 0.5], "y": [9, 8.99, 9, 9], "q": [1e-9, 1e-8, 1e-7, 1e-6]})
    best, names = volcanoes.names(near.assign(a=list("mnop"), b="g"), 9)  # the first two are one mark on any page
    assert names == ["m → g and 1 more", "o → g", "p → g"]
    assert best["q"].tolist() == [1e-9, 1e-7, 1e-6]


def test_scores_of_scanpy(tested):
    ax = cs.pl.volcano(tested, "group_2", x="score", regulation="truth")
    scores = sc.get.rank_genes_groups_df(tested["truth"], group="group_2")["scores"]
    drawn = np.concatenate([p[:, 0] for p in points(ax).values()])
    assert sorted(drawn) == pytest.approx(sorted(scores), abs=1e-5)


def test_nothing_significant_is_said(tested):
    ax = cs.pl.volcano(tested, "group_1", alpha=1e-200, regulation="truth")
    assert "no pair has adjusted p < 1e-200" in [t.get_text() for t in ax.texts]
    assert list(points(ax)) == ["adjusted p ≥ 1e-200"]


def test_empty_networks(make_networks):
    mdata = make_networks({f"c{k}": [] for k in range(6)}, pairs=[("m0", "g0"), ("m0", "g1")])
    reg = mdata["regulation"]
    reg.obs["group"] = pd.Categorical(list("aabbbb"))
    sc.tl.rank_genes_groups(reg, "group", method="t-test")
    ax = cs.pl.volcano(mdata, "a")
    assert style.is_empty(ax) or list(points(ax)) == ["adjusted p ≥ 0.05"]


def test_errors(tested, make_networks):
    with pytest.raises(cs.InputError, match="`group` must be one of 'group_1', 'group_2', 'group_3'; none was named"):
        cs.pl.volcano(tested, regulation="truth")
    with pytest.raises(cs.InputError, match="Did you mean 'group_1'"):
        cs.pl.volcano(tested, "grop_1", regulation="truth")
    with pytest.raises(cs.StepError, match=r"sc\.tl\.rank_genes_groups"):
        cs.pl.volcano(make_networks({"a": [("m0", "g0")], "b": [], "c": []}), "a")
    fewer = tested["truth"][:, :50].copy()
    with pytest.raises(cs.InputError, match="are not among the networks' pairs"):
        cs.pl.volcano(fewer, "group_1")
    other = tested["truth"].copy()
    del other.obs["group"]
    with pytest.raises(cs.InputError, match="x='score'"):
        cs.pl.volcano(other, "group_1")
    other.uns["rank_genes_groups"] = {k: v for k, v in other.uns["rank_genes_groups"].items() if k != "pvals_adj"}
    with pytest.raises(cs.InputError, match="no p-values"):
        cs.pl.volcano(other, "group_1")


def test_pairs_that_go_together_are_hollow(tested):
    truth = tested["truth"]
    truth.var["sign"] = np.where(np.arange(truth.n_vars) % 2, 1, -1).astype(np.int8)
    ax = cs.pl.volcano(tested, "group_1", regulation="truth")
    hollow = [c for c in ax.collections if c.get_gid() == "csmir-activation"]
    assert sum(len(c.get_offsets()) for c in hollow) == truth.n_vars // 2
    assert all(len(c.get_facecolor()) == 0 for c in hollow)
    assert any("hollow: activation" in t.get_text() for t in ax.get_legend().get_texts())
    truth.var["sign"] = np.int8(-1)
    ax = cs.pl.volcano(tested, "group_1", regulation="truth")
    assert ax.get_legend().get_texts()[-1].get_text() == "all of them repression"
    truth.var["correlation"] = np.where(np.arange(truth.n_vars) % 2, -0.2, -0.004)  # the latter is shown as 0.00
    ax = cs.pl.volcano(tested, "group_1", regulation="truth")
    squares = [c for c in ax.collections if c.get_gid() == "csmir-no-direction"]
    n = len(truth.var) - truth.n_vars // 2
    assert sum(len(c.get_offsets()) for c in squares) == n
    words = [t.get_text() for t in ax.get_legend().get_texts()]
    assert words[-2:] == ["filled: repression", f"square: no direction (ρ 0.00): {n:,}"]
    del truth.var["sign"], truth.var["correlation"]


def test_more_repression_is_more_by_score_too_and_p_is_called_by_its_name(caplog):
    mdata = cs.datasets.simulated(n_cells=60, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", groups="group", keep="all")
    networks = mdata["regulation"]
    networks.obs["side"] = pd.Categorical(np.where(np.arange(60) % 2, "a", "b"))
    x = np.zeros(networks.shape, np.float32)
    x[1::2, 0] = -np.linspace(0.5, 0.6, 30)  # one side is repressed
    networks = AnnData(x, obs=networks.obs, var=networks.var, uns=networks.uns)
    sc.tl.rank_genes_groups(networks, "side", method="wilcoxon")
    for kind in ("share", "score"):
        ax = cs.pl.volcano(networks, "a", x=kind)
        best = max((p for c in ax.collections for p in c.get_offsets()), key=lambda p: p[1])
        assert best[0] > 0, kind
    assert "adjusted p" in ax.get_ylabel()
    assert "do not hold on networks" in caplog.text


def test_a_pair_that_differs_by_another_measure_is_drawn_and_counted():
    """As many cells have it in both groups, where its z differs."""
    import matplotlib.pyplot as plt
    import pandas as pd

    from csmir.pl._kit import volcanoes

    x, q = np.array([0.5, -0.25, 0.0, 0.0]), np.array([0.01, 0.02, 1e-6, 0.4])
    table = pd.DataFrame({"x": x, "y": -np.log10(q), "q": q, "sign": [-1.0, 1, -1, 1]})
    _, ax = plt.subplots()
    volcanoes.draw(ax, table, 0.05, None, words=("more", "less"))
    assert sorted(xy for dots in ax.collections for xy in map(tuple, dots.get_offsets().tolist())) == sorted(
        zip(x.tolist(), table["y"], strict=True)
    )
    words = [t.get_text() for t in ax.get_legend().get_texts()]
    assert words[:4] == ["q ≥ 0.05: 1", "more: 1", "less: 1", "neither more nor less: 1"]
    plt.close("all")
