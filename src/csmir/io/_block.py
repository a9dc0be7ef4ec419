"""A header and rows of numbers, from delimited text, with errors that name line and column."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain
from typing import NamedTuple

import numpy as np

from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.source import Source
from csmir.io import _delimited as delimited


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
    records = delimited.records(lines, sep, quoted and any('"' in line for line in lines), source.path)
    header = delimited.header_fields(source, next(records), header_line)
    first = next(records)
    if short_header and len(first.fields) == len(header) + 1 and first.fields[-1].strip():
        header = ["", *header]
    text_at = _positions(source, header, text)
    numeric = [i for i in range(len(header)) if i not in text_at]
    commas = delimited.decimal_commas(source, lines[1:], sep)
    if not numeric:
        raise InputError(f"{source.path} has no columns of numbers; its columns are {check.listing(header)}.")

    names: list[list[str]] = []
    values = np.empty((len(lines) - 1, len(numeric)))
    for record in chain([first], records):
        fields, line = record.fields, header_line + record.line - 1
        if len(fields) != len(header):
            _check_length(source, header, fields, line, last=record.line == len(lines))
        names.append([fields[i].strip() for i in text_at])
        if not names[-1][0]:
            raise InputError(f"{source.path}, line {line}, column 1: expected the name of the row, found nothing.")
        if commas:
            fields = [field.replace(",", ".") for field in fields]
        values[len(names) - 1] = _numbers(source, header, fields, numeric, line)
    columns = list(zip(*names, strict=True))
    if all(delimited.is_fraction(name) for name in columns[0]):
        raise InputError(
            f"{source.path}: expected names in the first column, found numbers such as {check.listing(columns[0], 3)}. "
            "Put the names of the rows there."
        )
    return Block(
        rows=list(columns[0]),
        columns=[header[i] for i in numeric],
        values=values[: len(names)],
        text={header[i]: list(columns[k]) for k, i in enumerate(text_at) if i > 0},
    )


def _positions(source: Source, header: list[str], text: Collection[str]) -> list[int]:
    """Where the columns of text are; the first one always is."""
    for name in text:
        if name not in header:
            raise InputError(
                f"{source.path} has no column {name!r}; its columns are {check.listing(header)}."
                + check.suggest(name, header)
            )
    return sorted({0} | {header.index(name) for name in text})


def _check_length(source: Source, header: list[str], fields: list[str], line: int, last: bool) -> None:
    """A row may be longer than the header if nothing is in it there."""
    if len(fields) < len(header) or any(f.strip() for f in fields[len(header) :]):
        raise InputError(
            f"{source.path}, line {line}: expected {len(header):,} columns as in the header, found {len(fields):,}."
            + (" It is the last line: the file seems truncated." if last else "")
        )


def _numbers(source: Source, header: list[str], fields: list[str], numeric: list[int], line: int) -> list[float]:
    """The numbers of a row, exactly as Python reads them: equal text, equal numbers."""
    try:
        cells = [fields[i] for i in numeric]
        if "_" not in "".join(cells):  # float() takes 1_000
            return list(map(float, cells))
    except ValueError:
        pass
    numbers = []
    for i in numeric:
        cell = fields[i].strip()
        if cell.lower() in delimited.MISSING:
            numbers.append(np.nan)
        elif delimited.NUMBER.fullmatch(cell):
            numbers.append(float(cell))
        else:
            raise delimited.not_a_number(source.path, line, i + 1, header[i], cell)
    return numbers
