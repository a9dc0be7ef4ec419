from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from scipy.cluster import hierarchy

import csmir as cs
from csmir import InputError, StepError
from csmir.pl._kit import style
from csmir.pl._kit.trees import tree, turned


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=12, seed=1)
    cs.tl.similarity(mdata, on=["interactions", "expression"], regulation="truth")
    cs.tl.cluster(mdata, ["interactions", "expression"], k=3, regulation="truth")
    return mdata


def lines(ax):
    return next(c for c in ax.collections if isinstance(c, LineCollection))


def test_one_tree_for_each_clustering(mdata):
    axes = cs.pl.cluster(mdata, regulation="truth")
    assert list(axes) == ["cluster", "cluster_expression"]
    stored = mdata["truth"].uns["csmir"]
    for key, ax in axes.items():
        segments = lines(ax).get_segments()
        assert len(segments) == 11  # merges of 12 cells
        np.testing.assert_allclose(sorted(s[:, 1].max() for s in segments), np.sort(stored[key]["linkage"][:, 2]))
        assert ax.get_title(loc="left") == key
        order = cs.get.clusters(mdata, key, regulation="truth")["cell"]
        assert [t.get_text() for t in ax.get_xticklabels()] == [c.removeprefix("cell_") for c in order]


def test_leaves_have_the_colour_of_their_cluster(mdata):
    ax = cs.pl.cluster(mdata, "cluster", regulation="truth")["cluster"]
    dots = next(c for c in ax.collections if not isinstance(c, LineCollection))
    table = cs.get.clusters(mdata, regulation="truth")
    palette = dict(zip("123", style.OKABE_ITO[:3], strict=True))
    assert [to_hex(c).upper() for c in dots.get_facecolor()] == [palette[k] for k in table["cluster"].astype(str)]
    sizes = table["cluster"].value_counts()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [f"{k} ({sizes[k]})" for k in "123"]


def test_branches_are_coloured_within_a_cluster_only():
    linkage = np.array([[0, 1, 1.0, 2], [2, 3, 2.0, 2], [4, 5, 3.0, 4]])
    drawn = tree(linkage, ["red", "red", "blue", "green"])
    by_height = dict(zip(drawn.lines[:, 1, 1].tolist(), drawn.colours, strict=True))
    assert by_height == {1.0: "red", 2.0: style.ink(), 3.0: style.ink()}
    assert [drawn.leaf_colours[i] for i in np.argsort(drawn.leaves)] == ["red", "red", "blue", "green"]


def test_a_tree_is_turned_towards_an_order_and_stays_the_same():
    rng = np.random.default_rng(0)
    linkage = hierarchy.linkage(rng.random((15, 3)), "complete")
    target = rng.permutation(15)[hierarchy.leaves_list(linkage).argsort()].astype(float)
    again = turned(linkage, target)
    np.testing.assert_allclose(hierarchy.cophenet(again), hierarchy.cophenet(linkage))
    wanted = hierarchy.leaves_list(linkage)[::-1]  # a mirror image can be had exactly
    np.testing.assert_array_equal(hierarchy.leaves_list(turned(linkage, wanted.argsort().astype(float))), wanted)


def test_tanglegram_joins_each_cell_with_itself(mdata):
    axes = cs.pl.cluster(mdata, tanglegram=True, regulation="truth")
    assert list(axes) == ["cluster", "links", "cluster_expression"]
    left, right = ([t.get_text() for t in axes[k].get_yticklabels()] for k in ("cluster", "cluster_expression"))
    joined = {(left[int(s[0, 1])], right[int(s[1, 1])]) for s in lines(axes["links"]).get_segments()}
    assert joined == {(name, name) for name in left}
    assert len(joined) == 12
    assert axes["cluster"].xaxis_inverted()
    assert not axes["cluster_expression"].xaxis_inverted()


