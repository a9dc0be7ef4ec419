"""Groups of cells, by a column of `mdata.obs`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger


def group_labels(mdata: MuData, cells: pd.Index, column: str) -> np.ndarray:
    """(cells,) integer labels; -1 for cells without a group, which are counted in the log."""
    if column not in mdata.obs:
        raise InputError(
            f"mdata.obs has no column {column!r}; it has {check.listing(mdata.obs.columns) or 'none'}."
            f"{check.suggest(column, [str(c) for c in mdata.obs.columns])}"
        )
    labels, names = pd.factorize(mdata.obs.loc[cells, column])
    if not len(names):
        raise InputError(f"mdata.obs[{column!r}] names no group: every value is missing.")
    n_without = int((labels < 0).sum())
    if n_without:
        logger.warning("%d of %d cells have no group in %r and are not tested", n_without, len(cells), column)
    return np.asarray(labels, dtype=np.int64)
