"""The results page: every sentence with a figure is made of the figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from benchmarks.truth import tables
from benchmarks.truth.measure import summary
from benchmarks.truth.scenarios import NULL, PLANTED, VARIED, VARIED_AT
from benchmarks.truth.statistics import CSMIR, LABELS

HEAD = """# Truth: what each statistic finds where the answer is known

What each statistic of csmir, and others' beside them, get right on simulated data in which we know where regulation
is. The picture is the summary: above, how well the cells of a regulated pair are found; below, how much is found at
q ≤ 0.05, against the number of cells.

![Precision-recall area and power against the number of cells](images/truth.png)

- *Data*: `cs.datasets.simulated`, counts of 20 miRNAs and 200 mRNAs, 30 % of values lost, a prior of 720 pairs (a
  quarter of them tested with 3,000 cells), and regulation planted in 5 % of all (pair, cell).
- *Regulation*: the mRNA follows the miRNA from cell to cell *within* its surroundings, in all cells of one of three
  groups, or in a stretch of 30 % of a trajectory. That is the kind the local test looks for; regulation that only
  shows as a difference *between* cell types is indistinguishable from any other such difference, here and in your data.
- *Slope* is 1 in all that is planted: a doubling of the miRNA halves (or doubles) its target. Single miRNAs in cells
  have 0.15 to 0.4, strong ones 0.6; [](evidence.md) has slope 0.6, and confounders.
- *Shifts* move the mean of every gene, regulated or not, from group to group or along the trajectory.
- *Methods* run through csmir's public functions with their defaults, on the same data.
- *Limits in brackets* are 95 % confidence limits over data sets ({seeds}).
- *Made by* `python -m benchmarks.truth`{quick}; the figures in the text are those of the run.
"""

ERROR = """## Error where nothing is regulated

Share of p-values at or below 1 % and 5 %, in percent, on data without any regulation: no structure, groups with and
without shifts, a trajectory with shifts; no, 30 % and 60 % of values lost; values rounded to whole log2 units, so
that ties are everywhere.
{verdict}
"""

FDR = """## False discoveries

The mean over cells of the false share of a cell's discoveries, which Benjamini-Hochberg is to hold at the level
asked for: 5 % and 10 %. Two ways of counting what is false. *By its own null*: the pair is regulated in none of the
cells that the test compares the cell with, its neighbours or its group; this is what the test tests. *In the cell*:
the pair is not regulated in the very cell. Where regulation begins and ends along a trajectory, the two differ: a
cell just outside is compared with cells inside, and the edge spills over. *On both sides* (`both_sides=True`) takes
most of the spill back and much of the power with it; what is left comes from cells that lie elsewhere than their
mRNAs say.
{verdict}
"""

POWER = """## Which cells, which pairs

