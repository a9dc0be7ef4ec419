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
    "box": "A miRNA against an mRNA over pseudo-cells, the boxes around one cell, whose counts make its z of 2.88.",
    "cluster": "Two trees of the same cells, by interactions and by expression, that group them differently.",
    "compare": "Half of the inferred interactions are validated, as of the prior alone; of random ones a tenth are.",
    "crosstalk": "A graph of 19 cells that share many interactions; four of them are hubs in the middle.",
    "curves": "The local test keeps its precision up to a recall of 0.8; exact and csn lie on the line of chance.",
    "differential": "A flat line of points: no pair differs between two halves of one population, no q is small.",
    "embedding": "Four maps of the cells in three islands: two miRNAs have targets in all of them, two in two alone.",
    "enrich": "Dots of gene sets by miRNAs, none with a dark rim: none has a q below 0.05.",
    "family": "140 of 171 pairs of cells differ in a family's interactions, 147 when shuffled; and bars.",
    "flow": "Ribbons from five miRNAs over their targets to four sets of genes, repression whole, activation dashed.",
    "groups": "Dots of the same size and colour in three groups: the miRNAs have as many targets in each.",
    "intervals": "25 of 75 pairs along a path have a stretch that is called, a line over their dark, negative cells.",
    "local": "The ranks of a miRNA and an mRNA around one cell, which fall along a line: rho is -0.81.",
    "module": "Two miRNAs joined to ten shared targets in nearly all cells, as often as when shuffled.",
    "network": "Three miRNAs of a cell and their strongest targets; the cell has as many when shuffled.",
    "null": "The number of interactions in the data lies among those of shuffled pairings, and so do the cells.",
    "out_degree": "A raster of miRNAs by cells: who has many targets has as many when shuffled, r = 1.00.",
    "overview": "A run: its steps, interactions of each cell, conserved ones, hubs, similarity, tree, validated share.",
    "pair": "A miRNA against an mRNA over cells: of three groups one has a correlation with a small q, a whole line.",
    "per_cell": "Interactions, validated share and hubs of each cell; dashes of shuffled pairings are as high.",
    "recurrence": "Most interactions are found in nearly all cells, and the line of the shuffles follows the bars.",
    "sign": "98 % of the interactions lie left of 0, further left than independent pairs are.",
    "similarity": "Pies of every two cells, nearly full: they share most interactions, as they do when shuffled.",
    "stability": "A tenth of the interactions is found in fewer than 60 % of the runs, nearly a coin flip.",
    "targeting": "Eight of ten miRNAs go down with their targets; their intervals stay left of 0.",
    "upset": "Most interactions are conserved in all three groups at once; few are specific to one.",
    "volcano": "53 pairs in more cells of one group lie at the upper right, one in fewer at the upper left.",
}
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
    near = all(abs(tests["mean_network"][name] - value) < 1.5 for name, value in share.items())
    if near and abs(tests["mean_inferred"] - 50).max() < 3:
        yield (
            "compare",
            "half of the inferred interactions are validated, as of the prior alone; of random ones a tenth",
        )
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


