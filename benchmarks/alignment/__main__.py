"""Every move before every public function on networks, for every statistic: `python -m benchmarks.alignment`.

A result is *equal* if by name it is what the function finds without the move, or, where the move took something away,
what it finds after all steps are run anew on what is left, put into another order on every axis; *equal in part* if it
leaves out some columns, tables, panels or words of that, which only a move that took something away allows. A *clear
error* is one of ours whose words hold the name of a public function (which one it is, and whether calling it helps, is
not checked: `--errors` prints them to be read), or the very words with which the function refuses the data run anew;
it counts only where something was taken away or changed. *Does not run* is a function that told an error before the
move, too, and tells one after it. All else is *wrong*. How results are compared is in `by_name` and, for figures, in
`drawn`. Not judged: whether a warning is logged, what is drawn in the files of cs.io.write_figures (cs.pl is), the
words of a report where something was lost, and orders that only a layout decides.

The judge is frozen. Whoever changes a rule says in benchmarks/recorded/alignment.txt which and why, and whether
verdicts had been read, and runs the whole product again; so it was done once.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
import warnings
from collections import Counter

import numpy as np

from benchmarks.alignment.by_name import Parts
from benchmarks.alignment.expected import LISTED, anew, may_be, outcome, with_steps
from benchmarks.alignment.moves import Move, all_moves
from benchmarks.alignment.readers import readers
from benchmarks.alignment.steps import STATISTICS, inferred

# most of the time goes into these
SLOW = ("io.write_report", "io.write_figures")
FEW = ("reverse x pairs", "shuffle x cells", "subset x pairs", "subset x cells", "rename cells", "changed layer")


def judged(call, moved, expected: list, before: tuple, *, lost: bool) -> tuple[str, str]:
    """The verdict on a call after a move that `lost` something or not, and why.

    `expected` holds the outcomes that it may equal, `before` is that without the move: what is over the data may stay.
    """
    kind, found = outcome(call, moved)
    if kind in ("clear error", "unclear error"):
        told = {(k, LISTED.sub("", e)) for k, e in expected if isinstance(e, str)}
        again = (
            kind,
            LISTED.sub("", found),
        ) in told  # what the function says of such data anyway, but for what it lists
        if before[0] in ("clear error", "unclear error") and (kind == "clear error" or again):
            return "does not run", str(found)
        if not lost:
            return "wrong", f"refused though nothing left: {found}"
        return ("clear error" if kind == "clear error" or again else "wrong"), str(found)
    if kind != "found":
        return "wrong", f"{kind}: {found}"
    wanted = [e for k, e in expected if k == "found"]
    verdicts = {compared(found, e, before[1], lost=lost) for e in wanted}
    best = next((v for v in ("equal", "equal in part") if v in verdicts), "wrong")
    return best, "other numbers" if best == "wrong" else ""


def compared(found, wanted, before, *, lost: bool) -> str:
    """Whether a result is one that it may be."""
    if not isinstance(wanted, Parts) or not isinstance(found, Parts):
        parts = isinstance(wanted, tuple) and bool(wanted) and isinstance(wanted[0], Parts)
        if parts and isinstance(found, tuple) and len(found) == len(wanted) and found[1:] == wanted[1:]:
            return compared(found[0], wanted[0], before[0] if isinstance(before, tuple) else None, lost=lost)
        return "equal" if wanted == found else "wrong"
    if lost:
        found, wanted = found.loosened(), wanted.loosened()
    if wanted == found:
        if not wanted.more_than(found):
            return "equal"
        return "equal in part" if lost else "wrong"
    if lost and isinstance(before, Parts):
        rest = found.less_over_data(before, wanted)
        if wanted == rest:
            return "equal in part" if wanted.more_than(found) else "equal"
    return "wrong"


def is_empty(found) -> bool:
    """Whether a result holds nothing that could be wrong."""
    if isinstance(found, tuple) and found and isinstance(found[0], Parts):
        return is_empty(found[0])
    if isinstance(found, Parts):
        return not any(found.values()) if not any(k[0] == "panel" for k in found) else len(found) == 0
    return not found or (isinstance(found, tuple) and len(found) == 2 and not found[1])


def product(
    statistic: str,
    moves: list[Move],
    calls: dict,
    *,
    tell=print,
    n_cells: int = 24,
    whole: bool = True,
    share: float = 1.0,
    errors=None,
) -> Counter:
    """Counts of verdicts of all moves before all calls; unless `whole`, of a few moves before slow ones.

    With a `share` below 1, of so many (move, call), drawn at random.
    """
    rng = np.random.default_rng(0)
    base = with_steps(inferred(statistic, n_cells=n_cells))
    if not base["regulation"].obs["n_interactions"].all():
        raise SystemExit(f"{statistic}: a cell without interactions shows nothing; take other data")
    before = {name: outcome(call, base) for name, call in calls.items()}
    for name, (kind, found) in before.items():
        if kind != "found":
            tell(f"{statistic}: {name} does not run at all: {kind}: {found}")
        elif is_empty(found):
            tell(f"{statistic}: {name} finds nothing, so nothing can be wrong")
    counts: Counter = Counter()
    for move in moves:
        moved = move.make(base)
        fresh = anew(moved, base) if move.loses else None
        for name, call in calls.items():
            if rng.random() >= share:
                counts["not drawn"] += 1
                continue
            if name in SLOW and not (whole or move.name in FEW):
                counts["left out"] += 1
                continue
            expected = may_be(name, call, move, moved, fresh, before[name])
            verdict, why = judged(call, moved, expected, before[name], lost=bool(move.loses))
            counts[verdict] += 1
            if verdict == "clear error" and errors is not None:
                errors[f"{name}: {why}"] += 1
            if verdict == "wrong":
                tell(f"WRONG {statistic}: {move.name}, then {name}: {why}")
        print(f"{statistic}: up to {move.name}: {dict(counts)}", file=sys.stderr, flush=True)
    return counts


def main() -> None:
    """Run the product and print its counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statistics", nargs="+", default=list(STATISTICS))
    parser.add_argument("--rooms", nargs="+", default=["tl", "get", "pl", "io"])
    parser.add_argument("--moves", nargs="+", default=[""], help="only moves whose names hold one of these")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cells", type=int, default=24, help="of the simulated data")
    parser.add_argument("--few", action="store_true", help=f"before {', '.join(SLOW)} only: {', '.join(FEW)}")
    parser.add_argument("--share", type=float, default=1.0, help="of all (move, function), drawn at random")
    parser.add_argument("--errors", action="store_true", help="print every clear error, to be read")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.getLogger("csmir").setLevel(logging.CRITICAL)
    moves = [m for m in all_moves(given.seed) if any(part in m.name for part in given.moves)]
    calls = readers(given.rooms)
    total: Counter = Counter()
    errors: Counter = Counter()
    for statistic in given.statistics:
        start = time.perf_counter()
        counts = product(
            statistic, moves, calls, n_cells=given.cells, whole=not given.few, share=given.share, errors=errors
        )
        total += counts
        print(f"{statistic}: {dict(counts)} in {time.perf_counter() - start:.0f} s", flush=True)
    print(f"{len(moves)} moves x {len(calls)} functions x {len(given.statistics)} statistics: {dict(total)}")
    for error, n in errors.items() if given.errors else ():
        print(f"{n} x {error}")
    sys.exit(bool(total["wrong"]))


if __name__ == "__main__":
    main()
