"""Features that do not vary."""

from __future__ import annotations

from typing import Any

import numpy as np
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir._mudata.step import step
from csmir.pp import _values as V


@step
def filter_constant(
    mdata: MuData, *, layer: str | None = None, mirna: str = K.MIRNA, mrna: str = K.MRNA, copy: bool = False
) -> MuData | None:
    """Leave out the features whose value is the same in every cell that has both modalities.

    Their standard deviation is 0: they tell no cell from another, and every box around them holds all cells (z = 0).

    Parameters
    ----------
    %(mdata)s
    %(layer)s
    %(modalities)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Raises
    ------
    InputError
        A modality would have no feature left; a single cell has both modalities, so that everything is constant; no
        cell has; missing values.

    Notes
    -----
    Replaces the modalities that lose features; everything else of them is kept. Cells that lack one
    modality stay, but do not count. "The same" is exact: largest value equal to smallest.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> mdata["mrna"].X[:, :10] = 0
    >>> cs.pp.filter_constant(mdata)
    >>> mdata["mrna"].shape
    (30, 90)
    """
    keys = V.measured(mdata, mirna, mrna, "filter_constant")
    out = V.opened(mdata, copy, *keys)
    cells = V.shared_cells(out, *keys)
    if len(cells) == 1:
        raise InputError(
            f"Only one cell ({str(cells[0])!r}) has both modalities: every feature is constant in it. Cell-specific "
            "networks compare a cell with others; pair more cells (cs.io.make_mudata)."
        )
    varies = {}
    for key in keys:
        rows = out[key].obs_names.get_indexer(cells)
        varies[key] = _varies(V.values(out[key], layer, key)[rows], key)
    for key, keep in varies.items():
        if not keep.any():
            raise InputError(
                f"All {len(keep):,} features of {key} have one value in all {len(cells):,} cells that have both "
                "modalities: nothing is left. Were the right values (X or `layer`) given?"
            )
    parts = {}
    for key, keep in varies.items():
        if keep.all():
            continue
        logger.info(
            "%s: left out %d of %d features that are constant over %d cells: %s",
            *(key, int((~keep).sum()), len(keep), len(cells), check.listing(out[key].var_names[~keep])),
        )
        with assemble.repeated_names():
            parts[key] = out[key][:, keep].copy()
    V.replace(out, parts)
    removed = {f"n_removed_{key}": int((~keep).sum()) for key, keep in varies.items()}
    _mudata.record(out, "filter_constant", layer=layer, **removed)
    return out if copy else None


def _varies(x: Any, key: str) -> np.ndarray:
    """Features with more than one value."""
    entries = V.stored(x)
    if entries.dtype.kind == "f" and np.isnan(entries).any():
        raise InputError(
            f"The {key} modality holds {int(np.isnan(entries).sum()):,} missing values. Run "
            "cs.pp.handle_missing(mdata, method='zero') or 'drop' first."
        )
    if V.is_sparse(x):
        x = sparse.csc_matrix(x)
        return np.asarray(x.max(axis=0).toarray() != x.min(axis=0).toarray()).ravel()
    return x.max(axis=0) != x.min(axis=0)
