"""Which cells count how much: weights of the pseudo-cells, groups by a column of `mdata.obs`, copies of others."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from mudata import MuData

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError, run_first
from csmir._log import logger
from csmir._mudata import Paired
from csmir.kernels.design import half_width

MIN_CELLS = 3
ENOUGH_CELLS = 100  # from here on the paper uses no pseudo-cells


def run_weights(mdata: MuData, cells: pd.Index, pseudo_cells: bool | None) -> np.ndarray:
    """(runs, cells) int64 weights; one run of ones without pseudo-cells. `None` uses them where there are any."""
    there = K.BOOTSTRAP in mdata.obsm
    if pseudo_cells and not there:
        raise run_first(
            f"pseudo_cells=True needs the weights in mdata.obsm[{K.BOOTSTRAP!r}]", "cs.pp.bootstrap_cells(mdata)"
        )
    if pseudo_cells is False or not there:
        if len(cells) < ENOUGH_CELLS:
            logger.warning(
                "%d cells without pseudo-cells: the paper enlarges fewer than %d with cs.pp.bootstrap_cells(mdata), "
                "and the normal approximation of the p-value finds far too many edges (see the docs on statistics)",
                len(cells),
                ENOUGH_CELLS,
            )
        return np.ones((1, len(cells)), np.int64)
    weights = _mudata.weights(mdata, cells).T
    sums = weights.sum(axis=1)
    if weights.size == 0 or (sums != sums[0]).any():
        raise InputError(
            f"The weights in mdata.obsm[{K.BOOTSTRAP!r}] do not belong to these {len(cells)} cells (the runs differ in "
            "size): were cells removed since? Run cs.pp.bootstrap_cells(mdata) again."
        )
    return np.ascontiguousarray(weights)


def warn_if_alone(weights: np.ndarray, box_size: float) -> None:
    """Say when a cell's own copies fill its box in most runs: its median is then the largest z, whatever the pair."""
    n_runs, n_cells = weights.shape
    if n_runs == 1:
        return
    alone = weights > half_width(int(weights[0].sum()), box_size)
    n_cells_alone = int((alone.mean(axis=0) > 0.5).sum())
    if n_cells_alone:
        warnings.warn(
            f"In {n_cells_alone} of {n_cells} cells, a cell's own bootstrapped copies fill its box in more than half "
            f"of the runs ({alone.mean():.0%} of all boxes): any pair without ties then gets the largest possible z, "
            "regulated or not. This is a limit of the published method with few cells, not of your data; "
            "cs.tl.null(mdata) measures what it means for your networks.",
            stacklevel=5,
        )


def may_be_copies(data: Paired) -> np.ndarray:
    """Cells whose sums, in both modalities and to the last bit, another cell has too: of copies, all have."""
    out = np.ones(len(data.cells), bool)
    for matrix in (data.mirna, data.mrna):
        total = np.asarray(matrix.sum(axis=1), np.float64).ravel()
        _, code, times = np.unique(total, return_inverse=True, return_counts=True)
        out &= times[code] > 1
    return out


def group_labels(mdata: MuData, cells: pd.Index, column: str, *, fewest: int = 1) -> np.ndarray:
    """(cells,) integer labels; -1 for cells without a group, which are counted in the log.

    Groups of less than `fewest` cells, which can show nothing, are named there too.
    """
    if not isinstance(column, str) or column not in mdata.obs:
        raise InputError(
            f"mdata.obs has no column {column!r}; it has {check.listing(mdata.obs.columns) or 'none'}."
            f"{elsewhere(mdata, column)}"
        )
    labels, names = pd.factorize(check.groups(f"mdata.obs[{column!r}]", mdata.obs.loc[cells, column]))
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


def elsewhere(mdata: MuData, column: object) -> str:
    """What to do about a column that `mdata.obs` lacks: take it from a modality that has it, or a name like it."""
    for key in mdata.mod:
        if isinstance(column, str) and column in mdata[key].obs:
            return f" mdata[{key!r}].obs has it: mdata.obs[{column!r}] = mdata[{key!r}].obs[{column!r}]."
    return check.suggest(column, [str(c) for c in mdata.obs.columns])


def obs_of(mdata: MuData, cells: pd.Index) -> pd.DataFrame:
    """The MuData's own columns for these cells, without the copies of the modalities' columns that it may hold."""
    own = [c for c in mdata.obs.columns if not any(str(c).startswith(f"{name}:") for name in mdata.mod)]
    return mdata.obs.loc[cells, own].copy()
