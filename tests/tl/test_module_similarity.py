from __future__ import annotations

import importlib

import mudata
import numpy as np
import pytest

import csmir as cs


def overlap(a, b):
    return len(a & b) / min(len(a), len(b))


def by_sets(first, second):
    """The definition, over lists of sets."""
    if not first or not second:
        return np.nan
    if len(first) > len(second):
        first, second = second, first
    best = [max(overlap(a, b) for b in second) for a in first]
    if len(first) < len(second):
        return sum(best) / len(second)
    return np.mean(best + [max(overlap(a, b) for a in first) for b in second])


def block(mirnas, mrnas):
    return [(a, b) for a in mirnas for b in mrnas]


def test_by_hand(make_networks):
    first, second = block(["m0", "m1"], ["g0", "g1", "g2"]), block(["m2", "m3"], ["g3", "g4", "g5"])
    part = block(["m0", "m1"], ["g0", "g1", "g3"])
    mdata = make_networks({"a": first + second, "b": first, "c": part, "d": []})
    cs.tl.modules(mdata, "cells")
    cs.tl.module_similarity(mdata)
    nan = np.nan
    # a has 2 modules, b the first of them: 1 / 2; b and c share 4 of 5 members; a and c: 4 / 5 / 2
    expected = [[1, 0.5, 0.4, nan], [0.5, 1, 0.8, nan], [0.4, 0.8, 1, nan], [nan] * 4]
    np.testing.assert_allclose(mdata["regulation"].obsp["module_similarity"], expected)


def test_agrees_with_sets(random_networks, monkeypatch):
    cs.tl.modules(random_networks, "cells")
    table = cs.get.modules(random_networks)
    sets = {
        cell: [set(m["kind"].astype(str) + m["feature"].astype(str)) for _, m in rows.groupby("module", observed=True)]
        for cell, rows in table.groupby("network", observed=False)
    }
    cells = random_networks["regulation"].obs_names
    expected = [[by_sets(sets[a], sets[b]) for b in cells] for a in cells]
    cs.tl.module_similarity(random_networks)
    found = random_networks["regulation"].obsp["module_similarity"]
    np.testing.assert_allclose(found, expected)
    assert np.isnan(found).any()
    assert len(np.unique(found[~np.isnan(found)])) > 10
    monkeypatch.setattr(importlib.import_module("csmir.tl.module_similarity"), "MODULES_AT_ONCE", 2)
    again = cs.tl.module_similarity(random_networks, copy=True)
    np.testing.assert_array_equal(again["regulation"].obsp["module_similarity"], found)


def test_survives_h5mu_and_asks_for_all_cells(random_networks, tmp_path):
    with pytest.raises(cs.StepError, match=r"cs\.tl\.modules\(mdata\) first"):
        cs.tl.module_similarity(random_networks)
    cs.tl.modules(random_networks, ["c1", "c11"], key_added="mine")
    with pytest.raises(cs.StepError, match=r"of 10 of 12 cells.*modules\(mdata, 'cells', key_added='mine'\)"):
        cs.tl.module_similarity(random_networks, modules="mine")
    cs.tl.modules(random_networks, "cells")
    random_networks.write_h5mu(tmp_path / "a.h5mu")
    read = mudata.read_h5mu(tmp_path / "a.h5mu")
    cs.tl.module_similarity(read)
    read.write_h5mu(tmp_path / "b.h5mu")
    again = mudata.read_h5mu(tmp_path / "b.h5mu")
    cs.tl.module_similarity(random_networks)
    np.testing.assert_array_equal(
        again["regulation"].obsp["module_similarity"], random_networks["regulation"].obsp["module_similarity"]
    )


def test_no_modules_anywhere(make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": []})
    cs.tl.modules(mdata, "cells")
    cs.tl.module_similarity(mdata)
    assert np.isnan(mdata["regulation"].obsp["module_similarity"]).all()
