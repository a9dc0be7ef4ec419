"""A sum over an h5mu file, in the block in front of its HDF5 that mudata leaves empty: HDF5 itself keeps none."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

USER_BLOCK = 512  # bytes; mudata writes its name and versions into the first of them
AT = 256
MARK = b"csmir sha256 "
LENGTH = 64


def stamp(path: Path) -> None:
    """Note the sum of a file that is written."""
    total = _sum_of(path).encode()
    with open(path, "r+b") as file:
        file.seek(AT)
        file.write(MARK + total)


def unchanged(path: str | os.PathLike[str]) -> bool | None:
    """Whether a file is as it was stamped; None if it never was."""
    with open(path, "rb") as file:
        file.seek(AT)
        mark = file.read(len(MARK) + LENGTH)
    return mark[len(MARK) :] == _sum_of(path).encode() if mark.startswith(MARK) else None


def _sum_of(path: str | os.PathLike[str]) -> str:
    """Of all that comes after the block."""
    total = hashlib.sha256()
    with open(path, "rb") as file:
        file.seek(USER_BLOCK)
        while part := file.read(1 << 22):
            total.update(part)
    return total.hexdigest()
