"""An output folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.staging import MANIFEST, PARTIAL, REPLACED, Staging, clear_left_overs
from csmir._log import logger

# Marks first results of a call that was to add more: the next call may replace them.
UNFINISHED = ".csmir-unfinished"


@contextmanager
def new_folder(path: str | os.PathLike[str], overwrite: bool = False, *, finished: bool = True) -> Iterator[Path]:
    """Yield an empty staging folder whose content becomes `path` when the block ends without an error.

    On any error, and on KeyboardInterrupt, the staging folder is removed and `path` stays as it was. A new `path`
    appears by one rename. An existing folder keeps its identity (it may be a mount point or the working directory):
    the staging folder lies inside it and its content is moved up. What calls that were killed left is removed.

    Parameters
    ----------
    path
        The folder to fill. Missing parents are made. It may exist and be empty.
    overwrite
        Replace the results of an earlier call. Only files that csmir wrote are removed: a folder that holds anything
        else is refused.
    finished
        False for first results, which another call may replace without `overwrite`.

    Raises
    ------
    InputError
        The folder already holds results and `overwrite` is False, holds files of somebody else, or cannot be written.
    """
    if isinstance(path, str) and not path:
        raise InputError("The output folder has no name. Give a path, such as 'results'.")
    target = check.path("folder", path).resolve()
    clear_left_overs(target)
    _check_free(target, overwrite)
    staging, made = _make_staging(target)
    folder = staging.path
    try:
        try:
            yield folder
            if not finished:
                (folder / UNFINISHED).touch()
            (folder / MANIFEST).write_text("".join(f"{name}\n" for name in _content(folder)), encoding="utf-8")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            for parent in made:
                with suppress(OSError):  # somebody filled it in the meantime
                    parent.rmdir()
            raise
        _move_into_place(folder, target, overwrite)
    finally:
        staging.release()


def _content(folder: Path) -> list[str]:
    """Relative paths of all files in a folder, and of folders without files; staging folders do not count."""
    found = []
    for parent, folders, files in os.walk(folder):
        if Path(parent) == folder:
            folders[:] = [f for f in folders if not f.startswith(PARTIAL)]
        if not folders and not files and Path(parent) != folder:
            found.append(Path(parent).relative_to(folder).as_posix())
        found += [(Path(parent) / f).relative_to(folder).as_posix() for f in files]
    return sorted(found)


def _check_free(target: Path, overwrite: bool) -> None:
    try:
        if target.exists() and not target.is_dir():
            raise InputError(f"Expected an output folder; {str(target)!r} is a file. Choose another path.")
        content = _content(target) if target.exists() else []
    except OSError as e:
        raise InputError(
            f"Cannot look into the output folder {str(target)!r}: {e.strerror}. Choose another path."
        ) from None
    if not content:
        return
    manifest = target / MANIFEST
    ours = {MANIFEST}
    if manifest.is_file():
        ours.update(manifest.read_text(encoding="utf-8").splitlines())
    foreign = [name for name in content if name not in ours]
    if foreign:
        raise InputError(
            f"The output folder {str(target)!r} already holds files that csmir did not write there: "
            f"{check.listing(foreign)}. They are not overwritten: choose a new folder, or move them away."
        )
    if not overwrite and UNFINISHED not in content:
        raise InputError(
            f"The output folder {str(target)!r} already holds results ({len(content):,} files). Choose a new "
            "folder, or allow them to be replaced with overwrite=True (--overwrite on the command line)."
        )


def _make_staging(target: Path) -> tuple[Staging, list[Path]]:
    """The staging folder, and the parents made for it, innermost first."""
    parent = target if target.is_dir() else target.parent
    made = [p for p in (parent, *parent.parents) if not p.exists()]
    try:
        return Staging(parent), made
    except OSError as e:
        raise InputError(
            f"Cannot write the output folder {str(target)!r}: {e.strerror}. Choose another path."
        ) from None


def _move_into_place(staging: Path, target: Path, overwrite: bool) -> None:
    try:
        _check_free(target, overwrite)  # somebody may have filled it in the meantime
        if target.exists():
            _replace_content(staging, target)
        else:
            staging.rename(target)
    except (InputError, OSError) as e:
        raise InputError(f"{e} The finished results are left in {str(staging)!r}.") from None
    if not any(part.startswith(PARTIAL) for part in target.parts):  # a folder inside one that is still to appear
        logger.info("wrote %s", target)


def _replace_content(staging: Path, target: Path) -> None:
    """Move the old entries out and the new ones up, or nothing at all; the list of files at the very end."""
    old = staging / REPLACED
    moves = [(e, old / e.name) for e in target.iterdir() if not e.name.startswith(PARTIAL)]
    moves += [(e, target / e.name) for e in sorted(staging.iterdir(), key=lambda e: e.name == MANIFEST)]
    old.mkdir()
    done: list[tuple[Path, Path]] = []
    try:
        for source, destination in moves:
            source.rename(destination)
            done.append((source, destination))
    except BaseException:
        for source, destination in reversed(done):
            destination.rename(source)
        old.rmdir()
        raise
    shutil.rmtree(staging, ignore_errors=True)
