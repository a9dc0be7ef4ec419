from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from scipy.cluster import hierarchy

import csmir as cs
from csmir import InputError

# |a n b| etc. chosen so that similarities are simple: a, b share 3 of 4; c, d share 3 of 4; across groups 1 of 4
SHARED = [("m0", "g0")]
CELLS = {
    "a": [*SHARED, ("m0", "g1"), ("m0", "g2"), ("m0", "g3")],
    "b": [*SHARED, ("m0", "g1"), ("m0", "g2"), ("m0", "g4")],
    "empty": [],
    "c": [*SHARED, ("m1", "g1"), ("m1", "g2"), ("m1", "g3")],
    "d": [*SHARED, ("m1", "g1"), ("m1", "g2"), ("m1", "g4")],
}


@pytest.fixture
def mdata(make_networks):
    mdata = make_networks(CELLS)
    cs.tl.similarity(mdata, on=["interactions", "expression"])
    return mdata


def test_by_hand(mdata):
    cs.tl.cluster(mdata, k=2)
    reg = mdata["regulation"]
    assert reg.obs["cluster"].astype(object).where(reg.obs["cluster"].notna(), None).tolist() == [
        "1",
        "1",
        None,
        "2",
        "2",
    ]
    found = reg.uns["csmir"]["cluster"]
    # merges at distance 1 - 3/4 twice, then complete linkage at 1 - 1/4
    np.testing.assert_allclose(found["linkage"][:, 2], [0.25, 0.25, 0.75])
    assert found["cells"].tolist() == ["a", "b", "c", "d"]
    assert {frozenset(found["leaves"][:2]), frozenset(found["leaves"][2:])} == {frozenset({0, 1}), frozenset({2, 3})}
    assert found["cophenetic"] == pytest.approx(1.0)
    # a(i) = 0.25 within, b(i) = 0.75 across: (b - a) / b = 2/3 for every cell
    assert found["silhouette"] == pytest.approx(2 / 3)


def test_cut_by_height(mdata):
    for height, n in ((0.1, 4), (0.25, 2), (0.74, 2), (0.75, 1)):
        cs.tl.cluster(mdata, height=height)
        assert mdata["regulation"].obs["cluster"].nunique() == n
    assert np.isnan(mdata["regulation"].uns["csmir"]["cluster"]["silhouette"])


def test_agrees_with_scipy(random_networks):
    cs.tl.similarity(random_networks)
    cs.tl.cluster(random_networks, ["interactions", "expression"], k=3)
    reg = random_networks["regulation"]
    for key, square in (
        ("cluster", 1 - reg.obsp["interaction_similarity"]),
        ("cluster_expression", reg.obsp["expression_distance"]),
    ):
        tree = hierarchy.linkage(square[np.triu_indices(12, 1)], "complete")
        want = hierarchy.cut_tree(tree, 3).ravel()
        assert pd.crosstab(reg.obs[key].to_numpy(), want).gt(0).to_numpy().sum() == 3
        np.testing.assert_allclose(reg.uns["csmir"][key]["linkage"][:, 2], tree[:, 2])


def test_agreement(mdata):
    cs.tl.cluster(mdata, k=2)
    cs.tl.cluster(mdata, k=4, key_added="each")
    cs.tl.cluster(mdata, k=2, key_added="again")
    table = cs.get.agreement(mdata).set_index(["first", "second"])["adjusted_rand"]
    assert table["again", "cluster"] == 1
    assert table["again", "each"] == 0  # every cell its own cluster says nothing
    assert len(table) == 3


def test_tied_heights_are_not_split(make_networks, caplog):
    mdata = make_networks({c: [("m0", "g0"), ("m0", f"g{i + 1}")] for i, c in enumerate("abcd")})
    cs.tl.similarity(mdata, on="interactions")
    cs.tl.cluster(mdata, k=2)
    assert set(mdata["regulation"].obs["cluster"]) == {"1"}
    assert "1 clusters, not 2: cells merge at one height" in caplog.text


def test_identical_cells(make_networks):
    mdata = make_networks({c: [("m0", "g0")] for c in "abc"})
    cs.tl.similarity(mdata, on="interactions")
    cs.tl.cluster(mdata, k=1)
    found = mdata["regulation"].uns["csmir"]["cluster"]
    assert (found["linkage"][:, 2] == 0).all()
    assert np.isnan(found["cophenetic"])


