"""From networks to every reading of them, saved and reloaded between all steps, with cells that lack a modality."""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
from mudata import MuData
from scipy import sparse

import csmir as cs


@pytest.fixture(scope="module")
def reloading(tmp_path_factory):
    path = tmp_path_factory.mktemp("steps") / "mdata.h5mu"

    def reload(mdata):
        mdata.write(path)
        return mudata.read_h5mu(path)

    return reload


@pytest.fixture(scope="module")
def partly_overlapping():
    whole = cs.datasets.simulated(n_cells=16, n_mirnas=12, n_mrnas=60, prior_density=0.5, seed=5)
    names = whole.obs_names
    order = np.random.default_rng(0).permutation(14)
    mdata = MuData({"mirna": whole["mirna"][names[order]].copy(), "mrna": whole["mrna"][names[2:]].copy()})
    mdata.uns["prior"] = whole.uns["prior"]
    return mdata


STEPS = [
    ("recipe", lambda m: cs.pp.recipe_csmir(m)),
    ("bootstrap", lambda m: cs.pp.bootstrap_cells(m, n_runs=8, seed=0)),
    ("regulation", lambda m: cs.tl.regulation(m, m.uns["prior"], box_size=0.3, alpha=0.05)),
    ("hubs", lambda m: cs.tl.hubs(m)),
    ("conservation", lambda m: cs.tl.conservation(m, conserved=0.5)),
    ("similarity", lambda m: cs.tl.similarity(m)),
    ("cluster", lambda m: cs.tl.cluster(m, ["interactions", "hubs", "expression"])),
    ("neighbors", lambda m: cs.tl.neighbors(m, n_neighbors=5)),
    ("crosstalk", lambda m: cs.tl.crosstalk(m, ["interactions", "hubs"])),
    ("validate", lambda m: cs.tl.validate(m, m.uns["prior"].iloc[::2], disease=m["mrna"].var_names[:20])),
    ("compare", lambda m: cs.tl.compare(m, m.uns["prior"].iloc[::2], n_random=5)),
    ("family", lambda m: cs.tl.family(m, list(m["mirna"].var_names[:6]), name="six")),
    ("modules", lambda m: cs.tl.modules(m, "cells")),
    ("module similarity", lambda m: cs.tl.module_similarity(m)),
    ("enrich", lambda m: cs.tl.enrich(m, gene_sets(m), of="mirnas", alpha=None, share=0, min_size=1)),
    ("enrich disease", lambda m: cs.tl.enrich_disease(m, [*m["mirna"].var_names[:4], *m["mrna"].var_names[:20]])),
    ("sign", lambda m: cs.tl.sign(m)),
    ("stability", lambda m: cs.tl.stability(m, n_seeds=2)),
    ("null", lambda m: cs.tl.null(m, n_permutations=2)),
    ("synergy", lambda m: cs.tl.synergy(m, alpha_shared=0.5, alpha=0.3)),
    ("synergy hubs", lambda m: cs.tl.hubs(m, regulation="synergy")),
    ("sponge", lambda m: cs.tl.sponge(m, min_shared=1, alpha_shared=0.9, adjust=False, alpha=0.3)),
    ("sponge conservation", lambda m: cs.tl.conservation(m, regulation="sponge")),
    ("sponge similarity", lambda m: cs.tl.similarity(m, on="interactions", regulation="sponge")),
    ("activity", lambda m: cs.tl.activity(m, m.uns["prior"], min_targets=2, key_added="activity")),
]


def gene_sets(mdata):
    genes = mdata["mrna"].var_names
    return {f"set {i}": genes[i : i + 12] for i in range(0, 48, 6)}


@pytest.mark.filterwarnings("ignore:In .* cells, a cell's own")
def test_every_step_runs_on_the_reloaded_object_and_gives_the_same(partly_overlapping, reloading, tmp_path):
    straight, stepwise = (MuData({k: v.copy() for k, v in partly_overlapping.mod.items()}) for _ in range(2))
    for mdata in (straight, stepwise):
        mdata.uns["prior"] = partly_overlapping.uns["prior"]
    for _, step in STEPS:
        step(straight)
        step(stepwise)
        stepwise = reloading(stepwise)
    reg = stepwise["regulation"]
    assert reg.n_obs == 12
    for name, table in {
        "edges": cs.get.edges, "hubs": cs.get.hubs, "conserved": cs.get.conserved, "rewired": cs.get.rewired,
        "clusters": cs.get.clusters, "agreement": cs.get.agreement, "crosstalk": cs.get.crosstalk,
        "validation": cs.get.validation, "comparison": cs.get.comparison, "family": cs.get.family,
        "ks": cs.get.family_ks, "modules": cs.get.modules, "enrichment": cs.get.enrichment,
        "disease": lambda m: cs.get.enrichment(m, key="disease_enrichment"),
        "synergy": lambda m: cs.get.edges(m, regulation="synergy"),
        "sponge": lambda m: cs.get.edges(m, regulation="sponge"),
        "null": lambda m: m["regulation"].obs.filter(like="null"), "activity": lambda m: m["activity"].to_df(),
        "module similarity": lambda m: pd.DataFrame(m["regulation"].obsp["module_similarity"]),
    }.items():  # fmt: skip
        got, want = table(stepwise), table(straight)
        assert len(got), name
        pd.testing.assert_frame_equal(got, want, check_dtype=False, check_categorical=False, obj=name)
    cs.io.write_tables(stepwise, tmp_path / "out", formats=["tsv", "graphml", "edgelist"])
    assert len(list((tmp_path / "out" / "graphml").glob("*.graphml"))) == 12
    sc.tl.leiden(reg, neighbors_key="interactions_neighbors", flavor="igraph", n_iterations=2, directed=False)
    reg.obs["many"] = pd.Categorical(np.where(reg.obs["n_interactions"] > reg.obs["n_interactions"].median(), "y", "n"))
    if not hasattr(sc, "Preset"):  # scanpy < 1.12, whose tests take no sparse arrays, which anndata reads on request
        reg.X = sparse.csr_matrix(reg.X)
    sc.tl.rank_genes_groups(reg, "many", method="wilcoxon")
    assert reg.uns["rank_genes_groups"]["names"].dtype.names == ("n", "y")


@pytest.mark.filterwarnings("ignore:In .* cells, a cell's own")
def test_copy_works_with_whole_number_weights(partly_overlapping):
    mdata = MuData({k: v.copy() for k, v in partly_overlapping.mod.items()})
    mdata.uns["prior"] = partly_overlapping.uns["prior"]
    for _, step in STEPS[:3]:
        step(mdata)
    done = cs.tl.hubs(mdata, copy=True)
    assert "hub_mirna" not in mdata["regulation"].obsm
    np.testing.assert_array_equal(done.obsm["csmir_bootstrap"], mdata.obsm["csmir_bootstrap"])
