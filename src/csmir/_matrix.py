"""One gate for matrices of numbers: whatever may hold them goes in, what every kernel and scipy can read comes out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from csmir._errors import InputError

# what pandas finds in an array of objects that is numbers and missing values only
OBJECTS = {"integer", "floating", "mixed-integer-float", "decimal", "boolean", "empty"}
REFUSED = {
    "c": "complex numbers. Expected real ones: take their real part or modulus",
    "M": "dates. Expected numbers: leave that column out",
    "m": "lengths of time. Expected numbers: convert them to seconds",
    "U": "text, so values that are not numbers. Expected numbers: convert them with .astype(float)",
    "T": "text, so values that are not numbers. Expected numbers: convert them with .astype(float)",
    "S": "bytes of text, so values that are not numbers. Expected numbers: convert them with .astype(float)",
    "V": "records of several fields, so values that are not numbers. Expected one number a value: take one field",
}


def numbers(what: str, values: Any) -> Any:
    """A native numpy array, or a CSR or CSC matrix whose entries are sorted and there once.

    Whole numbers, float32 and float64 stay as they are. Other floats, either byte order, nullable and Arrow columns and
    objects that are numbers become float64. What is masked or NA becomes NaN. Entries of a sparse matrix that are there
    several times are summed, as scipy reads them. Nothing that was given is changed.

    Raises
    ------
    InputError
        Complex numbers, dates, text, records, or a sparse matrix whose indices lead out of it.
    """
    if hasattr(values, "compute"):  # dask
        values = values.compute()
    if sparse.issparse(values):
        return _sparse(what, values)
    if hasattr(values, "to_memory"):  # anndata, on the disk
        return numbers(what, values.to_memory())
    if isinstance(values, pd.DataFrame):
        columns = [column(f"{what}, column {str(name)!r},", values.iloc[:, k]) for k, name in enumerate(values)]
        return np.column_stack(columns) if columns else np.zeros(values.shape)
    if isinstance(values, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(values)
        plain = _native(what, values.data)
        return np.where(mask, np.nan, plain.astype(np.float64)) if mask.any() else plain
    try:
        array = np.asarray(values)
    except ValueError as e:  # rows of different length
        raise InputError(f"{what} holds values that are not numbers ({e}).") from None
    return _native(what, array)


def column(what: str, values: pd.Series) -> np.ndarray:
    """One column of a table as float64, NaN where it is missing."""
    _refuse(what, values.dtype.kind)
    if values.dtype.kind == "O":
        return _objects(what, np.asarray(values.astype(object)))
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _sparse(what: str, values: Any) -> Any:
    values = values if values.format in ("csr", "csc") else values.tocsr()
    try:
        parts = (values.data, values.indices, values.indptr)
        type(values)(parts, shape=values.shape, copy=False).check_format(full_check=True)  # which may change dtypes
    except ValueError as e:
        raise InputError(f"{what} is a damaged sparse matrix ({e}). Read or make it again.") from None
    data = _native(what, values.data)
    if data is not values.data:
        values = type(values)((data, values.indices, values.indptr), shape=values.shape, copy=False)
    if not values.has_canonical_format:
        values = values.copy()
        values.sum_duplicates()
    return values


def _native(what: str, values: np.ndarray) -> np.ndarray:
    kind = values.dtype.kind
    _refuse(what, kind)
    if kind == "O":
        return _objects(what, values)
    if kind == "b":
        return values.astype(np.uint8)
    if kind == "f" and values.dtype.itemsize not in (4, 8):  # half and extended precision
        return values.astype(np.float64)
    return values if values.dtype.isnative else values.astype(values.dtype.newbyteorder("="))


def _refuse(what: str, kind: str) -> None:
    if kind in REFUSED:
        raise InputError(f"{what} holds {REFUSED[kind]}.")


def _objects(what: str, values: np.ndarray) -> np.ndarray:
    flat = pd.Series(values.ravel(), dtype=object)
    found = pd.api.types.infer_dtype(flat, skipna=True)
    if found in OBJECTS:
        return flat.to_numpy(dtype=np.float64, na_value=np.nan).reshape(values.shape)
    odd = dict.fromkeys(repr(v) for v in flat if not pd.api.types.is_number(v) and not _missing(v))
    detail = f", such as {', '.join(list(odd)[:3])}" if odd else ""
    raise InputError(
        f"{what} holds values that are not numbers ({found}{detail}). Expected numbers: leave text and dates out, "
        "or convert them with .astype(float)."
    )


def _missing(value: Any) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))
