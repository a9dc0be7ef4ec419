"""Cells x pairs networks on their way from an engine to `mdata["regulation"]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _keys as K
from csmir._mudata import Paired, made_of
from csmir.inference.pairs import Pairs

if TYPE_CHECKING:
    from csmir.kernels.fdr import PairSums


class _Unique(AnnData):
    """An AnnData as it is made of names that are known to be unique. The setting for it is the whole process's."""

    def _check_uniqueness(self) -> None:
        pass


class Networks(NamedTuple):
    """One CSR pattern, cells x pairs, and the values on it."""

    indptr: np.ndarray
    indices: np.ndarray
    value: np.ndarray  # float32
    layers: dict[str, np.ndarray]  # each with one entry per stored value
    sums: PairSums | None = None  # evidence of each pair over all rows, where the statistic gives it


def over_cutoff(above: np.ndarray, n_runs: int, median: np.ndarray, cutoff: float) -> np.ndarray:
    """Whether the median over the runs is over the cutoff: by the count of runs, and by value where that is even."""
    return (2 * above.astype(np.int64) > n_runs) | ((2 * above.astype(np.int64) == n_runs) & (median > cutoff))


def to_anndata(networks: Networks, data: Paired, pairs: Pairs, obs: pd.DataFrame, key: str) -> AnnData:
    """The networks as AnnData: pairs are variables, every layer shares the pattern of X.

    Names of pairs start with the modality's name unless it is the default one, so that several networks of the same
    pairs can stand in one MuData.
    """
    shape = (len(data.cells), len(pairs))

    def matrix(values: np.ndarray) -> sparse.csr_matrix:
        out = sparse.csr_matrix(shape, dtype=values.dtype)
        # set directly: the constructor would copy or re-check hundreds of megabytes that are in order as they are
        out.data, out.indices, out.indptr = values, networks.indices, networks.indptr
        return out

    mirna, mrna = np.asarray(data.mirna_names, dtype=object), np.asarray(data.mrna_names, dtype=object)
    index = pd.Index(
        ((f"{key}:" if key != K.REGULATION else "") + mirna + "|")[pairs.mirna] + mrna[pairs.mrna], dtype=object
    )
    # names are unique as the pairs are; to find that out by hashing takes as long as inferring the networks
    unique = not any("|" in name for name in data.mirna_names)
    if unique:
        index._cache["is_unique"] = True
    var = pd.DataFrame(
        {
            K.Var.MIRNA: pd.Categorical.from_codes(pairs.mirna, categories=data.mirna_names),
            K.Var.MRNA: pd.Categorical.from_codes(pairs.mrna, categories=data.mrna_names),
        },
        index=index,
    )
    layers = {name: matrix(values) for name, values in networks.layers.items()}
    adata = (_Unique if unique else AnnData)(X=matrix(networks.value), obs=obs, var=var, layers=layers)
    adata.__class__ = AnnData
    significant = networks.layers.get(K.Layer.SIGNIFICANT)
    kept = networks.indices if significant is None else networks.indices[significant]
    adata.var[K.Var.N_CELLS] = np.bincount(kept, minlength=len(pairs)).astype(np.int32)
    if networks.sums is not None:
        put_evidence(adata, networks.sums)
    if significant is None:
        adata.obs[K.Obs.N_INTERACTIONS] = np.diff(networks.indptr).astype(np.int32)
    else:
        before = np.concatenate([[0], np.cumsum(significant)])
        adata.obs[K.Obs.N_INTERACTIONS] = np.diff(before[networks.indptr]).astype(np.int32)
    made_of.mark_counts(adata)
    return adata


def put_evidence(adata: AnnData, sums: PairSums) -> None:
    """One p-value a pair over its cells, and Benjamini-Hochberg over the pairs."""
    from csmir.kernels.fdr import adjusted

    adata.var[K.Var.PAIR_P] = sums.p()
    adata.var[K.Var.PAIR_Q] = adjusted(adata.var[K.Var.PAIR_P].to_numpy())
