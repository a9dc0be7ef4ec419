from __future__ import annotations

import numpy as np
import pytest
from anndata import AnnData
from mudata import MuData
from scipy import stats

import csmir as cs
from csmir import InputError


def of_values(x, y) -> MuData:
    """One miRNA and one mRNA."""
    import pandas as pd

    names = pd.Index([f"c{i}" for i in range(len(x))])
    parts = {
        key: AnnData(np.array(v, float)[:, None], obs=pd.DataFrame(index=names), var=pd.DataFrame(index=[key]))
        for key, v in (("mirna", x), ("mrna", y))
    }
    return MuData(parts)


@pytest.fixture
def twenty():
    """Values 1 to 20: at box size 0.3 half a box is 3 cells."""
    rng = np.random.default_rng(0)
    y = np.arange(1.0, 21)
    rng.shuffle(y)
    return of_values(np.arange(1.0, 21), y), y


def text(ax, name):
    return next(t.get_text() for t in ax.texts if t.get_gid() == name)


def test_boxes_counts_and_z_by_hand(twenty):
    mdata, y = twenty
    ax = cs.pl.box(mdata, mirna="mirna", mrna="mrna", cell="c9", box_size=0.3, alpha=0.05)
    x = np.arange(1.0, 21)
    in_x, in_y = abs(x - x[9]) <= 3, abs(y - y[9]) <= 3  # ranks are the values
    n_r, n_t, n_rt = in_x.sum(), in_y.sum(), (in_x & in_y).sum()
    z = (20 * n_rt - n_r * n_t) / np.sqrt(n_r * n_t * (20 - n_r) * (20 - n_t) / 19)
    assert text(ax, "counts").splitlines()[:4] == [
        "$n$ = 20 cells",
        f"$n_r$ = {n_r} in the miRNA's box",
        f"$n_t$ = {n_t} in the mRNA's box",
        f"$n_{{rt}}$ = {n_rt} in both",
    ]
    assert f"$z$ = {z:.3f}" in text(ax, "result")
    assert f"{stats.norm.sf(z):.2g}" in text(ax, "result")
    assert rf"20 \cdot {n_rt} - {n_r} \cdot {n_t}" in text(ax, "formula")
    boxes = {p.get_gid(): p for p in ax.patches}
    assert set(boxes) == {"box mirna", "box mrna", "box both"}
    inside = boxes["box both"]
    left, low = inside.get_xy()
    right, high = left + inside.get_width(), low + inside.get_height()
    drawn = (x > left) & (x < right) & (y > low) & (y < high)
    np.testing.assert_array_equal(drawn, in_x & in_y)
    cell = next(c for c in ax.collections if c.get_gid() == "cell")
    assert cell.get_offsets().tolist() == [[x[9], y[9]]]


def test_worked_example_of_the_method():
    """n = 100, n_r = n_t = 10, n_rt = 4: z = sqrt(11), p = 4.56e-4 (METHOD)."""
    x, y = np.full(100, 2.0), np.full(100, 2.0)
    x[:10] = 1.0
    y[6:16] = 1.0  # equal values share a box that nothing else is in
    ax = cs.pl.box(of_values(x, y), mirna="mirna", mrna="mrna", cell="c7", box_size=0.1)
    assert f"$z$ = {np.sqrt(11):.3f}" in text(ax, "result")
    assert "0.00046" in text(ax, "result")
    assert "an edge: $z$ > 2.33 (α = 0.01)" in text(ax, "result")


def test_without_a_cell_it_is_the_one_with_the_largest_z(twenty):
    mdata, y = twenty
    z = cs.tl.csn_statistic(np.arange(1.0, 21), y, box_size=0.3)
    ax = cs.pl.box(mdata, mirna="mirna", mrna="mrna", box_size=0.3)
    assert ax.get_title(loc="left") == f"cell c{z.argmax()}"
    assert f"$z$ = {z.max():.3f}" in text(ax, "result")


