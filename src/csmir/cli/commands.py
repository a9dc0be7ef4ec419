"""The command line: the public functions, one after the other, for pipelines."""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import click

from csmir._version import __version__
from csmir.cli.exits import exit_code, keep, say
from csmir.inference.statistics import NAMES


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="csmir")
def cli() -> None:
    """Cell-specific miRNA regulation from single-cell miRNA-mRNA co-sequencing data."""


def common(command: Callable[..., None]) -> Callable[..., None]:
    """Options of every command that infers networks."""
    for option in reversed(
        [
            click.option("--runs", default=100, show_default=True, help="Bootstrap runs; 0 uses no pseudo-cells."),
            click.option("--seed", default=0, show_default=True, help="Seed of the bootstrap."),
            click.option(
                "--box-size", type=float, default=None, help="Share of the cells inside a box.  [default: 0.1]"
            ),
            click.option(
                "--alpha", type=float, default=None, help="Level.  [default: p 0.01 for csn, q 0.05 for the tests]"
            ),
            click.option(
                "--statistic",
                type=click.Choice(NAMES),
                default="csn",
                show_default=True,
                help="The published statistic, the calibrated test of the same boxes, or the correlation among a "
                "cell's neighbours (for new data with a hundred cells or more).",
            ),
            click.option(
                "--direction",
                type=click.Choice(["repression", "activation", "both"]),
                default=None,
                help="With --statistic local: the side to test.  [default: repression]",
            ),
            click.option(
                "--both-sides",
                is_flag=True,
                help="With --statistic local: call a pair only where it is correlated on both sides of the cell.",
            ),
            click.option(
                "--null", "permutations", default=0, show_default=True, help="Shuffled pairings to compare with."
            ),
            click.option("--clusters", default=3, show_default=True, help="Clusters of cells; 0 for none."),
            click.option(
                "--modules",
                type=click.Choice(["conserved", "rewired", "cells"]),
                default=None,
                help="Find modules of these interactions, or of every cell's network.",
            ),
            click.option("--gene-sets", default=None, help="GMT file: enrichment of the modules (with --modules)."),
            click.option("--truth", default=None, help="Validated pairs: share validated, and comparisons."),
            click.option("--disease", default=None, help="List of disease-related miRNAs and genes, one a line."),
            click.option("--family", default=None, help="A miRNA family to follow, such as miR-17/92."),
            click.option("--threads", default=None, type=int, help="Threads.  [default: all cores]"),
            click.option("--out", required=True, help="Folder to write; must not hold other results."),
            click.option("--overwrite", is_flag=True, help="Replace results of an earlier csmir run in --out."),
            click.option(
                "--format",
                "formats",
                multiple=True,
                default=("tsv",),
                show_default=True,
                type=click.Choice(["tsv", "graphml", "edgelist"]),
                help="Format of the tables; may be given more than once.",
            ),
            click.option("--figures", is_flag=True, help="Write every figure into OUT/figures, as PNG and PDF."),
            click.option("--quiet", is_flag=True, help="Print errors only."),
        ]
    ):
        command = option(command)
    return command


@cli.command()
@click.option(
    "--mirna", required=True, help="miRNA expression: GCT, CSV, TSV (plain or .gz), h5ad, or an h5mu of both."
)
@click.option("--mrna", required=True, help="mRNA expression, likewise; of an h5mu, the same file.")
@click.option("--prior", default=None, help="Putative pairs: a table with a miRNA and a target column, or GMT.")
@click.option("--all-pairs", is_flag=True, help="Test every miRNA with every mRNA instead of a prior.")
@click.option("--prior-columns", nargs=2, default=(None, None), help="Names of the prior's two columns.")
@click.option("--pair-by", multiple=True, help="Regex with one group that pairs cell names; twice: miRNA, then mRNA.")
@click.option("--pair-table", default=None, help="Table (csv, tsv) with the columns mirna and mrna: names of cells.")
@click.option("--mirna-scale", type=click.Choice(["linear", "log2"]), default="linear", show_default=True)
@click.option("--mrna-floor", type=float, default=None, help="mRNA values of at most this are 0, not detected.")
@click.option("--missing", type=click.Choice(["error", "zero", "drop"]), default="error", show_default=True)
@click.option("--logged", is_flag=True, help="The values are log2(x + 1) already.")
@common
def run(**options: Any) -> None:
    """Infer one miRNA regulatory network per cell from two expression matrices."""

    def read(options: dict[str, Any]) -> tuple[Any, Any]:
        from csmir.cli.inputs import read_data

        return read_data(options)

    _execute(read, options)


