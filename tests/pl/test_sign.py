from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import csmir as cs


@pytest.fixture
def mdata(make_networks):
    """Two pairs that go apart, found in three and one cells; one that goes together, in one; one without direction."""
    edges = {"a": [0, 1, 2], "b": [0, 3], "c": [0]}
    mdata = make_networks({cell: [("m0", f"g{j}") for j in of] for cell, of in edges.items()})
    mdata["regulation"].var["correlation"] = np.array([-0.62, -0.22, 0.33, 0.0], np.float32)
    mdata["regulation"].var["sign"] = np.array([-1, -1, 1, 0], np.int8)
    return mdata


def heights(ax, gid):
    return {
        round(p.get_x() + p.get_width() / 2, 3): p.get_height()
        for p in ax.patches
        if p.get_gid() == gid and p.get_height()
    }


def test_interactions_by_hand(mdata):
    ax = cs.pl.sign(mdata, n_bins=20)
    assert heights(ax, "csmir-repression") == {-0.65: pytest.approx(50), -0.25: pytest.approx(100 / 6)}
    assert heights(ax, "csmir-activation") == {0.35: pytest.approx(100 / 6)}
    words = [t.get_text() for t in ax.get_legend().get_texts()]
    assert words[:3] == [
        "repression: 67% of 6 interactions", "activation: 17% of 6 interactions",
        "no direction (ρ 0.00): 17% of 6 interactions",
    ]  # fmt: skip
    hatches = {p.get_hatch() for p in ax.patches if p.get_gid() == "csmir-activation"}
    assert hatches == {"////"}  # told apart in grey print
    mdata["regulation"].var["correlation"] = np.array([-0.62, -0.22, 0.33, 0.3], np.float32)
    mdata["regulation"].var.iloc[0, mdata["regulation"].var.columns.get_loc("correlation")] = -0.0049
    stacked = [p for p in cs.pl.sign(mdata, n_bins=2).patches if p.get_gid() == "csmir-no-direction" and p.get_height()]
    assert [(p.get_y(), p.get_height()) for p in stacked] == [(pytest.approx(100 / 6), pytest.approx(50))]


def test_independent_pairs_are_students(make_networks):
    """By simulation: rank correlations of independent normal values over 12 cells."""
    rng = np.random.default_rng(0)
    mdata = make_networks({f"c{i}": [("m0", "g0")] for i in range(12)})
    mdata["regulation"].var["correlation"] = np.float32(0.1)
    (line,) = [p for p in cs.pl.sign(mdata, n_bins=10).patches if p.get_gid() == "csmir-null"]
    drawn = [stats.spearmanr(*rng.normal(size=(2, 12)))[0] for _ in range(4000)]
    share = 100 * np.histogram(drawn, np.linspace(-1, 1, 11))[0] / 4000
    np.testing.assert_allclose(line.get_data().values, share, atol=2.5)


def test_no_interaction_and_errors(mdata, make_networks):
    empty = make_networks({"a": [], "b": [], "c": []}, pairs=[("m0", "g0")])
    with pytest.raises(cs.StepError, match=r"cs\.tl\.sign"):
        cs.pl.sign(empty)
    empty["regulation"].var["correlation"] = np.float32(0.5)
    assert cs.pl.sign(empty).get_legend().get_texts()[0].get_text() == "no cell has an interaction"
    with pytest.raises(cs.InputError, match="must be even"):
        cs.pl.sign(mdata, n_bins=7)


def test_colour_is_the_sign_of_the_edge_itself(mdata):
    """Under the local test an edge has a sign of its own, which the pair over all cells need not share."""
    networks = mdata["regulation"]
    networks.uns["csmir"]["regulation"]["statistic"] = "local"
    networks.X = -0.4 * (networks.X != 0).astype(np.float32)
    ax = cs.pl.sign(mdata, n_bins=20)
    words = [t.get_text() for t in ax.get_legend().get_texts()]
    assert words[:2] == ["repression: 100% of 6 interactions", "colour: by the correlation in the cell"]
    assert heights(ax, "csmir-repression") == {
        -0.65: pytest.approx(50), -0.25: pytest.approx(100 / 6), 0.35: pytest.approx(100 / 6),
        0.05: pytest.approx(100 / 6),
    }  # fmt: skip
    networks.X = networks.X.multiply([[-1.0, 1, 1, 1]]).tocsr()
    words = [t.get_text() for t in cs.pl.sign(mdata).get_legend().get_texts()]
    assert words[:2] == ["repression: 50% of 6 interactions", "activation: 50% of 6 interactions"]
