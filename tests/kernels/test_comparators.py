from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from csmir.kernels import comparators
from csmir.kernels.comparators import STATISTICS


@pytest.fixture
def genes():
    rng = np.random.default_rng(0)
    x, y = rng.poisson(3, (3, 40)).astype(float), rng.gamma(2, size=(4, 40)) * (rng.random((4, 40)) > 0.3)
    return x, y, np.array([0, 0, 1, 2]), np.array([3, 1, 0, 2])


def test_shapes_and_signs(genes):
    for name, statistic in STATISTICS.items():
        out = statistic(*genes)
        assert out.shape == (4, 40), name
        assert out.dtype == np.float32, name
        assert np.isfinite(out).all(), name
    assert set(comparators.SIGNED) | set(comparators.NORMAL) < set(STATISTICS) | set(comparators.WHOLE)


@pytest.mark.parametrize("how", ["pearson", "spearman"])
def test_lioness_and_perturbation_leave_each_cell_out(genes, how):
    x, y, pair_x, pair_y = genes
    rank = (lambda v: v) if how == "pearson" else stats.rankdata
    lioness, change = STATISTICS[f"lioness_{how}"](*genes), STATISTICS[f"perturbation_{how}"](*genes)
    for p in range(4):
        u, v = rank(x[pair_x[p]]), rank(y[pair_y[p]])
        r = stats.pearsonr(u, v).statistic
        for k in (0, 7, 39):
            without = stats.pearsonr(np.delete(u, k), np.delete(v, k)).statistic
            assert lioness[p, k] == pytest.approx(40 * r - 39 * without, rel=1e-4, abs=1e-5)
            assert change[p, k] == pytest.approx((r - without) * 38 / (1 - without**2), rel=1e-4, abs=1e-5)
        expected = stats.spearmanr(x[pair_x[p]], y[pair_y[p]]).statistic
        np.testing.assert_allclose(STATISTICS["spearman"](*genes)[p], expected, rtol=1e-5)


def test_a_gene_that_does_not_vary_is_correlated_with_nothing(genes):
    x, y, pair_x, pair_y = genes
    x[0] = 5
    x[1, 1:] = 0  # varies in one cell only
    x[1, 0] = 2
    for name in comparators.SIGNED:
        whole = comparators.WHOLE.get(name)
        out = whole(x, y, pair_x, pair_y)(pair_x, pair_y) if whole else STATISTICS[name](x, y, pair_x, pair_y)
        assert np.isfinite(out).all()
        assert (out[:2] == 0).all()


def test_csn_is_the_oracle(genes, oracle):
    x, y, pair_x, pair_y = genes
    out = STATISTICS["csn"](*genes)
    for p in range(4):
        np.testing.assert_allclose(out[p], oracle.csn_z(x[pair_x[p]], y[pair_y[p]]), rtol=1e-5, atol=1e-5)


def test_loccsn_in_plain_python(genes):
    x, y, pair_x, pair_y = genes
    x *= 1 + 0.01 * np.random.default_rng(1).random(x.shape)  # no cell at the edge of a box to rounding
    out = comparators.loccsn(x, y, pair_x, pair_y, box_size=0.3)

    def box(values, k):
        below = sorted(v for v in values if v < values[k])
        above = sorted(v for v in values if v > values[k])
        h = round(0.3 / 2 * len(values))
        if len(values) - len(below) - len(above) - 1 >= h:
            return values == values[k]
        low = below[-h] if len(below) >= h else min(values)
        high = above[h - 1] if len(above) >= h else max(values)
        return (values >= low) & (values <= high)

    for p in range(4):
        u, v = x[pair_x[p]], y[pair_y[p]]
        for k in range(40):
            if u[k] == 0 or v[k] == 0:
                assert out[p, k] == 0
                continue
            in_u, in_v = np.abs(u - u[k]) <= u[box(v, k)].std(), np.abs(v - v[k]) <= v[box(u, k)].std()
            a, b, both = in_u.sum(), in_v.sum(), (in_u & in_v).sum()
            root = np.sqrt(a * b * (40 - a) * (40 - b) / 39)
            assert out[p, k] == pytest.approx((40 * both - a * b) / root if root else 0, rel=1e-4, abs=1e-4)


def test_detection_counts_the_smallest_value_as_not_detected(genes):
    x, y, pair_x, pair_y = genes
    lifted = np.where(x == 0, 1e-4, x)
    expected = (x[pair_x] > 0) & (y[pair_y] > 0)
    np.testing.assert_array_equal(STATISTICS["detection"](lifted, y, pair_x, pair_y), expected)
    assert (STATISTICS["prior"](*genes) == 1).all()
