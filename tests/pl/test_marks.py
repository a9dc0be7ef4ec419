"""A second mark beside the colour of each group, which grey print keeps."""

from __future__ import annotations

import numpy as np
import pytest

import csmir as cs
from csmir.pl._kit.marks import marks

NAMES = ("a", "b", "c")


@pytest.fixture
def mdata():
    mdata = cs.datasets.simulated(n_cells=12, n_mirnas=6, n_mrnas=30)
    cs.tl.hubs(mdata, regulation="truth")
    mdata["truth"].obs["kind"] = np.array(NAMES, dtype=object)[np.arange(12) // 4]
    return mdata


def test_marks_of_a_few_groups_are_unlike():
    of = marks(NAMES)
    assert [len({str(one[i]) for one in of.values()}) for i in range(3)] == [3, 3, 3]
    assert marks(str(i) for i in range(13))["12"].marker == of["a"].marker  # the same again


def test_cells_have_the_marker_of_their_group_in_plot_and_key(mdata):
    axes = cs.pl.per_cell(mdata, color="kind", regulation="truth")
    points = next(c for c in axes["n_interactions"].collections if len(c.get_offsets()) == 12)
    shapes = [path.vertices.tobytes() for path in points.get_paths()]
    assert [shapes.index(s) // 4 for s in shapes] == [i // 4 for i in range(12)]
    (key,) = axes["n_interactions"].get_figure().legends
    assert len({str(handle.get_marker()) for handle in key.legend_handles}) == 3


def test_a_strip_of_groups_is_hatched_as_its_key(mdata):
    ax = cs.pl.out_degree(mdata, groupby="kind", regulation="truth")
    bars = [p for p in ax.patches if p.get_gid() == "csmir-strip"]
    of = {p.get_facecolor(): p.get_hatch() for p in bars}
    assert len(set(of.values())) == len(of) == 3
    handles = [h for h in ax.get_legend().legend_handles if hasattr(h, "get_hatch")]
    assert {h.get_facecolor(): h.get_hatch() for h in handles} == of
