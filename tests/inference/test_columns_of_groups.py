"""Columns of groups, priors and counts of every type: taken for what they say, or one sentence."""

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from anndata import AnnData
from matplotlib import pyplot as plt
from mudata import MuData
from scipy import sparse

import csmir as cs
from csmir._errors import InputError

SEVERAL = {
    "lists": [["x"], ["y"]] * 20,
    "sets": [{"x"}, {"y"}] * 20,
    "tuples": [("x",), ("y",)] * 20,
    "arrow": pd.arrays.ArrowExtensionArray(pa.array([["x"], ["y"]] * 20)),
}
ASKING = {
    "local": lambda m: cs.tl.regulation(m, m.uns["prior"], statistic="local", groups="g"),
    "association": lambda m: cs.tl.association(m, m.uns["prior"], groups="g"),
    "covariate": lambda m: cs.tl.association(m, m.uns["prior"], covariates=["g"]),
    "conservation": lambda m: cs.tl.conservation(m, groups="g", regulation="truth"),
    "pairs": lambda m: cs.get.pairs(m["truth"], groups="g"),
    "pool": lambda m: cs.pp.pool_cells(m, "g", size=2),
    "pair": lambda m: cs.pl.pair(m, **m["truth"].var.iloc[0][["mirna", "mrna"]], groupby="g"),
}


@pytest.fixture
def mdata():
    return cs.datasets.simulated(n_cells=40, seed=1)


def grouped(mdata, values):
    mdata.obs["g"] = pd.Series(values, index=mdata.obs_names)
    mdata["truth"].obs["g"] = mdata.obs["g"]
    return mdata


@pytest.mark.parametrize("ask", ASKING.values(), ids=list(ASKING))
def test_several_values_a_cell_are_refused(mdata, ask):
    for values in SEVERAL.values():
        with pytest.raises(InputError, match=r"one name or number a cell"):
            ask(grouped(mdata, values))


@pytest.mark.parametrize("ask", [v for k, v in ASKING.items() if k != "covariate"])
def test_groups_that_read_alike_are_refused(mdata, ask):
    """1 and "1" are two groups to pandas, one to whoever reads their names."""
    with pytest.raises(InputError, match=r"1 \(int\) and '1' \(str\), which read alike"):
        ask(grouped(mdata, [1, "1", 2, "2"] * 10))


@pytest.mark.parametrize(
    "values",
    [
        pd.to_datetime(["2020-01-01", "2020-01-02"] * 20),
        pd.to_timedelta([1, 2] * 20, unit="D"),
        [dt.date(2020, 1, 1), dt.date(2020, 1, 2)] * 20,
        [b"x", None] * 20,
    ],
    ids=["dates", "lengths", "days", "bytes"],
)
def test_groups_of_any_type_are_drawn(mdata, values):
    """The colours were by other words than the bars."""
    adata = grouped(mdata, values)["truth"]
    cs.tl.hubs(adata), cs.tl.similarity(adata)
    for draw in (cs.pl.out_degree, cs.pl.similarity):
        words = {t.get_text() for t in draw(adata, groupby="g").figure.findobj(plt.Text)}
        assert {str(v) for v in adata.obs["g"].dropna().astype("category").cat.categories} <= words
        plt.close("all")


def test_priors_of_nested_values_or_column_names_are_refused(mdata):
    net = mdata.uns["prior"][["source", "target"]]
    lists = net.assign(target=pd.arrays.ArrowExtensionArray(pa.array([[t] for t in net["target"]])))
    with pytest.raises(InputError, match=r"explode\('target'\)"):
        cs.tl.association(mdata, lists)
    levels = net.set_axis(pd.MultiIndex.from_tuples([("source", "a"), ("target", "b")]), axis=1)
    with pytest.raises(InputError, match="column names of 2 levels"):
        cs.tl.association(mdata, levels)


def test_parents_may_have_an_index_of_the_same_names(mdata):
    net = mdata.uns["prior"][["source", "target"]]
    parents = pd.DataFrame({"source": net["target"].unique()[-2:], "target": net["source"].unique()[:2]})
    cs.tl.regulation(mdata, net, statistic="local", parents=parents)
    plain = mdata["regulation"].X.toarray()
    parents = parents.set_index(pd.MultiIndex.from_frame(parents))
    cs.tl.regulation(mdata, net, statistic="local", parents=parents)
    np.testing.assert_array_equal(mdata["regulation"].X.toarray(), plain)


def test_counts_of_few_bits_are_counts(mdata):
    """In eight bits roots were taken of half-precision numbers, and gave other p-values."""
    found = []
    for dtype in (np.uint8, np.float64):
        parts = {}
        for key in ("mirna", "mrna"):
            x = np.minimum(np.rint(np.asarray(mdata[key].X, np.float64)), 200)
            parts[key] = AnnData(x.astype(dtype), obs=mdata[key].obs[[]].copy(), var=mdata[key].var[[]].copy())
        of = MuData(parts)
        cs.tl.regulation(of, mdata.uns["prior"], statistic="local", alpha=0.5)
        cs.tl.direct(of)
        found.append(of["regulation"].layers["direct_pvalue"].toarray())
    assert np.isfinite(found[0]).any()
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("of", [sparse.csr_array, sparse.csc_array])
@pytest.mark.parametrize("how", ["total", "ratios"])
def test_sparse_arrays_are_normalised_as_matrices(mdata, of, how):
    expected = cs.pp.normalize(mdata, how=how, copy=True)
    for key in ("mirna", "mrna"):
        mdata[key].X = of(mdata[key].X)
    cs.pp.normalize(mdata, how=how)
    for key in ("mirna", "mrna"):
        np.testing.assert_allclose(mdata[key].X.toarray(), expected[key].X, rtol=1e-6)
