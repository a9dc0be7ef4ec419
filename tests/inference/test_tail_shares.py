"""Counts of small p among targets and non-targets, of a few miRNAs at a time."""

from __future__ import annotations

import numpy as np
import pytest

from csmir.inference import tail_shares
from csmir.inference.tail_shares import Beside
from csmir.kernels.local_adjust import Adjustment
from csmir.kernels.neighbors import from_points
from csmir.kernels.sides import halves
from csmir.kernels.two_steps import means_of_lists


@pytest.mark.parametrize("both_sides", [False, True])
def test_the_same_counts_however_many_mirnas_are_measured_at_once(monkeypatch, both_sides):
    rng = np.random.default_rng(0)
    points, level = rng.normal(size=(60, 2)), rng.normal(size=60)
    lists, smoother = from_points(points, 30, 30)
    means = means_of_lists(halves(points, lists) if both_sides else lists, smoother, points)
    x, y = (np.maximum(rng.normal(size=(n, 60)) + sign * level + 1, 0) for n, sign in ((7, 1), (9, -1)))
    beside = Beside(*(rng.integers(n, size=40) for n in (7, 9, 7, 9)))
    adjustment = Adjustment(
        rng.normal(size=(60, 1)), rng.normal(size=(60, 3)) + level[:, None], rng.normal(size=(7, 3, 2))
    )
    found = []
    for at_once in (7, 3, 1):
        monkeypatch.setattr(tail_shares, "MOST_MEASURED", at_once * len(means.n_eff))
        shares = tail_shares.tail_shares(x, y, means, beside, adjustment, (0, 1, 2), alternative="less", n_threads=1)
        found.append([counts.tolist() for counts in shares])
    assert len({str(row) for row in found[0][0]}) > 1  # factors make a difference
    assert found[0] == found[1] == found[2]
