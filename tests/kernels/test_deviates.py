"""Tails in closed form against scipy's, and against an integral of the density."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, special

from csmir.kernels.local_p import FEWEST_DEGREES, exact_lower_p, lower_deviates, lower_p


def deviate(rho, n_eff, skewness=0.0, kurtosis=0.0):
    z = np.empty(1)
    lower_deviates(*(np.array([float(a)]) for a in (rho, n_eff, skewness, kurtosis)), z)
    return z[0]


@pytest.mark.parametrize("n_eff", [42.5, 60, 130, 400, 5000])
def test_the_tail_of_a_correlation_is_the_integral_of_its_density(n_eff):
    power = n_eff / 2 - 2  # of 1 - r^2
    scale = np.exp(special.gammaln((n_eff - 1) / 2) - special.gammaln((n_eff - 2) / 2)) / np.sqrt(np.pi)
    for t in (-5, -2.3, -0.4, 1.5):
        rho = t / np.sqrt(n_eff - 2 + t * t)
        area, _ = integrate.quad(lambda r: (1 - r * r) ** power, -1, rho, epsabs=0, points=[rho - 1 / np.sqrt(n_eff)])
        assert special.ndtr(deviate(rho, n_eff)) == pytest.approx(scale * area, rel=3e-8)


def test_every_tail_is_the_exact_one_to_a_millionth():
    rng = np.random.default_rng(0)
    n = 100_000
    n_eff = np.exp(rng.uniform(np.log(3), np.log(2000), n))
    t = rng.uniform(-7.5, 3, n)
    rho = t / np.sqrt(np.maximum(n_eff - 2, 1) + t * t)
    skewness = rng.choice([-1, 1], n) * np.exp(rng.uniform(np.log(1e-4), 0, n))
    kurtosis = rng.choice([-1, 1], n) * np.exp(rng.uniform(np.log(1e-4), 0, n))
    z = np.empty(n)
    lower_deviates(rho, n_eff, skewness, kurtosis, z)
    assert (~np.isnan(z)).mean() > 0.3  # most would be where cells have lists of 100 or more
    exact = exact_lower_p(rho, n_eff, skewness, kurtosis)
    np.testing.assert_allclose(lower_p(rho, n_eff, skewness, kurtosis), exact, rtol=1.5e-6)
    plain = np.isfinite(z) & (np.abs(skewness) < 1e-3) & (kurtosis < 1e-3)
    assert plain.sum() > 1000
    np.testing.assert_allclose(special.ndtr(z[plain]), exact[plain], rtol=2e-7)


def test_what_the_forms_do_not_hold_for_is_left_to_the_exact_tails():
    assert np.isnan(deviate(-0.3, FEWEST_DEGREES))  # too few
    assert np.isnan(deviate(-0.3, np.nan))
    assert np.isnan(deviate(-1.0, 200))
    assert np.isnan(deviate(-0.9, 200))  # too far out
    assert np.isnan(deviate(-0.2, 200, skewness=-0.2))
    assert np.isnan(deviate(-0.2, 200, kurtosis=0.5))
    assert deviate(0.0, 200) == 0
    assert deviate(0.2, 200, skewness=-0.2) == -deviate(-0.2, 200)  # the upper half is read as it is
