"""What is counting noise, against repeated counting."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from csmir.inference.counting_noise import counts_of, noise_of_scores


def test_counts_and_their_logarithms_are_counts():
    counts = np.random.default_rng(0).poisson(5, (20, 3)).astype(float)
    np.testing.assert_array_equal(counts_of(counts), counts)
    np.testing.assert_allclose(counts_of(np.log2(counts + 1).astype(np.float32)), counts, atol=1e-3)
    assert counts_of(counts * 0.3) is None
    assert counts_of(counts * 1e4 + 0.5) is None
    assert counts_of(counts - 3) is None


def test_noise_is_that_of_counting_again():
    rng = np.random.default_rng(1)
    n = 4_000
    mean = np.exp(rng.normal(np.log([15, 60, 250]), 0.6, (n, 3)))
    counts = rng.poisson(mean).astype(float)
    scores = stats.norm.ppf((stats.rankdata(counts, axis=0) - 0.5) / n)
    found = noise_of_scores(counts, scores).mean(axis=0)
    for gene in range(3):
        there, at = np.unique(counts[:, gene], return_index=True)
        again = [np.interp(rng.poisson(mean[:, gene]), there, scores[at, gene]) for _ in range(20)]
        assert found[gene] == pytest.approx(np.var(again, axis=0, ddof=1).mean(), rel=0.1)
