"""Every move before every public function on networks, for every statistic: `python -m benchmarks.alignment`.

A result is *equal* if by name it is what the function finds without the move, or, where the move took something away,
what it finds after all steps are run anew on what is left; a *clear error* names the step to repeat; all else is
*wrong*.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
import warnings
from collections import Counter

from benchmarks.alignment.by_name import Parts
from benchmarks.alignment.moves import Move, all_moves, copied
from benchmarks.alignment.readers import OVER_DATA, readers
from benchmarks.alignment.steps import ALL_STEPS, STATISTICS, inferred
from csmir import InputError
from csmir import _keys as K

# most of the time goes into these
SLOW = ("io.write_report", "io.write_figures")
FEW = ("reverse x pairs", "shuffle x cells", "subset x pairs", "subset x cells", "rename cells", "changed layer")


def with_steps(mdata, steps=tuple(ALL_STEPS)):
    """All steps that can be run, run."""
    for name in steps:
        try:
            ALL_STEPS[name](mdata)
        except InputError:
            continue
    return mdata


def anew(mdata, steps=tuple(ALL_STEPS)):
    """The networks without anything that was read from them, and all steps again."""
    out = copied(mdata)
    adata = out["regulation"]
    noted = adata.uns.get(K.UNS, {})
    adata.uns = {K.UNS: {k: noted[k] for k in ("regulation", K.ORIGIN) if k in noted}}
    adata.obs = adata.obs[[c for c in adata.obs if c in out.obs or c == "group"]]
    adata.var = adata.var[["mirna", "mrna"]]
    for container in (adata.obsm, adata.obsp):
        for name in list(container):
            del container[name]
    edges = adata.layers.get("significant", adata.X != 0)
    adata.var["n_cells"] = edges.getnnz(axis=0)
    adata.obs["n_interactions"] = edges.getnnz(axis=1)
    return with_steps(out, steps)


def outcome(call, mdata) -> tuple[str, object]:
    """What a call ends in."""
    try:
        return "found", call(copied(mdata))
    except InputError as e:
        return ("clear error" if "cs." in str(e) else "unclear error"), str(e)
    except Exception as e:
        return "crash", f"{type(e).__name__}: {e}"


def judged(call, moved, expected: list, before=None) -> tuple[str, str]:
    """The verdict on a call after a move, with the outcomes that it may equal; `before` has what is over the data."""
    kind, found = outcome(call, moved)
    if kind == "clear error":
        return kind, ""
    if kind == "unclear error" and any(e == (kind, found) for e in expected):
        return "clear error", ""  # word for word what the function says of such data anyway
    if kind != "found":
        return "wrong", f"{kind}: {found}"
    wanted = [e for k, e in expected if k == "found"]
    if any(e == found for e in wanted):
        return "equal", ""
    if isinstance(found, Parts) and isinstance(before, Parts):
        rest = [(found.less_over_data(before, e), e) for e in wanted if isinstance(e, Parts)]
        if any(e == some for some, e in rest):
            return "equal", ""
    return "wrong", "other numbers"


def product(
    statistic: str, moves: list[Move], calls: dict, *, tell=print, n_cells: int = 24, whole: bool = True
) -> Counter:
    """Counts of verdicts of all moves before all calls; unless `whole`, of a few moves before slow ones."""
    base = with_steps(inferred(statistic, n_cells=n_cells))
    if not base["regulation"].obs["n_interactions"].all():
        raise SystemExit(f"{statistic}: a cell without interactions shows nothing; take other data")
    before = {name: outcome(call, base) for name, call in calls.items()}
    for name, (kind, found) in before.items():
        if kind != "found":
            tell(f"{statistic}: {name} does not run at all: {kind}: {found}")
    counts: Counter = Counter()
    for move in moves:
        moved = move.make(base)
        fresh = anew(moved) if move.loses else None
        for name, call in calls.items():
            if name in SLOW and not (whole or move.name in FEW):
                counts["left out"] += 1
                continue
            stays = move.loses != "networks" or name in OVER_DATA
            expected = [before[name]] if stays else []
            expected += [outcome(call, fresh)] if move.loses else []
            verdict, why = judged(call, moved, expected, before[name][1])
            counts[verdict] += 1
            if verdict == "wrong":
                tell(f"WRONG {statistic}: {move.name}, then {name}: {why}")
    return counts


def main() -> None:
    """Run the product and print its counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statistics", nargs="+", default=list(STATISTICS))
    parser.add_argument("--rooms", nargs="+", default=["tl", "get", "pl", "io"])
    parser.add_argument("--moves", default="", help="only moves whose names hold this")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cells", type=int, default=24, help="of the simulated data")
    parser.add_argument("--few", action="store_true", help=f"before {', '.join(SLOW)} only: {', '.join(FEW)}")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.getLogger("csmir").setLevel(logging.CRITICAL)
    moves = [m for m in all_moves(given.seed) if given.moves in m.name]
    calls = readers(given.rooms)
    total: Counter = Counter()
    for statistic in given.statistics:
        start = time.perf_counter()
        counts = product(statistic, moves, calls, n_cells=given.cells, whole=not given.few)
        total += counts
        print(f"{statistic}: {dict(counts)} in {time.perf_counter() - start:.0f} s", flush=True)
    print(f"{len(moves)} moves x {len(calls)} functions x {len(given.statistics)} statistics: {dict(total)}")
    sys.exit(bool(total["wrong"]))


if __name__ == "__main__":
    main()
