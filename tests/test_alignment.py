"""A representative of `python -m benchmarks.alignment`: moves before functions, equal by name or refused."""

from __future__ import annotations

import pytest
from benchmarks.alignment.__main__ import anew, judged, outcome, with_steps
from benchmarks.alignment.moves import all_moves
from benchmarks.alignment.readers import readers
from benchmarks.alignment.steps import inferred

import csmir as cs

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
        expected = [] if move.loses == "networks" else [before[reader]]
        expected += [outcome(CALLS[reader], fresh)] if move.loses else []
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
    from benchmarks.alignment.drawn import of_figure

    def drawn(mdata):
        return of_figure(cs.pl.per_cell(mdata["regulation"], columns="n_interactions", show=False, return_fig=True))

    other = MOVES["update"].make(base)
    other["regulation"].obs["n_interactions"] = base["regulation"].obs["n_interactions"].to_numpy()[::-1]
    assert drawn(base) == drawn(base)
    assert drawn(base) != drawn(other)


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