@pytest.fixture(scope="module")
def runs():
    mdata = cs.datasets.simulated(n_cells=10, seed=5)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=9)
    cs.tl.regulation(mdata, mdata.uns["prior"], box_size=0.3)
    return mdata


def test_with_pseudo_cells_the_run_of_the_median(runs):
    pair = runs["regulation"].var.iloc[3]
    ax = cs.pl.box(runs, mirna=pair["mirna"], mrna=pair["mrna"], cell=runs.obs_names[2])
    x, y = (runs[key][:, name].X.ravel() for key, name in (("mirna", pair["mirna"]), ("mrna", pair["mrna"])))
    weights = runs.obsm["csmir_bootstrap"].T.astype(int)
    z = cs.tl.csn_statistic(x, y, weights=weights, box_size=0.3)[:, 2]
    assert f"median $z$ of 9 runs = {np.median(z):.3f}" in text(ax, "result")
    assert f"$z$ = {np.median(z):.3f}" in text(ax, "result")  # of an odd number of runs one is the median
    assert text(ax, "counts").startswith(f"$n$ = {weights[0].sum()} cells and copies")
    run = int(ax.get_title(loc="left").split("run ")[1].split(" of")[0]) - 1
    assert z[run] == np.median(z)
    dots = next(c for c in ax.collections if c.get_gid() is None)
    size = dots.get_sizes()
    np.testing.assert_allclose(size / size.sum(), weights[run] / weights[run].sum())


def test_edge_or_not_agrees_with_the_networks(runs):
    adata = runs["regulation"]
    for k, pair in ((0, 0), (4, 7), (8, 20)):
        names = adata.var.iloc[pair]
        ax = cs.pl.box(runs, mirna=names["mirna"], mrna=names["mrna"], cell=adata.obs_names[k])
        assert ("an edge" in text(ax, "result")) == (adata.X[k, pair] != 0)


def test_says_when_the_cell_is_alone_in_its_boxes():
    mdata = of_values(np.arange(1.0, 7), [3, 1, 2, 6, 5, 4])
    cs.pp.bootstrap_cells(mdata, n_runs=1, indices=[[0] * 25])
    ax = cs.pl.box(mdata, mirna="mirna", mrna="mrna", cell="c0")
    assert "the cell is alone in both boxes" in text(ax, "result")
    ax = cs.pl.box(mdata, mirna="mirna", mrna="mrna", cell="c3")
    assert "alone" not in text(ax, "result")


def test_narrow_figures_have_the_numbers_below(twenty):
    mdata, _ = twenty
    for width, below in ((3.35, True), (6.2, False)):
        ax = cs.pl.box(mdata, mirna="mirna", mrna="mrna", figsize=(width, 4))
        counts = next(t for t in ax.texts if t.get_gid() == "counts")
        assert (counts.xy[1] == 0) == below


def test_a_constant_gene_can_be_drawn():
    ax = cs.pl.box(of_values([1, 1, 1, 1], [1, 2, 3, 4]), mirna="mirna", mrna="mrna", return_fig=True)
    ax.canvas.draw()


def test_unknown_names(runs):
    pair = runs["regulation"].var.iloc[0]
    with pytest.raises(InputError, match=r"No miRNA 'hsa-miR-17-5q'.*Did you mean"):
        cs.pl.box(runs, mirna="hsa-miR-17-5q", mrna=pair["mrna"])
    with pytest.raises(InputError, match="No mRNA 'nothing'"):
        cs.pl.box(runs, mirna=pair["mirna"], mrna="nothing")
    with pytest.raises(InputError, match="No cell 'x'"):
        cs.pl.box(runs, mirna=pair["mirna"], mrna=pair["mrna"], cell="x")
    with pytest.raises(InputError, match="`run` must be a whole number from 0 to 8"):
        cs.pl.box(runs, mirna=pair["mirna"], mrna=pair["mrna"], run=9)
    with pytest.raises(InputError, match="Expected a MuData"):
        cs.pl.box(runs["regulation"], mirna=pair["mirna"], mrna=pair["mrna"])