def test_saved_reloaded_and_tabulated(mdata, tmp_path):
    cs.tl.cluster(mdata, ["interactions"], k=2)
    mdata.write(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")
    frame = cs.get.clusters(again)
    pd.testing.assert_frame_equal(frame, cs.get.clusters(mdata))
    assert frame["cell"].tolist()[-1] == "empty"
    assert frame["cluster"].isna().tolist() == [False] * 4 + [True]
    assert {frozenset(frame["cell"][:2]), frozenset(frame["cell"][2:4])} == {frozenset("ab"), frozenset("cd")}
    assert hierarchy.is_valid_linkage(frame.attrs["linkage"])
    cs.tl.cluster(again, k=3, key_added="three")
    assert cs.get.agreement(again)[["first", "second"]].to_numpy().tolist() == [["cluster", "three"]]


def test_copy_leaves_the_data_alone(mdata):
    done = cs.tl.cluster(mdata, k=2, copy=True)
    assert "cluster" not in mdata["regulation"].obs
    assert "cluster" in done["regulation"].obs


def test_errors(mdata, make_networks):
    with pytest.raises(
        cs.InputError, match="Expected at most 4 clusters, as many as cells that have a network; found k=5"
    ):
        cs.tl.cluster(mdata, k=5)
    with pytest.raises(cs.InputError, match=r"found both \(k=2, height=0.5\)"):
        cs.tl.cluster(mdata, k=2, height=0.5)
    with pytest.raises(cs.StepError, match=r"Run cs.tl.hubs\(mdata\), then cs.tl.similarity\(mdata, on='hubs'\) first"):
        cs.tl.cluster(mdata, "hubs")
    with pytest.raises(cs.InputError, match="`method` must be one of 'complete'"):
        cs.tl.cluster(mdata, method="ward")
    with pytest.raises(cs.InputError, match="One `key_added` cannot name 2 clusterings"):
        cs.tl.cluster(mdata, ["interactions", "expression"], key_added="x")
    with pytest.raises(cs.StepError, match=r"no clustering 'x' \(there are: none\)"):
        cs.get.clusters(mdata, "x")
    with pytest.raises(cs.StepError, match=r"Run cs.tl.cluster\(mdata\) first"):
        cs.get.agreement(mdata)
    lonely = make_networks({"a": [("m0", "g0")], "b": []})
    cs.tl.similarity(lonely)
    with pytest.raises(cs.InputError, match="at least 2 cells with a network; found 1"):
        cs.tl.cluster(lonely)
    with pytest.raises(cs.InputError, match="as where all cells are equally far apart"):
        cs.tl.cluster(lonely, "expression", k=2)


@pytest.mark.parametrize("step", ["cluster", "similarity", "conservation", "crosstalk"])
def test_a_number_where_names_belong(step):
    mdata = cs.datasets.simulated(n_cells=6)
    with pytest.raises(InputError, match="`on` must be a name or a list of names; found 2"):
        getattr(cs.tl, step)(mdata, on=2, regulation="truth")


def test_numbers_do_not_hang_on_the_order_of_cells(make_networks):
    """The largest is 1, and of equally large ones that with the first name, in whatever order the cells are."""
    networks = CELLS | {"e": [*SHARED, ("m1", "g1"), ("m1", "g2"), ("m1", "g3")], "f": [("m2", "g5")]}
    networks |= {"0": [("m2", "g6")]}
    for order in ("f 0 a b empty c d e", "e d c empty b a 0 f", "empty b d f 0 a e c"):
        mdata = make_networks({name: networks[name] for name in order.split()})
        cs.tl.similarity(mdata)
        cs.tl.cluster(mdata, height=0.5)
        cs.tl.crosstalk(mdata, min_size=2, cutoff=0.5)
        two = dict.fromkeys("cde", "1") | dict.fromkeys("ab", "2")
        for key, alone in (("cluster", {"0": "3", "f": "4"}), ("crosstalk_module", {})):
            found = mdata["regulation"].obs[key].dropna().astype(str).to_dict()
            assert found == two | alone, (key, order)