Area under the precision-recall curve over all (pair, cell); chance gives 0.05. {verdict}
"""


def page(found: dict[str, Any], *, quick: bool) -> str:
    """The whole page as Markdown."""
    rows = found["rows"]
    planted = summary([r for r in rows if r["scenario"] in PLANTED], ["name", "n", "statistic"])
    null = [r for r in rows if r["scenario"] in NULL]
    counts = pd.DataFrame([(r["n"], r["seed"]) for r in rows], columns=["n", "seed"]).groupby("n")["seed"].nunique()
    seeds = ", ".join(f"{k} a kind with {n:,} cells" for n, k in counts.items())
    by_n, by_kind = summary(null, ["n", "statistic"]), summary(null, ["name", "n", "statistic"])
    parts = [
        HEAD.format(quick=" --quick" if quick else "", seeds=seeds),
        ERROR.format(verdict=_over_nominal(by_kind)),
        tables.error(
            by_n, ["local", "local, sides", "local, groups", "exact", "exact, groups", "exact, neighbors", *_csn(by_n)]
        ),
        "The same by kind of data, over all numbers of cells:\n",
        tables.error_by_kind(summary(null, ["name", "statistic"]), ["local", "exact", "exact, groups", "csn"]),
        FDR.format(verdict=_over_level(planted)),
        tables.fdr(planted, [s for s in CSMIR if s in set(planted["statistic"])]),
        POWER.format(verdict=_best(planted)),
        tables.metric(planted, "auprc", [s for s in LABELS if s in set(planted["statistic"])]),
        "Area under the ROC curve; chance gives 0.5:\n",
        tables.metric(planted, "auroc", [s for s in LABELS if s in set(planted["statistic"])]),
        "Power at q ≤ 0.05, the share of the regulated (pair, cell) that is found:\n",
        tables.metric(planted, "power_05", list(CSMIR)),
    ]
    varied = [r for r in rows if r["scenario"] in (*VARIED, PLANTED[1]) and r["n"] == VARIED_AT]
    parts += [
        f"## Other kinds of data, {VARIED_AT} cells\n",
        "With *no structure*, a pair is regulated in a random 30 % of the cells, which nothing about the cells gives "
        "away: no statistic can say in which, and what is found is true of the pair and not of the cell (see the false "
        "share in the cell). *Mixed* has pairs of both signs, tested on both sides.\n",
        tables.varied(summary(varied, ["name", "statistic"])),
    ]
    if found["k562"] is not None:
        parts += [
            "## Shuffled K562\n",
            "The 19 half-cells of GSE114071, the pairing of miRNA and mRNA profiles shuffled, 20,000 pairs of "
            "TargetScan 7.0: share of p-values at or below the level, in percent; 95 % limits over shuffles.\n",
            tables.k562(found["k562"]),
        ]
    if found["seconds"] is not None:
        parts += [
            "## Time\n",
            f'`cs.tl.regulation(mdata, net, statistic="local")` on 1,000 cells x 60,000 pairs (200 miRNAs, 2,000 '
            f"mRNAs) takes {found['seconds']:.1f} s on two threads, all steps included.\n",
        ]
    return "\n".join(parts).rstrip() + "\n"


def _csn(table: pd.DataFrame) -> list[str]:
    return [s for s in ("csn", "csn, pseudo-cells") if s in set(table["statistic"])]


def _over_nominal(table: pd.DataFrame) -> str:
    """Which statistic is over nominal on which kind of data, beyond the confidence limits."""
    out = []
    for statistic in CSMIR:
        part = table[table["statistic"] == statistic].sort_values("type1_01", ascending=False)
        over = [
            f"{row['name']}, {row['n']:,} cells: {100 * row[m]:.2g} % at {level}"
            for _, row in part.iterrows()
            for m, nominal, level in (("type1_01", 0.01, "1 %"), ("type1_05", 0.05, "5 %"))
            if row[f"{m}_low"] > nominal
        ]
        n = 2 * len(part)
        words = (
            "at or below nominal within the confidence limits everywhere"
            if not over
            else f"over nominal in {len(over)} of {n} ("
            + "; ".join(over[:4])
            + ("; ..." if len(over) > 4 else "")
            + ")"
        )
        out.append(f"- *{LABELS[statistic]}*: {words}.")
    chance = "Limits exclude the truth in 1 of 40 cases on that side by chance alone."
    return "\n".join(["", *out, "", chance])


def _over_level(table: pd.DataFrame) -> str:
    """Where the false share is over the level beyond the confidence limits, and how far."""
    out = []
    for statistic in CSMIR:
        part = table[table["statistic"] == statistic].dropna(subset="fdr_own_05")
        for kind, words in (("fdr_own", "by its own null"), ("fdr", "in the cell")):
            over = {
                (row["name"], row["n"], level): row[f"{kind}_{tag}"]
                for _, row in part.iterrows()
                for tag, level in (("05", 0.05), ("10", 0.1))
                if row[f"{kind}_{tag}_low"] > level
            }
            said = "held everywhere, within the confidence limits"
            if over:
                names = " and ".join(dict.fromkeys(f"*{name}*" for name, _, _ in over))
                at_05 = {key: value for key, value in over.items() if key[2] == 0.05} or over
                worst = max(at_05, key=lambda key: at_05[key])
                said = (
                    f"over in {len(over)} of {2 * len(part)}, on {names}; the most is {over[worst]:.2f} at "
                    f"{worst[2]:g} ({worst[0]}, {worst[1]:,} cells)"
                )
            out.append(f"- *{LABELS[statistic]}*, {words}: {said}.")
    return "\n".join(["", *out])


def _best(table: pd.DataFrame) -> str:
    """How far ahead of the best of the others the default is, and where it is behind."""
    words, behind = [], []
    for (name, n), part in table.groupby(["name", "n"], sort=False):
        value = part.set_index("statistic")["auprc"]
        others = value.drop([s for s in CSMIR if s in value])
        best = others.idxmax()
        if n == 1_000:
            words.append(f"{name} {value['local']:.2f} against {others[best]:.2f} ({LABELS[best]})")
        if value["local"] < others[best]:
            behind.append(f"{name}, {n:,} cells ({value['local']:.2f} against {others[best]:.2f}, {LABELS[best]})")
    out = (
        "The local test against the best of the comparators, with 1,000 cells: " + "; ".join(words) + ". "
        if words
        else ""
    )
    if behind:
        return out + "It is behind on: " + "; ".join(behind) + "."
    ratio = _ratios(table)
    return out + (
        f"It is ahead of every comparator on every kind of data and at every number of cells: "
        f"{ratio.min():.1f} to {ratio.max():.0f} times the area of the best of them."
    )


def _ratios(table: pd.DataFrame) -> np.ndarray:
    out = []
    for _, part in table.groupby(["name", "n"], sort=False):
        value = part.set_index("statistic")["auprc"]
        out.append(value["local"] / value.drop([s for s in CSMIR if s in value]).max())
    return np.array(out)
