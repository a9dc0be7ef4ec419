"""Folders that results are written into before they are whole: held by their call, cleared away when it died.

A staging folder is locked for as long as its call lives; the system lets go of the lock however the call ends. The name
says on which machine that was, since a lock need not reach further. Where a disk knows no locks, as on Windows, it says
none, and what is left stays.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import uuid
import zlib
from contextlib import suppress
from pathlib import Path

from csmir._log import logger

# Staging folders carry this prefix, and an interrupted one never counts as content.
PARTIAL = ".csmir-partial-"
# Lists what csmir wrote, so that overwriting never removes anything else; the last of the results to be put in place.
MANIFEST = ".csmir-files"
# Inside a staging folder: what is being replaced, until all new results are in place.
REPLACED = PARTIAL + "replaced"


class Staging:
    """A new staging folder in `parent`, and its lock."""

    def __init__(self, parent: Path) -> None:
        self.path = parent / (PARTIAL + uuid.uuid4().hex[:8])
        self.path.mkdir(parents=True)  # by the user's umask: tempfile would make it private
        self._lock = _lock(self.path)
        if self._lock is not None:  # only now: a folder of that name is one to clear away where nobody holds it
            self.path = self.path.rename(self.path.with_name(f"{self.path.name}-{_machine()}"))

    def release(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def clear_left_overs(target: Path) -> None:
    """Remove the staging folders of dead calls in `target` and beside it, and undo replacing that was cut short."""
    for parent in (target, target.parent):
        with suppress(OSError):  # what cannot be looked into is said by who wants to write there
            for folder in sorted(parent.glob(PARTIAL + "*")):
                _clear_left_over(folder, parent)


def _clear_left_over(folder: Path, parent: Path) -> None:
    named = re.fullmatch(re.escape(PARTIAL) + r"[0-9a-f]{8}(-[0-9a-f]{8})?", folder.name)
    if not named or folder.is_symlink() or not folder.is_dir():
        return
    if named[1] != f"-{_machine()}":
        logger.info("%s: of a call that may be at work, perhaps on another machine; if none is, delete it", folder)
        return
    lock = _lock(folder)
    if lock is None:
        return  # at work
    try:
        if folder.stat().st_uid != os.geteuid():
            return
        if (folder / MANIFEST).exists():
            _put_back(folder, parent)
            logger.warning("%s: finished results, which a call could not put in place; take or delete them", folder)
        else:
            shutil.rmtree(folder)
            logger.info("removed %s, which a call that was killed had left", folder)
    finally:
        os.close(lock)


def _put_back(staging: Path, target: Path) -> None:
    """Undo what a call had done that was killed as it replaced old results by new ones."""
    old = staging / REPLACED
    if not old.is_dir():
        return
    new = {name.split("/")[0] for name in (staging / MANIFEST).read_text(encoding="utf-8").splitlines()}
    for name in new:
        if not (staging / name).exists() and (target / name).exists():
            (target / name).rename(staging / name)
    for entry in list(old.iterdir()):
        entry.rename(target / entry.name)
    old.rmdir()


def _machine() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the folder, or None where somebody else does, or the system cannot."""
    try:
        import fcntl

        descriptor = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
