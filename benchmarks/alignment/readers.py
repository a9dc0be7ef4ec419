"""Every public function on networks, as a call that returns what it found by name."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

import csmir as cs
from benchmarks.alignment import by_name

QUIET = {"progress": False}
STATISTICS = {
    "csn": {"alpha": 0.2},
    # by p-values: so few cells leave no q-value under any level, and empty networks would agree with everything
    "exact": {"statistic": "exact", "alpha": 0.2, "adjust": None},
    "local": {"statistic": "local", "alpha": 0.2, "adjust": None, "direction": "both"},
}


def inferred(statistic: str, *, n_cells: int = 24, seed: int = 1):
    """Networks of simulated cells."""
    mdata = cs.datasets.simulated(n_cells=n_cells, n_mirnas=8, n_mrnas=30, prior_density=0.4, prevalence=0.4, seed=seed)
    cs.pp.recipe_csmir(mdata)
    if statistic == "csn":
        cs.pp.bootstrap_cells(mdata, n_runs=5)
    cs.tl.regulation(mdata, mdata.uns["prior"], **STATISTICS[statistic], **QUIET)
    return mdata


def gene_sets(mdata) -> dict:
    """Three sets of mRNAs by name."""
    names = sorted(mdata.uns["prior"]["target"].astype(str).unique())
    return {"first": names[:10], "second": names[8:20], "third": names[::3]}


# in the order in which they build on each other; each is repeated where what it made was left out
STEPS: dict[str, Callable] = {
    "hubs": lambda m: cs.tl.hubs(m),
    "conservation": lambda m: cs.tl.conservation(m, conserved=0.4, rewired=3),
    "validate": lambda m: cs.tl.validate(
        m, m.uns["prior"].iloc[::2], disease=[*gene_sets(m)["first"], "hsa-miR-21-5p"]
    ),
    "similarity": lambda m: cs.tl.similarity(m),
    "cluster": lambda m: cs.tl.cluster(m, ["interactions", "expression"], k=3),
    "crosstalk": lambda m: cs.tl.crosstalk(m),
    "neighbors": lambda m: cs.tl.neighbors(m, n_neighbors=5),
    "modules": lambda m: cs.tl.modules(m, "cells", min_mrnas=2),
    "module_similarity": lambda m: cs.tl.module_similarity(m),
    "enrich": lambda m: cs.tl.enrich(m, gene_sets(m), of="mirnas", share=0, alpha=None),
    "enrich_disease": lambda m: cs.tl.enrich_disease(m, gene_sets(m)["first"], of="mirnas", share=0),
    "compare": lambda m: cs.tl.compare(
        m, m.uns["prior"].iloc[::2], against=["random", "random_degree", "prior", "no_prior"], n_random=3, **QUIET
    ),
    "family": lambda m: cs.tl.family(m, sorted(m.uns["prior"]["source"].astype(str).unique())[:3], **QUIET),
    "sign": lambda m: cs.tl.sign(m),
    "null": lambda m: cs.tl.null(m, n_permutations=2, **QUIET),
    "stability": lambda m: cs.tl.stability(m, n_seeds=2, **QUIET),
    "synergy": lambda m: cs.tl.synergy(m, alpha_shared=0.9, alpha=0.3, **QUIET),
    "sponge": lambda m: cs.tl.sponge(m, min_shared=1, alpha_shared=0.9, adjust=False, alpha=0.3, **QUIET),
    "comparator": lambda m: cs.tl.comparator(m, m.uns["prior"], method="lioness_pearson", **QUIET),
    "differential": lambda m: cs.tl.differential(
        m, None, groupby="group", group="group_1", n_permutations=100, **QUIET
    ),
    "targeting": lambda m: cs.tl.targeting(m, m.uns["prior"], min_targets=3, n_permutations=100, **QUIET),
    "activity": lambda m: cs.tl.activity(m, m.uns["prior"], min_targets=3),
}

# what each writes into the networks
WRITTEN: dict[str, dict] = {
    "hubs": {"obsm": ["out_degree", "hub_mirna"]},
    "conservation": {"var": ["n_cells", "conservation"], "uns": ["hub_conservation"]},
    "validate": {
        "var": ["validated", "disease"],
        "obs": ["pct_validated", "pct_validated_hubs", "pct_disease", "pct_disease_hubs"],
    },
    "similarity": {"obsp": ["interaction_similarity", "hub_similarity", "expression_distance"]},
    "crosstalk": {"obsp": ["crosstalk"], "obs": ["crosstalk_degree", "hub_cell"]},
    "neighbors": {"obsp": ["interactions_neighbors_distances"]},
    "module_similarity": {"obsp": ["module_similarity"]},
    "enrich": {"uns": ["enrichment"]},
    "enrich_disease": {"uns": ["disease_enrichment"]},
    "compare": {"uns": ["comparison", "comparison_tests"]},
    "family": {"uns": ["family_counts", "family_ks", "family_targets"]},
    "sign": {"var": ["sign", "correlation"]},
    "null": {"obs": ["n_null", "empirical_fdr"], "uns": ["null"]},
    "stability": {"uns": ["stability_seeds", "stability"]},
}


def run_step(name: str, mdata) -> object:
    """A step of cs.tl, and what it wrote."""
    STEPS[name](mdata)
    if name == "cluster":
        return tuple(by_name.of_partition(mdata["regulation"].obs[c]) for c in ("cluster", "cluster_expression"))
    if name == "modules":
        return by_name.of_modules(mdata["regulation"].uns["csmir"]["modules"])
    if name in ("synergy", "sponge", "comparator"):
        key = "lioness_pearson" if name == "comparator" else name
        return by_name.of_slots(mdata[key], layers=True)
    if name == "differential":
        return by_name.of_frame(cs.get.differential(mdata))
    if name == "targeting":
        return by_name.of_frame(cs.get.targeting(mdata).reset_index())
    if name == "activity":
        adata = mdata["mirna_inferred"]
        return by_name.of_square(pd.DataFrame(adata.X, list(adata.obs_names), list(adata.var_names)))
    extra = ()
    if name == "crosstalk":
        extra = by_name.of_partition(mdata["regulation"].obs["crosstalk_module"])
    return by_name.of_slots(mdata["regulation"], **WRITTEN[name]), extra


def infer_again(mdata) -> object:
    """cs.tl.regulation on the data that are there, with the parameters of the networks."""
    noted = mdata["regulation"].uns["csmir"]["regulation"]
    cs.tl.regulation(mdata, mdata.uns["prior"], regulation="again", **STATISTICS[str(noted["statistic"])], **QUIET)
    return by_name.of_slots(mdata["again"], obs=["n_interactions"], var=["n_cells"], layers=True)


TABLES: dict[str, Callable] = {
    "edges": lambda m: by_name.of_frame(cs.get.edges(m, columns=["n_cells"])),
    "hubs": lambda m: by_name.of_frame(cs.get.hubs(m)),
    "conserved": lambda m: by_name.of_frame(cs.get.conserved(m)),
    "rewired": lambda m: by_name.of_frame(cs.get.rewired(m)),
    "conserved hubs": lambda m: by_name.of_frame(cs.get.conserved(m, kind="hubs")),
    "rewired hubs": lambda m: by_name.of_frame(cs.get.rewired(m, kind="hubs")),
    "validation": lambda m: by_name.of_frame(cs.get.validation(m)),
    "clusters": lambda m: by_name.of_partition(cs.get.clusters(m).set_index("cell")["cluster"]),
    "agreement": lambda m: by_name.of_frame(cs.get.agreement(m)),
    "crosstalk": lambda m: by_name.of_frame(cs.get.crosstalk(m).drop(columns="module")),
    "crosstalk_graph": lambda m: tuple(
        sorted((*sorted(e[:2]), f"{e[2]['similarity']:.6g}") for e in cs.get.crosstalk_graph(m).edges(data=True))
    ),
    "modules": lambda m: by_name.of_modules(cs.get.modules(m)),
    "enrichment": lambda m: by_name.of_frame(cs.get.enrichment(m)),
    "comparison": lambda m: by_name.of_frame(cs.get.comparison(m)),
    "family": lambda m: by_name.of_frame(cs.get.family(m, "counts")),
    "family_ks": lambda m: by_name.of_square(cs.get.family_ks(m)),
    "graph": lambda m: tuple(sorted(map(str, cs.get.graph(m, sorted(m["regulation"].obs_names)[0]).edges(data=True)))),
}


def _cell(mdata) -> str:
    return sorted(mdata["regulation"].obs_names)[0]


def _box(mdata, **options):
    pair = min(mdata["regulation"].var[["mirna", "mrna"]].astype(str).to_numpy().tolist())
    return cs.pl.box(mdata, mirna=pair[0], mrna=pair[1], **options)


def _volcano(mdata, **options):
    import scanpy as sc

    adata = mdata["regulation"]
    sc.tl.rank_genes_groups(adata, "group", method="t-test")
    return cs.pl.volcano(mdata, sorted(adata.obs["group"].unique())[0], **options)


def _embedding(mdata, **options):
    mdata["regulation"].obsm["X_toy"] = mdata["regulation"].obsm["out_degree"].to_numpy()[:, :2].astype(float)
    return cs.pl.embedding(mdata, basis="toy", **options)


def _overview(mdata, **options):
    """It shows another clustering where that of the interactions was left out: take away the other."""
    mdata["regulation"].uns.get("csmir", {}).pop("cluster_expression", None)
    return cs.pl.overview(mdata, **options)


FIGURES: dict[str, Callable] = {
    "overview": _overview,
    "per_cell": lambda m, **k: cs.pl.per_cell(m, columns="n_interactions", **k),
    "box": _box,
    "embedding": _embedding,
    "volcano": _volcano,
    "network": lambda m, **k: cs.pl.network(m, _cell(m), **k),
    "stability": lambda m, **k: cs.pl.stability(m, **k),
    "seeds": lambda m, **k: cs.pl.stability(m, "seeds", **k),
}
PLAIN = (
    "cluster", "compare", "crosstalk", "enrich", "family", "module", "null", "out_degree",
    "recurrence", "similarity",
)  # fmt: skip


def figure(name: str, mdata) -> object:
    """The words, bars and images of a figure."""
    draw = FIGURES[name] if name in FIGURES else getattr(cs.pl, name)
    return by_name.of_figure(draw(mdata, return_fig=True, show=False))


def written_tables(mdata) -> object:
    """All tables of cs.io.write_tables; those of modules without their numbers."""
    with tempfile.TemporaryDirectory() as folder:
        cs.io.write_tables(mdata, Path(folder) / "out", formats="tsv")
        found = {f.stem: pd.read_csv(f, sep="\t") for f in sorted((Path(folder) / "out").glob("*.tsv"))}
    out = by_name.Parts()
    for name, table in found.items():
        if name == "modules":
            out[name, ""] = by_name.of_modules(table)
            continue
        by_number = ("cluster", "cluster_expression", "crosstalk_module", "conservation")
        table = table.drop(columns=[c for c in by_number if c in table])
        square = set(table.columns[1:]) == set(table.iloc[:, 0].astype(str)) and len(table) > 1
        if square:
            out[name, ""] = by_name.of_square(table.set_index(table.columns[0]))
        elif "cell_a" in table:
            out[name, ""] = by_name.of_frame(table)
        else:
            out |= by_name.parts_of(name, table)
    return out


def written_report(mdata) -> object:
    """What cs.io.write_report says of the run: a number for each headline that there is."""
    from csmir._report import tables

    with tempfile.TemporaryDirectory() as folder:
        cs.io.write_report(mdata, Path(folder) / "report.html")
    return by_name.Parts({("number", label): value for label, value in tables.numbers(mdata, "regulation")})


def written_figures(mdata) -> object:
    """Which figures cs.io.write_figures draws; what they show, the room `pl` tells."""
    with tempfile.TemporaryDirectory() as folder:
        cs.io.write_figures(mdata, Path(folder) / "out", formats="png", dpi=20)
        found = {f.stem for f in (Path(folder) / "out").glob("*.png")}
    return by_name.Parts({("figure", name): "" for name in found if not name.startswith("network_")})


def read_again(mdata) -> object:
    """Networks of a run on the disk over the data that are there, read by cs.io.read_networks."""
    noted = mdata["regulation"].uns["csmir"]["regulation"]
    options = STATISTICS[str(noted["statistic"])] | QUIET
    with tempfile.TemporaryDirectory() as folder:
        cs.tl.regulation(mdata, mdata.uns["prior"], regulation="again", out=Path(folder) / "run.zarr", **options)
        adata = cs.io.read_networks(Path(folder) / "run.zarr", lazy=False)
        return by_name.of_slots(adata, obs=["n_interactions"], var=["n_cells"], layers=True)


def readers(rooms=("tl", "get", "pl", "io")) -> dict[str, Callable]:
    """Name -> call."""
    out: dict[str, Callable] = {}
    if "tl" in rooms:
        out["tl.regulation"] = infer_again
        out |= {f"tl.{name}": partial(run_step, name) for name in STEPS}
    if "get" in rooms:
        out |= {f"get.{name}": call for name, call in TABLES.items()}
    if "pl" in rooms:
        out |= {f"pl.{name}": partial(figure, name) for name in (*PLAIN, *FIGURES)}
    if "io" in rooms:
        out |= {"io.write_tables": written_tables, "io.write_report": written_report}
        out |= {"io.write_figures": written_figures, "io.read_networks": read_again}
    return out
