"""The local test against numpy and scipy, its error on null data, and what it finds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats
from tests.kernels import local_oracle as oracle

from csmir.kernels import local_p, neighbors
from csmir.kernels.local_candidates import candidates, count_tested, lists_of, n_eff_of, pack_genes, seen_in_lists
from csmir.kernels.local_inference import with_p
from csmir.kernels.local_moments import join, measure
from csmir.kernels.sides import halves
from csmir.kernels.two_steps import means_of_lists


def data(rng, n_genes: int, n_cells: int, dropout: float = 0.0) -> np.ndarray:
    return rng.gamma(2, size=(n_genes, n_cells)) * (rng.random((n_genes, n_cells)) >= dropout)


def every_pair(n_x: int, n_y: int) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(np.arange(n_x), n_y), np.tile(np.arange(n_y), n_x)


def near(points, *sizes):
    return means_of_lists(*neighbors.from_points(points, *sizes), points)


def groups(labels):
    return means_of_lists(*neighbors.from_groups(labels))


def entries(x, y, means, pairs, **options):
    found = candidates(x, y, means, *pairs, **options)
    return with_p(*found, n_eff_of(means), **options)


def dense(found, n_pairs: int, what: str) -> np.ndarray:
    out = np.full((len(found.indptr) - 1, n_pairs), np.nan)
    row = np.repeat(np.arange(len(out)), np.diff(found.indptr))
    out[row, found.pair] = getattr(found, what)
    return out


def test_scores_by_hand():
    values = np.array([[0.0, 5, 1, 0, 3]])  # ranks 1.5 5 3 1.5 4, less a half, over 5
    means = groups(np.zeros(5, int))
    genes = measure(values, means)
    ranks = np.array([0.2, 0.9, 0.5, 0.2, 0.7])
    np.testing.assert_allclose(genes.scores[1, 0], ranks - 0.5, atol=1e-7)  # lowest
    np.testing.assert_allclose(genes.scores[0, 0], [0, 0.2, -0.2, 0, 0], atol=1e-7)  # missing: detected mean 0.7
    assert genes.has_zeros.tolist() == [True]
    np.testing.assert_allclose(genes.seen, 0.6, rtol=1e-6)
    floored = measure(values + 0.01, means, floor=0.01)
    np.testing.assert_array_equal(floored.scores, genes.scores)
    negative = measure(np.array([[-2.0, 3, -1, -2, 1]]), means, floor=-2.0)  # values below 0 rank like others
    np.testing.assert_array_equal(negative.scores, genes.scores)


def neighbourhoods(rng, kind: str, n: int):
    points = rng.normal(size=(n, 2)) * [4, 1]
    if kind == "groups":
        return groups(rng.integers(-1, 3, n))
    lists, smoother = neighbors.from_points(points, 130 if kind == "two steps" else 60, 11)
    return means_of_lists(halves(points, lists) if kind == "sides" else lists, smoother, points)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("kind", ["list", "two steps", "groups", "sides"])
def test_correlations_and_moments_are_those_of_numpy(kind, dropout):
    rng = np.random.default_rng(0)
    n = 210
    means = neighbourhoods(rng, kind, n)
    assert len(means.steps) == (2 if kind == "two steps" else 1)
    w, smoother = oracle.weights(means)
    np.testing.assert_allclose(w.sum(axis=1), 1, rtol=1e-6)
    values_x, values_y = data(rng, 3, n, dropout), data(rng, 150, n, dropout)  # more mRNAs than lanes
    values_x[2], values_y[0] = rng.random(n) + 1, rng.random(n) + 1  # no zeros
    x, y = measure(values_x, means), measure(values_y, means)
    u, v = ([oracle.scores(g, smoother) for g in values] for values in (values_x, values_y))
    pair_x, pair_y = (p[rng.permutation(450)[:400]] for p in every_pair(3, 150))
    found, n_eff = candidates(x, y, means, pair_x, pair_y), n_eff_of(means)
    for row in range(0, len(w), max(1, len(w) // 7)):
        here = slice(*found.indptr[row : row + 2])
        kinds = {}
        for at in range(here.start, here.stop):
            kinds.setdefault(found.pair[at], []).append(at)
        assert len(kinds) == 400
        for q, at in list(kinds.items())[::9]:
            one, other = u[pair_x[q]], v[pair_y[q]]
            expected = [oracle.correlation(one[k], other[k], w[row]) for k in (0, 1)]
            zeros = not (one[2].all() and other[2].all())
            # missing values are left out where chance would detect both genes in fewer than 5 cells
            zeros &= n_eff[row] * (w[row] @ one[2]) * (w[row] @ other[2]) >= 5
            assert len(at) == (2 if zeros else 1)
            np.testing.assert_allclose(found.rho[at], expected if zeros else expected[1:], atol=1e-6)
            skewness, kurtosis = np.ones(2), np.ones(2)
            for scores in (u[pair_x[q]][:2], v[pair_y[q]][:2]):
                for k in (0, 1):
                    centred = scores[k] - w[row] @ scores[k]
                    variance = w[row] @ centred**2
                    skewness[k] *= w[row] @ centred**3 / variance**1.5
                    kurtosis[k] *= w[row] @ centred**4 / variance**2 - 3
            second = (w[row] ** 2).sum()
            skewness *= (w[row] ** 3).sum() / second**1.5
            kurtosis *= (w[row] ** 4).sum() / second**2
            shape = found.shape[at]
            np.testing.assert_allclose(shape["skewness"], skewness if zeros else skewness[1:], atol=1e-5)
            np.testing.assert_allclose(shape["kurtosis"], kurtosis if zeros else kurtosis[1:], atol=1e-5)
            assert (shape["kinds"] == len(at)).all()


def test_one_list_of_all_cells_is_spearman():
    rng = np.random.default_rng(1)
    x, y = data(rng, 1, 40), data(rng, 1, 40)
    means = groups(np.zeros(40, int))
    for alternative in ("less", "greater", "two-sided"):
        expected = stats.spearmanr(x[0], y[0], alternative=alternative)
        found = entries(measure(x, means), measure(y, means), means, ([0], [0]), alternative=alternative)
        assert found.rho[0] == pytest.approx(expected.statistic, abs=1e-6)
        # 1.44 / 40 more kurtosis than normal scores: a slightly larger p, no zeros and hence not doubled
        assert expected.pvalue <= found.p[0] * (1 + 1e-6)
        assert found.p[0] == pytest.approx(expected.pvalue, rel=0.03)


def test_student_p_is_that_of_scipy():
    rng = np.random.default_rng(2)
    for _ in range(20):
        u, v = rng.normal(size=(2, rng.integers(4, 60)))
        expected = stats.pearsonr(u, v, alternative="less")
        assert local_p.student_p(expected.statistic, len(u)) == pytest.approx(expected.pvalue, rel=1e-9)
        flat = local_p.lower_p(np.array([expected.statistic]), np.array([len(u)]), np.zeros(1), np.zeros(1))
        assert flat[0] == pytest.approx(expected.pvalue, rel=1e-7)


def test_critical_rho_inverts_p():
    n_eff = np.array([2.5, 3.5, 10, 200])
    limit = local_p.critical_rho(n_eff, 0.01)
    assert limit[0] > 1
    np.testing.assert_allclose(local_p.student_p(-limit[1:], n_eff[1:]), 0.01, rtol=1e-9)
    looser = local_p.limits_of(n_eff, np.array([0.5, 0.01]), -1)
    assert (looser[:, 1, 0] <= limit).all()
    assert (looser[2:, 1, 0] > 0.98 * limit[2:]).all()
    np.testing.assert_allclose(looser[3, 1, 1], local_p.critical_rho(n_eff[3:], 0.005), rtol=0.01)


@pytest.mark.parametrize(
    ("kind", "share_x", "share_y"),
    [("lowest", 0.1, 0.1), ("lowest", 0.1, 0.9), ("lowest", 0.3, 0.2), ("missing", 0.1, 0.9), ("missing", 0.3, 0.2)],
)
@pytest.mark.parametrize("side", [1, -1])
def test_tails_of_sparse_genes_hold_against_permutations(kind, share_x, share_y, side):
    rng = np.random.default_rng(3)
    n = 200
    scores = []
    for share in (share_x, share_y):
        u = rng.normal(size=n)
        u = u - u.min() + 0.5 if kind == "lowest" else u - u[: round(share * n)].mean()
        u[round(share * n) :] = 0
        u -= u.mean()
        scores.append(u / np.sqrt((u**2).mean()))
    u, v = scores
    permuted = np.array([v[rng.permutation(n)] for _ in range(20_000)])
    rho = side * permuted @ u / n
    skewness = side * (u**3).mean() * (v**3).mean() / np.sqrt(n)
    kurtosis = ((u**4).mean() - 3) * ((v**4).mean() - 3) / n
    p = local_p.lower_p(rho, np.full(20_000, n), np.full(20_000, skewness), np.full(20_000, kurtosis))
    for alpha in (0.001, 0.01, 0.05):
        assert stats.binomtest(int((p <= alpha).sum()), 20_000, 1.1 * alpha, alternative="greater").pvalue > 1e-3


def test_kinds_are_combined_by_bonferroni():
    rng = np.random.default_rng(4)
    n = 80
    means = near(rng.normal(size=(n, 2)), 46)
    x, y = measure(data(rng, 4, n, 0.2), means), measure(data(rng, 6, n, 0.3), means)
    found = candidates(x, y, means, *every_pair(4, 6))
    both = with_p(*found, n_eff_of(means))
    assert np.diff(both.indptr).tolist() == [24] * n
    single = found.shape.copy()
    single["kinds"] = 1
    least = np.full((n, 24), np.inf)
    rho = np.zeros((n, 24))
    row = np.repeat(np.arange(n), np.diff(found.indptr))
    for e in range(len(row)):
        one = slice(e, e + 1)
        p = with_p(np.array([0, 1]), found.pair[one], found.rho[one], single[one], n_eff_of(means)[row[one]]).p[0]
        if p < least[row[e], found.pair[e]]:
            least[row[e], found.pair[e]], rho[row[e], found.pair[e]] = p, found.rho[e]
    np.testing.assert_allclose(dense(both, 24, "p"), np.minimum(2 * least, 1), rtol=1e-12)
    np.testing.assert_allclose(dense(both, 24, "rho")[least < 0.5], rho[least < 0.5])


@pytest.mark.parametrize("alternative", ["less", "greater", "two-sided"])
def test_candidates_and_blocks_change_nothing(alternative):
    rng = np.random.default_rng(5)
    n = 300
    x, y = data(rng, 5, n, 0.5), data(rng, 150, n, 0.5)
    x[1] = 0  # never detected: not tested
    means = near(rng.normal(size=(n, 2)), 130)
    measured = measure(x, means)
    pair_x, pair_y = every_pair(5, 150)
    every = entries(measured, measure(y, means), means, (pair_x, pair_y), alternative=alternative)
    assert not np.isin(every.pair, np.arange(150, 300)).any()
    cuts = [0, 1, 40, 110, 150]
    parts = [measure(y[a:b], means) for a, b in itertools.pairwise(cuts)]
    whole = measure(y, means)
    for field in range(7):
        assert join(parts, whole.n_genes)[field].tobytes() == whole[field].tobytes()
    for part, a, b in zip(parts, cuts[:-1], cuts[1:], strict=True):
        some = (pair_y >= a) & (pair_y < b)
        found = entries(measured, part, means, (pair_x[some], pair_y[some] - a), alternative=alternative)
        for what in ("rho", "p"):
            np.testing.assert_array_equal(dense(found, some.sum(), what), dense(every, 750, what)[:, some])
    few = entries(measured, whole, means, (pair_x, pair_y), alpha=0.03, alternative=alternative)
    keep = every.p <= 0.03
    assert 100 < keep.sum() < 0.1 * len(keep)
    np.testing.assert_array_equal(few.pair, every.pair[keep])
    np.testing.assert_array_equal(few.p, every.p[keep])


def test_pairs_are_tested_where_both_genes_are_seen():
    rng = np.random.default_rng(10)
    n = 90
    detected = rng.random((70, n)) < 0.02
    for means in (near(rng.normal(size=(n, 2)), 12), groups(np.arange(n) % 20)):
        w, _ = oracle.weights(means)
        bits = seen_in_lists(pack_genes(detected), means)
        seen = np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little")[:, :70].astype(bool)
        np.testing.assert_array_equal(seen, (w @ detected.T > 0)[lists_of(means)])
        pair_x, pair_y = rng.integers(0, 70, (2, 300))
        expected = (seen[:, pair_x] & seen[:, pair_y]).sum(axis=1)
        assert 0 < expected.mean() < 300
        np.testing.assert_array_equal(count_tested(bits, bits, pair_x, pair_y), expected)


@pytest.mark.parametrize("sign", [-1, 1])
def test_regulation_is_found_where_it_is_with_its_sign(sign):
    rng = np.random.default_rng(6)
    n = 600
    place = rng.random(n)
    x = rng.normal(5, 1, (1, n))
    y = rng.normal(10, 1, (20, n))
    y[0] += np.where(place < 0.4, 2 * sign * (x[0] - 5), 0)
    means = near(place[:, None])
    assert len(means.steps) == 2
    measured, pairs = (measure(x, means), measure(y, means)), (np.zeros(20, int), np.arange(20))
    here, far = place < 0.3, place > 0.6
    alike = entries(*measured, means, pairs, alternative="less" if sign < 0 else "greater")
    against = entries(*measured, means, pairs, alternative="greater" if sign < 0 else "less")
    p, other = dense(alike, 20, "p"), dense(against, 20, "p")
    assert (p[here, 0] < 1e-6).all()
    assert (p[far, 0] > 1e-3).all()
    assert (sign * dense(alike, 20, "rho")[here, 0] > 0.5).all()
    assert (other[here, 0] > 0.9).all()


@pytest.mark.parametrize("structure", ["groups", "trajectory"])
@pytest.mark.parametrize("listed", [90, 150])
def test_genes_that_follow_cell_types_are_not_correlated_for_that(structure, listed):
    rng = np.random.default_rng(7)
    n = 300
    place = np.arange(n) % 3 if structure == "groups" else rng.uniform(0, 2, n)
    x, y = (np.cos(np.pi / 2 * place) * 3 + rng.normal(size=(1500, n)) + 10 for _ in range(2))
    together = stats.spearmanr(x[0], y[0])
    assert together.statistic > 0.5
    means = near(place[:, None] + 0.02 * rng.normal(size=(n, 1)), listed)
    pairs = np.arange(1500), np.arange(1500)
    p = dense(entries(measure(x, means), measure(y, means), means, pairs, alternative="greater"), 1500, "p")
    for k in (0, 150):
        for alpha in (0.01, 0.05):
            assert stats.binomtest(int((p[k] <= alpha).sum()), 1500, alpha, alternative="greater").pvalue > 1e-3


@pytest.mark.parametrize("n", [19, 60, 300, 500])
@pytest.mark.parametrize("dropout", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("counts", [False, True])
def test_error_on_independent_data_is_at_most_nominal(n, dropout, counts):
    """Each pair has genes of its own and one cell is looked at: tests are independent, the bound is binomial."""
    rng = np.random.default_rng(8)
    n_pairs = 2000
    x, y = data(rng, n_pairs, n, dropout), data(rng, n_pairs, n, dropout)
    if counts:
        x, y = np.floor(x), np.floor(y)
    means = near(rng.normal(size=(n, 2)))
    pairs = np.arange(n_pairs), np.arange(n_pairs)
    p = dense(entries(measure(x, means), measure(y, means), means, pairs, alpha=0.1), n_pairs, "p")[3]
    for alpha in (0.01, 0.05):
        assert stats.binomtest(int((p <= alpha).sum()), n_pairs, alpha, alternative="greater").pvalue > 1e-3
