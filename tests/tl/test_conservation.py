from __future__ import annotations

import mudata
import pytest

import csmir as cs


def in_cells(counts, n_cells):
    """Networks in which edge (m0, g<i>) is in the first counts[i] cells."""
    return {f"c{k}": [("m0", f"g{i}") for i, n in enumerate(counts) if k < n] for k in range(n_cells)}


@pytest.mark.parametrize(("m", "at_least"), [(2, 2), (5, 4), (10, 9), (15, 14), (19, 17), (20, 18), (25, 22)])
def test_rounds_half_to_even(make_networks, m, at_least):
    # 0.9 * 5 = 4.5 -> 4; 0.9 * 15 = 13.5 -> 14; 0.9 * 25 = 22.5 -> 22; 0.9 * 19 = 17.1 -> 17 as in the paper
    mdata = make_networks(in_cells([at_least, at_least - 1, 1], m))
    cs.tl.conservation(mdata)
    var = mdata["regulation"].var
    assert var["n_cells"].tolist() == [at_least, at_least - 1, 1]
    assert var["conservation"].tolist() == ["conserved", "rewired" if at_least == 2 else "neither", "rewired"]


def test_pairs_of_no_cell_are_neither(make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": [("m0", "g0")]}, pairs=[("m0", "g0"), ("m1", "g1")])
    cs.tl.conservation(mdata)
    assert mdata["regulation"].var["conservation"].tolist() == ["conserved", "neither"]


def test_hubs_are_counted_once_a_cell(make_networks):
    # m0 is the hub of cells a and b, m1 of c; list lengths differ because c has six miRNAs (two hubs)
    cells = {
        "a": [("m0", "g0"), ("m0", "g1"), ("m1", "g0")],
        "b": [("m0", "g0")],
        "c": [("m1", f"g{j}") for j in range(4)]
        + [("m0", f"g{j}") for j in range(3)]
        + [(f"m{i}", "g0") for i in range(2, 6)],
    }
    mdata = make_networks(cells, n_mirnas=6)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    table = mdata["regulation"].uns["csmir"]["hub_conservation"].set_index("mirna")
    assert table["n_cells"].to_dict() == {"m0": 3, "m1": 1, "m2": 0, "m3": 0, "m4": 0, "m5": 0}
    assert table["conservation"].to_dict() == {"m0": "conserved", "m1": "rewired"} | dict.fromkeys(
        ["m2", "m3", "m4", "m5"], "neither"
    )


def test_thresholds(make_networks):
    mdata = make_networks(in_cells([10, 5, 3, 2, 1], 10))
    cs.tl.conservation(mdata, conserved=0.5, rewired=2)
    assert mdata["regulation"].var["conservation"].tolist() == [
        "conserved",
        "conserved",
        "neither",
        "rewired",
        "rewired",
    ]
    assert mdata["regulation"].uns["csmir"]["conservation"]["conserved_cells"] == 5


def test_survives_saving(random_networks, tmp_path):
    cs.tl.hubs(random_networks)
    random_networks.write(tmp_path / "a.h5mu")
    again = mudata.read_h5mu(tmp_path / "a.h5mu")
    cs.tl.conservation(again)
    again.write(tmp_path / "b.h5mu")
    reg = mudata.read_h5mu(tmp_path / "b.h5mu")["regulation"]
    assert reg.var["conservation"].cat.categories.tolist() == ["conserved", "rewired", "neither"]
    assert reg.uns["csmir"]["hub_conservation"].equals(again["regulation"].uns["csmir"]["hub_conservation"])


def test_too_few_cells(make_networks):
    with pytest.raises(cs.InputError, match=r"of 1 cell\(s\), conserved=0.9 means at least 1 and rewired=1 at most 1"):
        cs.tl.conservation(make_networks(in_cells([1], 1)))


def test_errors(random_networks):
    with pytest.raises(cs.StepError, match=r"Run cs.tl.hubs\(mdata\) first"):
        cs.tl.conservation(random_networks, on="hubs")
    with pytest.raises(cs.InputError, match="`on` must be one of 'interactions', 'hubs'; found 'hub'"):
        cs.tl.conservation(random_networks, on=["hub"])
    with pytest.raises(cs.InputError, match="`rewired` must be a whole number of at least 1; found 0"):
        cs.tl.conservation(random_networks, rewired=0)
    with pytest.raises(cs.InputError, match="`conserved` must be a number"):
        cs.tl.conservation(random_networks, conserved=90)
