from __future__ import annotations

import numpy as np
import pytest

import csmir as cs
from csmir.pl._kit import style


@pytest.fixture
def grouped(make_networks):
    """Three groups of two cells: g0 in all of them, g1 in x and y, g2 in z alone, g3 in no group as a whole."""
    edges = {"a": [0, 1], "b": [0, 1], "c": [0, 1], "d": [0, 1, 3], "e": [0, 2], "f": [0, 2]}
    mdata = make_networks({cell: [("m0", f"g{j}") for j in of] for cell, of in edges.items()})
    mdata["regulation"].obs["kind"] = ["x", "x", "y", "y", "z", "z"]
    cs.tl.conservation(mdata, groups="kind")
    return mdata


def test_bars_dots_and_sizes_by_hand(grouped):
    axes = cs.pl.upset(grouped)
    bars = [p for p in axes["combinations"].patches if p.get_gid() == "csmir-all"]
    assert [b.get_height() for b in bars] == [1, 1, 1]
    specific = [p.get_height() for p in axes["combinations"].patches if p.get_gid() == "csmir-specific"]
    inside = next(c for c in axes["members"].collections if c.get_gid() == "csmir-in")
    found = {}
    for x, y in np.asarray(inside.get_offsets()):
        found.setdefault(int(x), set()).add("xyz"[int(y)])
    assert sorted(map(sorted, found.values())) == [["x", "y"], ["x", "y", "z"], ["z"]]
    of_two = next(k for k, names in found.items() if names == {"x", "y"})
    assert specific[of_two] == 1  # no cell of z has it
    sizes = [p.get_width() for p in axes["groups"].patches]
    assert sizes == [2, 2, 2]  # g0 and g1, g0 and g1, g0 and g2
    assert [t.get_text() for t in axes["groups"].get_yticklabels()] == ["x", "y", "z"]


def test_how_many_are_left_out_is_said(grouped):
    axes = cs.pl.upset(grouped, n_top=1)
    assert axes["members"].get_xlabel() == "1 of 3 combinations"


def test_nothing_conserved_is_said(make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": [], "c": [], "d": []})
    mdata["regulation"].obs["kind"] = ["x", "x", "y", "y"]
    cs.tl.conservation(mdata, groups="kind")
    assert style.is_empty(cs.pl.upset(mdata)["combinations"])


def test_errors(grouped, make_networks):
    with pytest.raises(cs.StepError, match="groups="):
        cs.pl.upset(make_networks({"a": [("m0", "g0")], "b": [], "c": []}))
    with pytest.raises(cs.InputError, match="n_top"):
        cs.pl.upset(grouped, n_top=0)
    with pytest.raises(cs.InputError, match="need a height"):
        cs.pl.upset(grouped, figsize=(5, 2))
