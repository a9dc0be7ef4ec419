"""Medians and support over runs: the lanes against the oracle, and the gate against both."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from csmir.inference.execute import run
from csmir.inference.options import Request
from csmir.inference.pairs import Pairs
from csmir.inference.statistics import csn
from csmir.inference.statistics.csn import csn_job, csn_many_job
from csmir.inference.statistics.record import Inputs
from csmir.kernels.statistic import cutoff_table, z_of_counts

ALPHA = 0.01
CUTOFF = norm.isf(ALPHA)
OPTIONS = {"memory": 10**8, "n_threads": 1, "progress": False}


def networks_of(make_job, x, y, weights, pairs, *, progress, **options):
    job = make_job(Inputs(x, y, pairs, weights), Request("csn", **options))
    return run(job, n_threads=options["n_threads"], progress=progress)


def toy(seed, n_cells, n_runs, *, zeros=0.3, ties=False, n_x=3, n_y=4, n_between=5):
    rng = np.random.default_rng(seed)
    x, y = rng.random((n_x, n_cells)) + 0.1, rng.random((n_y, n_cells)) + 0.1
    y[0] = x[0]  # one pair that is as dependent as can be
    if ties:
        x, y = np.ceil(4 * x), np.ceil(4 * y)
    x[rng.random(x.shape) < zeros] = 1e-4
    y[rng.random(y.shape) < zeros] = 0
    draws = rng.integers(0, n_cells, (n_runs, n_between * (n_cells - 1)))
    weights = np.array([1 + np.bincount(d, minlength=n_cells) for d in draws])
    return x, y, weights


def expected(oracle, x, y, weights, box_size):
    n_cells = x.shape[1]
    x, y, weights = ([tuple(row) for row in rows.tolist()] for rows in (x, y, weights))
    with pytest.MonkeyPatch.context() as patch:  # a gene has the same boxes with every partner
        patch.setattr(oracle, "box_members", lru_cache(maxsize=None)(oracle.box_members))
        z = np.array([[[oracle.csn_z(a, b, w, box_size) for w in weights] for b in y] for a in x])  # x, y, run, cell
    return np.median(z, axis=2).reshape(-1, n_cells).T, (z > CUTOFF).mean(axis=2).reshape(-1, n_cells).T


def dense(networks, values, n_cells, n_pairs):
    out = np.full((n_cells, n_pairs), np.nan)
    rows = np.repeat(np.arange(n_cells), np.diff(networks.indptr))
    out[rows, networks.indices] = values
    return out


@pytest.fixture(autouse=True, scope="module")
def count_first():
    """As with many pairs: so few as here would be looked at one by one, as those of `few` below are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csn, "FEWEST", 0)
        yield


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_cells=st.integers(3, 24),
    n_runs=st.integers(1, 7),
    box_size=st.sampled_from([0.05, 0.1, 0.2, 0.3]),
    zeros=st.sampled_from([0.0, 0.3, 0.7]),
    ties=st.booleans(),
)
def test_medians_and_support_are_the_oracles(oracle, seed, n_cells, n_runs, box_size, zeros, ties):
    x, y, weights = toy(seed, n_cells, n_runs, zeros=zeros, ties=ties)
    z, support = expected(oracle, x, y, weights, box_size)
    found = networks_of(
        csn_job, x, y, weights, Pairs.every(3, 4), box_size=box_size, alpha=ALPHA, keep_all=True, **OPTIONS
    )
    np.testing.assert_allclose(dense(found, found.value, *z.shape), z, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(dense(found, found.layers["support"], *z.shape), support, rtol=1e-6)
    assert (dense(found, found.layers["significant"], *z.shape) == (z > CUTOFF)).all()


@pytest.mark.parametrize("n_between", [1, 5, 20])
@pytest.mark.parametrize("n_runs", [1, 10, 11])
def test_pairs_one_by_one_equal_all_at_once(oracle, n_between, n_runs):
    """All pairs go through the gate where counts fit a byte; a sparse prior goes pair by pair."""
    x, y, weights = toy(7, 20, n_runs, n_x=6, n_y=30, n_between=n_between)
    z, _ = expected(oracle, x, y, weights, 0.1)
    every = Pairs.every(6, 30)
    options = {"box_size": 0.1, "alpha": ALPHA, "keep_all": False, **OPTIONS}
    whole = networks_of(csn_job, x, y, weights, every, **options)
    kept = dense(whole, whole.value, *z.shape)
    np.testing.assert_allclose(kept, np.where(z > CUTOFF, z, np.nan), rtol=1e-6)
    some = np.arange(0, 180, 11)
    few = Pairs(every.mirna[some], every.mrna[some], 6, 30)
    part = networks_of(csn_job, x, y, weights, few, **options)
    np.testing.assert_array_equal(dense(part, part.value, 20, len(some)), kept[:, some])


@pytest.mark.parametrize("keep_all", [False, True])
@pytest.mark.parametrize("change", [{"n_threads": 2}, {"memory": 10**6}, {"memory": 10**10}])
def test_threads_and_blocks_leave_the_bytes_alone(change, keep_all):
    x, y, weights = toy(3, 19, 12, n_x=300, n_y=70)
    options = {"box_size": 0.1, "alpha": ALPHA, "keep_all": keep_all, **OPTIONS}
    pairs = Pairs.every(300, 70)
    one = networks_of(csn_job, x, y, weights, pairs, **options)
    other = networks_of(csn_job, x, y, weights, pairs, **options | change)
    for a, b in zip((*one[:3], *one[3].values()), (*other[:3], *other[3].values()), strict=True):
        assert a.tobytes() == b.tobytes()


def test_the_cutoff_as_a_table_of_integers(oracle):
    n = 37
    table = cutoff_table(n, CUTOFF)
    for n_r in range(1, n + 1):
        for n_t in range(1, n + 1):
            reach = [
                c
                for c in range(max(0, n_r + n_t - n), min(n_r, n_t) + 1)
                if oracle.z_of_counts(n, n_r, n_t, c) > CUTOFF
            ]
            assert table[n_r, n_t] == (reach[0] if reach else n + 1)


def test_worked_example():
    assert z_of_counts(100, 10, 10, 4) == pytest.approx(np.sqrt(11), abs=1e-12)
    assert z_of_counts(100, 100, 10, 10) == 0


@pytest.mark.parametrize("memory", [10**6, 10**8])
@pytest.mark.parametrize("keep_all", [False, True])
@pytest.mark.parametrize(("n_cells", "n_runs"), [(40, 5), (64, 1)])
def test_the_path_for_many_cells_gives_the_same_bytes(n_cells, n_runs, keep_all, memory):
    x, y, weights = toy(1, n_cells, n_runs, n_x=5, n_y=30, n_between=5 if n_runs > 1 else 0)
    options = {"box_size": 0.1, "alpha": ALPHA, "keep_all": keep_all, "n_threads": 2, "progress": False}
    pairs = Pairs.every(5, 30)
    few = networks_of(csn_job, x, y, weights, pairs, memory=10**8, **options)
    many = networks_of(csn_many_job, x, y, weights, pairs, memory=memory, **options)
    for a, b in zip((*few[:3], *few[3].values()), (*many[:3], *many[3].values()), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("n_cells", [65, 200, 1000])
def test_many_cells_are_the_oracles(oracle, n_cells):
    x, y, weights = toy(n_cells, n_cells, 1, n_x=2, n_y=3, n_between=0, ties=True)
    options = {"box_size": 0.1, "alpha": ALPHA, "keep_all": True, **OPTIONS}
    found = networks_of(csn_many_job, x, y, weights, Pairs.every(2, 3), **options)
    z = dense(found, found.value, n_cells, 6)
    cells = np.random.default_rng(0).choice(n_cells, 20, replace=False)
    for p, (a, b) in enumerate((a, b) for a in x for b in y):
        np.testing.assert_allclose(z[cells, p], oracle.csn_z(a, b, cells=cells), rtol=1e-6, atol=1e-6)
