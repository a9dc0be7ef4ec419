"""Read named columns of a table: plain, gzipped, zipped or Excel, told apart by content and not by file name."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
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


def read_columns(
    path: Table, wanted: Mapping[str, Sequence[str]], optional: Mapping[str, Sequence[str]] | None = None, *, what: str
) -> pd.DataFrame:
    """Columns of a table as text, under our names.

    `wanted` and `optional` map our name to the names that releases have used; case, blanks and punctuation do not
    count. Names such as NA stay text, blanks around it go, and an empty cell is "".
    """
    from csmir.priors import _text

    frame = path.frame if isinstance(path, Frame) else _excel(path) if is_excel(path) else None
    header = list(frame.columns) if frame is not None else _text.header(path).names  # type: ignore[arg-type]
    names = pick(header, wanted, optional or {}, path=path, what=what)
    if frame is None:
        frame = _text.columns(path, list(names))  # type: ignore[arg-type]
    frame = frame[list(names)].rename(columns=names)
    if frame.empty:
        raise InputError(f"{path} has no rows under its header. Is it truncated? Expected {what}.")
    return stripped(frame)


def column_names(path: Table) -> list[str]:
    """The header of a table."""
    from csmir.priors import _text

    if isinstance(path, Frame):
        return list(path.frame.columns)
    return list(_excel(path).columns) if is_excel(path) else _text.header(path).names


def pick(
    header: Sequence[str],
    wanted: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]],
    *,
    path: Any,
    what: str,
) -> dict[str, str]:
    """Their column name -> our column name."""
    known: dict[str, str] = {}
    for column in header:
        known.setdefault(plain(column), column)
    names: dict[str, str] = {}
    missing: list[str] = []
    for ours, theirs in [*wanted.items(), *optional.items()]:
        found = next((known[plain(t)] for t in theirs if plain(t) in known), None)
        if found is not None:
            check.only_one(path, header, found)
            names[found] = ours
        elif ours in wanted:
            missing.append(theirs[0])
    if missing:
        raise InputError(
            f"{path} does not look like {what}: it lacks the column{'s' * (len(missing) > 1)} "
            f"{check.listing(missing, 8)}; it has {check.listing(header, 8)}. For any other table use "
            "cs.priors.read_table(path, source=..., target=...)."
        )
    return names


def each(values: pd.Series, change: Callable[[str], str]) -> np.ndarray:
    """Text, changed word by word: a column has few different ones. Missing values are ""."""
    code, unique = pd.factorize(values)
    return np.array([*(change(str(u)) for u in unique), ""], dtype=object)[code]  # a missing value has code -1


def stripped(frame: pd.DataFrame) -> pd.DataFrame:
    """All columns as text without blanks around it."""
    return pd.DataFrame({c: each(frame[c], str.strip) for c in frame.columns}, index=frame.index)


def plain(column: str) -> str:
    """A column name without case, blanks and punctuation."""
    return re.sub(r"[^a-z0-9]", "", str(column).lower())


def _excel(path: Path) -> pd.DataFrame:
    try:
        with reading(path):
            return pd.read_excel(path, dtype=str, keep_default_na=False)
    except ImportError as e:
        raise InputError(
            f"{path} is an Excel workbook and openpyxl is not installed: pip install 'csmir[excel]'."
        ) from e
    except (KeyError, ValueError) as e:
        raise InputError(f"{path} is not a readable Excel workbook ({e}). Save it again, or export it as csv.") from e
