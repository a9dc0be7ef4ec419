from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir.pl._kit import style


@pytest.fixture
def along(make_networks):
    """Five cells in the order e, d, c, b, a: a pair called in d and c, one in no cell surely, one with q over 0.05."""
    mdata = make_networks({
        "a": [("m0", "g0")], "b": [("m0", "g0"), ("m1", "g0")], "c": [("m0", "g1")], "d": [("m0", "g1")], "e": [],
    })  # fmt: skip
    networks = mdata["regulation"]
    networks.obs["path"] = np.array([4, 3, 2, 1, 0], np.int32)
    columns = ["mirna", "mrna", "from", "to", "statistic", "pvalue", "qvalue"]
    networks.uns["csmir"]["intervals"] = pd.DataFrame(
        [("m0", "g1", 1, 3, 9.0, 0.001, 0.01), ("m0", "g0", 2, 2, 8.0, 0.002, 0.02), ("m1", "g0", 0, 5, 1.0, 0.5, 0.6)],
        columns=columns,
    )
    return mdata


def test_cells_are_in_order_and_the_line_is_the_stretch(along):
    ax = cs.pl.intervals(along)
    x = pd.DataFrame(along["regulation"].X.toarray(), index=list("abcde"))
    var = along["regulation"].var.reset_index(drop=True)
    at = {g: int(var.index[(var["mirna"] == "m0") & (var["mrna"] == g)][0]) for g in ("g0", "g1")}
    picture = ax.images[0].get_array()
    np.testing.assert_allclose(picture.filled(0)[0], x.loc[list("edcba"), at["g1"]])
    np.testing.assert_allclose(picture.filled(0)[1], x.loc[list("edcba"), at["g0"]])
    (lines,) = [c for c in ax.collections if c.get_gid() == "csmir-intervals"]
    (line,) = lines.get_segments()
    assert line[:, 0].tolist() == [0.5, 2.5]  # over the second and the third cell of the path
    assert [t.get_text() for t in ax.get_yticklabels()] == ["m0 → g1", "m0 → g0"]
    assert ax.get_ylabel() == "2 of 2 pairs with q ≤ 0.05"


def test_cells_that_were_taken_out_leave_the_stretch_where_it_is(along):
    some = along["regulation"][[0, 1, 2, 4]].copy()  # without d
    ax = cs.pl.intervals(some)
    (lines,) = [c for c in ax.collections if c.get_gid() == "csmir-intervals"]
    assert lines.get_segments()[0][:, 0].tolist() == [0.5, 1.5]  # c alone


def test_a_pair_that_the_networks_no_longer_have_shows_nothing_of_another(along):
    var = along["regulation"].var
    kept = along["regulation"][:, (var["mrna"] != "g1").to_numpy()].copy()  # without the first of the table
    renamed = along["regulation"].copy()
    renamed.var["mrna"] = renamed.var["mrna"].cat.rename_categories({"g1": "g1-new"})
    whole = cs.pl.intervals(along).images[0].get_array().filled(0)
    assert whole[0].any()
    for networks in (kept, renamed):
        ax = cs.pl.intervals(networks)
        picture = ax.images[0].get_array().filled(0)
        assert not picture[0].any()
        np.testing.assert_array_equal(picture[1], whole[1])
        assert "without values: 1 pair that the networks no longer have" in ax.get_xlabel()
    assert "without values" not in cs.pl.intervals(along).get_xlabel()


def test_nothing_called_is_said(along):
    ax = cs.pl.intervals(along, max_q=0.001)
    assert style.is_empty(ax)
    assert "No pair has q ≤ 0.001" in ax.texts[0].get_text().replace("\n", " ")


def test_errors(along, make_networks):
    with pytest.raises(cs.StepError, match=r"cs\.tl\.intervals"):
        cs.pl.intervals(make_networks({"a": [("m0", "g0")], "b": [], "c": []}))
    with pytest.raises(cs.InputError, match="n_top"):
        cs.pl.intervals(along, n_top=0)
    del along["regulation"].obs["path"]
    with pytest.raises(cs.StepError, match="again"):
        cs.pl.intervals(along)
