from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

import csmir as cs
from csmir.pl._kit import columns, style


@pytest.fixture
def star(make_networks):
    """Cell a: m0 has 20 targets, m1 has 2 of them and one of its own; the z of m0's grow with the number."""
    edges = [("m0", f"g{j}") for j in range(20)] + [("m1", "g0"), ("m1", "g19"), ("m1", "x")]
    mdata = make_networks({"a": edges, "b": [("m0", "g0")], "c": []})
    reg = mdata["regulation"]
    z = dict(zip(reg.var_names, range(len(reg.var_names)), strict=True))
    order = {f"m0|g{j}": 3 + j for j in range(20)} | {"m1|g0": 3, "m1|g19": 4, "m1|x": 5}
    reg.X.data[: len(edges)] = [order[name] for name in reg.var_names[reg.X.indices[: len(edges)]]]
    assert len(z) == 23
    return mdata


def names(ax):
    return [t.get_text() for t in ax.texts if t.get_gid() == "csmir-name"]


def edges(ax):
    (lines,) = [c for c in ax.collections if c.get_gid() == "csmir-edges"]
    return lines


def test_strongest_targets_and_all_that_they_share(star):
    ax = cs.pl.network(star, "a", n_targets=3)
    # m0: g17, g18, g19; m1: g0, g19, x; and m0's edge to g0, which m1 brought in
    assert set(names(ax)) == {"m0", "m1", "g0", "g17", "g18", "g19", "x"}
    assert len(edges(ax).get_segments()) == 3 + 3 + 1
    assert ax.get_xlabel().replace("\n", " ") == "7 of 23 edges, the strongest; width: z 3.0 to 22.0"


def test_lines_are_wider_for_larger_z(star):
    ax = cs.pl.network(star, "a", mirna="m0", n_targets=5)
    widths = edges(ax).get_linewidths()
    assert sorted(widths) == pytest.approx(np.linspace(0.5, 2.6, 5))
    ends = [segment[-1, 1] for segment in edges(ax).get_segments()]
    assert len(set(ends)) == 5


def test_all_edges_of_a_small_network(star):
    ax = cs.pl.network(star, "b")
    assert names(ax) == ["m0", "g0"]
    assert ax.get_xlabel().startswith("the only edge")
    assert ax.get_title() == "b"


def test_named_mirnas_and_those_without_a_target(star):
    ax = cs.pl.network(star, "b", mirna=["m0", "m1"])
    assert "no target here: 'm1'" in ax.get_xlabel().replace("\n", " ")
    ax = cs.pl.network(star, "b", mirna="m1")
    assert style.is_empty(ax)
    assert ax.texts[0].get_text() == "b has no target of m1."


def test_empty_network_is_said(star):
    assert cs.pl.network(star, "c").texts[0].get_text() == "c has an empty network."


def test_edges_are_coloured_by_a_column(star):
    reg = star["regulation"]
    reg.var["validated"] = reg.var["mirna"] == "m1"
    ax = cs.pl.network(star, "a", color="validated")
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["validated", "not validated"]
    cs.tl.conservation(star)
    words = [t.get_text() for t in cs.pl.network(star, "a").get_legend().get_texts()]
    assert words == ["neither", "rewired"]
    assert cs.pl.network(star, "a", color=None).get_legend() is None
    with pytest.raises(cs.InputError, match="holds numbers"):
        cs.pl.network(star, "a", color="n_cells")
    with pytest.raises(cs.InputError, match="Did you mean 'validated'"):
        cs.pl.network(star, "a", color="valid")


def test_names_stay_inside_the_figure(star):
    fig = cs.pl.network(star, "a", figsize=(85 / 25.4, 3), return_fig=True)
    fig.draw_without_rendering()
    ax = fig.axes[0]
    width = fig.bbox.width
    for text in ax.texts:
        box = text.get_window_extent()
        assert box.x0 >= -1
        assert box.x1 <= width + 1


def test_names_that_would_be_too_small_are_left_out_and_that_is_said(star):
    ax = cs.pl.network(star, "a", n_targets=20, figsize=(3, 1))
    assert names(ax) == ["m0", "m1"]  # two have the room that twenty have not
    assert "some names left out" in ax.get_xlabel().replace("\n", " ")


def test_no_more_targets_than_can_be_named(star):
    whole, small = cs.pl.network(star, "a"), cs.pl.network(star, "a", figsize=(3.4, 1.7))
    assert len(names(whole)) == 2 + 14  # 12 of m0, and those of m1 that are not among them
    assert 2 < len(names(small)) < len(names(whole))
    assert "left out" not in small.get_xlabel()
    fig = Figure(figsize=(7, 4), layout="constrained")
    panel = cs.pl.network(star, "a", ax=fig.subplots(2, 2)[1, 1])
    assert "left out" not in panel.get_xlabel()
    assert min(t.get_fontsize() for t in small.texts if t.get_gid() == "csmir-name") >= columns.SMALLEST


def test_the_strongest_are_called_so_only_if_others_are_weaker(star):
    reg = star["regulation"]
    reg.X.data[:] = 5.0
    reg.layers["support"].data[:] = 1.0
    label = cs.pl.network(star, "a", mirna="m0", n_targets=5).get_xlabel().replace("\n", " ")
    assert label.startswith("5 of 20 edges, the first of many as strong; all of z 5.0")


