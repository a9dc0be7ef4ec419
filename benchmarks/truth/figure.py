"""Precision-recall area and power against the number of cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.truth.measure import summary
from benchmarks.truth.scenarios import PLANTED
from benchmarks.truth.statistics import LABELS

COLORS = {
    "local": "#0072B2", "local, sides": "#F0E442", "local, groups": "#56B4E9", "exact, neighbors": "#009E73",
    "exact": "#E69F00", "csn": "#000000", "spearman": "#CC79A7", "lioness_spearman": "#D55E00",
}  # fmt: skip
DASHED = ("csn", "spearman", "lioness_spearman")


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Two rows of panels, one column a kind of data: AUPRC above, power at q <= 0.05 below."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    names = [s.name for s in PLANTED]
    table = summary([r for r in rows if r["scenario"] in PLANTED], ["name", "n", "statistic"])
    fig, axes = plt.subplots(2, len(names), figsize=(11, 5.4), sharex=True, sharey="row", layout="constrained")
    for column, name in enumerate(names):
        for ax, metric in zip(axes[:, column], ("auprc", "power_05"), strict=True):
            for statistic, color in COLORS.items():
                part = table[(table["name"] == name) & (table["statistic"] == statistic)].sort_values("n")
                part = part.dropna(subset=metric)
                if part.empty:
                    continue
                style = {"color": color, "linestyle": "--" if statistic in DASHED else "-", "linewidth": 1.6}
                ax.plot(part["n"], part[metric], marker="o", markersize=3, label=LABELS[statistic], **style)
                low, high = part[f"{metric}_low"].clip(lower=0), part[f"{metric}_high"].clip(upper=1)
                ax.fill_between(part["n"], low, high, color=color, alpha=0.15, linewidth=0)
            ax.set_xscale("log")
            ax.set_ylim(0, 1)
            ax.spines[["top", "right"]].set_visible(False)
        axes[0, column].axhline(0.05, color="#999999", linewidth=0.8)
        axes[0, column].set_title(name, fontsize=10)
        axes[1, column].set_xlabel("cells")
    axes[0, 0].set_ylabel("precision-recall area\n(grey: chance)")
    axes[1, 0].set_ylabel("power at q ≤ 0.05")
    ticks = sorted(table["n"].unique())
    axes[0, 0].set_xticks(ticks, [f"{n:,}" for n in ticks], fontsize=8)
    axes[0, 0].minorticks_off()
    for ax in axes[1]:
        ax.tick_params(axis="x", labelrotation=45)
    handles = {label: handle for ax in axes.flat for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    fig.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    path.parent.mkdir(parents=True, exist_ok=True)
    fig.savefig(path, dpi=150)
    plt.close(fig)
