"""Every figure of networks that chance gives as well says so, and shows what chance gives."""

from __future__ import annotations

import matplotlib.style as mpl_style
import numpy as np
import pytest
import scanpy as sc
from matplotlib.figure import Figure

import csmir as cs
from csmir.pl._kit import chance


@pytest.fixture(scope="module")
def shuffled():
    """Data whose pairing was shuffled before anything else, after every step."""
    mdata = cs.datasets.simulated(n_cells=24, n_mirnas=20, n_mrnas=80, seed=2)
    cs.pp.recipe_csmir(mdata)
    order = np.random.default_rng(5).permutation(mdata.n_obs)
    mdata.mod["mrna"].X = mdata.mod["mrna"].X[order]
    cs.pp.bootstrap_cells(mdata, n_runs=5)
    cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.2, n_threads=1)
    cs.tl.hubs(mdata)
    cs.tl.sign(mdata)
    cs.tl.conservation(mdata)
    cs.tl.similarity(mdata)
    cs.tl.cluster(mdata, ["interactions", "expression"], k=2)
    cs.tl.crosstalk(mdata)
    genes = mdata["mrna"].var_names
    truth = mdata.uns["prior"].iloc[::2]
    cs.tl.validate(mdata, truth)
    cs.tl.compare(mdata, truth, against=["prior"])
    cs.tl.family(mdata, list(mdata["mirna"].var_names[:6]), name="six")
    cs.tl.modules(mdata)
    cs.tl.enrich(mdata, {"some": genes[:30], "more": genes[30:70]}, of="mirnas", share=0, alpha=None)
    cs.tl.stability(mdata, n_seeds=2, n_threads=1)
    cs.tl.null(mdata, n_permutations=20, n_threads=1)
    sc.pp.pca(mdata["mrna"], n_comps=2)
    networks = mdata["regulation"]
    networks.obs["cluster"] = networks.obs["cluster"].astype("category")
    sc.tl.rank_genes_groups(networks, "cluster", method="wilcoxon")
    return mdata


def strongest(mdata):
    networks = mdata["regulation"]
    row = networks.X[[0]].tocoo()
    pair = networks.var.iloc[row.col[np.argmax(row.data)]]
    return {"mirna": str(pair["mirna"]), "mrna": str(pair["mrna"]), "cell": str(networks.obs_names[0])}


def by_cluster(mdata):
    return cs.tl.conservation(mdata, groups="cluster", copy=True)


def pair_of(mdata):
    return {k: v for k, v in strongest(mdata).items() if k != "cell"}


FIGURES = {
    "agreement": cs.pl.agreement,
    "box": lambda m, **k: cs.pl.box(m, **strongest(m), **k),
    "cluster": cs.pl.cluster,
    "compare": cs.pl.compare,
    "crosstalk": cs.pl.crosstalk,
    "embedding": lambda m, **k: cs.pl.embedding(m, basis="pca", **k),
    "enrich": cs.pl.enrich,
    "family": cs.pl.family,
    "flow": lambda m, **k: cs.pl.flow(m, alpha=None, **k),
    "flow of nothing": lambda m, **k: cs.pl.flow(m, alpha=1e-12, **k),
    "groups": lambda m, **k: cs.pl.groups(m, "cluster", **k),
    "groups pairs": lambda m, **k: cs.pl.groups(m, "cluster", of="pairs", **k),
    "module": lambda m, **k: cs.pl.module(m, 0, **k),
    "network": lambda m, **k: cs.pl.network(m, m.obs_names[0], **k),
    "null total": lambda m, **k: cs.pl.null(m, "total", **k),
    "null titled": lambda m, **k: cs.pl.null(m, title="mine", **k),
    "embedding pair": lambda m, **k: cs.pl.embedding(m, pair=list(pair_of(m).values()), basis="pca", **k),
    "out_degree": cs.pl.out_degree,
    "overview": cs.pl.overview,
    "pair": lambda m, **k: cs.pl.pair(m, **pair_of(m), **k),
    "per_cell": cs.pl.per_cell,
    "sign": cs.pl.sign,
    "recurrence": cs.pl.recurrence,
    "recurrence hubs": lambda m, **k: cs.pl.recurrence(m, on="hubs", **k),
    "similarity": cs.pl.similarity,
    "stability": cs.pl.stability,
    "stability seeds": lambda m, **k: cs.pl.stability(m, "seeds", **k),
    "upset": lambda m, **k: cs.pl.upset(by_cluster(m), **k),
    "volcano": lambda m, **k: cs.pl.volcano(m, "1", **k),
}