def test_errors(star):
    with pytest.raises(cs.InputError, match="the name of one cell"):
        cs.pl.network(star, ["a"])
    with pytest.raises(cs.InputError, match="No cell 'd'"):
        cs.pl.network(star, "d")
    with pytest.raises(cs.InputError, match="m7"):
        cs.pl.network(star, "a", mirna="m7")
    with pytest.raises(cs.InputError, match="`edge_kws` must be a dict"):
        cs.pl.network(star, "a", edge_kws=["red"])
    del star.mod["regulation"]
    with pytest.raises(cs.StepError, match=r"cs\.tl\.regulation"):
        cs.pl.network(star, "a")


def test_widths_of_equal_values_are_equal():
    assert columns.line_widths(np.array([2.0, 2.0])).tolist() == [1.55, 1.55]
    assert columns.line_widths(np.array([])).tolist() == []


def test_activation_is_dashed_and_of_another_colour(star):
    reg = star["regulation"].copy()
    reg.var["sign"] = np.where(reg.var["mrna"] == "g19", 1, -1).astype(np.int8)
    ax = cs.pl.network(reg, "a", n_targets=3)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["repression", "activation"]
    lines = edges(ax)
    dashed = [style[1] is not None for style in lines.get_linestyles()]
    colours = {tuple(c) for c, d in zip(lines.get_colors(), dashed, strict=True) if d}
    assert sum(dashed) == 2  # of m0 and m1 to g19
    assert len(colours) == 1
    assert len({tuple(c) for c in lines.get_colors()}) == 2
    reg.var["correlation"] = np.where(reg.var["mrna"] == "g19", 0.004, -0.5)  # what is shown as 0.00 has no sign
    ax = cs.pl.network(reg, "a", n_targets=3)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["repression", "no direction (ρ 0.00)"]
    dotted = [d[1] for d in edges(ax).get_linestyles() if d[1] is not None]
    assert len(dotted) == 2
    assert all(dots[0] < dots[1] for dots in dotted)  # dots, apart, where dashes are close together
    del reg.var["correlation"]
    reg.var["sign"] = np.int8(-1)
    assert "all repression" in cs.pl.network(reg, "a").get_xlabel().replace("\n", " ")


def test_ties_are_broken_by_support_then_validation_then_recurrence_and_said(make_networks):
    pairs = [("m0", f"g{j}") for j in range(12)]
    mdata = make_networks({"a": pairs, "b": [("m0", "g7")], "c": []}, n_mrnas=12)
    reg = mdata["regulation"]
    at = {name: i for i, name in enumerate(reg.var["mrna"].astype(str))}
    row = slice(reg.X.indptr[0], reg.X.indptr[1])
    mrna = reg.var["mrna"].astype(str).to_numpy()[reg.X.indices[row]]
    reg.X.data[row] = np.where(mrna == "g0", 3, 8)
    reg.layers["support"].data[row] = np.where(mrna == "g4", 0.9, 0.7)
    reg.var["validated"] = np.arange(12) == at["g5"]
    reg.var["n_cells"] = np.where(np.arange(12) == at["g7"], 2, 1)
    ax = cs.pl.network(reg, "a", n_targets=3)
    assert set(names(ax)) == {"m0", "g4", "g5", "g7"}
    assert "11 tie at the largest z" in ax.get_xlabel().replace("\n", " ")
    ax = cs.pl.network(reg, "a", n_targets=12)
    assert "11 tie at the largest z" in ax.get_xlabel().replace("\n", " ")


def test_classes_have_a_mark_on_their_lines(star):
    """Conserved and rewired lines are one grey in print."""
    reg = star["regulation"].copy()
    reg.var["conservation"] = np.where(reg.var["mrna"] == "g19", "conserved", "rewired")
    reg.var.loc[reg.var["mrna"] == "g18", "conservation"] = "neither"
    ax = cs.pl.network(reg, "a", n_targets=3)
    kind = {key.get_label(): key.get_marker() for key in ax.get_legend().legend_handles}
    assert len({kind["conserved"], kind["rewired"], kind["neither"]}) == 3
    assert kind["neither"] == ""
    marked = {len(m.get_offsets()) for m in ax.collections if m.get_gid() == "csmir-kind"}
    assert marked == {2, 4}  # of m0 and m1 to g19; m0 to g17 and g0, m1 to g0 and x
    paths = edges(ax).get_segments()
    for marks in (m for m in ax.collections if m.get_gid() == "csmir-kind"):
        for at, colour in zip(marks.get_offsets(), marks.get_facecolor(), strict=True):
            on = [k for k, path in enumerate(paths) if np.isclose(path, at).all(axis=1).any()]
            assert on
            assert any(np.allclose(edges(ax).get_colors()[k][:3], colour[:3]) for k in on)
    assert not [m for m in cs.pl.network(reg, "a", color=None).collections if m.get_gid() == "csmir-kind"]
    reg.var["sign"] = np.where(reg.var["mrna"] == "g19", 1, -1).astype(np.int8)  # dashes tell the direction
    ax = cs.pl.network(reg, "a", n_targets=3)
    assert not [m for m in ax.collections if m.get_gid() == "csmir-kind"]
