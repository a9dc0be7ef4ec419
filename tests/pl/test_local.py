from __future__ import annotations

import numpy as np
import pytest

import csmir as cs


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=100, n_mirnas=6, n_mrnas=30, prevalence=0.6, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", alpha=0.3, keep="all", n_threads=1)
    return mdata


def words(ax):
    return next(t.get_text() for t in ax.texts if t.get_gid() == "result")


def test_what_is_drawn_has_the_correlation_that_is_stored(mdata):
    """For pairs and cells without a choice: the dots' own weighted correlation is `.X`."""
    adata = mdata["regulation"]
    for k, pair in ((0, 0), (17, 5), (60, 11), (99, 3)):
        names = adata.var.iloc[pair]
        ax = cs.pl.local(mdata, mirna=names["mirna"], mrna=names["mrna"], cell=adata.obs_names[k])
        dots = next(c for c in ax.collections if c.get_gid() == "csmir-neighbours")
        w = np.asarray(dots.get_sizes())
        at = np.asarray(dots.get_offsets())
        rho = np.cov(at.T, aweights=w)
        rho = rho[0, 1] / np.sqrt(rho[0, 0] * rho[1, 1])
        assert rho == pytest.approx(adata.X[k, pair], abs=2e-3)
        assert f"{abs(adata.X[k, pair]):.3f}" in words(ax)
        edge = bool(adata.layers["significant"][k, pair])
        assert ("no edge" not in words(ax)) == edge


@pytest.mark.parametrize("given", [{"covariates": "batch", "factors": 0}, {"covariates": "batch", "factors": 2}])
def test_what_is_held_is_taken_off_the_dots(given):
    mdata = cs.datasets.simulated(n_cells=100, n_mirnas=6, n_mrnas=60, prevalence=0.6, seed=2)
    cs.pp.recipe_csmir(mdata)
    mdata.obs["batch"] = np.where(np.arange(100) % 3 == 0, "a", "b")
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", alpha=0.3, keep="all", n_threads=1, **given)
    adata = mdata["regulation"]
    for k, pair in ((3, 2), (70, 9)):
        names = adata.var.iloc[pair]
        ax = cs.pl.local(mdata, mirna=names["mirna"], mrna=names["mrna"], cell=adata.obs_names[k])
        dots = next(c for c in ax.collections if c.get_gid() == "csmir-neighbours")
        rho = np.cov(np.asarray(dots.get_offsets()).T, aweights=np.asarray(dots.get_sizes()))
        rho = rho[0, 1] / np.sqrt(rho[0, 0] * rho[1, 1])
        assert rho == pytest.approx(adata.X[k, pair], abs=5e-3)
        assert "held" in words(ax)


def test_without_a_cell_it_is_the_strongest_edge(mdata):
    adata = mdata["regulation"]
    kept = adata.layers["significant"].multiply(abs(adata.X)).tocsc()
    pair = int(np.argmax(kept.sum(axis=0)))
    best = int(kept[:, [pair]].toarray().argmax())
    names = adata.var.iloc[pair]
    ax = cs.pl.local(mdata, mirna=names["mirna"], mrna=names["mrna"])
    assert ax.get_title(loc="left") == f"cell {adata.obs_names[best]}"
    assert words(ax).count("an edge: q ≤ 0.3") == 1


def test_the_strongest_edge_is_found_beside_copies_of_other_cells():
    """A copy, weighed with its cell, is no row of the data: it was taken for the last cell, here that of the edge."""
    whole = cs.datasets.simulated(n_cells=30, n_mirnas=4, n_mrnas=10, prior_density=0.5, seed=1)

    def inferred(at):
        parts = {key: whole[key][at].copy() for key in ("mirna", "mrna")}
        for part in parts.values():
            part.obs_names = [f"c{i:02d}" for i in range(len(at))]
        mdata = cs.io.make_mudata(parts["mirna"], parts["mrna"])
        cs.pp.recipe_csmir(mdata)
        options = {"statistic": "local", "alpha": 0.5, "adjust": None, "duplicates": "weigh", "n_threads": 1}
        cs.tl.regulation(mdata, whole.uns["prior"], **options)
        return mdata

    networks = inferred(np.arange(30))["regulation"]
    pair = int(np.argmax((networks.X != 0).sum(axis=0)))
    rho = np.abs(networks.X[:, [pair]].toarray().ravel())
    strongest, weakest = int(rho.argmax()), int(np.where(rho > 0, rho, 2).argmin())
    mdata = inferred([*np.delete(np.arange(30), strongest), strongest, weakest])
    assert mdata["regulation"].n_obs == 31
    names = networks.var.iloc[pair]
    assert cs.pl.local(mdata, mirna=names["mirna"], mrna=names["mrna"]).get_title(loc="left") == "cell c29"


def test_errors(mdata, make_networks):
    names = mdata["regulation"].var.iloc[0]
    with pytest.raises(cs.InputError, match=r"cs\.pl\.box"):
        cs.pl.local(make_networks({"a": [("m0", "g0")], "b": [], "c": []}), mirna="m0", mrna="g0")
    with pytest.raises(cs.InputError, match="No miRNA of the networks"):
        cs.pl.local(mdata, mirna="hsa-miR-nope", mrna=names["mrna"])
    with pytest.raises(cs.InputError, match="'nobody'"):
        cs.pl.local(mdata, mirna=names["mirna"], mrna=names["mrna"], cell="nobody")


def test_narrow_figures_have_the_numbers_below(mdata):
    names = mdata["regulation"].var.iloc[0]
    fig = cs.pl.local(mdata, mirna=names["mirna"], mrna=names["mrna"], figsize=(3.4, 3.4), return_fig=True)
    fig.canvas.draw()
    (ax,) = fig.axes
    assert ax.get_window_extent().width > 0.6 * fig.bbox.width
    box = next(t for t in ax.texts if t.get_gid() == "result").get_window_extent()
    assert box.y1 < ax.xaxis.label.get_window_extent().y0 + 1
    assert box.y0 >= -1
    assert box.x1 <= fig.bbox.width + 1
