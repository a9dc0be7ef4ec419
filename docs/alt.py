"""What each picture of the gallery shows, for who cannot see it, and whether that is what was drawn.

The gallery's last cell calls `check` with what its cells made, so that the pages are not built with words that the
pictures do not follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

ALT = {
    "activity": "Six of ten miRNAs have an activity that goes with their measured level, above the line of chance.",
    "agreement": "Clusters by interactions and by expression agree with an index of 0.09, inside the band of chance.",
    "box": "A miRNA against an mRNA over pseudo-cells, the boxes around one cell, and how their counts make its z.",
    "cluster": "Two trees of the same cells, by interactions and by expression, that group them differently.",
    "compare": "Half of the inferred interactions are validated, as of the prior alone; of random ones a tenth are.",
    "crosstalk": "A graph of 19 cells that share many interactions; four of them are hubs in the middle.",
    "curves": "The local test keeps its precision up to a recall of 0.8; exact and csn lie on the line of chance.",
    "differential": "A flat line of points: no pair differs between two halves of one population, no q is small.",
    "embedding": "Four maps of the cells in three islands; each miRNA has targets in some of the islands alone.",
    "enrich": "Dots of gene sets by miRNAs: few are large and dark, most are neither.",
    "family": "Triangles of pairs of cells that differ in a family's interactions, and bars of its conserved ones.",
    "flow": "Ribbons from five miRNAs over their targets to four sets of genes, repression a line, activation dashes.",
    "groups": "Dots of the same size and colour in three groups: the miRNAs have as many targets in each.",
    "intervals": "Rows of pairs along a path, dark where the correlation is negative, with a line where it is called.",
    "local": "The ranks of a miRNA and an mRNA around one cell, which fall along a line: rho is -0.81.",
    "module": "Two miRNAs joined to ten shared targets in nearly all cells, as often as when shuffled.",
    "network": "Three miRNAs of a cell and their strongest targets; the cell has as many when shuffled.",
    "null": "The number of interactions in the data lies among those of shuffled pairings, and so do the cells.",
    "out_degree": "A raster of miRNAs by cells: one miRNA has many targets in every cell, as it has when shuffled.",
    "overview": "A run at a glance: its steps, interactions of each cell, conserved ones, hubs, similarity, tree.",
    "pair": "A miRNA against an mRNA over cells: of three groups one has a correlation with a small q, a whole line.",
    "per_cell": "Interactions, validated share and hubs of each cell; dashes of shuffled pairings are as high.",
    "recurrence": "Most interactions are found in nearly all cells, and the line of the shuffles follows the bars.",
    "sign": "Nearly all interactions lie left of 0, are repression-like, further left than independent pairs are.",
    "similarity": "Pies of every two cells, nearly full: they share most interactions, as they do when shuffled.",
    "stability": "A tenth of the interactions is found in fewer than 60 % of the runs, nearly a coin flip.",
    "targeting": "Eight of ten miRNAs go down with their targets; their intervals stay left of 0.",
    "upset": "Most interactions are conserved in all three groups at once; few are specific to one.",
    "volcano": "Pairs in more cells of one group lie at the upper right, pairs in fewer at the upper left.",
}
MOST = 13  # claims
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def counted(axes: Any, word: str) -> int:
    """The number that the legend has after these words; 0 if it has none."""
    legend = axes.get_legend()
    found = [re.search(rf"{word}\D*([\d,]+)", text.get_text()) for text in (legend.get_texts() if legend else [])]
    return sum(int(one[1].replace(",", "")) for one in found if one)


def claims(made: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Function of `csmir.pl`, and words that are true of what the gallery's cells made."""
    import csmir as cs

    mdata, local = made["mdata"], made["local"]
    networks = mdata["regulation"]
    noted = networks.uns["csmir"]

    ax = cs.pl.activity(local)
    n = counted(ax, "goes with the level")
    total = n + counted(ax, "q ≥ 0.05:") + counted(ax, "goes against")
    yield "activity", f"{NUMBERS[n]} of {NUMBERS[total]} miRNAs have an activity that goes with their measured level"
    (row,) = noted["cluster_agreement"].itertuples()
    yield "agreement", f"an index of {row.adjusted_rand:.2f}"
    tests = cs.get.comparison(mdata, tests=True).set_index("network")
    share = {"random": 10.0, "prior": 50.0}
    near = all(abs(tests["mean_network"][name] - value) < 3 for name, value in share.items())
    if near and abs(tests["mean_inferred"] - 50).max() < 3:
        yield "compare", "half of the inferred interactions are validated, as of the prior alone"
    hubs = int(networks.obs["hub_cell"].sum())
    yield "crosstalk", f"{mdata.n_obs} cells"
    yield "crosstalk", f"{NUMBERS[hubs]} of them are hubs"
    ax = cs.pl.differential(local)
    yield "differential", f"{NUMBERS[counted(ax, 'more ')]} q is small"
    rho = re.search(r"ρ = (\S\d\.\d+)", words_of(cs.pl.local(local, **ends(made["pair"]))))
    yield "local", f"rho is {float(rho[1].replace(chr(0x2212), '-')):.2f}"
    module = cs.get.modules(mdata, summary=True).iloc[0]
    yield "module", f"{NUMBERS[module['n_mirnas']]} miRNAs joined to {NUMBERS[module['n_mrnas']]} shared targets"
    yield "network", f"{NUMBERS[len(made['chosen'])]} miRNAs of a cell"
    total = int(noted["null"]["n_interactions"])
    shuffled = noted["null"]["null_interactions"]
    if min(shuffled) <= total <= max(shuffled):
        yield "null", "lies among those of shuffled pairings"
    pairs = [text.get_text() for text in cs.pl.pair(local, **ends(made["pair"])).get_legend().get_texts()]
    small = sum(float(re.search(r"q = (\S+)", text)[1]) <= 0.05 for text in pairs)
    yield "pair", f"of {NUMBERS[len(pairs)]} groups {NUMBERS[small]} has a correlation with a small q"
    if 0.08 < (networks.layers["support"].data < 0.6).mean() < 0.12:
        yield "stability", "a tenth of the interactions is found in fewer than 60 % of the runs"
    table = cs.get.targeting(local)
    down = int(((table["qvalue"] <= 0.05) & (table["shift"] < 0)).sum())
    yield "targeting", f"{NUMBERS[down]} of {NUMBERS[len(table)]} miRNAs go down with their targets"


def ends(pair: Any) -> dict[str, str]:
    """Both ends of a pair, as arguments."""
    return {"mirna": str(pair["mirna"]), "mrna": str(pair["mrna"])}


def words_of(axes: Any) -> str:
    """All that is written in a figure."""
    return " ".join(text.get_text() for text in axes.figure.findobj(lambda part: hasattr(part, "get_text")))


def check(made: Mapping[str, Any]) -> int:
    """Raise where the words of a picture are not those of what was drawn; else how many were compared."""
    found = list(claims(made))
    wrong = [f"{name}: {words!r} is drawn" for name, words in found if words.lower() not in ALT[name].lower()]
    if wrong or len(found) < MOST:
        raise ValueError(f"{len(found)} of {MOST} claims hold of what was drawn; not in docs/alt.py: {wrong}")
    return len(found)