def more_claims(made: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The same of the figures whose numbers are in what they draw."""
    import numpy as np

    import csmir as cs

    mdata, local = made["mdata"], made["local"]
    networks = mdata["regulation"]
    null = networks.uns["csmir"]["null"]

    drawn = words_of(cs.pl.box(mdata, **ends(made["edge"]), cell="cell_05"))
    yield "box", f"make its z of {float(re.search(r'median .z. of [0-9]+ runs = ([0-9.]+)', drawn)[1]):.2f}"
    (row,) = networks.uns["csmir"]["cluster_agreement"].itertuples()
    if row.adjusted_rand < 0.5:
        yield "cluster", "group them differently"
    many = made["many"]
    maps = cs.pl.embedding(many, regulation="truth")
    on = many["truth"].obsm["out_degree"][list(maps)] > 0
    n_on = (on.groupby(many.obs["group"].to_numpy()).mean() > 0.5).sum()
    islands = many.obs["group"].nunique()
    yield "embedding", f"{NUMBERS[len(maps)]} maps of the cells in {NUMBERS[islands]} islands"
    words = [NUMBERS[(n_on == n).sum()] for n in (islands, 2)]
    yield "embedding", f"{words[0]} miRNAs have targets in all of them, {words[1]} in two alone"
    if not (cs.get.enrichment(mdata)["qvalue"] < 0.05).any():
        yield "enrich", "none has a q below 0.05"
    told = re.search(r"(\d+) of (\d+) pairs.*\n.*\n.*shuffled: (\d+)", words_of(cs.pl.family(mdata)["n_interactions"]))
    yield "family", f"{told[1]} of {told[2]} pairs of cells differ in a family's interactions, {told[3]} when shuffled"
    below = cs.pl.flow(mdata, alpha=None, n_sets=4, n_mirnas=5, n_mrnas=14).get_xlabel()
    n = [NUMBERS[int(re.search(rf"(\d+) of \d+ {what}", below)[1])] for what in ("miRNAs", "gene sets")]
    yield "flow", f"from {n[0]} miRNAs over their targets to {n[1]} sets of genes"
    degree = networks.obsm["out_degree"].groupby(networks.obs["group"].astype(str).to_numpy()).mean()
    if ((degree.max() - degree.min()) / degree.mean()).median() < 0.1:
        yield "groups", f"in {NUMBERS[len(degree)]} groups: the miRNAs have as many targets in each"
    found = re.search(r"(\d+) of (\d+) pairs with q", words_of(cs.pl.intervals(made["path"])))
    yield "intervals", f"{found[1]} of {found[2]} pairs along a path have a stretch that is called"
    r = re.search(r"r = (\S+)\)", cs.pl.out_degree(mdata, groupby="group", n_top=20).get_xlabel())[1]
    yield "out_degree", f"as many when shuffled, r = {r}"
    panels = {"workflow": "its steps", "interactions": "interactions of each cell", "conservation": "conserved ones"}
    panels |= {"hubs": "hubs", "similarity": "similarity", "cluster": "tree", "validated": "validated share"}
    full = {name for name, ax in cs.pl.overview(mdata).items() if not any("cs.tl." in t.get_text() for t in ax.texts)}
    yield "overview", ", ".join(word for name, word in panels.items() if name in full)
    sums = networks.obs[["n_null", "n_interactions"]].sum()
    if abs(sums["n_null"] / sums["n_interactions"] - 1) < 0.05:
        yield "per_cell", "dashes of shuffled pairings are as high"
    conserved = (networks.var["conservation"] == "conserved").sum()
    shuffled = null["recurrence"].iloc[int(networks.uns["csmir"]["conservation"]["conserved_cells"]) :].sum().mean()
    if conserved > networks.n_vars / 2 and abs(shuffled / conserved - 1) < 0.05:
        yield (
            "recurrence",
            "most interactions are found in nearly all cells, and the line of the shuffles follows the bars",
        )
    bars = [bar for bar in cs.pl.sign(local).patches if hasattr(bar, "get_height")]
    share = sum(bar.get_height() for bar in bars if bar.get_x() < -1e-9)
    yield "sign", f"{share:.0f} % of the interactions lie left of 0"
    alike = networks.obsp["interaction_similarity"]
    alike = np.asarray(alike if isinstance(alike, np.ndarray) else alike.todense())
    middle = np.median(alike[np.triu_indices(len(alike), 1)])
    if middle > 0.85 and abs(null["similarity"].loc["median"].mean() - middle) < 0.03:
        yield "similarity", "nearly full: they share most interactions, as they do when shuffled"
    together = cs.get.conservation(made["by_group"], kind="combinations")
    together = together[together["n_groups"] > 0]
    of_three = together.loc[together["n_groups"] == 3, "n_interactions"].sum() / together["n_interactions"].sum()
    alone = together.loc[together["n_groups"] == 1, "n_interactions"].sum() / together["n_interactions"].sum()
    if of_three > 0.5 and alone < 0.2:
        yield "upset", "conserved in all three groups at once; few are specific to one"
    names = ["local", "exact", "csn"]
    precision = cs.get.curves(made["planted"], names).query("network == 'local' and recall <= 0.8")["precision"]
    area = cs.get.curves(made["planted"], names, summary=True).set_index("network")
    flat = area.loc[["exact", "csn"], "auprc"] - area["share_regulated"].iloc[0]
    if precision.min() > 0.9 and flat.abs().max() < 0.02:
        yield "curves", "keeps its precision up to a recall of 0.8; exact and csn lie on the line of chance"
    ax = cs.pl.volcano(mdata, "group_1", regulation="truth")
    yield "volcano", f"{counted(ax, 'more in the group')} pairs in more cells of one group lie at the upper right"
    yield "volcano", f"{NUMBERS[counted(ax, 'less in the group')]} in fewer at the upper left"


def ends(pair: Any) -> dict[str, str]:
    """Both ends of a pair, as arguments."""
    return {"mirna": str(pair["mirna"]), "mrna": str(pair["mrna"])}


def words_of(axes: Any) -> str:
    """All that is written in a figure."""
    return " ".join(text.get_text() for text in axes.figure.findobj(lambda part: hasattr(part, "get_text")))


def check(made: Mapping[str, Any]) -> int:
    """Raise where the words of a picture are not those of what was drawn; else how many were compared."""
    found = [*claims(made), *more_claims(made)]
    wrong = [f"{name}: {words!r} is drawn" for name, words in found if words.lower() not in ALT[name].lower()]
    without = sorted(set(ALT) - {name for name, _ in found})  # what was said of them holds no more
    if wrong or without:
        raise ValueError(f"not in docs/alt.py: {wrong}; no claim holds of what was drawn: {without}")
    return len(found)
