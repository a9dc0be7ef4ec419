"""Options of the commands: about the data, and about what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from csmir.inference.statistics import NAMES

Command = Callable[..., None]
FORMATS = ("tsv", "graphml", "edgelist", "consensus")


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
            click.option(
                "--mirna", required=True, help="miRNA expression: GCT, CSV, TSV, .rds (plain or .gz), h5ad, or an h5mu "
                "or total-RNA h5ad of both.",
            ),
            click.option("--mrna", required=True, help="mRNA expression, likewise; of an h5mu, the same file."),
            click.option("--prior", help="Putative pairs: an official file, a table with two columns, or GMT."),
            click.option("--all-pairs", is_flag=True, help="Test every miRNA with every mRNA instead of a prior."),
            click.option("--prior-columns", nargs=2, default=(None, None), help="Names of the prior's two columns."),
            click.option("--species", help="Species of official files, and of the pairs kept.  [default: human]"),
            click.option("--reconcile", is_flag=True, help="Rename the prior's names, and the truth's, to the data's."),
            click.option(
                "--arms", type=click.Choice(["unique", "both", "exact"]), default=None,
                help="With --reconcile: whether a hairpin, a gene or a name without arm stands for both arms.",
            ),
            click.option("--mapping", help="With --reconcile: table of old and new names."),
            click.option(
                "--features", type=click.Choice(["auto", "rows", "columns"]), default="auto", show_default=True,
                help="Where a table has its miRNAs and mRNAs; auto decides by their names.",
            ),
            click.option("--any-names", is_flag=True, help="Take names as they are, whatever they look like."),
            click.option(
                "--pair-by", multiple=True, help="Regex with one group that pairs cell names; twice: miRNA, then mRNA."
            ),
            click.option("--pair-table", help="Table (csv, tsv) with the columns mirna and mrna: names of cells."),
            click.option("--obs", help="Table (csv, tsv) of the cells, their names in its first column."),
            click.option("--mirna-scale", type=click.Choice(["linear", "log2"]), default="linear", show_default=True),
            click.option(
                "--same-name", type=click.Choice(["mean", "sum"]), default="mean", show_default=True,
                help="What becomes of features that share a name; sum for isomiRs.",
            ),
            click.option("--merge-loci", is_flag=True, help="Add up hsa-mir-16-1 and hsa-mir-16-2."),
            click.option(
                "--normalize", type=click.Choice(["total", "ratios"]), default=None,
                help="Divide counts by a size factor of each cell.",
            ),
            click.option("--mrna-floor", type=float, help="mRNA values of at most this are 0, not detected."),
            click.option(
                "--missing", type=click.Choice(["error", "zero", "drop"]), default="error", show_default=True
            ),
            click.option("--logged", is_flag=True, help="The values are log2(x + 1) already."),
        ]
    )  # fmt: skip


def about_networks(*, out: bool = True) -> Callable[[Command], Command]:
    """How networks are inferred, what is read in them, and where it goes."""
    return _with(
        [
            click.option("--runs", default=100, show_default=True, help="Bootstrap runs; 0 uses no pseudo-cells."),
            click.option("--seed", default=0, show_default=True, help="Seed of the bootstrap."),
            click.option("--box-size", type=float, help="Share of the cells inside a box.  [default: 0.1]"),
            click.option("--alpha", type=float, help="Level.  [default: p 0.01 for csn, q 0.05 for the tests]"),
            click.option(
                "--statistic", type=click.Choice(NAMES), default="csn", show_default=True,
                help="The published statistic, the calibrated test of the same boxes, or the correlation among a "
                "cell's neighbours (for new data; the log says how strong regulation must be to be seen in it).",
            ),
            click.option(
                "--groups", help="For the tests: compare a cell with those of its group, a column of --obs or the data."
            ),
            click.option(
                "--neighbors", help="For the tests: whom a cell is compared with: expression, or a name in the data."
            ),
            click.option(
                "--covariates", multiple=True, help="With --statistic local: what to adjust for; depth, detection, "
                "cell_cycle, a column of --obs or of the data, or a feature. May be given more than once.",
            ),
            click.option(
                "--factors", help="With --statistic local: hidden factors to adjust for, auto or a number.  [default: "
                "auto with a prior]",
            ),
            click.option(
                "--parents", help="With --statistic local: table of genes that regulate or host a miRNA (source, "
                "target), to adjust for.",
            ),
            click.option(
                "--transcription", help="With --statistic local: layer of the mRNAs (unspliced counts) to adjust for."
            ),
            click.option(
                "--duplicates", type=click.Choice(["drop", "weigh"]), default=None,
                help="Leave out exact copies of cells, or let each profile count once.",
            ),
            click.option("--n-neighbors", type=int, help="Neighbours of a cell.  [default: by the number of cells]"),
            click.option(
                "--direction", type=click.Choice(["repression", "activation", "both"]), default=None,
                help="With --statistic local: the side to test.  [default: repression]",
            ),
            click.option(
                "--both-sides", is_flag=True,
                help="With --statistic local: call a pair only where it is correlated on both sides of the cell.",
            ),
            click.option(
                "--q-pair", type=float,
                help="For the tests: hubs, conservation, modules and tables of pairs that hold over all cells at this "
                "q.  [default: all pairs]",
            ),
            click.option(
                "--null", "permutations", default=0, show_default=True, help="Shuffled pairings to compare with."
            ),
            click.option("--clusters", default=3, show_default=True, help="Clusters of cells; 0 for none."),
            click.option(
                "--modules", type=click.Choice(["conserved", "rewired", "cells"]), default=None,
                help="Find modules of these interactions, or of every cell's network.",
            ),
            click.option("--gene-sets", help="GMT file: enrichment of the modules (with --modules)."),
            click.option("--truth", help="Validated pairs: share validated, and comparisons."),
            click.option("--disease", help="List of disease-related miRNAs and genes, one a line."),
            click.option("--family", help="A miRNA family to follow, such as miR-17/92."),
            click.option("--threads", type=int, help="Threads.  [default: all cores]"),
            click.option("--out", required=out, help="Folder to write; must not hold other results."),
            click.option("--overwrite", is_flag=True, help="Replace results of an earlier csmir run in --out."),
            click.option(
                "--format", "formats", multiple=True, default=("tsv",), show_default=True, type=click.Choice(FORMATS),
                help="Format of the tables; may be given more than once.",
            ),
            click.option(
                "--escape-formulas", is_flag=True,
                help="An apostrophe before names in tables that spreadsheets would take for formulas.",
            ),
            click.option("--figures", is_flag=True, help="Write every figure into OUT/figures, as PNG and PDF."),
            click.option("--quiet", is_flag=True, help="Print errors only."),
        ]
    )  # fmt: skip
