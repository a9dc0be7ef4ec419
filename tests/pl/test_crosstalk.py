from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

import csmir as cs
from csmir import InputError, StepError
from csmir.pl._kit import style
from csmir.pl._kit.places import _spread, alike


@pytest.fixture(scope="module")
def mdata():
    mdata = cs.datasets.simulated(n_cells=15, seed=1)
    cs.tl.hubs(mdata, regulation="truth")
    cs.tl.similarity(mdata, on=["interactions", "hubs"], regulation="truth")
    cs.tl.crosstalk(mdata, ["interactions", "hubs"], regulation="truth")
    return mdata


def test_cells_lines_and_modules(mdata):
    for on in ("interactions", "hubs"):
        table = cs.get.crosstalk(mdata, on, regulation="truth")
        ax = cs.pl.crosstalk(mdata, on, regulation="truth")
        cells = next(c for c in ax.collections if c.get_gid() == "cells")
        lines = next(c for c in ax.collections if hasattr(c, "get_segments"))
        assert len(cells.get_offsets()) == 15
        assert len(lines.get_segments()) == table["degree"].sum() / 2
        codes = table["module"].cat.codes
        expected = [style.OKABE_ITO[k] if k >= 0 else style.grey() for k in codes]
        assert [to_hex(c).upper() for c in cells.get_facecolor()] == expected
        ring = np.asarray(cells.get_linewidths()) > 1
        np.testing.assert_array_equal(ring, table["hub_cell"])


def test_lines_end_at_the_cells_they_join(mdata):
    ax = cs.pl.crosstalk(mdata, regulation="truth")
    places = next(c for c in ax.collections if c.get_gid() == "cells").get_offsets()
    joined = set()
    for a, b in next(c for c in ax.collections if hasattr(c, "get_segments")).get_segments():
        i, j = (int(np.argmin(np.hypot(*(places - end).T))) for end in (a, b))
        joined.add((min(i, j), max(i, j)))
    matrix = mdata["truth"].obsp["crosstalk"].toarray()
    assert joined == {(i, j) for i, j in zip(*np.nonzero(np.triu(matrix)), strict=True)}


def test_labels_legend_and_seed(mdata):
    ax = cs.pl.crosstalk(mdata, regulation="truth", seed=1)
    n_lines = mdata["truth"].obsp["crosstalk"].nnz // 2
    assert ax.get_xlabel() == f"15 cells (cell_…), {n_lines} joined pairs"
    assert sorted(t.get_text() for t in ax.texts) == [f"{i:02d}" for i in range(1, 16)]
    sizes = cs.get.crosstalk(mdata, regulation="truth")["module"].value_counts(dropna=False)
    legend = [t.get_text() for t in ax.get_legend().get_texts()]
    assert legend[0] == f"module 1 ({sizes['1']})"
    assert legend[-1].startswith("hub cell (")
    again = cs.pl.crosstalk(mdata, regulation="truth", seed=1)
    offsets = [next(c for c in a.collections if c.get_gid() == "cells").get_offsets() for a in (ax, again)]
    np.testing.assert_array_equal(*offsets)


def test_matrix_shows_every_joined_pair(mdata):
    ax = cs.pl.crosstalk(mdata, kind="matrix", regulation="truth")
    image = ax.images[0].get_array()
    drawn = ~(image == 1).all(axis=2)
    np.fill_diagonal(drawn, False)
    assert drawn.sum() == mdata["truth"].obsp["crosstalk"].nnz
    np.testing.assert_array_equal(drawn, drawn.T)
    bars = next(a for a in ax.child_axes if a.get_label() == "hub cells").collections[0]
    assert len(bars.get_segments()) == mdata["truth"].obs["hub_cell"].sum()


def test_many_cells_are_a_matrix():
    mdata = cs.datasets.simulated(n_cells=80, n_mirnas=8, n_mrnas=40)
    cs.tl.similarity(mdata, on="interactions", regulation="truth")
    cs.tl.crosstalk(mdata, regulation="truth")
    ax = cs.pl.crosstalk(mdata, regulation="truth")
    assert ax.images[0].get_array().shape == (80, 80, 3)
    assert ax.get_xlabel().startswith("80 cells, ")
    # a name and a bar above each module, over its own cells
    table = cs.get.crosstalk(mdata, regulation="truth")
    sizes = table["module"].value_counts().sort_index(key=lambda names: names.astype(int))
    edges = np.r_[0, sizes.cumsum()]
    named = [t.get_text() for t in ax.get_xticklabels()]
    assert named == [name for name in sizes.index if name in named]
    assert len(named) >= 2
    bars = [line.get_xdata() for line in ax.lines if line.get_gid() == "csmir-run"]
    for name, (a, b) in zip(named, bars, strict=True):
        k = list(sizes.index).index(name)
        assert edges[k] - 0.5 <= a < b <= edges[k + 1] - 0.5
    ticks = ax.get_xticks()
    assert all(a <= tick <= b for tick, (a, b) in zip(ticks, bars, strict=True))


def test_no_line_is_an_honest_panel(make_networks):
    same = make_networks({cell: [("m0", "g0"), ("m1", "g1")] for cell in "abc"})
    cs.tl.similarity(same, on="interactions")
    cs.tl.crosstalk(same)
    ax = cs.pl.crosstalk(same)
    assert (
        ax.texts[0].get_text().replace("\n", " ").startswith("no two cells are more similar than the cutoff of 1.000")
    )


def test_cells_without_a_line_lie_below(make_networks):
    one, two = [("m0", "g0"), ("m1", "g1")], [("m2", "g2"), ("m3", "g3")]
    networks = make_networks({"a": one, "b": one, "c": two, "d": []})
    cs.tl.similarity(networks, on="interactions")
    cs.tl.crosstalk(networks)
    ax = cs.pl.crosstalk(networks)
    y = next(c for c in ax.collections if c.get_gid() == "cells").get_offsets()[:, 1]
    assert y[:2].min() > y[2:].max()
    assert ax.get_xlabel() == "4 cells, 1 joined pair"


def test_places_do_not_touch():
    places = _spread(np.random.default_rng(0).normal(size=(20, 2)) ** 3)
    gap = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) + 9 * np.eye(20)
    assert gap.min() > 0.15


def test_alike_cells_come_together():
    group = np.array([0, 1, 0, 1, 0, 1])
    similarity = np.where(group[:, None] == group[None], 0.9, 0.1)
    order = np.argsort(alike(similarity))
    assert len(np.unique(group[order][:3])) == 1


def test_what_was_not_run_names_the_call(mdata):
    fresh = cs.datasets.simulated(n_cells=4)
    with pytest.raises(StepError, match=r"Run cs.tl.crosstalk\(mdata, 'hubs'\) first"):
        cs.pl.crosstalk(fresh, "hubs", regulation="truth")
    with pytest.raises(InputError, match="`kind` must be one of 'network', 'matrix'"):
        cs.pl.crosstalk(mdata, kind="graph", regulation="truth")
    with pytest.raises(InputError, match="`seed` places the cells of kind='network'"):
        cs.pl.crosstalk(mdata, kind="matrix", seed=1, regulation="truth")
