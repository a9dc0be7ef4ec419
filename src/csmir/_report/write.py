"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from csmir import _validate as check
from csmir._errors import InputError


def check_target(path: str | os.PathLike[str], *, overwrite: bool, suffixes: tuple[str, ...]) -> Path:
    """Where to write, if that can be written; said before the work."""
    target = check.path("path", path)
    if target.suffix.lower() not in suffixes:
        raise InputError(f"The report is a file that ends in {' or '.join(suffixes)}; found {os.fspath(path)!r}.")
    if target.is_dir():
        raise InputError(f"{os.fspath(path)!r} is a folder. Name a file in it, such as report.html.")
    if target.exists() and not overwrite:
        raise InputError(
            f"{os.fspath(path)!r} exists. Choose another name, or allow it to be replaced with overwrite=True "
            "(--overwrite on the command line)."
        )
    if not target.parent.is_dir():
        raise InputError(f"The folder {os.fspath(target.parent)!r} does not exist. Make it first.")
    return target


def write_whole(text: str, target: Path) -> None:
    """Write beside the target, then rename."""
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(target)
    except OSError as e:
        part.unlink(missing_ok=True)
        raise InputError(f"Cannot write {os.fspath(target)!r}: {e.strerror}. Choose another path.") from None
