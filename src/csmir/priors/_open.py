"""Open the file of a prior: plain, gzipped or zipped, told apart by content; a DataFrame may stand in for it."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError
from csmir._inflate import bound, bounded, too_much

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
TABLE_ENDINGS = (".txt", ".tsv", ".csv", ".tab", ".gmt")


class Frame(NamedTuple):
    """A table in memory, in the place of a file."""

    frame: pd.DataFrame

    @property
    def name(self) -> str:
        """What messages call it."""
        return "The DataFrame"

    def __str__(self) -> str:
        return self.name


Table = Path | Frame


def existing(path: Any, what: str) -> Any:
    """The path of a file that is there, or an error that says where to get it; a DataFrame as it is."""
    if isinstance(path, Frame):
        return path
    if isinstance(path, pd.DataFrame):
        return Frame(path.set_axis([str(c) for c in path.columns], axis=1))
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"Expected the path of {what}; found {type(path).__name__}.")
    found = Path(path).expanduser()
    check.lasting(found)
    if not found.is_file():
        kind = "is a folder" if found.is_dir() else "does not exist"
        raise InputError(f"{found} {kind}. Expected {what}.")
    if found.stat().st_size == 0:
        raise InputError(f"{found} is empty. Expected {what}.")
    return found


def sha256(path: Path) -> str:
    """Checksum of a file as it lies on disk."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn every way in which a file can be damaged into one error."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as e:
        raise InputError(f"{path} is truncated or damaged ({e}). Download it again.") from e
    except pd.errors.EmptyDataError as e:
        raise InputError(f"{path} holds no table.") from e
    except pd.errors.ParserError as e:
        raise InputError(f"{path} is not a table with the same number of columns in every row: {e}.") from e


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The bytes of a plain, gzipped or zipped file."""
    with path.open("rb") as raw:
        magic = raw.read(4)
        raw.seek(0)
        if magic[:2] == GZIP:
            with gzip.open(raw) as f:
                yield bounded(f, str(path), path.stat().st_size)
        elif magic == ZIP:
            with zipfile.ZipFile(raw) as archive:
                inside = [n for n in archive.namelist() if n.lower().endswith(TABLE_ENDINGS) and "__MACOSX" not in n]
                if len(inside) != 1:
                    raise InputError(
                        f"{path} must hold one table ({', '.join(TABLE_ENDINGS)}); it holds "
                        f"{check.listing(archive.namelist()) or 'nothing'}. Unpack it and name the file."
                    )
                with archive.open(inside[0]) as g:
                    yield bounded(g, str(path), path.stat().st_size)
        else:
            yield raw


def is_excel(path: Path) -> bool:
    """A workbook is a zip with a table of contents."""
    with path.open("rb") as raw:
        if raw.read(4) != ZIP:
            return False
    with reading(path), zipfile.ZipFile(path) as archive:
        found = "[Content_Types].xml" in archive.namelist()
        if found and sum(part.file_size for part in archive.infolist()) > bound(path.stat().st_size):
            raise too_much(str(path), path.stat().st_size)
        return found


def plain(column: str) -> str:
    """A column name without case, blanks and punctuation."""
    return re.sub(r"[^a-z0-9]", "", str(column).lower())
