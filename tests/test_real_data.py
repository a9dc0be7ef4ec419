"""From what the field has on its disks to networks, in the lines of docs/layouts.md, in Python and on the command line.

MIMAT accessions and stem-loops of TCGA, single-cell miRNA counts of PSCSR-seq, and total RNA with HGNC symbols.
"""

from __future__ import annotations

import mudata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import csmir as cs
from csmir.cli import main


@pytest.fixture
def real(shared_data):
    return shared_data / "real"


@pytest.fixture
def targets(shared_data, tmp_path):
    """TargetScan's pairs of every 40th gene and of those that the cohorts have, to be quick."""
    net = pd.read_csv(shared_data / "targets" / "targetscan_7.0_human.tsv.gz", sep="\t")
    genes = {*net["mrna"].unique()[::40], *pd.read_csv(shared_data / "real" / "tcga_lihc_mrna.csv.gz", nrows=0)}
    genes.update(pd.read_csv(shared_data / "real" / "tcga_breast_mrna.csv.gz", nrows=0))
    net[net["mrna"].isin(genes)].to_csv(tmp_path / "targets.tsv", sep="\t", index=False)
    return str(tmp_path / "targets.tsv")


def run(tmp_path, *args):
    """The networks of one call of `csmir run`, and the lines of `csmir check` on the same options."""
    out = str(tmp_path / "results")
    assert main(["check", *map(str, args), "--quiet"]) == 0
    assert main(["run", *map(str, args), "--clusters", "0", "--quiet", "--out", out]) == 0
    return mudata.read_h5mu(f"{out}/csmir.h5mu")


def same(python, command):
    """Both ways give the same pairs and values."""
    a, b = python["regulation"], command["regulation"]
    assert a.var_names.tolist() == b.var_names.tolist()
    np.testing.assert_allclose(a.X.toarray(), b.X.toarray(), rtol=1e-5, atol=1e-6)


def test_accessions_of_tcga(real, targets, tmp_path):
    net = cs.priors.read_table(targets)
    mdata = cs.io.make_mudata(real / "tcga_lihc_mirna.csv.gz", real / "tcga_lihc_mrna.csv.gz")
    cs.pp.recipe_csmir(mdata, log=False)
    net, report = cs.priors.reconcile(net, mdata["mirna"].var_names, mdata["mrna"].var_names)
    cs.tl.regulation(mdata, net, statistic="exact")
    found = mdata["regulation"]
    assert found.shape[0] == 364
    assert found.n_vars == len(net) > 100
    mirnas = report[(report["kind"] == "mirna") & (report["status"] == "renamed")]
    assert set(mirnas["rule"]) == {"accession"}
    assert set(mirnas["matched_to"]) == set(mdata["mirna"].var_names)  # every one of them
    command = run(
        tmp_path, "--mirna", real / "tcga_lihc_mirna.csv.gz", "--mrna", real / "tcga_lihc_mrna.csv.gz",
        "--prior", targets, "--logged", "--reconcile", "--statistic", "exact",
    )  # fmt: skip
    same(mdata, command)


def test_stem_loops_of_tcga(real, targets, tmp_path):
    net = cs.priors.read_table(targets)
    mdata = cs.io.make_mudata(real / "tcga_breast_mirna.csv.gz", real / "tcga_breast_mrna.csv.gz")
    cs.pp.undo_log2(mdata)  # sums are of linear values
    cs.pp.merge_loci(mdata)
    cs.pp.recipe_csmir(mdata, log=False)
    plain = cs.priors.match_report(net, mdata)
    assert (plain.loc[plain["suggestion"].str.startswith("hsa-mir"), "rule"] == "ambiguous").all()
    net, report = cs.priors.reconcile(net, mdata["mirna"].var_names, mdata["mrna"].var_names, arms="both")
    assert report.attrs["levels"] == {"data": "hairpin", "prior": "mature"}
    to = report.set_index("name")["matched_to"]
    assert to["hsa-let-7a-5p"] == "hsa-let-7a"  # three loci
    assert to["hsa-miR-16-5p"] == "hsa-mir-16"
    assert to["hsa-miR-103a-3p"] == "hsa-mir-103"  # as it was called
    cs.tl.regulation(mdata, net, statistic="exact")
    assert mdata["regulation"].shape == (150, len(net))
    command = run(
        tmp_path, "--mirna", real / "tcga_breast_mirna.csv.gz", "--mrna", real / "tcga_breast_mrna.csv.gz",
        "--prior", targets, "--mirna-scale", "log2", "--merge-loci", "--logged", "--arms", "both",
        "--statistic", "exact",
    )  # fmt: skip
    same(mdata, command)


