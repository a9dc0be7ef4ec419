"""What the command line does to names, cells and values, the preview of a run, and errors in flags."""

from __future__ import annotations

import logging
import os
import re

import mudata
import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir.cli import main
from csmir.cli.flags import InFlags, in_flags

OLD = {"hsa-miR-21-5p": "hsa-miR-21", "hsa-miR-155-5p": "hsa-miR-155", "hsa-let-7a-5p": "hsa-let-7a"}


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """Twelve cells, three miRNAs by their names of today and six genes; a prior in old names."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    cells = [f"c{i}" for i in range(12)]
    mirna = pd.DataFrame(rng.poisson(9, (12, 3)), cells, list(OLD))
    mrna = pd.DataFrame(rng.poisson(9, (12, 6)), cells, ["PTEN", "MYC", "TP53", "KRAS", "VIM", "CDK6"])
    mirna.to_csv("mirna.csv")
    mrna.to_csv("mrna.csv")
    pairs = [(old, gene) for old in OLD.values() for gene in mrna.columns]
    pd.DataFrame(pairs, columns=["mir", "gene"]).to_csv("old.csv", index=False)
    pd.DataFrame([(m, g) for m in OLD for g in mrna.columns], columns=["mir", "gene"]).to_csv("prior.csv", index=False)
    pd.DataFrame({"line": ["a"] * 6 + ["b"] * 6}, index=cells).to_csv("cells.tsv", sep="\t")
    return mirna, mrna


def run(*more, command="run", prior="prior.csv", mirna="mirna.csv", mrna="mrna.csv", expect=0):
    args = [command, "--mirna", mirna, "--mrna", mrna, "--prior", prior, "--runs", "0", "--clusters", "0", "--quiet"]
    args += ["--out", "out", "--overwrite"] if command == "run" else []
    assert main([*args, *more]) == expect
    return mudata.read_h5mu("out/csmir.h5mu") if expect == 0 and command == "run" else None


def pairs_of(mdata):
    return set(zip(mdata["regulation"].var["mirna"], mdata["regulation"].var["mrna"], strict=True))


def test_reconcile(tables, capsys):
    run(prior="old.csv", expect=2)
    err = capsys.readouterr().err
    assert "have no pair in common" in err
    assert "Let --reconcile rename them; csmir check lists what it cannot match." in err
    assert "cs.priors" not in err
    made = run("--reconcile", prior="old.csv")
    assert pairs_of(made) == pairs_of(run())


def test_names_of_another_organism_are_known_before_the_work(tables, capsys, monkeypatch):
    """As inference would say it, and without pseudo-cells drawn for it first."""
    pd.DataFrame([(f"mmu-{m[4:]}", g.title()) for m in OLD for g in tables[1].columns], columns=["mir", "gene"]).to_csv(
        "mouse.csv", index=False
    )

    def drawn(*_, **__):
        raise AssertionError("the work began")

    monkeypatch.setattr(cs.pp, "bootstrap_cells", drawn)
    run("--runs", "5", prior="mouse.csv", expect=2)
    err = capsys.readouterr().err
    assert "The prior is of another species: its miRNAs start with 'mmu' (Mus musculus)" in err
    assert "those of the data with 'hsa'" in err


def test_mapping(tables):
    pd.DataFrame({"old": ["first", "second"], "new": ["hsa-miR-21-5p", "PTEN"]}).to_csv("map.csv", index=False)
    pd.DataFrame([("first", "second"), ("first", "MYC")], columns=["mir", "gene"]).to_csv("mine.csv", index=False)
    pairs = {("hsa-miR-21-5p", "PTEN"), ("hsa-miR-21-5p", "MYC")}
    assert pairs_of(run("--mapping", "map.csv", prior="mine.csv")) == pairs
    with open("aliases.txt", "w") as f:  # as miRBase writes it: no header
        f.write("MIMAT0000076\tfirst;hsa-miR-21-5p;\nMIMAT0000646\thsa-miR-155;hsa-miR-155-5p;\n")
    assert pairs_of(run("--mapping", "aliases.txt", prior="mine.csv")) == {("hsa-miR-21-5p", "MYC")}


def test_hairpins_arms_and_loci(tables):
    mirna, _ = tables
    hairpins = mirna.set_axis(["hsa-mir-16-1", "hsa-mir-16-2", "hsa-mir-21"], axis=1)
    hairpins.to_csv("hairpins.csv")
    pd.DataFrame([("hsa-miR-16-5p", "PTEN")], columns=["mir", "gene"]).to_csv("mine.csv", index=False)
    run("--reconcile", mirna="hairpins.csv", prior="mine.csv", expect=2)
    made = run("--arms", "both", "--merge-loci", mirna="hairpins.csv", prior="mine.csv")
    assert pairs_of(made) == {("hsa-mir-16", "PTEN")}
    total = np.log2(hairpins["hsa-mir-16-1"] + hairpins["hsa-mir-16-2"] + 1)
    np.testing.assert_allclose(made["mirna"][:, "hsa-mir-16"].X.ravel(), total, rtol=1e-6)


def test_features_and_same_name(tables):
    mirna, _ = tables
    odd = mirna.set_axis(["a", "b", "b"], axis=1).set_axis([f"x{i}" for i in range(12)])
    odd.T.to_csv("odd.csv")
    pd.DataFrame({"x": [f"g{i}" for i in range(4)], **{f"x{i}": range(i, i + 4) for i in range(12)}}).to_csv(
        "genes.csv", index=False
    )
    pd.DataFrame([("b", "g1")], columns=["mir", "gene"]).to_csv("mine.csv", index=False)
    run(mirna="odd.csv", mrna="genes.csv", prior="mine.csv", expect=2)
    made = run("--features", "rows", "--same-name", "sum", mirna="odd.csv", mrna="genes.csv", prior="mine.csv")
    total = np.log2(odd.iloc[:, 1] + odd.iloc[:, 2] + 1)
    np.testing.assert_allclose(made["mirna"][:, "b"].X.ravel(), total, rtol=1e-6)


def test_species(tables):
    with open("both.csv", "w") as f:
        f.write("mir,gene\nhsa-miR-21-5p,PTEN\nhsv1-miR-H4-5p,PTEN\nmmu-miR-21a-5p,Pten\n")
    assert pairs_of(run("--species", "hsa", prior="both.csv")) == {("hsa-miR-21-5p", "PTEN")}
    run("--species", "Klingon", prior="both.csv", expect=2)


def test_obs_and_groups(tables, capsys):
    made = run("--obs", "cells.tsv", "--groups", "line", "--statistic", "exact", "--box-size", "0.4")
    assert made["regulation"].obs["line"].tolist() == ["a"] * 6 + ["b"] * 6
    assert made["regulation"].uns["csmir"]["regulation"]["groups"] == "line"
    assert made["regulation"].uns["csmir"]["conservation"]["groups"] == "line"
    assert cs.get.conservation(made, kind="groups")["group"].tolist() == ["a", "b"]
    run("--groups", "stage", "--statistic", "exact", expect=2)
    assert "No column 'stage' of the cells for --groups" in capsys.readouterr().err
    pd.DataFrame({"line": ["a"]}, index=["other"]).to_csv("cells.tsv", sep="\t")
    run("--obs", "cells.tsv", expect=2)
    assert "names no cell of the data: it has 'other', the data 'c0'" in capsys.readouterr().err


def test_names_of_cells_are_not_read_as_values(tables):
    names = ["007", "NA", "1e3", *(f"c{i}" for i in range(9))]
    for table, path in zip(tables, ("mirna.csv", "mrna.csv"), strict=True):
        table.set_axis(names).to_csv(path)
    pd.DataFrame({"line": ["a"] * 6 + ["b"] * 6}, index=names).to_csv("cells.tsv", sep="\t")
    assert run("--obs", "cells.tsv").obs["line"][names].tolist() == ["a"] * 6 + ["b"] * 6


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_of_cells_is_refused_and_does_not_hang(tables, capsys):
    os.mkfifo("pipe.tsv")
    run("--obs", "pipe.tsv", expect=2)
    assert "is a pipe or a device, which can be read only once" in capsys.readouterr().err


def test_neighbors_and_normalize(tables):
    made = run("--statistic", "exact", "--neighbors", "expression", "--n-neighbors", "8", "--normalize", "total")
    assert made["regulation"].uns["csmir"]["regulation"]["n_neighbors"] == 8
    assert made.uns["csmir"]["normalize"]["how"] == "total"
    linear = 2 ** made["mrna"].X - 1
    np.testing.assert_allclose(linear.sum(axis=1), linear.sum(axis=1)[0], rtol=1e-5)


def test_covariates(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    mdata = cs.datasets.simulated(n_cells=60, n_mirnas=5, n_mrnas=30, seed=2)
    for key in ("mirna", "mrna"):
        mdata[key].to_df().to_csv(f"{key}.csv")
    mdata.uns["prior"].to_csv("prior.csv", index=False)
    pd.DataFrame({"age": range(60)}, index=mdata.obs_names).to_csv("cells.csv")
    options = ["--features", "columns", "--statistic", "local", "--obs", "cells.csv"]
    made = run(*options, "--covariates", "depth", "--covariates", "age", "--normalize", "total")
    used = list(made["regulation"].uns["csmir"]["regulation"]["covariates"])
    assert used == ["age", "mirna_depth", "mrna_depth"]
    depth = np.log1p(mdata["mrna"].X.sum(axis=1))
    np.testing.assert_allclose(made.obs["mrna_depth"], depth, rtol=1e-6)  # of the counts, not of what was normalised
    run(*options, "--covariates", "height", expect=2)
    assert "height" in capsys.readouterr().err


def check(*more, expect=0, **files):
    return run(*more, command="check", expect=expect, **files)


def test_check_says_what_would_be_tested_and_lost(tables, tmp_path, capsys):
    with open("list.txt", "w") as f:
        f.write("gene\nPTEN\nhsa-mir-21\n")
    check("--disease", "list.txt", "--truth", "old.csv")
    out = capsys.readouterr().out
    assert re.search(r"cells +12 \(0 miRNA and 0 mRNA cells without a partner\)", out)
    assert re.search(r"pairs to test +18\n", out)
    assert re.search(r"miRNA names +3 as in the data, 0 can be renamed, 0 unmatched", out)
    assert re.search(r"truth +0 of 18 pairs are in the data", out)
    assert re.search(r"disease +1 of 2 names are in the data; not: 'hsa-mir-21'", out)
    assert not (tmp_path / "out").exists()
    check("--reconcile", "--names", "names.tsv", prior="old.csv")
    out = capsys.readouterr().out
    assert re.search(r"miRNA names +0 as in the data, 3 can be renamed \(3 by release\)", out)
    assert re.search(r"pairs to test +18 \(0 without --reconcile", out)
    table = pd.read_csv("names.tsv", sep="\t")
    assert set(table.loc[table["kind"] == "mirna", "matched_to"]) == set(OLD)


def test_check_fails_where_nothing_would_be_tested(tables, capsys):
    check(prior="old.csv", expect=2)
    err = capsys.readouterr().err
    assert "pairs to test: 0; 18 with --reconcile" in err
    assert "No pair would be tested" in err
    check(prior="none.csv", expect=2)


@pytest.mark.parametrize(
    ("message", "flags"),
    [
        ("`n_runs` must be at least 0; found -1.", "`n_runs` must be at least 0; found -1. (`n_runs` is --runs.)"),
        (r"such as pair_by=r'_(\d+)$', or give pair_table=.", r"such as --pair-by '_(\d+)$', or give --pair-table."),
        ("Say features='rows' or features='columns'.", "Say --features rows or --features columns."),
        ("Choose one with `species=`.", "Choose one with --species."),
        ("decide with `mapping=`, or arms='both'.", "decide with --mapping, or --arms both."),
        ("If the names are right, say check_names=False.", "If the names are right, say --any-names."),
        ("Run cs.pp.handle_missing(mdata, method='zero') or 'drop' first.", "Run --missing zero (or drop) first."),
        (
            "Name the columns: read_table(..., source='...', target='...').",
            "Name the columns: --prior-columns MIRNA TARGET.",
        ),
        ("cs.priors.filter(net, species='hsa')", "--species hsa"),
        ("Swap `mirna=` and `mrna=`.", "Swap --mirna and --mrna."),
        ("replace them with overwrite=True.", "replace them with --overwrite."),
        ("with overwrite=True (--overwrite on the command line).", "with --overwrite."),
        (
            "`covariates` must name columns of mdata.obs or of a modality's .obs, keys of .obsm, or features; found",
            "--covariates must name columns of --obs or of the data, representations in the data, or features; found",
        ),
        ("a graph in .obsp of mdata['mrna'].", "a graph in .obsp of the modality 'mrna'."),
        ("of the prior's 3 sources", "of the prior's 3 sources"),
    ],
)
def test_errors_name_flags(message, flags):
    assert in_flags(message) == flags


def test_every_flag_of_a_message_is_an_option():
    from csmir.cli.commands import run as command
    from csmir.cli.flags import CALLS, NAMES

    known = {o for parameter in command.params for o in parameter.opts}
    named = {f"--{flag}" for flag in NAMES.values()}
    named |= set(re.findall(r"--[a-z-]+", " ".join(CALLS.values()))) | {"--any-names"}
    assert named <= known, named - known


def test_the_demo_takes_no_data(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    args = ["demo", "--cells", "8", "--runs", "0", "--clusters", "0", "--quiet", "--out", "out"]
    assert main(args) == 0
    assert cs.io.read("out/csmir.h5mu").n_obs == 8


def test_the_log_names_flags():
    def line(name, text, *args):
        return InFlags("%(message)s").format(logging.LogRecord(name, logging.INFO, "", 0, text, args, None))

    assert line("csmir", "%s; match with %s", "genes", "arms='both'") == "genes; match with --arms both"
    assert line("csmir", "leave this out: cs.pp.recipe_csmir(mdata, log=False), on the command line --logged") == (
        "leave this out: --logged"
    )
    assert line("other", "arms='both'") == "arms='both'"
