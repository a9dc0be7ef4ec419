"""What each statistic finds where the truth is known: `python -m benchmarks.truth [--quick] [--out docs/truth.md]`.

Writes the page and its figure. About a quarter of an hour of processor time; `--quick` takes a minute or two. The
K562 part wants the data folder of the tests and is left out without it.
"""

from __future__ import annotations

import argparse
import logging
import os
import pickle
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def main() -> None:
    """Run everything, or what is not in the file of an earlier run, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer cells and seeds: to see that it works")
    parser.add_argument("--out", type=Path, default=None, help="page to write [docs/truth.md; printed with --quick]")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--rows", type=Path, default=None, help="keep the figures here, or take them from here")
    options = parser.parse_args()
    if options.rows is not None and options.rows.exists():
        found = pickle.loads(options.rows.read_bytes())
    else:
        found = compute(quick=options.quick, n_jobs=options.jobs)
        if options.rows is not None:
            options.rows.write_bytes(pickle.dumps(found))
    from benchmarks.truth import figure, page

    text = page.page(found, quick=options.quick)
    out = options.out or (None if options.quick else Path("docs/truth.md"))
    if out is None:
        print(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text)
    figure.draw(found["rows"], out.parent / "images" / "truth.png")
    print(f"written {out}")


def compute(*, quick: bool, n_jobs: int) -> dict:
    """Every figure."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"
    from benchmarks.truth import measure, shuffled
    from benchmarks.truth.scenarios import jobs

    start, rows = time.perf_counter(), []
    todo = jobs(quick=quick)
    with ProcessPoolExecutor(n_jobs, initializer=_silent) as pool:
        for i, found in enumerate(pool.map(measure.one, todo)):
            rows += found
            if i % 50 == 49:
                print(f"{i + 1} of {len(todo)} data sets, {time.perf_counter() - start:.0f} s", flush=True)
    _silent()
    try:
        k562 = shuffled.k562_rates(quick=quick)
    except SystemExit as e:  # no data folder
        print(e)
        k562 = None
    seconds = None if quick else shuffled.local_seconds()
    return {"rows": rows, "k562": k562, "seconds": seconds}


def _silent() -> None:
    logging.getLogger("csmir").setLevel(logging.ERROR)


if __name__ == "__main__":
    main()
