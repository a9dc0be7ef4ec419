"""What every reading of the networks needs: miRNAs in a fixed order, degrees, exact shares, cells by name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError, run_first


def sources(adata: AnnData) -> tuple[np.ndarray, pd.Index]:
    """(pairs, 1) number of each pair's miRNA, and the miRNAs' names in order of first appearance.

    Networks among features of one kind have no direction: (pairs, 2), and the features of both ends.
    """
    first, second = _mudata.ends(adata)
    if not _mudata.one_kind(adata):
        codes, names = pd.factorize(adata.var[first])
        return codes[:, None], pd.Index(names.astype(str))
    both = pd.concat([adata.var[first].astype(str), adata.var[second].astype(str)])
    codes, names = pd.factorize(both)
    return codes.reshape(2, -1).T, pd.Index(names)


def source_kind(adata: AnnData) -> str:
    """What `sources` are: "mirna", but "mrna" in networks among mRNAs."""
    return K.Var.MRNA if _mudata.ends(adata)[0] == K.Var.MRNA_A else K.Var.MIRNA


def out_degree(edges: sparse.csr_matrix, codes: np.ndarray, n_sources: int) -> np.ndarray:
    """(cells, sources) int32: how many targets each miRNA has in each cell's network."""
    n_pairs, n_ends = codes.shape
    start = np.arange(n_pairs + 1) * n_ends
    belongs = sparse.csr_matrix((np.ones(codes.size, np.int32), codes.ravel(), start), shape=(n_pairs, n_sources))
    return (edges.astype(np.int32) @ belongs).toarray()


def first_by_degree(
    degree: np.ndarray, fraction: float, preferred: np.ndarray, *, keep_ties: bool
) -> tuple[np.ndarray, int]:
    """Who is among the first ceil(fraction * active) of each row, and how many rows are cut within a tie.

    `preferred` lists the columns, the one that wins a tie first; `keep_ties` takes all that tie at the cut.
    """
    n_cells, n_mirnas = degree.shape
    if n_mirnas == 0:
        return np.zeros(degree.shape, bool), 0
    n_active = (degree > 0).sum(axis=1)
    up_to = np.array([share_up(fraction, k) for k in range(n_mirnas + 1)])
    n_hubs = up_to[n_active]
    order = preferred[np.argsort(-degree[:, preferred], axis=1, kind="stable")]
    is_hub = np.zeros(degree.shape, bool)
    np.put_along_axis(is_hub, order, np.arange(n_mirnas) < n_hubs[:, None], axis=1)
    ranked = np.take_along_axis(degree, order, axis=1)
    last = ranked[np.arange(n_cells), np.maximum(n_hubs, 1) - 1]
    tied = (degree == last[:, None]) & (last > 0)[:, None]
    n_cut = int((tied & ~is_hub).any(axis=1).sum())
    return (is_hub | tied, n_cut) if keep_ties else (is_hub, n_cut)


def share_up(share: float, n: int) -> int:
    """ceil(share * n) in decimals: 7 for 0.07 * 100, which floating point takes for 7.000000000000001."""
    return math.ceil(Fraction(repr(float(share))) * n)


def share_even(share: float, n: int) -> int:
    """round(share * n) in decimals, half to even."""
    return round(Fraction(repr(float(share))) * n)


def cell_positions(adata: AnnData, cells: str | Iterable[str] | None) -> np.ndarray:
    """Rows of the named cells, in the order asked for; all of them for None."""
    if cells is None:
        return np.arange(adata.n_obs)
    names = [cells] if isinstance(cells, str) or not isinstance(cells, Iterable) else list(cells)
    return positions("cell", adata.obs_names, names)


def positions(what: str, index: pd.Index, names: Iterable[str], where: str = "the networks") -> np.ndarray:
    """Where each name is, or an error that lists the unknown ones and the closest known one."""
    names = list(names)
    index = index.astype(str)
    found = index.get_indexer(pd.Index([str(n) for n in names]))
    unknown = [n for n, at in zip(names, found, strict=True) if at < 0]
    if unknown:
        raise InputError(
            f"No {what} {check.listing(unknown)} in {where}; there are {len(index):,}: {check.listing(index, 3)}."
            f"{check.suggest(unknown[0], index)}"
        )
    if len(set(names)) < len(names):
        twice = pd.Index(names)
        raise InputError(
            f"Each {what} is to be named once; named again: {check.listing(twice[twice.duplicated()].unique())}."
        )
    return found


def modules(adata: AnnData, key: str = K.Table.MODULES, regulation: str = K.REGULATION) -> pd.DataFrame:
    """The stored table, or an error that names the call to make, on the networks of that name."""
    table = adata.uns.get(K.UNS, {}).get(key)
    if not isinstance(table, pd.DataFrame):
        named = "" if key == K.Table.MODULES else f", key_added={key!r}"
        named += "" if regulation == K.REGULATION else f", regulation={regulation!r}"
        raise run_first(f"There are no modules under {key!r} yet", f"cs.tl.modules(mdata{named})")
    return table
