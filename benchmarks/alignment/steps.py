"""Simulated networks, and every step of cs.tl on them as a call that returns what it found by name."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

import csmir as cs
from benchmarks.alignment import by_name
from csmir import _mudata

QUIET = {"progress": False}
STATISTICS = {
    "csn": {"alpha": 0.2},
    # by p-values: so few cells leave no q-value under any level, and empty networks would agree with everything
    "exact": {"statistic": "exact", "alpha": 0.2, "adjust": None},
    "local": {"statistic": "local", "alpha": 0.2, "adjust": None},
}


def inferred(statistic: str, *, n_cells: int = 24, seed: int = 1):
    """Networks of simulated cells."""
    mdata = cs.datasets.simulated(n_cells=n_cells, n_mirnas=8, n_mrnas=30, prior_density=0.4, prevalence=0.4, seed=seed)
    cs.pp.recipe_csmir(mdata)
    if statistic == "csn":
        cs.pp.bootstrap_cells(mdata, n_runs=5)
    cs.tl.regulation(mdata, mdata.uns["prior"], **STATISTICS[statistic], **QUIET)
    return mdata


def first_cell(mdata) -> str:
    """A cell by its name."""
    return sorted(mdata["regulation"].obs_names)[0]


def gene_sets(mdata) -> dict:
    """Three sets of mRNAs by name."""
    names = sorted(mdata.uns["prior"]["target"].astype(str).unique())
    return {"first": names[:10], "second": names[8:20], "third": names[::3]}


# in the order in which they build on each other; each is repeated where what it made was left out
STEPS: dict[str, Callable] = {
    "hubs": lambda m: cs.tl.hubs(m),
    "conservation": lambda m: cs.tl.conservation(m, conserved=0.4, rewired=3, groups="group"),
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

FURTHER: dict[str, Callable] = {
    "association": lambda m: cs.tl.association(m, groups="group", factors=0),
    "association of a prior": lambda m: cs.tl.association(m, m.uns["prior"], factors=0),
    "direct": lambda m: cs.tl.direct(m, **QUIET),
    "intervals": lambda m: cs.tl.intervals(m, shortest=5, longest=12),
    "module_scores": lambda m: cs.tl.module_scores(
        m, network=min(cs.get.modules(m)["network"], default=None), regulation="regulation", min_size=1
    ),
}
ALL_STEPS = STEPS | FURTHER
ASSOCIATED = ["association_rho", "association_pvalue", "association_qvalue"]

# what each writes into the networks
WRITTEN: dict[str, dict] = {
    "hubs": {"obsm": ["out_degree", "hub_mirna"]},
    "conservation": {
        "var": ["n_cells", "conservation", "conserved_in", "group_specific"],
        "uns": ["hub_conservation", "conservation_groups", "conservation_combinations"],
    },
    "validate": {
        "var": ["validated", "disease"],
        "obs": ["pct_validated", "pct_validated_hubs", "pct_disease", "pct_disease_hubs"],
    },
    "similarity": {"obsp": ["interaction_similarity", "hub_similarity", "expression_distance"]},
    "crosstalk": {"obsp": ["crosstalk"], "obs": ["crosstalk_degree", "hub_cell"]},
    "neighbors": {"obsp": ["interactions_neighbors_distances", "interactions_neighbors_connectivities"]},
    "module_similarity": {"obsp": ["module_similarity"]},
    "enrich": {"uns": ["enrichment"]},
    "enrich_disease": {"uns": ["disease_enrichment"]},
    "compare": {"uns": ["comparison", "comparison_tests"]},
    "family": {"uns": ["family_counts", "family_ks", "family_targets"]},
    "sign": {"var": ["sign", "correlation"]},
    "null": {"obs": ["n_null", "empirical_fdr"], "var": ["n_null"], "uns": ["null"]},
    "stability": {"uns": ["stability_seeds", "stability"]},
    "association": {"var": ASSOCIATED + [f"{c}_group_{k}" for c in ASSOCIATED for k in (1, 2, 3)]},
    "direct": {"var": ["set"]},
    "intervals": {"obs": ["path"], "uns": ["intervals"]},
}


def run_step(name: str, mdata) -> object:
    """A step of cs.tl, and what it wrote."""
    ALL_STEPS[name](mdata)
    if name == "cluster":
        return tuple(by_name.of_partition(mdata["regulation"].obs[c]) for c in ("cluster", "cluster_expression"))
    if name == "modules":
        return by_name.of_modules(mdata["regulation"].uns["csmir"]["modules"])
    if name == "direct":
        return by_name.of_slots(mdata["regulation"], var=["set"], layers=True)
    if name == "association of a prior":
        return by_name.of_slots(mdata["association"], var=ASSOCIATED)
    if name == "module_scores":
        adata = mdata["module_scores"]
        members = [";".join(sorted(names.split(";"))) for names in adata.var["mrnas"].astype(str)]
        return by_name.of_square(pd.DataFrame(adata.X, list(adata.obs_names), members))
    if name in ("synergy", "sponge", "comparator"):
        key = "lioness_pearson" if name == "comparator" else name
        return by_name.of_slots(mdata[key], obs=["n_interactions"], var=["n_cells", "shared_mirnas"], layers=True)
    if name == "differential":
        return by_name.of_frame(cs.get.differential(mdata))
    if name == "targeting":
        return by_name.of_frame(cs.get.targeting(mdata).reset_index()), of_modality(mdata["targeting"])
    if name == "activity":
        return of_modality(mdata["mirna_inferred"])
    extra = ()
    if name == "crosstalk":
        extra = by_name.of_partition(mdata["regulation"].obs["crosstalk_module"])
    return by_name.of_slots(mdata["regulation"], **WRITTEN[name]), extra


def of_modality(adata) -> tuple:
    """Matrices and columns of cells x features that have names."""
    cells, features = list(adata.obs_names), list(adata.var_names)
    matrices = {"X": adata.X, **{k: adata.layers[k] for k in adata.layers if k}}
    squares = tuple(
        (k, by_name.of_square(pd.DataFrame(_mudata.dense(x), cells, features))) for k, x in sorted(matrices.items())
    )
    return by_name.of_frame(adata.var.reset_index()), squares


def infer_again(mdata) -> object:
    """cs.tl.regulation on the data that are there, with the parameters of the networks."""
    noted = mdata["regulation"].uns["csmir"]["regulation"]
    cs.tl.regulation(mdata, mdata.uns["prior"], regulation="again", **STATISTICS[str(noted["statistic"])], **QUIET)
    return by_name.of_slots(mdata["again"], obs=["n_interactions"], var=["n_cells"], layers=True)


def told_power(mdata) -> object:
    """What cs.tl.power says of the data that are there."""
    return by_name.of_frame(cs.tl.power(mdata, mdata.uns["prior"]).reset_index())
