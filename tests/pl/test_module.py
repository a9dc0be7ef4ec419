from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir.pl._kit import style


def complete(n_mirnas, n_mrnas):
    return [(f"m{i}", f"g{j}") for i in range(n_mirnas) for j in range(n_mrnas)]


@pytest.fixture
def biclique(make_networks):
    """m0, m1 x g0, g1, g2 in all of four cells but one edge in three; cell d has a bigger one."""
    both = complete(2, 3)
    mdata = make_networks({"a": both, "b": both, "c": both[1:], "d": complete(3, 4)})
    cs.tl.conservation(mdata, conserved=0.7)
    cs.tl.modules(mdata)
    return mdata


def lines(ax):
    return next(c for c in ax.collections if c.get_gid() == "csmir-edges")


def names(ax):
    return [t.get_text() for t in ax.texts if t.get_gid() == "csmir-name"]


@pytest.mark.parametrize("layout", ["block", "circle"])
def test_all_members_and_all_edges(biclique, layout):
    ax = cs.pl.module(biclique, 0, layout=layout)
    assert sorted(names(ax)) == ["g0", "g1", "g2", "m0", "m1"]
    assert len(lines(ax).get_segments()) == 6
    assert len(set(np.round(lines(ax).get_linewidths(), 3))) == 2
    assert ax.get_xlabel().replace("\n", " ") == "6 interactions; width: in 3 to 4 of 4 cells"
    assert ax.get_title() == "module 0 of conserved"


def test_sides_and_shapes(biclique):
    ax = cs.pl.module(biclique, 0)
    left, right = (next(c for c in ax.collections if c.get_gid() == f"csmir-{side}") for side in ("left", "right"))
    assert set(np.asarray(left.get_offsets())[:, 0]) == {0}
    assert (len(left.get_offsets()), len(right.get_offsets())) == (2, 3)
    ring = cs.pl.module(biclique, 0, layout="circle")
    at = [np.asarray(c.get_offsets()) for c in ring.collections if c.get_gid() in ("csmir-left", "csmir-right")]
    assert np.linalg.norm(np.concatenate(at), axis=1).tolist() == pytest.approx([1] * 5)
    assert [t.get_text() for t in ring.get_legend().get_texts()] == ["miRNA", "mRNA"]


def test_module_of_one_cell_shows_its_z(biclique):
    cs.tl.modules(biclique, "d", key_added="of_d")
    ax = cs.pl.module(biclique, 0, key="of_d")
    assert len(lines(ax).get_segments()) == 12
    assert "width: z" in ax.get_xlabel()
    # conserved and rewired edges in one module: told apart without being asked
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["conserved", "rewired"]
    assert cs.pl.module(biclique, 0, key="of_d", color=None).get_legend() is None


def test_of_large_modules_the_best_are_drawn_and_the_rest_counted(make_networks):
    many = complete(2, 100)
    mdata = make_networks({"a": many, "b": many, "c": many[:150]})
    del mdata["regulation"].layers["support"]
    cs.tl.conservation(mdata, conserved=0.6)
    cs.tl.modules(mdata)
    ax = cs.pl.module(mdata, 0)
    assert not ax.images  # no solid block
    drawn = {n for n in names(ax) if n.startswith("g")}
    # pairs with g0 to g49 are in three cells, those of m1 with the others in two
    assert drawn <= {f"g{j}" for j in range(50)}
    said = ax.get_xlabel().replace("\n", " ")
    assert f"best by recurrence, and {100 - len(drawn)} more" in said
    assert f"{2 * len(drawn)} of 200 interactions" in said


def test_the_best_are_those_of_most_support_then_the_validated(make_networks):
    many = complete(2, 90)
    mdata = make_networks({"a": many, "b": many, "c": many})
    adata = mdata["regulation"]
    support = adata.X.copy()
    support.data[:] = 0.5
    well = adata.var["mrna"].isin([f"g{j}" for j in range(60, 70)]).to_numpy()
    support.data[well[support.indices]] = 0.9
    adata.layers["support"] = support
    adata.var["validated"] = adata.var["mrna"].isin([f"g{j}" for j in range(20, 50)]).to_numpy()
    cs.tl.conservation(mdata)
    cs.tl.modules(mdata)
    drawn = {n for n in names(cs.pl.module(mdata, 0)) if n.startswith("g")}
    best, known = {f"g{j}" for j in range(60, 70)}, {f"g{j}" for j in range(20, 50)}
    assert best < drawn <= best | known
    assert len(drawn) == 40


