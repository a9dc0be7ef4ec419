"""Tables of small-RNA tools with more than numbers in them, known by their header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from csmir._errors import InputError

JOIN = (
    "table = pd.concat({{sample: pd.read_csv(path, sep='\\t'{skip}, index_col={name!r})[{value!r}] for sample, path in "
    "files.items()}}, axis=1), and give that with features='rows'"
)


class Layout(NamedTuple):
    """The tool, the headings that its table has, the column of names, and which others are not samples."""

    tool: str
    headings: tuple[str, ...]
    names: str
    others: str  # a regular expression
    note: str


class OneSample(NamedTuple):
    """A table of one sample, which says nothing of other cells."""

    tool: str
    headings: tuple[str, ...]
    what_to_do: str


MATRICES = [
    Layout(
        "miRDeep2",
        ("#miRNA", "read_count", "precursor", "total"),
        "#miRNA",
        r"read_count|precursor|total|.*\(norm\)",
        "a mature miRNA has a row for each of its hairpins, which cs.pp.merge_duplicates averages",
    ),
    Layout(
        "mirtop",
        ("UID", "miRNA", "Variant"),
        "miRNA",
        r"UID|Read|miRNA|Variant|iso_\w+|Parent|Hits|Filter|seq",
        "each row is an isomiR under the name of its miRNA: add them up with cs.pp.merge_duplicates(mdata, how='sum')",
    ),
]
SINGLE = [
    OneSample("GDC's isoform quantification", ("miRNA_ID", "isoform_coords", "read_count", "miRNA_region"),
              "take the rows of 'mature,MIMAT...' in miRNA_region, sum read_count by it, and join the samples"),
    OneSample("GDC's miRNA quantification", ("miRNA_ID", "read_count", "cross-mapped"),
              JOIN.format(skip="", name="miRNA_ID", value="read_count")),
    OneSample("GDC's gene counts of STAR", ("gene_id", "gene_name", "gene_type", "unstranded"),
              JOIN.format(skip=", comment='#'", name="gene_name", value="unstranded")),
    OneSample("sRNAbench (mature_sense.grouped)", ("name", "unique reads", "read count"),
              JOIN.format(skip="", name="name", value="read count")),
]  # fmt: skip


def recognised(header: Sequence[str], path: str) -> Layout | None:
    """The tool whose table has this header; a table of one sample is refused by name."""
    there = {str(h).strip() for h in header}
    for one in SINGLE:
        if there.issuperset(one.headings):
            raise InputError(
                f"{path} is a table of {one.tool}, which holds one sample. Join the samples first: {one.what_to_do}."
            )
    return next((layout for layout in MATRICES if there.issuperset(layout.headings)), None)


def no_samples(layout: Layout, header: Sequence[str]) -> list[str]:
    """Columns of a table that are not samples."""
    return [h for h in header if h == layout.names or re.fullmatch(layout.others, h)]