def test_counts_of_pscsr_seq(real, targets, tmp_path):
    """mRNAs were not counted in the same cells: here they are drawn from the means of each cell's line."""
    counts = pd.read_csv(real / "pscsr_celllines_mirna_counts.csv.gz", index_col=0).iloc[:, ::20]
    lines = pd.read_csv(real / "pscsr_celllines_cells.csv.gz", index_col=0)["celltype"].loc[counts.columns]
    means = pd.read_csv(real / "pscsr_lines_mrna_means.csv.gz", index_col=0)
    known = pd.read_csv(targets, sep="\t")["mrna"].unique()
    means = means.loc[means.loc[means.index.isin(known)].min(axis=1).nlargest(60).index]
    of = {name: next(c for c in means.columns if name.split("-")[0].upper() in c.upper()) for name in lines.unique()}
    rng = np.random.default_rng(0)
    genes = pd.DataFrame({cell: rng.poisson(means[of[line]]) for cell, line in lines.items()}, index=means.index)
    counts.to_csv(tmp_path / "mirna.csv")
    genes.to_csv(tmp_path / "mrna.csv")
    lines.to_csv(tmp_path / "cells.csv")

    mdata = cs.io.make_mudata(tmp_path / "mirna.csv", tmp_path / "mrna.csv")
    mdata.obs["celltype"] = lines.reindex(mdata.obs_names)
    cs.pp.recipe_csmir(mdata)
    net = cs.priors.read_table(targets)
    net = cs.priors.reconcile(net, mdata["mirna"].var_names, mdata["mrna"].var_names).net
    cs.tl.regulation(mdata, net, statistic="exact", groups="celltype")
    assert mdata["regulation"].shape == (len(lines), len(net))
    assert len(net) > 100
    command = run(
        tmp_path, "--mirna", tmp_path / "mirna.csv", "--mrna", tmp_path / "mrna.csv", "--prior", targets,
        "--reconcile", "--obs", tmp_path / "cells.csv", "--groups", "celltype", "--statistic", "exact",
    )  # fmt: skip
    same(mdata, command)


def test_total_rna(tmp_path):
    """One h5ad of genes, Ensembl numbers with symbols and biotypes beside them, as total-RNA methods give it."""
    rng = np.random.default_rng(0)
    symbols = {"miRNA": ["MIR21", "MIR142", "MIRLET7F1", "MIR92A1", "MIR16-1", "MIR16-2", "MIR17HG"],
               "protein_coding": ["PTEN", "MYC", "TP53", "KRAS", "CDK6", "VIM"], "snoRNA": ["SNORD3A"]}  # fmt: skip
    var = pd.DataFrame(
        [(s, kind) for kind, names in symbols.items() for s in names], columns=["gene_name", "gene_type"]
    )
    var.index = [f"ENSG{i:011d}.2" for i in range(len(var))]
    data = AnnData(
        rng.poisson(20, (40, len(var))).astype(float), var=var, obs=pd.DataFrame(index=[f"c{i}" for i in range(40)])
    )
    data.write_h5ad(tmp_path / "total.h5ad")
    prior = ["hsa-miR-21-5p", "hsa-miR-142-3p", "hsa-let-7f-5p", "hsa-miR-92a-3p", "hsa-miR-16-5p", "hsa-miR-17-5p"]
    pairs = pd.DataFrame([(m, g) for m in prior for g in symbols["protein_coding"]], columns=["mir", "gene"])
    pairs.to_csv(tmp_path / "prior.csv", index=False)

    mdata = cs.io.split_feature_types(cs.io.read(tmp_path / "total.h5ad"))
    cs.pp.merge_loci(mdata)
    cs.pp.recipe_csmir(mdata)
    net = cs.priors.read_table(tmp_path / "prior.csv")
    net, report = cs.priors.reconcile(net, mdata["mirna"].var_names, mdata["mrna"].var_names, arms="both")
    cs.tl.regulation(mdata, net, statistic="exact")
    to = ["MIR21", "MIR142", "MIRLET7F1", "MIR92A1", "MIR16", "MIR17HG"]
    assert report.set_index("name").loc[prior, "matched_to"].tolist() == to
    assert set(report.set_index("name").loc[prior, "rule"]) == {"gene"}
    assert mdata["regulation"].shape == (40, 36)
    command = run(
        tmp_path, "--mirna", tmp_path / "total.h5ad", "--mrna", tmp_path / "total.h5ad",
        "--prior", tmp_path / "prior.csv", "--merge-loci", "--arms", "both", "--statistic", "exact",
    )  # fmt: skip
    same(mdata, command)
