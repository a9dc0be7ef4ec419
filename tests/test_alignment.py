"""A representative of `python -m benchmarks.alignment`: moves before functions, equal by name or refused."""

from __future__ import annotations

import pytest
from benchmarks.alignment.__main__ import judged
from benchmarks.alignment.expected import anew, may_be, outcome, with_steps
from benchmarks.alignment.moves import all_moves
from benchmarks.alignment.readers import readers
from benchmarks.alignment.steps import inferred

MOVES = {move.name: move for move in all_moves(seed=0)}
CALLS = readers()
STEPS = ("hubs", "conservation", "validate", "similarity", "crosstalk", "modules", "sign", "null")
READERS = (
    "tl.null", "tl.sign", "tl.hubs", "tl.conservation", "tl.validate", "tl.similarity", "tl.cluster", "get.edges",
    "get.hubs", "get.conserved", "get.validation", "get.crosstalk", "get.modules", "pl.per_cell", "pl.recurrence",
    "io.write_tables",
)  # fmt: skip


@pytest.fixture(scope="module")
def base():
    return with_steps(inferred("csn", n_cells=20), STEPS)


@pytest.fixture(scope="module")
def before(base):
    return {name: outcome(CALLS[name], base) for name in READERS}


@pytest.mark.parametrize(
    "name",
    ["shuffle x pairs", "shuffle x cells of networks", "reverse x cells of data", "shuffle x mRNAs", "concat",
     "subset x pairs", "subset x cells", "rename miRNAs", "changed layer"],
)  # fmt: skip
def test_results_are_equal_by_name_or_refused(base, before, name):
    move = MOVES[name]
    moved = move.make(base)
    fresh = anew(moved, base, STEPS) if move.loses else None
    found = {}
    for reader in READERS:
        expected = may_be(reader, CALLS[reader], move, moved, fresh, before[reader])
        found[reader] = judged(CALLS[reader], moved, expected, before[reader], lost=bool(move.loses))
    assert not {k: v for k, v in found.items() if v[0] == "wrong"}
    if not move.loses:
        assert {v[0] for v in found.values()} == {"equal"}


def test_a_wrong_result_is_seen(base, before):
    """The comparison itself: a value on another cell, a pair with another's value."""
    moved = MOVES["shuffle x pairs"].make(base)
    moved["regulation"].X.data = moved["regulation"].X.data[::-1].copy()
    assert verdict("get.edges", moved, before) == ("wrong", "other numbers")
    adata = base["regulation"].copy()
    adata.obsm["out_degree"] = adata.obsm["out_degree"][::-1].set_axis(adata.obs_names)
    assert verdict("get.hubs", base, before)[0] == "equal"
    other = MOVES["shuffle x pairs"].make(base)
    other.mod["regulation"] = adata
    assert verdict("get.hubs", other, before)[0] == "wrong"


def verdict(name, moved, before, *, lost=False):
    return judged(CALLS[name], moved, [before[name]], before[name], lost=lost)


def test_what_is_left_out_or_refused_needs_a_reason(base, before):
    """Columns that are gone, and an error, pass only where the move took something away."""
    bare = MOVES["shuffle x pairs"].make(base)
    del bare["regulation"].var["sign"]
    assert verdict("io.write_tables", bare, before)[0] == "wrong"
    assert verdict("io.write_tables", bare, before, lost=True)[0] == "equal in part"
    del bare["regulation"].obsm["out_degree"]
    assert verdict("get.hubs", bare, before)[0] == "wrong"
    assert verdict("get.hubs", bare, before, lost=True)[0] == "clear error"


def test_a_figure_with_the_values_of_other_cells_is_seen(base):
    """The same sizes and shares, each at another cell."""
    other = MOVES["update"].make(base)
    other["regulation"].obs["n_interactions"] = base["regulation"].obs["n_interactions"].to_numpy()[::-1]
    draw = CALLS["pl.per_cell"]
    assert draw(MOVES["update"].make(base)) == draw(MOVES["shuffle x cells"].make(base))
    assert draw(MOVES["update"].make(base)) != draw(other)


def drawn(name="miRNA", colours=("r", "b"), label="one", x=(1, 2), sizes=(9, 20), end=3):
    """A panel with a bar that has a name, points, a line of segments and a legend."""
    import matplotlib.pyplot as plt
    from benchmarks.alignment.drawn import of_figure
    from matplotlib.collections import LineCollection
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    fig, ax = plt.subplots()
    ax.barh([0, 1], [2, 5])
    ax.set_yticks([0, 1], [name, "other"])
    for at, colour, size, who in zip(x, colours, sizes, (label, "two"), strict=True):
        ax.scatter([at], [0.5], color=colour, s=size, label=who)
    ax.add_collection(LineCollection([[(0, 0), (1, end)]]))
    ax.add_patch(PathPatch(Path([(0, 0), (2, end), (1, 1)])))
    ax.annotate(name, (x[0], 0.5))
    ax.legend()
    plt.close(fig)
    return of_figure(fig)


