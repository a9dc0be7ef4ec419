from __future__ import annotations

import sys

import pytest

import csmir as cs
from csmir import StepError
from csmir.pl._kit import style

PANELS = ["workflow", "interactions", "conservation", "hubs", "similarity", "cluster", "validated"]


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=9, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=5)
    cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.3)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    cs.tl.similarity(mdata)
    cs.tl.cluster(mdata)
    cs.tl.validate(mdata, mdata.uns["prior"].iloc[::2])
    return mdata


def words(ax):
    return [t.get_text() for t in ax.texts]


def test_a_finished_run_has_no_empty_panel(mdata):
    axes = cs.pl.overview(mdata)
    assert sorted(axes) == sorted(PANELS)
    assert not any(style.is_empty(ax) for ax in axes.values())


def test_the_workflow_tells_what_was_done(mdata):
    ax = cs.pl.overview(mdata)["workflow"]
    text = "\n".join(words(ax))
    adata = mdata["regulation"]
    n = adata.obs["n_interactions"]
    kinds = adata.var["conservation"].value_counts()
    for part in (
        "9 cells\n19 miRNAs" if mdata["mirna"].n_vars == 19 else f"{mdata['mirna'].n_vars} miRNAs",
        "5 runs\nof 49 cells",  # 9 + 5 * 8
        f"{adata.n_vars} tested\nfrom a prior",
        f"{n.min()} to {n.max()} per cell",
        f"{kinds['conserved']} conserved\n{kinds['rewired']} rewired",
    ):
        assert part in text
    assert sum(p.get_gid() == "step" for p in ax.patches) == 5
    share = mdata.uns["csmir"]["bootstrap_cells"]["share_alone"]
    assert next(t.get_text() for t in ax.texts if t.get_gid() == "warning").startswith(f"{share:.0%} of boxes")


def test_shares_add_up_and_numbers_are_written(mdata):
    ax = cs.pl.overview(mdata, figsize=(14, 9))["conservation"]
    kinds = mdata["regulation"].var
    found = kinds.loc[kinds["n_cells"] > 0, "conservation"].value_counts()
    by_row = {}
    for bar in ax.patches:
        by_row.setdefault(round(bar.get_y() + bar.get_height() / 2), []).append(bar.get_width())
    assert {round(sum(v), 6) for v in by_row.values()} == {100}
    assert by_row[0][0] == pytest.approx(100 * found["conserved"] / found.sum())
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["conserved", "neither", "rewired"]


def test_hubs_by_cells_then_by_targets(mdata):
    ax = cs.pl.overview(mdata)["hubs"]
    is_hub, degree = mdata["regulation"].obsm["hub_mirna"], mdata["regulation"].obsm["out_degree"]
    order = sorted(is_hub.columns[is_hub.any()], key=lambda m: (-is_hub[m].sum(), -degree[m].mean()))[:12]
    assert [t.get_text() for t in ax.get_yticklabels()] == order
    assert [b.get_width() for b in ax.patches] == pytest.approx([degree[m].mean() for m in order])
    assert [int(t) for t in words(ax)] == [is_hub[m].sum() for m in order]


def test_what_was_not_run_has_a_panel_that_names_the_call():
    mdata = cs.datasets.simulated(n_cells=6)
    axes = cs.pl.overview(mdata, regulation="truth")
    calls = {
        "conservation": "cs.tl.conservation(mdata)",
        "hubs": "cs.tl.hubs(mdata)",
        "similarity": "cs.tl.similarity(mdata)",
        "cluster": "cs.tl.cluster(mdata)",
        "validated": "cs.tl.validate(mdata, truth) or cs.tl.compare(mdata, truth)",
    }
    for name, call in calls.items():
        text = words(axes[name])[0].replace("\n", " ").replace("\u00a0", " ")
        assert text == f"not there yet: run {call}"


def test_the_comparison_takes_the_place_of_the_shares(mdata):
    copy = mdata.copy()
    cs.tl.compare(copy, mdata.uns["prior"].iloc[::2], against="prior")
    ax = cs.pl.overview(copy)["validated"]
    assert [t.get_text().replace("\n", " ") for t in ax.get_xticklabels()] == ["inferred", "prior alone"]


@pytest.mark.parametrize(("width", "columns"), [(10, 3), (5, 2), (3.35, 1)])
def test_as_many_columns_as_there_is_room_for(mdata, width, columns):
    axes = cs.pl.overview(mdata, figsize=(width, 9))
    places = {round(ax.get_subplotspec().get_position(ax.figure).x0, 4) for k, ax in axes.items() if k != "workflow"}
    assert len(places) == columns