@cli.command()
@click.option("--cells", default=30, show_default=True, help="Cells to simulate.")
@common
def demo(**options: Any) -> None:
    """Do the same on simulated data with planted regulation."""

    def simulate(options: dict[str, Any]) -> tuple[Any, Any]:
        import csmir as cs

        mdata = cs.datasets.simulated(n_cells=options["cells"], n_mirnas=40, n_mrnas=300, seed=options["seed"])
        cs.pp.recipe_csmir(mdata)
        return mdata, mdata.uns["prior"]

    _execute(simulate, options)


@cli.command()
@click.argument("result")
@click.option("--out", required=True, help="HTML file to write.")
@click.option("--title", default=None, help="Heading of the page.  [default: the name of the result]")
@click.option("--overwrite", is_flag=True, help="Replace --out if it is there.")
@click.option("--quiet", is_flag=True, help="Print errors only.")
def report(result: str, out: str, title: str | None, overwrite: bool, quiet: bool) -> None:
    """Write one HTML page of a run: RESULT is its csmir.h5mu, or the folder that holds it."""
    from csmir.cli import steps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries; ours are on the page
        steps.report(result, out, title=title, overwrite=overwrite)
    if not quiet:
        say(f"written  {out}", out)


def _execute(load: Callable[[dict[str, Any]], tuple[Any, Any]], options: dict[str, Any]) -> None:
    from csmir.cli import steps
    from csmir.cli.inputs import read_extras
    from csmir.io._output import new_folder

    started = time.perf_counter()
    quiet = options["quiet"]
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.ERROR if quiet else logging.WARNING)
    logging.getLogger("csmir").setLevel(logging.ERROR if quiet else logging.INFO)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries; ours come as the summary's closing lines
        plan = steps.Plan(
            runs=options["runs"],
            seed=options["seed"],
            box_size=options["box_size"],
            alpha=options["alpha"],
            threads=options["threads"],
            statistic=options["statistic"],
            direction=options["direction"],
            both_sides=options["both_sides"],
            permutations=options["permutations"],
            clusters=options["clusters"],
            modules=options["modules"],
            family=options["family"],
            progress=False if quiet else None,
        )
        out = options["out"]
        # opened first: an output that cannot be written is known before the work, and nothing is left half-written
        with new_folder(out, overwrite=options["overwrite"], finished=False) as folder:
            extras = read_extras(options)
            mdata, net = load(options)
            steps.infer(mdata, net, plan)
            steps.save_networks(mdata, folder)
        # from here on a stop leaves the networks, which another call replaces
        keep(f"{out}/{steps.RESULT}")
        with new_folder(out, overwrite=options["overwrite"]) as folder:
            steps.analyse(mdata, plan, extras)
            steps.save(mdata, folder, options["formats"])
            if options["figures"]:
                steps.draw(mdata, folder)
    if quiet:
        return
    lines = steps.summary(mdata, started)
    width = max(len(name) for name, _ in lines)
    figures = f", {out}/figures/" if options["figures"] else ""
    lines.append(("written", f"{out}/{steps.RESULT}, {out}/tables/{figures}"))
    say("\n".join(f"{name:<{width}}  {value}" for name, value in lines) + f"\n\n{steps.verdict(mdata)}", out)


def run_command(args: list[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, 2 for bad input, 130 if interrupted, 1 for anything else."""
    return exit_code(lambda: cli.main(args, prog_name="csmir", standalone_mode=False))