@pytest.mark.parametrize(
    "fault",
    [{"name": "x"}, {"colours": ("b", "r")}, {"label": "three"}, {"x": (2, 1)}, {"sizes": (20, 9)}, {"end": 4}],
    ids=str,
)
def test_marks_with_the_name_place_colour_or_size_of_others_are_seen(fault):
    assert drawn() == drawn()
    assert drawn() != drawn(**fault)
    assert (drawn().loosened() != drawn(**fault).loosened()) == ("sizes" not in fault)


def test_no_panel_mixes_values_of_before_with_those_anew():
    """A point anew beside the words of before is neither."""
    from benchmarks.alignment.by_name import Either

    before, anew = drawn(), drawn(x=(3, 4), label="new")
    both = Either(before, anew).loosened()
    assert both == before.loosened()
    assert both == anew.loosened()
    assert both != drawn(x=(3, 4)).loosened()


def test_stale_counts_over_cells_do_not_pass_as_values_over_the_data():
    from benchmarks.alignment.by_name import Parts

    before, fresh = Parts({("pairs", "n_null"): (("a", "4"),), ("pairs", "sign"): (("a", "1"),)}), Parts()
    assert list(before.less_over_data(before, fresh)) == [("pairs", "n_null")]


def test_places_on_a_path_stay_with_their_cells():
    from benchmarks.alignment.by_name import Parts

    path = {"a": "4", "b": "7", "c": "1"}
    before = Parts({("cells", "path"): tuple(path.items())})
    assert not Parts({("cells", "path"): (("a", "4"),)}).less_over_data(before, Parts())
    assert Parts({("cells", "path"): (("a", "7"),)}).less_over_data(before, Parts())  # of another cell
    assert Parts({("cells", "path"): (("a", "4"),)}).less_over_data(before, before)  # where it can be found anew


def test_a_layer_over_all_pairs_stays_place_by_place():
    from benchmarks.alignment.by_name import Parts

    key = ("layers", "direct_qvalue")
    before = Parts({key: (("a", "b"), ("p", "q"), ("0.1", "0.2", "0.3", "0.4"))})
    fresh = Parts({key: (("a", "b"), ("p",), ("0.9", "0.9"))})
    assert not Parts({key: (("a", "b"), ("p",), ("0.1", "0.3"))}).less_over_data(before, fresh)
    assert Parts({key: (("a", "b"), ("p",), ("0.1", "0.4"))}).less_over_data(before, fresh)  # of another pair


def test_modules_count_without_their_numbers_and_with_all_else():
    import matplotlib.pyplot as plt
    from benchmarks.alignment.drawn import of_figure

    def titled(words, below="cells"):
        fig, ax = plt.subplots()
        ax.set_title(words)
        ax.set_xlabel(below)
        plt.close(fig)
        return of_figure(fig)

    assert titled("module 24 of cell_01") == titled("module 3 of cell_01")
    assert titled("module 24 of cell_01") != titled("module 24 of cell_02")
    assert titled("24 cells") != titled("3 cells")
    gone = "cells\n(without values: 3 pairs that the networks no longer have)"
    assert titled("a", gone) == titled("a")
    assert titled("a", "cells\n(a column: 3 cells)") != titled("a")


def test_no_crash_passes_for_a_clear_error(base):
    def crash(mdata):
        raise KeyError("inside")

    before = outcome(crash, base)
    assert judged(crash, base, [before], before, lost=True)[0] == "wrong"


@pytest.mark.parametrize(
    ("move", "step"),
    [("subset x miRNAs", "tl.synergy"), ("subset x mRNAs", "tl.sponge"), ("subset x cells of data", "tl.synergy"),
     ("subset x cells of data", "tl.sponge"), ("subset x cells of data", "tl.similarity")],
)  # fmt: skip
def test_features_and_cells_of_the_networks_that_are_gone_are_refused_with_what_to_do(base, move, step):
    kind, said = outcome(CALLS[step], MOVES[move].make(base))
    assert kind == "clear error"
    assert "of the networks are not in the data" in said or "cells of the networks lack the" in said
    assert "put them back" in said.lower()
