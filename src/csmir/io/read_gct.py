"""GCT, the Broad's gene-cluster text, in both forms that are about."""

from __future__ import annotations

import os
import re

from anndata import AnnData

from csmir._errors import InputError
from csmir._files.source import Source, load
from csmir._log import logger
from csmir.io._block import parse
from csmir.io._build import to_anndata

MARKER = "#1.2"


def read_gct(path: str | os.PathLike[str]) -> AnnData:
    r"""Read a GCT file of expression.

    Two forms are read, plain or gzipped (whatever the name says): a true GCT with the lines `#1.2` and
    `n_rows<TAB>n_columns`, and the same table without these two lines, as GEO holds it. Columns are `Name`,
    `Description` and one a cell.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Cells x features: `X` float64 as in the file (no logarithm is taken or undone, missing values are NaN),
    `.var_names` the names as they are, repeated ones included (:func:`csmir.pp.merge_duplicates` averages them),
    `.var["Description"]`.

    Raises
    ------
    InputError
        The file is missing, empty, truncated, corrupted or not a GCT; its size is not what its header says; a cell is
        text. The message names file, line and column.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import csmir as cs
    >>> path = pathlib.Path(tempfile.mkdtemp(), "mirna.gct")
    >>> _ = path.write_text(
    ...     "#1.2\n2\t3\nName\tDescription\tcell_1\tcell_2\tcell_3\n"
    ...     "hsa-let-7a-5p\tlet-7a-1\t0\t1.5\tNA\nhsa-miR-21-5p\tmir-21\t7\t8\t9\n"
    ... )
    >>> cs.io.read_gct(path).to_df()
            hsa-let-7a-5p  hsa-miR-21-5p
    cell_1            0.0            7.0
    cell_2            1.5            8.0
    cell_3            NaN            9.0

    References
    ----------
    The GenePattern file formats guide, Broad Institute: GCT.
    """
    return gct_to_anndata(load(path))


def is_gct(source: Source) -> bool:
    """Whether the first line is one of a GCT."""
    return source.lines[0].startswith("#1.") or _names(source.lines[0])[:2] == ["name", "description"]


def gct_to_anndata(source: Source) -> AnnData:
    """The AnnData of a GCT that is read."""
    shape = _promised_shape(source)
    header_line = 3 if shape else 1
    header = source.lines[header_line - 1] if len(source.lines) >= header_line else ""
    if _names(header)[:2] != ["name", "description"]:
        raise InputError(
            f"{source.path}, line {header_line}: expected the columns 'Name' and 'Description' of a GCT"
            + ("" if shape else f" or the marker {MARKER!r}")
            + f", found {header[:60]!r}. Read other tables with cs.io.read_table(path)."
        )
    quoted = header.startswith('"')  # as R writes text; else a quotation mark is part of a description
    description = header.split("\t")[1].strip().strip('"' if quoted else None)
    block = parse(source, sep="\t", header_line=header_line, text=[description], quoted=quoted)
    if shape and shape != block.values.shape:
        raise InputError(
            f"{source.path}, line 2: expected {shape[0]:,} rows and {shape[1]:,} columns, found "
            f"{block.values.shape[0]:,} and {block.values.shape[1]:,}. The file is truncated or was edited: get it "
            "again, or mend its line 2."
        )
    logger.info("read %s: %d cells, %d features", source.path, len(block.columns), len(block.rows))
    return to_anndata(block.values.T, block.columns, block.rows, var={"Description": block.text[description]})


def _names(line: str) -> list[str]:
    return [name.strip().strip('"').lower() for name in line.split("\t")]


def _promised_shape(source: Source) -> tuple[int, int] | None:
    """What the second line of a true GCT says, or None where the marker is left out."""
    first = source.lines[0].split("\t")[0].strip()
    if not first.startswith("#"):
        return None
    if first != MARKER:
        raise InputError(
            f"{source.path}, line 1: expected the marker {MARKER!r} of a GCT, found {first[:20]!r}. Other versions are "
            "not read: save the matrix as GCT 1.2, csv or tsv."
        )
    second = source.lines[1] if len(source.lines) > 1 else ""
    fields = [f.strip() for f in second.split("\t") if f.strip()]
    if len(fields) != 2 or not all(re.fullmatch(r"\d+", f) for f in fields):
        raise InputError(
            f"{source.path}, line 2: expected the numbers of rows and of columns, found {second.strip()[:60]!r}. "
            "Is the file truncated?"
        )
    return int(fields[0]), int(fields[1])
