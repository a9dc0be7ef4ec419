"""The local test among the neighbours of a graph, of a knn and of a spatial one: against NumPy, cell after cell."""

from __future__ import annotations

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from mudata import MuData
from scipy import sparse, stats
from tests.kernels import local_oracle as oracle

import csmir as cs


def grid(side: int) -> sparse.csr_matrix:
    """Cells on a square grid, joined to those beside them: squidpy's `spatial_connectivities`."""
    line = sparse.diags([np.ones(side - 1), np.ones(side - 1)], [-1, 1])
    one = sparse.identity(side)
    near = (sparse.kron(line, one) + sparse.kron(one, line)).tocsr()
    return ((near + near @ near + near @ near @ near) > 0).astype(float).tocsr()


def weighted(n: int) -> sparse.csr_matrix:
    """Random weights, as of scanpy's connectivities: symmetric, and a cell is no neighbour of itself."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(n, 2))
    d = ((points[:, None] - points) ** 2).sum(axis=2)
    weight = np.where(d <= np.sort(d, axis=1)[:, 25:26], np.exp(-d), 0)
    weight = np.maximum(weight, weight.T)
    np.fill_diagonal(weight, 0)
    return sparse.csr_matrix(weight)


@pytest.mark.parametrize(("name", "graph"), [("spatial_connectivities", grid(12)), ("connectivities", weighted(144))])
def test_rho_is_the_weighted_correlation_among_the_neighbours_and_the_cell(name, graph):
    n = graph.shape[0]
    rng = np.random.default_rng(0)
    names = [f"c{i}" for i in range(n)]
    x, y = rng.gamma(2, size=(n, 2)), rng.gamma(2, size=(n, 12))
    y[:, 0] -= 0.2 * x[:, 0]
    y -= y.min() - 0.1
    frames = [
        pd.DataFrame(v, index=names, columns=[f"{k}{i}" for i in range(v.shape[1])]) for k, v in (("m", x), ("g", y))
    ]
    mdata = MuData({"mirna": ad.AnnData(frames[0]), "mrna": ad.AnnData(frames[1])})
    mdata["mrna"].obsp[name] = graph
    net = pd.DataFrame({"source": ["m0", "m0", "m1"], "target": ["g0", "g1", "g2"]})
    cs.tl.regulation(
        mdata, net, statistic="local", neighbors=name, keep="all", factors=0, direction="both", progress=False
    )
    found = mdata["regulation"]

    own = graph.toarray()
    np.fill_diagonal(own, own.max(axis=1))  # a cell weighs as much as its heaviest neighbour
    w = own / own.sum(axis=1, keepdims=True)
    smoother = np.zeros((n, n))
    for cell in range(n):  # the heaviest 30, the cell first, then by position
        reached = np.flatnonzero(own[cell])
        first = sorted(reached, key=lambda j, c=cell: (-own[c, j], j != c, j))[:30]
        smoother[cell, first] = 1 / len(first)
    rest = [(r - smoother @ r) for r in (stats.rankdata(v, axis=0) / n for v in (x, y))]
    stored = found.X.toarray()
    for pair, (i, j) in enumerate([(0, 0), (0, 1), (1, 2)]):
        column = np.flatnonzero((found.var["mirna"] == f"m{i}") & (found.var["mrna"] == f"g{j}"))[0]
        expected = [oracle.correlation(rest[0][:, i], rest[1][:, j], w[cell]) for cell in range(n)]
        np.testing.assert_allclose(stored[:, column], expected, atol=2e-5, err_msg=str(pair))


def small(**parts):
    mdata = cs.datasets.simulated(30, 3, 20, seed=1)
    cs.pp.recipe_csmir(mdata)
    for slot, entries in parts.items():
        getattr(mdata["mrna"], slot).update(entries)
    return mdata


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1])
def test_weights_of_a_graph_are_finite_and_not_negative(value):
    """A cell with one was left without a test, or tested with it, and nothing was said."""
    graph = weighted(30)
    graph.data[3] = value
    with pytest.raises(cs.InputError, match=f"'near' holds 1 weights that are .* below 0, of {graph.nnz}"):
        cs.tl.regulation(small(obsp={"near": graph}), statistic="local", neighbors="near", progress=False)


def test_distances_are_no_weights():
    noted = {"connectivities_key": "connectivities", "distances_key": "distances"}
    mdata = small(obsp={"distances": weighted(30)}, uns={"neighbors": noted})
    with pytest.raises(cs.InputError, match=r"larger the further .* Give neighbors='connectivities'"):
        cs.tl.regulation(mdata, statistic="local", neighbors="distances", progress=False)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (np.zeros((30, 0)), "cells x dimensions"),
        (np.ones((30, 2)), "All cells lie at one place"),
        (np.eye(30) * np.r_[-1e200, np.ones(29)], r"1 of 30 cells lie beyond 1e\+100, as far as 1e\+200"),
    ],
)
def test_a_space_has_dimensions_in_which_cells_differ(points, words):
    with pytest.raises(cs.InputError, match=words):
        cs.tl.regulation(small(obsm={"space": points}), statistic="local", neighbors="space", progress=False)
