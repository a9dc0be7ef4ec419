"""Missing values."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from anndata import AnnData
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
def handle_missing(
    mdata: MuData,
    *,
    method: Literal["error", "zero", "drop"] = "error",
    layer: str | None = None,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    copy: bool = False,
) -> MuData | None:
    """Decide what missing values (NaN) are: an error, not detected, or a reason to leave a feature out.

    A missing value has no rank and so no place in a cell's box: the statistics refuse it. What it means depends on the
    data. In the mRNA file of the K562 half-cells it means not detected (`"zero"`).

    Parameters
    ----------
    %(mdata)s
    method
        `"error"`: raise if there is any. `"zero"`: set to 0, not detected. `"drop"`: leave out the features that have
        any, in any cell.
    %(layer)s
    %(modalities)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Raises
    ------
    InputError
        Values are missing and `method="error"`, with their number in each modality; every feature of a modality would
        be dropped; values are not numbers.

    Notes
    -----
    Changes `X` (or `layer`) of both modalities in place, keeping its dtype and container; `"drop"` replaces
    a modality that loses features. Infinite values are not missing: they are refused by :func:`csmir.pp.log2p1`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> mdata["mrna"].X[0, :3] = float("nan")
    >>> cs.pp.handle_missing(mdata)
    Traceback (most recent call last):
        ...
    csmir._errors.InputError: Values are missing: 3 of 3,000 in mrna (in 3 of 100 features). Run ...
    >>> cs.pp.handle_missing(mdata, method="zero")
    >>> mdata["mrna"].X[0, :3]
    array([0., 0., 0.], dtype=float32)
    """
    check.choice("method", method, ["error", "zero", "drop"])
    keys = V.measured(mdata, mirna, mrna, "handle_missing")
    out = V.opened(mdata, copy, *keys)
    parts = {key: V.own(out[key]) for key in keys}
    missing = {key: _per_feature(V.values(adata, layer, key)) for key, adata in parts.items()}
    totals = {key: int(n.sum()) for key, n in missing.items()}
    if any(totals.values()):
        if method == "error":
            _raise(parts, missing)
        if method == "zero":
            for key, adata in parts.items():
                _set_to_zero(adata, layer, key, totals[key])
        else:
            parts = {key: _dropped(adata, missing[key], key) for key, adata in parts.items()}
        V.replace(out, parts)
    counts = {f"n_missing_{key}": n for key, n in totals.items()}
    _mudata.record(out, "handle_missing", method=method, layer=layer, **counts)
    return out if copy else None


def _per_feature(x: Any) -> np.ndarray:
    """Missing values of each feature."""
    if x.dtype.kind != "f":
        return np.zeros(x.shape[1], int)
    if V.is_sparse(x):
        at = sparse.coo_matrix(x)
        return np.bincount(at.col[np.isnan(at.data)], minlength=x.shape[1])
    return np.isnan(x).sum(axis=0)


def _raise(parts: dict[str, AnnData], missing: dict[str, np.ndarray]) -> None:
    found = " and ".join(
        f"{int(n.sum()):,} of {parts[key].n_obs * parts[key].n_vars:,} in {key} "
        f"(in {int((n > 0).sum()):,} of {len(n):,} features)"
        for key, n in missing.items()
        if n.any()
    )
    raise InputError(
        f"Values are missing: {found}. Run cs.pp.handle_missing(mdata, method='zero') if they mean not detected, or "
        "method='drop' to leave these features out (in the recipe and on the command line: missing='zero' or 'drop')."
    )


def _set_to_zero(adata: AnnData, layer: str | None, key: str, n: int) -> None:
    if n == 0:
        return
    x = V.values(adata, layer, key).copy()  # so that a stop leaves the old values
    entries = V.stored(x)
    entries[np.isnan(entries)] = 0
    if V.is_sparse(x):
        x.eliminate_zeros()
    V.put(adata, layer, x)
    logger.info("%s: %d missing values set to 0", key, n)


def _dropped(adata: AnnData, missing: np.ndarray, key: str) -> AnnData:
    keep = missing == 0
    if keep.all():
        return adata
    if not keep.any():
        raise InputError(
            f"Every one of the {len(keep):,} features of {key} has missing values: dropping them leaves none. "
            "Use method='zero' if missing means not detected, or leave out the cells that were not measured."
        )
    logger.info(
        "%s: dropped %d of %d features that have missing values: %s",
        *(key, int((~keep).sum()), len(keep), check.listing(adata.var_names[~keep])),
    )
    with assemble.repeated_names():
        return adata[:, keep].copy()
