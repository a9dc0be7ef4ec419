"""Options of the commands: about the data, and about what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from csmir.cli.sections import Command, section
from csmir.inference.statistics import NAMES

FORMATS = ("tsv", "graphml", "edgelist", "consensus")

expression = section("Expression")
pairs = section("Putative pairs")
networks = section("Networks")
tests = section("What a cell is compared with, and what is adjusted for")
reading = section("What is read in the networks")
output = section("Output")


def _with(options: list[Any]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def about_data() -> Callable[[Command], Command]:
    """What is read, and how it is made ready."""
    return _with(
        [
            expression(
                "--mirna", required=True, help="miRNA expression: GCT, CSV, TSV, .rds (plain or .gz), h5ad, or an h5mu "
                "or total-RNA h5ad of both.",
            ),
            expression("--mrna", required=True, help="mRNA expression, likewise; of an h5mu, the same file."),
            pairs("--prior", help="Putative pairs: an official file, a table with two columns, or GMT."),
            pairs("--all-pairs", is_flag=True, help="Test every miRNA with every mRNA instead of a prior."),
            pairs("--prior-columns", nargs=2, default=(None, None), help="Names of the prior's two columns."),
            pairs("--species", help="Species of official files, and of the pairs kept.  [default: human]"),
            pairs("--reconcile", is_flag=True, help="Rename the prior's names, and the truth's, to the data's."),
            pairs(
                "--arms", type=click.Choice(["unique", "both", "exact"]), default=None,
                help="With --reconcile: whether a hairpin, a gene or a name without arm stands for both arms.",
            ),
            pairs("--mapping", help="With --reconcile: table of old and new names."),
            expression(
                "--features", type=click.Choice(["auto", "rows", "columns"]), default="auto", show_default=True,
                help="Where a table has its miRNAs and mRNAs; auto decides by their names.",
            ),
            expression("--any-names", is_flag=True, help="Take names as they are, whatever they look like."),
            expression(
                "--pair-by", multiple=True, help="Regex with one group that pairs cell names; twice: miRNA, then mRNA."
            ),
            expression("--pair-table", help="Table (csv, tsv) with the columns mirna and mrna: names of cells."),
            expression("--obs", help="Table (csv, tsv) of the cells, their names in its first column."),
            expression(
                "--mirna-scale", type=click.Choice(["linear", "log2"]), default="linear", show_default=True,
                help="log2: the miRNAs' values are log2(x), to be turned back first.",
            ),
            expression(
                "--same-name", type=click.Choice(["mean", "sum"]), default="mean", show_default=True,
                help="What becomes of features that share a name; sum for isomiRs.",
            ),
            expression("--merge-loci", is_flag=True, help="Add up hsa-mir-16-1 and hsa-mir-16-2."),
            expression(
                "--normalize", type=click.Choice(["total", "ratios"]), default=None,
                help="Divide counts by a size factor of each cell.",
            ),
            expression("--mrna-floor", type=float, help="mRNA values of at most this are 0, not detected."),
            expression(
                "--missing", type=click.Choice(["error", "zero", "drop"]), default="error", show_default=True,
                help="Missing values: stop, take them for 0, or leave out the features that have any.",
            ),
            expression("--logged", is_flag=True, help="The values are log2(x + 1) already."),
        ]
    )  # fmt: skip


def about_networks(*, out: bool = True) -> Callable[[Command], Command]:
    """How networks are inferred, what is read in them, and where it goes."""
    return _with(
        [
            networks(
                "--runs", type=int, help="With --statistic csn: bootstrap runs; 0 uses no pseudo-cells.  [default: 100]"
            ),
            networks("--seed", default=0, show_default=True, help="Seed of the bootstrap."),
            networks("--box-size", type=float, help="Share of the cells inside a box.  [default: 0.1]"),
            networks("--alpha", type=float, help="Level of the test.  [default: p 0.01 for csn, q 0.05 for the tests]"),
            networks(
                "--statistic", type=click.Choice(NAMES), default="csn", show_default=True,
                help="The published statistic, the calibrated test of the same boxes, or the correlation among a "
                "cell's neighbours (for new data; the log says how strong regulation must be to be seen in it).",
            ),
            tests(
                "--groups", help="For the tests: compare a cell with those of its group, a column of --obs or the data."
            ),
            tests(
                "--neighbors", help="For the tests: whom a cell is compared with: expression, or a name in the data."
            ),
            tests(
                "--covariates", multiple=True, help="With --statistic local: what to adjust for; depth, detection, "
                "cell_cycle, a column of --obs or of the data, or a feature. May be given more than once.",
            ),
            tests(
                "--factors", help="With --statistic local: hidden factors to adjust for, auto or a number.  [default: "
                "auto with a prior]",
            ),
            tests(
                "--parents", help="With --statistic local: table of genes that regulate or host a miRNA (source, "
                "target), to adjust for.",
            ),
            tests(
                "--transcription", help="With --statistic local: layer of the mRNAs (unspliced counts) to adjust for."
            ),
            tests(
                "--duplicates", type=click.Choice(["drop", "weigh"]), default=None,
                help="Leave out exact copies of cells, or let each profile count once.",
            ),
            tests("--n-neighbors", type=int, help="Neighbours of a cell.  [default: by the number of cells]"),
            tests(
                "--direction", type=click.Choice(["repression", "activation", "both"]), default=None,
                help="With --statistic local: the side to test.  [default: repression]",
            ),
            tests(
                "--both-sides", is_flag=True,
                help="With --statistic local: call a pair only where it is correlated on both sides of the cell.",
            ),
            tests(
                "--q-pair", type=float,
                help="For the tests: hubs, conservation, modules and tables of pairs that hold over all cells at this "
                "q.  [default: all pairs]",
            ),
            networks(
                "--null", "permutations", default=0, show_default=True, help="Shuffled pairings to compare with."
            ),
            reading("--clusters", default=3, show_default=True, help="Clusters of cells; 0 for none."),
            reading(
                "--modules", type=click.Choice(["conserved", "rewired", "cells"]), default=None,
                help="Find modules of these interactions, or of every cell's network.",
            ),
            reading("--gene-sets", help="GMT file: enrichment of the modules (with --modules)."),
            reading("--truth", help="Validated pairs: share validated, and comparisons."),
            reading("--disease", help="List of disease-related miRNAs and genes, one a line."),
            reading("--family", help="A miRNA family to follow, such as miR-17/92."),
            networks("--threads", type=int, help="Threads.  [default: all cores]"),
            output("--out", required=out, help="Folder to write; must not hold other results."),
            output("--overwrite", is_flag=True, help="Replace results of an earlier csmir run in --out."),
            output(
                "--format", "formats", multiple=True, default=("tsv",), show_default=True, type=click.Choice(FORMATS),
                help="Format of the tables; may be given more than once.",
            ),
            output(
                "--escape-formulas", is_flag=True,
                help="An apostrophe before names in tables that spreadsheets would take for formulas.",
            ),
            output("--figures", is_flag=True, help="Write every figure into OUT/figures, as PNG and PDF."),
            output("--quiet", is_flag=True, help="Print errors only."),
        ]
    )  # fmt: skip
