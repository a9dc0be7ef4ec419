"""Sums over the files of a run, by which damage is found: of its state, and of the networks when they are finished."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

SUM = "crc32"

Files = dict[str, list[int]]  # path inside the folder -> size and sum


class Damaged(ValueError):
    """A file is not as it was written."""


def sealed(content: Mapping[str, Any]) -> bytes:
    """JSON with a sum over what it says."""
    return json.dumps({**content, SUM: _sum_of(content)}, indent=1, sort_keys=True).encode()


def opened(text: bytes) -> dict[str, Any]:
    """What `sealed` wrote, or `Damaged`."""
    try:
        content = json.loads(text)
        if content.pop(SUM) == _sum_of(content):
            return content
    except (ValueError, KeyError, AttributeError, TypeError):
        pass
    raise Damaged


def files_of(folder: Path, paths: Iterable[Path]) -> Files:
    """Size and sum of files."""
    return {path.relative_to(folder).as_posix(): [path.stat().st_size, _sum_of_file(path)] for path in paths}


def damaged(folder: Path, files: Files, *, unread: Callable[[str], bool] = lambda name: False) -> list[str]:
    """Which files are missing or changed; of those to leave `unread` only the size is compared."""
    found = []
    for name, (size, total) in files.items():
        path = folder / name
        there = os.path.getsize(path) if path.is_file() else None
        if there != size or (not unread(name) and _sum_of_file(path) != total):
            found.append(name)
    return found


def _sum_of(content: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps(content, sort_keys=True).encode())


def _sum_of_file(path: Path) -> int:
    total = 0
    with open(path, "rb") as file:
        while part := file.read(1 << 22):
            total = zlib.crc32(part, total)
    return total
