"""Tables of expression: CSV, TSV and DataFrames, features in columns or in rows."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pandas as pd
from anndata import AnnData

from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.source import Source, load
from csmir._log import logger
from csmir.io._block import Block, parse
from csmir.io._build import from_frame, to_anndata
from csmir.io._delimited import first_line, header_fields, records, sniff_separator
from csmir.io._kinds_of_names import features_axis
from csmir.io._tool_tables import Layout, no_samples, recognised

AXES = ("columns", "rows", "auto")


def read_table(
    path: str | os.PathLike[str],
    *,
    features: str = "columns",
    sep: str | None = None,
    annotations: Sequence[str] = (),
) -> AnnData:
    r"""Read a table of expression from CSV or TSV, plain or gzipped.

    The first line names the columns and the first column names the rows (R's `write.table`, which leaves the name of
    the first column out, is understood). Byte-order marks, Windows line endings, and empty lines and comments (`# ...`)
    before the header do not matter. Where semicolons separate, numbers may have decimal commas, which is logged.

    Parameters
    ----------
    path
        The file.
    features
        Where the miRNAs or mRNAs are: `"columns"` (one cell a row), `"rows"` (one cell a column), or `"auto"`, which
        decides by names such as `hsa-miR-21-5p`, `ENSG00000141510`, `RPL3`, `K562_HalfCell_01` or a barcode, and raises
        where they do not tell.
    sep
        The separator. None takes the tab, comma or semicolon of the first line.
    annotations
        Columns of text to keep: in `.var` if features are in rows, in `.obs` if they are in columns.

    Returns
    -------
    Cells x features: `X` float64, missing values (empty, `NA`, `NaN`, `null`, ...) NaN. Repeated names are kept:
    :func:`csmir.pp.merge_duplicates` averages features.

    Raises
    ------
    InputError
        The file is missing, empty, truncated or not a table; a cell is text; `features="auto"` cannot decide. The
        message names file, line and column.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import csmir as cs
    >>> path = pathlib.Path(tempfile.mkdtemp(), "mirna.csv")
    >>> _ = path.write_text("mirna,cell_1,cell_2\nhsa-let-7a-5p,0,1.5\nhsa-miR-21-5p,7,NA\n")
    >>> cs.io.read_table(path, features="rows").to_df()
            hsa-let-7a-5p  hsa-miR-21-5p
    cell_1            0.0            7.0
    cell_2            1.5            NaN
    """
    check.choice("features", features, AXES)
    if isinstance(annotations, str):
        annotations = [annotations]
    return table_to_anndata(load(path), features=features, sep=sep, annotations=annotations)


def table_to_anndata(
    source: Source, *, features: str, sep: str | None = None, annotations: Sequence[str] = ()
) -> AnnData:
    """The AnnData of a table that is read."""
    if sep is not None and (not isinstance(sep, str) or len(sep) != 1):
        raise InputError(f"`sep` must be one character, such as ',' or '\\t'; found {sep!r}.")
    if source.lines[0].startswith("#1."):
        raise InputError(f"{source.path} is a GCT file. Read it with cs.io.read_gct(path) or cs.io.read(path).")
    if any(line.lower().startswith(("## mirgff3", "##gff", "## gff")) for line in source.lines[:20]):
        raise InputError(
            f"{source.path} is a GFF file of single reads, no table of counts. Make one with mirtop counts, and read "
            "that."
        )
    line = first_line(source)
    sep = sep or sniff_separator(source, line)
    header = header_fields(
        source, next(records([source.lines[line - 1]], sep, '"' in source.lines[line - 1], "")), line
    )
    layout = recognised(header, source.path)
    if layout is not None and not annotations:
        return _of_tool(layout, parse(source, sep=sep, header_line=line, text=no_samples(layout, header)), source.path)
    block = parse(source, sep=sep, header_line=line, text=annotations, short_header=True)
    if resolve_axis(features, block.rows, block.columns, source.path) == "rows":
        adata = to_anndata(block.values.T, block.columns, block.rows, var=block.text)
    else:
        adata = to_anndata(block.values, block.rows, block.columns, obs=block.text)
    logger.info("read %s: %d cells, %d features", source.path, adata.n_obs, adata.n_vars)
    return adata


def _of_tool(layout: Layout, block: Block, path: str) -> AnnData:
    """The samples of a tool's table, its features in rows."""
    names = block.text.get(layout.names, block.rows)
    logger.info("%s: recognised as a table of %s: %s", path, layout.tool, layout.note)
    return to_anndata(block.values.T, block.columns, names)


def frame_to_anndata(frame: pd.DataFrame, *, features: str, name: str = "the DataFrame") -> AnnData:
    """The AnnData of a DataFrame; where names do not tell, cells are in rows, as everywhere in Python."""
    axis = features
    if features == "auto":
        axis = features_axis([str(n) for n in frame.index], [str(n) for n in frame.columns]) or "columns"
    return from_frame(frame.T if axis == "rows" else frame, name)


def resolve_axis(features: str, rows: Sequence[str], columns: Sequence[str], path: str) -> str:
    """Decide `features="auto"`, or ask."""
    if features != "auto":
        return features
    axis = features_axis(rows, columns)
    if axis is None:
        raise InputError(
            f"{path}: cannot tell whether features are in rows ({check.listing(rows, 3)}) or in columns "
            f"({check.listing(columns, 3)}). Say features='rows' or features='columns'."
        )
    return axis
