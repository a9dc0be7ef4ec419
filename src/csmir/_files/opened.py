"""Files opened whatever they are packed in: plain, gzipped, zipped or a workbook, told apart by content."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError
from csmir._inflate import bound, bounded, too_much

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
TABLE_ENDINGS = (".txt", ".tsv", ".csv", ".tab", ".gmt")


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
        raise InputError(f"{path} is truncated or damaged ({e}). Download or copy it again.") from e
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
