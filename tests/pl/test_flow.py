from __future__ import annotations

import numpy as np
import pytest

import csmir as cs
from csmir.pl._kit import flows, style


@pytest.fixture
def mdata(make_networks):
    """m0 acts on g0 in three cells and on g1 in one, m1 on g1 in two; g0 is in both sets, g1 in the second."""
    edges = {
        "a": [("m0", "g0"), ("m0", "g1")],
        "b": [("m0", "g0"), ("m1", "g1")],
        "c": [("m0", "g0"), ("m1", "g1")],
    }
    mdata = make_networks(edges)
    sets = {"first": ["g0", "g2"], "second": ["g0", "g1", "g3"]}
    cs.tl.enrich(mdata, sets, of="mirnas", share=0, alpha=None, min_size=2)
    return mdata


def extent(ax, gid):
    """Heights of the ribbons at both ends."""
    out = []
    for part in ax.patches:
        if part.get_gid() == gid:
            xy = part.get_path().vertices
            out.append((xy[7, 1] - xy[0, 1], xy[4, 1] - xy[3, 1]))
    return np.array(out)


def test_ribbons_are_as_wide_as_cells(mdata):
    ax = cs.pl.flow(mdata, alpha=None)
    acts, inside = extent(ax, "csmir-acts"), extent(ax, "csmir-in")
    np.testing.assert_allclose(acts[:, 0], acts[:, 1])
    np.testing.assert_allclose(np.sort(acts[:, 0]) / acts[:, 0].min(), [1, 2, 3])
    # 6 cells: 3 through g0, half to either set, and 3 through g1
    np.testing.assert_allclose(np.sort(inside[:, 0]) / acts[:, 0].min(), [1.5, 1.5, 3])
    names = {t.get_text() for t in ax.texts if t.get_gid() == "csmir-name"}
    assert names == {"m0", "m1", "g0", "g1", "first", "second"}


def test_a_query_takes_its_own_interactions(mdata):
    ax = cs.pl.flow(mdata, query="m1", alpha=None)
    names = {t.get_text() for t in ax.texts if t.get_gid() == "csmir-name"}
    assert names == {"m1", "g1", "second"}


def test_direction_has_colour_and_a_line_however_thin_the_ribbon(mdata):
    mdata["regulation"].var["sign"] = np.array([-1, 1, -1], np.int8)
    ax = cs.pl.flow(mdata, alpha=None)
    lines = [p for p in ax.patches if p.get_gid() == "csmir-way"]
    ribbons = [p for p in ax.patches if p.get_gid() == "csmir-acts"]
    dashed = [p.get_linestyle() not in ("-", "solid") for p in lines]
    colours = [p.get_edgecolor()[:3] for p in lines]
    assert sorted(dashed) == [False, False, True]
    assert {p.get_linewidth() for p in lines} == {1.0}  # of one width, whatever the ribbon's
    assert len(set(zip(colours, dashed, strict=True))) == 2
    for line, ribbon in zip(lines, ribbons, strict=True):
        xy, rim = line.get_path().vertices, ribbon.get_path().vertices
        assert xy[0, 1] == pytest.approx((rim[0, 1] + rim[7, 1]) / 2)
        assert xy[-1, 1] == pytest.approx((rim[3, 1] + rim[4, 1]) / 2)
    key = ax.get_legend()
    assert [t.get_text() for t in key.get_texts()] == ["repression", "activation"]
    assert [h.get_linestyle() for h in key.legend_handles] == ["-", "--"]
    mdata["regulation"].var["correlation"] = np.array([-0.3, 0.2, -0.004])
    assert cs.pl.flow(mdata, alpha=None).get_legend().get_texts()[-1].get_text() == "no direction (ρ 0.00)"


def test_what_is_left_out_is_said(mdata):
    ax = cs.pl.flow(mdata, alpha=None, n_mirnas=1, n_mrnas=1, n_sets=1)
    said = ax.get_xlabel().replace("\n", " ")
    assert "1 of 2 gene sets" in said
    assert "1 of 2 miRNAs" in said or "1 of 2 targets" in said


def test_cells_of_the_query(make_networks):
    """Interactions of the cell that was asked, not of all."""
    mdata = make_networks({"a": [("m0", "g0"), ("m0", "g1")], "b": [("m1", "g0"), ("m1", "g1")]})
    cs.tl.enrich(mdata, {"set": ["g0", "g1"]}, of="cells", alpha=None, min_size=2)
    ax = cs.pl.flow(mdata, query="b", alpha=None)
    assert "m0" not in {t.get_text() for t in ax.texts}


def test_nothing_to_draw_is_said(mdata):
    ax = cs.pl.flow(mdata, alpha=1e-6)
    assert style.is_empty(ax)
    assert "the smallest q is" in ax.texts[0].get_text().replace("\n", " ")


def test_errors(mdata, make_networks):
    with pytest.raises(cs.StepError, match=r"cs\.tl\.enrich"):
        cs.pl.flow(make_networks({"a": [("m0", "g0")]}))
    cs.tl.enrich_disease(mdata, ["m0", "g0", "g1"], of="cells")
    with pytest.raises(cs.InputError, match="has no gene sets"):
        cs.pl.flow(mdata, key="disease_enrichment")
    with pytest.raises(cs.InputError, match="n_mrnas"):
        cs.pl.flow(mdata, n_mrnas=0)


def test_names_are_pushed_apart():
    placed = flows.apart(np.array([0.0, 0.01, 0.5]), 0.1)
    assert (np.diff(placed) >= 0.1 - 1e-5).all()
    assert placed[2] == pytest.approx(0.5)


def test_no_more_ribbons_than_can_be_followed(make_networks):
    pairs = [(f"m{i}", f"g{j}") for i in range(9) for j in range(25)]
    mdata = make_networks({"a": pairs, "b": pairs[:30]}, n_mirnas=9, n_mrnas=25)
    cs.tl.enrich(mdata, {"set": [f"g{j}" for j in range(25)]}, of="mirnas", share=0, alpha=None, min_size=2)
    ax = cs.pl.flow(mdata, alpha=None)
    assert 30 < len(extent(ax, "csmir-acts")) <= 60
    said = ax.get_xlabel().replace("\n", " ")
    assert "of 9 miRNAs" in said
    assert "of 25 targets" in said
    asked = cs.pl.flow(mdata, alpha=None, n_mirnas=9, n_mrnas=25)
    assert len(extent(asked, "csmir-acts")) == 225
