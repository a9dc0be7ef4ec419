from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PatchCollection
from matplotlib.colors import to_hex
from scipy.cluster import hierarchy

import csmir as cs
from csmir import InputError, StepError
from csmir.pl._kit import style


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=9, seed=2)
    cs.tl.hubs(mdata, regulation="truth")
    cs.tl.similarity(mdata, regulation="truth")
    cs.tl.cluster(mdata, k=2, regulation="truth")
    return mdata


def matrix(mdata):
    return mdata["truth"].obsp["interaction_similarity"]


def collections(ax):
    return [c for c in ax.collections if isinstance(c, PatchCollection)]


def test_a_pie_for_each_pair_filled_as_far_as_they_are_alike(mdata):
    ax = cs.pl.similarity(mdata, kind="pies", vmin=0, vmax=1, regulation="truth")
    rings, wedges = collections(ax)
    assert len(rings.get_paths()) == len(wedges.get_paths()) == 9 * 8 / 2
    colours = [to_hex(c) for c in wedges.get_facecolor()]
    from matplotlib import colormaps

    values = matrix(mdata)[np.triu_indices(9, 1)]
    assert colours == [to_hex(colormaps["viridis"](v)) for v in values]


def test_the_share_of_a_pie_is_the_similarity(make_networks):
    networks = make_networks({"a": [("m0", "g0"), ("m0", "g1")], "b": [("m0", "g0"), ("m1", "g1")]})
    cs.tl.similarity(networks, on="interactions")  # one of two shared: 0.5
    _, wedges = collections(cs.pl.similarity(networks, kind="pies"))
    x, y = wedges.get_paths()[0].vertices.T
    assert x.min() >= 1 - 1e-6  # half a pie around (1, 0), filled from the top clockwise: all of it right of the middle
    assert y.min() == pytest.approx(-0.42)
    assert y.max() == pytest.approx(0.42)


def test_names_stand_beside_the_upper_triangle(mdata):
    ax = cs.pl.similarity(mdata, regulation="truth")
    assert [t.get_text() for t in ax.get_yticklabels()] == [f"0{i}" for i in range(1, 10)]
    assert ax.get_xlabel() == "cells (cell_…)"
    assert ax.xaxis.get_label_position() == "top"
    assert ax.child_axes[0].get_xlabel() == "similarity\nof interactions"


def test_squares_and_a_second_matrix_below(mdata):
    ax = cs.pl.similarity(mdata, kind="squares", lower="hubs", regulation="truth")
    (squares,) = collections(ax)
    assert len(squares.get_paths()) == 9 * 8
    bar = next(a for a in ax.figure.axes if a is not ax)
    assert bar.get_ylabel() == "similarity of interactions\n(below: similarity of hub miRNAs)"


def test_numbers_keep_to_their_squares_beside_long_names(make_networks):
    names = [f"{i}_sorted_from_plate_{'abcdefg'[i]}" for i in range(7)]
    mdata = make_networks({name: [("m0", f"g{j}") for j in range(k + 1)] for k, name in enumerate(names)})
    cs.tl.similarity(mdata, on="interactions")
    ax = cs.pl.similarity(mdata, kind="numbers", figsize=(3.2, 2.6))
    ax.figure.canvas.draw()
    side = ax.patches[0].get_window_extent().width
    assert max(t.get_window_extent().width for t in ax.texts) < side


def test_small_differences_do_not_fill_the_colours(mdata):
    adata = mdata["truth"].copy()
    values = adata.obsp["interaction_similarity"]
    adata.obsp["interaction_similarity"] = 0.94 + 0.01 * (values - values.min()) / np.ptp(values)
    bar = next(a for a in cs.pl.similarity(adata, kind="numbers").figure.axes if a.get_label() == "<colorbar>")
    assert bar.get_ylim() == pytest.approx((0.895, 0.995))
    bar = next(a for a in cs.pl.similarity(adata, kind="numbers", vmin=0.94).figure.axes if a.get_label() != "")
    assert bar.get_ylim()[0] == pytest.approx(0.94)


