"""Groups of cells, by a column of `mdata.obs`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger


def group_labels(mdata: MuData, cells: pd.Index, column: str, *, fewest: int = 1) -> np.ndarray:
    """(cells,) integer labels; -1 for cells without a group, which are counted in the log.

    Groups of less than `fewest` cells, which can show nothing, are named there too.
    """
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
    sizes = np.bincount(labels[labels >= 0], minlength=len(names))
    small = names[sizes < fewest]
    if len(small):
        logger.warning(
            "%d of %d groups in %r have fewer than %d cells (%s): nothing can be found in them. Merge them with "
            "others, or leave their cells out",
            *(len(small), len(names), column, fewest, check.listing(small)),
        )
    return np.asarray(labels, dtype=np.int64)
