"""Cells paired by a table of names."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pandas as pd

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.source import load, name_rows
from csmir._log import logger
from csmir.io._pairing import Pairs


def by_table(mirna: Sequence[str], mrna: Sequence[str], table: pd.DataFrame | str | os.PathLike[str]) -> Pairs:
    """Cells that a table of two columns puts side by side."""
    if not isinstance(table, pd.DataFrame | str | os.PathLike):
        raise InputError(
            f"`pair_table` must be a DataFrame with the columns {K.MIRNA!r} and {K.MRNA!r}, or the path of a csv or "
            f"tsv; found {type(table).__name__}."
        )
    frame = table if isinstance(table, pd.DataFrame) else _read_pairs(table)
    frame = _two_columns(frame)
    left, right = set(mirna), set(mrna)
    if set(frame.columns) <= left | right and not {K.MIRNA, K.MRNA} & set(frame.columns):
        raise InputError(
            f"The pair table has no header: its first line holds the cells {check.listing(frame.columns)}. "
            f"Name its columns {K.MIRNA!r} and {K.MRNA!r}."
        )
    a, b = (frame.iloc[:, k].astype(str).str.strip() for k in (0, 1))
    for side, names in (("miRNA", a), ("mRNA", b)):
        if names.duplicated().any():
            raise InputError(
                f"The pair table names {side} cells twice: {check.listing(names[names.duplicated()].unique())}. "
                "One cell pairs with one cell."
            )
    known = a.isin(left).to_numpy() & b.isin(right).to_numpy()
    if not known.any():
        turned = bool((a.isin(right) & b.isin(left)).any())
        raise InputError(
            f"No pair of the table is in both matrices: it pairs {check.listing(a, 2)} with {check.listing(b, 2)}, "
            "miRNA cells "
            f"are named {check.listing(mirna, 2)}, mRNA cells {check.listing(mrna, 2)}."
            + (f" Its columns are the wrong way round: name them {K.MIRNA!r} and {K.MRNA!r}." if turned else "")
        )
    if not known.all():
        logger.warning(
            "%d of %d pairs of the table are not in the data: %s",
            int((~known).sum()),
            len(known),
            check.listing(f"{x} - {y}" for x, y in zip(a[~known], b[~known], strict=True)),
        )
    partner = dict(zip(a[known], b[known], strict=True))
    cells = [name for name in mirna if name in partner]
    return Pairs(cells, [partner[name] for name in cells], "table")


def _two_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns `mirna` and `mrna` if they are there, else the only two, in that order."""
    by_name = {str(c).strip().lower(): c for c in frame.columns}
    if K.MIRNA in by_name and K.MRNA in by_name:
        frame = frame[[by_name[K.MIRNA], by_name[K.MRNA]]]
    elif frame.shape[1] != 2:
        raise InputError(
            f"The pair table must have the columns {K.MIRNA!r} and {K.MRNA!r}, or two columns in this order; it has "
            f"{check.listing(frame.columns, 8) or 'none'}."
        )
    n_missing = int((frame.isna() | (frame == "")).any(axis=1).sum())
    if n_missing or frame.empty:
        raise InputError(
            f"The pair table has {n_missing:,} rows with a name missing. Leave these cells out."
            if n_missing
            else "The pair table has no rows."
        )
    return frame


def _read_pairs(path: str | os.PathLike[str]) -> pd.DataFrame:
    source = load(path)
    rows = name_rows(source)
    for i, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise InputError(
                f"{source.path}, line {i}: expected {len(rows[0])} columns as in the header, found {len(row)}."
            )
    return pd.DataFrame(rows[1:], columns=rows[0], dtype=object)