def test_what_would_be_too_small_to_read_names_what_to_draw(mdata):
    with pytest.raises(InputError, match=r"no room to read the numbers of 9 cells.*kind='clustered'"):
        cs.pl.similarity(mdata, kind="numbers", regulation="truth", figsize=(1.1, 0.9))
    many = cs.datasets.simulated(n_cells=201, n_mirnas=4, n_mrnas=20)
    cs.tl.similarity(many, on="interactions", regulation="truth")
    with pytest.raises(InputError, match="pies of 201 cells are too small"):
        cs.pl.similarity(many, kind="pies", regulation="truth")


def test_numbers_are_those_of_the_matrix(mdata):
    ax = cs.pl.similarity(mdata, kind="numbers", regulation="truth", figsize=(8, 7))
    written = {(round(t.get_position()[1]), round(t.get_position()[0])): t.get_text() for t in ax.texts}
    expected = {(i, j): f"{matrix(mdata)[i, j]:.2f}" for i in range(9) for j in range(9) if i != j}
    assert written == expected


def test_numbers_in_hundredths_where_there_is_no_room(mdata):
    ax = cs.pl.similarity(mdata, kind="numbers", regulation="truth", figsize=(1.8, 1.4))
    assert {t.get_text() for t in ax.texts} <= {f"{k}" for k in range(101)}
    bar = next(a for a in ax.figure.axes if a is not ax)
    assert bar.get_ylabel().replace("\n", " ").endswith("in hundredths")


def test_heatmap_in_the_order_of_the_stored_tree(mdata):
    ax = cs.pl.similarity(mdata, kind="clustered", groupby="cluster", regulation="truth")
    leaves = mdata["truth"].uns["csmir"]["cluster"]["leaves"]
    drawn = np.ma.filled(ax.images[0].get_array(), np.nan)
    expected = matrix(mdata)[np.ix_(leaves, leaves)].copy()
    np.fill_diagonal(expected, np.nan)
    np.testing.assert_allclose(drawn, expected)
    assert [t.get_text() for t in ax.get_xticklabels()] == [mdata.obs_names[i][-2:] for i in leaves]
    assert {a.get_label() for a in ax.child_axes} == {"tree", "groups"}
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["1", "2"]


def test_heatmap_makes_a_tree_where_there_is_none(mdata):
    ax = cs.pl.similarity(mdata["truth"], on="hubs", kind="clustered")
    tree = next(a for a in ax.child_axes if a.get_label() == "tree")
    assert len(tree.collections[0].get_segments()) == 8  # merges of 9 cells
    distance = 1 - mdata["truth"].obsp["hub_similarity"]
    heights = hierarchy.linkage(distance[np.triu_indices(9, 1)], "complete")[:, 2]
    drawn = sorted(max(s[:, 1]) for s in tree.collections[0].get_segments())
    np.testing.assert_allclose(drawn, np.sort(heights))


def test_many_cells_are_clustered_and_counted():
    mdata = cs.datasets.simulated(n_cells=60, n_mirnas=8, n_mrnas=40)
    cs.tl.similarity(mdata, on="interactions", regulation="truth")
    ax = cs.pl.similarity(mdata, regulation="truth")
    assert ax.images[0].get_array().shape == (60, 60)
    assert ax.get_xlabel() == "60 cells"
    assert len(ax.get_xticks()) == 0


def test_limits_are_those_of_different_cells(mdata):
    ax = cs.pl.similarity(mdata, kind="clustered", regulation="truth")
    off = matrix(mdata)[~np.eye(9, dtype=bool)]
    assert ax.images[0].get_clim() == (off.min(), off.max())


def test_cells_without_a_network_are_crosses_or_left_out(make_networks):
    edges = [("m0", "g0"), ("m1", "g1")]
    networks = make_networks({"a": edges, "b": edges[:1], "c": [], "d": edges})
    cs.tl.similarity(networks, on="interactions")
    ax = cs.pl.similarity(networks, kind="pies")
    crosses = next(c for c in ax.collections if c.get_gid() == "no value").get_offsets()
    assert sorted(map(tuple, crosses.tolist())) == [(2, 0), (2, 1), (3, 2)]
    assert len(collections(ax)[0].get_paths()) == 3
    ax = cs.pl.similarity(networks, kind="clustered")
    assert ax.images[0].get_array().shape == (3, 3)
    assert ax.get_xlabel() == "cells; 1 without a network left out"


