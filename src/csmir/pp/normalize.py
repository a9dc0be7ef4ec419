"""What a cell's totals say of the protocol, out of the way."""

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
from csmir._mudata.step import step
from csmir.pp import _values as V
from csmir.pp.log2p1 import MARK

HOW = ("total", "ratios")
OFTEN = 0.5  # share of cells that detect a feature whose ratio counts


@step
def normalize(
    mdata: MuData,
    *,
    how: Literal["total", "ratios"] = "total",
    layer: str | None = None,
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
    copy: bool = False,
) -> MuData | None:
    r"""Divide each cell's counts by a size factor, modality by modality.

    Cells are sequenced to different depths, and what a half-cell's library lacks in all its genes looks like regulation
    of all of them. With counts :math:`x_{cg}` of cell c and feature g, `"total"` makes every cell's sum the median sum;
    `"ratios"` divides by :math:`s_c = \mathrm{median}_g\; x_{cg} / \bar x_g` over the features that the cell and more
    than half of the cells detect, scaled to a mean of 1.

    Parameters
    ----------
    %(mdata)s
    how
        `"total"`, by :func:`scanpy.pp.normalize_total`; or `"ratios"`, in which every feature has one vote. A miRNA
        that represses a fifth of all mRNAs changes the total, and dividing by it spreads its effect over every gene:
        `"ratios"` is not moved by that. The other remedy is to leave counts as they are and to give
        :func:`csmir.tl.regulation` the depth (:func:`csmir.pp.covariates`) to adjust for.
    %(layer)s
    %(modalities)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Raises
    ------
    InputError
        The values are logged already; missing, infinite or negative values; `how` is another word; with `"ratios"`, no
        feature is detected in more than half of the cells.

    Notes
    -----
    Run it before the logarithm (:func:`csmir.pp.log2p1`). Cells without a single count keep their zeros and are counted
    in the log. Values that are not counts and at most 25 may be logarithms that nobody marked: a `UserWarning` says so.
    Writes `X` (or `layer`) of both modalities, floating point, and `mdata.uns["csmir"]["normalize"]`.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.pp.normalize(mdata)
    >>> totals = mdata["mrna"].X.sum(axis=1)
    >>> bool(abs(totals / totals.mean() - 1).max() < 1e-4)
    True

    References
    ----------
    Median of ratios: Anders and Huber, Genome Biology 2010, 11:R106.
    """
    check.choice("how", how, HOW)
    keys = V.measured(mdata, mirna, mrna, V.NORMALIZE)
    out = V.opened(mdata, copy, *keys)
    parts = {key: V.own(out[key]) for key in keys}
    for key, adata in parts.items():
        _refuse_logged(adata, layer, key, out)
        V.check_values(V.values(adata, layer, key), key)
    for key, adata in parts.items():
        x = V.values(adata, layer, key)
        V.warn_if_small(x, key, "A size factor divides counts. ")
        x = x.copy() if x.dtype.kind == "f" else x.astype("float64")
        empty = int((np.asarray(x.sum(axis=1)).ravel() == 0).sum())
        if empty:
            logger.warning("normalize: %d cells of %s have no counts and stay as they are", empty, key)
        V.put(adata, layer, _by_total(x) if how == "total" else _by_ratios(x, key))
    V.replace(out, parts)
    _mudata.record(out, V.NORMALIZE, how=how, layer=layer)
    return out if copy else None


def _refuse_logged(adata: AnnData, layer: str | None, key: str, mdata: MuData) -> None:
    done = list(mdata.uns.get(K.UNS, {}).get("log2p1", {}).get("layers", []))
    if (layer is None and MARK in adata.uns) or (layer is not None and f"{key}:{layer}" in done):
        raise InputError(
            f"The {key} modality is logged already, and a size factor divides counts. Run cs.pp.normalize(mdata) "
            "before cs.pp.log2p1 or cs.pp.recipe_csmir (recipe_csmir(mdata, normalize=...) does both in order)."
        )


def _by_total(x: Any) -> Any:
    import scanpy as sc

    if isinstance(x, sparse.sparray):  # whose products scanpy takes for those of matrices
        x = sparse.csr_matrix(x)
    return sc.pp.normalize_total(AnnData(x), inplace=False)["X"]


def _by_ratios(x: Any, key: str) -> Any:
    values = _mudata.dense(x)
    often = (values > 0).mean(axis=0) > OFTEN
    if not often.any():
        raise InputError(
            f"No feature of {key} is detected in more than half of the cells, so that there are no ratios to compare. "
            "Use how='total'."
        )
    ratio = np.divide(values[:, often], values[:, often].mean(axis=0), dtype=np.float64)
    ratio[ratio == 0] = np.nan
    with np.errstate(invalid="ignore"):
        none = np.isnan(ratio).all(axis=1)
        factor = np.where(none, 1.0, np.nanmedian(np.where(none[:, None], 1.0, ratio), axis=1))
    factor /= factor.mean()
    if V.is_sparse(x):
        return sparse.csr_matrix(sparse.diags(1 / factor) @ x).astype(x.dtype)
    return (values / factor[:, None]).astype(x.dtype)
