"""Whether stored networks are networks: cells and pairs with names of their own, edges with numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._mudata.entries import ends, on_disk, one_kind

WHAT = {K.Var.MIRNA: "miRNA", K.Var.MIRNA_A: "miRNA", K.Var.MIRNA_B: "miRNA"}  # the other ends are mRNAs
AGAIN = "or run cs.tl.regulation(mdata, net) again"


def refuse_spoiled(adata: AnnData, key: str) -> None:
    """Raise where something else than csmir left networks that nothing can be read from; `key` names them."""
    if not adata.obs_names.is_unique:
        twice = check.listing(adata.obs_names[adata.obs_names.duplicated()].unique(), 3)
        raise InputError(
            f"The networks {key!r} have more than one cell of a name: {twice}. Rename cells before networks are put "
            f"together, {AGAIN}."
        )
    for column in ends(adata, key):
        lacking = adata.var[column].isna().to_numpy()
        if lacking.any():
            raise InputError(
                f"The networks {key!r} name no {WHAT.get(column, 'mRNA')} for {lacking.sum():,} of {adata.n_vars:,} "
                f"pairs: .var[{column!r}] is missing at {check.listing(adata.var_names[lacking], 3)}. Put the names "
                f"back, take these pairs out (networks[:, networks.var[{column!r}].notna()].copy()), {AGAIN}."
            )
    if not adata.var_names.is_unique:
        twice = check.listing(adata.var_names[adata.var_names.duplicated()].unique(), 3)
        raise InputError(
            f"The networks {key!r} have more than one pair of a name: {twice}. Run "
            f"networks.var_names_make_unique(), take all but one of each out, {AGAIN}."
        )
    again = _repeated(adata)
    if again.any():
        names = adata.var.loc[again, list(ends(adata))].astype(str)
        raise InputError(
            f"The networks {key!r} list {again.sum():,} pairs once more, such as {' and '.join(names.iloc[0])} "
            f"(as {adata.var_names[again][0]!r}), and would count them twice. Take all but one of each out, {AGAIN}."
        )
    n_bad = _not_finite(adata)
    if n_bad:
        raise InputError(
            f"X of the networks {key!r} holds {n_bad:,} missing or infinite values; that of an edge is finite. Put the "
            f"values back, {AGAIN}."
        )


def _repeated(adata: AnnData) -> np.ndarray:
    """(pairs,) which were listed before; pairs of one kind have no direction."""
    columns = [adata.var[end].astype("category").cat for end in ends(adata)]
    names = pd.Index(columns[0].categories).append(pd.Index(columns[1].categories)).unique()
    first, second = (names.get_indexer(c.categories)[c.codes.to_numpy()].astype(np.int64) for c in columns)
    if one_kind(adata):
        first, second = np.minimum(first, second), np.maximum(first, second)
    return pd.Index(first * len(names) + second).duplicated()


def _not_finite(adata: AnnData) -> int:
    """How many values of X are no numbers; those on the disk have sums of their own."""
    x = adata.X
    if x is None or on_disk(x):
        return 0
    values = x.data if sparse.issparse(x) else np.asarray(x)
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum()):  # one pass; a sum may run over, so that others are looked at
            return 0
    return int((~np.isfinite(values)).sum())