def test_nothing_to_compare_is_an_honest_panel(make_networks):
    empty = make_networks({"a": [], "b": []}, pairs=[("m0", "g0")])
    cs.tl.similarity(empty, on="interactions")
    assert "no two cells" in cs.pl.similarity(empty).texts[0].get_text()
    one = make_networks({"a": [("m0", "g0")]})
    cs.tl.similarity(one, on="interactions")
    assert style.is_empty(cs.pl.similarity(one))


def test_equal_cells_can_be_drawn(make_networks):
    same = make_networks({cell: [("m0", "g0"), ("m1", "g1")] for cell in "abcd"})
    cs.tl.similarity(same, on="interactions")
    for kind in ("pies", "squares", "numbers", "clustered"):
        cs.pl.similarity(same, kind=kind, return_fig=True).canvas.draw()


def test_what_was_not_run_names_the_call(mdata):
    fresh = cs.datasets.simulated(n_cells=4)
    with pytest.raises(StepError, match=r"Run cs.tl.similarity\(mdata, on='interactions'\) first"):
        cs.pl.similarity(fresh, regulation="truth")
    with pytest.raises(InputError, match="`kind` must be one of"):
        cs.pl.similarity(mdata, kind="pie", regulation="truth")
    with pytest.raises(InputError, match="`groupby` is not a column"):
        cs.pl.similarity(mdata, groupby="nothing", regulation="truth")


def test_groups_are_of_the_heatmap_alone(mdata):
    with pytest.raises(InputError, match="`groupby` colours cells beside the clustered heatmap"):
        cs.pl.similarity(mdata["truth"], kind="squares", groupby="group")


def test_the_old_name_of_groupby_goes_with_a_word(mdata):
    with pytest.warns(FutureWarning, match=r"called `groupby` now.*csmir 0\.3") as said:
        old = cs.pl.similarity(mdata, groups="cluster", regulation="truth")
    assert said[0].filename == __file__
    new = cs.pl.similarity(mdata, groupby="cluster", regulation="truth")
    assert old.figure.legends or old.get_legend()
    assert [a.get_label() for a in old.figure.axes] == [a.get_label() for a in new.figure.axes]
    with pytest.raises(InputError, match="give `groupby` alone"):
        cs.pl.similarity(mdata, groupby="cluster", groups="cluster", regulation="truth")


def test_of_modules():
    mdata = cs.datasets.simulated(n_cells=8, seed=3)
    with pytest.raises(cs.StepError, match=r"cs\.tl\.module_similarity"):
        cs.pl.similarity(mdata, on="modules", regulation="truth")
    cs.tl.modules(mdata, "cells", regulation="truth")
    cs.tl.module_similarity(mdata, regulation="truth")
    ax = cs.pl.similarity(mdata, on="modules", kind="numbers", regulation="truth")
    values = mdata["truth"].obsp["module_similarity"][np.triu_indices(8, 1)]
    values = values[~np.isnan(values)]  # a cell without modules is like nothing
    drawn = sorted(float(text.get_text()) for text in ax.texts)
    np.testing.assert_allclose(drawn, np.sort(np.r_[values, values]), atol=0.0051)
    cs.tl.cluster(mdata, "modules", k=2, regulation="truth")
    assert mdata["truth"].obs["cluster_modules"].nunique() == 2


def test_colours_that_do_not_exist_or_run_backwards(mdata):
    with pytest.raises(InputError, match=r"no colours `cmap`='virdis'\. Did you mean 'viridis'\?"):
        cs.pl.similarity(mdata, cmap="virdis", regulation="truth")
    with pytest.raises(InputError, match=r"`vmin` must not be above `vmax`; the colours would run from 0\.9 to 0\.1"):
        cs.pl.similarity(mdata, vmin=0.9, vmax=0.1, regulation="truth")
