"""Is the local test stable to left-out cells, and do scores of the prior help? `python -m benchmarks.left_out`.

Data of `cs.datasets.semi_synthetic` (its stand-in, or PSCSR-seq counts where they are), slope 0.6. First, a tenth of
the cells is left out: of the edges that the rest had before, how many stay, and how alike are the correlations. Second,
pairs are weighed by a score that is higher for regulated ones (area under the ROC curve 0.64, as good predictions
have it) in a weighted Benjamini-Hochberg procedure (Genovese, Roeder and Wasserman 2006) over the pairs' p-values.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, spearmanr

import csmir as cs
from benchmarks._k562 import data_folder

N_CELLS, SEEDS, DRAWS, LEFT_OUT = 400, range(3), 3, 0.1
SCORE_SHIFT = 0.5  # standard deviations: an area of 0.64


def networks(mdata):
    """The local networks with every correlation kept."""
    cs.tl.regulation(
        mdata, mdata.uns["prior"], statistic="local", groups="group", keep="all", progress=False
    )  # fmt: skip
    return mdata["regulation"]


def without_some(mdata, whole, seed):
    """Share of the kept cells' edges that stay, of new ones among the edges then, and Spearman of the correlations."""
    kept = np.sort(np.random.default_rng(seed).permutation(mdata.n_obs)[: round((1 - LEFT_OUT) * mdata.n_obs)])
    some = mdata[kept].copy()
    del some.mod["regulation"]
    again = networks(some)
    before, after = (n.layers["significant"].toarray() for n in (whole[kept, again.var_names], again))
    rho = spearmanr(whole[kept, again.var_names].X.toarray().ravel(), again.X.toarray().ravel())[0]
    return (before & after).sum() / max(before.sum(), 1), (after & ~before).sum() / max(after.sum(), 1), rho


def weighed(mdata, whole, seed):
    """Power and false share of pairs at q <= 0.05, plain and weighed."""
    column = {name.removeprefix("truth:"): i for i, name in enumerate(mdata["truth"].var_names)}
    planted = mdata["truth"].X.getnnz(axis=0)[[column[name] for name in whole.var_names]] > 0
    p = whole.var["pair_pvalue"].to_numpy(float)
    weight = np.exp(np.random.default_rng(seed).normal(SCORE_SHIFT * planted, 1))
    out = []
    for w in (np.ones(len(p)), weight / weight.mean()):
        found = false_discovery_control(np.minimum(p / w, 1)) <= 0.05
        out += [(found & planted).sum() / planted.sum(), (found & ~planted).sum() / max(found.sum(), 1)]
    return out


def main() -> None:
    """Print both tables."""
    warnings.simplefilter("ignore")
    real = data_folder() / "real"
    sources = {"stand-in": {}}
    if (real / "pscsr_celllines_mirna_counts.csv.gz").exists():
        lines = pd.read_csv(real / "pscsr_celllines_cells.csv.gz", index_col=0)["celltype"]
        sources["PSCSR-seq"] = {"mirna": real / "pscsr_celllines_mirna_counts.csv.gz", "groups": lines}
    left, weights = [], []
    for name, given in sources.items():
        runs, pairs = [], []
        for seed in SEEDS:
            mdata = cs.datasets.semi_synthetic(**given, n_cells=N_CELLS, effect=0.6, prevalence=0.2, seed=seed)
            cs.pp.recipe_csmir(mdata)
            whole = networks(mdata)
            runs += [without_some(mdata, whole, draw) for draw in range(DRAWS)]
            pairs.append(weighed(mdata, whole, seed))
        left.append(f"| {name} | " + " | ".join(f"{v:.2f}" for v in np.mean(runs, axis=0)) + " |")
        weights.append(f"| {name} | " + " | ".join(f"{v:.2f}" for v in np.mean(pairs, axis=0)) + " |")
    print("| miRNA counts | edges that stay | new among edges | correlations, Spearman |\n| --- | --- | --- | --- |")
    print(*left, sep="\n")
    print("\n| miRNA counts | power | false share | power, weighed | false share, weighed |")
    print("| --- | --- | --- | --- | --- |")
    print(*weights, sep="\n")


if __name__ == "__main__":
    main()
