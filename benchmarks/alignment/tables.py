"""Every table of cs.get, by name."""

from __future__ import annotations

from collections.abc import Callable

import csmir as cs
from benchmarks.alignment import by_name
from benchmarks.alignment.steps import first_cell


def of_graph(graph) -> by_name.Parts:
    """Each attribute of the edges beside their ends."""
    out: dict = {("graph", ""): tuple(sorted(graph.edges()))}
    for a, b, noted in graph.edges(data=True):
        for name, value in noted.items():
            out.setdefault(("graph", name), []).append(((a, b), str(value)))
    return by_name.Parts({key: tuple(sorted(rows)) for key, rows in out.items()})


TABLES: dict[str, Callable] = {
    "edges": lambda m: by_name.parts_of("edges", cs.get.edges(m, columns=["n_cells"]), ["cell", "mirna", "mrna"]),
    "hubs": lambda m: by_name.of_frame(cs.get.hubs(m)),
    "conserved": lambda m: by_name.of_frame(cs.get.conserved(m)),
    "rewired": lambda m: by_name.of_frame(cs.get.rewired(m)),
    "conserved hubs": lambda m: by_name.of_frame(cs.get.conserved(m, kind="hubs")),
    "rewired hubs": lambda m: by_name.of_frame(cs.get.rewired(m, kind="hubs")),
    "conservation": lambda m: by_name.of_frame(cs.get.conservation(m)),
    "conservation combinations": lambda m: by_name.of_frame(cs.get.conservation(m, kind="combinations")),
    "conservation pairs": lambda m: by_name.of_frame(cs.get.conservation(m, kind="pairs")),
    "differential": lambda m: by_name.of_frame(cs.get.differential(m)),
    "intervals": lambda m: by_name.of_frame(cs.get.intervals(m, max_q=1)),
    "pairs": lambda m: by_name.parts_of("pairs", cs.get.pairs(m, groups="group", every=True), ["mirna", "mrna"]),
    "targeting": lambda m: by_name.of_frame(cs.get.targeting(m).reset_index()),
    "validation": lambda m: by_name.of_frame(cs.get.validation(m)),
    "clusters": lambda m: by_name.of_partition(cs.get.clusters(m).set_index("cell")["cluster"]),
    "agreement": lambda m: by_name.of_frame(cs.get.agreement(m)),
    "crosstalk": lambda m: (
        by_name.of_frame(cs.get.crosstalk(m).drop(columns="module")),
        by_name.of_partition(cs.get.crosstalk(m).set_index("cell")["module"]),
    ),
    "curves": lambda m: by_name.of_frame(cs.get.curves(m)),
    "curves in one row": lambda m: by_name.of_frame(cs.get.curves(m, summary=True, n_shuffles=3)),
    "crosstalk_graph": lambda m: tuple(
        sorted((*sorted(e[:2]), f"{e[2]['similarity']:.6g}") for e in cs.get.crosstalk_graph(m).edges(data=True))
    ),
    "modules": lambda m: by_name.of_modules(cs.get.modules(m)),
    "enrichment": lambda m: by_name.of_frame(cs.get.enrichment(m)),
    "comparison": lambda m: by_name.of_frame(cs.get.comparison(m)),
    "family": lambda m: by_name.of_frame(cs.get.family(m, "counts")),
    "family_ks": lambda m: by_name.of_square(cs.get.family_ks(m)),
    "graph": lambda m: of_graph(cs.get.graph(m, first_cell(m))),
}
