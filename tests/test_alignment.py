"""A representative of `python -m benchmarks.alignment`: moves before functions, equal by name or refused."""

from __future__ import annotations

import pytest
from benchmarks.alignment.__main__ import anew, judged, outcome, with_steps
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
    fresh = anew(moved, STEPS) if move.loses else None
    found = {}
    for reader in READERS:
        expected = [] if move.loses == "networks" else [before[reader]]
        expected += [outcome(CALLS[reader], fresh)] if move.loses else []
        found[reader] = judged(CALLS[reader], moved, expected, before[reader][1])
    assert not {k: v for k, v in found.items() if v[0] == "wrong"}
    if not move.loses:
        assert {v[0] for v in found.values()} == {"equal"}


def test_a_wrong_result_is_seen(base, before):
    """The comparison itself: a value on another cell, a pair with another's value."""
    moved = MOVES["shuffle x pairs"].make(base)
    moved["regulation"].X.data = moved["regulation"].X.data[::-1].copy()
    assert judged(CALLS["get.edges"], moved, [before["get.edges"]]) == ("wrong", "other numbers")
    adata = base["regulation"].copy()
    adata.obsm["out_degree"] = adata.obsm["out_degree"][::-1].set_axis(adata.obs_names)
    assert judged(CALLS["get.hubs"], base, [before["get.hubs"]])[0] == "equal"
    other = MOVES["shuffle x pairs"].make(base)
    other.mod["regulation"] = adata
    assert judged(CALLS["get.hubs"], other, [before["get.hubs"]])[0] == "wrong"


def test_no_crash_passes_for_a_clear_error(base):
    def crash(mdata):
        raise KeyError("inside")

    assert judged(crash, base, [outcome(crash, base)])[0] == "wrong"
