"""The oracle itself, against the reference's numbers and hand arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest


def test_reference_without_pseudo_cells(oracle, shared_data):
    f = dict(np.load(shared_data / "golden" / "many_cells.npz"))  # read once, not at every look
    box = float(f["box_size"]) if "box_size" in f else 0.1
    rng = np.random.default_rng(0)
    for _ in range(25):
        i, j = rng.integers(f["x"].shape[1]), rng.integers(f["y"].shape[1])
        cells = rng.choice(f["x"].shape[0], 30, replace=False)
        z = oracle.csn_z(f["x"][:, i], f["y"][:, j], box_size=box, cells=cells)
        np.testing.assert_allclose(z, f["z"][i, j, cells], rtol=0, atol=1e-9)


def test_reference_with_pseudo_cells(oracle, shared_data):
    f = dict(np.load(shared_data / "golden" / "k562_bootstrap.npz"))
    data = dict(np.load(shared_data / "golden" / "k562_published.npz"))
    names = {k: list(data[k]) for k in data if data[k].dtype.kind in "UO"}
    mirna = next(v for k, v in names.items() if "mirna" in k)
    mrna = next(v for k, v in names.items() if "mrna" in k)
    m = data["mirna"].shape[0]
    rng = np.random.default_rng(1)
    for _ in range(60):
        run = rng.integers(f["samples"].shape[0])
        i, j = rng.integers(len(f["mirna"])), rng.integers(len(f["mrna"]))
        x, y = data["mirna"][:, mirna.index(f["mirna"][i])], data["mrna"][:, mrna.index(f["mrna"][j])]
        weights = 1 + np.bincount(f["samples"][run], minlength=m)
        z = oracle.csn_z(x, y, weights, float(f["box_size"]))
        np.testing.assert_allclose(z, f["z"][run, i, j], rtol=0, atol=1e-9)


@pytest.mark.parametrize(("nz", "h"), [(10, 1), (30, 2), (50, 2), (70, 4), (90, 4), (109, 5), (110, 6), (130, 6)])
def test_half_width_rounds_half_to_even(oracle, nz, h):
    values = np.arange(1, nz + 1)
    lower, upper = oracle.edges(values, None, 0.1, float(nz // 2))
    assert (upper - lower) / 2 == h


def test_worked_example(oracle):
    assert oracle.z_of_counts(100, 10, 10, 4) == pytest.approx(math.sqrt(11), abs=1e-12)
    assert oracle.z_of_counts(50, 50, 7, 7) == 0


def test_expressed_boxes_stay_out_of_many_zeros(oracle):
    values = np.r_[np.zeros(20), np.arange(1, 41)]  # h = 2
    assert oracle.edges(values, None, 0.1, 1.0) == (1.0, 3.0)
    assert oracle.edges(values, None, 0.1, 0.0) == (0.0, 0.0)
    few = np.r_[np.zeros(2), np.arange(1, 41)]  # zeros do not outnumber h
    assert oracle.edges(few, None, 0.1, 1.0) == (0.0, 3.0)


def test_exact_p_is_the_hypergeometric_tail(oracle):
    from scipy.stats import hypergeom

    rng = np.random.default_rng(2)
    x, y = rng.poisson(1, 40), rng.poisson(2, 40)
    n_r, n_t, n_rt = np.array(oracle.counts(x, y, None, 0.3)).T
    expected = hypergeom.sf(n_rt - 2, 39, n_r - 1, n_t - 1)
    np.testing.assert_allclose(oracle.exact_p(x, y, 0.3), expected, rtol=1e-10)
