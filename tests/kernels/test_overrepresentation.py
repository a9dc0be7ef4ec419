from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import fisher_exact, hypergeom

from csmir.kernels.overrepresentation import overlaps, tails


def exact(k: int, n: int, in_set: int, n_genes: int) -> Fraction:
    """The tail in whole numbers."""
    ways = sum(comb(in_set, i) * comb(n_genes - in_set, n - i) for i in range(k, min(n, in_set) + 1))
    return Fraction(ways, comb(n_genes, n))


@pytest.mark.parametrize("n_genes", [1, 5, 12])
def test_tails_are_exact_over_all_small_tables(n_genes):
    cases = [
        (k, n, s)
        for n in range(n_genes + 1)
        for s in range(n_genes + 1)
        for k in range(max(0, n + s - n_genes), min(n, s) + 1)
    ]
    k, n, s = np.array(cases).T
    expected = [float(exact(*case, n_genes)) for case in cases]
    np.testing.assert_allclose(tails(k, n, s, n_genes), expected, rtol=1e-12)


def test_tails_agree_with_scipy_on_large_tables():
    rng = np.random.default_rng(0)
    n_genes = 15361
    n, s = rng.integers(1, 6000, 400), rng.integers(1, 6000, 400)
    k = hypergeom.rvs(n_genes, s, n, random_state=1) + rng.integers(-3, 12, 400)
    k = np.clip(k, np.maximum(n + s - n_genes, 0), np.minimum(n, s))
    np.testing.assert_allclose(tails(k, n, s, n_genes), hypergeom.sf(k - 1, n_genes, s, n), rtol=1e-9)


def test_tails_at_the_extremes():
    # far below the mean, where every term underflows, and far above, down to 1e-250
    assert tails(np.array([1]), np.array([5000]), np.array([8000]), 15000)[0] == 1.0
    p = tails(np.array([0, 140]), np.array([200, 200]), np.array([200, 200]), 15361)
    assert p[0] == 1.0
    log10 = np.log10(float(exact(140, 200, 200, 15361) * 10**300)) - 300
    np.testing.assert_allclose(np.log10(p[1]), log10, rtol=1e-10)
    assert tails(np.array([], int), np.array([], int), np.array([], int), 10).shape == (0,)


def test_tails_agree_with_fishers_exact_test():
    k, n, s, n_genes = 7, 40, 25, 300
    table = [[k, n - k], [s - k, n_genes - n - s + k]]
    p = tails(np.array([k]), np.array([n]), np.array([s]), n_genes)[0]
    np.testing.assert_allclose(p, fisher_exact(table, alternative="greater").pvalue, rtol=1e-12)


def test_equal_triples_get_equal_values_in_place():
    k, n, s = np.array([3, 1, 3, 2, 1]), np.array([9, 9, 9, 4, 9]), np.array([8, 8, 8, 5, 8])
    p = tails(k, n, s, 30)
    assert p[0] == p[2]
    assert p[1] == p[4]
    one_by_one = [tails(k[[i]], n[[i]], s[[i]], 30)[0] for i in range(5)]
    np.testing.assert_array_equal(p, one_by_one)


def test_overlaps_count_shared_genes():
    rng = np.random.default_rng(1)
    a, b = rng.random((20, 50)) < 0.3, rng.random((13, 50)) < 0.2
    counts = overlaps(sparse.csr_array(a), sparse.csr_array(b))
    expected = [[len(set(np.flatnonzero(x)) & set(np.flatnonzero(y))) for y in b] for x in a]
    np.testing.assert_array_equal(counts.toarray(), expected)
