"""Sums by which damage is found: over the state of a run, and over every file of finished networks."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from csmir.inference.on_disk.block_files import replace

ROOT = "zarr.json"  # metadata of the group that holds it all
FILES, SEAL = "csmir_files", "csmir_seal"  # its attributes: sums of all other files, and of the rest of this one
SUM = "crc32"  # of a file of state

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
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
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


def seal(path: Path, files: Files) -> None:
    """Note all files in the root's metadata, with a sum over these."""
    root = path / ROOT
    content = json.loads(root.read_bytes())
    content["attributes"][FILES] = {name: files[name] for name in sorted(files) if name != ROOT}
    content["attributes"][SEAL] = _sum_of_root(content)
    replace(root, lambda file: file.write(json.dumps(content, indent=2).encode()))


def damage(path: Path, *, everything: bool) -> list[str]:
    """Files of finished networks that are not as they were written; none for those of earlier versions, without sums.

    Chunks of the matrices are read only with `everything`: zarr compares their sums itself whenever it reads them.
    """
    try:
        content = json.loads((path / ROOT).read_bytes())
        attributes = content["attributes"]
        if FILES not in attributes and SEAL not in attributes:
            return []
        if attributes[SEAL] != _sum_of_root(content):
            return [ROOT]
        return damaged(path, attributes[FILES], unread=lambda name: not everything and _checked_by_zarr(name))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [ROOT]


def _sum_of_root(content: Mapping[str, Any]) -> int:
    attributes = {k: v for k, v in content["attributes"].items() if k != SEAL}
    return _sum_of({**content, "attributes": attributes})


def _checked_by_zarr(name: str) -> bool:
    """Whether this is a chunk of the matrices, which are written with a codec that keeps a sum."""
    parts = name.split("/")
    return parts[0] in ("X", "layers") and "c" in parts[2:-1]
