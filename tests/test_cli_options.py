"""What each option of the command line about the data does to them."""

from __future__ import annotations

import ast
import inspect
import re

import mudata
import networkx as nx
import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir.cli import commands, flags, inputs, main, steps


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two tables and a prior with two more columns, in the folder that the command is run in."""
    monkeypatch.chdir(tmp_path)
    mdata = cs.datasets.simulated(n_cells=10, n_mirnas=6, n_mrnas=24, seed=3)
    frames = {key: mdata[key].to_df().T for key in ("mirna", "mrna")}
    for key, frame in frames.items():
        frame.to_csv(f"{key}.tsv", sep="\t")
    prior = mdata.uns["prior"].rename(columns={"source": "regulator", "target": "regulated"})
    prior.assign(mirna="x", gene="y").to_csv("prior.csv", index=False)
    mdata.uns["prior"].to_csv("plain.csv", index=False)
    return frames


def run(*more, prior="plain.csv", mirna="mirna.tsv", mrna="mrna.tsv", expect=0):
    args = ["run", "--mirna", mirna, "--mrna", mrna, "--prior", prior, "--runs", "0", "--clusters", "0"]
    assert main([*args, "--quiet", "--out", "out", "--overwrite", *more]) == expect
    return mudata.read_h5mu("out/csmir.h5mu") if expect == 0 else None


def test_format(files, tmp_path):
    made = run("--format", "graphml", "--format", "edgelist")
    tables = tmp_path / "out" / "tables"
    assert sorted(p.name for p in tables.iterdir() if not p.name.startswith(".")) == ["edgelist", "graphml"]
    n = sum(nx.read_graphml(p).number_of_edges() for p in (tables / "graphml").glob("*.graphml"))
    lists = [pd.read_csv(p, sep="\t") for p in (tables / "edgelist").glob("edges_*.tsv")]
    assert n == sum(map(len, lists)) == made["regulation"].X.nnz > 0


def test_an_unknown_format(files, capsys):
    run("--format", "xlsx", expect=2)
    assert "'xlsx' is not one of 'tsv', 'graphml', 'edgelist'" in capsys.readouterr().err


def test_logged(files):
    np.log2(files["mrna"] + 1).to_csv("logged.tsv", sep="\t")
    raw, logged = run(), run("--logged", mirna="mirna.tsv", mrna="logged.tsv")
    cells, genes = raw["mrna"].obs_names, raw["mrna"].var_names
    np.testing.assert_allclose(logged["mrna"][cells, genes].X, raw["mrna"].X, rtol=1e-6)
    assert raw["mirna"].X.max() < logged["mirna"].X.max()  # whose logarithm was taken, and whose was not


def test_mirna_scale(files):
    np.log2(files["mirna"] + 0.5).to_csv("log2.tsv", sep="\t")
    made = run("--mirna-scale", "log2", mirna="log2.tsv")
    there = files["mirna"].T.loc[made["mirna"].obs_names, made["mirna"].var_names]
    np.testing.assert_allclose(made["mirna"].X, np.log2(there + 0.5 + 1), rtol=1e-6)  # 2**x, and then log2(x + 1)


@pytest.fixture
def with_missing(files):
    frame = files["mrna"].astype(float)
    frame.iloc[3, 4] = np.nan
    frame.to_csv("missing.tsv", sep="\t")
    return frame


def test_missing_is_an_error(with_missing, capsys):
    run(mrna="missing.tsv", expect=2)
    assert "Values are missing: 1 of 240 in mrna" in capsys.readouterr().err


def test_missing_is_zero(with_missing):
    made = run("--missing", "zero", mrna="missing.tsv")
    assert made["mrna"][with_missing.columns[4], with_missing.index[3]].X.item() == 0


def test_missing_is_dropped(with_missing):
    made = run("--missing", "drop", mrna="missing.tsv")
    assert with_missing.index[3] not in made["mrna"].var_names
    assert with_missing.index[4] in made["mrna"].var_names


def test_mrna_floor(files):
    floor = float(np.quantile(files["mrna"], 0.3))
    made = run("--mrna-floor", str(floor))
    values = files["mrna"].T.loc[made["mrna"].obs_names, made["mrna"].var_names].to_numpy()
    np.testing.assert_array_equal(made["mrna"].X == 0, values <= floor)
    assert (values <= floor).any()


def test_a_wrong_floor(files, capsys):
    run("--mrna-floor", "-1", expect=2)
    assert "`floor` must be a number" in capsys.readouterr().err


def test_prior_columns(files):
    wanted = run()["regulation"]
    found = run("--prior-columns", "regulator", "regulated", prior="prior.csv")["regulation"]
    assert found.var_names.tolist() == wanted.var_names.tolist()
    assert (found.X != wanted.X).nnz == 0


def test_prior_columns_that_are_not_there(files, capsys):
    run("--prior-columns", "regulator", "goal", prior="prior.csv", expect=2)
    assert "goal" in capsys.readouterr().err


LOCAL = ("--statistic", "local")


@pytest.mark.parametrize(
    ("more", "flags"),
    [
        (("--runs", "-1"), ["--runs"]),
        (("--seed", "-1", "--runs", "2"), ["--seed"]),
        (("--box-size", "2"), ["--box-size"]),
        (("--alpha", "2"), ["--alpha"]),
        (("--threads", "0"), ["--threads"]),
        (("--null", "-1"), ["--null"]),
        (("--q-pair", "0.5"), ["--q-pair", "--statistic"]),
        (("--mrna-floor", "-1"), ["--mrna-floor"]),
        (("--mirna-scale", "log2"), ["--mirna-scale log2"]),
        (("--species", "nope"), ["--species"]),
        (("--family", "nope"), ["--family"]),
        (("--duplicates", "drop", "--runs", "2"), ["--duplicates", "--runs"]),
        ((*LOCAL, "--runs", "2"), ["--runs", "--statistic csn", "Leave it out"]),
        (("--both-sides",), ["--both-sides", "--statistic local"]),
        ((*LOCAL, "--n-neighbors", "2"), ["--n-neighbors"]),
        ((*LOCAL, "--groups", "nope"), ["--groups", "--obs"]),
        ((*LOCAL, "--neighbors", "nope"), ["--neighbors"]),
        ((*LOCAL, "--covariates", "nope"), ["--covariates"]),
        ((*LOCAL, "--transcription", "nope"), ["--transcription"]),
        ((*LOCAL, "--factors", "99"), ["--factors"]),
    ],
)
def test_errors_name_the_flags(files, capsys, more, flags):
    """What the user typed, and no argument of Python that is not explained."""
    (1000 + 1000 * files["mirna"]).to_csv("large.tsv", sep="\t")
    run(*more, mirna="large.tsv" if "--mirna-scale" in more else "mirna.tsv", expect=2)
    said = capsys.readouterr().err
    assert all(flag in said for flag in flags), said
    assert not re.search(r"\w=|cs\.\w", said), said
    assert all(f"`{name}` is --" in said for name in re.findall(r"`(\w+)`", said)), said


def test_every_option_of_a_step_has_a_flag():
    """Arguments that the command line hands on are known to `in_flags`, by the name of an option that there is."""
    options = {o for command in commands.cli.commands.values() for p in command.params for o in p.opts}
    assert {f"--{flag}" for flag in flags.NAMES.values()} <= options
    handed_on = {
        keyword.arg
        for module in (steps, inputs)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("cs.pp.", "cs.tl."))
        for keyword in node.keywords
        if any(isinstance(n, ast.Name) and n.id in ("plan", "options") for n in ast.walk(keyword.value))
    }
    assert {"n_runs", "q_pair", "parents"} <= handed_on
    assert handed_on - {"progress", "log"} <= set(flags.NAMES)  # these are yes or no


def test_duplicates(files, capsys):
    """The first two cells with a copy each: the copies go, or share the network of the cell that they copy."""
    for key in ("mirna", "mrna"):
        first = files[key].iloc[:, :2]
        pd.concat([files[key], first.add_suffix("_copy")], axis=1).to_csv(f"copies_{key}.tsv", sep="\t")
    copies = {"mirna": "copies_mirna.tsv", "mrna": "copies_mrna.tsv"}
    assert run(**copies).n_obs == run("--duplicates", "weigh", **copies)["regulation"].n_obs == 12
    assert run("--duplicates", "drop", **copies)["regulation"].obs_names.tolist() == files["mirna"].columns.tolist()
    run("--duplicates", "drop", "--runs", "5", expect=2, **copies)
    assert "--runs 0" in capsys.readouterr().err


def test_escape_formulas(files, tmp_path):
    name = run()["regulation"].var["mrna"].iloc[0]
    files["mrna"].rename(index={name: "=cmd()"}).to_csv("formula.tsv", sep="\t")
    prior = pd.read_csv("plain.csv").replace({"target": {name: "=cmd()"}})
    prior.to_csv("formula.csv", index=False)
    for more, expected in ([], "=cmd()"), (["--escape-formulas"], "'=cmd()"):
        run(*more, "--any-names", mrna="formula.tsv", prior="formula.csv")
        found = pd.read_csv(tmp_path / "out" / "tables" / "pairs.tsv", sep="\t")["mrna"]
        assert {"=cmd()", "'=cmd()"} & {*found} == {expected}


def test_what_is_adjusted_for(tmp_path, monkeypatch):
    """`--factors`, `--parents` and `--transcription` (a layer of a MuData) give what Python gives."""
    monkeypatch.chdir(tmp_path)
    mdata = cs.datasets.simulated(n_cells=80, seed=1)
    rng = np.random.default_rng(0)
    mdata["mrna"].layers["unspliced"] = rng.poisson(3, mdata["mrna"].shape).astype(np.float32)
    net = mdata.uns.pop("prior")
    mdata.write_h5mu("in.h5mu")
    net.to_csv("net.csv", index=False)
    gene, mirna = mdata["mrna"].var_names[-1], net["source"].iloc[0]
    parents = pd.DataFrame({"source": [gene], "target": [mirna]})
    parents.to_csv("parents.csv", index=False)
    flags_of = ["--factors", "1", "--parents", "parents.csv", "--transcription", "unspliced"]
    args = [
        "run",
        "--mirna",
        "in.h5mu",
        "--mrna",
        "in.h5mu",
        "--prior",
        "net.csv",
        "--statistic",
        "local",
        "--runs",
        "0",
        "--clusters",
        "0",
    ]
    assert main([*args, "--quiet", "--overwrite", "--out", "out", *flags_of]) == 0
    record = mudata.read_h5mu("out/csmir.h5mu")["regulation"].uns["csmir"]["regulation"]
    assert record["n_factors"] == 1
    assert np.atleast_1d(record["parent_sources"]).tolist() == [gene]
    assert np.atleast_1d(record["parent_targets"]).tolist() == [mirna]
    assert record["transcription"] == "unspliced"
