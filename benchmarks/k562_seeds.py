"""What the published method finds on K562, seed by seed, beside the paper: `python -m benchmarks.k562_seeds`."""

from __future__ import annotations

import argparse
import itertools
import warnings

import numpy as np
import pandas as pd

import csmir as cs
from benchmarks._k562 import k562, targetscan

# Zhang et al. 2021
PAPER = {
    "union": 54_439, "conserved": 17_889, "rewired": 11_575, "similarity_low": 0.63, "similarity_high": 0.94,
    "hubs": 41, "hubs_conserved": 15, "hubs_rewired": 9, "hub_similarity_low": 0.71, "hub_similarity_high": 0.95,
}  # fmt: skip


def one_seed(mdata, net, seed):
    """The figures of one bootstrap seed."""
    cs.pp.bootstrap_cells(mdata, n_runs=100, seed=seed)
    cs.tl.regulation(mdata, net, progress=False)
    cs.tl.hubs(mdata, ties="reference")
    cs.tl.conservation(mdata)
    cs.tl.similarity(mdata, on=("interactions", "hubs"))
    adata = mdata["regulation"]
    upper = np.triu_indices(adata.n_obs, 1)
    similarity = {k: np.asarray(adata.obsp[f"{k}_similarity"])[upper] for k in ("interaction", "hub")}
    per_cell = adata.obs["n_interactions"]
    return {
        "union": int((adata.var["n_cells"] > 0).sum()),
        "conserved": len(cs.get.conserved(mdata)),
        "rewired": len(cs.get.rewired(mdata)),
        "smallest": int(per_cell.min()),
        "largest": int(per_cell.max()),
        "similarity_low": similarity["interaction"].min(),
        "similarity_high": similarity["interaction"].max(),
        "hubs": cs.get.hubs(mdata)["mirna"].nunique(),
        "hubs_conserved": len(cs.get.conserved(mdata, kind="hubs")),
        "hubs_rewired": len(cs.get.rewired(mdata, kind="hubs")),
        "hub_similarity_low": similarity["hub"].min(),
        "hub_similarity_high": similarity["hub"].max(),
    }


def main():
    """Print the table, its range, and whether the range holds the paper's figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    n_seeds = parser.parse_args().seeds
    warnings.simplefilter("ignore")
    mdata, net = k562(), targetscan()
    print(f"{mdata['mirna'].n_obs} cells, {mdata['mirna'].n_vars} x {mdata['mrna'].n_vars}")
    rows, conserved = {}, []
    for seed in range(1, n_seeds + 1):
        rows[seed] = one_seed(mdata, net, seed)
        conserved.append(set(cs.get.conserved(mdata)[["mirna", "mrna"]].itertuples(index=False, name=None)))
    table = pd.DataFrame(rows).T
    print(f"{mdata['regulation'].n_vars} putative pairs")
    table.loc["least"], table.loc["most"] = table.min(), table.max()
    paper = pd.Series(PAPER).reindex(table.columns)
    table.loc["paper"] = paper
    held = (table.loc["least"].round(2) <= paper) & (paper <= table.loc["most"].round(2))
    with pd.option_context("display.width", 200, "display.max_columns", None):
        whole = [c for c in table if "similarity" not in c]
        print(table.astype(dict.fromkeys(whole, "Int64")).round(2).to_string(na_rep=""))
    if n_seeds > 1:
        agree = [len(a & b) / len(a | b) for a, b in itertools.combinations(conserved, 2)]
        print(f"conserved interactions of two seeds: Jaccard {min(agree):.2f} to {max(agree):.2f}")
    print("paper inside the range:", ", ".join(f"{c} {'yes' if held[c] else 'NO'}" for c in paper.dropna().index))


if __name__ == "__main__":
    main()
