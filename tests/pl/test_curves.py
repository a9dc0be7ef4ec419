from __future__ import annotations

import numpy as np
import pytest

import csmir as cs
from csmir.pl._kit import chance


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.semi_synthetic(n_cells=120, n_mirnas=8, n_mrnas=50, effect=1.0, seed=2)
    cs.pp.recipe_csmir(mdata)
    net = mdata.uns["prior"]
    cs.tl.regulation(mdata, net, statistic="local", groups="group", keep="all", regulation="local", n_threads=1)
    cs.tl.regulation(mdata, net, statistic="exact", regulation="exact", n_threads=1)
    return mdata


@pytest.mark.parametrize(
    ("kind", "x", "y"), [("precision", "recall", "precision"), ("roc", "false_positive_rate", "recall")]
)
def test_the_curves_of_the_table(mdata, kind, x, y):
    ax = cs.pl.curves(mdata, ["local", "exact"], kind=kind)
    lines = [part for part in ax.lines if part.get_gid() == "csmir-curve"]
    table = cs.get.curves(mdata, ["local", "exact"])
    for line, (_, part) in zip(lines, table.groupby("network", sort=False), strict=True):
        part = part[part["ranked"] & ((part["n_found"] > 0) | (kind == "roc"))]
        np.testing.assert_allclose(line.get_xdata(), part[x])
        np.testing.assert_allclose(line.get_ydata(), part[y])
    assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in lines}) == 2  # in grey print as well
    marks = [part for part in ax.lines if part.get_gid() == "csmir-edges"]
    assert [m.get_marker() for m in marks] == ["o", "s"]
    summary = cs.get.curves(mdata, ["local", "exact"], summary=True)
    own = {"precision": "edge_precision", "roc": "edge_recall"}[kind]
    np.testing.assert_allclose([m.get_ydata()[0] for m in marks], summary[own])
    text = ax.get_legend().get_texts()[0].get_text()
    assert text.startswith(f"local: area {summary['auprc' if kind == 'precision' else 'auroc'][0]:.2f}")


def test_networks_of_shuffled_data_say_chance(mdata):
    other = mdata.copy()
    order = np.random.default_rng(0).permutation(other["truth"].n_vars)
    other["truth"].X = other["truth"].X[:, order]
    fig = cs.pl.curves(other, ["local", "exact"], return_fig=True)
    (text,) = fig.findobj(lambda part: part.get_gid() == chance.GID)
    assert "chance" in text.get_text()
    assert not cs.pl.curves(mdata, "local", return_fig=True).findobj(lambda part: part.get_gid() == chance.GID)


def test_errors(mdata):
    with pytest.raises(cs.InputError, match="kind"):
        cs.pl.curves(mdata, "local", kind="area")
