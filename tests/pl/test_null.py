from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import csmir as cs
from csmir import _mudata


@pytest.fixture
def shuffled(make_networks):
    """Numbers by hand: 6 interactions in the data, 2, 3 and 4 in three shuffled pairings."""
    mdata = make_networks({"a": [("m0", f"g{j}") for j in range(4)], "b": [("m0", "g0"), ("m1", "g0")], "c": []})
    reg = mdata["regulation"]
    reg.obs["n_null"] = [1.0, 2.0, 0.0]
    _mudata.record(
        reg, "null", n_interactions=6, null_interactions=np.array([2, 3, 4]), empirical_fdr=0.5, verdict="Half of them."
    )
    return mdata


def marks(ax, gid):
    return [c for c in ax.collections if c.get_gid() == gid]


def test_both_panels_and_the_verdict(shuffled):
    fig = cs.pl.null(shuffled, return_fig=True)
    assert fig.get_suptitle() == "Half of them."
    axes = cs.pl.null(shuffled)
    assert list(axes) == ["total", "cells"]


def test_total(shuffled):
    ax = cs.pl.null(shuffled, "total")
    assert marks(ax, "csmir-null")[0].get_offsets()[:, 0].tolist() == [2, 3, 4]
    assert marks(ax, "csmir-data")[0].get_offsets()[:, 0].tolist() == [6]
    assert ax.get_xlim()[0] == 0
    assert [t.get_text() for t in ax.get_yticklabels()] == ["shuffled", "data"]
    assert [t.get_text() for t in ax.texts] == ["6", "mean 3"]


def test_cells(shuffled):
    ax = cs.pl.null(shuffled, "cells")
    assert marks(ax, "csmir-cells")[0].get_offsets().tolist() == [[1, 4], [2, 2], [0, 0]]
    assert ax.get_title(loc="left") == "1 of 3 cells above the line"
    assert not ax.texts  # none lies over the diagonal
    (line,) = ax.lines
    assert list(line.get_xdata()) == list(line.get_ydata())


def test_many_permutations_are_a_histogram(shuffled):
    shuffled["regulation"].uns["csmir"]["null"]["null_interactions"] = np.arange(100)
    ax = cs.pl.null(shuffled, "total")
    assert sum(p.get_height() for p in ax.patches) == 100
    assert [line.get_xdata()[0] for line in ax.lines] == [6]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["shuffled pairing", "data"]


def test_returns_and_errors(shuffled, make_networks, tmp_path):
    own = Figure().add_subplot()
    assert cs.pl.null(shuffled, "cells", ax=own) is own
    assert all(isinstance(ax, Axes) for ax in cs.pl.null(shuffled, save=tmp_path / "n.pdf").values())
    with pytest.raises(cs.InputError, match="panel='total'"):
        cs.pl.null(shuffled, ax=own)
    with pytest.raises(cs.StepError, match=r"cs\.tl\.null"):
        cs.pl.null(make_networks({"a": [("m0", "g0")], "b": [], "c": []}))


def test_nothing_found_anywhere(make_networks):
    mdata = make_networks({"a": [], "b": [], "c": []}, pairs=[("m0", "g0")])
    reg = mdata["regulation"]
    reg.obs["n_null"] = 0.0
    _mudata.record(reg, "null", n_interactions=0, null_interactions=np.array([0, 0]), verdict="nothing was found")
    axes = cs.pl.null(mdata)
    assert axes["cells"].get_xlim()[1] > 0
