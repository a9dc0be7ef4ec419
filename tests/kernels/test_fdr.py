from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from csmir.kernels.fdr import adjust, count_tested


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 2**31), st.integers(1, 200), st.sampled_from([0.01, 0.05, 0.3, 1.0]))
def test_candidates_suffice(seed, n_tests, alpha):
    rng = np.random.default_rng(seed)
    rows = [np.round(rng.random(n_tests) ** rng.choice([1, 4]), rng.choice([2, 9])) for _ in range(3)]
    kept = [row[row <= alpha] for row in rows]
    indptr = np.r_[0, np.cumsum([len(row) for row in kept])]
    q = adjust(np.concatenate(kept), indptr, np.full(3, n_tests))
    for i, row in enumerate(rows):
        whole = false_discovery_control(row)[row <= alpha]
        found = q[indptr[i] : indptr[i + 1]]
        small = whole <= alpha
        np.testing.assert_allclose(found[small], whole[small], rtol=1e-12)
        assert (found[~small] > alpha).all()
        assert (found >= whole - 1e-12).all()


def test_all_candidates_is_scipy():
    p = np.random.default_rng(0).random(500) ** 3
    np.testing.assert_allclose(adjust(p, np.array([0, 500]), 500), false_discovery_control(p), rtol=1e-12)


def test_hand_example():
    # 10 tests, p = 0.001, 0.008, 0.04: 0.001 * 10 / 1, 0.008 * 10 / 2, 0.04 * 10 / 3
    q = adjust(np.array([0.04, 0.001, 0.008]), np.array([0, 3]), 10)
    assert q == pytest.approx([0.4 / 3, 0.01, 0.04])


def test_pairs_detected_in_each_cell_are_counted():
    detected_x = np.array([[True, True, False], [True, False, False]])
    detected_y = np.array([[True, True, True], [False, True, True]])
    pair_x, pair_y = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    assert count_tested(detected_x, detected_y, pair_x, pair_y).tolist() == [2, 2, 0]
