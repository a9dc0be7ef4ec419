"""What data can show: the table before a run, the line in the log, and both against the run itself."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from tests.kernels.worlds import world
from tests.tl.test_null import mdata_of

import csmir as cs


def test_the_smallest_rho_is_where_q_begins():
    out = mdata_of(world(0, n=200, n_x=10, n_y=80, n_pairs=100))
    table = cs.tl.power(out, out.uns["prior"], groups="type")
    cs.tl.regulation(out, out.uns["prior"], statistic="local", groups="type", keep="all", factors=0)
    adata = out["regulation"]
    rho, p = -adata.X.toarray(), 10.0 ** -adata.layers["neg_log10_p"].toarray()
    first = (p > 0) & (p <= 0.05 / 100)
    assert first.sum() < 200
    # of pairs whose p alone would do, few are under the figure: tails and two readings of zeros only make p larger
    assert (rho[first] >= table.loc["local", "smallest_rho"] - 0.05).all()
    assert table.loc["local", "n_effective"] == pytest.approx(50, abs=3)
    assert (table["n_pairs"] == 100).all()


def test_more_cells_show_more_and_few_show_nothing():
    few, many = (mdata_of(world(0, n=n, n_x=10, n_y=80, n_pairs=100)) for n in (20, 400))
    tables = [cs.tl.power(m, m.uns["prior"], neighbors="expression") for m in (few, many)]
    assert tables[1].loc["local", "smallest_rho"] < 0.75 * tables[0].loc["local", "smallest_rho"]
    assert np.isnan(tables[0].loc["exact", "smallest_rho"])
    assert np.isnan(tables[0].loc["exact", "slope"])
    with_factors = cs.tl.power(many, many.uns["prior"], neighbors="expression", factors=5)
    assert with_factors.loc["local", "n_effective"] == pytest.approx(tables[1].loc["local", "n_effective"] - 5)


def test_slopes_are_those_of_logged_expression():
    w = world(1, n=400, n_x=10, n_y=80, n_pairs=100, slope=0.0)
    out = mdata_of(w)
    plain = cs.tl.power(out, out.uns["prior"], groups="type")
    cs.pp.recipe_csmir(out)
    logged = cs.tl.power(out, out.uns["prior"], groups="type")
    assert plain.loc["local", "slope"] == pytest.approx(logged.loc["local", "slope"], rel=0.01)
    rho = logged.loc["local", "smallest_rho"]
    x, y = (np.asarray(out[k].X) for k in ("mirna", "mrna"))
    sd = [v - np.array([v[w.types == t].mean(axis=0) for t in range(4)])[w.types] for v in (x, y)]
    ratio = np.median(sd[1].std(axis=0)[w.pair_y] / sd[0].std(axis=0)[w.pair_x])
    assert logged.loc["local", "slope"] == pytest.approx(2 * np.sin(np.pi * rho / 6) * ratio, rel=0.01)


def test_the_log_says_it_before_a_run(caplog):
    out = mdata_of(world(0, n=60, n_x=5, n_y=60, n_pairs=40))
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.regulation(out, out.uns["prior"], statistic="local", groups="type")
    assert "or stronger can reach q <= 0.05 among 40 pairs" in caplog.text
    assert "slope of about" in caplog.text


@pytest.mark.parametrize(
    ("options", "n", "words"),
    [
        ({"pseudo_cells": False}, 60, "can reach p <= 0.01"),
        ({"statistic": "exact"}, 400, "can reach q <= 0.05 among 40 pairs"),
        ({"statistic": "exact"}, 20, "no correlation can reach q <= 0.05 among 40 pairs"),
        ({"statistic": "exact", "groups": "type"}, 400, "can reach q <= 0.05 among 40 pairs"),
        ({"statistic": "exact", "neighbors": "expression"}, 400, "can reach q <= 0.05 among 40 pairs"),
    ],
)
def test_every_statistic_says_it(options, n, words, caplog):
    out = mdata_of(world(0, n=n, n_x=5, n_y=60, n_pairs=40))
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.regulation(out, out.uns["prior"], **options)
    assert words in caplog.text
