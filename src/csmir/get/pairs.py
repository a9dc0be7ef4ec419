"""What the networks say of each pair, as one table."""

from __future__ import annotations

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

# columns of .var that are carried along, in this order, where there are any
CARRIED = (
    K.Var.PAIR_P, K.Var.PAIR_Q, K.Var.SIGN, K.Var.CORRELATION, K.Var.VALIDATED, K.Var.CONSERVATION, K.Var.SET,
)  # fmt: skip


@fill
def pairs(
    data: MuData | AnnData,
    *,
    groups: str | None = None,
    every: bool = False,
    q_pair: float | None = None,
    regulation: str = K.REGULATION,
) -> pd.DataFrame:
    """Tabulate what the networks of all cells say of each pair: one row a pair, the best supported first.

    Answers: which pairs should I look at? It is the consensus of the networks; `cs.io.write_tables(mdata, folder,
    formats="consensus")` writes it as one GraphML file, which Cytoscape reads.

    Parameters
    ----------
    %(data)s
    groups
        A column of `.obs`, such as cell types, to count cells and average values in as well.
    every
        Also pairs without an interaction in any cell.
    %(q_pair)s
    %(regulation)s

    Returns
    -------
    DataFrame with `mirna`, `mrna`; `n_cells` and `share` of the cells in which the pair interacts; `mean_value` over
    these cells (`X`: the correlation after the local test, z after CSN); `smallest_qvalue` and `mean_support` where
    networks have such layers; with `groups` also `n_cells_<group>` and `mean_value_<group>`, whose sign says whether
    the pair goes apart or together there; and of `.var` what is there: `pair_pvalue`, `pair_qvalue`, `sign`,
    `correlation`, `validated`, `conservation`, `set`, and columns that begin with `association` or `direct`. Sorted by
    the pair's q-value, by the smallest q-value of a cell, and by the number of cells, as far as there are any.

    Raises
    ------
    StepError
        There are no networks yet, or `q_pair` is given and they have no q-values of pairs.
    InputError
        `groups` is not a column of `.obs`, or the networks are among features of one kind.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=60, seed=1)
    >>> table = cs.get.pairs(mdata, regulation="truth")
    >>> table["n_cells"].is_monotonic_decreasing
    True
    """
    adata = _mudata.read_regulation(data, regulation)
    if _mudata.one_kind(adata):
        raise InputError(
            f"{regulation!r} holds networks among features of one kind. Take those of cs.tl.regulation, or see "
            "cs.get.edges."
        )
    x, layers = _stored(adata)
    out = pd.DataFrame({c: adata.var[c].to_numpy() for c in (K.Var.MIRNA, K.Var.MRNA)})
    cell, pair = np.repeat(np.arange(adata.n_obs), np.diff(x.indptr)), x.indices
    n_cells = np.bincount(pair, minlength=adata.n_vars)
    out[K.Var.N_CELLS], out["share"] = n_cells, n_cells / max(adata.n_obs, 1)
    out["mean_value"] = _means(pair, x.data, n_cells)
    if K.Layer.QVALUE in layers:
        smallest = np.full(adata.n_vars, np.nan)
        np.fmin.at(smallest, pair, layers[K.Layer.QVALUE])
        out["smallest_qvalue"] = smallest
    if K.Layer.SUPPORT in layers:
        out["mean_support"] = _means(pair, layers[K.Layer.SUPPORT], n_cells)
    if groups is not None:
        if not isinstance(groups, str) or groups not in adata.obs:
            raise InputError(
                f"`groups` must be a column of the networks' .obs, which has {check.listing(adata.obs.columns)}; found "
                f"{groups!r}.{check.suggest(groups, [str(c) for c in adata.obs.columns])}"
            )
        labels = check.groups(f"The column {groups!r}", adata.obs[groups]).astype(str).to_numpy()
        for name in sorted(set(labels[adata.obs[groups].notna()])):
            inside = labels[cell] == name
            n = np.bincount(pair[inside], minlength=adata.n_vars)
            out[f"{K.Var.N_CELLS}_{name}"] = n
            out[f"mean_value_{name}"] = _means(pair[inside], x.data[inside], n)
    carried = [c for c in CARRIED if c in adata.var]
    carried += [c for c in adata.var if str(c).startswith(("association", "direct"))]
    for column in carried:
        out[column] = adata.var[column].to_numpy()
    by = [c for c in (K.Var.PAIR_Q, "smallest_qvalue") if c in out]
    keyed = out.assign(**{"-": -n_cells, "--": -np.abs(np.nan_to_num(out["mean_value"]))})
    order = keyed.sort_values([*by, "-", "--", K.Var.MIRNA, K.Var.MRNA], kind="stable").index
    out = out.iloc[order.to_numpy()]
    kept = every | (out[K.Var.N_CELLS].to_numpy() > 0)
    if (held := _mudata.holding(adata, q_pair)) is not None:
        kept &= held[order.to_numpy()]
    return out.iloc[np.flatnonzero(kept)].reset_index(drop=True)


def _stored(adata: AnnData) -> tuple[sparse.csr_matrix, dict[str, np.ndarray]]:
    """The interactions, and the layers' values of them."""
    x = _mudata.as_csr(adata.X)
    marked = adata.layers.get(K.Layer.SIGNIFICANT)
    kept = x.data != 0 if marked is None else _mudata.values_at(marked, x).astype(bool)
    layers = {}
    for name in (K.Layer.QVALUE, K.Layer.SUPPORT):
        if name in adata.layers:
            layers[name] = _mudata.values_at(adata.layers[name], x)[kept]
    indptr = np.concatenate([[0], np.cumsum(kept)])[x.indptr]
    return sparse.csr_matrix((x.data[kept], x.indices[kept], indptr), shape=x.shape), layers


def _means(pair: np.ndarray, values: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Mean of the values of each pair; NaN without any."""
    total = np.bincount(pair, values, minlength=len(n))
    return np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0)
