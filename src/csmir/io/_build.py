"""Numbers and names into AnnData, cells x features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _validate as check
from csmir._errors import InputError
from csmir._matrix import column, numbers
from csmir._mudata.assemble import repeated_names


def to_anndata(
    values: np.ndarray,
    cells: Sequence[str],
    features: Sequence[str],
    *,
    obs: Mapping[str, Sequence[str]] | None = None,
    var: Mapping[str, Sequence[str]] | None = None,
) -> AnnData:
    """An AnnData whose names may repeat: features are averaged by cs.pp.merge_duplicates, cells refused at pairing."""
    with repeated_names():
        return AnnData(
            np.ascontiguousarray(values, dtype=np.float64),
            obs=pd.DataFrame(dict(obs or {}), index=_index(cells)),
            var=pd.DataFrame(dict(var or {}), index=_index(features)),
        )


def _index(names: Sequence[str]) -> pd.Index:
    return pd.Index(np.array([str(n) for n in names], dtype=object))


def from_frame(frame: pd.DataFrame, name: str = "the DataFrame") -> AnnData:
    """A DataFrame cells x features, of anything that is a number or missing."""
    if frame.empty:
        raise InputError(
            f"{name} is empty: {frame.shape[0]:,} rows x {frame.shape[1]:,} columns. Expected cells x features."
        )
    if isinstance(frame.index, pd.MultiIndex) or isinstance(frame.columns, pd.MultiIndex):
        raise InputError(
            f"{name} has several levels of names. Expected one name a cell and one a feature: flatten them."
        )
    for names in (frame.index, frame.columns):
        coded = next((n for n in names if isinstance(n, bytes)), None)
        if coded is not None:
            raise InputError(f"{name} has names of bytes, such as {coded!r}. Expected text: decode them (n.decode()).")
    return to_anndata(_frame_values(frame, name), list(frame.index), list(frame.columns))


def _frame_values(frame: pd.DataFrame, name: str) -> np.ndarray:
    columns = []
    for k in range(frame.shape[1]):
        values = frame.iloc[:, k]
        try:
            columns.append(column(name, values))
        except InputError:
            bad = [i for i, v in enumerate(values) if not _is_number(v)]
            row = bad[0] if bad else 0
            raise InputError(
                f"{name}, row {str(frame.index[row])!r}, column {str(frame.columns[k])!r}: expected a number, found "
                f"{values.iloc[row]!r}. Leave columns of text and dates out (numbers kept as text: "
                "frame.astype(float)); missing values are NaN."
            ) from None
    return np.column_stack(columns)


def _is_number(value: Any) -> bool:
    if not pd.api.types.is_scalar(value):
        return False
    return bool(pd.isna(value)) or (
        pd.api.types.is_number(value) and not isinstance(value, complex | np.complexfloating)
    )


def check_anndata(adata: AnnData, name: str) -> None:
    """Cells, features and numbers are there."""
    if adata.n_obs == 0 or adata.n_vars == 0:
        raise InputError(f"{name} is empty: {adata.n_obs:,} cells x {adata.n_vars:,} features.")
    if adata.X is None:
        raise InputError(
            f"{name} has no X; its layers are {check.listing(adata.layers) or 'none'}. Copy one of them into `.X`."
        )
    if isinstance(adata.X, np.ndarray) or sparse.issparse(adata.X):
        numbers(name, adata.X[:1])
