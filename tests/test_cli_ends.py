"""How the command line ends: what is known before the work, a full disk, a reader that left, interruptions."""

from __future__ import annotations

import collections
import gc
import gzip
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import mudata
import pandas as pd
import pytest

import csmir as cs
from csmir.cli import commands, exits, main, steps
from csmir.cli.flags import InFlags


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two tables, a prior, and the MuData of both."""
    monkeypatch.chdir(tmp_path)
    mdata = cs.datasets.simulated(n_cells=12, n_mirnas=8, n_mrnas=40, seed=3)
    for key in ("mirna", "mrna"):
        mdata[key].to_df().T.to_csv(f"{key}.tsv", sep="\t")
    mdata.uns["prior"].to_csv("prior.csv", index=False)
    mdata.write_h5mu("both.h5mu")
    return tmp_path


RUN = ["run", "--mirna", "mirna.tsv", "--mrna", "mrna.tsv", "--prior", "prior.csv", "--runs", "2", "--out", "out"]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--truth", "nix.csv"], "The prior 'nix.csv' does not exist"),
        (["--disease", "nix"], "The list 'nix' does not exist"),
        (["--disease", "both.h5mu"], "it is an HDF5 file"),
        (["--disease", "."], "Expected a file; '.' is a folder"),
        (["--modules", "cells", "--gene-sets", "nix.gmt"], "nix.gmt does not exist"),
        (["--gene-sets", "prior.csv"], "give --modules too"),
        (["--family", "nix"], "No family 'nix' is built in"),
        (["--null", "-3"], "`n_permutations` must be a whole number of at least 0"),
        (["--clusters", "-1"], "`clusters` must be a whole number of at least 0"),
        (["--runs", "-1"], "`n_runs` must be"),
    ],
)
def test_what_can_be_known_before_the_work(files, capsys, monkeypatch, more, message):
    monkeypatch.setattr(cs.io, "make_mudata", lambda *_, **__: pytest.fail("the data were read first"))
    assert main([*RUN, *more]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
    assert not (files / "out").exists()


def test_a_gzipped_list_of_names(files):
    (files / "names.gz").write_bytes(gzip.compress("\ufeffgene\r\nSIM0001\r\n".encode()))
    assert main([*RUN, "--disease", "names.gz", "--quiet"]) == 0


def test_no_modules_are_no_failure_of_the_run(files, caplog):
    (files / "sets.gmt").write_text("set\tx\tSIM0001\tSIM0002\n")
    assert main([*RUN, "--alpha", "1e-12", "--modules", "conserved", "--gene-sets", "sets.gmt"]) == 0
    assert "no enrichment of modules: " in caplog.text


def test_one_file_of_both(files):
    assert main(["run", "--mirna", "both.h5mu", "--mrna", "both.h5mu", *RUN[5:], "--quiet"]) == 0
    assert mudata.read_h5mu("out/csmir.h5mu")["regulation"].n_obs == 12


def test_a_table_of_cells(files, caplog):
    cells = pd.read_csv("mirna.tsv", sep="\t", index_col=0).columns
    renamed = pd.read_csv("mrna.tsv", sep="\t", index_col=0).add_prefix("rna_")
    renamed.to_csv("mrna.tsv", sep="\t")
    pd.DataFrame({"mirna": cells[:9], "mrna": renamed.columns[:9]}).to_csv("cells.csv", index=False)
    assert main([*RUN, "--pair-table", "cells.csv"]) == 0
    assert "paired 9 cells by table (miRNA: 12, mRNA: 12)" in caplog.text
    assert "3 mRNA cells have no partner" in caplog.text
    assert ".csmir-partial" not in caplog.text  # a folder that is gone by now


def test_a_full_disk_is_seen_before_writing(files, capsys, monkeypatch):
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**6, 9 * 10**5, 10**5))
    assert main(RUN) == 2
    assert "Cannot write csmir.h5mu: it takes about 1." in capsys.readouterr().err
    assert not list(files.glob("out*")) + list(files.glob(".csmir*"))


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("Can't flush\nmore")])
def test_a_disk_that_fills_meanwhile(files, capsys, monkeypatch, error):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(mudata.MuData, "write_h5mu", fails)
    assert main(RUN) == 2
    assert "Is the disk full?" in capsys.readouterr().err
    assert not list(files.glob("out*")) + list(files.glob(".csmir*"))


def test_interruption_that_an_import_turns_into_another_error(files, capsys, monkeypatch):
    def interrupted(*_, **__):
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            raise ImportError("initialization failed") from None

    monkeypatch.setattr(cs.io, "make_mudata", interrupted)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), gc.get_threshold()
    assert main(RUN) == 130
    assert capsys.readouterr().err.endswith("csmir: interrupted; nothing was written.\n")
    assert not list(files.glob("out*")) + list(files.glob(".csmir*"))
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM), gc.get_threshold()) == before


def test_too_little_memory(files, capsys, monkeypatch):
    def fails(*_, **__):
        raise MemoryError("Unable to allocate 1. TiB")

    monkeypatch.setattr(cs.tl, "regulation", fails)
    assert main(RUN) == 1
    assert "not enough memory (Unable to allocate 1. TiB)" in capsys.readouterr().err


def shell(command: str) -> subprocess.CompletedProcess[str]:
    program = f"{sys.executable} -m csmir.cli {' '.join(RUN)}"
    return subprocess.run(["bash", "-c", command.format(program)], capture_output=True, text=True)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_a_reader_that_left(files):
    done = shell("set -o pipefail; {} --out out | true")
    assert (done.returncode, "Error" in done.stderr) == (0, False)
    assert (files / "out" / "csmir.h5mu").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_summary_that_cannot_be_printed(files):
    done = shell("{} > /dev/full")
    assert done.returncode == 0
    assert done.stderr.endswith(
        "csmir: the summary cannot be printed (No space left on device); the results are in out.\n"
    )


def test_the_command_line_answers_before_pandas_is_there():
    code = "import csmir, csmir.cli, sys; assert 'pandas' not in sys.modules"
    subprocess.run([sys.executable, "-c", f"{code}; from csmir import pl; csmir.tl.hubs, csmir.io.read"], check=True)
    assert set(cs.__all__) <= set(dir(cs))
    with pytest.raises(AttributeError, match="module 'csmir' has no attribute 'tools'"):
        cs.tools  # noqa: B018


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send")
@pytest.mark.parametrize("during", ["csmir.cli.commands", "click", "importlib.metadata", "csmir.cli.exits"])
def test_stopped_while_the_command_line_itself_is_imported(during):
    code = f"""
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in jobs of the background
from csmir.cli import main
class Stop:
    def find_spec(self, name, *_):
        if name == {during!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Stop())
