from __future__ import annotations

import numpy as np
import pytest

import csmir as cs
from csmir.pl._kit import style


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=80, n_mirnas=8, n_mrnas=60, seed=1)
    cs.pp.recipe_csmir(mdata)
    mdata.obs["state"] = np.where(np.arange(80) % 2 == 0, "treated", "control")
    net = mdata.uns["prior"]
    cs.tl.differential(mdata, net, groupby="state", group="treated", min_targets=5, n_permutations=100, n_threads=1)
    table = mdata.uns["csmir"]["differential"]
    first = np.flatnonzero(table["kind"] == "pair")[:2]
    table.loc[table.index[first], ["difference", "qvalue"]] = [[-0.9, 0.001], [0.7, 0.01]]
    return mdata


def test_sides_differ_in_colour_and_mark(mdata):
    ax = cs.pl.differential(mdata)
    points = {c.get_label().split(":")[0]: c for c in ax.collections}
    assert set(points) == {"q ≥ 0.05", "more positive in treated", "more negative in treated"}
    negative, positive = points["more negative in treated"], points["more positive in treated"]
    assert negative.get_offsets().tolist() == [[-0.9, pytest.approx(3)]]
    assert positive.get_offsets().tolist() == [[0.7, pytest.approx(2)]]
    shapes = [c.get_paths()[0].vertices for c in (negative, positive)]
    assert not np.allclose(*shapes)
    assert not np.allclose(negative.get_facecolor(), positive.get_facecolor())
    table = mdata.uns["csmir"]["differential"].query("qvalue == 0.001")
    assert any(f"{table['mirna'].iloc[0]} → {table['mrna'].iloc[0]}" in t.get_text() for t in ax.texts)


def test_the_design_is_said(mdata):
    title = cs.pl.differential(mdata).get_title()
    assert title == "state: treated against the others\n40 + 40 samples, every row a unit"
    assert "treated less the others" in cs.pl.differential(mdata).get_xlabel().replace("\n", " ")


def test_target_sets(mdata):
    ax = cs.pl.differential(mdata, kind="targets", n_names=0)
    n = len(cs.get.differential(mdata, kind="targets"))
    assert sum(len(c.get_offsets()) for c in ax.collections) == n > 0
    ax = cs.pl.differential(mdata, kind="targets", alpha=1e-9)
    assert "no target set has q < 1e-09" in [t.get_text() for t in ax.texts]


def test_along_a_number(mdata):
    other = mdata.copy()
    other.obs["time"] = np.linspace(0, 1, 80)
    cs.tl.differential(other, other.uns["prior"], groupby="time", min_targets=0, n_permutations=100, n_threads=1)
    ax = cs.pl.differential(other)
    assert ax.get_title() == "along time\n80 samples along time, every row a unit"
    assert "standard deviation of time" in ax.get_xlabel().replace("\n", " ")
    assert style.is_empty(cs.pl.differential(other, kind="targets"))


def test_not_run(make_networks):
    with pytest.raises(cs.StepError, match=r"cs\.tl\.differential"):
        cs.pl.differential(make_networks({"a": [("m0", "g0")]}))
