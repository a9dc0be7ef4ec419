"""Bytes on disk to clean lines of text, and to rows of names; anything else is named."""

from __future__ import annotations

import csv
import gzip
import io
import os
from pathlib import Path
from typing import NamedTuple

from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.opened import GZIP, ZIP, reading
from csmir._inflate import bounded

HDF5 = b"\x89HDF\r\n\x1a\n"
MUDATA = b"MuData (format-version"  # mudata writes this before the HDF5 signature

# what people hand in by mistake, by the first bytes
OTHER_FORMATS = {
    ZIP: "a zip archive or an Excel workbook; unpack it, or save the sheet as csv",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as csv",
    b"BZh": "compressed with bzip2; decompress it first",
    b"\xfd7zXZ": "compressed with xz; decompress it first",
    b"\x28\xb5\x2f\xfd": "compressed with zstd; decompress it first",
    b"%PDF": "a PDF document",
    b"RDX": "an R data file; read it with cs.io.read(path)",
    b"X\n\x00": "an R data file; read it with cs.io.read(path)",
    b"<!DOCTYPE": "a web page; was the download successful?",
    b"<html": "a web page; was the download successful?",
}


class Source(NamedTuple):
    """A text file: its path as the user gave it, and its lines without their endings."""

    path: str
    lines: list[str]


def existing_file(path: str | os.PathLike[str]) -> Path:
    """The path of a file that is there, or an error that names the nearest one."""
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"Expected the path of a file; found {type(path).__name__}.")
    found = check.path("path", path)
    if found.is_dir():
        raise InputError(f"Expected a file; {str(path)!r} is a folder. Give the path of a file in it.")
    if not found.exists():
        near = [p.name for p in found.parent.iterdir()] if found.parent.is_dir() else []
        raise InputError(f"There is no file {str(path)!r}.{check.suggest(found.name, near)}")
    check.lasting(found)
    return found


def first_bytes(path: str | os.PathLike[str], n: int = 1024) -> bytes:
    """The beginning of a file."""
    try:
        with open(existing_file(path), "rb") as f:
            return f.read(n)
    except OSError as e:
        raise InputError(f"{path} cannot be read: {e.strerror}.") from None


def is_hdf5(path: str | os.PathLike[str]) -> bool:
    """Whether a file is HDF5, or claims to be a MuData."""
    head = first_bytes(path)
    return head.startswith((HDF5, MUDATA)) or head[512:520] == HDF5


def load(path: str | os.PathLike[str]) -> Source:
    """Read a text file, plain or gzipped."""
    found = existing_file(path)
    try:
        raw = found.read_bytes()
    except OSError as e:
        raise InputError(f"{path} cannot be read: {e.strerror}.") from None
    if raw.startswith(GZIP):
        with reading(found), gzip.open(io.BytesIO(raw)) as f:
            raw = bounded(f, str(path), len(raw)).read()
    if not raw.strip():
        raise InputError(f"{path} is empty. Expected a table of cells and features.")
    for magic, name in OTHER_FORMATS.items():
        if raw[: len(magic)].lower() == magic.lower():
            raise InputError(f"{path} is not a text table: it is {name}.")
    if raw.startswith((HDF5, MUDATA)):
        raise InputError(
            f"{path} is not a text table: it is an HDF5 file. Read .h5ad and .h5mu files with cs.io.read(path)."
        )
    text = _decode(raw, str(path)).replace("\r\n", "\n").replace("\r", "\n")
    return Source(str(path), text.split("\n"))


def name_rows(source: Source) -> list[list[str]]:
    """The fields of a small table of names, row by row; blank lines and comments aside.

    Tabs separate them before commas, and semicolons where there are neither.
    """
    lines = [line for line in source.lines if line.strip() and not line.startswith("#")]
    sep = next((sep for sep in "\t,;" if lines and sep in lines[0]), ",")
    return [[field.strip() for field in row] for row in csv.reader(lines, delimiter=sep)]


def _decode(raw: bytes, path: str) -> str:
    encoding = "utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    compressed = " Its name says it is gzipped: it may be corrupted." if path.lower().endswith(".gz") else ""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as e:
        line = raw.count(b"\n", 0, e.start) + 1
        raise InputError(
            f"{path}, line {line}: expected UTF-8 text, found the byte 0x{raw[e.start]:02x}.{compressed} "
            "Save the table as UTF-8, or check that it is a text file."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{path}, line {line}: expected text, found binary data.{compressed}")
    return text
