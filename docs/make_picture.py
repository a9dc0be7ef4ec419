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

TITLES = ("One cell's network", "Targets of each miRNA, in every cell", "The cells by their regulation")


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

    some = mdata[(reg.obs["n_interactions"] > 0).to_numpy()].copy()  # an empty network would be a white stripe
    reg = some["regulation"]

    mpl.rcParams["font.size"] = 10
    fig, axes = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained", width_ratios=(1.05, 1.25, 0.9))
    fig.get_layout_engine().set(wspace=0.06)
    cell = reg.obs["n_interactions"].idxmax()
    cs.pl.network(some, cell, n_mirnas=3, n_targets=6, ax=axes[0], title=" ")
    left, right = axes[0].get_xlim()
    axes[0].set_xlim(left - 0.2 * (right - left), right + 0.15 * (right - left))  # room for the names
    cs.pl.out_degree(some, groupby="group", n_top=14, ax=axes[1], title=" ")
    axes[1].set_ylabel("")
    for group, color in zip(reg.obs["group"].cat.categories, ("#0072B2", "#E69F00", "#009E73"), strict=True):
        at = (reg.obs["group"] == group).to_numpy()
        axes[2].scatter(*reg[at].obsm["X_umap"].T, s=14, color=color, linewidths=0, label=group)
    axes[2].set(title=" ", xlabel="UMAP 1", ylabel="UMAP 2", xticks=[], yticks=[])
    axes[2].set_box_aspect(1.15)
    axes[2].spines[["top", "right"]].set_visible(False)
    axes[2].legend(frameon=False, handletextpad=0.1, fontsize=9, markerscale=1.6, loc="upper left")
    note = axes[0].xaxis.label
    note.set(text=note.get_text().replace("\n", " ").replace("; width", ";\nwidth"), size=8.5, wrap=False)
    fig.canvas.draw()
    for ax, letter, title in zip(axes, "abc", TITLES, strict=True):
        box = ax.get_tightbbox().transformed(fig.transFigure.inverted())
        fig.text(box.x0, 0.985, letter, weight="bold", size=13, va="top")
        fig.text(box.x0 + 0.014, 0.983, title, size=11, va="top")
    fig.savefig(path, dpi=160, metadata={"Software": None})


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "images" / "overview.png")
