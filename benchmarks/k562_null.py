"""Does K562 hold more interactions than its shuffled pairings? `python -m benchmarks.k562_null`."""

from __future__ import annotations

import argparse
import warnings

import csmir as cs
from benchmarks._k562 import k562, targetscan


def main():
    """Print the interactions in the data and in the shuffles, the empirical FDR and the verdict, by statistic."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--permutations", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    mdata, net = k562(), targetscan()
    cs.pp.bootstrap_cells(mdata, n_runs=100, seed=options.seed)
    calls = {
        "csn, 100 runs of pseudo-cells": {"statistic": "csn"},
        "csn, no pseudo-cells": {"statistic": "csn", "pseudo_cells": False},
        "exact, p <= 0.01": {"statistic": "exact", "alpha": 0.01, "adjust": None},
        "exact, p <= 0.05": {"statistic": "exact", "alpha": 0.05, "adjust": None},
        "exact, q <= 0.05": {"statistic": "exact"},
        "local, p <= 0.05": {"statistic": "local", "alpha": 0.05, "adjust": None},
        "local, q <= 0.05": {"statistic": "local"},
    }
    n_tests = None
    for name, call in calls.items():
        cs.tl.regulation(mdata, net, progress=False, **call)
        cs.tl.null(mdata, n_permutations=options.permutations, seed=options.seed, progress=False)
        note = mdata["regulation"].uns["csmir"]["null"]
        n_tests = mdata["regulation"].n_obs * mdata["regulation"].n_vars
        shuffled = note["null_interactions"]
        print(f"{name}")
        print(f"  data {note['n_interactions']:,} of {n_tests:,} (pair, cell), {note['n_interactions'] / n_tests:.2%}")
        spread = f"{shuffled.min():,} to {shuffled.max():,}"
        print(f"  shuffled {shuffled.mean():,.0f} ({spread}), {shuffled.mean() / n_tests:.2%}")
        print(f"  empirical FDR {note['empirical_fdr']:.3f}")
        print(f"  {note['verdict']}")


if __name__ == "__main__":
    main()
