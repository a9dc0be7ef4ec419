"""Partial correlations given other miRNAs, against numpy, and which member of a cluster is called."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from csmir.kernels import direct
from csmir.kernels.local_p import student_p


def mean_by(w):
    return lambda values: w @ values


def test_partial_is_that_of_weighted_residuals():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(80, 5)) @ rng.normal(size=(5, 5))
    w = rng.random((3, 80))
    w /= w.sum(axis=1, keepdims=True)
    n_eff = 1 / (w**2).sum(axis=1)
    found = direct.partial(scores, mean_by(w), n_eff)
    for i in range(3):
        root = np.sqrt(w[i])[:, None]
        design = root * np.column_stack([np.ones(80), scores[:, 2:]])
        u, v = (root[:, 0] * scores[:, j] for j in (0, 1))
        u, v = (s - design @ np.linalg.lstsq(design, s, rcond=None)[0] for s in (u, v))
        expected = u @ v / np.sqrt(u @ u * (v @ v))
        assert found.rho[i] == pytest.approx(expected, abs=0.02)  # the ridge
    np.testing.assert_allclose(found.freedom, n_eff - 5)


def test_covariates_that_do_not_vary_change_nothing():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(50, 3))
    w = np.full((1, 50), 1 / 50)
    plain = direct.partial(scores, mean_by(w), np.array([50.0]))
    padded = direct.partial(np.column_stack([scores, np.zeros(50)]), mean_by(w), np.array([50.0]))
    np.testing.assert_allclose(padded.rho, plain.rho)
    np.testing.assert_allclose(padded.freedom, plain.freedom)
    flat = direct.partial(np.column_stack([np.zeros(50), scores[:, 1:]]), mean_by(w), np.array([50.0]))
    assert np.isnan(flat.rho).all()


def test_the_member_that_acts_is_called_alone():
    rng = np.random.default_rng(2)
    hits, false = 0, 0
    for _ in range(30):
        common = rng.normal(size=400)
        members = np.sqrt(0.8) * common[:, None] + np.sqrt(0.2) * rng.normal(size=(400, 6))
        target = -0.8 * members[:, 0] + rng.normal(size=400)
        w = np.full((1, 400), 1 / 400)
        for r in range(6):
            others = np.delete(np.arange(6), r)
            found = direct.partial(
                np.column_stack([members[:, r], target, members[:, others]]), mean_by(w), np.array([400.0])
            )
            p = student_p(found.rho, found.freedom + 2)[0]
            hits += (r == 0) & (p < 0.01)
            false += (r > 0) & (p < 0.01)
            marginal = stats.pearsonr(members[:, r], target, alternative="less").pvalue
            assert marginal < 0.01  # all of them without it
    assert hits >= 27
    assert false <= 6  # of 150 at 1 %


def test_noise_of_the_others_is_taken_off():
    """The regulator is measured with error: what is left of it is no longer its sister's."""
    rng = np.random.default_rng(3)
    n, wrong, right = 400, {True: 0, False: 0}, 0
    w, n_eff, noise = np.full((1, n), 1 / n), np.array([float(n)]), np.full((n, 1), 0.15)
    for _ in range(300):
        common = rng.normal(size=n)
        regulator, sister = (np.sqrt(0.7) * common + np.sqrt(0.3) * rng.normal(size=n) for _ in range(2))
        target = -0.8 * regulator + rng.normal(size=n)
        seen = regulator + np.sqrt(0.15) * rng.normal(size=n)
        for known in (True, False):
            found = direct.partial(np.column_stack([sister, target, seen]), mean_by(w), n_eff, noise if known else None)
            wrong[known] += student_p(found.rho, found.freedom + 2)[0] < 0.05
        found = direct.partial(np.column_stack([seen, target, sister]), mean_by(w), n_eff)
        right += student_p(found.rho, found.freedom + 2)[0] < 0.05
    assert wrong[False] > 75
    assert wrong[True] <= 26  # of 300 at 5 %: 15, and three standard deviations
    assert right == 300


def test_coefficients_solve_the_corrected_equations():
    rng = np.random.default_rng(4)
    scores = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 5))
    w = rng.random((1, 200))
    w /= w.sum()
    noise = 0.02 * rng.random((200, 2))
    found = direct.partial(scores, mean_by(w), 1 / (w**2).sum(axis=1), noise)
    around = scores - w @ scores
    s = (around * w.T).T @ around
    s += 1e-3 * np.diag(np.diag(s))
    clean = s[2:, 2:] - np.diag([*(w @ noise)[0], 0])
    of_mirna, of_mrna = (np.r_[np.eye(2)[i], -np.linalg.solve(clean, s[2:, i])] for i in (0, 1))
    expected = s[0, 1] + of_mirna[2:] @ s[2:, 1]
    expected /= np.sqrt((of_mirna @ s @ of_mirna) * (of_mrna @ s @ of_mrna))
    assert found.rho[0] == pytest.approx(expected, abs=1e-9)


def test_no_combination_loses_more_than_half():
    given = np.array([[[1.0, 0.9], [0.9, 1.0]]] * 3)
    share = np.array([[0.0, 0.0], [0.04, 0.04], [0.3, 0.2]])
    kept = direct._held(given, share)
    assert kept[0] == kept[1] == 1
    assert kept[2] < 0.5
    left = np.linalg.eigvals(np.linalg.inv(given[2]) @ (given[2] - kept[2] * np.diag(share[2])))
    assert left.min() == pytest.approx(0.5)


def test_nothing_to_adjust_for():
    rng = np.random.default_rng(5)
    scores = rng.normal(size=(60, 2))
    w = np.full((1, 60), 1 / 60)
    found = direct.partial(scores, mean_by(w), np.array([60.0]), np.zeros((60, 0)))
    assert found.rho[0] == pytest.approx(stats.pearsonr(*scores.T).statistic, abs=2e-3)


def test_others_are_the_most_correlated():
    correlation = np.array([0.1, -0.9, 0.5, 0.5, 1.0])
    assert direct.others_of(4, np.array([0, 1, 2, 3, 4]), correlation, 2).tolist() == [1, 2]
    assert direct.others_of(4, np.array([0, 4]), correlation).tolist() == [0]


def test_sets_join_what_is_alike():
    alike = np.zeros((5, 5), bool)
    alike[0, 2] = alike[2, 0] = alike[2, 4] = alike[4, 2] = True
    sets = direct.sets_of(np.array([0, 1, 2, 4]), alike)
    assert sets[0] == sets[2] == sets[3] != sets[1]
