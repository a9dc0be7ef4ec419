"""Lines of delimited text, field by field, and the block of numbers under a header."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.source import Source
from csmir._log import logger

# whatever the case of the letters
MISSING = frozenset(("", "na", "<na>", "n/a", "#n/a", "nan", "null", "none"))
NUMBER = re.compile(r"\s*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf|infinity)\s*", re.IGNORECASE)
SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons"}
# numbers of a semicolon-separated table
WITH_COMMA = re.compile(r';"?\s*[+-]?\d+,(\d+)(?:[eE][+-]?\d+)?\s*"?(?=;|$)')
WITH_POINT = re.compile(r';"?\s*[+-]?\d*\.\d+(?:[eE][+-]?\d+)?\s*"?(?=;|$)')


class Record(NamedTuple):
    """One row of the text."""

    line: int  # where it starts, counted from 1 at the header
    fields: list[str]


def records(lines: list[str], sep: str, quoted: bool, path: str) -> Iterator[Record]:
    """The records of some lines; a quoted field may hold the separator or a line ending."""
    if not quoted:
        for i, line in enumerate(lines, start=1):
            yield Record(i, line.split(sep))
        return
    reader = csv.reader((line + "\n" for line in lines), delimiter=sep)
    start = 1
    try:
        for fields in reader:
            yield Record(start, fields)
            start = reader.line_num + 1
    except csv.Error as e:
        raise InputError(
            f"{path}: the row {start - 1:,} lines after the header cannot be read ({e}). Is a quote left open?"
        ) from None


def first_line(source: Source) -> int:
    """The line of the header, counted from 1, after empty lines and comments (`# made by ...`)."""
    for i, line in enumerate(source.lines, start=1):
        if line.strip() and not line.startswith(("# ", "##")):
            return i
    raise InputError(f"{source.path} holds comments only. Expected a table of cells and features.")


def sniff_separator(source: Source, line: int) -> str:
    """The separator of the header: a tab if there is one, else a comma, else a semicolon."""
    header = source.lines[line - 1]
    for sep in SEPARATORS:
        if sep in header:
            return sep
    raise InputError(
        f"{source.path}, line {line}: expected names separated by tabs, commas or semicolons, found "
        f"{header[:60]!r}. Is there a header line? Name another separator with `sep=`."
    )


def decimal_commas(source: Source, lines: list[str], sep: str) -> bool:
    """Whether the numbers of a semicolon-separated table are written as in 0,5.

    1,234 may be a thousand, so at least one number must have another count of digits behind its comma, and none a
    point.
    """
    found = [match for line in lines for match in WITH_COMMA.finditer(line)] if sep == ";" else []
    if all(len(match[1]) == 3 for match in found):
        return False
    mixed = next((match[0] for line in lines if (match := WITH_POINT.search(line))), None)
    if mixed is not None:
        raise InputError(
            f"{source.path} writes numbers with decimal commas ({found[0][0][1:]!r}) and with points "
            f"({mixed[1:]!r}). Write all of them with points."
        )
    logger.warning("%s: %d numbers have a decimal comma, which was read as a point", source.path, len(found))
    return True


def is_fraction(name: str) -> bool:
    """Whether a name is a number, but not a plain count such as a cell's number."""
    return bool(NUMBER.fullmatch(name)) and not re.fullmatch(r"\s*\d+\s*", name)


def not_a_number(path: str, line: int, column: int, name: str, value: str) -> InputError:
    """The error for a text cell; line and column count from 1."""
    if re.fullmatch(r"[+-]?\d+,\d+", value):
        hint = (
            "Decimal commas are not read here (in tables separated by semicolons they are, unless they may be "
            "thousands): write 0.5, not 0,5."
        )
    else:
        hint = (
            "Write missing values as NA or leave them empty; a column of text is kept if it is named: "
            "cs.io.read_table(path, annotations=[...])."
        )
    return InputError(f"{path}, line {line}, column {column} ({name!r}): expected a number, found {value!r}. {hint}")


def header_fields(source: Source, record: Record, line: int) -> list[str]:
    """Names of the columns, without empty ones at the end."""
    header = [f.strip() for f in record.fields]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise InputError(f"{source.path}, line {line}: expected a header with the names of the columns, found nothing.")
    blank = [i for i, name in enumerate(header) if not name and i > 0]
    if blank:
        raise InputError(
            f"{source.path}, line {line}, column {blank[0] + 1}: expected the name of a column, found nothing."
        )
    if len(header) > 2 and all(is_fraction(name) for name in header[1:]):
        raise InputError(
            f"{source.path}, line {line}: expected names of columns, found numbers such as "
            f"{check.listing(header[1:], 3)}. Give the table a header line."
        )
    return header