def test_lines_of_a_tanglegram_end_at_their_leaves(make_networks):
    """Also where the second tree has cells whose network is empty, which the first leaves out."""
    edges = [("m0", "g0"), ("m1", "g1"), ("m2", "g2")]
    mdata = make_networks({"a": edges, "b": edges[:2], "c": [], "d": edges[1:], "e": [], "f": []})
    rng = np.random.default_rng(0)
    distance = np.triu(rng.uniform(0.1, 1, (6, 6)), 1)
    mdata["regulation"].obsp["expression_distance"] = distance + distance.T
    cs.tl.similarity(mdata, on="interactions")
    cs.tl.cluster(mdata, ["interactions", "expression"], k=2)
    axes = cs.pl.cluster(mdata, tanglegram=True)
    left, links, right = axes["cluster"], axes["links"], axes["cluster_expression"]

    def leaves(ax):  # names by height within the panel
        at = ax.transData.transform([(0, y) for y in ax.get_yticks()])[:, 1]
        return {t.get_text(): y for t, y in zip(ax.get_yticklabels(), at, strict=True)}

    ends = [links.transData.transform(s)[:, 1] for s in lines(links).get_segments()]
    assert len(ends) == 3
    for name, (a, b) in zip(sorted(leaves(left), key=leaves(left).get, reverse=True), ends, strict=True):
        assert (a, b) == (pytest.approx(leaves(left)[name]), pytest.approx(leaves(right)[name]))


def test_cells_outside_the_tree(make_networks):
    edges = [("m0", "g0"), ("m1", "g1"), ("m2", "g2")]
    networks = make_networks({"a": edges, "b": edges[:2], "c": [], "d": edges[1:], "e": edges[:1]})
    cs.tl.similarity(networks, on="interactions")
    cs.tl.cluster(networks, k=2)
    ax = cs.pl.cluster(networks)["cluster"]
    assert sorted(t.get_text() for t in ax.get_xticklabels()) == ["a", "b", "d", "e"]


def test_many_cells_have_a_number_for_names():
    mdata = cs.datasets.simulated(n_cells=250, n_mirnas=8, n_mrnas=40)
    cs.tl.similarity(mdata, on="interactions", regulation="truth")
    cs.tl.cluster(mdata, regulation="truth")
    ax = cs.pl.cluster(mdata, regulation="truth", return_fig=True).axes[0]
    assert ax.get_xlabel() == "250 cells"
    # no names of cells, but of clusters, each below leaves of its own
    leaves = cs.get.clusters(mdata, regulation="truth").set_index("cell")["cluster"].astype(str)
    from csmir.pl.cluster import clustering

    order = leaves.loc[clustering(mdata["truth"], "cluster").cells].to_numpy()
    named = [t.get_text() for t in ax.get_xticklabels()]
    assert sorted(named) == sorted(set(leaves))
    bars = [line.get_xdata() for line in ax.lines if line.get_gid() == "csmir-run"]
    for name, (a, b) in zip(named, bars, strict=True):
        assert set(order[round(a + 0.5) : round(b + 0.5)]) == {name}


def test_narrow_figures_put_trees_below_each_other(mdata):
    one, two = cs.pl.cluster(mdata, regulation="truth", figsize=(3.35, 5)).values()
    assert one.get_position().x0 == two.get_position().x0
    assert one.get_position().y0 > two.get_position().y1


def test_what_was_not_run_names_the_call(mdata):
    fresh = cs.datasets.simulated(n_cells=4)
    with pytest.raises(StepError, match=r"Run cs.tl.cluster\(mdata\) first"):
        cs.pl.cluster(fresh, regulation="truth")
    with pytest.raises(StepError, match="no clustering 'cluster_hubs'"):
        cs.pl.cluster(mdata, "cluster_hubs", regulation="truth")
    with pytest.raises(InputError, match="A tanglegram compares two clusterings; found 1"):
        cs.pl.cluster(mdata, "cluster", tanglegram=True, regulation="truth")
    with pytest.raises(InputError, match="`keys` names no clustering"):
        cs.pl.cluster(mdata, [], regulation="truth")


def test_a_flat_tree_has_an_axis_that_can_be_read(make_networks):
    mdata = make_networks({c: [("m0", "g0"), ("m1", "g1")] for c in "abcd"})
    cs.tl.similarity(mdata, on="interactions")
    cs.tl.cluster(mdata, k=2)
    (ax,) = cs.pl.cluster(mdata).values()
    ax.figure.canvas.draw()
    assert ax.get_ylim() == (0, 1)
    assert ax.yaxis.get_offset_text().get_text() == ""
