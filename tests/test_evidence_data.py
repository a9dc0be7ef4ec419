"""The benchmark of evidence simulates what it says, and counts as it says."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def bench():
    """The benchmark is no part of the package: it is imported from the checkout."""
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks.evidence import dataset, measure, methods, settings
    finally:
        sys.path.remove(str(ROOT))
    return SimpleNamespace(make=dataset.make, Setting=settings.Setting, measure=measure, Found=methods.Found)


@pytest.mark.parametrize("form", ["lognormal", "gamma"])
def test_at_slope_one_a_doubling_of_the_mirna_halves_its_target(bench, form):
    cells = bench.make(bench.Setting(form=form, n_cells=80, slope=1.0), 3).cells
    layout = cells.layout
    alone = [t for t in np.unique(layout.mrna) if layout.active[:, layout.mrna == t].any(axis=0).sum() == 1]
    for t in alone[:20]:
        pair = np.flatnonzero((layout.mrna == t) & layout.active.any(axis=0))[0]
        at = layout.active[:, pair]
        left = np.log2(cells.mrna[at, t] / cells.transcribed[at, t])
        level = np.log2(cells.mirna[at, layout.mirna[pair]])
        np.testing.assert_allclose(np.diff(left), -np.diff(level), atol=1e-9)


def test_another_confounder_leaves_everything_else_as_it_was(bench):
    plain, batch = (bench.make(bench.Setting(n_cells=60, batch=b), 1) for b in (0.0, 0.8))
    assert (plain.truth == batch.truth).all()
    assert plain.net.equals(batch.net)
    assert (plain.cells.place == batch.cells.place).all()
    first = (batch.obs["batch"] == "batch 1").to_numpy()
    np.testing.assert_array_equal(plain.cells.mirna[first], batch.cells.mirna[first])
    assert (plain.cells.mirna[~first] != batch.cells.mirna[~first]).all()


@pytest.mark.parametrize(("depth", "sign"), [("shared", 1), ("split", -1), ("separate", 0)])
def test_depth_goes_together_apart_or_neither(bench, depth, sign):
    data = bench.make(bench.Setting(n_cells=300, depth=depth, depth_sd=1.0, slope=0.0), 0)
    rho = np.corrcoef(np.log(data.mirna.sum(axis=1)), np.log(data.mrna.sum(axis=1)))[0, 1]
    assert abs(rho - sign) < 0.3


def test_a_hub_has_targets_that_the_prior_does_not_name(bench):
    data = bench.make(bench.Setting(n_cells=50, hub=0.2, listed=0.5), 0)
    layout = data.cells.layout
    assert (layout.mirna == 0).sum() == len(layout.unlisted) == 25
    assert not np.isin(layout.unlisted, layout.mrna[layout.mirna == 0]).any()
    unlisted = np.log(data.cells.mrna / data.cells.transcribed)[:, layout.unlisted]
    assert (unlisted.std(axis=0) > 0.1).all()


def test_shares_are_those_counted_by_hand(bench):
    data = bench.make(bench.Setting(n_cells=40), 0)
    truth, q = data.truth, np.ones(data.truth.shape)
    right, wrong = np.argwhere(truth)[:6], np.argwhere(~truth)[:2]
    q[tuple(right.T)] = q[tuple(wrong.T)] = 0.01
    found = bench.measure.figures(data, bench.Found(q, q, [], 0.0, {}))
    assert found["false"] == 0.25
    assert found["power"] == pytest.approx(6 / truth.sum())
    assert found["edges"] == pytest.approx(8 / 40)
