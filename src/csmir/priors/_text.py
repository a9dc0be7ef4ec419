"""Named columns of a delimited text: separator, encoding, comments, row names of R, and headers that are not there."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import pandas as pd

from csmir._errors import InputError
from csmir._files.opened import opened, reading
from csmir._log import logger
from csmir._names import forms
from csmir.priors._headings import SOURCES, TARGETS
from csmir.priors._open import plain

# names of the columns of files that official sources give out without a header
MIRDB = ["miRNA", "RefSeq", "Target Score"]
# lines that are searched for a header
PREFACE = 30


class Header(NamedTuple):
    """The names of the columns, and how the text under them is to be read."""

    names: list[str]
    sep: str
    skip: int  # lines before the header, or before the rows where there is none
    encoding: str
    there: bool = True  # whether the file has one


def header(path: Path) -> Header:
    """Column names, separator, number of lines before them, and encoding."""
    with reading(path), opened(path) as f:
        skip, comment = 0, b""
        raw = f.readline()
        while raw.startswith(b"#") or (raw and not raw.strip()):
            skip, comment = skip + 1, raw if raw.strip() else comment
            raw = f.readline()
    if not raw and comment and b"\t" in comment:
        raise InputError(f"{path} has no rows under its header. Is it truncated?")
    if not raw:
        raise InputError(f"{path} holds no table.")
    if b"\0" in raw:
        raise InputError(f"{path} is not a text table. Expected tab- or comma-separated text, gzip, zip or xlsx.")
    encoding = "utf-8-sig"
    try:
        line = raw.decode(encoding)
    except UnicodeDecodeError:
        encoding = "latin-1"
        line = raw.decode(encoding)
    sep = _separator(line)
    names = _fields(line, sep)
    if not _known(names):
        later = _later_header(path, skip, encoding)
        if later is not None:
            return later
    if not holds_mirna(names):
        return Header(names, sep, skip, encoding)
    above = _fields(comment.decode(encoding, errors="replace").lstrip("#"), sep)
    if len(above) == len(names) > 1 and not holds_mirna(above):  # `#miRNA<TAB>Target`
        return Header([name.strip() for name in above], sep, skip - 1, encoding)
    return Header(_without_header(path, names), sep, skip, encoding, there=False)


def _known(names: Sequence[str]) -> bool:
    """Whether a line names a column of miRNAs and one of genes."""
    there = {plain(n) for n in names}
    return all(any(plain(n) in there for n in usual) for usual in (SOURCES, TARGETS))


def _later_header(path: Path, skip: int, encoding: str) -> Header | None:
    """A header below lines about the download (`Generated at: ...`), as portals write them."""
    with reading(path), opened(path) as f:
        lines = [f.readline().decode(encoding, errors="replace") for _ in range(skip + PREFACE)]
    for at, line in enumerate(lines[skip + 1 :], start=skip + 1):
        sep = _separator(line)
        names = _fields(line, sep)
        if len(names) > 1 and _known(names) and not holds_mirna(names):
            return Header(names, sep, at, encoding)
    return None


def _separator(line: str) -> str:
    """Tabs before commas and semicolons, and blanks (R's own way to write) where there are none of them."""
    if "\t" in line:
        return "\t"
    best = max(",;", key=line.count)
    return best if best in line or " " not in line.strip() else " "


def _fields(line: str, sep: str) -> list[str]:
    return next(csv.reader([line.strip("\r\n")], delimiter=sep), [])


def holds_mirna(fields: Sequence[str]) -> bool:
    """Whether a field is a miRNA's name, so that the line is not a header."""
    return any(not f.isalpha() and "-" in f and forms.form(f) is not None for f in fields)


def _without_header(path: Path, first: list[str]) -> list[str]:
    """Names for the columns of a file that has none, if it is miRDB's."""
    refseq = len(first) == 3 and plain(first[1])[:2] in {"nm", "xm", "nr"}
    if refseq and forms.form(first[0]) is not None:
        logger.warning(
            "%s has no header and was read as miRDB's: miRNA, RefSeq transcript, score. Relate transcripts to symbols "
            "with a mapping",
            path.name,
        )
        return MIRDB
    raise InputError(
        f"{path} has no header: its first line holds data ({', '.join(first[:3])}). Write the names of the columns on "
        "a line above it, such as miRNA and gene."
    )


def columns(path: Path, wanted: list[str], row_names: bool) -> pd.DataFrame:
    """Some columns as text."""
    found = header(path)
    frame = _numbered(path, found, [found.names.index(c) for c in wanted])
    last = str(len(found.names))
    if row_names and (frame[last].fillna("") != "").mean() > 0.5:
        # R writes no name for the row names: everything is a column further
        moved = found._replace(names=["", *found.names])
        frame = _numbered(path, moved, [moved.names.index(c) for c in wanted])
        found = moved
    frame = _without_long_rows(frame, len(found.names), path, found.skip + 2)
    return frame[[str(found.names.index(c)) for c in wanted]].set_axis(wanted, axis=1)


def _numbered(path: Path, found: Header, at: list[int]) -> pd.DataFrame:
    """Columns by their numbers, and one more than there should be, to see rows that are too long."""

    def read(encoding: str) -> pd.DataFrame:
        with reading(path), opened(path) as f, io.TextIOWrapper(f, encoding=encoding, newline="") as text:
            for _ in range(found.skip):
                text.readline()
            line = text.readline() if found.there else ""
            # A lone quotation mark in a tab-separated release must not swallow the rows up to the next one.
            quoting: Literal[0, 3] = 3 if found.sep == "\t" and '"' not in line else 0  # csv.QUOTE_NONE, QUOTE_MINIMAL
            numbered = _Renamed(text, found.sep.join(map(str, range(len(found.names) + 1))) + "\n")
            used = [str(i) for i in (*at, len(found.names))]
            return pd.read_csv(
                numbered, sep=found.sep, usecols=used, dtype=str, keep_default_na=False, quoting=quoting,
                index_col=False,
            )  # fmt: skip

    try:
        return read(found.encoding)
    except UnicodeDecodeError:
        logger.info("%s is not UTF-8; read as Latin-1", path.name)
        return read("latin-1")


class _Renamed(io.TextIOBase):
    """A text stream after its header, with another header put before it."""

    def __init__(self, text: io.TextIOBase, header: str) -> None:
        self.text, self.header = text, header

    def read(self, size: int | None = -1) -> str:
        first, self.header = self.header, ""
        return first or self.text.read(size)


def _without_long_rows(frame: pd.DataFrame, n: int, path: Path, first_line: int) -> pd.DataFrame:
    """Rows with more fields than the header has names are left out with a warning."""
    long = (frame[str(n)].fillna("") != "").to_numpy()
    if not long.any():
        return frame
    if long.mean() > 0.5:
        raise InputError(
            f"{path}: {int(long.sum()):,} of {len(frame):,} rows have more fields than the header has names ({n}). "
            "Was it written by R with row names? Write it again with row.names = FALSE, or name the first column too."
        )
    logger.warning(
        "%s: %s of %s rows left out because they have more fields than the header (the first is line %s or later)",
        *(path.name, f"{int(long.sum()):,}", f"{len(frame):,}", f"{first_line + int(long.argmax()):,}"),
    )
    return frame[~long]
