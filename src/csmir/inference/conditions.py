"""Cells under two conditions or along a number, and the units inside which genes are ranked and correlated."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.cells import elsewhere, group_labels

FEWEST = 8  # samples of a condition
FEWEST_OF_DONOR = 6  # cells of a donor in a condition, over the number of covariates


class Compared(NamedTuple):
    """Which cells are compared, and how."""

    kept: np.ndarray  # positions of the cells
    first: np.ndarray  # (kept,) bool: of the first condition; all False along a number
    donors: np.ndarray | None  # (kept,)
    number: np.ndarray | None  # (kept,) what the change is along

    @property
    def units(self) -> np.ndarray:
        """(kept,) integers: a condition, a donor under a condition, or, along a number, all in one."""
        donor = 0 if self.donors is None else self.donors
        return np.unique(2 * donor + ~self.first, return_inverse=True)[1]

    @property
    def powers(self) -> np.ndarray | None:
        """The number and its square: a level that follows them is not a correlation."""
        if self.number is None:
            return None
        number = (self.number - self.number.mean()) / max(float(self.number.std()), 1e-12)
        return np.column_stack([number, number**2])

    def of_enough(self, n_covariates: int) -> np.ndarray:
        """Places of the cells whose donor has enough of them in their condition; all without donors."""
        if self.donors is None:
            return np.arange(len(self.kept))
        enough = np.bincount(self.units) >= FEWEST_OF_DONOR + n_covariates
        if not enough.all():
            logger.warning(
                "differential: %d (donor, condition) have fewer than %d cells and are left out",
                int((~enough).sum()), FEWEST_OF_DONOR + n_covariates,
            )  # fmt: skip
        if not enough.any():
            raise InputError("No donor has enough cells in a condition. Leave `sample` or some `covariates` out.")
        return np.flatnonzero(enough[self.units])

    def take(self, at: np.ndarray) -> Compared:
        """Some of the cells."""
        return Compared(*(None if v is None else v[at] for v in self))  # type: ignore[arg-type]


def compared(mdata: MuData, cells: pd.Index, groupby: Any, group: Any, reference: Any, sample: str | None) -> Compared:
    """The cells that have a condition (and a donor), as asked."""
    if not isinstance(groupby, str) or groupby not in mdata.obs:
        raise InputError(
            f"`groupby` must be a column of mdata.obs, which has {check.listing(mdata.obs.columns) or 'none'}; found "
            f"{groupby!r}.{elsewhere(mdata, groupby)}"
        )
    values = mdata.obs.loc[cells, groupby]
    number = group is None and pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if group is None and not number:
        levels = check.listing(sorted({str(v) for v in values.dropna()}))
        raise InputError(f"`group` must name the level of {groupby!r} to compare, one of {levels}; found None.")
    if number and sample is not None:
        raise InputError("`sample` compares two conditions; along a number leave it out, or name a `group`.")
    label = values.notna().to_numpy() - 1 if number else condition(values.to_numpy(), groupby, group, reference)
    donors = None if sample is None else group_labels(mdata, cells, sample)
    kept = np.flatnonzero((label >= 0) & (True if donors is None else donors >= 0))
    first = label[kept] == 1
    smallest = len(kept) if number else min(int(first.sum()), int((~first).sum()))
    if smallest < FEWEST:
        where = "with a value" if number else "of the smaller condition"
        raise InputError(f"A correlation needs at least {FEWEST} samples; found {smallest} {where}.")
    along = values.to_numpy(float)[kept] if number else None
    if along is not None and not (np.isfinite(along).all() and np.ptp(along) > 0):
        raise InputError(
            f"A change along {groupby!r} needs finite numbers that differ; found {along.min():g} to {along.max():g}. "
            "Missing values are left out; mark infinite ones as missing, or name a `group` of a condition."
        )
    return Compared(kept, first, None if donors is None else donors[kept], along)


def condition(values: np.ndarray, name: str, group: object, reference: object) -> np.ndarray:
    """1 for the samples of `group`, 0 for those of `reference` (None: all others), -1 for the rest."""
    labels = np.array([str(v) for v in values])
    there = sorted(set(labels) - {"nan", "None", "<NA>"})
    for word, label in (("group", group), ("reference", reference)):
        if label is not None and str(label) not in there:
            raise InputError(
                f"`{word}` must be a level of {name!r}: {check.listing(there)}; found {label!r}."
                f"{check.suggest(label, there)}"
            )
    if str(group) == str(reference):
        raise InputError(f"`group` and `reference` must be two levels of {name!r}; both are {group!r}.")
    second = np.isin(labels, there) if reference is None else labels == str(reference)
    return np.where(labels == str(group), 1, np.where(second, 0, -1))
