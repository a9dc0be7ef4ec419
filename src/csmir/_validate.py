"""Typed checks of what users hand in. Each error says expected, found, and the next step."""

from __future__ import annotations

import difflib
import math
import numbers
import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csmir import _keys as K
from csmir._errors import InputError
from csmir._matrix import numbers as matrix_numbers

# what pandas and anndata make of a name that is missing
NO_NAME = ("", "nan", "None", "<NA>")
SEVERAL = (list, tuple, set, frozenset, dict, np.ndarray)  # values that are no one name
NUMBERS_AT_ONCE = 1 << 20  # that are looked at for what is not finite


def number(
    name: str, value: Any, *, low: float, high: float = np.inf, low_open: bool = False, high_open: bool = False
) -> float:
    """A real number within bounds, as float."""
    ok = isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)
    if ok:
        ok = (value > low if low_open else value >= low) and (value < high if high_open else value <= high)
    if not ok:
        bounds = f"{'(' if low_open else '['}{low:g}, {high:g}{')' if high_open else ']'}"
        raise InputError(f"`{name}` must be a number in {bounds}; found {value!r}.")
    return float(value)


def integer(name: str, value: Any, *, low: int, high: int | None = None) -> int:
    """A whole number within bounds, as int."""
    ok = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not ok or value < low or (high is not None and value > high):
        bounds = f"of at least {low}" if high is None else f"from {low} to {high}"
        raise InputError(f"`{name}` must be a whole number {bounds}; found {value!r}.")
    return int(value)


def path(name: str, value: Any) -> Path:
    """The path of a file or folder, which need not be there."""
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise InputError(f"`{name}` must be the path of a file or folder, such as 'results'; found {value!r}.")
    if re.match(r"[a-z][a-z0-9+.-]+:/", str(value)):
        raise InputError(f"`{name}` must be a path on this machine, not an address; found {value!r}. Copy it by hand.")
    try:
        found = Path(value).expanduser()
        os.stat(found)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        pass  # what that means is said by who opens it
    except (OSError, RuntimeError, ValueError) as e:  # too long, a circle of links, a zero byte, nobody's home
        reason = getattr(e, "strerror", None) or e
        raise InputError(f"`{name}` is no path that this system takes: {value!r} ({reason}). Give another.") from None
    return found


def lasting(path: Path) -> None:
    """Refuse pipes and devices, which would hang, or lose what was looked at first: files are read more than once."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError(
            f"{str(path)!r} is a pipe or a device, which can be read only once. Write its content to a file and give "
            "that; gzipped tables need no zcat, they are read as they are."
        )


def memory(name: str, value: Any) -> int:
    """A number of bytes, or words like `"500MB"` and `"2 GB"`."""
    units = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
    parts = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?b?)\s*", str(value).lower())
    size = float(parts[1]) * units.get(parts[2], 0) if parts else 0
    if size < 1_000_000 or isinstance(value, bool):
        raise InputError(f"`{name}` must be a size of at least 1 MB, in bytes or like '2GB'; found {value!r}.")
    return int(size)


def seed(value: Any, name: str = "seed", *, bits: int = 63) -> int:
    """The seed of random numbers: a whole number that files can keep (63 bits), and scipy and scanpy take (32)."""
    number = integer(name, value, low=0)
    if number >= 2**bits:
        raise InputError(f"`{name}` must be a whole number below 2**{bits}; found {value!r}.")
    return number


def choice(name: str, value: Any, options: Iterable[str]) -> str:
    """One of a few words."""
    options = list(options)
    if value not in options:
        raise InputError(
            f"`{name}` must be one of {', '.join(map(repr, options))}; found {value!r}.{suggest(value, options)}"
        )
    return str(value)


def words(name: str, value: Any) -> list[Any]:
    """One word or several, as a list."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Iterable):
        raise InputError(f"`{name}` must be a name or a list of names; found {value!r} of type {type(value).__name__}.")
    return list(value)