@pytest.mark.parametrize("size", [(3.35, 8.7), (5, 7), (10, 7.6)])
def test_the_workflow_keeps_to_its_boxes_and_the_arrows_off_its_words(mdata, size):
    fig = cs.pl.overview(mdata, figsize=size, return_fig=True)
    fig.canvas.draw()
    (ax,) = [a for a in fig.axes if any(p.get_gid() == "step" for p in a.patches)]
    boxes = [p.get_window_extent() for p in ax.patches if p.get_gid() == "step"]
    words = [t.get_window_extent() for t in ax.texts if t.get_text()]
    arrows = [t.arrow_patch.get_window_extent() for t in ax.texts if t.get_gid() == "arrow"]
    assert len(arrows) == len(boxes) - 1
    for word in words:
        assert any(
            b.x0 - 1 < word.x0 and word.x1 < b.x1 + 1 and b.y0 - 1 < word.y0 and word.y1 < b.y1 + 1 for b in boxes
        )
        assert not any(word.overlaps(arrow) for arrow in arrows)
    assert all(fig.bbox.x0 <= b.x0 and b.x1 <= fig.bbox.x1 for b in boxes)


def test_numbers_of_a_large_run_stay_in_their_boxes(mdata, monkeypatch):
    from csmir.pl._kit import workflow as _workflow

    long = _workflow.Step(
        "networks", ["box statistic (CSN)", "117,968 to 132,372 per cell"], "99,999 networks are empty"
    )
    original = _workflow.steps
    monkeypatch.setattr(sys.modules["csmir.pl.overview"], "steps", lambda *a: [*original(*a), long])
    fig = cs.pl.overview(mdata, return_fig=True)
    fig.canvas.draw()
    (ax,) = [a for a in fig.axes if any(p.get_gid() == "step" for p in a.patches)]
    box = [p.get_window_extent() for p in ax.patches if p.get_gid() == "step"][-1]
    inside = [t.get_window_extent() for t in ax.texts if t.get_text() and t.get_window_extent().x0 > box.x0]
    assert len(inside) == 3
    assert max(words.x1 for words in inside) < box.x1


def test_networks_alone_and_empty_ones(make_networks):
    networks = make_networks({"a": [], "b": [], "c": []}, pairs=[("m0", "g0")])
    cs.tl.hubs(networks)
    cs.tl.similarity(networks["regulation"])
    fig = cs.pl.overview(networks["regulation"], return_fig=True, title="empty")
    assert fig.get_suptitle() == "empty"
    fig.canvas.draw()


def test_no_networks_yet():
    with pytest.raises(StepError, match=r"Run cs.tl.regulation\(mdata, net\) first"):
        cs.pl.overview(cs.datasets.simulated(n_cells=4))


def test_panels_keep_their_width_in_a_column_with_many_cells():
    """One label that grew as its panel got narrower once pressed all of them together."""
    mdata = cs.datasets.simulated(n_cells=250, n_mirnas=6, n_mrnas=40, seed=1)
    cs.pp.recipe_csmir(mdata)
    net = mdata.uns["prior"]
    cs.tl.regulation(mdata, net, statistic="exact", alpha=0.2, adjust=None, n_threads=1)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    cs.tl.similarity(mdata)
    cs.tl.validate(mdata, net.iloc[::2])
    cs.tl.compare(mdata, net.iloc[::2], against=["random", "prior"], n_random=3)
    cs.tl.null(mdata, n_permutations=2, n_threads=1)
    axes = cs.pl.overview(mdata, figsize=(3.4, 8.5))
    fig = axes["validated"].figure
    fig.canvas.draw()
    assert "when shuffled" in axes["validated"].get_xlabel()
    for name, ax in axes.items():
        if name != "workflow":
            assert ax.get_window_extent().width > 0.4 * fig.bbox.width, name


@pytest.mark.parametrize("figsize", [(4.3, 8), (5.5, 7)])
def test_words_of_an_empty_panel_stay_whole_and_inside(figsize):
    fig = cs.pl.overview(cs.datasets.simulated(), regulation="truth", figsize=figsize, return_fig=True)
    fig.canvas.draw()
    said = [(ax, text) for ax in fig.axes for text in ax.texts if text.get_text().startswith("not there")]
    assert len(said) >= 4
    for ax, text in said:
        box = text.get_window_extent()
        assert min(box.x0 - ax.bbox.x0, ax.bbox.x1 - box.x1, box.y0 - ax.bbox.y0, ax.bbox.y1 - box.y1) >= 0
        assert any(line.startswith("cs.tl.") or " cs.tl." in line for line in text.get_text().split("\n"))
        assert all(line.count("(") == line.count(")") for line in text.get_text().split("\n"))


def test_no_share_of_no_interactions():
    """Of three cells nothing is found, and no share of nothing is by chance."""
    mdata = cs.datasets.simulated(n_cells=3, seed=13)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=5, n_between=1)
    cs.tl.regulation(mdata, mdata.uns["prior"])
    cs.tl.validate(mdata, mdata.uns["prior"])
    cs.tl.null(mdata, n_permutations=2)
    words = [t.get_text() for ax in cs.pl.overview(mdata).values() for t in ax.texts]
    assert "3 networks are empty" in words
    assert not any("nan" in word for word in words)
    assert not cs.pl.per_cell(mdata)["pct_validated"].get_title(loc="right")
