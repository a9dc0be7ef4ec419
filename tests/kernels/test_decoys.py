"""Decoys: whom they stand in for, how they are counted, and that confounding makes as many of them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.kernels.worlds import group_means, local_p, one_row_each, residual_ranks, world

from csmir.kernels import decoys


def drawn(w, **options):
    return decoys.draw(w.pair_x, w.pair_y, w.listed, w.detection, w.y.mean(axis=1), **options)


def test_decoys_are_no_targets_and_alike_in_detection():
    w = world(0)
    d = drawn(w)
    assert not w.listed[d.mirna, d.mrna].any()
    np.testing.assert_array_equal(np.bincount(d.pair, minlength=len(w.pair_x)), 2)
    np.testing.assert_array_equal(d.mirna, w.pair_x[d.pair])
    assert (d.weight == 0.5).all()
    assert len(set(zip(d.pair, d.mrna, strict=True))) == len(d.pair)
    rank = np.empty(len(w.y))
    rank[np.lexsort((w.y.mean(axis=1), w.detection))] = np.arange(len(w.y))
    assert np.abs(rank[d.mrna] - rank[w.pair_y[d.pair]]).max() <= 30


def test_draws_depend_on_the_seed_alone():
    w = world(0)
    first, again, other = drawn(w, seed=3), drawn(w, seed=3), drawn(w, seed=4)
    np.testing.assert_array_equal(first.mrna, again.mrna)
    assert (first.mrna != other.mrna).any()
    of_five = w.pair_x == 5  # and of no other miRNA
    alone = decoys.draw(w.pair_x[of_five], w.pair_y[of_five], w.listed, w.detection, w.y.mean(axis=1), seed=3)
    np.testing.assert_array_equal(alone.mrna, first.mrna[first.mirna == 5])


def test_few_non_targets_give_fewer_decoys():
    listed = np.ones((2, 6), bool)
    listed[0, 3] = False
    d = decoys.draw(np.array([0, 0, 1]), np.array([0, 5, 1]), listed, np.ones(6), np.arange(6.0))
    assert d.mrna.tolist() == [3, 3]
    assert d.weight.tolist() == [1, 1]
    assert d.without == 1
    nobody = decoys.draw(np.array([1]), np.array([1]), listed, np.ones(6), np.arange(6.0))
    assert (len(nobody.pair), nobody.without) == (0, 1)


def test_nearest_by_hand():
    values = np.array([1, 4, 5, 9])
    assert decoys.nearest_of(values, np.array([4, 7]), 2).tolist() == [[4, 5], [5, 9]]
    assert decoys.nearest_of(values, np.array([0, 11, 5]), 3).tolist() == [[1, 4, 5], [4, 5, 9], [1, 4, 5]]
    assert decoys.nearest_of(values, np.array([7]), 1).tolist() == [[5]]
    assert decoys.nearest_of(values, np.array([2, 3]), 4).tolist() == [[1, 4, 5, 9]] * 2


def test_shares_by_hand():
    found = decoys.share(np.array([6.0, 0, 4]), np.array([0.0, 5, 0]))
    assert found[:3] == (10, 5, 0.5)
    assert found.low <= 0.5 <= found.high
    alike = decoys.share(np.full(50, 4.0), np.full(50, 2.0))  # every mRNA says the same: nothing to resample
    assert alike.low == alike.high == alike.share == 0.5
    assert np.isnan(decoys.share(np.zeros(3), np.ones(3)).share)


def test_the_interval_widens_with_fewer_mrnas():
    rng = np.random.default_rng(0)
    wide = decoys.share(rng.poisson(2, 20), rng.poisson(1, 20))
    narrow = decoys.share(rng.poisson(2, 2000), rng.poisson(1, 2000))
    assert narrow.high - narrow.low < 0.3 * (wide.high - wide.low)
    # against the delta method for a ratio of independent Poisson sums over n genes
    se = 0.5 * np.sqrt(1 / 4000 + 1 / 2000)
    assert (narrow.high - narrow.low) == pytest.approx(2 * 1.96 * se, rel=0.15)


def test_signature_against_a_plain_jackknife():
    rng = np.random.default_rng(1)
    tests = np.full(12, 50)
    t, d = rng.binomial(50, 0.2, 12), rng.binomial(50, 0.1, 12)
    found = decoys.signature(t, tests, d, tests)
    assert found.targets == pytest.approx(t.sum() / 600)
    assert found.ratio == pytest.approx(t.sum() / d.sum())
    left = [(np.delete(t, i).sum() / 550 - np.delete(d, i).sum() / 550) for i in range(12)]
    se = np.std(left) * np.sqrt(11)
    assert found.z == pytest.approx((t.sum() - d.sum()) / 600 / se)
    empty = decoys.signature(t, np.zeros(12), d, tests)
    assert np.isnan(empty.targets)


@pytest.mark.parametrize(("confounders", "low", "high"), [({"batch": 0.8}, 0.5, 1.8), ({}, 0, np.inf)])
def test_confounding_without_regulation_makes_as_many_decoys(confounders, low, high):
    w = world(5, **confounders)
    means = group_means(w.types)
    u, v = residual_ranks(w.x, means), residual_ranks(w.y, means)
    rows, n_eff = one_row_each(w.types)
    d = drawn(w, per_pair=1)
    hits = [
        sum((local_p(u[r], v[t], rows, n_eff)[1] < 0.01).sum() for r, t in zip(a, b, strict=True))
        for a, b in ((w.pair_x, w.pair_y), (d.mirna, d.mrna))
    ]
    assert low <= hits[1] / max(hits[0], 1) <= high
    if confounders:
        assert hits[0] > 20
