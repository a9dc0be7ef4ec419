"""The gene lists that enrichment is asked about: of modules, cells, miRNAs, groups of cells, or given by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata, _networks
from csmir import _validate as check
from csmir._errors import InputError
from csmir._networks.selection import WHOLE, named_networks
from csmir.tl._modules import KINDS, ends_of

MODULES, MIRNAS = "modules", "mirnas"


class Queries(NamedTuple):
    """Lists of features, one a row."""

    names: np.ndarray  # of the lists
    networks: pd.Categorical | None  # of modules: the network each is of
    members: sparse.csr_array  # lists x features, 0/1
    features: pd.Index
    kind: np.ndarray  # of each feature: 0 miRNA, 1 mRNA


def queries_of(
    adata: AnnData, of: str | Iterable[str] | Mapping, key: str, share: float, q_pair: float | None = None
) -> Queries:
    """The lists that `of` asks for; of networks, pairs that hold at `q_pair` only."""
    held = _mudata.holding(adata, q_pair)
    if held is not None and (isinstance(of, Mapping) or of == MODULES):
        raise InputError(
            "`q_pair` chooses among the pairs of networks, and modules and lists have been chosen before. Give it to "
            "cs.tl.modules, or leave it out."
        )
    if isinstance(of, Mapping):
        return of_mapping(of)
    if isinstance(of, str) and of == MODULES:
        return of_modules(_networks.modules(adata, key))
    if isinstance(of, str) and of == MIRNAS:
        return _of_mirnas(adata, share, held)
    if isinstance(of, str) and of in adata.obs and of not in (*WHOLE, *adata.obs_names):
        return _of_groups(adata, of, share, held)
    if isinstance(of, str) and of not in (*WHOLE, *adata.obs_names):
        known = [MODULES, *WHOLE, MIRNAS]
        raise InputError(
            f"`of` must be one of {', '.join(map(repr, known))}, a column of .obs, cells, or lists by name; "
            f"found {of!r}."
            f"{check.suggest(of, [*known, *adata.obs.columns.astype(str), *adata.obs_names.astype(str)])}"
        )
    return _of_pairs(adata, named_networks(adata, of, held))


def of_mapping(lists: Mapping) -> Queries:
    """Lists by name; what kind their members are is not known, so they count as mRNAs."""
    if not lists:
        raise InputError("`of` holds no list. Give at least one, as {name: genes}.")
    for name, genes in lists.items():
        if isinstance(genes, str) or not isinstance(genes, Iterable):
            raise InputError(f"`of` must hold lists of names; {str(name)!r} is {type(genes).__name__}.")
    names = [str(n) for n in lists]
    lengths = [list(dict.fromkeys(str(g) for g in genes)) for genes in lists.values()]
    codes, features = pd.factorize(np.array([g for genes in lengths for g in genes], dtype=object))
    row = np.repeat(np.arange(len(names)), [len(genes) for genes in lengths])
    kind = np.full(len(features), KINDS.index(K.MRNA), np.int8)
    return _build(names, None, row, codes, pd.Index(features), kind)


def of_modules(table: pd.DataFrame) -> Queries:
    """Modules of a tidy table as :func:`csmir.tl.modules` makes them; without a column `kind` all members are mRNAs."""
    module, names = pd.factorize(table[K.Module.MODULE])
    feature = table[K.Module.FEATURE].astype("category").cat
    kind = np.full(len(table), KINDS.index(K.MRNA))
    if K.Module.KIND in table:
        kind = pd.Categorical(table[K.Module.KIND], categories=KINDS).codes.astype(int)
        if (kind < 0).any():
            raise InputError(
                f"The column {K.Module.KIND!r} must hold {' and '.join(map(repr, KINDS))}; it holds other words."
            )
    both, codes = np.unique(feature.codes.to_numpy().astype(np.int64) * 2 + kind, return_inverse=True)
    networks = (
        table.drop_duplicates(K.Module.MODULE)[K.Module.NETWORK].astype("category").array
        if K.Module.NETWORK in table
        else None
    )
    features = pd.Index(feature.categories.astype(str)[both // 2])
    return _build([str(n) for n in names], networks, module, codes, features, (both % 2).astype(np.int8))


def _of_pairs(adata: AnnData, networks: list[tuple[str, np.ndarray]]) -> Queries:
    """Both ends of the interactions of each network."""
    ends = ends_of(adata)
    row = np.repeat(np.arange(len(networks)), [len(pairs) for _, pairs in networks])
    pair = np.concatenate([pairs for _, pairs in networks])
    codes = np.concatenate([ends.a[pair], ends.b[pair]])
    return _build([name for name, _ in networks], None, np.tile(row, 2), codes, ends.features, ends.kind)


def _of_mirnas(adata: AnnData, share: float, held: np.ndarray | None) -> Queries:
    """Each miRNA with its targets in enough cells."""
    if _mudata.one_kind(adata):
        raise InputError(f"of={MIRNAS!r} asks for targets of miRNAs; these networks are among features of one kind.")
    ends = ends_of(adata)
    pair = _in_enough(adata, np.arange(adata.n_obs), share, held)
    row, mirnas = pd.factorize(ends.a[pair])
    codes = np.concatenate([ends.a[pair], ends.b[pair]])
    return _build(list(ends.features[mirnas]), None, np.tile(row, 2), codes, ends.features, ends.kind)


def _of_groups(adata: AnnData, column: str, share: float, held: np.ndarray | None) -> Queries:
    """Each group of cells with the interactions that enough of its cells have."""
    groups = check.groups(f"The column {column!r}", adata.obs[column]).astype("category")
    networks = []
    for i, name in enumerate(groups.cat.categories):
        rows = np.flatnonzero(groups.cat.codes == i)
        if len(rows):
            networks.append((str(name), _in_enough(adata, rows, share, held)))
    if not networks:
        raise InputError(f"No cell has a value in .obs[{column!r}].")
    return _of_pairs(adata, networks)


def _in_enough(adata: AnnData, rows: np.ndarray, share: float, held: np.ndarray | None) -> np.ndarray:
    """Pairs that are interactions in at least a share of these cells, and in one."""
    n_cells = np.asarray(_mudata.edges(adata, held)[rows].astype(np.int32).sum(axis=0)).ravel()
    return np.flatnonzero(n_cells >= max(1, _networks.share_up(share, len(rows))))


def targets(adata: AnnData) -> pd.Index:
    """The mRNAs that the pairs name."""
    ends = ends_of(adata)
    return ends.features[ends.kind == KINDS.index(K.MRNA)]


def _build(
    names: list[str],
    networks: pd.Categorical | None,
    row: np.ndarray,
    codes: np.ndarray,
    features: pd.Index,
    kind: np.ndarray,
) -> Queries:
    members = sparse.coo_array((np.ones(len(row), np.int32), (row, codes)), shape=(len(names), len(features))).tocsr()
    members.sum_duplicates()
    members.data[:] = 1
    return Queries(np.array(names, dtype=object), networks, members, features, kind)
