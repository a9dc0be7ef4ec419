"""Files of public data sets: found in a folder, or downloaded into it, and checked."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger

# the folder where files are looked for and kept
ENV = "CSMIR_DATA_DIR"


def data_folder(folder: str | os.PathLike[str] | None) -> Path:
    """The folder given, that of the environment variable, or the user's cache."""
    import pooch

    return Path(folder or os.environ.get(ENV) or pooch.os_cache("csmir")).expanduser()


def holding(folder: Path, files: Collection[str], subfolders: Sequence[str]) -> Path:
    """The folder itself or the subfolder that has most of the files; the folder if none is anywhere."""
    return max((folder / s for s in ("", *subfolders)), key=lambda place: sum((place / f).is_file() for f in files))


def fetch(
    name: str,
    files: Mapping[str, str],
    urls: Mapping[str, str],
    folder: str | os.PathLike[str] | None,
    *,
    subfolders: Sequence[str] = (),
) -> list[Path]:
    """Paths of the files (name -> sha256), after download where they are missing.

    They are looked for in the folder and in these subfolders of it.

    Raises
    ------
    InputError
        A file has other content than was published, or it is missing and cannot be downloaded: the message says which
        files to put where.
    """
    import pooch

    where = holding(data_folder(folder), files, subfolders)
    for file, sha256 in files.items():
        if (where / file).is_file() and pooch.file_hash(str(where / file)) != sha256:
            raise InputError(
                f"{str(where / file)!r} is not the file that {name} published (expected sha256 {sha256}, found "
                f"{pooch.file_hash(str(where / file))}): truncated or edited. Remove it, and it is downloaded again."
            )
    missing = [file for file in files if not (where / file).is_file()]
    if missing:
        logger.info("downloading %s into %s", ", ".join(missing), where)
        inside = f" (or to one that has them in {' or '.join(map(repr, subfolders))})" if subfolders else ""
        _download(name, missing, files, urls, where, inside)
    return [where / file for file in files]


def _download(
    name: str, missing: list[str], files: Mapping[str, str], urls: Mapping[str, str], where: Path, inside: str
) -> None:
    import pooch
    from requests.exceptions import RequestException

    store = pooch.create(path=where, base_url="", registry=dict(files), urls=dict(urls))
    try:
        for file in missing:
            store.fetch(file)
    except (RequestException, OSError, ValueError) as e:  # no connection; no room or no right to write; other content
        raise InputError(
            f"{name} cannot be downloaded ({type(e).__name__}). Put the files {check.listing(files)} into "
            f"{str(where)!r}, or set {ENV} to the folder that holds them{inside}. They are at "
            f"{' and '.join(urls[file] for file in missing)}"
        ) from e
