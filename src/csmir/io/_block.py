"""A header and rows of numbers, from delimited text, with errors that name line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError
from csmir.io import _delimited as delimited
from csmir.io._source import Source


class Block(NamedTuple):
    """The rows under a header."""

    rows: list[str]  # the first column
    columns: list[str]  # names of the columns of numbers
    values: np.ndarray  # rows x columns, float64, NaN where missing
    text: dict[str, list[str]]  # further columns that are not numbers


def parse(
    source: Source,
    *,
    sep: str,
    header_line: int = 1,
    text: Collection[str] = (),
    quoted: bool = True,
    short_header: bool = False,
) -> Block:
    """Read a table. Its first column names the rows.

    Parameters
    ----------
    source
        The file.
    sep
        The one character between fields.
    header_line
        Line of the header, counted from 1.
    text
        Names of further columns that are not numbers.
    quoted
        Whether fields may be quoted.
    short_header
        Whether the header may lack the name of the first column, as R writes it.
    """
    lines = source.lines[header_line - 1 :]
    while lines and not lines[-1].strip(f"{sep} \t"):
        lines.pop()
    if len(lines) < 2:
        raise InputError(f"{source.path} has no rows under its header (line {header_line}). Is it truncated?")
    quoted = quoted and any('"' in line for line in lines)
    layout = _scan(source, lines, sep, quoted, header_line, text, short_header)
    header, names = layout.header, list(zip(*layout.names, strict=True))
    if all(delimited.is_fraction(name) for name in names[0]):
        raise InputError(
            f"{source.path}: expected names in the first column, found numbers such as {check.listing(names[0], 3)}. "
            "Put the names of the rows there."
        )
    numeric = [i for i in range(len(header)) if i not in layout.text_at]
    if not numeric:
        raise InputError(f"{source.path} has no columns of numbers; its columns are {check.listing(header)}.")
    try:
        values = _numbers(lines[layout.body - 1 :], sep, quoted, layout.most, numeric)
    except (ValueError, OverflowError) as e:
        bad = _first_text(source, lines, sep, quoted, numeric, header, header_line)
        raise bad or InputError(f"{source.path} cannot be read as a table of numbers: {e}.") from None
    return Block(
        rows=list(names[0]),
        columns=[header[i] for i in numeric],
        values=values,
        text={header[i]: list(names[k]) for k, i in enumerate(layout.text_at) if i > 0},
    )


class _Layout(NamedTuple):
    header: list[str]
    text_at: list[int]  # columns of text
    names: list[list[str]]  # of each row, the columns of text
    most: int  # fields of the longest row, empty ones at the end included
    body: int  # line of the first row, counted from 1 at the header


def _scan(
    source: Source,
    lines: list[str],
    sep: str,
    quoted: bool,
    header_line: int,
    text: Collection[str],
    short_header: bool,
) -> _Layout:
    """Check that all rows are as long as the header, and take their names."""
    rows = delimited.records(lines, sep, quoted)
    header = delimited.header_fields(source, next(rows), header_line)
    text_at: list[int] = []
    names: list[list[str]] = []
    most = body = 0
    for row in rows:
        n, line = row.n_fields, header_line + row.line - 1
        if not body:
            body = row.line
            if short_header and n == len(header) + 1 and row.fields()[-1].strip():
                header = ["", *header]
            text_at = _positions(source, header, text)
        if n != len(header) and (n < len(header) or any(f.strip() for f in row.fields()[len(header) :])):
            last = " It is the last line: the file seems truncated." if row.line == len(lines) else ""
            raise InputError(
                f"{source.path}, line {line}: expected {len(header):,} columns as in the header, found {n:,}.{last}"
            )
        most = max(most, n)
        fields = row.fields(text_at[-1] + 1)
        names.append([fields[i].strip() for i in text_at])
        if not names[-1][0]:
            raise InputError(f"{source.path}, line {line}, column 1: expected the name of the row, found nothing.")
    return _Layout(header, text_at, names, most, body)


def _positions(source: Source, header: list[str], text: Collection[str]) -> list[int]:
    """Where the columns of text are; the first one always is."""
    for name in text:
        if name not in header:
            raise InputError(
                f"{source.path} has no column {name!r}; its columns are {check.listing(header)}."
                + check.suggest(name, header)
            )
    return sorted({0} | {header.index(name) for name in text})


def _numbers(lines: list[str], sep: str, quoted: bool, most: int, numeric: list[int]) -> np.ndarray:
    frame = pd.read_csv(
        io.StringIO("\n".join(lines)),
        sep=sep,
        header=None,
        names=range(most),
        usecols=numeric,
        index_col=False,
        dtype=np.float64,
        na_values=list(delimited.MISSING),
        keep_default_na=False,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        skip_blank_lines=False,
        float_precision="round_trip",  # what Python's float() gives: equal text, equal numbers
        low_memory=False,
    )
    return frame.to_numpy()


def _first_text(
    source: Source, lines: list[str], sep: str, quoted: bool, numeric: list[int], header: list[str], header_line: int
) -> InputError | None:
    """The error that names the first cell that is not a number."""
    rows = delimited.records(lines, sep, quoted)
    next(rows)
    for row in rows:
        fields = row.fields()
        for i in numeric:
            value = fields[i].strip()
            if value not in delimited.MISSING and not delimited.NUMBER.fullmatch(value):
                return delimited.not_a_number(source.path, header_line + row.line - 1, i + 1, header[i], value)
    return None
