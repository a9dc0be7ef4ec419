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
from csmir.cli.flags import InFlags
from csmir.cli.options import about_data, about_networks
from csmir.cli.sections import Sectioned


class InOrder(click.Group):
    """Commands in the order in which they are wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names as they are written below."""
        return list(self.commands)


FIRST = """\b
To see what comes out:
  csmir demo --null 20 --out demo
With data of yours:
  csmir check --mirna mirna.csv --mrna mrna.csv --prior targets.tsv
  csmir run --mirna mirna.csv --mrna mrna.csv --prior targets.tsv --null 20 --out results
  csmir report results --out report.html"""


@click.group(cls=InOrder, epilog=FIRST, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="csmir")
def cli() -> None:
    """Cell-specific miRNA regulation from single-cell miRNA-mRNA co-sequencing data."""


def examples(*calls: str) -> str:
    """What stands below the options, a call a line."""
    return "\n".join(["\b", "Examples:", *(f"  {call}" for call in calls)])


@cli.command(
    cls=Sectioned,
    short_help="Infer one network per cell from two tables.",
    epilog=examples(
        "csmir run --mirna mirna.csv --mrna mrna.csv --prior targets.tsv --null 20 --out results",
        "csmir run --mirna cells.h5mu --mrna cells.h5mu --prior targets.tsv --statistic local --null 20 --out results",
        "csmir report results --out report.html",
    ),
)
@about_data()
@about_networks()
def run(**options: Any) -> None:
    """Infer one miRNA regulatory network per cell from two expression matrices."""

    def read(options: dict[str, Any]) -> tuple[Any, Any]:
        from csmir.cli.inputs import read_data

        return read_data(options)

    _execute(read, options)


@cli.command(
    cls=Sectioned,
    short_help="Say what run would test and lose.",
    epilog=examples("csmir check --mirna mirna.csv --mrna mrna.csv --prior targets.tsv --names names.tsv"),
)
@about_data()
@about_networks(out=False)
@click.option(
    "--names", metavar="FILE", help="Write the table of names, with what became of each, into this file (tsv)."
)
def check(**options: Any) -> None:
    """Read what csmir run would, say what it would test and lose, and stop before the work."""
    from csmir.cli.preview import preview

    _listen(options["quiet"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries
        lines = preview(options)
    say(in_columns(lines), "")


@cli.command(
    cls=Sectioned,
    short_help="Run on simulated data; a figure and a report of it.",
    epilog=examples("csmir demo --null 20 --out demo"),
)
@click.option("--cells", default=30, show_default=True, help="Cells to simulate.")
@about_networks()
def demo(**options: Any) -> None:
    """Run on simulated data with planted regulation, and write a figure and a report of it."""

    def simulate(options: dict[str, Any]) -> tuple[Any, Any]:
        import csmir as cs

        mdata = cs.datasets.simulated(n_cells=options["cells"], n_mirnas=40, n_mrnas=300, seed=options["seed"])
        cs.pp.recipe_csmir(mdata)
        return mdata, mdata.uns["prior"]

    _execute(simulate, options, show=True)


@cli.command(
    cls=Sectioned, short_help="Write one HTML page of a run.", epilog=examples("csmir report results --out report.html")
)
@click.argument("result")
@click.option("--out", metavar="FILE", required=True, help="HTML file to write.")
@click.option("--title", metavar="TEXT", default=None, help="Heading of the page.  [default: the name of the result]")
@click.option(
    "--q-pair",
    type=float,
    help="For the tests: a page of the pairs that hold over all cells at this q.  [default: all pairs]",
)
@click.option("--overwrite", is_flag=True, help="Replace --out if it is there.")
@click.option("--quiet", is_flag=True, help="Print errors only.")
def report(result: str, out: str, title: str | None, q_pair: float | None, overwrite: bool, quiet: bool) -> None:
    """Write one HTML page of a run: RESULT is its csmir.h5mu, or the folder that holds it."""
    from csmir.cli import steps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries; ours are on the page
        steps.report(result, out, title=title, overwrite=overwrite, q_pair=q_pair)
    if not quiet:
        say(f"written  {out}", out)


def _execute(load: Callable[[dict[str, Any]], tuple[Any, Any]], options: dict[str, Any], *, show: bool = False) -> None:
    from csmir._files.output import new_folder
    from csmir.cli import steps
    from csmir.cli.inputs import extras_in_names, factors_of, read_extras, read_parents
    from csmir.cli.record import note

    started = time.perf_counter()
    quiet = options["quiet"]
    _listen(quiet)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries; ours come as the summary's closing lines
        plan = steps.Plan(
            runs=steps.runs_of(options),
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
            groups=options.get("groups"),
            neighbors=options.get("neighbors"),
            n_neighbors=options.get("n_neighbors"),
            covariates=options["covariates"],
            factors=factors_of(options["factors"]),
            parents=read_parents(options["parents"]),
            transcription=options["transcription"],
            duplicates=options["duplicates"],
            q_pair=options["q_pair"],
            progress=False if quiet else None,
        )
        out = options["out"]
        # opened first: an output that cannot be written is known before the work, and nothing is left half-written
        with new_folder(out, overwrite=options["overwrite"], finished=False) as folder:
            extras = read_extras(options)
            mdata, net = load(options)
            extras = extras_in_names(extras, mdata, options)
            note(mdata, click.get_current_context())
            steps.infer(mdata, net, plan)
            steps.save_networks(mdata, folder)
        # from here on a stop leaves the networks, which another call replaces
        keep(f"{out}/{steps.RESULT}")
        with new_folder(out, overwrite=options["overwrite"]) as folder:
            steps.analyse(mdata, plan, extras)
            steps.save(mdata, folder, options["formats"], plan.q_pair, escape_formulas=options["escape_formulas"])
            if options["figures"]:
                steps.draw(mdata, folder)
            if show:
                steps.show(mdata, folder, plan.q_pair)
    if quiet:
        return
    lines = steps.summary(mdata, started)
    figures = f", {out}/figures/" if options["figures"] else ""
    lines.append(("written", f"{out}/{steps.RESULT}, {out}/tables/{figures}"))
    if show:
        lines += [("figure", f"{out}/{steps.FIGURE}"), ("report", f"{out}/{steps.PAGE}")]
    verdict = click.style(steps.verdict(mdata), bold=True)  # plain where there is no terminal
    say(f"{verdict}\n\n{in_columns(lines)}", out)


def in_columns(lines: list[tuple[str, Any]]) -> str:
    """Names and values, one under the other."""
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:<{width}}  {value}" for name, value in lines)


def _listen(quiet: bool) -> None:
    """Let the log of csmir through, as far as it is wanted."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(InFlags("%(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.ERROR if quiet else logging.WARNING)
    logging.getLogger("csmir").setLevel(logging.ERROR if quiet else logging.INFO)


def run_command(args: list[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, 2 for bad input, 130 if interrupted, 1 for anything else."""
    return exit_code(lambda: cli.main(args, prog_name="csmir", standalone_mode=False))
