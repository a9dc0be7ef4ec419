"""What stands for the file of a prior: a path, or a DataFrame; and how names of columns are compared."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError


class Frame(NamedTuple):
    """A table in memory, in the place of a file."""

    frame: pd.DataFrame

    @property
    def name(self) -> str:
        """What messages call it."""
        return "The DataFrame"

    def __str__(self) -> str:
        return self.name


Table = Path | Frame


def existing(path: Any, what: str) -> Any:
    """The path of a file that is there, or an error that says where to get it; a DataFrame as it is."""
    if isinstance(path, Frame):
        return path
    if isinstance(path, pd.DataFrame):
        return Frame(path.set_axis([str(c) for c in path.columns], axis=1))
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"Expected the path of {what}; found {type(path).__name__}.")
    found = check.path("path", path)
    check.lasting(found)
    if not found.is_file():
        kind = "is a folder" if found.is_dir() else "does not exist"
        raise InputError(f"{found} {kind}. Expected {what}.")
    if found.stat().st_size == 0:
        raise InputError(f"{found} is empty. Expected {what}.")
    return found


def plain(column: str) -> str:
    """A column name without case, blanks and punctuation."""
    return re.sub(r"[^a-z0-9]", "", str(column).lower())
