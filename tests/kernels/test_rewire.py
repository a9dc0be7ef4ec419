from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from csmir.kernels.rewire import random_hits


def as_rows(matrix):
    matrix = np.asarray(matrix, bool)
    start = np.concatenate([[0], np.cumsum(matrix.sum(axis=1))])
    return start, np.nonzero(matrix)[1].astype(np.int32)


@settings(deadline=None, max_examples=40)
@given(
    shape=st.tuples(st.integers(1, 8), st.integers(1, 12)),
    density=st.floats(0, 1),
    seed=st.integers(0, 999),
)
def test_every_degree_stays(shape, density, seed):
    matrix = np.random.default_rng(seed).random(shape) < density
    start, columns = as_rows(matrix)
    for axis in (0, 1):
        for i in range(shape[axis]):
            hit = np.zeros(shape, bool)
            hit[(slice(None), i) if axis else i] = True
            got = random_hits(start, columns, hit, 3, np.random.default_rng(seed))
            assert (got == matrix[hit].sum()).all()


def test_the_given_graph_is_left_alone():
    start, columns = as_rows(np.eye(6))
    before = columns.copy()
    random_hits(start, columns, np.eye(6, dtype=bool), 5, np.random.default_rng(0))
    np.testing.assert_array_equal(columns, before)


def test_permutations_are_equally_likely():
    # 3 x 3 with all degrees 1: six graphs; 2 of them have no fixed point, 3 have one, 1 has three
    start, columns = as_rows(np.eye(3))
    fixed = random_hits(start, columns, np.eye(3, dtype=bool), 12_000, np.random.default_rng(1))
    counts = np.bincount(fixed, minlength=4)
    assert counts[2] == 0
    assert chisquare(counts[[0, 1, 3]], np.array([2, 3, 1]) * 2_000).pvalue > 0.01


def test_graphs_with_given_degrees_are_equally_likely():
    # rows of degree 2, 1, 1 over columns of degree 2, 1, 1: seven 0/1 matrices (counted by hand below)
    rows, columns_of = (2, 1, 1), (2, 1, 1)
    every = [
        m
        for bits in range(2**9)
        if tuple((m := np.array([bits >> i & 1 for i in range(9)]).reshape(3, 3)).sum(axis=1)) == rows
        and tuple(m.sum(axis=0)) == columns_of
    ]
    start, columns = as_rows(every[0])
    # three weights tell the graphs apart: hits of a matrix whose rows and columns differ
    hit = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], bool)
    want = np.bincount([int(m[hit].sum()) for m in every], minlength=4)
    got = np.bincount(random_hits(start, columns, hit, 14_000, np.random.default_rng(2)), minlength=4)
    assert (got[want == 0] == 0).all()
    assert chisquare(got[want > 0], want[want > 0] / want.sum() * got.sum()).pvalue > 0.01


def test_same_generator_same_graphs():
    start, columns = as_rows(np.random.default_rng(0).random((10, 30)) < 0.3)
    hit = np.random.default_rng(1).random((10, 30)) < 0.5
    first, second = (random_hits(start, columns, hit, 20, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert len(set(first)) > 3


@pytest.mark.parametrize("matrix", [np.zeros((0, 0)), np.zeros((2, 3)), np.ones((1, 4)), np.ones((3, 3))])
def test_graphs_that_cannot_change(matrix):
    start, columns = as_rows(matrix)
    got = random_hits(start, columns, np.ones(matrix.shape, bool), 4, np.random.default_rng(0))
    assert (got == matrix.sum()).all()
