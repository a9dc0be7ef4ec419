"""Sorting by radix passes against numpy's stable sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from csmir.kernels.sorting import sort_cells


def order_of(values):
    order = np.empty(len(values), np.int32)
    sort_cells(values, order, np.empty(len(values), np.uint64), np.empty(len(values), np.uint64))
    return order


def cases(n):
    rng = np.random.default_rng(n)
    return {
        "uniform": rng.random(n),
        "counts": rng.poisson(5, n).astype(float),
        "mostly zeros": np.where(rng.random(n) < 0.8, 0, rng.lognormal(0, 1, n)),
        "from float32": rng.random(n).astype(np.float32).astype(float),
        "one unit in the last place apart": 1 + rng.permutation(n) * 2.0**-52,
        "close beside one far": np.r_[1e300, 1 + rng.permutation(n - 1) * 1e-9],
        "constant": np.full(n, 3.0),
        "all magnitudes": 10.0 ** rng.uniform(-320, 300, n),
        "minus zero": np.where(rng.random(n) < 0.5, -0.0, np.where(rng.random(n) < 0.5, 0.0, 1.0)),
        "zeros": np.zeros(n),
    }


@pytest.mark.parametrize("n", [2, 100, 5000])
@pytest.mark.parametrize("kind", sorted(cases(2)))
def test_order_is_that_of_a_stable_sort(n, kind):
    values = cases(n)[kind]
    np.testing.assert_array_equal(order_of(values), np.argsort(values, kind="stable"))


@settings(max_examples=100, deadline=None)
@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1e308, allow_subnormal=True)))
def test_any_numbers_of_at_least_zero(values):
    np.testing.assert_array_equal(order_of(values), np.argsort(values, kind="stable"))


def test_ranks_are_those_of_scipy():
    from scipy.stats import rankdata

    from csmir.kernels.sorting import rank_rows

    rng = np.random.default_rng(0)
    for values in (rng.random((3, 500)), rng.integers(0, 9, (3, 500)).astype(float), np.zeros((2, 5)), np.ones((2, 1))):
        np.testing.assert_array_equal(rank_rows(values), rankdata(values, axis=1))
