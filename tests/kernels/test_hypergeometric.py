from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import hypergeom

from csmir.kernels.hypergeometric import log_factorials, log_upper_tail, surely_over


def in_rationals(x: int, n: int, a: int, b: int) -> Fraction:
    ways = sum(math.comb(a, i) * math.comb(n - a, b - i) for i in range(max(x, 0), min(a, b) + 1))
    return Fraction(ways, math.comb(n, b))


@pytest.mark.parametrize("n", [1, 2, 5, 18])
def test_every_small_case_is_the_ratio_of_whole_numbers(n):
    table = log_factorials(n)
    for a in range(n + 1):
        for b in range(n + 1):
            for x in range(-1, min(a, b) + 2):
                p, own = in_rationals(x, n, a, b), in_rationals(x, n, a, b) - in_rationals(x + 1, n, a, b)
                assert math.exp(log_upper_tail(x, n, a, b, False, table)) == pytest.approx(float(p), rel=1e-13)
                assert math.exp(log_upper_tail(x, n, a, b, True, table)) == pytest.approx(float(p - own / 2), rel=1e-13)


@pytest.mark.parametrize("n", [108, 999, 9_999, 99_999])
def test_large_cases_agree_with_scipy(n):
    rng, table = np.random.default_rng(n), log_factorials(n)
    a, b = rng.integers(1, n // 5, (2, 300))
    x = (a * b / n + rng.normal(0, 4, 300) * np.sqrt(a * b / n + 1)).astype(int)
    expected = hypergeom.sf(x - 1, n, a, b)
    found = np.exp([log_upper_tail(*v, False, table) for v in zip(x, np.full(300, n), a, b, strict=True)])
    seen = expected > 1e-280
    assert seen.sum() > 250
    np.testing.assert_allclose(found[seen], expected[seen], rtol=1e-10)


def test_tails_far_below_the_smallest_float_keep_their_logarithm():
    exact = in_rationals(900, 9_999, 1_000, 1_000)
    expected = math.log(exact.numerator) - math.log(exact.denominator)
    assert expected < -1500
    assert log_upper_tail(900, 9_999, 1_000, 1_000, False, log_factorials(9_999)) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("mid", [False, True])
@pytest.mark.parametrize("alpha", [0.001, 0.05, 0.7])
def test_dismissal_never_loses_a_small_p(mid, alpha):
    n, table = 24, log_factorials(24)
    dismissed = 0
    for a in range(n + 1):
        for b in range(n + 1):
            for x in range(min(a, b) + 2):
                if surely_over(x, n, a, b, mid, alpha, table):
                    dismissed += 1
                    assert math.exp(log_upper_tail(x, n, a, b, mid, table)) > alpha
    assert dismissed > 500
