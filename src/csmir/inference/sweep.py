"""One test at several thresholds of expression."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger


class NothingToTest(InputError):
    """No miRNA, mRNA or set is left to be tested."""


def swept(sweep: Iterable[float] | None) -> list[float]:
    """Values of `sweep`; none of None."""
    if sweep is not None and not isinstance(sweep, Iterable):
        raise InputError(f"`sweep` must be several values of `min_expression`, such as range(7); found {sweep!r}.")
    return [] if sweep is None else [check.number("sweep", v, low=-np.inf) for v in sweep]


def sweep_table(levels: list[float], tested_at: Callable[[float], pd.DataFrame]) -> pd.DataFrame:
    """What each threshold gives; those that leave nothing to test are named and have no rows."""
    tables: list[pd.DataFrame] = []
    without: dict[float, NothingToTest] = {}
    for value in levels:
        try:
            tables.append(tested_at(value).assign(min_expression=value))
        except NothingToTest as error:
            without[value] = error
    if not tables:
        raise InputError(
            f"No value of `sweep` leaves anything to test. At {levels[0]:g}: {without[levels[0]]} Or give lower values."
        )
    if without:
        first, why = next(iter(without.items()))
        logger.warning(
            "targeting: %d of %d values of `sweep` leave nothing to test and have no rows: %s. At %g: %s",
            len(without), len(levels), ", ".join(f"{value:g}" for value in without), first, why,
        )  # fmt: skip
    return pd.concat(tables, ignore_index=True)