def said(fig):
    return [part for part in fig.findobj(lambda a: a.get_gid() == chance.GID) if part.get_visible()]


def test_every_figure_is_tried():
    drawn = {name.split()[0] for name in FIGURES}
    no_networks = {"targeting", "differential"}  # tests of their own, whose p and q are on the page
    own_words = {"activity", "curves"}  # in their own tests, from data that were shuffled
    assert drawn | no_networks | own_words | {"local", "intervals"} == set(cs.pl.__all__)


def test_local_says_chance_as_well():
    mdata = cs.datasets.simulated(n_cells=60, n_mirnas=5, n_mrnas=30, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", alpha=0.5, adjust=None, n_threads=1)
    note = {"n_interactions": 100, "null_interactions": np.full(20, 100), "verdict": ""}
    mdata["regulation"].uns["csmir"]["null"] = note
    pair = mdata["regulation"].var.iloc[0]
    (text,) = said(cs.pl.local(mdata, mirna=pair["mirna"], mrna=pair["mrna"], return_fig=True))
    assert "chance" in text.get_text()
    mdata.obs["along"] = np.arange(60.0)
    cs.tl.intervals(mdata, order="along", shortest=10)
    (text,) = said(cs.pl.intervals(mdata, max_q=1, return_fig=True))
    assert "chance" in text.get_text()


@pytest.mark.parametrize("name", FIGURES)
def test_the_page_says_chance(shuffled, name):
    fig = FIGURES[name](shuffled, return_fig=True)
    (text,) = said(fig)
    assert "chance" in text.get_text()
    fig.canvas.draw()
    box = text.get_window_extent()
    assert box.x0 >= 0
    assert box.y0 >= 0
    assert box.x1 <= fig.bbox.x1
    for ax in fig.axes:  # it runs into nothing
        label = ax.xaxis.label
        if ax.axison and label.get_text():
            assert label.get_window_extent().y0 > box.y1 - 2


def test_the_whole_null_has_its_verdict_above(shuffled):
    assert "chance" in cs.pl.null(shuffled, return_fig=True).get_suptitle()


def test_somebodys_axes_are_told_once(shuffled):
    fig = Figure(figsize=(8, 4), layout="constrained")
    left, right = fig.subplots(1, 2)
    cs.pl.recurrence(shuffled, ax=left)
    cs.pl.similarity(shuffled, ax=right)
    (text,) = said(fig)
    assert "chance" in text.get_text()


def test_nothing_is_said_of_more_than_chance(shuffled, make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": [("m0", "g0")], "c": [("m0", "g0")]})
    cs.tl.conservation(mdata)
    assert not said(cs.pl.recurrence(mdata, return_fig=True))  # no null
    note = {"n_interactions": 100, "null_interactions": np.full(20, 3), "decoy_share": 0.1, "verdict": ""}
    mdata["regulation"].uns["csmir"]["null"] = note
    assert not said(cs.pl.recurrence(mdata, return_fig=True))


@pytest.mark.parametrize(
    ("n", "null", "share", "words"),
    [
        (100, np.full(20, 100), 0.1, "No more than chance gives: 100 interactions, 100 when shuffled."),
        (100, np.full(20, 60), 0.1, "Mostly what chance gives: 100 interactions, 60 when shuffled."),
        (100, np.full(3, 1), 0.1, "Cannot be told from chance by so few shuffles: 100 interactions, 1 when shuffled."),
        (100, np.full(20, 1), 0.9, "More than a shuffle gives, but non-targets give 90% as many interactions."),
        (0, np.full(20, 1), 0.9, ""),
    ],
)
def test_the_words(make_networks, n, null, share, words):
    adata = make_networks({"a": [("m0", "g0")]})["regulation"]
    adata.uns["csmir"]["null"] = {"n_interactions": n, "null_interactions": null, "decoy_share": share}
    assert chance.line(adata) == words


# what chance gives, beside the data


def test_recurrence_has_the_line_of_the_shuffles(shuffled):
    ax = cs.pl.recurrence(shuffled)
    (line,) = [p for p in ax.patches if p.get_gid() == "csmir-null"]
    table = shuffled["regulation"].uns["csmir"]["null"]["recurrence"]
    assert line.get_data().values == pytest.approx(table.to_numpy()[1:].mean(axis=1))
    assert not [p for p in cs.pl.recurrence(shuffled, expected=False).patches if p.get_gid() == "csmir-null"]


def test_hubs_have_that_line_too(shuffled):
    ax = cs.pl.recurrence(shuffled, on="hubs")
    (line,) = [p for p in ax.patches if p.get_gid() == "csmir-null"]
    table = shuffled["regulation"].uns["csmir"]["null"]["hub_recurrence"]
    assert line.get_data().values == pytest.approx(table.to_numpy()[1:].mean(axis=1))
    assert any("when shuffled" in text.get_text() for text in ax.get_legend().get_texts())


def test_pairs_of_a_bound_have_no_line_of_all_pairs_and_the_legend_says_so(shuffled):
    mdata = shuffled.copy()
    mdata["regulation"].var["pair_qvalue"] = 0.01
    cs.tl.conservation(mdata, q_pair=0.05)
    ax = cs.pl.recurrence(mdata)
    assert not [p for p in ax.patches if p.get_gid() == "csmir-null"]
    assert "not shuffled by this rule" in [text.get_text() for text in ax.get_legend().get_texts()]
    ax = cs.pl.recurrence(mdata, expected=False)
    assert "not shuffled by this rule" not in [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("options", [{"fraction": 0.5}, {"ties": "all"}, {"q_pair": 1.0}])
def test_hubs_by_another_rule_since_are_not_drawn_beside_those_of_the_shuffles(shuffled, options, tmp_path):
    mdata = shuffled.copy()
    assert mdata["regulation"].uns["csmir"]["null"]["hub_rule"] == {"fraction": 0.2, "ties": "name"}
    mdata["regulation"].var["pair_qvalue"] = 0.01
    cs.tl.hubs(mdata, **options)
    cs.tl.conservation(mdata)

    def ghosts(ax):
        return [p for p in [*ax.patches, *ax.lines] if p.get_gid() == "csmir-null"]

    ax, panel = cs.pl.recurrence(mdata, on="hubs"), cs.pl.per_cell(mdata)["n_hubs"]
    assert ghosts(ax) == ghosts(panel) == []
    assert "not shuffled by this rule" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert "not shuffled by this rule" in " ".join(panel.get_title(loc=side) for side in ("left", "right"))
    with pytest.raises(cs.StepError, match=r"by another rule than these. Run cs.tl.null"):
        cs.pl.recurrence(mdata, on="hubs", expected=True)
    assert ghosts(cs.pl.recurrence(mdata))  # of interactions
    cs.tl.hubs(mdata)
    mdata.write_h5mu(tmp_path / "a.h5mu")
    assert ghosts(cs.pl.recurrence(cs.io.read(tmp_path / "a.h5mu"), on="hubs"))


def test_bars_of_a_family_have_marks_of_the_shuffles(shuffled):
    networks = shuffled["regulation"]
    null = networks.uns["csmir"]["null"]
    ax = cs.pl.family(shuffled)["targets"]
    names = [f"{text.get_text()}" for text in ax.get_yticklabels()]
    marks = [lines for lines in ax.collections if lines.get_gid() == "csmir-null"]
    for lines, bars, kind in zip(marks, ax.containers, ("conserved", "rewired"), strict=True):
        mean = null[kind].mean(axis=1)
        for path, bar, name in zip(lines.get_segments(), bars, names, strict=True):
            (whole,) = [mirna for mirna in mean.index if mirna.endswith(name)]
            assert path[:, 0].tolist() == pytest.approx([mean[whole]] * 2)
            assert bar.get_y() < path[:, 1].mean() < bar.get_y() + bar.get_height()
    assert "black: shuffled, " in ax.get_xlabel().replace("\n", " ")
    with mpl_style.context("dark_background"):  # where black would be the ground
        assert "white: shuffled, " in cs.pl.family(shuffled)["targets"].get_xlabel().replace("\n", " ")
    other = cs.tl.conservation(shuffled, conserved=0.6, copy=True)  # not by the rule that the shuffles were counted by
    ax = cs.pl.family(other)["targets"]
    assert not [lines for lines in ax.collections if lines.get_gid() == "csmir-null"]
    assert "all miRNAs: " in ax.get_xlabel()


def test_what_is_validated_of_the_shuffles(shuffled, make_networks):
    """By hand: three of four interactions of the shuffles are at validated pairs."""
    adata = make_networks({"a": [("m0", "g0")], "b": [("m0", "g1")]})["regulation"]
    assert chance.validated(adata) is None
    adata.var["validated"], adata.var["n_null"] = [True, False], [1.5, 0.5]
    assert chance.validated(adata) == 75
    adata.var["n_null"] = [0.05, 0.0]  # a share of one interaction in twenty shuffles says nothing
    assert chance.validated(adata) is None
    share = chance.validated(shuffled["regulation"])
    ax = cs.pl.compare(shuffled)
    (line,) = [p for p in ax.lines if p.get_gid() == "csmir-null"]
    np.testing.assert_allclose(line.get_ydata(), share)
    assert f"when shuffled, {share:.1f} %" in ax.get_xlabel()
    # a bracket says what a shuffle differs by, and no p: the paired test has one as small of shuffled data
    (text,) = [t.get_text() for t in ax.texts if t.get_gid() == "test"]
    name = cs.get.comparison(shuffled, tests=True)["network"].iloc[0]
    table = cs.get.comparison(shuffled).pivot(index="cell", columns="network", values="pct_validated")
    networks = shuffled["regulation"]
    # all interactions together, of the data as of the shuffles
    n, n_null = (networks.obs[key].reindex(table.index) for key in ("n_interactions", "n_null"))
    ours = 100 * (networks.X != 0)[:, networks.var["validated"].to_numpy()].sum() / networks.X.nnz
    assert np.average(table["inferred"], weights=n) == pytest.approx(ours)
    of_data, of_null = (np.average(table[name], weights=weight) for weight in (n, n_null))
    assert text == f"{ours - of_data:+.2f} ({share - of_null:+.2f})".replace("-", "\u2212")
    levels = [c.get_segments()[0][0][1] for c in ax.collections if c.get_gid() == "mean"]
    assert levels == [pytest.approx(ours), pytest.approx(of_data)]
    assert "in brackets that of shuffled pairings" in ax.get_xlabel()
    assert "test" not in ax.get_xlabel()
    panels = cs.pl.per_cell(shuffled)
    (line,) = [p for p in panels["pct_validated"].lines if p.get_gid() == "csmir-null"]
    np.testing.assert_allclose(line.get_ydata(), share)
    (line,) = [p for p in panels["n_hubs"].lines if p.get_gid() == "csmir-null"]
    by_cells = networks.uns["csmir"]["null"]["hub_recurrence"]  # hub miRNAs by how many cells have them, a column each
    total = sum(int(cells) * n_hubs for cells, row in by_cells.iterrows() for n_hubs in row)
    np.testing.assert_allclose(line.get_ydata(), total / by_cells.shape[1] / networks.n_obs)
    other = shuffled.copy()
    cs.tl.compare(
        other, shuffled.uns["prior"].iloc[::3], against=["prior"]
    )  # another truth than the pairs are marked by
    assert not [p for p in cs.pl.compare(other).lines if p.get_gid() == "csmir-null"]


def test_a_network_says_what_the_cell_has_when_shuffled(shuffled):
    networks = shuffled["regulation"]
    n, by_chance = networks.obs["n_interactions"].iloc[0], networks.obs["n_null"].iloc[0]
    words = cs.pl.network(shuffled, networks.obs_names[0]).get_xlabel().replace("\n", " ")
    assert f"the cell has {n:,} in all, {by_chance:,.0f} when shuffled" in words


def test_each_cell_has_its_shuffled_number(shuffled):
    ax = cs.pl.per_cell(shuffled)["n_interactions"]
    (ghost,) = [c for c in ax.collections if c.get_gid() == "csmir-null"]
    drawn = np.asarray(ghost.get_offsets()[:, 1])
    np.testing.assert_allclose(drawn, shuffled["regulation"].obs["n_null"])


def test_similarity_has_a_mark_at_the_shuffled_median(shuffled):
    fig = cs.pl.similarity(shuffled, return_fig=True)
    (mark,) = fig.findobj(lambda a: a.get_gid() == "csmir-null")
    middle = float(shuffled["regulation"].uns["csmir"]["null"]["similarity"].loc["median"].mean())
    np.testing.assert_allclose(mark.get_xdata(), middle)
    words = [text.get_text() for text in fig.findobj(lambda a: hasattr(a, "get_text"))]
    assert any(f"median when shuffled: {middle:.2f}" in word for word in words)


def test_degrees_are_compared_with_the_shuffled_ones(shuffled):
    degree = shuffled["regulation"].obsm["out_degree"]
    table = shuffled["regulation"].uns["csmir"]["null"]["degrees"].mean(axis=1).loc[degree.columns]
    r = np.corrcoef(degree.sum(axis=0), table)[0, 1]
    assert f"r = {r:.2f}" in cs.pl.out_degree(shuffled).get_xlabel()


def test_non_targets_stand_beside_the_shuffles(shuffled):
    ax = cs.pl.null(shuffled, "total")
    note = shuffled["regulation"].uns["csmir"]["null"]
    (mark,) = [c for c in ax.collections if c.get_gid() == "csmir-decoys"]
    assert mark.get_offsets()[0, 0] == pytest.approx(note["decoy_share"] * note["n_interactions"])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["non-targets", "shuffled", "data"]


def test_cells_say_in_a_narrow_column_what_the_black_dashes_are(shuffled):
    axes = cs.pl.per_cell(shuffled, figsize=(3.4, 3.2))
    middle = shuffled["regulation"].obs["n_null"].median()
    assert axes["n_interactions"].get_title(loc="right").endswith(f"shuffled {middle:,.0f}")
    assert "shuffled" in axes["pct_validated"].get_title(loc="right")


def test_the_run_at_a_glance_has_the_shuffles_in_its_panels(shuffled):
    axes = cs.pl.overview(shuffled)
    (ghost,) = [c for c in axes["interactions"].collections if c.get_gid() == "csmir-null"]
    np.testing.assert_allclose(ghost.get_offsets()[:, 1], shuffled["regulation"].obs["n_null"])
    assert "shuffled" in axes["interactions"].get_title(loc="right")
    words = cs.pl.recurrence(shuffled).get_legend().get_texts()[3].get_text()  # "when shuffled: 1 rewired, 2 conserved"
    rewired, conserved = words.removeprefix("when shuffled: ").split(", ")
    assert f"(shuffled: {conserved}, {rewired})" in axes["conservation"].get_xlabel()


def test_the_band_of_the_shuffles_is_named(shuffled):
    words = [text.get_text() for text in cs.pl.recurrence(shuffled, on="hubs").get_legend().get_texts()]
    assert words[-1] == "the least to the most of the shuffles"
