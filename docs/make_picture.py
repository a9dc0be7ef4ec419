"""The picture of the start page and the README: `python docs/make_picture.py`.

Drawn by csmir.pl on simulated cells; run it again where the figures change.
"""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import scanpy as sc

import csmir as cs


def draw(path: Path) -> None:
    """One cell's network, the targets of every miRNA in every cell, and the cells by their regulation."""
    logging.getLogger("csmir").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    mdata = cs.datasets.simulated(240, 24, 200, effect=2.0, prevalence=0.15, dropout=0.1, seed=5)
    cs.pp.recipe_csmir(mdata)
    cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", progress=False)
    cs.tl.hubs(mdata)
    cs.tl.similarity(mdata, on="interactions")
    cs.tl.neighbors(mdata)
    reg = mdata["regulation"]
    sc.tl.umap(reg, neighbors_key="interactions_neighbors", random_state=0)

    fig, axes = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained", width_ratios=(1.1, 1.2, 1))
    cell = reg.obs["n_interactions"].idxmax()
    cs.pl.network(mdata, cell, n_mirnas=3, n_targets=6, ax=axes[0], title="One cell: its network")
    left, right = axes[0].get_xlim()
    axes[0].set_xlim(left - 0.2 * (right - left), right + 0.15 * (right - left))  # room for the names
    cs.pl.out_degree(mdata, groupby="group", n_top=16, ax=axes[1], title="All cells: targets of each miRNA")
    axes[1].set_ylabel("")
    some = reg.obs["n_interactions"] > 0
    for group, color in zip(reg.obs["group"].cat.categories, ("#0072B2", "#E69F00", "#009E73"), strict=True):
        at = some & (reg.obs["group"] == group)
        axes[2].scatter(*reg[at.to_numpy()].obsm["X_umap"].T, s=9, color=color, label=group)
    axes[2].set(title="Cells by their regulation (scanpy)", xlabel="UMAP 1", ylabel="UMAP 2", xticks=[], yticks=[])
    axes[2].legend(frameon=False)
    fig.savefig(path, dpi=90, metadata={"Software": None})


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "images" / "overview.png")
