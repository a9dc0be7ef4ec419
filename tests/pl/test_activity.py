from __future__ import annotations

import numpy as np
import pytest

import csmir as cs
from csmir.pl._kit import chance, style


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=60, effect=3.0, prevalence=0.5, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.tl.activity(mdata, mdata.uns["prior"])
    return mdata


def shuffled(mdata):
    """Activities of other cells than the levels they are compared with."""
    other = cs.datasets.simulated(n_cells=60, effect=3.0, prevalence=0.5, seed=1)
    cs.pp.recipe_csmir(other)
    order = np.random.default_rng(0).permutation(60)
    other.mod["mrna"].X = other.mod["mrna"].X[order]
    cs.tl.activity(other, other.uns["prior"])
    return other


def test_points_are_the_stored_correlations(mdata):
    ax = cs.pl.activity(mdata)
    drawn = np.concatenate([c.get_offsets()[:, 1] for c in ax.collections])
    np.testing.assert_allclose(np.sort(drawn), np.sort(mdata["mirna_inferred"].var["agreement"]))
    n_small = (mdata["mirna_inferred"].var["agreement_qvalue"] < 0.05).sum()
    coloured = sum(len(c.get_offsets()) for c in ax.collections if not c.get_label().startswith("q ≥"))
    assert coloured == n_small > 0


def test_shuffled_cells_say_chance(mdata):
    said = [
        cs.pl.activity(m, return_fig=True).findobj(lambda part: part.get_gid() == chance.GID)
        for m in (mdata, shuffled(mdata))
    ]
    assert said[0] == []
    assert said[1][0].get_text().startswith("No more than chance gives: none of 20 miRNAs")


def test_the_line_is_where_independent_ones_lie(mdata):
    """By simulation: sorted correlations of as many independent pairs over as many cells."""
    (line,) = [part for part in cs.pl.activity(mdata).lines if part.get_gid() == "csmir-null"]
    rng = np.random.default_rng(0)
    x, y = (np.argsort(rng.normal(size=(300, 20, 60)), axis=-1).argsort(axis=-1) for _ in range(2))
    x, y = x - 29.5, y - 29.5
    rho = np.sort((x * y).sum(axis=-1) / (x * x).sum(axis=-1), axis=1).mean(axis=0)
    np.testing.assert_allclose(line.get_ydata(), rho, atol=0.03)


def test_nothing_measured(mdata, make_networks):
    with pytest.raises(cs.StepError, match=r"cs\.tl\.activity"):
        cs.pl.activity(make_networks({"a": [("m0", "g0")]}))
    alone = mdata.copy()
    del alone.mod["mirna"], alone.mod["mirna_inferred"]
    cs.tl.activity(alone, alone.uns["prior"])
    with pytest.raises(cs.StepError, match="No miRNA was measured"):
        cs.pl.activity(alone, key="mirna")
    none = mdata["mirna_inferred"].copy()
    none.var["agreement"] = np.nan
    assert style.is_empty(cs.pl.activity(none))