def test_numbers_of_small_levels_keep_apart(make_networks):
    from itertools import pairwise

    mdata = make_networks({f"c{i}": [("m0", "g0")] for i in range(20)})
    mdata["mirna"].X = np.asarray(mdata["mirna"].X) * 2.7e-4
    ax = cs.pl.box(mdata, mirna="m0", mrna="g0")
    ax.figure.canvas.draw()
    low, high = ax.get_xlim()
    shown = [t.get_window_extent() for t in ax.get_xticklabels() if low <= t.get_position()[0] <= high]
    assert len(shown) > 2
    assert all(a.x1 + 2 < b.x0 for a, b in pairwise(shown))


def test_exact_networks_are_drawn_by_the_exact_test():
    mdata = cs.datasets.simulated(n_cells=60, n_mirnas=10, n_mrnas=30, prevalence=0.5, seed=5)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="exact", keep="all", alpha=0.2, n_threads=1)
    adata = mdata["regulation"]
    rows, columns = adata.layers["significant"].tocsr().nonzero()
    for k, pair in ((rows[0], columns[0]), (0, 1), (7, 4)):
        names = adata.var.iloc[pair]
        ax = cs.pl.box(mdata, mirna=names["mirna"], mrna=names["mrna"], cell=adata.obs_names[k])
        lines = text(ax, "counts").splitlines()
        n, n_r, n_t, n_rt = (int(line.split("= ")[1].split()[0]) for line in lines[:4])
        p = stats.hypergeom.sf(n_rt - 2, n - 1, n_r - 1, n_t - 1)
        assert -np.log10(p) == pytest.approx(adata.X[k, pair], abs=1e-4)
        assert f"= {p:.2g}" in text(ax, "result")
        edge = bool(adata.layers["significant"][k, pair])
        assert ("no edge" not in text(ax, "result")) == edge
        assert f"{adata.layers['qvalue'][k, pair]:.2g}" in text(ax, "result")
    assert "$z$" in text(cs.pl.box(mdata, mirna=names["mirna"], mrna=names["mrna"], statistic="csn"), "result")


def test_the_networks_have_the_last_word(runs):
    """A cell's values may have changed since: what is stored is what is said."""
    adata = runs["regulation"].copy()
    row, column = (int(i[0]) for i in adata.X.nonzero())
    changed = runs.copy()
    changed["mrna"].X[:] = changed["mrna"].X[::-1]
    names = adata.var.iloc[column]
    ax = cs.pl.box(changed, mirna=names["mirna"], mrna=names["mrna"], cell=adata.obs_names[row])
    assert "no edge" not in text(ax, "result")


def test_networks_without_boxes_are_sent_elsewhere(runs):
    mdata = runs.copy()
    mdata["regulation"].uns["csmir"]["regulation"]["statistic"] = "local"
    pair = mdata["regulation"].var.iloc[3]
    with pytest.raises(InputError, match=r"cs\.pl\.local"):
        cs.pl.box(mdata, mirna=pair["mirna"], mrna=pair["mrna"])
    ax = cs.pl.box(mdata, mirna=pair["mirna"], mrna=pair["mrna"], statistic="csn")
    assert "edge: $z$" in text(ax, "result")


def test_a_long_name_is_shortened_as_in_the_other_figures_of_a_pair(twenty):
    mdata, _ = twenty
    long = "hsa-miR-17-5p_of_the_first_locus_and_of_the_second"
    mdata["mirna"].var_names = [long]
    mdata.update()
    label = cs.pl.box(mdata, mirna=long, mrna="mrna", box_size=0.3, figsize=(3.4, 3)).get_xlabel()
    assert len(label) <= 30
    assert label.startswith("hsa-miR-17-5p")
