"""Covariates by name, checked, as columns that the local test adjusts for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger

if TYPE_CHECKING:
    from csmir.kernels.neighbors import Lists

MOST_CODES = 12  # whole numbers that may be names of batches
MOST_LEVELS = 0.5  # levels of a category for each cell; more would explain anything
COLLINEAR = 1e-6  # share of a column's variance that the columns before it must leave
CELLS_A_COLUMN = 10  # for what is regressed out beside what was asked for
SOME_LISTS = 50  # that are looked at to see what covariates take off
FEWEST_LEFT = 3  # independent cells beside the columns that are adjusted for: with fewer there is no test
_ADVICE = (
    "Is it a name? A number stored as text wants `.astype(float)`.",
    "A date is no amount: give days since the first as numbers, or the days or weeks of a batch as a category.",
)


class Covariates(NamedTuple):
    """Columns over the cells that have both modalities, before their local mean is subtracted."""

    names: list[str]
    values: np.ndarray  # (cells, columns) float64: numbers as ranks over n, levels of categories as 0 and 1
    technical: np.ndarray  # (columns,) bool: of a category, which no gene has a part in
    mirnas: np.ndarray  # positions of miRNAs that are among the covariates


def read_covariates(
    mdata: MuData, data: _mudata.Paired, names: str | Sequence[str] | None, *, mirna: str, mrna: str
) -> Covariates | None:
    """The columns that `names` stand for: of `.obs`, keys of `.obsm`, or features; None without names.

    Raises an error for a name that is not there, for values that are missing, and for a category with a level for every
    other cell. Constant columns and those that follow from others are left out, and named in the log.
    """
    if names is None:
        return None
    columns: list[tuple[str, np.ndarray, bool]] = []
    of_mirnas = []
    measured = list(mdata.uns.get(K.UNS, {}).get("covariates", {}).get("columns", ()))  # amounts, by cs.pp.covariates
    for name in dict.fromkeys(check.words("covariates", names)):
        found = _found(mdata, data, str(name), mirna=mirna, mrna=mrna)
        if found is None:
            raise InputError(_unknown(mdata, data, name, mirna=mirna, mrna=mrna))
        for label, values in found:
            columns += _columns(label, values)
            if name not in data.mirna_names and name not in data.mrna_names and name not in measured:
                _warn_of_codes(label, values)
        if name in data.mirna_names and str(name) not in mdata.obs:
            of_mirnas.append(data.mirna_names.get_loc(name))
    kept = _without_constant_or_collinear(columns, len(data.cells))
    return Covariates(
        [name for name, _, _ in kept],
        np.array([values for _, values, _ in kept]).reshape(len(kept), len(data.cells)).T,
        np.array([technical for _, _, technical in kept], bool),
        np.array(of_mirnas, np.int64),
    )


def curved(known: Covariates, size: int) -> np.ndarray:
    """The columns, and the square and the cube of those that are numbers, if `size` cells are enough for them.

    What a number does to a gene need not be a line, even between their ranks: over many targets what a line leaves adds
    up.
    """
    numbers = known.values[:, ~known.technical] - 0.5
    columns = np.column_stack([known.values, numbers**2, numbers**3])
    return columns if size >= CELLS_A_COLUMN * columns.shape[1] else known.values


def _found(
    mdata: MuData, data: _mudata.Paired, name: str, *, mirna: str, mrna: str
) -> list[tuple[str, pd.Series]] | None:
    """What a name stands for, over `data.cells`, as named columns."""
    if name in mdata.obs:
        return [(name, mdata.obs.loc[data.cells, name])]
    there = [key for key in (mirna, mrna) if name in mdata[key].obs]
    if len(there) > 1 and not mdata[mirna].obs.loc[data.cells, name].equals(mdata[mrna].obs.loc[data.cells, name]):
        raise InputError(
            f"Both modalities have a column {name!r} in .obs, with different values. Name the one you mean: "
            f"'{mirna}:{name}' or '{mrna}:{name}'."
        )
    for key in (mirna, mrna):
        own = name.removeprefix(f"{key}:")
        if own in mdata[key].obs and (own != name or key in there):
            return [(name, mdata[key].obs.loc[data.cells, own])]
    for holder, names_of in ((mdata, mdata.obs_names), *((mdata[k], mdata[k].obs_names) for k in (mirna, mrna))):
        if name in holder.obsm and name not in mdata.mod:  # a MuData keeps a mask of each modality there
            values = holder.obsm[name]
            at = names_of.get_indexer(data.cells)
            if isinstance(values, pd.DataFrame):
                return [(f"{name}:{c}", values[c].iloc[at]) for c in values.columns]
            if (dimensions := len(values.shape)) > 2:
                raise InputError(
                    f"The covariate {name!r} is an array of {dimensions} dimensions in .obsm. Give cells x columns."
                )
            values = _mudata.dense(values)[at].reshape(len(at), -1)
            return [(f"{name}:{i}", pd.Series(column)) for i, column in enumerate(values.T)]
    for names_of, values in ((data.mirna_names, data.mirna), (data.mrna_names, data.mrna)):
        if name in names_of:
            at = int(np.flatnonzero(names_of == name)[0])
            return [(name, pd.Series(_mudata.dense(values[:, [at]]).ravel()))]
    return None


def _unknown(mdata: MuData, data: _mudata.Paired, name: Any, *, mirna: str, mrna: str) -> str:
    there = [str(c) for c in mdata.obs.columns]
    there += [f"{key}:{c}" for key in (mirna, mrna) for c in mdata[key].obs.columns]
    there += [str(k) for a in (mdata, mdata[mirna], mdata[mrna]) for k in a.obsm if k not in mdata.mod]
    options = [*there, *data.mirna_names, *data.mrna_names]
    return (
        f"`covariates` must name columns of mdata.obs or of a modality's .obs, keys of .obsm, or features; found "
        f"{name!r}. There are {check.listing(there, 8) or 'no columns'}.{check.suggest(name, options)}"
    )


def _columns(name: str, values: pd.Series) -> list[tuple[str, np.ndarray, bool]]:
    """A number as ranks, a category as one column a level, less that of the largest."""
    from scipy.stats import rankdata

    n = len(values)
    n_missing = int(values.isna().sum())
    if n_missing:
        raise InputError(
            f"The covariate {name!r} is missing in {n_missing:,} of {n:,} cells. Fill it in, or leave these cells out: "
            "a cell without it cannot be adjusted for it."
        )
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if pd.api.types.is_complex_dtype(values):
        raise InputError(f"The covariate {name!r} holds complex numbers. Give numbers or categories.")
    if numeric:
        if not np.isfinite(values.to_numpy(np.float64)).all():
            raise InputError(f"The covariate {name!r} holds infinite values. Mend or leave out these cells first.")
        return [(name, (rankdata(values.to_numpy(np.float64)) - 0.5) / n, False)]
    code, levels = pd.factorize(check.groups(f"The covariate {name!r}", values).astype(str), sort=True)
    if len(levels) > max(2, MOST_LEVELS * n):
        raise InputError(
            f"The covariate {name!r} has {len(levels):,} levels for {n:,} cells: with one a cell it would explain "
            f"everything. {_ADVICE[isinstance(values.dtype, pd.PeriodDtype) or values.dtype.kind in 'mM']}"
        )
    size = np.bincount(code)
    alone = int((size == 1).sum())
    if alone:
        logger.warning(
            "covariate %r: %s of one cell, which adjusting for it leaves out of every comparison",
            name,
            check.many(alone, "level"),
        )
    return [
        (f"{name}={levels[i]}", (code == i).astype(np.float64), True)
        for i in range(len(levels))
        if i != int(size.argmax())
    ]


def _warn_of_codes(name: str, values: pd.Series) -> None:
    """Say that 0, 1, 2 are an amount: of what has two values, both readings are the same."""
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return
    found = np.unique(values.to_numpy(np.float64))
    if 2 < len(found) <= MOST_CODES and (found == np.rint(found)).all():
        logger.warning(
            "the covariate %r holds the whole numbers %s and is adjusted for as an amount. If they stand for batches "
            "or the like, make it a category: .astype('category')",
            name,
            ", ".join(f"{number:g}" for number in found),
        )


def _without_constant_or_collinear(
    columns: list[tuple[str, np.ndarray, bool]], n_cells: int
) -> list[tuple[str, np.ndarray, bool]]:
    """What is left when each column must add something to those before it."""
    basis = [np.full(n_cells, 1 / np.sqrt(n_cells))]
    kept, constant, collinear = [], [], []
    for column in columns:
        name, values, _ = column
        total = ((values - values.mean()) ** 2).sum()
        if total < 1e-12:
            constant.append(name)
            continue
        left = values - np.array(basis).T @ (np.array(basis) @ values)
        if (left**2).sum() < COLLINEAR * total:
            collinear.append(name)
            continue
        basis.append(left / np.linalg.norm(left))
        kept.append(column)
    for names, why in ((constant, "without variation"), (collinear, "that those before imply")):
        if names:
            logger.warning("left out: %s %s: %s", check.many(len(names), "covariate column"), why, check.listing(names))
    return kept


def refuse_too_many(n_columns: int, n_eff: np.ndarray, what: str = "covariate columns") -> None:
    """Raise where nothing would be left of what a cell is compared with."""
    worth = float(np.median(n_eff)) if len(n_eff) else 0.0
    if n_columns and n_columns + 3 > worth:
        raise InputError(
            f"{n_columns} {what} are too many: a cell is compared with what is worth {worth:.0f} "
            "independent cells, and each column takes one of them. Give fewer, or compare more cells (`groups=`, "
            "`n_neighbors=`)."
        )


def warn_of_untestable(columns: np.ndarray, n_more: int, lists: Lists) -> None:
    """Say of how many cells nothing can be tested, since the columns take all that they are compared with.

    `columns` (cells, k); `n_more` are adjusted for as well. Columns that do not vary around a cell take nothing there.
    """
    lost = np.zeros(len(lists.n_eff), bool)
    for i in np.flatnonzero(lists.n_eff - columns.shape[1] - n_more < FEWEST_LEFT):
        lost[i] = lists.n_eff[i] - _taken(columns, lists, int(i)) - n_more < FEWEST_LEFT
    n_cells = int(lost[lists.list_of[lists.list_of >= 0]].sum())
    if n_cells:
        logger.warning(
            "%d of %d cells are compared with no more independent cells than what is adjusted for takes: nothing can "
            "be tested in them, and their networks are empty",
            n_cells,
            len(lists.list_of),
        )


def taken_around(columns: np.ndarray, lists: Lists) -> int:
    """How many of the columns take something off around a cell: the median over some lists."""
    some = np.unique(np.linspace(0, len(lists.n_eff) - 1, min(len(lists.n_eff), SOME_LISTS)).astype(int))
    return int(np.median([_taken(columns, lists, int(i)) for i in some]))


def _taken(columns: np.ndarray, lists: Lists, i: int) -> int:
    around = columns[lists.indices[lists.indptr[i] : lists.indptr[i + 1]]]
    return int(np.linalg.matrix_rank(around - around.mean(axis=0))) if around.size else 0
