"""Features that share a name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir._log import logger
from csmir._mudata import assemble
from csmir.pp import _values as V

# .var column: how many features a mean was taken over
N_MERGED = "n_merged"


@fill
def merge_duplicates(
    mdata: MuData, *, layer: str | None = None, mirna: str = K.MIRNA, mrna: str = K.MRNA, copy: bool = False
) -> MuData | None:
    r"""Average the features that share a name, so that each name stands once.

    A mature miRNA that comes from several loci has a row for each of them in many files. Feature :math:`g` becomes
    :math:`\bar x_{cg} = \frac{1}{k} \sum_{i=1}^{k} x_{cg_i}` over the :math:`k` features with its name. In the
    reference's order these are means of logged values (:func:`csmir.pp.log2p1` first); the paper's text has them before
    the logarithm.

    The statistic depends on ties alone, so averaging must not break any: cells that hold the same :math:`k` values, in
    whatever order, get the same mean to the last bit, and :math:`k` equal values have exactly this value as their mean
    (in floating point, (a + a + a) / 3 need not be a). The mean never leaves the range of the values, so that only
    zeros average to 0.

    Parameters
    ----------
    %(mdata)s
    layer
        Layer of both modalities that must be without missing values, in place of `X`. `X` and all layers are averaged
        alike in any case.
    %(modalities)s
    %(copy)s

    Returns
    -------
    %(returns_copy)s

    Raises
    ------
    InputError
        A feature to be averaged has missing or infinite values; features without a name, which would be averaged as
        one.

    Notes
    -----
    Features stay in the order in which their names first appear; `.var`, `.varm` and `.varp` are those of
    the first feature of each name. Where names repeat, the modality is replaced, and `.var["n_merged"]` (int32) tells
    how many features a mean is taken over. `X` and the layers keep dtype and container, except that whole numbers
    become float64.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> mdata["mirna"].var_names = ["hsa-let-7a-5p", *mdata["mirna"].var_names[1:]]
    >>> cs.pp.merge_duplicates(mdata)
    >>> mdata["mirna"].shape
    (30, 19)
    >>> int(mdata["mirna"].var["n_merged"].iloc[0])
    2
    """
    out = V.opened(mdata, copy, mirna, mrna)
    counts: dict[str, Any] = {}
    parts = {}
    for key in (mirna, mrna):
        adata = out[key]
        parts[key] = _merged(adata, layer, key)
        counts[f"n_merged_{key}"] = adata.n_vars - parts[key].n_vars
    changed = {key: adata for key, adata in parts.items() if counts[f"n_merged_{key}"]}
    V.replace(out, changed)
    _mudata.record(out, "merge_duplicates", layer=layer, **counts)
    return out if copy else None


def _merged(adata: AnnData, layer: str | None, key: str) -> AnnData:
    """The AnnData itself if no name repeats, or a new one."""
    names = adata.var_names.astype(str)
    blank = names.str.strip().isin(check.NO_NAME)
    if blank.any():
        raise InputError(
            f"{int(blank.sum()):,} features of the {key} modality have no name. Name them, or leave them out: "
            f"cs.io.make_mudata(mdata[{key!r}][:, mdata[{key!r}].var_names != ''], ...)."
        )
    if names.is_unique:
        return adata
    group, unique = pd.factorize(names)  # in order of first appearance
    first = np.unique(group, return_index=True)[1]
    size = np.bincount(group)
    wanted = V.values(adata, layer, key)
    _check_averaged(wanted, size[group] > 1, key)
    with assemble.repeated_names():
        new = adata[:, first].copy()
    for name in (None, *V.layer_names(adata)):
        if name is None and adata.X is None:
            continue
        V.put(new, name, average(V.values(adata, name, key), group, len(unique)))
    new.var[N_MERGED] = size.astype(np.int32)
    repeated = unique[size > 1]
    logger.info(
        "%s: averaged %d features that share %d names, %d features left: %s",
        *(key, int(size[size > 1].sum()), len(repeated), len(unique), check.listing(repeated)),
    )
    return new


def _check_averaged(x: Any, averaged: np.ndarray, key: str) -> None:
    block = V.stored(x[:, np.flatnonzero(averaged)])
    if block.dtype.kind == "f" and not np.isfinite(block).all():
        n_missing, n_infinite = int(np.isnan(block).sum()), int(np.isinf(block).sum())
        raise InputError(
            f"Features of the {key} modality that share a name hold {n_missing:,} missing and {n_infinite:,} infinite "
            "values, which have no mean. Run cs.pp.handle_missing(mdata, method='zero') or 'drop' first."
        )


def average(x: Any, group: np.ndarray, n_groups: int) -> Any:
    """Means of the columns of each group (numbered by first appearance), in the container of `x`."""
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    first = np.unique(group, return_index=True)[1]
    size = np.bincount(group, minlength=n_groups)
    order = np.argsort(group, kind="stable")
    start = np.concatenate([[0], np.cumsum(size)])
    columns = sparse.csc_matrix(x) if V.is_sparse(x) else x
    means: dict[Any, np.ndarray] = {
        g: mean_of_columns(_dense(columns, order[start[g] : start[g + 1]])) for g in np.flatnonzero(size > 1)
    }
    if not V.is_sparse(x):
        out = np.array(x[:, first], dtype=dtype)
        for g, mean in means.items():
            out[:, g] = mean
        return out
    parts = [sparse.csc_matrix(means[g][:, None].astype(dtype)) if g in means else None for g in range(n_groups)]
    once = [columns[:, [first[g]]].astype(dtype) if part is None else part for g, part in enumerate(parts)]
    return type(x)(sparse.hstack(once, format=x.format))


def _dense(x: Any, at: np.ndarray) -> np.ndarray:
    block = x[:, at]
    return (block.toarray() if V.is_sparse(block) else block).astype(np.float64)


def mean_of_columns(block: np.ndarray) -> np.ndarray:
    """Mean of each row (float64), which depends on the row's values alone and not on their order.

    Values are added in ascending order with the rounding errors carried along (Neumaier), and the mean is kept within
    the range of the values, so that equal values have themselves as their mean.
    """
    block = np.sort(block, axis=1)
    total, lost = block[:, 0].copy(), np.zeros(len(block))
    for column in block.T[1:]:
        new = total + column
        larger = np.abs(total) >= np.abs(column)
        lost += np.where(larger, (total - new) + column, (column - new) + total)
        total = new
    return np.clip((total + lost) / block.shape[1], block[:, 0], block[:, -1])
