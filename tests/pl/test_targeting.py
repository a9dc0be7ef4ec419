from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import scanpy as sc
from scipy.stats import spearmanr

import csmir as cs
from csmir.pl._kit import chance


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=60, n_mirnas=12, n_mrnas=150, prevalence=0.4, seed=1)
    cs.pp.recipe_csmir(mdata)
    cs.tl.targeting(mdata, mdata.uns["prior"], min_targets=8, n_permutations=200, n_threads=1)
    sc.pp.pca(mdata["mrna"], n_comps=2)
    return mdata


def of(ax, gid):
    return [c for c in (*ax.collections, *ax.lines) if c.get_gid() == gid]


def test_ranking(mdata):
    table = cs.get.targeting(mdata).iloc[:6]
    ax = cs.pl.targeting(mdata, n_top=6)
    assert [t.get_text() for t in ax.get_yticklabels()] == table["mirna"].tolist()
    drawn = np.vstack([np.asarray(c.get_offsets()) for w in ("down", "up", "not") for c in of(ax, f"csmir-{w}")])
    drawn = drawn[np.argsort(drawn[:, 1])]
    np.testing.assert_allclose(drawn[:, 0], table["shift"])
    spans = {round(p[0, 1]): p[:, 0] for c in ax.collections if not c.get_gid() for p in c.get_segments()}
    for i, row in enumerate(table.itertuples()):
        np.testing.assert_allclose(spans[i], [row.shift - 1.96 * row.shift_sd, row.shift + 1.96 * row.shift_sd])
    small = (table["qvalue"] <= 0.05) & (table["shift"] < 0)
    assert sum(len(c.get_offsets()) for c in of(ax, "csmir-down")) == small.sum()


def test_shuffled_cells_say_chance(mdata):
    net = mdata.uns["prior"]
    shuffled = mdata.copy()
    order = np.random.default_rng(3).permutation(mdata.n_obs)
    shuffled["mirna"].X = shuffled["mirna"].X[order]
    cs.tl.targeting(shuffled, net, min_targets=8, n_permutations=200, n_threads=1)
    assert not (cs.get.targeting(shuffled)["qvalue"] <= 0.05).any()
    assert (cs.get.targeting(mdata)["qvalue"] <= 0.05).any()
    said = [
        cs.pl.targeting(m, return_fig=True, show=False).findobj(lambda part: part.get_gid() == chance.GID)
        for m in (mdata, shuffled)
    ]
    assert not said[0]
    assert said[1][0].get_text().startswith("No more than chance gives: none of 12 miRNAs has")


def test_genes_are_the_correlations_behind_the_shift(mdata):
    table = cs.get.targeting(mdata).iloc[0]
    name = str(table["mirna"])
    ax = cs.pl.targeting(mdata, name, net=mdata.uns["prior"])
    (targets,), (others,) = (of(ax, f"csmir-{w}") for w in ("targets", "matched, no targets"))
    x, y = mdata["mirna"].to_df()[name], mdata["mrna"].to_df()
    net = mdata.uns["prior"]
    mine = [g for g in net.loc[net["source"] == name, "target"] if (y[g] > 0).sum() >= 6]
    want = np.sort([spearmanr(x, y[g]).statistic for g in mine])
    np.testing.assert_allclose(targets.get_xdata()[1:], want, atol=1e-9)
    np.testing.assert_allclose(targets.get_ydata()[1:], np.arange(1, len(want) + 1) / len(want))
    w = np.diff(others.get_ydata())
    assert w.sum() == pytest.approx(1)
    assert want.mean() - w @ others.get_xdata()[1:] == pytest.approx(table["shift"], abs=1e-6)
    assert f"q = {table['qvalue']:.2g}" in ax.get_title()


def test_another_prior_is_refused(mdata):
    name = str(cs.get.targeting(mdata)["mirna"].iloc[0])
    other = mdata.uns["prior"].iloc[::2]
    with pytest.raises(cs.StepError, match="Give the prior that"):
        cs.pl.targeting(mdata, name, net=other)


def test_embedding(mdata):
    adata = mdata["targeting"]
    name = str(adata.var["mirna"].iloc[2])
    ax = cs.pl.targeting(mdata, name, kind="embedding", basis="pca")
    (points,) = [c for c in ax.collections if len(c.get_offsets()) == 60]
    order = np.argsort(points.get_array())
    np.testing.assert_allclose(points.get_array()[order], np.sort(adata.X[:, 2]), rtol=1e-5)
    # both ends of the scale are one grey in print: triangles point to the side
    up = np.array([path.vertices[0, 1] > 0 for path in points.get_paths()])
    np.testing.assert_array_equal(up, points.get_array() > 0)
    assert 0 < up.sum() < len(up)


def test_title_and_ticks_fit_a_column(mdata):
    name = str(cs.get.targeting(mdata)["mirna"].iloc[0])
    for options in ({"net": mdata.uns["prior"]}, {"kind": "embedding", "basis": "pca"}):
        fig = cs.pl.targeting(mdata, name, figsize=(3.4, 2.8), show=False, return_fig=True, **options)
        fig.canvas.draw()
        box = fig.axes[0].title.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= fig.bbox.x1
    fig = cs.pl.targeting(mdata, show=False, return_fig=True)
    fig.canvas.draw()
    boxes = [t.get_window_extent() for t in fig.axes[0].get_xticklabels() if t.get_text()]
    inside = [b for b in boxes if fig.axes[0].bbox.x0 <= (b.x0 + b.x1) / 2 <= fig.axes[0].bbox.x1]
    assert all(a.x1 < b.x0 for a, b in pairwise(inside))
    words = [t.get_text() for t in fig.axes[0].get_legend().get_texts()]
    assert all("0.05" in word for word in words)  # which q is coloured


def test_options_without_effect_are_refused(mdata):
    name = str(mdata["targeting"].var["mirna"].iloc[0])
    for options in ({"n_top": 3, "mirna": name}, {"basis": "pca"}, {"net": mdata.uns["prior"]}):
        with pytest.raises(cs.InputError, match="belongs to kind="):
            cs.pl.targeting(mdata, **options)
    for options in ({"kind": "genes"}, {"mirna": name, "kind": "ranking"}):
        with pytest.raises(cs.InputError, match="A ranking is of all miRNAs"):
            cs.pl.targeting(mdata, **options)
    with pytest.raises(cs.InputError, match="give `net`"):
        cs.pl.targeting(mdata, name)
    with pytest.raises(cs.InputError, match="No miRNA"):
        cs.pl.targeting(mdata, "hsa-miR-none", net=mdata.uns["prior"])