def suggest(value: Any, options: Collection[str]) -> str:
    """` Did you mean ...?` or nothing."""
    close = difflib.get_close_matches(str(value), [str(o) for o in options], n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def listing(names: Iterable[Any], most: int = 5) -> str:
    """`'a', 'b', 'c' and 7 more`."""
    names = [repr(str(n)) for n in names]
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def many(n: int, noun: str) -> str:
    """`1 gene`, `2 genes`."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def columns(name: str, frame: Any, needed: Iterable[str]) -> pd.DataFrame:
    """A non-empty DataFrame that has the needed columns."""
    needed = list(needed)
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"`{name}` must be a DataFrame with columns {listing(needed)}; found {type(frame).__name__}.")
    if isinstance(frame.columns, pd.MultiIndex):
        raise InputError(
            f"`{name}` has column names of {frame.columns.nlevels} levels, such as {frame.columns[0]!r}. Expected one "
            f"level, with {listing(needed)}: frame.columns = frame.columns.get_level_values(0)."
        )
    missing = [c for c in needed if c not in frame.columns]
    if missing:
        raise InputError(
            f"`{name}` lacks the column{'s' * (len(missing) > 1)} {listing(missing)}; it has "
            f"{listing(frame.columns, 8)}. Rename its columns to {listing(needed)}."
        )
    for column in needed:
        only_one(f"`{name}`", frame.columns, column)
    if frame.empty:
        raise InputError(f"`{name}` has no rows.")
    for column in needed:
        dtype = frame[column].dtype
        if isinstance(dtype, pd.ArrowDtype) and issubclass(dtype.type, list | dict):
            raise InputError(
                f"`{name}` holds {dtype} values in its column {column!r}. Expected one "
                f"value a row: {name}.explode({column!r})."
            )
    return frame


def groups(where: str, values: pd.Series) -> pd.Series:
    """A column that says of each cell which group it is in: one value a cell, and values that differ in writing."""
    try:
        distinct = list(values.dropna().unique())
        several = next((v for v in distinct if isinstance(v, SEVERAL)), None)
    except (TypeError, NotImplementedError):  # lists and sets, as Python or as Arrow keeps them
        distinct, several = [], next(v for v in values if isinstance(v, SEVERAL))
    if several is not None:
        raise InputError(
            f"{where} holds {type(several).__name__} values, such as {str(several)[:60]!r}. Expected one name or "
            "number a cell."
        )
    written: dict[str, Any] = {}
    for value in distinct:
        other = written.setdefault(str(value), value)
        if other is not value:
            raise InputError(
                f"{where} holds {other!r} ({type(other).__name__}) and {value!r} ({type(value).__name__}), which read "
                "alike. Write all of its values in one way, such as .map(str, na_action='ignore')."
            )
    return values


def column_of_cells(obs: pd.DataFrame, name: Any, *, others: Iterable[str] = ()) -> None:
    """`obs` has a column of that name; `others` are names that would do as well."""
    if name not in obs:
        raise InputError(
            f"The cells have no column {name!r}; they have {listing(obs.columns, 10)}."
            f"{suggest(name, [*obs.columns, *others])}"
        )


def only_one(where: Any, header: Iterable[Any], column: str) -> None:
    """Refuse to choose among several columns of one name."""
    n = list(header).count(column)
    if n > 1:
        raise InputError(f"{where} has {n} columns {column!r}. Rename or remove all but one.")


def net(frame: Any, name: str = "net") -> pd.DataFrame:
    """A prior in decoupler's form: `source` (miRNA), `target` (mRNA), without missing names."""
    frame = columns(name, frame, [K.SOURCE, K.TARGET])
    n_missing = int((frame[K.SOURCE].isna() | frame[K.TARGET].isna()).sum())
    if n_missing:
        raise InputError(
            f"`{name}` has {n_missing:,} rows without a source or target name. Drop them with `.dropna()`."
        )
    return frame


def finite_matrix(name: str, values: np.ndarray, *, negative: bool = False) -> np.ndarray:
    """A 2-d array of finite float64 numbers, none below 0 unless `negative`: what every statistic needs."""
    values = matrix_numbers(name, values)
    if values.ndim != 2:
        raise InputError(f"{name} must be a cells x features matrix; found {many(values.ndim, 'dimension')}.")
    values = np.asarray(values, dtype=np.float64)
    finite_numbers(name, values, negative=negative)
    return values


def finite_numbers(name: str, values: np.ndarray, *, negative: bool = False) -> None:
    """Refuse numbers, of any real type, that no statistic takes; looked at some rows at a time, with no copy."""
    n_nan = n_inf = n_negative = 0
    at_once = max(1, NUMBERS_AT_ONCE // max(int(np.prod(values.shape[1:])), 1))
    for first in range(0, len(values), at_once):
        part = values[first : first + at_once]
        finite = np.isfinite(part)
        if not finite.all():
            nan = int(np.isnan(part).sum())
            n_nan, n_inf = n_nan + nan, n_inf + int((~finite).sum()) - nan
        n_negative += 0 if negative else int((part < 0).sum())
    if n_nan:
        raise InputError(
            f"{name} holds {n_nan:,} missing values. Run cs.pp.handle_missing(mdata, method='zero') or 'drop' first."
        )
    if n_inf:
        raise InputError(
            f"{name} holds {n_inf:,} infinite values. Was a logarithm taken of zeros? Mend the input first."
        )
    if n_negative:
        raise InputError(
            f"{name} holds {n_negative:,} negative values (smallest {values.min():.4g}). Expected expression "
            "of at least 0, where 0 means not detected: undo a log2 of fractions by 2**x; do not centre or scale. "
            "Corrected values, which may be negative, are for statistic='local' and 'exact'."
        )
