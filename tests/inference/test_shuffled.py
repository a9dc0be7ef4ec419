"""Cells are exchanged inside their groups, their samples, and their lists of neighbours."""

from __future__ import annotations

import numpy as np
import pytest

from csmir.inference import shuffled
from csmir.kernels.neighbors import Lists

N = 60
GROUPS, SAMPLES = np.arange(N) % 3, np.arange(N) % 4


def ring(n, reach):
    """Each cell with those beside it on a ring."""
    indices = (np.arange(n)[:, None] + np.arange(-reach, reach + 1)) % n
    size = 2 * reach + 1
    weights = np.full(n * size, 1 / size)
    starts = np.arange(0, n * size + 1, size)
    return Lists(np.arange(n), starts, np.sort(indices).ravel().astype(np.int32), weights, *np.ones((3, n)))


@pytest.mark.parametrize("lists", [None, ring(N, 10)])
@pytest.mark.parametrize("groups", [None, GROUPS])
@pytest.mark.parametrize("samples", [None, SAMPLES])
def test_every_cell_gets_one_of_its_own_kind(lists, groups, samples):
    order = shuffled.exchanged(np.random.default_rng(0), N, lists, groups, samples)
    assert sorted(order) == list(range(N))
    for labels, other in ((groups, GROUPS), (samples, SAMPLES)):
        assert ((other[order] == other).all()) == (labels is not None)
    assert (order != np.arange(N)).mean() > 0.5


def test_swaps_inside_a_sample_are_of_neighbours():
    """A cell may move more than once; most end near where they were."""
    order = shuffled.swaps(np.random.default_rng(1), ring(N, 4), np.arange(N) % 2)
    step = np.abs(order - np.arange(N))
    assert ((order - np.arange(N)) % 2 == 0).all()
    assert np.median(np.minimum(step, N - step)) <= 8


def test_a_cell_alone_in_its_sample_stays():
    samples = np.r_[9, np.zeros(N - 1, int)]
    for lists in (None, ring(N, 5)):
        order = shuffled.exchanged(np.random.default_rng(2), N, lists, None, samples)
        assert order[0] == 0
