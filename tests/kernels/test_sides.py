"""The two sides of a neighbourhood, against plain loops."""

from __future__ import annotations

import numpy as np
from sklearn.decomposition import PCA

from csmir.kernels.local_inference import Entries
from csmir.kernels.neighbors import from_points
from csmir.kernels.sides import halves, on_both


def test_each_list_is_cut_where_half_its_weight_is_across_its_longest_direction():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(90, 3)) * [5, 1, 0.3] @ np.linalg.qr(rng.normal(size=(3, 3)))[0]
    lists, _ = from_points(points, 31)
    sides = halves(points, lists)
    assert sides.list_of.tolist() == list(range(0, 180, 2))
    for k in range(90):
        whole = slice(*lists.indptr[k : k + 2])
        weight = dict(zip(lists.indices[whole].tolist(), lists.weights[whole].tolist(), strict=True))
        one, other = (slice(*sides.indptr[at : at + 2]) for at in (2 * k, 2 * k + 1))
        members = [sides.indices[part].tolist() for part in (one, other)]
        assert sorted(members[0] + members[1]) == sorted(weight)
        shares = [sum(weight[c] for c in m) for m in members]
        assert abs(shares[0] - 0.5) <= max(weight.values()) / 2 + 1e-6
        for part, m, share in zip((one, other), members, shares, strict=True):
            np.testing.assert_allclose(sides.weights[part], [weight[c] / share for c in m], rtol=1e-5)
        # scikit-learn's components take repeated rows for weights
        copies = np.repeat(lists.indices[whole], np.round(lists.weights[whole] * 1e5).astype(int))
        along = PCA(1).fit(points[copies]).transform(points)[:, 0]
        low, high = sorted(members, key=lambda m: along[m].mean())
        assert along[low].max() < along[high].min() + 1e-2


def test_sides_are_worth_as_much_as_their_weights_say():
    points = np.random.default_rng(1).normal(size=(80, 2))
    lists, _ = from_points(points, 80)
    sides = halves(points, lists)
    second = np.bincount(np.repeat(np.arange(160), np.diff(sides.indptr)), sides.weights.astype(float) ** 2)
    whole = np.bincount(np.repeat(np.arange(80), np.diff(lists.indptr)), lists.weights.astype(float) ** 2)
    np.testing.assert_allclose(sides.n_eff * second, np.repeat(lists.n_eff * whole, 2), rtol=1e-5)


def test_cells_in_one_place_still_have_two_sides():
    points = np.zeros((12, 2))
    lists, _ = from_points(points, 6, 6)
    sides = halves(points, lists)
    assert (np.diff(sides.indptr) == 3).all()


def test_the_weaker_side_speaks():
    found = Entries(
        indptr=np.array([0, 3, 5, 5, 6]),
        pair=np.array([0, 2, 5, 2, 5, 1]),
        rho=np.array([-0.9, -0.8, -0.7, -0.6, -0.75, -0.5], np.float32),
        p=np.array([1e-5, 1e-4, 1e-3, 1e-2, 1e-4, 1e-3]),
    )
    both = on_both(found)
    assert both.indptr.tolist() == [0, 2, 2]
    assert both.pair.tolist() == [2, 5]
    np.testing.assert_allclose(both.rho, [-0.6, -0.7])
    assert both.p.tolist() == [1e-2, 1e-3]
