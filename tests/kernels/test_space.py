"""The hub-free space: T2 by hand, loaders, and what it does where a miRNA governs a fifth of the mRNAs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.stats import rankdata
from tests.kernels.worlds import world

from csmir.kernels import space


def ranked(w):
    return rankdata(w.y, axis=1)


def test_loadings_are_correlations():
    rng = np.random.default_rng(0)
    values, points = rng.normal(size=(5, 40)), rng.normal(size=(40, 2))
    values[3] = 1.0
    got = space.loadings_of(values, points)
    for g in (0, 4):
        for k in (0, 1):
            assert got[g, k] == pytest.approx(stats.pearsonr(values[g], points[:, k]).statistic)
    assert (got[3] == 0).all()


def test_covariates_leave_the_residuals_of_least_squares():
    rng = np.random.default_rng(1)
    values, c = rng.normal(size=(3, 30)), rng.normal(size=(30, 2))
    design = np.column_stack([np.ones(30), c])
    expected = values.T - design @ np.linalg.lstsq(design, values.T, rcond=None)[0]
    np.testing.assert_allclose(space.regress_out(values, c), expected.T, atol=1e-12)
    twice = np.column_stack([c, c[:, 0], np.ones(30)])  # collinear, constant: the same residuals
    np.testing.assert_allclose(space.regress_out(values, twice), expected.T, atol=1e-9)
    assert space.regress_out(values, None) is values


def test_matched_weights_by_hand():
    target = np.array([True, True, False, False, False, True])
    bins = np.array([0, 0, 0, 1, 1, 2])
    # bin 0 holds two targets and one other gene, bin 1 no target, bin 2 no other gene
    np.testing.assert_allclose(space.matched_weights(target, bins), [0, 0, 1, 0, 0, 0])
    bins = np.array([0, 1, 0, 1, 1, 1])
    np.testing.assert_allclose(space.matched_weights(target, bins), [0, 0, 1 / 3, 1 / 3, 1 / 3, 0])


def test_detection_bins_hold_genes_alike_together():
    bins = space.detection_bins(np.array([0.1, 0.1, 0.5, 0.9, 1, 1, 1, 1]), 4)
    assert len(set(bins[4:])) == 1
    assert bins[0] == bins[1] < bins[2] < bins[4]


def test_t2_of_one_component_is_the_square_of_students_t():
    rng = np.random.default_rng(2)
    loadings = rng.normal(size=(60, 1))
    listed = np.zeros((2, 60), bool)
    listed[0, :20] = True
    listed[1, :3] = True  # too few
    hubs = space.find_hubs(loadings, listed, np.ones(60))
    t = stats.ttest_ind(loadings[:20, 0], loadings[20:, 0]).statistic
    assert hubs.statistic[0] == pytest.approx(t**2)
    assert np.isnan(hubs.statistic[1])
    assert hubs.p[1] == 1


def test_no_hub_is_flagged_without_one():
    flagged = [space.hub_free_space(ranked(w), w.listed, w.detection).flagged.sum() for w in map(world, range(4))]
    assert sum(flagged) <= 1


@pytest.mark.parametrize("listed_share", [1.0, 0.5])
def test_a_hub_leaves_the_space(listed_share):
    w = world(3, hub=0.8, listed_share=listed_share)
    found = space.hub_free_space(ranked(w), w.listed, w.detection)
    assert found.flagged[0]
    # the miRNA is seen in the space that it chooses, and hardly in the other
    u = rankdata(w.x[0]) - np.array([rankdata(w.x[0])[w.types == t].mean() for t in range(4)])[w.types]
    before = space.principal_components(ranked(w))

    def explained(points):
        within = points - np.array([points[w.types == t].mean(axis=0) for t in range(4)])[w.types]
        fit = np.linalg.lstsq(within, u, rcond=None)[0]
        return 1 - (u - within @ fit).var() / u.var()

    assert explained(before) > 0.5
    assert explained(found.points) < 0.25
    assert found.left_out.sum() <= 0.5 * len(w.y)
    if listed_share == 1:
        assert found.left_out[w.listed[0]].all()


def test_at_most_half_of_the_genes_go_the_strongest_first():
    loaders = np.zeros((3, 10), bool)
    loaders[0, :4], loaders[1, 3:9] = True, True
    hubs = space.Hubs(np.array([5.0, 9.0, np.nan]), np.zeros(3), np.array([True, True, False]), loaders)
    out, spared = space.to_leave_out(hubs)
    assert out.tolist() == [False] * 3 + [True] * 5 + [False] * 2
    assert spared == 4