def test_members_by_cells(biclique):
    """m0 has 3 interactions in the module; m0 with g0 is not in cell c."""
    ax = cs.pl.module(biclique, 0, layout="cells")
    (picture,) = ax.images
    rows = dict(zip([t.get_text() for t in ax.get_yticklabels()], picture.get_array().tolist(), strict=True))
    assert sorted(rows) == ["g0", "g1", "g2", "m0", "m1"]
    cells = [t.get_text() for t in ax.get_xticklabels()]
    assert rows["m0"][cells.index("c")] == pytest.approx(2 / 3)
    assert rows["g0"][cells.index("c")] == pytest.approx(1 / 2)
    assert rows["m1"] == [1, 1, 1, 1]
    for given in ({"node_kws": {}}, {"edge_kws": {}}, {"color": "conservation"}):
        with pytest.raises(cs.InputError, match=r"would do nothing"):
            cs.pl.module(biclique, 0, layout="cells", **given)


def test_a_shuffle_of_the_same_pairs_is_said(biclique):
    biclique["regulation"].var["n_null"] = 3.5
    for layout in ("block", "circle", "cells"):
        words = cs.pl.module(biclique, 0, layout=layout).get_xlabel().replace("\n", " ")
        assert "in 3.83 cells on average, 3.5 when shuffled" in words
        assert ("width" in words) == (layout != "cells")


def test_clusters_of_one_kind_are_circles(make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": [], "c": []})
    var = pd.DataFrame({"mirna_a": ["m0", "m0", "m1"], "mirna_b": ["m1", "m2", "m2"]}, index=["0", "1", "2"])
    from anndata import AnnData
    from scipy import sparse

    synergy = AnnData(sparse.csr_matrix(np.full((3, 3), 3.0, np.float32)), var=var, obs=pd.DataFrame(index=list("abc")))
    cs.tl.modules(synergy, "cells")
    ax = cs.pl.module(synergy, 0)
    assert sorted(names(ax)) == ["m0", "m1", "m2"]
    assert len(lines(ax).get_segments()) == 3
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["miRNA"]
    assert ax.get_title() == "module 0 of a"
    with pytest.raises(cs.InputError, match="has no sides"):
        cs.pl.module(synergy, 0, layout="block")
    with pytest.raises(cs.InputError, match=r"cs\.pl\.module"):
        cs.pl.network(synergy, "a")
    assert mdata.n_obs == 3


def test_no_modules_is_said(make_networks):
    mdata = make_networks({"a": [("m0", "g0")], "b": [("m0", "g0")], "c": []})
    cs.tl.conservation(mdata)
    cs.tl.modules(mdata)
    ax = cs.pl.module(mdata)
    assert style.is_empty(ax)
    assert "2 miRNAs share 3 mRNAs" in ax.texts[0].get_text().replace("\n", " ")


def test_errors(biclique, make_networks):
    with pytest.raises(cs.StepError, match=r"cs\.tl\.modules"):
        cs.pl.module(make_networks({"a": [("m0", "g0")], "b": [], "c": []}))
    with pytest.raises(cs.InputError, match="no module 5; there are 1, numbered 0 to 0"):
        cs.pl.module(biclique, 5)
    with pytest.raises(cs.InputError, match="'block', 'circle', 'cells'"):
        cs.pl.module(biclique, layout="square")


@pytest.mark.parametrize("size", [(85 / 25.4, 3.3), (180 / 25.4, 4), (5.4, 5.4)])
def test_names_around_the_circle_stay_inside(biclique, size):
    fig = cs.pl.module(biclique, 0, layout="circle", figsize=size, return_fig=True)
    fig.draw_without_rendering()
    for text in fig.axes[0].texts:
        box = text.get_window_extent()
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= fig.bbox.width + 1
        assert box.y1 <= fig.bbox.height + 1
