"""A last resort for compiled functions: a private folder of the user's among the temporary files."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import tempfile
from functools import cache
from pathlib import Path

KERNELS = Path(__file__).resolve().parent
# kept in the same way, where steps ask scanpy or decoupler
THEIRS = {"scanpy", "decoupler", "fast_array_utils", "umap", "pynndescent"}
NOWHERE = (
    "The compiled functions of csmir can be kept nowhere: neither beside the package, nor in the user's cache folder, "
    "nor among the temporary files. Name a folder that can be written to: NUMBA_CACHE_DIR=/path or TMPDIR=/path."
)


def offer_a_folder() -> None:
    """Let numba fall back on `folder` for the functions of this package and of those behind it, and of no other."""
    from numba.core import caching

    # numba 0.61 has it under a private name
    of_the_user = getattr(caching, "UserWideCacheLocator", None) or caching._UserWideCacheLocator

    class Temporary(of_the_user):  # type: ignore[misc, valid-type]
        def __init__(self, py_func, py_file):
            self._py_file, self._lineno = py_file, py_func.__code__.co_firstlineno
            self._cache_path = os.path.join(folder(), self.get_suitable_cache_subpath(py_file))

        @classmethod
        def from_function(cls, py_func, py_file):
            place = Path(py_file).resolve().parent
            return super().from_function(py_func, py_file) if place == KERNELS or THEIRS & {*place.parts} else None

    caching.CacheImpl._locator_classes = [*caching.CacheImpl._locator_classes, Temporary]


@cache
def folder() -> str:
    """A folder that nobody else can write to: what is read from it is run."""
    try:
        base = Path(tempfile.gettempdir())
    except FileNotFoundError:
        raise RuntimeError(NOWHERE) from None
    if hasattr(os, "getuid"):
        shared = base / f"csmir-numba-{os.getuid()}"
        try:
            shared.mkdir(mode=0o700, exist_ok=True)
            found = shared.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
                return str(shared)
        except OSError:
            pass
    own = tempfile.mkdtemp(prefix="csmir-numba-")  # for this process alone
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    return own
