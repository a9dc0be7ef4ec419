"""Boxes with weights, against the literal rule over enlarged cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csmir.kernels.boxes import make_boxes


def members(boxes, gene, run, cell):
    i = boxes.group[gene, cell]
    inside = np.zeros(boxes.order.shape[1], bool)
    inside[boxes.order[gene, boxes.lo[gene, i, run] : boxes.hi[gene, i, run]]] = True
    return inside


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n_cells=st.integers(2, 40),
    box_size=st.sampled_from([0.05, 0.1, 0.2, 0.3]),
    zeros=st.sampled_from([0.0, 0.3, 0.8]),
    ties=st.booleans(),
)
def test_every_box_follows_the_rule(oracle, seed, n_cells, box_size, zeros, ties):
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 6, (1, n_cells)).astype(float) if ties else rng.random((1, n_cells)) + 0.1
    values[rng.random(values.shape) < zeros] = 0
    weights = np.array([1 + rng.multinomial(3 * n_cells, np.full(n_cells, 1 / n_cells)) for _ in range(2)])
    boxes = make_boxes(values, weights, box_size)
    for run in range(2):
        for cell in range(n_cells):
            expected = oracle.box_members(values[0], weights[run], box_size, cell)
            assert (members(boxes, 0, run, cell) == expected).all()
            assert boxes.size[0, boxes.group[0, cell], run] == weights[run][expected].sum()


@pytest.mark.parametrize(
    ("n_expressed", "h"), [(10, 1), (30, 2), (50, 2), (70, 4), (90, 4), (109, 5), (110, 6), (130, 6)]
)
def test_half_width_rounds_half_to_even(n_expressed, h):
    # expected: the table of half widths in the specification
    values = np.arange(1.0, n_expressed + 1)[None]
    boxes = make_boxes(values, np.ones((1, n_expressed), int), 0.1)
    assert boxes.size[0, n_expressed // 2, 0] == 2 * h + 1


def test_a_box_of_an_expressed_cell_stays_out_of_many_zeros():
    values = np.array([[0.0] * 50 + list(range(1, 51))])
    boxes = make_boxes(values, np.ones((1, 100), int), 0.3)
    lowest_expressed = boxes.group[0, 50]
    assert boxes.lo[0, lowest_expressed, 0] == 50
    assert boxes.size[0, boxes.group[0, 0], 0] == 50