sys.exit(main(["--version"]))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (130, "csmir: interrupted; nothing was written.\n")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send")
@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("csmir.cli.commands", (130, "csmir: interrupted.\n")),
        ("csmir.cli.exits", (130, "csmir: interrupted.\n")),
        ("", (0, "")),
    ],
)
def test_the_process_is_stopped_in_one_line_from_its_first_to_its_last(when, expected):
    code = f"""
import atexit, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in jobs of the background
stop = lambda: os.kill(os.getpid(), signal.SIGINT)
class Stop:
    def find_spec(self, name, *_):
        if name == {when!r}:
            stop()
sys.meta_path.insert(0, Stop())
if not {when!r}:
    atexit.register(stop)
sys.argv = ["csmir", "--version"]
from csmir.cli.entry import run
run()
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == expected


def test_little_is_imported_before_the_command_line_can_be_stopped():
    # without site, whose hooks import modules of their own; it imports os, and knows where the package is
    code = f"""import sys; sys.path.append({str(Path(cs.__file__).parents[1])!r}); import os; before = set(sys.modules)
import csmir.cli.entry; print(len(set(sys.modules) - before))"""
    run = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True)
    assert int(run.stdout) < 12, run.stderr


@pytest.mark.parametrize("step", ["null", "cluster"])
def test_a_stop_leaves_the_networks_and_the_same_command_starts_over(files, capsys, monkeypatch, step):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(cs.tl, step, stopped)
        assert main([*RUN, "--null", "2", "--quiet"]) == 130
    assert (
        "interrupted; the networks are in out/csmir.h5mu, and the same command starts over" in capsys.readouterr().err
    )
    kept = cs.io.read("out/csmir.h5mu")["regulation"]
    assert sorted(os.listdir("out")) == [".csmir-files", ".csmir-unfinished", "csmir.h5mu"]
    assert sorted(os.listdir()) == ["both.h5mu", "mirna.tsv", "mrna.tsv", "out", "prior.csv"]
    assert main([*RUN, "--null", "2", "--quiet"]) == 0
    assert (cs.io.read("out/csmir.h5mu")["regulation"].X != kept.X).nnz == 0
    assert sorted(os.listdir("out")) == [".csmir-files", "csmir.h5mu", "tables"]
    assert main([*RUN, "--null", "2", "--quiet"]) == 2


@pytest.mark.parametrize(
    ("words", "given", "line"),
    [
        ("%d modules in %d networks (of %s)", (21782, 1, "10,036"), "21,782 modules in 1 network (of 10,036)"),
        ("read %s: %d cells, %d features", ("x/2160.gct", 21, 2822), "read x/2160.gct: 21 cells, 2,822 features"),
        ("%.1f %% of %d pairs, 1 hub cells", (12.5, 60106), "12.5 % of 60,106 pairs, 1 hub cell"),
        ("0.1 runs, %5.2f, 11 cells and %s", (1.5, 12345), "0.1 runs,  1.50, 11 cells and 12345"),
        ("nothing given: 100%", (), "nothing given: 100%"),
        ("5 % of cells, 1 %d and 40 % free", (), "5 % of cells, 1 %d and 40 % free"),
        ("no family: Run cs.tl.family(mdata, members) first.", (), "no family: Add --family NAME."),
    ],
)  # fmt: skip
def test_counts_on_the_terminal_have_commas_and_one_thing_is_one(words, given, line):
    record = logging.LogRecord("csmir", logging.INFO, "", 0, words, given, None)
    assert InFlags("%(message)s").format(record) == line
    assert record.getMessage() == (words % given if given else words)  # other handlers get what they got


def test_someone_new_is_told_what_to_type(capsys):
    """Every option says what it takes, one that is missing what it is, and the first page what to begin with."""
    assert main(["--help"]) == 0
    first = capsys.readouterr().out
    for call in ("csmir demo --null 20 --out demo", "csmir run --mirna mirna.csv --mrna mrna.csv --prior targets.tsv"):
        assert call in first
    assert main(["run"]) == main(["demo"]) == 2
    said = capsys.readouterr().err
    assert "Missing option '--mirna'. miRNA expression: GCT, CSV, TSV" in said
    assert "Missing option '--out'. Folder to write" in said
    for name, command in commands.cli.commands.items():
        options = [option for option in command.params if option.param_type_name == "option"]
        assert [o.name for o in options if o.metavar is None and o.type.name == "text"] == [], name
        assert [o.name for o in options if not o.help] == [], name


def test_quiet_has_no_bar_either(monkeypatch):
    asked = {}
    monkeypatch.setattr(steps.cs.tl, "null", lambda mdata, **options: asked.update(null=options["progress"]))
    monkeypatch.setattr(steps.cs.tl, "family", lambda mdata, name, **options: asked.update(family=options["progress"]))
    plan = steps.Plan(permutations=1, clusters=0, family="miR-17/92", progress=False)
    steps.analyse(None, plan, steps.Extras(None, None, None))
    assert asked == {"null": False, "family": False}


def test_a_stop_that_python_lost(files, capsys, monkeypatch):
    class Gone:
        def __del__(self):  # what is raised here goes nowhere
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0)

    def drops(*_, **__):
        Gone()
        for _ in range(1000):
            time.sleep(0.01)
        pytest.fail("the stop was lost")

    monkeypatch.setattr(cs.io, "make_mudata", drops)
    before = sys.unraisablehook
    assert main(RUN) == 130
    err = capsys.readouterr().err
    assert err.endswith("csmir: interrupted; nothing was written.\n")
    assert "Exception ignored" not in err
    assert sys.unraisablehook is before


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), cs.InputError("No."), MemoryError("1 TiB")])
def test_a_late_failure_says_where_the_networks_are(files, capsys, monkeypatch, error):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(cs.tl, "null", fails)
    assert main([*RUN, "--null", "2"]) in (1, 2)
    assert capsys.readouterr().err.endswith(" The networks are in out/csmir.h5mu.\n")
    assert (files / "out" / "csmir.h5mu").is_file()


def test_stopped_twice_in_one_line(files, capsys, monkeypatch):
    def asks(*_, **__):
        os.kill(os.getpid(), signal.SIGINT)

    def says(message, **how):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
        print(message, file=sys.stderr)

    monkeypatch.setattr(cs.io, "make_mudata", asks)
    monkeypatch.setattr(exits.click, "echo", says)
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    assert main(RUN) == 130
    assert capsys.readouterr().err.endswith("csmir: interrupted; nothing was written.\n")
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
