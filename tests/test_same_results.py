"""Results are what they were: those of commit b621af4, on simulated and on K562 data, kept in `results.json`.

A kernel that is changed on purpose renews its own, and says so in the changelog:
`python tests/results.py --only local > new.json && mv new.json tests/results.json`.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def results():
    spec = importlib.util.spec_from_file_location("csmir_results", HERE / "results.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def record():
    return json.loads((HERE / "results.json").read_text())


def changed(results, record, found):
    return {
        name: words for name, adata in found if (words := results.differences(record[name], results.summary(adata)))
    }


@pytest.mark.parametrize("statistic", ["csn", "exact", "local"])
@pytest.mark.filterwarnings("ignore")
def test_simulated(results, record, statistic):
    found = dict(results.simulated_results(statistic))
    assert set(found) == {name for name in record if name.startswith(statistic)}
    assert changed(results, record, found.items()) == {}


@pytest.mark.parametrize("statistic", ["csn", "exact", "local"])
@pytest.mark.filterwarnings("ignore")
def test_k562(results, record, shared_data, monkeypatch, statistic):
    monkeypatch.setenv("CSMIR_DATA_DIR", str(shared_data / "k562"))
    found = dict(results.golden_results(shared_data, statistic))
    assert len(found) == 1
    assert changed(results, record, found.items()) == {}


def test_a_change_is_seen(results, make_networks):
    """One entry that moves, one number that changes in the fourth digit: both are told."""
    mdata = make_networks({"c1": [("m0", "g0"), ("m1", "g1")], "c2": [("m1", "g1")]})
    adata = mdata["regulation"]
    before = results.summary(adata)
    assert results.differences(before, results.summary(adata.copy())) == []
    other = adata.copy()
    other.X.data[0] *= np.float32(1.0005)
    assert len(results.differences(before, results.summary(other))) == 1
    moved = adata.copy()
    moved.X.indices[0] = 1 - moved.X.indices[0]
    assert results.differences(before, results.summary(moved)) == ["names, places, types or whole numbers of X indices"]
