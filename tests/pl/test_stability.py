from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir.pl._kit import style


@pytest.fixture
def supported(make_networks):
    """Support by hand: 0.5, 0.55, 0.8, 1.0 over four edges, of 20 runs."""
    mdata = make_networks({"a": [("m0", "g0"), ("m0", "g1")], "b": [("m0", "g0")], "c": [("m1", "g0")]})
    reg = mdata["regulation"]
    reg.layers["support"].data[:] = [0.5, 0.55, 0.8, 1.0]
    reg.uns["csmir"]["regulation"]["n_runs"] = 20
    return mdata


def heights(ax):
    return np.array([[b.get_height() for b in c] for c in ax.containers])


def test_every_edge_is_in_a_bar_of_its_support(supported):
    ax = cs.pl.stability(supported)
    centres = [b.get_x() + b.get_width() / 2 for b in ax.containers[0]]
    (counts,) = heights(ax)
    assert counts.sum() == 4
    assert [round(c, 3) for c, n in zip(centres, counts, strict=True) if n] == [0.5, 0.55, 0.8, 1.0]


def test_share_of_coin_flips_is_written(supported):
    assert [t.get_text() for t in cs.pl.stability(supported).texts] == ["50 % below 60 %: nearly a coin flip"]
    assert "75 % below 90 %" in cs.pl.stability(supported, coin_flip=0.9).texts[0].get_text()


def test_stacked_by_conservation(supported):
    cs.tl.conservation(supported)
    ax = cs.pl.stability(supported)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["conserved: 0", "neither: 2", "rewired: 2"]
    assert heights(ax).sum() == 4
    assert len(cs.pl.stability(supported, by=None).containers) == 1


def test_pairs_kept_without_being_edges_have_no_bar(supported):
    reg = supported["regulation"]
    significant = reg.X.copy()
    significant.data = np.array([1, 0, 1, 1], dtype=bool)
    reg.layers["significant"] = significant
    assert heights(cs.pl.stability(supported)).sum() == 3


def test_one_run_has_nothing_to_show(supported):
    supported["regulation"].uns["csmir"]["regulation"]["n_runs"] = 1
    ax = cs.pl.stability(supported)
    assert style.is_empty(ax)
    assert "one run" in ax.texts[0].get_text().replace("\n", " ")


def test_empty_networks(make_networks):
    mdata = make_networks({"a": [], "b": [], "c": []}, pairs=[("m0", "g0")])
    assert style.is_empty(cs.pl.stability(mdata))


def test_networks_without_support(make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": [], "c": []})
    del mdata["regulation"].layers["support"]
    with pytest.raises(cs.StepError, match=r"cs\.pp\.bootstrap_cells"):
        cs.pl.stability(mdata)


def test_shares_that_runs_cannot_give_make_no_gaps():
    mdata = cs.datasets.simulated(n_cells=12, n_mirnas=8, n_mrnas=40)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=5)
    cs.tl.regulation(mdata, mdata.uns["prior"], n_threads=1)
    ax = cs.pl.stability(mdata)
    counts = heights(ax)[0]
    assert len(counts) <= 4  # 3, 4 or 5 of 5 runs, and perhaps 2
    assert counts.sum() == mdata["regulation"].X.nnz


@pytest.fixture
def seeded(supported):
    found = supported["regulation"].uns["csmir"]
    found["stability_seeds"] = pd.DataFrame({
        "seed": [0, 1, 2], "n_interactions": [900, 910, 905], "conserved": [300, 310, 290], "rewired": [10, 20, 10],
    })  # fmt: skip
    found["stability"] = {"conserved": 0.68, "rewired": float("nan")}
    return supported


def test_seeds_are_marks_and_agreement_is_written(seeded):
    ax = cs.pl.stability(seeded, "seeds")
    rows = [t.get_text() for t in ax.get_yticklabels()]
    assert rows == ["in any cell", "conserved", "rewired"]
    x = {c.get_gid(): c.get_offsets()[:, 0].tolist() for c in ax.collections}
    assert x == {
        "csmir-in any cell": [900, 910, 905], "csmir-conserved": [300, 310, 290], "csmir-rewired": [10, 20, 10],
    }  # fmt: skip
    assert [t.get_text() for t in ax.texts] == ["two seeds agree: J = 0.68"]
    assert ax.get_xlim()[0] == 0


def test_no_seeds_yet(supported):
    with pytest.raises(cs.StepError, match=r"cs\.tl\.stability"):
        cs.pl.stability(supported, "seeds")
