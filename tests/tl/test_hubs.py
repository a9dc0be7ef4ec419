from __future__ import annotations

import mudata
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import csmir as cs


def star(degrees):
    """Edges that give miRNA i of one cell the i-th degree."""
    return [(f"m{i}", f"g{j}") for i, d in enumerate(degrees) for j in range(d)]


def hubs_of(mdata, cell, **options):
    cs.tl.hubs(mdata, **options)
    row = mdata["regulation"].obsm["hub_mirna"].loc[cell]
    return set(row.index[row])


def test_by_hand(make_networks):
    # cell a: degrees 5, 3, 3, 1, 1 and one miRNA of degree 0: ceil(0.2 * 5) = 1 hub; at 0.5 three, at 0.6 three
    mdata = make_networks({"a": star([5, 3, 3, 1, 1]), "b": [("m5", "g0")], "c": []})
    assert hubs_of(mdata, "a") == {"m0"}
    assert hubs_of(mdata, "a", fraction=0.5) == {"m0", "m1", "m2"}
    assert hubs_of(mdata, "b") == {"m5"}
    assert hubs_of(mdata, "c") == set()
    reg = mdata["regulation"]
    assert reg.obsm["out_degree"].loc["a"].to_dict() == {"m0": 5, "m1": 3, "m2": 3, "m3": 1, "m4": 1, "m5": 0}
    assert reg.obs["n_interactions"].tolist() == [13, 1, 0]
    assert (reg.obsm["out_degree"].to_numpy().dtype, reg.obsm["hub_mirna"].to_numpy().dtype) == (np.int32, bool)


def test_ties(make_networks):
    # two hubs out of 4 (fraction 0.5): m0 is first, m1, m2, m3 tie
    mdata = make_networks({"a": star([3, 2, 2, 2])})
    assert hubs_of(mdata, "a", fraction=0.5) == {"m0", "m1"}
    assert hubs_of(mdata, "a", fraction=0.5, ties="reference") == {"m0", "m3"}
    assert hubs_of(mdata, "a", fraction=0.5, ties="all") == {"m0", "m1", "m2", "m3"}
    # ten or more miRNAs: names sort as text (m10 before m2), positions do not
    mdata = make_networks({"a": star([1] * 12)}, n_mirnas=12)
    assert hubs_of(mdata, "a", fraction=0.25) == {"m0", "m1", "m10"}
    assert hubs_of(mdata, "a", fraction=0.25, ties="reference") == {"m9", "m10", "m11"}


def test_reference_ties_follow_the_mirna_modality_whatever_the_order_of_the_pairs(make_networks):
    mdata = make_networks({"a": star([1, 1, 1])})
    reversed_pairs = mdata["regulation"][:, ::-1].copy()
    mdata.mod["regulation"] = reversed_pairs
    assert hubs_of(mdata, "a", ties="reference") == {"m2"}


def test_share_is_taken_in_decimals(make_networks):
    # in floating point 0.07 * 100 = 7.000000000000001, whose ceiling is 8
    assert int(np.ceil(0.07 * 100)) == 8
    mdata = make_networks({"a": star([1] * 100)}, n_mirnas=100)
    assert len(hubs_of(mdata, "a", fraction=0.07)) == 7


def test_degrees_agree_with_networkx(random_networks):
    cs.tl.hubs(random_networks)
    reg = random_networks["regulation"]
    for cell in reg.obs_names:
        graph = nx.DiGraph([(r.mirna, r.mrna) for r in cs.get.edges(reg, cell=cell).itertuples()])
        got = reg.obsm["out_degree"].loc[cell]
        assert {m: d for m, d in graph.out_degree if d} == got[got > 0].to_dict()


def test_adata_alone_gives_the_same(random_networks):
    reg = random_networks["regulation"].copy()
    cs.tl.hubs(random_networks)
    cs.tl.hubs(reg)
    assert reg.obsm["hub_mirna"].equals(random_networks["regulation"].obsm["hub_mirna"])


@settings(deadline=None, max_examples=40)
@given(
    degrees=st.lists(st.integers(0, 6), min_size=1, max_size=9).filter(any),
    fraction=st.integers(1, 100),
    ties=st.sampled_from(["name", "reference", "all"]),
)
def test_hubs_have_the_largest_degrees(make_networks, degrees, fraction, ties):
    mdata = make_networks({"a": star(degrees)})
    found = hubs_of(mdata, "a", fraction=fraction / 100, ties=ties)
    wanted = -(-fraction * sum(d > 0 for d in degrees) // 100)
    degree = {f"m{i}": d for i, d in enumerate(degrees) if d}
    assert len(found) == wanted if ties != "all" else len(found) >= wanted
    assert min(degree[m] for m in found) >= max((d for m, d in degree.items() if m not in found), default=0)


def test_copy_save_and_order_of_cells(random_networks, tmp_path):
    before = set(random_networks["regulation"].obsm)
    done = cs.tl.hubs(random_networks, copy=True)
    assert set(random_networks["regulation"].obsm) == before
    done.write(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")["regulation"]
    for key in ("out_degree", "hub_mirna"):
        assert again.obsm[key].equals(done["regulation"].obsm[key])
    assert again.uns["csmir"]["hubs"]["fraction"] == 0.2
    shuffled = random_networks["regulation"][::-1].copy()
    cs.tl.hubs(shuffled)
    assert shuffled.obsm["hub_mirna"][::-1].equals(done["regulation"].obsm["hub_mirna"])


def test_errors(make_networks):
    mdata = make_networks({"a": star([1])})
    with pytest.raises(cs.InputError, match=r"`fraction` must be a number in \(0, 1\]; found 0"):
        cs.tl.hubs(mdata, fraction=0)
    with pytest.raises(cs.InputError, match=r"'reference', 'all'; found 'nam'\. Did you mean 'name'"):
        cs.tl.hubs(mdata, ties="nam")
    with pytest.raises(cs.StepError, match=r"Run cs.tl.regulation\(mdata, net\) first"):
        cs.tl.hubs(mdata, regulation="other")
    with pytest.raises(cs.InputError, match="holds no cell-specific networks"):
        cs.tl.hubs(mdata["mirna"])


def test_names_that_files_refuse_are_named_at_once(make_networks, caplog, tmp_path):
    slash = "miR-7a-5p/7c-5p"
    mdata = make_networks({"a": [(slash, "g0"), ("miR-1", "g0")]})
    cs.tl.hubs(mdata)
    assert f"will refuse miRNAs of these names as columns of .obsm: {slash!r}. Rename" in caplog.text
    if "hubs: mdata.write_h5mu and" in caplog.text:  # anndata from 0.13 on
        with pytest.raises(ValueError, match="slash"):
            mdata.write_h5mu(tmp_path / "a.h5mu")
    else:
        mdata.write_h5mu(tmp_path / "a.h5mu")
        back = cs.io.read(tmp_path / "a.h5mu")["regulation"].obsm["out_degree"]
        assert back.columns.tolist() == mdata["regulation"].obsm["out_degree"].columns.tolist()
    with pytest.raises(ValueError, match="slash"):
        mdata.write_zarr(tmp_path / "a.zarr")


def test_a_run_refuses_names_that_its_file_will_not_take_before_the_work(make_networks):
    from csmir.cli.steps import Plan, infer

    mdata = make_networks({"a": [("..", "g0"), ("miR-1", "g0")]})
    with pytest.raises(cs.InputError, match=r"^The miRNAs '..' have names that anndata writes to no h5mu file. Rename"):
        infer(mdata, None, Plan())
