"""Finished networks carry the sum of every file; a missing or damaged one is named when they are opened."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

from csmir.inference.on_disk.block_files import replace
from csmir.inference.on_disk.sums import Files, damaged

ROOT = "zarr.json"  # metadata of the group that holds it all
FILES, SEAL = "csmir_files", "csmir_seal"  # its attributes: sums of all other files, and of the rest of this one


def seal(path: Path, files: Files) -> None:
    """Note all files in the root's metadata, with a sum over these."""
    root = path / ROOT
    content = json.loads(root.read_bytes())
    content["attributes"][FILES] = {name: files[name] for name in sorted(files) if name != ROOT}
    content["attributes"][SEAL] = _sum_of(content)
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
        if attributes[SEAL] != _sum_of(content):
            return [ROOT]
        return damaged(path, attributes[FILES], unread=lambda name: not everything and _checked_by_zarr(name))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [ROOT]


def _sum_of(content: dict[str, Any]) -> int:
    attributes = {k: v for k, v in content["attributes"].items() if k != SEAL}
    return zlib.crc32(json.dumps({**content, "attributes": attributes}, sort_keys=True).encode())


def _checked_by_zarr(name: str) -> bool:
    """Whether this is a chunk of the matrices, which are written with a codec that keeps a sum."""
    parts = name.split("/")
    return parts[0] in ("X", "layers") and "c" in parts[2:-1]
