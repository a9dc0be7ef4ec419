"""Covariates and factors taken off by local means, against a weighted regression in each list."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tests.kernels import local_oracle as oracle

from csmir.kernels import neighbors
from csmir.kernels.local_adjust import Adjustment, lay_ground
from csmir.kernels.local_candidates import candidates, candidates_by_prefix, n_eff_of
from csmir.kernels.local_inference import count_below, with_p
from csmir.kernels.local_moments import join, measure
from csmir.kernels.two_steps import means_of_lists


def world(rng, kind: str, n: int):
    points = rng.normal(size=(n, 2)) * [4, 1]
    if kind == "groups":
        return means_of_lists(*neighbors.from_groups(np.arange(n) % 3))
    return means_of_lists(*neighbors.from_points(points, 120), points)


@pytest.mark.parametrize("kind", ["two steps", "groups"])
@pytest.mark.parametrize(("known", "f"), [(4, 0), (0, 3), (4, 3)])
def test_correlations_are_those_of_residuals(kind, known, f):
    rng = np.random.default_rng(0)
    n = 240
    means = world(rng, kind, n)
    common = rng.random((n, 4))
    common[:, 1] = np.arange(n) % 3 == 0  # constant in each group
    common[:, 3] = common[:, 0] - common[:, 2]  # explained by those before
    basis, loadings = rng.normal(size=(n, 5)), rng.normal(size=(3, 5, f))
    loadings[1, :, 1:2] = 2 * loadings[1, :, :1]  # a factor again
    values_x, values_y = (rng.gamma(2, size=(g, n)) * (rng.random((g, n)) > 0.3) for g in (3, 70))
    values_x[:, :] *= np.exp(common[:, 0] + 0.3 * basis[:, 0])
    values_y[:, :] *= np.exp(common[:, 0] - 0.3 * basis[:, 0])
    adjustment = Adjustment(common[:, :known], basis if f else None, loadings if f else None)
    ground = lay_ground(adjustment, means)
    x, y = measure(values_x, means, ground=ground), measure(values_y, means, ground=ground)
    joined = join((measure(values_y[a : a + 30], means, ground=ground) for a in (0, 30, 60)), len(values_y))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(y, joined, strict=True))
    pair_x, pair_y = np.repeat(np.arange(3), 70), np.tile(np.arange(70), 3)
    w, smoother = oracle.weights(means)
    known_scores = [c - smoother @ c for c in common[:, :known].T]
    factors = [[c - smoother @ c for c in (basis @ m).T] for m in loadings]
    prefixes = (0, 1, 3) if f else (0,)
    found = candidates_by_prefix(x, y, means, pair_x, pair_y, ground=ground, prefixes=prefixes)
    for p, prefix in enumerate(prefixes):
        alone = candidates(x, y, means, pair_x, pair_y, ground=ground, n_factors=prefix)
        assert all(a.tobytes() == b.tobytes() for a, b in zip(alone, found[p], strict=True))
        for row in range(0, len(w), max(1, len(w) // 5)):
            here = slice(*alone.indptr[row : row + 2])
            for q, rho, shape in list(zip(alone.pair[here], alone.rho[here], alone.shape[here], strict=True))[::23]:
                columns = known_scores + factors[pair_x[q]][:prefix]
                columns = oracle.kept_columns(columns, w[row])
                assert shape["kept"] == len(columns)
                u, v = (oracle.scores(g, smoother) for g in (values_x[pair_x[q]], values_y[pair_y[q]]))
                expected = [
                    oracle.correlation(*(oracle.left(s[k], columns, w[row]) for s in (u, v)), w[row]) for k in (0, 1)
                ]
                assert np.abs(expected - rho).min() < 1e-5


def test_degrees_of_freedom_are_less_what_is_kept():
    rng = np.random.default_rng(1)
    n = 60
    means = means_of_lists(*neighbors.from_groups(np.zeros(n, int)))
    common = rng.random((n, 2))
    x, y = (stats.rankdata(rng.normal(size=n) + common[:, 0] * 2) for _ in range(2))
    ground = lay_ground(Adjustment(common), means)
    sides = [measure(values[None], means, ground=ground) for values in (x, y)]
    found = with_p(*candidates(*sides, means, [0], [0], ground=ground), n_eff_of(means))
    design = np.column_stack([np.ones(n), common])
    rest = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (x, y)]
    rho = stats.pearsonr(*rest).statistic
    assert found.rho[0] == pytest.approx(rho, abs=1e-6)
    t = rho * np.sqrt((n - 4) / (1 - rho**2))
    assert found.p[0] == pytest.approx(stats.t.cdf(t, n - 4), rel=0.02)  # a little more for kurtosis


def test_what_covariates_explain_wholly_is_not_tested():
    rng = np.random.default_rng(2)
    n = 90
    means = world(rng, "groups", n)
    x, y = rng.random((2, n)) + 1, rng.random((1, n)) + 1
    ground = lay_ground(Adjustment(stats.rankdata(x[:1], axis=1).T / n), means)
    sides = [measure(values, means, ground=ground) for values in (x, y)]
    found = candidates(*sides, means, [0, 1], [0, 0], ground=ground)
    assert np.unique(found.pair).tolist() == [1]


@pytest.mark.parametrize("f", [1, 2])
def test_hidden_factors_make_no_edges_once_they_are_held(f):
    """Genes of one hidden program each: without factors most pairs go together, with them the error is nominal."""
    rng = np.random.default_rng(3)
    n, n_genes = 400, 300
    hidden = rng.normal(size=(n, f))
    means = means_of_lists(*neighbors.from_groups(np.arange(n) % 2))
    x, y = (np.exp(rng.normal(size=(n_genes, n)) + rng.normal(size=(n_genes, f)) @ hidden.T) for _ in range(2))
    loadings = np.broadcast_to(np.eye(f), (n_genes, f, f))
    ground = lay_ground(Adjustment(np.zeros((n, 0)), hidden, loadings), means)
    sides = [measure(values, means, ground=ground) for values in (x, y)]
    pairs = np.arange(n_genes), np.arange(n_genes)
    below, tested = count_below(*sides, means, *pairs, ground=ground, prefixes=(0, f), alpha=0.05)
    assert tested.tolist() == [n] * n_genes
    share = below.sum(axis=1) / tested.sum()
    assert share[0] > 0.2
    assert stats.binomtest(round(share[1] * 2 * n_genes), 2 * n_genes, 0.05, alternative="greater").pvalue > 1e-3
