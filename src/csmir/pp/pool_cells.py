"""Pools of similar cells in place of single ones: the way to networks of very many cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
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

HOW = ("mean", "sum")
EXPRESSION = "expression"
MOST_VALUES = 5 * 10**7  # genes x cells that the place of a cell is taken from
MOST_GENES = 3000


@step
def pool_cells(
    mdata: MuData,
    groups: str | None = None,
    *,
    size: int | None = 20,
    space: str = EXPRESSION,
    how: str = "mean",
    mirna: str = K.MIRNA,
    mrna: str = K.MRNA,
) -> MuData:
    r"""Put similar cells together into pools, whose networks take the place of those of single cells.

    A test of m pools costs as little as one of m cells, and a pool's expression has fewer zeros than a cell's. Every
    cell is in one pool, so that pools are as independent of each other as cells are. Cells are split into two halves
    along the direction in which they differ most, the halves again, and so on until the parts hold `size` cells: the
    parts of a group of n cells are :math:`\max(1, \mathrm{round}(n / size))`, equal in size but for one cell. Both
    modalities are pooled by the same cells.

    Parameters
    ----------
    %(mdata)s
    groups
        A column of `mdata.obs`: no pool holds cells of two groups. Cells without a group are left out.
    size
        Cells of a pool, at least 2; None makes one pool of each group.
    space
        Where cells lie near each other: `"expression"`, principal components of the ranks of the mRNAs that the most
        cells detect, or the name of a representation in `.obsm` of the mRNA modality. Cells are never pooled by their
        miRNAs, which are what is tested.
    how
        `"mean"` or `"sum"` of the cells' values, of `X` and of every layer. Pool counts, before logarithms.
    %(modalities)s

    Returns
    -------
    A new MuData of both modalities over the pools, named `pool_0`, `pool_1`, ... (with the group's name in front where
    there are groups):

    - `.obs["n_pooled"]`: int32, cells of the pool;
    - `.obs[...]`: columns of `mdata.obs` that have one value inside every pool;
    - `.uns["csmir"]["pools"]`: DataFrame `cell`, `pool`, one row for each pooled cell;
    - `.uns["csmir"]["pool_cells"]`: the parameters.

    Raises
    ------
    InputError
        There is no such column or representation, a parameter is out of range, `size` and `groups` are both None, or
        values are missing or negative.

    Notes
    -----
    An interaction of a pool is one of its cells on average: what differs inside a pool is gone. Ask
    :func:`csmir.tl.power` what so many pools can show.

    References
    ----------
    Baran Y et al. (2019), MetaCell, Genome Biology 20:206.

    Examples
    --------
    >>> import csmir as cs
    >>> mdata = cs.datasets.simulated(n_cells=400, seed=1)
    >>> pools = cs.pp.pool_cells(mdata, size=4)
    >>> pools.n_obs, int(pools.obs["n_pooled"].max())
    (100, 4)
    """
    V.opened(mdata, False, mirna, mrna)
    check.choice("how", how, HOW)
    if size is None and groups is None:
        raise InputError("Pools need `size`, `groups` or both; found neither. Give size=20, or a column of mdata.obs.")
    size = None if size is None else check.integer("size", size, low=2)
    cells = V.shared_cells(mdata, mirna, mrna)
    labels, prefix = _groups(mdata, cells, groups)
    for key in (mirna, mrna):
        V.check_values(V.values(mdata[key], None, key), key)
    pool = np.full(len(cells), -1)
    names: list[str] = []
    points = None if size is None else _points(mdata, cells, mrna, space)
    for label in range(len(prefix)):
        inside = np.flatnonzero(labels == label)
        if size is None or points is None:
            parts = [inside]
        else:
            parts = _halved(points, inside, max(1, round(len(inside) / size)))
            parts.sort(key=lambda part: int(part[0]))
        for i, part in enumerate(parts):
            pool[part] = len(names)
            names.append(prefix[label].removesuffix("-") if size is None else f"{prefix[label]}pool_{i}")
    out = _pooled(mdata, cells, pool, names, how, (mirna, mrna))
    _annotate(out, mdata.obs.loc[cells], pool, names)
    _mudata.record(out, "pool_cells", groups=groups, size=size, space=None if size is None else space, how=how)
    sizes = np.bincount(pool[pool >= 0])
    logger.info(
        "pool_cells: %d cells in %d pools of %d to %d; %d cells of the MuData are in none",
        (pool >= 0).sum(), len(names), sizes.min(), sizes.max(), mdata.n_obs - (pool >= 0).sum(),
    )  # fmt: skip
    return out


def _groups(mdata: MuData, cells: pd.Index, column: str | None) -> tuple[np.ndarray, list[str]]:
    """(cells,) integer labels, negative for none, and what pool names of each start with."""
    if column is None:
        return np.zeros(len(cells), np.int64), [""]
    from csmir.inference.cells import group_labels

    labels = group_labels(mdata, cells, column)
    of_label = pd.Series(mdata.obs.loc[cells, column].to_numpy()[labels >= 0]).groupby(labels[labels >= 0]).first()
    return labels, [f"{name}-" for name in of_label]


def _points(mdata: MuData, cells: pd.Index, mrna: str, space: str) -> np.ndarray:
    """Cells x dimensions."""
    adata = mdata[mrna]
    at = adata.obs_names.get_indexer(cells)
    if space != EXPRESSION:
        if space not in adata.obsm:
            there = [EXPRESSION, *map(str, adata.obsm)]
            raise InputError(
                f"`space` must name a representation in .obsm of mdata[{mrna!r}], or be 'expression'; found {space!r}. "
                f"There are {check.listing(there)}.{check.suggest(space, there)}"
            )
        from csmir.inference.named_neighbors import check_points

        return check_points(_mudata.dense(adata.obsm[space])[at], space)
    from csmir.inference.expression import most_detected
    from csmir.kernels.neighbors import expression_space

    n_genes = int(np.clip(MOST_VALUES // len(cells), 2, MOST_GENES))
    _, values, floor = most_detected(V.values(adata, None, mrna)[at], n_genes)
    return expression_space(values, floor=floor)


def _halved(points: np.ndarray, cells: np.ndarray, n_parts: int) -> list[np.ndarray]:
    """Cut cells into so many parts, equal but for one cell, each along the direction in which they differ most."""
    if n_parts == 1:
        return [cells]
    centred = points[cells] - points[cells].mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    along = axes[:, -1] * np.sign(axes[np.argmax(np.abs(axes[:, -1])), -1])  # the sign does not depend on the machine
    order = np.argsort(centred @ along, kind="stable")
    left = n_parts // 2
    # as many cells as parts of the size that all have, within one cell
    small, more = divmod(len(cells), n_parts)
    cut = small * left + min(more, left)
    one, other = np.sort(cells[order[:cut]]), np.sort(cells[order[cut:]])
    return _halved(points, one, left) + _halved(points, other, n_parts - left)


def _pooled(
    mdata: MuData, cells: pd.Index, pool: np.ndarray, names: list[str], how: str, keys: tuple[str, str]
) -> MuData:
    """Both modalities over the pools."""
    from anndata import AnnData

    kept = np.flatnonzero(pool >= 0)
    n_cells = np.bincount(pool[kept], minlength=len(names))
    weight = np.ones(len(kept)) if how == "sum" else 1.0 / n_cells[pool[kept]]
    member = sparse.csr_matrix((weight, (pool[kept], kept)), shape=(len(names), len(cells)))
    index = pd.Index(names, dtype=object)

    def put_together(x: Any, at: np.ndarray) -> Any:
        kind = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
        found = member @ x[at]  # in float64, whatever the data are kept in
        return sparse.csr_matrix(found, dtype=kind) if sparse.issparse(found) else np.asarray(found).astype(kind)

    parts = {}
    for key in keys:
        adata = mdata[key]
        at = adata.obs_names.get_indexer(cells)
        layers = {name: put_together(V.values(adata, name, key), at) for name in V.layer_names(adata)}
        with assemble.repeated_names():
            parts[key] = AnnData(
                put_together(V.values(adata, None, key), at),
                obs=pd.DataFrame(index=index),
                var=adata.var.copy(),
                layers=layers,
            )
    return assemble.assemble(parts)


def _annotate(out: MuData, obs: pd.DataFrame, pool: np.ndarray, names: list[str]) -> None:
    """Write pool sizes, columns that say the same of all cells of each pool, and who is in which."""
    kept = np.flatnonzero(pool >= 0)
    out.obs[K.Obs.N_POOLED] = np.bincount(pool[kept], minlength=len(names)).astype(np.int32)
    first = np.full(len(names), -1)
    first[pool[kept[::-1]]] = kept[::-1]
    dropped = []
    for column in obs.columns:
        codes, _ = pd.factorize(obs[column])
        if (codes[kept] == codes[first[pool[kept]]]).all():
            out.obs[column] = obs[column].iloc[first].set_axis(out.obs_names)
        else:
            dropped.append(column)
    if dropped:
        logger.info("pool_cells: columns that differ inside pools are left out: %s", check.listing(dropped))
    out.uns.setdefault(K.UNS, {})[K.Table.POOLS] = pd.DataFrame({
        "cell": obs.index[kept].astype(str),
        "pool": pd.Categorical.from_codes(pool[kept], categories=pd.Index(names, dtype=object)),
    })  # fmt: skip
