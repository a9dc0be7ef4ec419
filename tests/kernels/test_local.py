"""The local test against numpy and scipy, its error on null data, and what it finds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from csmir.kernels import local_p, neighbors
from csmir.kernels.fdr import adjust
from csmir.kernels.local import correlate, order_pairs
from csmir.kernels.local_inference import local_entries
from csmir.kernels.local_scores import make_scores, smooth


def data(rng, n_genes: int, n_cells: int, dropout: float = 0.0) -> np.ndarray:
    return rng.gamma(2, size=(n_genes, n_cells)) * (rng.random((n_genes, n_cells)) >= dropout)


def every_pair(n_x: int, n_y: int) -> tuple[np.ndarray, np.ndarray]:
    return np.repeat(np.arange(n_x), n_y), np.tile(np.arange(n_y), n_x)


def dense(entries, n_pairs: int, what: str) -> np.ndarray:
    out = np.full((len(entries.indptr) - 1, n_pairs), np.nan)
    row = np.repeat(np.arange(len(out)), np.diff(entries.indptr))
    out[row, entries.pair] = getattr(entries, what)
    return out


def dense_q(entries, n_pairs: int) -> np.ndarray:
    q = adjust(entries.p, entries.indptr, entries.n_tested)
    return np.nan_to_num(dense(entries._replace(p=q), n_pairs, "p"), nan=1.0)


def test_scores_by_hand():
    values = np.array([[0.0, 5, 1, 0, 3]])  # ranks 1.5 5 3 1.5 4, less a half, over 5
    _, smoother = neighbors.from_groups(np.zeros(5, int))
    scores = make_scores(values, smoother)
    ranks = np.array([0.2, 0.9, 0.5, 0.2, 0.7])
    np.testing.assert_allclose(scores.scores[1, :, 0], ranks - 0.5, atol=1e-7)  # lowest
    np.testing.assert_allclose(scores.scores[0, :, 0], [0, 0.2, -0.2, 0, 0], atol=1e-7)  # missing: detected mean 0.7
    assert scores.has_zeros.tolist() == [True]
    floored = make_scores(values + 0.01, smoother, floor=0.01)
    np.testing.assert_array_equal(floored.scores, scores.scores)
    assert len(make_scores(values, smoother, zeros="lowest").scores) == 1


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_correlations_are_those_of_numpy(dropout):
    rng = np.random.default_rng(0)
    n = 90
    lists, smoother = neighbors.from_points(rng.normal(size=(n, 2)), 37, 11)
    x, y = (make_scores(data(rng, g, n, dropout), smoother) for g in (3, 260))  # more mRNAs than a tile
    pair_x, pair_y = every_pair(3, 260)
    pick = rng.permutation(len(pair_x))[:500]
    pairs = order_pairs(pair_x[pick], pair_y[pick], 260)
    block = correlate(x, y, lists, pairs, 5, 60)
    for i in (0, 17, 54):
        cells = lists.indices[lists.indptr[5 + i] : lists.indptr[6 + i]]
        w = lists.weights[lists.indptr[5 + i] : lists.indptr[6 + i]].astype(float)
        for q in range(0, 500, 7):
            for kind in (0, 1):
                u, v = (s.scores[kind, cells, g] for s, g in ((x, pairs.mirna[q]), (y, pairs.mrna[q])))
                c = np.cov(u, v, aweights=w, ddof=0)
                assert block.rho[kind, i, q] == pytest.approx(c[0, 1] / np.sqrt(c[0, 0] * c[1, 1]), abs=2e-6)
        u = y.scores[0, cells, 7].astype(float)
        z = (u - np.average(u, weights=w)) / np.sqrt(np.cov(u, aweights=w, ddof=0))
        assert block.y[0, i, 7] == pytest.approx(
            [np.average(z**3, weights=w), np.average(z**4, weights=w) - 3], abs=1e-4
        )
        assert block.seen_x[i, 1] == pytest.approx(w[x.detected[cells, 1]].sum(), abs=1e-6)


def test_one_list_of_all_cells_is_spearman():
    rng = np.random.default_rng(1)
    x, y = data(rng, 1, 40), data(rng, 1, 40)
    lists, smoother = neighbors.from_groups(np.zeros(40, int))
    pairs = order_pairs([0], [0], 1)
    for alternative in ("less", "greater", "two-sided"):
        expected = stats.spearmanr(x[0], y[0], alternative=alternative)
        entries = local_entries(
            make_scores(x, smoother), make_scores(y, smoother), lists, pairs, 0, 1, alternative=alternative
        )
        assert entries.rho[0] == pytest.approx(expected.statistic, abs=1e-6)
        # 1.44 / 40 more kurtosis than normal scores: a slightly larger p, no zeros and hence not doubled
        assert expected.pvalue <= entries.p[0] * (1 + 1e-6)
        assert entries.p[0] == pytest.approx(expected.pvalue, rel=0.03)


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
    x, y = data(rng, 4, n, 0.2), data(rng, 6, n, 0.3)
    y[0] = rng.random(n) + 1  # no zeros
    x[0] = rng.random(n) + 1
    lists, smoother = neighbors.from_points(rng.normal(size=(n, 2)), 46)
    pairs = order_pairs(*every_pair(4, 6), 6)
    p = {
        zeros: dense(
            local_entries(
                make_scores(x, smoother, zeros=zeros), make_scores(y, smoother, zeros=zeros), lists, pairs, 0, n
            ),
            24,
            "p",
        )
        for zeros in ("lowest", "missing", "both")
    }
    np.testing.assert_allclose(
        p["both"][:, 1:], np.minimum(2 * np.minimum(p["lowest"], p["missing"]), 1)[:, 1:], rtol=1e-6
    )
    np.testing.assert_allclose(p["both"][:, 0], p["lowest"][:, 0], rtol=1e-3)


@pytest.mark.parametrize("alternative", ["less", "greater", "two-sided"])
def test_candidates_and_blocks_change_nothing(alternative):
    rng = np.random.default_rng(5)
    n = 70
    x, y = data(rng, 5, n, 0.5), data(rng, 300, n, 0.5)
    x[1] = 0  # never detected: not tested
    lists, smoother = neighbors.from_points(rng.normal(size=(n, 2)))
    scores = make_scores(x, smoother), make_scores(y, smoother)
    pairs = order_pairs(*every_pair(5, 300), 300)
    every = local_entries(*scores, lists, pairs, 0, n, alternative=alternative)
    assert (every.n_tested == np.diff(every.indptr)).all()
    assert not np.isin(every.pair, np.arange(300, 600)).any()
    parts = [local_entries(*scores, lists, pairs, a, min(a + 9, n), alternative=alternative) for a in range(0, n, 9)]
    for field in ("pair", "rho", "p", "n_tested"):
        joined = np.concatenate([getattr(part, field) for part in parts])
        assert joined.tobytes() == getattr(every, field).tobytes()
    few = local_entries(*scores, lists, pairs, 0, n, alpha=0.03, alternative=alternative)
    keep = every.p <= 0.03
    assert 100 < keep.sum() < 0.1 * len(keep)
    np.testing.assert_array_equal(few.pair, every.pair[keep])
    np.testing.assert_array_equal(few.p, every.p[keep])
    np.testing.assert_array_equal(few.n_tested, every.n_tested)


@pytest.mark.parametrize("alternative", ["less", "two-sided"])
@pytest.mark.parametrize("fdr", [0.05, 0.5])
def test_nothing_that_can_be_rejected_is_left_out(alternative, fdr):
    rng = np.random.default_rng(9)
    n = 200
    x, y = data(rng, 10, n, 0.3), data(rng, 80, n, 0.3)
    y[:30] *= np.exp(-1.5 * x[0] * (np.arange(n) < 100))  # in half of the cells
    lists, smoother = neighbors.from_points(np.arange(n)[:, None] * 1.0)
    scores = make_scores(x, smoother), make_scores(y, smoother)
    pairs = order_pairs(*every_pair(10, 80), 80)
    every = local_entries(*scores, lists, pairs, 0, n, alternative=alternative)
    few = local_entries(*scores, lists, pairs, 0, n, fdr=fdr, alternative=alternative)
    assert len(few.p) < 0.6 * len(every.p)
    q, q_few = (dense_q(e, 800) for e in (every, few))
    rejected = q <= fdr
    assert rejected.sum() > 500
    np.testing.assert_array_equal(q_few <= fdr, rejected)
    np.testing.assert_allclose(q_few[rejected], q[rejected], rtol=1e-12)


@pytest.mark.parametrize("sign", [-1, 1])
def test_regulation_is_found_where_it_is_with_its_sign(sign):
    rng = np.random.default_rng(6)
    n = 600
    place = rng.random(n)
    x = rng.normal(5, 1, (1, n))
    y = rng.normal(10, 1, (20, n))
    y[0] += np.where(place < 0.4, 2 * sign * (x[0] - 5), 0)
    lists, smoother = neighbors.from_points(place[:, None])
    scores = make_scores(x, smoother), make_scores(y, smoother)
    pairs = order_pairs(np.zeros(20, int), np.arange(20), 20)
    here, far = place < 0.3, place > 0.6
    alike = local_entries(*scores, lists, pairs, 0, n, alternative="less" if sign < 0 else "greater")
    against = local_entries(*scores, lists, pairs, 0, n, alternative="greater" if sign < 0 else "less")
    p, other = dense(alike, 20, "p"), dense(against, 20, "p")
    assert (p[here, 0] < 1e-6).all()
    assert (p[far, 0] > 1e-3).all()
    assert (sign * dense(alike, 20, "rho")[here, 0] > 0.5).all()
    assert (other[here, 0] > 0.9).all()


@pytest.mark.parametrize("structure", ["groups", "trajectory"])
def test_genes_that_follow_cell_types_are_not_correlated_for_that(structure):
    rng = np.random.default_rng(7)
    n = 300
    place = np.arange(n) % 3 if structure == "groups" else rng.uniform(0, 2, n)
    x, y = (np.cos(np.pi / 2 * place) * 3 + rng.normal(size=(1500, n)) + 10 for _ in range(2))
    together = stats.spearmanr(x[0], y[0])
    assert together.statistic > 0.5
    lists, smoother = neighbors.from_points(place[:, None] + 0.02 * rng.normal(size=(n, 1)))
    pairs = order_pairs(np.arange(1500), np.arange(1500), 1500)
    scores = make_scores(x, smoother), make_scores(y, smoother)
    for k in (0, 150):
        entries = local_entries(*scores, lists, pairs, k, k + 1, alternative="greater")
        for alpha in (0.01, 0.05):
            assert stats.binomtest(int((entries.p <= alpha).sum()), 1500, alpha, alternative="greater").pvalue > 1e-3


@pytest.mark.parametrize("n", [19, 60, 300])
@pytest.mark.parametrize("dropout", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("counts", [False, True])
def test_error_on_independent_data_is_at_most_nominal(n, dropout, counts):
    """Each pair has genes of its own and one cell is looked at: tests are independent, the bound is binomial."""
    rng = np.random.default_rng(8)
    n_pairs = 2000
    x, y = data(rng, n_pairs, n, dropout), data(rng, n_pairs, n, dropout)
    if counts:
        x, y = np.floor(x), np.floor(y)
    lists, smoother = neighbors.from_points(rng.normal(size=(n, 2)))
    pairs = order_pairs(np.arange(n_pairs), np.arange(n_pairs), n_pairs)
    entries = local_entries(make_scores(x, smoother), make_scores(y, smoother), lists, pairs, 3, 4)
    for alpha in (0.01, 0.05):
        assert stats.binomtest(int((entries.p <= alpha).sum()), n_pairs, alpha, alternative="greater").pvalue > 1e-3


def test_smoothing_applies_factors_from_the_last():
    from scipy import sparse

    first, last = sparse.csr_matrix(np.array([[2.0], [3.0]])), sparse.csr_matrix(np.array([[1.0, 1.0]]))
    np.testing.assert_allclose(smooth(np.array([[1.0, 4.0]]), (first, last)), [[10, 15]])
