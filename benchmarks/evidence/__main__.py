"""Every statement on evidence, measured: `python -m benchmarks.evidence [--quick] [--only NAME ...] [--out PAGE]`.

Prints a table a statement, the limit beside the value. With `--cache FOLDER` what was measured is kept there, a file a
setting, seed and method, and only what is missing is measured; `--redo` measures again what `--only` names. All of it
takes some hours on one core; `--quick` takes a quarter of an hour.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path


def main() -> None:
    """Measure, or read, and print; write the page if asked."""
    from benchmarks.evidence.page import page
    from benchmarks.evidence.runs import measure
    from benchmarks.evidence.tables import TABLES

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two data sets each: to see that it works")
    parser.add_argument("--only", nargs="+", choices=list(TABLES), default=list(TABLES), help="these tables")
    parser.add_argument("--cache", type=Path, default=None, help="folder of what was measured")
    parser.add_argument("--redo", action="store_true", help="measure again what is there")
    parser.add_argument(
        "--kept", action="store_true", help="measure nothing: what the cache lacks is not in the tables"
    )
    parser.add_argument("--seeds", type=int, default=None, help="so many data sets each, instead of the table's own")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--out", type=Path, default=None, help="page to write")
    options = parser.parse_args()
    sections = []
    for name in options.only:
        table, start = TABLES[name], time.perf_counter()
        seeds = min(2, table.seeds) if options.quick else options.seeds or table.seeds
        how = {"processes": options.jobs, "redo": options.redo, "kept": options.kept}
        rows = measure(table.plans(seeds), cache=options.cache, **how)
        text = table.text(rows)
        sections.append((table.title, table.about, text, seeds))
        print(
            f"## {table.title}\n\n{text}\n({seeds} data sets each, {time.perf_counter() - start:.0f} s)\n", flush=True
        )
    if options.out is not None:
        how = " --quick" if options.quick else ""
        how += f" --only {' '.join(options.only)}" if len(options.only) < len(TABLES) else ""
        how += " --kept --cache FOLDER" if options.kept else ""
        options.out.write_text(page(sections, how=how, kept=options.kept))
        print(f"written {options.out}")


if __name__ == "__main__":
    main()
