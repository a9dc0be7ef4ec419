from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import csmir as cs
from csmir.pl._kit import style


@pytest.fixture
def placed(make_networks):
    mdata = make_networks({
        "a": [("m0", "g0"), ("m0", "g1"), ("m0", "g2")], "b": [("m0", "g0")], "c": [("m1", "g0")], "d": [],
    })  # fmt: skip
    cs.tl.hubs(mdata)
    mdata["regulation"].obsm["X_umap"] = np.arange(8.0).reshape(4, 2)
    return mdata


def test_points_are_cells_coloured_by_degree(placed):
    ax = cs.pl.embedding(placed, "m0")
    off, on = ax.collections
    assert (off.get_label(), len(off.get_offsets())) == ("off", 2)
    assert on.get_array().tolist() == [1, 3]  # the strongest is drawn last
    assert on.get_offsets().tolist() == [[2, 3], [0, 1]]
    assert on.get_clim() == (0, 3)
    words = ax.get_xlabel().replace("\n", " ")
    assert (ax.get_title(), words) == ("m0", "UMAP 1 (of regulation); grey: no target in 2 cells")


def test_several_are_panels_of_the_most_variable(placed):
    axes = cs.pl.embedding(placed, n_top=2)
    assert list(axes) == ["m0", "m1"]
    assert all(isinstance(ax, Axes) for ax in axes.values())
    fig = cs.pl.embedding(placed, ["m1", "m0"], return_fig=True, title="both")
    assert isinstance(fig, Figure)
    assert [ax.get_title() for ax in fig.axes if ax.get_title()] == ["m1", "m0"]


def test_embedding_of_the_expression_and_cells_outside_of_it(placed):
    placed["mrna"].obsm["X_pca"] = np.array([[0, 0], [1, 1], [np.nan, np.nan], [2, 2]])
    ax = cs.pl.embedding(placed, "m0", basis="pca")
    assert ax.get_xlabel().startswith("PCA 1 (of mrna)")
    assert sum(len(c.get_offsets()) for c in ax.collections) == 3


def test_off_everywhere_is_said(placed):
    reg = placed["regulation"]
    reg.obsm["out_degree"]["m0"] = 0
    ax = cs.pl.embedding(placed, "m0")
    assert "off in every cell" in ax.get_xlabel()
    reg.obsm["X_umap"][:] = np.nan
    assert style.is_empty(cs.pl.embedding(placed, "m0"))


def test_errors(placed, make_networks):
    with pytest.raises(cs.StepError, match=r"sc\.tl\.umap"):
        cs.pl.embedding(placed, "m0", basis="tsne")
    with pytest.raises(cs.InputError, match="One `ax` holds one"):
        cs.pl.embedding(placed, ["m0", "m1"], ax=Figure().add_subplot())
    with pytest.raises(cs.InputError, match="m9"):
        cs.pl.embedding(placed, "m9")
    with pytest.raises(cs.StepError, match=r"cs\.tl\.hubs"):
        cs.pl.embedding(make_networks({"a": [("m0", "g0")], "b": [], "c": []}), "m0")


def test_many_cells_are_an_image_in_vector_files():
    mdata = cs.datasets.simulated(n_cells=1200, n_mirnas=6, n_mrnas=30)
    cs.tl.hubs(mdata, regulation="truth")
    mdata["truth"].obsm["X_umap"] = np.random.default_rng(0).normal(size=(1200, 2))
    (ax,) = cs.pl.embedding(mdata, n_top=1, regulation="truth").values()
    assert all(c.get_rasterized() for c in ax.collections)


# one pair


@pytest.fixture(scope="module")
def both_ways():
    mdata = cs.datasets.simulated(n_cells=60, n_mirnas=5, n_mrnas=30, prevalence=0.6, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(
        mdata, mdata.uns["prior"], statistic="local", alpha=0.5, adjust=None, direction="both", n_threads=1
    )
    mdata["regulation"].obsm["X_umap"] = np.random.default_rng(0).normal(size=(60, 2))
    return mdata


def test_a_pair_is_its_correlation_and_its_edges_point_to_its_side(both_ways):
    adata = both_ways["regulation"]
    x = adata.X.toarray()
    pair = int(np.argmax(np.minimum((x < 0).sum(axis=0), (x > 0).sum(axis=0))))
    ends = tuple(adata.var.iloc[pair][["mirna", "mrna"]])
    ax = cs.pl.embedding(both_ways, pair=ends)
    drawn = {c.get_gid(): c for c in ax.collections if c.get_gid()}
    down, up = drawn["csmir-edge: repression"], drawn["csmir-edge: activation"]
    np.testing.assert_allclose(np.sort(down.get_array()), np.sort(x[x[:, pair] < 0, pair]), rtol=1e-6)
    np.testing.assert_allclose(np.sort(up.get_array()), np.sort(x[x[:, pair] > 0, pair]), rtol=1e-6)
    corners = [np.unique(c.get_paths()[0].vertices, axis=0)[:, 1] for c in (down, up)]
    assert [(y < 0).sum() for y in corners] == [1, 2]  # one tip below, and one above
    low, high = down.get_clim()
    assert low == -high
    assert len(drawn["csmir-no edge"].get_offsets()) == (x[:, pair] == 0).sum()
    assert drawn["csmir-no edge"].get_array() is not None  # the local test has a correlation there, too


def test_without_a_correlation_only_edges_have_a_value(placed):
    placed["regulation"].var["sign"] = 1
    placed["regulation"].var["correlation"] = 0.04  # of hardly any, which the word alone does not tell
    placed["regulation"].obsm["X_umap"] = np.arange(8.0).reshape(4, 2)
    ax = cs.pl.embedding(placed, pair=("m0", "g0"))
    words = [t.get_text() for t in ax.get_legend().get_texts()]
    assert words == ["no edge (2)", "edge: activation (2)", "direction: by ρ = +0.04 over all cells"]
    placed["regulation"].var["correlation"] = 0.004
    words = [t.get_text() for t in cs.pl.embedding(placed, pair=("m0", "g0")).get_legend().get_texts()]
    assert words == ["no edge (2)", "edge: no direction (ρ 0.00) (2)", "direction: by ρ = 0.00 over all cells"]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"pair": "m0"}, "a miRNA and an mRNA"),
        ({"pair": ("m0", "g0"), "mirna": "m0"}, "without `mirna`"),
        ({"pair": ("m0", "nobody")}, "nobody"),
        ({"pair": ("m1", "g1")}, "not a pair of these networks"),
        ({"pair": ("m0", "g0"), "n_top": 3}, "`n_top`"),
        ({"mirna": "m0", "n_top": 3}, "`n_top`"),
    ],
)
def test_errors_of_a_pair(placed, given, match):
    with pytest.raises(cs.InputError, match=match):
        cs.pl.embedding(placed, **given)
