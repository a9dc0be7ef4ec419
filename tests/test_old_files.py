"""Networks and results that 0.1.0 wrote (commit b621af4) open, read and go on; docs/migration.md says so.

The file holds 15 simulated cells, 8 miRNAs and 40 mRNAs with the published and the local statistic, and hubs,
conservation, similarity, clusters, crosstalk, sign, null, validation and modules of the first. What 0.1.0 read from it
by `cs.get` is kept here as it printed it.
"""

from __future__ import annotations

import gzip
import shutil
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import csmir as cs

FILE = Path(__file__).parent / "data" / "written_by_0.1.0.h5mu.gz"


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old.h5mu"
    with gzip.open(FILE) as packed, path.open("wb") as out:
        shutil.copyfileobj(packed, out)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cs.io.read(path)  # mudata's own reader fails on it where pull_on_update is False


def test_results_read_as_they_did(old):
    edges = cs.get.edges(old)
    assert list(edges.columns) == ["cell", "mirna", "mrna", "z", "support", "direction"]
    pairs = old["regulation"].var.set_index(["mirna", "mrna"])
    sign = pairs["sign"].where(pairs["correlation"].abs() >= 0.005, 0)  # what is shown as 0.00 has none
    words = (
        pd.MultiIndex.from_frame(edges[["mirna", "mrna"]])
        .map(sign)
        .map({-1: "repression", 0: "no direction", 1: "activation"})
    )
    assert list(edges["direction"]) == list(words)  # 0.1.0 kept the sign and did not say it of edges
    assert len(edges) == 1491
    assert edges["z"].sum() == pytest.approx(9198.5312, abs=1e-3)
    assert len(cs.get.conserved(old)) == 56
    assert len(cs.get.rewired(old)) == 0
    assert len(cs.get.hubs(old)) == 30
    assert len(cs.get.modules(old)) == 40
    assert len(cs.get.crosstalk(old)) == len(cs.get.clusters(old)) == 15
    assert cs.get.validation(old).select_dtypes("number").sum().sum() == pytest.approx(3015.0858, abs=1e-3)
    record = old["regulation"].uns["csmir"]
    assert record["regulation"]["version"] == "0.1.0"
    assert record["null"]["verdict"].startswith("1,491 interactions in the data, 1,501 on average (1,495 to 1,506)")


def test_steps_go_on_from_it(old):
    quick = {"n_threads": 1, "progress": False}
    before = old["regulation"].var["n_cells"].copy()
    cs.tl.sign(old)
    cs.tl.conservation(old)
    cs.tl.similarity(old)
    cs.tl.stability(old, n_seeds=2, **quick)
    cs.tl.null(old, n_permutations=2, **quick)
    cs.tl.association(old)
    assert (old["regulation"].var["n_cells"] == before).all()
    assert old["regulation"].uns["csmir"]["null"]["verdict"].startswith("1,491 interactions in the data")
    assert len(cs.get.pairs(old)) > 0


@pytest.mark.parametrize("name", ["recurrence", "out_degree", "similarity", "cluster", "crosstalk", "null", "per_cell"])
def test_figures_draw_it(old, name):
    assert getattr(cs.pl, name)(old) is not None
    plt.close("all")


def test_networks_of_0_1_are_what_0_2_finds(old):
    """The published statistic from the same pseudo-cells, to the last byte."""
    z = old["regulation"].X.toarray()
    names = old["regulation"].var_names
    cs.tl.regulation(old, old.uns["prior"], regulation="again", n_threads=1, progress=False)
    assert [n.rpartition(":")[2] for n in old["again"].var_names] == list(names)
    assert (old["again"].X.toarray() == z).all()
