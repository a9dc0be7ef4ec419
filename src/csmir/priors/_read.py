"""Read named columns of a table: plain, gzipped, zipped or Excel, told apart by content and not by file name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.opened import is_excel, reading
from csmir.priors import _text
from csmir.priors._open import Frame, Table, plain


def read_columns(
    path: Table,
    wanted: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]] | None = None,
    *,
    what: str,
    row_names: bool = True,
) -> pd.DataFrame:
    """Columns of a table as text, under our names.

    `wanted` and `optional` map our name to the names that releases have used; case, blanks and punctuation do not
    count. Names such as NA stay text, blanks around it go, and an empty cell is "". With
    `row_names`, rows may have one field more than the header, as R writes them.
    """
    frame = path.frame if isinstance(path, Frame) else _excel(path) if is_excel(path) else None
    header = list(frame.columns) if frame is not None else _text.header(path).names  # type: ignore[arg-type]
    names = pick(header, wanted, optional or {}, path=path, what=what)
    if frame is None:
        frame = _text.columns(path, list(names), row_names)  # type: ignore[arg-type]
    frame = frame[list(names)].rename(columns=names)
    if frame.empty:
        raise InputError(f"{path} has no rows under its header. Is it truncated? Expected {what}.")
    return stripped(frame)


def column_names(path: Table) -> list[str]:
    """The header of a table."""
    if isinstance(path, Frame):
        return list(path.frame.columns)
    return list(_excel(path).columns) if is_excel(path) else _text.header(path).names


def pick(
    header: Sequence[str],
    wanted: Mapping[str, Sequence[str]],
    optional: Mapping[str, Sequence[str]],
    *,
    path: Any,
    what: str,
) -> dict[str, str]:
    """Their column name -> our column name."""
    known: dict[str, str] = {}
    for column in header:
        known.setdefault(plain(column), column)
    names: dict[str, str] = {}
    missing: list[str] = []
    for ours, theirs in [*wanted.items(), *optional.items()]:
        found = next((known[plain(t)] for t in theirs if plain(t) in known), None)
        if found is not None:
            check.only_one(path, header, found)
            names[found] = ours
        elif ours in wanted:
            missing.append(theirs[0])
    if missing:
        raise InputError(
            f"{path} does not look like {what}: it lacks the column{'s' * (len(missing) > 1)} "
            f"{check.listing(missing, 8)}; it has {check.listing(header, 8)}. For any other table use "
            "cs.priors.read_table(path, source=..., target=...)."
        )
    return names


def each(values: pd.Series, change: Callable[[str], str]) -> np.ndarray:
    """Text, changed word by word: a column has few different ones. Missing values are ""."""
    code, unique = pd.factorize(values)
    return np.array([*(change(str(u)) for u in unique), ""], dtype=object)[code]  # a missing value has code -1


def stripped(frame: pd.DataFrame) -> pd.DataFrame:
    """All columns as text without blanks around it."""
    return pd.DataFrame({c: each(frame[c], str.strip) for c in frame.columns}, index=frame.index)


def _excel(path: Path) -> pd.DataFrame:
    try:
        with reading(path):
            return pd.read_excel(path, dtype=str, keep_default_na=False)
    except ImportError as e:
        raise InputError(
            f"{path} is an Excel workbook and openpyxl is not installed: pip install 'csmir[excel]'."
        ) from e
    except (KeyError, ValueError) as e:
        raise InputError(f"{path} is not a readable Excel workbook ({e}). Save it again, or export it as csv.") from e
