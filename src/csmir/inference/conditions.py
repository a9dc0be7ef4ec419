"""Cells under two conditions or along a number, and the units inside which genes are ranked and correlated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir.inference.cells import elsewhere, group_labels
from csmir.inference.expression import stored_floor

if TYPE_CHECKING:
    from csmir.inference.target_sets import Sides

FEWEST = 8  # samples of a condition
SHALLOW = 0.9  # of the other condition's mean level or detection: below, counting noise is another
FEWEST_OF_DONOR = 6  # cells of a donor in a condition, over the number of covariates


class Compared(NamedTuple):
    """Which cells are compared, and how."""

    kept: np.ndarray  # positions of the cells
    first: np.ndarray  # (kept,) bool: of the first condition; all False along a number
    donors: np.ndarray | None  # (kept,)
    number: np.ndarray | None  # (kept,) what the change is along
    groups: np.ndarray | None  # (kept,) types inside which genes are ranked

    @property
    def units(self) -> np.ndarray:
        """(kept,) integers: a condition, a donor under it, a type of that donor; along a number, all in one."""
        donor, group = (np.zeros(len(self.kept), int) if v is None else v for v in (self.donors, self.groups))
        return np.unique((2 * donor + ~self.first) * (group.max() + 1) + group, return_inverse=True)[1]

    @property
    def powers(self) -> np.ndarray | None:
        """The number and its square: a level that follows them is not a correlation."""
        if self.number is None:
            return None
        number = (self.number - self.number.mean()) / max(float(self.number.std()), 1e-12)
        return np.column_stack([number, number**2])

    def of_enough(self, n_covariates: int) -> np.ndarray:
        """Places of the cells whose donor, or group, has enough of them in their condition; all without either."""
        if self.donors is None and self.groups is None:
            return np.arange(len(self.kept))
        enough = np.bincount(self.units) >= FEWEST_OF_DONOR + n_covariates
        if not enough.all():
            what = [
                w
                for w, v in (("donor", self.donors), ("condition", self.first), ("group", self.groups))
                if v is not None
            ]
            logger.warning(
                "differential: %d (%s) have fewer than %d cells and are left out",
                int((~enough).sum()), ", ".join(what), FEWEST_OF_DONOR + n_covariates,
            )  # fmt: skip
        if not enough.any():
            raise InputError(
                "No donor or group has enough cells in a condition. Leave `sample`, `groups` or some `covariates` out."
            )
        at = np.flatnonzero(enough[self.units])
        if self.groups is None:
            return at
        group, first = self.groups[at], self.first[at]
        shared = np.intersect1d(group[first], group[~first])
        n_alone = len(np.unique(group)) - len(shared)
        if n_alone:
            logger.warning("differential: %d groups are in one condition only and are left out", n_alone)
        if not len(shared):
            raise InputError("No group has enough cells in both conditions. Leave `groups` out.")
        return at[np.isin(group, shared)]

    def take(self, at: np.ndarray) -> Compared:
        """Some of the cells."""
        return Compared(*(None if v is None else v[at] for v in self))  # type: ignore[arg-type]


def compared(
    mdata: MuData, cells: pd.Index, groupby: Any, group: Any, reference: Any, sample: str | None, groups: str | None
) -> Compared:  # fmt: skip
    """The cells that have a condition (and a donor), as asked."""
    if not isinstance(groupby, str) or groupby not in mdata.obs:
        raise InputError(
            f"`groupby` must be a column of mdata.obs, which has {check.listing(mdata.obs.columns) or 'none'}; found "
            f"{groupby!r}.{elsewhere(mdata, groupby)}"
        )
    values = mdata.obs.loc[cells, groupby]
    n_without = int((~named(values)).sum())
    if n_without == len(values):
        raise InputError(f"mdata.obs[{groupby!r}] names no condition: every value is missing.")
    if n_without:
        logger.warning("differential: %d of %d cells have no %r and are left out", n_without, len(values), groupby)
    number = group is None and pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if number and reference is not None:
        raise InputError(
            f"`reference` needs a `group` to compare with it; found {reference!r} alone. Along the numbers of "
            f"{groupby!r} leave both out."
        )
    if group is None and not number:
        levels = check.listing(sorted({_word(v) for v in values.dropna()}))
        raise InputError(f"`group` must name the level of {groupby!r} to compare, one of {levels}; found None.")
    for argument, column in (("sample", sample), ("groups", groups)):
        if number and column is not None:
            raise InputError(f"`{argument}` is for two conditions; along a number leave it out, or name a `group`.")
    label = values.notna().to_numpy() - 1 if number else condition(values.to_numpy(), groupby, group, reference)
    donors = None if sample is None else group_labels(mdata, cells, sample)
    types = None if groups is None else group_labels(mdata, cells, groups)
    known = [v >= 0 for v in (label, donors, types) if v is not None]
    kept = np.flatnonzero(np.logical_and.reduce(known))
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
    return Compared(
        kept, first, None if donors is None else donors[kept], along, None if types is None else types[kept]
    )


def condition(values: np.ndarray, name: str, group: object, reference: object) -> np.ndarray:
    """1 for the samples of `group`, 0 for those of `reference` (None: all others), -1 for the rest."""
    known = named(values)
    labels = np.array([_word(v) if is_known else "" for v, is_known in zip(values, known, strict=True)])
    there = sorted(set(labels[known]))
    first, second = _word(group), None if reference is None else _word(reference)
    for argument, label in (("group", first), ("reference", second)):
        if label is not None and label not in there:
            raise InputError(
                f"`{argument}` must be a level of {name!r}: {check.listing(there)}; found {label!r}."
                f"{check.suggest(label, there)}"
            )
    if first == second:
        raise InputError(f"`group` and `reference` must be two levels of {name!r}; both are {first!r}.")
    if there == [first]:
        raise InputError(f"Every sample with a {name!r} is {first!r}: there is no other condition to compare it with.")
    rest = known if second is None else known & (labels == second)
    return np.where(known & (labels == first), 1, np.where(rest, 0, -1))


def tell_depth(some: Sides, first: np.ndarray) -> None:
    """Warn where one condition detects less, or is lower on the whole: counting noise weakens its correlations."""
    for what, values in (("miRNAs", some.mirna), ("mRNAs", some.mrna)):
        seen = (values > stored_floor(values)).mean(axis=1)
        for how, each in (("share that a sample detects", seen), ("mean level", values.mean(axis=1))):
            of_first, of_second = each[first].mean(), each[~first].mean()
            if min(of_first, of_second) < SHALLOW * max(of_first, of_second):
                logger.warning(
                    "differential: of %s, the %s is %.3g in `group` and %.3g in `reference`. Correlations are weaker "
                    "where counts are fewer, which looks like a difference of regulation: bring both to one depth "
                    "first (sc.pp.downsample_counts, before the logarithm)",
                    what, how, of_first, of_second,
                )  # fmt: skip
                break


def named(values: Any) -> np.ndarray:
    """Which values say something; a missing one that was turned to text, as "nan", does not. "None" may be a level."""
    return ~pd.isna(values) & ~np.isin(np.array([str(v) for v in values]), ("nan", "<NA>"))


def _word(level: object) -> str:
    """A level as text; whole numbers without a point, since a missing value makes floats of a column of integers."""
    if isinstance(level, (float, np.floating)) and float(level).is_integer():
        return str(int(level))
    return str(level)
