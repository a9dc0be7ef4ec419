"""What the local test finds of targets planted on miRNA counts: `python -m benchmarks.semi_synthetic`.

Real counts (PSCSR-seq of four cell lines) where they are, and the stand-in of `cs.datasets.semi_synthetic`; the share
of planted (pair, cell) found and the share of the found that was not planted, at q <= 0.05, and miRNAs whose target set
goes down, by slope.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

import csmir as cs
from benchmarks._k562 import data_folder

SLOPES = (0.3, 0.6, 1.0)
N_CELLS, SEEDS = 600, range(3)


def measured(mdata):
    """Power and false share of edges, and of target sets."""
    cs.pp.recipe_csmir(mdata)
    net = mdata.uns["prior"]
    cs.tl.regulation(mdata, net, statistic="local", groups="group", progress=False)
    networks, truth = mdata["regulation"], mdata["truth"]
    column = {name.removeprefix("truth:"): i for i, name in enumerate(truth.var_names)}
    planted = truth.X.toarray()[:, [column[name] for name in networks.var_names]] != 0
    found = networks.X.toarray() != 0
    cs.tl.targeting(mdata, net, groups="group", min_targets=10, min_cells=3, per_cell=False, n_permutations=2000,
                    progress=False)  # fmt: skip
    sets = cs.get.targeting(mdata)
    return {
        "power": (found & planted).sum() / planted.sum(),
        "false share": (found & ~planted).sum() / max(found.sum(), 1),
        "sets found": (sets["qvalue"] <= 0.05).mean(),
    }


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    real = data_folder() / "real"
    sources = {"stand-in": {}}
    if (real / "pscsr_celllines_mirna_counts.csv.gz").exists():
        lines = pd.read_csv(real / "pscsr_celllines_cells.csv.gz", index_col=0)["celltype"]
        sources["PSCSR-seq"] = {"mirna": real / "pscsr_celllines_mirna_counts.csv.gz", "groups": lines}
    print("| miRNA counts | slope | power | false share | target sets found |\n| --- | --- | --- | --- | --- |")
    for name, given in sources.items():
        for slope in SLOPES:
            runs = [
                measured(cs.datasets.semi_synthetic(**given, n_cells=N_CELLS, effect=slope, prevalence=0.2, seed=seed))
                for seed in SEEDS
            ]
            mean = {key: np.mean([run[key] for run in runs]) for key in runs[0]}
            print(f"| {name} | {slope:g} | " + " | ".join(f"{mean[key]:.2f}" for key in mean) + " |", flush=True)


if __name__ == "__main__":
    main()
