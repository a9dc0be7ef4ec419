from __future__ import annotations

import base64
import gzip
import json
import re

import numpy as np
import pytest

import csmir as cs
from csmir import _mudata
from csmir._report import cells
from csmir._report.figures import plans


def strongest(mdata, cell, n):
    """Plainly: largest value first, then largest support."""
    edges = cs.get.edges(mdata, cell=cell)
    rows = [(-abs(e.z), -e.support, str(e.mirna), str(e.mrna)) for e in edges.itertuples()]
    return [row[2:] for row in sorted(rows, key=lambda row: row[:2])][:n]


def test_rows_are_the_strongest_and_nodes_those_of_the_first(make_networks, monkeypatch):
    names = [(f"m{i}", f"g{j}") for i in range(3) for j in range(5)]
    mdata = make_networks({"a": names, "b": names[4:9], "c": []})
    monkeypatch.setattr(cells, "PER_CELL", 9)
    monkeypatch.setattr(cells, "DRAWN", 4)
    monkeypatch.setattr(cells, "BATCH", 2)
    found = cells.networks(_mudata.read_regulation(mdata))
    assert [(c["name"], c["n"]) for c in found["cells"]] == [("a", 15), ("b", 5), ("c", 0)]
    for cell in found["cells"]:
        rows = [tuple(found["names"][end] for end in edge[:2]) for edge in cell["edges"]]
        assert rows == strongest(mdata, cell["name"], 9)
        assert {found["names"][key] for key, _, _ in cell["nodes"]} == {name for row in rows[:4] for name in row}
        for at in (1, 2):
            assert all(0 <= node[at] <= 1000 for node in cell["nodes"])
    assert {found["names"][i] for i in found["left"]} <= {"m0", "m1", "m2"}
    assert found["cells"][found["start"]]["name"] == "b"  # the median size


def test_of_equal_interactions_each_mirna_has_its_turn(make_networks):
    names = [(f"m{i}", f"g{j}") for i in range(4) for j in range(30)]
    mdata = make_networks({"a": names, "b": names[:60]}, n_mrnas=30)
    networks = mdata["regulation"]
    networks.X.data[:] = 10.39
    for layer in networks.layers.values():
        layer.data[:] = 1
    found = cells.networks(_mudata.read_regulation(mdata))
    first = [[found["names"][edge[0]] for edge in c["edges"][:8]] for c in found["cells"]]
    assert [sorted(set(names[:4])) for names in first] == [["m0", "m1", "m2", "m3"], ["m0", "m1"]]
    assert [c["tied"] for c in found["cells"]] == [120, 60]


def test_many_cells_are_thinned_and_that_is_said(make_networks, monkeypatch, tmp_path):
    mdata = make_networks({f"c{i}": [("m0", f"g{j}") for j in range(i)] for i in range(12)}, n_mrnas=12)
    monkeypatch.setattr(cells, "MOST_CELLS", 4)
    cs.io.write_report(mdata, tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text()
    assert "4 of the 12 cells are here" in text
    (data,) = re.findall(r'id="data-networks">([^<]+)<', text)
    found = json.loads(gzip.decompress(base64.b64decode(data)))
    assert [c["n"] for c in found["cells"]] == [0, 4, 7, 11]  # even steps of size: 0, 11/3, 22/3, 11


@pytest.mark.parametrize(
    "edges", [[], [(0, 1)], [(0, 1), (0, 2), (3, 4)], [(i, 10 + j) for i in range(6) for j in range(i)]]
)
def test_nodes_have_places_of_their_own(edges):
    found = cells.places(edges)
    assert sorted(node for node, _, _ in found) == sorted({end for edge in edges for end in edge})
    xy = np.array([place for _, *place in found]).reshape(-1, 2)
    assert len(np.unique(xy, axis=0)) == len(xy)
    assert found == cells.places(edges)


def test_infinite_missing_and_directed_values(make_networks):
    """JSON has none of them: words for infinity, null for nothing, a position for the direction."""
    mdata = make_networks({"a": [("m0", "g0"), ("m0", "g1"), ("m1", "g1")], "b": []})
    networks = mdata["regulation"]
    networks.X.data[:] = [5, 3.14159, -5]
    networks.layers["support"].data[:] = [np.nan, np.inf, -np.inf]
    networks.var["sign"] = [-1, 1, 0]
    found = json.loads(json.dumps(cells.networks(_mudata.read_regulation(mdata)), allow_nan=False))
    rows = {tuple(found["names"][end] for end in edge[:2]): edge[2:] for edge in found["cells"][0]["edges"]}
    words = {pair: (value, support, found["directions"][code]) for pair, (value, support, code) in rows.items()}
    assert words == {
        ("m0", "g0"): (5, None, "repression"),
        ("m0", "g1"): (3.142, "inf", "activation"),
        ("m1", "g1"): (-5, "-inf", "no direction"),
    }
    assert found["cells"][0]["tied"] == 2


def test_of_cells_with_equal_networks_the_middle_one_by_name_is_the_example(make_networks):
    """Wherever it stands: in the chooser and in the figures."""
    for order in ("edcba", "cadbe", "abcde"):
        mdata = make_networks({name: [("m0", "g0")] for name in order})
        adata = _mudata.read_regulation(mdata)
        assert adata.obs_names.tolist() == list(order)
        found = cells.networks(adata)
        assert found["cells"][found["start"]]["name"] == "c"
        assert "The network of c" in [plan.title for plan in plans(mdata, "regulation")]
    assert [adata.obs_names[k] for k in cells.choose(np.ones(5), adata.obs_names)] == list("abcde")
