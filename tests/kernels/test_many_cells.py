"""Joint counts and z over many cells: the oracle, matrices of boxes, the reference, and what must not matter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csmir.kernels import many_cells, many_runs
from csmir.kernels.ranks import MAX_CELLS, prepare

CUTOFF = 2.3263478740408


def gene(rng, n, kind, zeros):
    """Continuous, counts, one decimal, or with a floor above zero; a share of zeros (of the floor) on top."""
    values = {
        "continuous": lambda: rng.lognormal(0, 1, n),
        "counts": lambda: rng.poisson(3, n) + 1.0,
        "rounded": lambda: np.round(rng.lognormal(0, 1, n), 1) + 0.1,
        "floor": lambda: rng.lognormal(0, 1, n) + 1,
    }[kind]()
    values[rng.random(n) < zeros] = 1e-4 if kind == "floor" else 0
    return values


def genes(seed, n):
    """Every kind with few, many and only zeros; a constant; two levels."""
    rng = np.random.default_rng(seed)
    rows = [gene(rng, n, kind, z) for kind in ("continuous", "counts", "rounded", "floor") for z in (0, 0.03, 0.4, 0.9)]
    rows += [np.zeros(n), np.full(n, 2.0), (rng.random(n) < 0.5) + 1.0]
    return np.array(rows)


def grid(x, y):
    pair_x, pair_y = np.meshgrid(np.arange(len(x)), np.arange(len(y)), indexing="ij")
    return pair_x.ravel(), pair_y.ravel()


def matrix_counts(oracle, values, box_size):
    """Members of every cell's box as a cells x cells matrix, from the oracle's edges of each distinct value."""
    levels, at = np.unique(values, return_inverse=True)
    lower, upper = np.array([oracle.edges(values, None, box_size, v) for v in levels]).T[:, at]
    return (lower[:, None] <= values) & (values <= upper[:, None])


def as_dense(entries, n_pairs, n_cells):
    out = np.full((n_pairs, n_cells), np.nan, np.float32)
    pair = np.repeat(np.arange(n_pairs), np.diff(entries.indptr))
    out[pair, entries.cell] = entries.value
    assert len(np.unique(pair * n_cells + entries.cell)) == len(pair)
    return out


@pytest.mark.parametrize("box_size", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("n", [65, 200])
def test_every_count_is_that_of_the_box_matrices(oracle, n, box_size):
    x, y = genes(1, n), genes(2, n)
    in_x, in_y = (np.array([matrix_counts(oracle, g, box_size) for g in m]) for m in (x, y))
    pair_x, pair_y = grid(x, y)
    joint = many_cells.joint_counts(prepare(x, box_size=box_size), prepare(y, box_size=box_size), pair_x, pair_y)
    expected = np.array([(in_x[i] & in_y[j]).sum(1) for i, j in zip(pair_x, pair_y, strict=True)])
    np.testing.assert_array_equal(joint, expected)


# around the widths at which another level of counters is needed: 1,024 and 16,384 cells, and a second row of the last
@pytest.mark.parametrize(
    ("n", "box_size"),
    [(n, b) for n in (1000, 3000) for b in (0.05, 0.1, 0.3)]
    + [(n, 0.1) for n in (1023, 1024, 16383, 16384, 17000, 140_000)],
)
def test_counts_and_z_are_the_oracles(oracle, n, box_size):
    x, y = genes(3, n), genes(4, n)
    ranks_x, ranks_y = prepare(x, box_size=box_size), prepare(y, box_size=box_size)
    pair_x, pair_y = grid(x, y)
    rng = np.random.default_rng(n)
    at = rng.choice(len(pair_x), 40 if n <= 3000 else 6, replace=False)
    joint = many_cells.joint_counts(ranks_x, ranks_y, pair_x[at], pair_y[at])
    z = many_cells.z_block(ranks_x, ranks_y, pair_x[at], pair_y[at])
    for p, (i, j) in enumerate(zip(pair_x[at], pair_y[at], strict=True)):
        cells = rng.choice(n, 2)
        counts = oracle.counts(x[i], y[j], None, box_size, cells)
        assert joint[p, cells].tolist() == [n_rt for _, _, n_rt in counts]
        np.testing.assert_allclose(z[p, cells], [oracle.z_of_counts(n, *c) for c in counts], rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("n", [65, 150])
def test_weighted_runs_are_the_oracles(oracle, n):
    x, y = genes(5, n), genes(6, n)
    rng = np.random.default_rng(n)
    weights = np.array([1 + np.bincount(rng.integers(0, n, 5 * (n - 1)), minlength=n) for _ in range(3)])
    ranks_x, ranks_y = prepare(x, weights, box_size=0.1), prepare(y, weights, box_size=0.1)
    pair_x, pair_y = grid(x, y)
    at = rng.choice(len(pair_x), 25, replace=False)
    for run in range(3):
        joint = many_cells.joint_counts(ranks_x, ranks_y, pair_x[at], pair_y[at], run=run)
        z = many_cells.z_block(ranks_x, ranks_y, pair_x[at], pair_y[at], run=run)
        for p, (i, j) in enumerate(zip(pair_x[at], pair_y[at], strict=True)):
            cells = rng.choice(n, 3)
            counts = oracle.counts(x[i], y[j], weights[run], 0.1, cells)
            assert joint[p, cells].tolist() == [n_rt for _, _, n_rt in counts]
            expected = oracle.csn_z(x[i], y[j], weights[run], 0.1, cells)
            np.testing.assert_allclose(z[p, cells], expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("n", [70, 2000])
def test_weights_of_one_are_no_weights(n):
    x, y = genes(7, n), genes(8, n)
    pair_x, pair_y = grid(x, y)
    ones = np.ones((1, n), np.int64)
    plain = many_cells.z_block(prepare(x, box_size=0.1), prepare(y, box_size=0.1), pair_x, pair_y)
    weighted = many_cells.z_block(prepare(x, ones, box_size=0.1), prepare(y, ones, box_size=0.1), pair_x, pair_y)
    np.testing.assert_array_equal(plain, weighted)


def test_the_reference(shared_data):
    f = np.load(shared_data / "golden" / "many_cells.npz")
    x, y = f["x"].T, f["y"].T.copy()
    # cells 15 and 89 are tied in this gene as stored; the reference broke the tie by one unit in the last place
    assert y[1, 15] == y[1, 89]
    y[1, 15] = np.nextafter(y[1, 15], np.inf)
    pair_x, pair_y = grid(x, y)
    box_size = float(f["box_size"])
    z = many_cells.z_block(prepare(x, box_size=box_size), prepare(y, box_size=box_size), pair_x, pair_y)
    np.testing.assert_allclose(z.reshape(f["z"].shape), f["z"], rtol=0, atol=1e-9)


@pytest.mark.parametrize("cutoff", [CUTOFF, 4.0, 0.0, -1.0])
@pytest.mark.parametrize("n", [65, 1000, 2000])
def test_significant_entries_are_those_of_the_dense_block(n, cutoff, monkeypatch):
    monkeypatch.setattr(many_cells, "AT_ONCE", 3 * n)  # set aside many times
    x, y = genes(9, n), genes(10, n)
    ranks_x, ranks_y = prepare(x, box_size=0.1), prepare(y, box_size=0.1)
    pair_x, pair_y = grid(x, y)
    z = many_cells.z_block(ranks_x, ranks_y, pair_x, pair_y)
    found = as_dense(many_cells.significant(ranks_x, ranks_y, pair_x, pair_y, cutoff), len(pair_x), n)
    np.testing.assert_array_equal(found, np.where(z > cutoff, z, np.nan).astype(np.float32))


def test_no_pairs():
    ranks = prepare(genes(0, 80), box_size=0.1)
    none = np.empty(0, np.int64)
    assert many_cells.joint_counts(ranks, ranks, none, none).shape == (0, 80)
    assert len(many_cells.significant(ranks, ranks, none, none, CUTOFF).cell) == 0


def test_too_many_cells():
    with pytest.raises(ValueError, match="at most 2,097,151 cells"):
        prepare(np.empty((0, MAX_CELLS + 1)), box_size=0.1)


def test_threads_give_the_same():
    x, y = genes(11, 1500), genes(12, 1500)
    ranks_x, ranks_y = prepare(x, box_size=0.1), prepare(y, box_size=0.1)
    pair_x, pair_y = grid(x, y)
    whole = many_cells.joint_counts(ranks_x, ranks_y, pair_x, pair_y)
    parts = np.array_split(np.arange(len(pair_x)), 9)
    with ThreadPoolExecutor(3) as pool:
        blocks = pool.map(lambda at: many_cells.joint_counts(ranks_x, ranks_y, pair_x[at], pair_y[at]), parts)
        np.testing.assert_array_equal(np.concatenate(list(blocks)), whole)


small = st.tuples(
    st.integers(65, 300),
    st.integers(0, 2**32 - 1),
    st.sampled_from(["continuous", "counts", "rounded", "floor"]),
    st.floats(0, 1),
    st.floats(0.01, 0.6),
)


@settings(max_examples=40, deadline=None)
@given(small)
def test_order_of_cells_and_genes_and_monotone_transforms_do_not_matter(case):
    n, seed, kind, zeros, box_size = case
    rng = np.random.default_rng(seed)
    x, y = gene(rng, n, kind, zeros)[None], gene(rng, n, kind, rng.random())[None]
    one = np.zeros(1, np.int64)

    def joint(x, y):
        return many_cells.joint_counts(prepare(x, box_size=box_size), prepare(y, box_size=box_size), one, one)[0]

    plain = joint(x, y)
    shuffled = rng.permutation(n)
    np.testing.assert_array_equal(joint(x[:, shuffled], y[:, shuffled]), plain[shuffled])
    np.testing.assert_array_equal(joint(y, x), plain)
    np.testing.assert_array_equal(joint(np.log1p(x), y**3), plain)  # zeros stay zeros


@settings(max_examples=40, deadline=None)
@given(small)
def test_the_box_matrices_of_any_gene(oracle, case):
    n, seed, kind, zeros, box_size = case
    rng = np.random.default_rng(seed)
    x, y = gene(rng, n, kind, zeros), gene(rng, n, "rounded", rng.random())
    one = np.zeros(1, np.int64)
    joint = many_cells.joint_counts(prepare(x[None], box_size=box_size), prepare(y[None], box_size=box_size), one, one)
    both = matrix_counts(oracle, x, box_size) & matrix_counts(oracle, y, box_size)
    np.testing.assert_array_equal(joint[0], both.sum(1))


@pytest.mark.parametrize("n_runs", [1, 4, 5])
@pytest.mark.parametrize("keep_all", [False, True])
def test_medians_and_support_over_runs(oracle, keep_all, n_runs, monkeypatch):
    n = 70
    monkeypatch.setattr(many_runs, "AT_ONCE", 2 * n)
    x, y = genes(13, n)[[0, 2, 5, 14]], genes(14, n)[[1, 3, 6, 16]]
    rng = np.random.default_rng(n_runs)
    weights = np.array([1 + np.bincount(rng.integers(0, n, 5 * (n - 1)), minlength=n) for _ in range(n_runs)])
    pair_x, pair_y = grid(x, y)
    found = many_runs.medians(
        prepare(x, weights, box_size=0.1), prepare(y, weights, box_size=0.1), pair_x, pair_y, CUTOFF, keep_all=keep_all
    )
    value = as_dense(found, len(pair_x), n)
    above = as_dense(found._replace(value=found.above), len(pair_x), n)
    for p in rng.choice(len(pair_x), 3, replace=False):
        median = np.array(oracle.median_z(x[pair_x[p]], y[pair_y[p]], weights))
        over = (np.array([oracle.csn_z(x[pair_x[p]], y[pair_y[p]], w) for w in weights]) > CUTOFF).sum(0)
        kept = np.full(n, True) if keep_all else median > CUTOFF
        np.testing.assert_allclose(value[p], np.where(kept, median, np.nan), rtol=1e-7)
        np.testing.assert_array_equal(above[p], np.where(kept, over, np.nan))


def test_one_run_without_weights_is_its_own_median():
    x, y = genes(15, 300), genes(16, 300)
    ranks_x, ranks_y = prepare(x, box_size=0.1), prepare(y, box_size=0.1)
    pair_x, pair_y = grid(x, y)
    one = as_dense(many_cells.significant(ranks_x, ranks_y, pair_x, pair_y, CUTOFF), len(pair_x), 300)
    runs = as_dense(many_runs.medians(ranks_x, ranks_y, pair_x, pair_y, CUTOFF), len(pair_x), 300)
    np.testing.assert_array_equal(one, runs)
