"""The command line: results, exit codes and messages fit for pipelines."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import mudata
import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir.cli import main
from csmir.cli.commands import cli


@pytest.fixture
def files(tmp_path):
    """Two tables and a prior of a simulated data set, on disk."""
    mdata = cs.datasets.simulated(n_cells=12, n_mirnas=8, n_mrnas=40, seed=3)
    for key in ("mirna", "mrna"):
        frame = mdata[key].to_df()
        frame.index = [f"{key}_cell_{i:02d}" for i in range(len(frame))]
        frame.T.to_csv(tmp_path / f"{key}.tsv.gz", sep="\t")
    mdata.uns["prior"].rename(columns={"source": "mirna", "target": "gene"}).to_csv(tmp_path / "prior.csv", index=False)
    return tmp_path


def arguments(files, *more, out="out"):
    names = ["run", "--mirna", "mirna.tsv.gz", "--mrna", "mrna.tsv.gz", "--prior", "prior.csv", "--out", out]
    paths = [str(files / n) if "." in n or n == out else n for n in names]
    return [*paths, "--pair-by", r"_(\d+)$", "--runs", "5", *more]


def test_run(files, capsys):
    assert main(arguments(files)) == 0
    page = capsys.readouterr().out
    assert "cells                     12" in page
    assert "pairs tested" in page
    mdata = mudata.read_h5mu(files / "out" / "csmir.h5mu")
    edges = pd.read_csv(files / "out" / "tables" / "edges.tsv", sep="\t")
    assert len(edges) == mdata["regulation"].X.nnz > 0
    assert mdata.obsm["csmir_bootstrap"].shape == (12, 5)


def test_the_command_is_noted_without_folders(files):
    more = ("--quiet", "--format", "tsv", "--format", "graphml")
    assert main(arguments(files, *more)) == 0
    noted = mudata.read_h5mu(files / "out" / "csmir.h5mu").uns["csmir"]["run"]
    assert noted["inputs"] == "mirna.tsv.gz, mrna.tsv.gz, prior.csv"
    assert str(files) not in noted["command"]
    words = shlex.split(noted["command"])
    assert words[:6] == ["csmir", "run", "--mirna", "mirna.tsv.gz", "--mrna", "mrna.tsv.gz"]
    for option in (("--pair-by", r"_(\d+)$"), ("--format", "graphml"), ("--out", "out")):
        at = [i for i, word in enumerate(words) if word == option[0]]
        assert option[1] in [words[i + 1] for i in at]


def test_same_seed_same_networks(files):
    for out, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        assert main(arguments(files, "--seed", seed, "--quiet", out=out)) == 0
    a, b, c = (mudata.read_h5mu(files / out / "csmir.h5mu") for out in "abc")
    assert a["regulation"].X.data.tobytes() == b["regulation"].X.data.tobytes()
    assert not np.array_equal(a.obsm["csmir_bootstrap"], c.obsm["csmir_bootstrap"])


def test_demo(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path / "demo"), "--runs", "3", "--cells", "10"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Not known: how many of these interactions chance gives.")  # the verdict comes first
    assert any(line.startswith("interactions per cell") for line in lines)
    for line, name in zip(lines[-2:], ("figure", "report"), strict=True):
        word, path = line.split()
        assert word == name
        assert Path(path).stat().st_size > 10_000
    assert "truth" in mudata.read_h5mu(tmp_path / "demo" / "csmir.h5mu").mod


def test_python_m_csmir():
    done = subprocess.run([sys.executable, "-m", "csmir", "run", "--help"], capture_output=True, text=True, check=True)
    assert "--null 20" in done.stdout.split("Examples:")[1]


def test_results_are_not_overwritten(files, capsys):
    assert main(arguments(files, "--quiet")) == 0
    assert main(arguments(files, "--quiet")) == 2
    assert "already holds results" in capsys.readouterr().err
    assert main(arguments(files, "--quiet", "--overwrite")) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--mirna": "nowhere.gct"}, "nowhere.gct"),
        ({"--prior": "nowhere.tsv"}, "does not exist"),
        ({"--pair-by": "HalfCell_(.)"}, "HalfCell"),
        ({"--pair-by": "("}, "regular expression"),
        ({"--runs": "-1"}, "n_runs"),
        ({"--runs": "many"}, "many"),
        ({"--box-size": "2"}, "`box_size`"),
        ({"--alpha": "0"}, "`alpha`"),
        ({"--threads": "0"}, "`n_threads`"),
    ],
)
def test_bad_input_is_one_message_and_no_output(files, capsys, change, message):
    args = arguments(files)
    for option, value in change.items():
        if option in args:
            args[args.index(option) + 1] = value
        else:
            args += [option, value]
    assert main(args) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert not (files / "out").exists()
    assert not list(files.glob(".csmir-partial*"))


def test_neither_prior_nor_all_pairs(files, capsys):
    args = arguments(files)
    at = args.index("--prior")
    del args[at : at + 2]
    assert main(args) == 2
    assert "--all-pairs" in capsys.readouterr().err
    assert main([*args, "--all-pairs", "--quiet"]) == 0


def test_swapped_matrices(files, capsys):
    args = arguments(files)
    a, b = args.index("--mirna") + 1, args.index("--mrna") + 1
    args[a], args[b] = args[b], args[a]
    assert main(args) == 2
    assert "swapped" in capsys.readouterr().err


def test_interruption_leaves_nothing(files, capsys, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(cs.tl, "similarity", interrupt)
    assert main(arguments(files)) == 130
    assert "nothing was written" in capsys.readouterr().err
    assert not (files / "out").exists()


def test_an_output_folder_that_cannot_be_written(files, capsys):
    (files / "file").write_text("x")
    assert main(arguments(files, out="file")) == 2
    assert "file" in capsys.readouterr().err


def test_help_names_every_option(capsys):
    assert main(["run", "--help"]) == 0
    page = capsys.readouterr().out
    for option in ("--mirna", "--mrna", "--prior", "--pair-by", "--runs", "--seed", "--out"):
        assert option in page


@pytest.mark.parametrize("command", ["run", "check", "demo", "report"])
def test_help_has_every_option_once_under_its_heading(command, capsys):
    assert main([command, "--help"]) == 0
    page = capsys.readouterr().out
    assert "\x1b" not in page  # colour is for terminals
    options, examples = page.split("Examples:")
    assert f"csmir {command} " in examples
    heading, under = "", {}
    for line in options.splitlines():
        if line and not line.startswith(" ") and line.endswith(":"):
            heading = line[:-1]
        elif found := re.match(r"  (?:-\w, )?(--[a-z-]+)", line):
            assert found[1] not in under
            under[found[1]] = heading
    assert set(under) == {max(o.opts, key=len) for o in cli.commands[command].params if isinstance(o, click.Option)} | {
        "--help"
    }
    assert "" not in under.values()
    for option, where in {
        "--mirna": "Expression", "--prior": "Putative pairs", "--null": "Networks", "--help": "Options",
        "--factors": "What a cell is compared with, and what is adjusted for",
        "--family": "What is read in the networks",
    }.items():  # fmt: skip
        assert under.get(option, where) == where
    if command != "report":
        assert len(set(under.values())) >= 5


def test_one_command_for_all_that_is_read_from_the_networks(files, capsys):
    genes = pd.read_csv(files / "prior.csv")["gene"].drop_duplicates().tolist()
    (files / "sets.gmt").write_text("".join(f"set{i}\tx\t" + "\t".join(genes[i : i + 12]) + "\n" for i in range(5)))
    (files / "disease.txt").write_text("gene\n" + "\n".join(genes[:20]) + "\n")
    extra = [
        "--null",
        "2",
        "--modules",
        "cells",
        "--gene-sets",
        str(files / "sets.gmt"),
        "--truth",
        str(files / "prior.csv"),
    ]
    assert main(arguments(files, *extra, "--disease", str(files / "disease.txt"), "--clusters", "2")) == 0
    assert "2 shuffled pairings" in capsys.readouterr().out
    section = mudata.read_h5mu(files / "out" / "csmir.h5mu")["regulation"].uns["csmir"]
    assert {"null", "modules", "enrichment", "disease_enrichment", "validate", "comparison", "cluster"} <= set(section)


def test_the_exact_test(files, capsys):
    assert main(arguments(files, "--statistic", "exact", "--runs", "0")) == 0
    assert "Add --null 20" in capsys.readouterr().out
    assert "qvalue" in mudata.read_h5mu(files / "out" / "csmir.h5mu")["regulation"].layers


def test_a_report_of_pairs_that_hold(tmp_path, capsys):
    mdata = cs.datasets.simulated(n_cells=120, n_mirnas=6, n_mrnas=20, effect=2.0, seed=1)
    cs.pp.recipe_csmir(mdata)
    options = {"statistic": "local", "groups": "group", "adjust": None, "alpha": 0.2, "progress": False}
    cs.tl.regulation(mdata, mdata.uns["prior"], **options)
    mdata.write_h5mu(tmp_path / "csmir.h5mu")
    found = mdata["regulation"]
    there = found.X.getnnz(axis=0) > 0
    q = float(np.sort(found.var.loc[there, "pair_qvalue"])[2])
    held = int((found.var.loc[there, "pair_qvalue"] <= q).sum())
    assert 0 < held < there.sum()
    page = tmp_path / "report.html"
    assert main(["report", str(tmp_path), "--out", str(page), "--q-pair", repr(q), "--quiet"]) == 0
    assert f"{held} of {there.sum()} with an interaction in some cell" in page.read_text()
    again = ["report", str(tmp_path), "--out", str(page), "--overwrite"]
    assert main([*again, "--q-pair", "2"]) == 2
    assert "`q_pair` is --q-pair" in capsys.readouterr().err


def test_enrichment_without_modules(files, capsys):
    (files / "sets.gmt").write_text("set\tx\tSIM0001\n")
    assert main(arguments(files, "--gene-sets", str(files / "sets.gmt"))) == 2
    assert "give --modules too" in capsys.readouterr().err


def test_nothing_found_among_few_cells_is_said_to_be_no_evidence(files, capsys):
    assert main(arguments(files, "--statistic", "local", "--both-sides", "--runs", "0")) == 0
    printed = capsys.readouterr().out
    assert "can mean 'cannot tell'" in printed
    assert "K562" not in printed
    section = mudata.read_h5mu(files / "out" / "csmir.h5mu")["regulation"].uns["csmir"]
    assert section["regulation"]["both_sides"]


def test_the_local_test(files, capsys):
    assert main(arguments(files, "--statistic", "local", "--direction", "both", "--null", "1", "--runs", "0")) == 0
    printed = capsys.readouterr().out
    assert "statistic" in printed
    assert "1 shuffled pairings" in printed
    section = mudata.read_h5mu(files / "out" / "csmir.h5mu")["regulation"].uns["csmir"]
    assert section["regulation"]["direction"] == "both"
