"""What is not kept around a cell could be no interaction; where it could, the cell is tested again."""

import logging

import anndata
import mudata
import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir.inference.statistics import local_again
from csmir.inference.statistics.local_again import marked
from csmir.kernels.local_inference import Entries


def measured(common: float, n: int = 260, seed: int = 0) -> tuple[mudata.MuData, pd.DataFrame]:
    """Cells on a line; in its first half, what all genes share makes as many pairs go together as `common` says."""
    rng = np.random.default_rng(seed)
    place = np.sort(rng.random(n))
    shared = common * rng.normal(size=n) * (place < 0.5)
    cells = pd.DataFrame(index=[f"c{i}" for i in range(n)])
    parts = {}
    for name, g, sign in (("mirna", 8, 1), ("mrna", 60, -1)):
        values = rng.gamma(3, size=(n, g)) * np.exp(sign * shared[:, None]) * (rng.random((n, g)) > 0.2)
        parts[name] = anndata.AnnData(values, obs=cells, var=pd.DataFrame(index=[f"{name}{i}" for i in range(g)]))
    parts["mrna"].obsm["place"] = np.column_stack([place, np.zeros(n)])
    net = pd.DataFrame([(f"mirna{i}", f"mrna{j}") for i in range(8) for j in range(60)], columns=["source", "target"])
    return mudata.MuData(parts), net


@pytest.mark.parametrize(("common", "again"), [(0.0, False), (0.8, True)])
@pytest.mark.parametrize("given", [{}, {"covariates": "depth", "direction": "both"}])
def test_the_networks_are_those_of_keeping_everything(monkeypatch, caplog, common, again, given):
    mdata, net = measured(common)
    mdata.obs["depth"] = np.random.default_rng(1).normal(size=mdata.n_obs)
    options = {"statistic": "local", "neighbors": "place", "factors": 0, "memory": "2MB"} | given
    with caplog.at_level(logging.INFO, logger="csmir"):
        found = cs.tl.regulation(mdata, net, copy=True, **options)["regulation"]
    assert ("tested again" in caplog.text) == again
    monkeypatch.setattr(local_again, "CROWDED", 1.0)
    monkeypatch.setattr("csmir.inference.statistics.local.CROWDED", 1.0)  # all with p <= alpha is kept at once
    caplog.clear()
    every = cs.tl.regulation(mdata, net, copy=True, **options)["regulation"]
    assert "tested again" not in caplog.text
    if again:
        assert every.layers["neg_log10_p"].data.min() < 1.9  # interactions with p over 1 %
        assert (every.obs["n_interactions"].to_numpy() < 50).any()  # and cells far from any
    for a, b in ((found.X, every.X), *((found.layers[k], every.layers[k]) for k in every.layers)):
        np.testing.assert_array_equal(a.indptr, b.indptr)
        np.testing.assert_array_equal(a.indices, b.indices)
        np.testing.assert_array_equal(a.data, b.data)
    pd.testing.assert_frame_equal(found.var, every.var)


def test_marks_stand_before_the_entries_of_crowded_lists():
    found = Entries(
        np.array([0, 2, 2, 3]), np.array([1, 4, 0]), np.ones(3, np.float32), np.array([0.001, 0.002, 0.003])
    )
    with_marks = marked(found, np.array([8, 9, 90]), 100)
    assert with_marks.indptr.tolist() == [0, 2, 3, 5]
    assert with_marks.pair.tolist() == [1, 4, 0, 0, 0]
    assert with_marks.p.tolist() == [0.001, 0.002, 11.0, 92.0, 0.003]
    assert marked(found, np.array([8, 8, 8]), 100) is found
