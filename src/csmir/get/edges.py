"""The networks as one tidy table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._docs import fill
from csmir._errors import InputError
from csmir.inference.statistics import recorded_statistic
from csmir.inference.statistics.record import Statistic

CELL = "cell"
NO_SIGN = 0.005  # a correlation nearer to 0 is shown as 0.00


@fill
def edges(
    data: MuData | AnnData,
    *,
    cell: str | Iterable[str] | None = None,
    mirna: str | Iterable[str] | None = None,
    mrna: str | Iterable[str] | None = None,
    columns: str | Iterable[str] = (),
    q_pair: float | None = None,
    regulation: str = K.REGULATION,
) -> pd.DataFrame:
    """Tabulate the interactions of one, some or all cells: one row for each edge of each network.

    Parameters
    ----------
    %(data)s
    cell, mirna, mrna
        Only the edges of these cells, miRNAs, mRNAs (a name or several); None takes all. In networks among miRNAs or
        among mRNAs, the edges that have one at either end.
    columns
        Columns of `.var` to carry along, such as `"conservation"` or `"validated"`.
    %(q_pair)s
    %(regulation)s

    Returns
    -------
    DataFrame with categorical `cell` and the categorical ends of each edge, `mirna` and `mrna`; the values of `X`
    (float32), named `z` after the CSN statistic, `neg_log10_p` after the exact test, `rho` after the local one, or
    `value` in networks that :func:`csmir.tl.regulation` did not make; one column for each layer, such as `support`;
    where the direction is known, categorical `direction`, `"repression"` or `"activation"`: by the edge's own rho, or
    by the pair's, of :func:`csmir.tl.sign`; a correlation that two digits show as 0.00 has `"no direction"`; after
    :func:`csmir.tl.direct` the `set` of miRNAs that cannot be told apart; and the `columns` asked for. Rows follow the
    cells asked for, then the pairs. A cell without edges has no row. Networks among features of one kind name their
    ends `mirna_a`, `mirna_b` or `mrna_a`, `mrna_b`.

    Raises
    ------
    StepError
        There are no networks yet, or `q_pair` is given and they have no q-values of pairs.
    InputError
        A cell, miRNA, mRNA or column is not there; the message names the closest one that is.

    Notes
    -----
    Takes about 30 bytes an edge, and some seconds for 30 million.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated()
    >>> cs.get.edges(mdata, cell=mdata.obs_names[0], regulation="truth").columns[:3].to_list()
    ['cell', 'mirna', 'mrna']
    """
    adata = _mudata.read_regulation(data, regulation)
    rows = _networks.cell_positions(adata, cell)
    columns = check.words("columns", columns)
    _check_columns(adata, columns)
    x, whole = _rows(adata.X, rows)
    keep = _is_edge(adata, x, rows, whole)
    wanted = _pairs(adata, mirna, mrna)
    for asked in (wanted, _mudata.holding(adata, q_pair)):
        if asked is not None:
            keep &= asked[x.indices]
    row = np.repeat(np.arange(len(rows), dtype=np.int32), np.diff(x.indptr))[keep]
    pair = x.indices[keep]
    out: dict[str, Any] = {CELL: pd.Categorical.from_codes(row, categories=adata.obs_names[rows].astype(str))}
    for name in _mudata.ends(adata):
        out[name] = _take(adata.var[name], pair)
    out[value_name(adata)] = x.data[keep]
    for name in layer_names(adata):
        out[name] = _values(adata.layers[name], x, rows, whole)[keep]
    if knows_direction(adata):
        out[K.Var.DIRECTION] = in_words(signs(adata, x.data[keep]) if signed(adata) else pair_signs(adata)[pair])
    told = [K.Var.SET] if K.Layer.DIRECT_P in adata.layers and K.Var.SET in adata.var else []
    out |= {name: _take(adata.var[name], pair) for name in dict.fromkeys([*told, *columns])}
    return pd.DataFrame(out)


def value_name(adata: AnnData) -> str:
    """What `X` holds, by the statistic that filled it; "value" where nothing is noted, as in a planted truth."""
    known = _statistic(adata)
    return "value" if known is None else known.value


def signed(adata: AnnData) -> bool:
    """Whether the values themselves tell the direction."""
    known = _statistic(adata)
    return known is not None and known.signed


def _statistic(adata: AnnData) -> Statistic | None:
    return recorded_statistic(adata.uns.get(K.UNS, {}).get("regulation", {}).get("statistic"))


def knows_direction(adata: AnnData) -> bool:
    """Whether it can be said of edges if they are like repression or like activation."""
    return signed(adata) or K.Var.SIGN in adata.var


def signs_of(rho: Any) -> np.ndarray:
    """Which way correlations go: -1 or 1, and 0 for what is shown as 0.00; the one place, for tables and figures."""
    rho = np.asarray(rho, dtype=np.float64)
    return np.sign(rho) * (np.abs(rho) >= NO_SIGN)


def signs(adata: AnnData, values: Any) -> np.ndarray:
    """Which way values of these networks go."""
    return signs_of(values) if value_name(adata) == K.RHO else np.sign(np.asarray(values, dtype=np.float64))


def pair_signs(adata: AnnData, cells: Any = slice(None)) -> np.ndarray:
    """Which way each pair goes, by the mean of its edges in these cells, or by :func:`csmir.tl.sign`."""
    if signed(adata):
        edges = _mudata.edges(adata)[cells]
        total = np.asarray(edges.multiply(_mudata.as_csr(adata.X[cells])).astype(np.float64).sum(axis=0)).ravel()
        return signs(adata, total / np.maximum(edges.getnnz(axis=0), 1))
    sign = np.sign(adata.var[K.Var.SIGN].to_numpy(dtype=np.float64))
    return sign if K.Var.CORRELATION not in adata.var else sign * np.abs(signs_of(adata.var[K.Var.CORRELATION]))


def in_words(sign: np.ndarray) -> pd.Categorical[str]:
    """Signs as words."""
    words = [K.REPRESSION, K.NO_DIRECTION, K.ACTIVATION]
    codes: np.ndarray = np.sign(sign).astype(np.int8) + 1
    return pd.Categorical.from_codes(codes, categories=pd.Index(words))


def layer_names(adata: AnnData) -> list[str]:
    """Names of the layers of values, in one order whatever files make of it; newer anndata lists X too, as None."""
    return sorted(name for name in adata.layers if name is not None and name != K.Layer.SIGNIFICANT)


def _is_edge(adata: AnnData, x: sparse.csr_matrix, rows: np.ndarray, whole: bool) -> np.ndarray:
    """Which stored values of `x` are edges."""
    if K.Layer.SIGNIFICANT not in adata.layers:
        return x.data != 0
    return _values(adata.layers[K.Layer.SIGNIFICANT], x, rows, whole) != 0


def _check_columns(adata: AnnData, columns: list[str]) -> None:
    taken = [CELL, *_mudata.ends(adata), value_name(adata), *layer_names(adata)]
    taken += [K.Var.DIRECTION] if knows_direction(adata) else []
    for name in columns:
        if name in taken:
            raise InputError(f"`columns` names {name!r}, which the table has anyway. Leave it out.")
        if name not in adata.var:
            raise InputError(
                f"The pairs have no column {name!r}; they have {check.listing(adata.var.columns, 10)}."
                f"{check.suggest(name, adata.var.columns)}"
            )


def _rows(x: Any, rows: np.ndarray) -> tuple[sparse.csr_matrix, bool]:
    """The matrix of these rows, and whether they are all rows in order (no copy then)."""
    whole = len(rows) == x.shape[0] and bool((rows == np.arange(len(rows))).all())
    return _mudata.as_csr(x if whole else x[rows]), whole


def _pairs(adata: AnnData, mirna: str | Iterable[str] | None, mrna: str | Iterable[str] | None) -> np.ndarray | None:
    """Pairs of the named miRNAs and mRNAs, as a mask; None for all of them."""
    wanted = None
    for what, kind, values in (("miRNA", K.Var.MIRNA, mirna), ("mRNA", K.Var.MRNA, mrna)):
        if values is None:
            continue
        names = [values] if isinstance(values, str) else list(values)
        ends = [adata.var[name].astype(str) for name in _mudata.ends(adata) if name.startswith(kind)]
        if not ends:
            raise InputError(f"These networks have no {what}s: their ends are {check.listing(_mudata.ends(adata))}.")
        _networks.positions(what, pd.Index(pd.unique(pd.concat(ends))), names)
        among = np.any([end.isin(names).to_numpy() for end in ends], axis=0)
        wanted = among if wanted is None else wanted & among
    return wanted


def _take(column: pd.Series, at: np.ndarray) -> Any:
    """Values at positions; names as categories, so that millions of them stay small."""
    if isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(column):
        values = column.astype("category").cat
        return pd.Categorical.from_codes(values.codes.to_numpy()[at], categories=values.categories)
    return column.array.take(at)


def _values(layer: Any, x: sparse.csr_matrix, rows: np.ndarray, whole: bool) -> np.ndarray:
    """The layer's values where `x` has entries."""
    return _mudata.values_at(layer if whole else layer[rows], x)
