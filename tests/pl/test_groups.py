from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csmir as cs


@pytest.fixture
def grouped(make_networks):
    """Two groups by hand: x has m0|g0 in 2 of 3 cells and m1|g1 in all; y has m0|g0 in 1 of 2 and no m1."""
    cells = {
        "a": [("m0", "g0"), ("m0", "g2"), ("m1", "g1")],
        "b": [("m0", "g0"), ("m1", "g1")],
        "c": [("m1", "g1")],
        "d": [("m0", "g0")],
        "e": [],
    }
    mdata = make_networks(cells)
    cs.tl.hubs(mdata)
    mdata["regulation"].obs["kind"] = pd.Categorical(["x", "x", "x", "y", "y"])
    return mdata


def test_of_equal_rows_the_first_by_name_is_drawn_whatever_the_order_of_pairs(grouped):
    drawn = []
    for step in (1, -1):
        adata = grouped["regulation"][:, ::step].copy()
        ax = cs.pl.groups(adata, "kind", of="pairs", n_top=2)
        drawn.append([t.get_text() for t in ax.get_yticklabels()])
    assert drawn[0] == drawn[1] == ["m1 → g1", "m0 → g2"]  # in 3 of 3 cells against none; 1 of 3 against none


def dots(ax):
    (points,) = [c for c in ax.collections if c.get_gid() == "csmir-dots"]
    rows = [t.get_text() for t in ax.get_yticklabels()]
    return {
        (rows[int(y)], int(x)): (s, c)
        for (x, y), s, c in zip(points.get_offsets(), points.get_sizes(), points.get_array(), strict=True)
    }


def test_mirnas(grouped):
    ax = cs.pl.groups(grouped, "kind")
    found = dots(ax)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["m1", "m0"]  # 1 - 0 and 2/3 - 1/2
    assert [t.get_text() for t in ax.get_xticklabels()] == ["x (3)", "y (2)"]
    assert set(found) == {("m1", 0), ("m0", 0), ("m0", 1)}
    unit = found["m1", 0][0]
    assert found["m0", 0] == pytest.approx((unit * 2 / 3, 1.5))
    assert found["m0", 1] == pytest.approx((unit / 2, 1.0))


def test_means_hang_on_no_order_of_cells(make_networks):
    """In single precision 2^24 + 1 is 2^24: by the order of the cells, the mean was 2^24 / 3 or more."""
    adata = make_networks({c: [("m0", "g0")] for c in "abc"})["regulation"]
    adata.X.data[:] = [2**24, 1, 1]
    adata.obs["kind"] = "x"
    for order in ([0, 1, 2], [1, 2, 0]):
        ((_, mean),) = dots(cs.pl.groups(adata[order].copy(), "kind", of="pairs")).values()
        assert mean == (2**24 + 2) / 3


def test_pairs(grouped):
    reg = grouped["regulation"]
    found = dots(cs.pl.groups(grouped, "kind", of="pairs"))
    name = "m0 → g0"
    at = reg.var_names.get_loc("m0|g0")
    assert set(found) == {("m1 → g1", 0), (name, 0), (name, 1), ("m0 → g2", 0)}
    assert found[name, 0][1] == pytest.approx(reg.X[:2, at].toarray().mean(), rel=1e-5)
    assert found[name, 1][1] == pytest.approx(reg.X[3, at], rel=1e-5)
    assert found["m0 → g2", 0][0] == pytest.approx(found["m1 → g1", 0][0] / 3)
    ax = cs.pl.groups(grouped, "kind", of="pairs", n_top=1)
    assert ax.get_ylabel().startswith("1 of 3 interactions")


def test_errors(grouped):
    with pytest.raises(cs.InputError, match="Did you mean 'kind'"):
        cs.pl.groups(grouped, "kinds")
    grouped["regulation"].obs["many"] = np.nan
    with pytest.raises(cs.InputError, match="0 groups"):
        cs.pl.groups(grouped, "many")
    del grouped["regulation"].obsm["out_degree"]
    with pytest.raises(cs.StepError, match=r"cs\.tl\.hubs"):
        cs.pl.groups(grouped, "kind")


def test_of_equal_shares_the_strongest_first_and_how_many_are_left_is_said(make_networks):
    """Three pairs, each in one of the two cells: their shares differ by as much."""
    mdata = make_networks({"a": [("m0", "g0"), ("m0", "g1")], "b": [("m1", "g2")]})
    reg = mdata["regulation"]
    reg.obs["kind"] = pd.Categorical(["x", "y"])
    at = reg.var_names.get_loc("m1|g2")
    values = reg.X.tocsc(copy=True)
    values.data[values.indptr[at] : values.indptr[at + 1]] = 1 + values.data.max()
    reg.X = values.tocsr()
    ax = cs.pl.groups(mdata, "kind", of="pairs", n_top=1)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["m1 → g2"]
    assert ax.get_xlabel().replace("\n", " ") == "kind (rows whose shares differ most, as 2 more do)"
    assert cs.pl.groups(mdata, "kind", of="pairs").get_xlabel() == "kind"


def test_the_side_of_correlations_is_told_without_colour(grouped):
    mdata = grouped.copy()
    networks = mdata["regulation"]
    networks.uns["csmir"]["regulation"] = {"statistic": "local"}
    networks.X.data[:] = -0.5

    def drawn():
        ax = cs.pl.groups(mdata, "kind", of="pairs")
        (points,) = [c for c in ax.collections if c.get_gid() == "csmir-dots"]
        bar = next(a for a in ax.get_figure().axes if a is not ax)
        return points, " ".join(bar.get_xlabel().split())

    points, label = drawn()
    assert "(all below 0)" in label
    assert len(points.get_paths()) == 1
    networks.X.data[networks.X.indices == 0] = 0.5
    points, label = drawn()
    assert "(diamonds: > 0)" in label
    corners = np.array([len(path.vertices) for path in points.get_paths()])  # few of a diamond, many of a circle
    above = np.asarray(points.get_array()) > 0
    assert 0 < above.sum() < len(above)
    assert corners[above].max() < corners[~above].min()
