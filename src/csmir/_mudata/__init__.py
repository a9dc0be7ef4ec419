"""Modalities in, aligned arrays out; what networks hold; and a record of each step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError, StepError
from csmir._matrix import numbers
from csmir._version import __version__


class Paired(NamedTuple):
    """Both modalities over the cells they share, in the order of `mdata.obs_names`."""

    cells: pd.Index
    mirna_names: pd.Index
    mrna_names: pd.Index
    mirna: Any  # cells x miRNAs, as stored (dense or sparse)
    mrna: Any  # cells x mRNAs
    n_dropped: int  # cells of the MuData that lack one modality


def modality(mdata: Any, key: str) -> AnnData:
    """One modality, or an error that lists the ones there are."""
    if not isinstance(mdata, MuData):
        raise InputError(
            f"Expected a MuData with a miRNA and an mRNA modality; found {type(mdata).__name__}. "
            "Build one with cs.io.make_mudata(mirna, mrna)."
        )
    if not isinstance(key, str) or key not in mdata.mod:
        raise InputError(
            f"The MuData has no modality {key!r}; it has {check.listing(mdata.mod)}. "
            f"Name yours with the `mirna=` and `mrna=` arguments.{check.suggest(key, list(mdata.mod))}"
        )
    return mdata.mod[key]


def matrix(adata: AnnData, layer: str | None, name: str) -> Any:
    """X or a layer, dense or sparse as stored, of numbers that every kernel reads."""
    return numbers(f"The {name} matrix", stored(adata, layer, name))


def stored(adata: AnnData, layer: str | None, name: str) -> Any:
    """X or a layer, as stored."""
    if layer is None:
        if adata.X is None:
            raise InputError(f"The {name} modality has no X. Fill it, or name a layer with `layer=`.")
        return adata.X
    if layer not in adata.layers:
        there = [key for key in adata.layers if key is not None]  # anndata 0.13 lists X among them
        raise InputError(f"The {name} modality has no layer {layer!r}; it has {check.listing(there) or 'none'}.")
    return adata.layers[layer]


def dense(values: Any) -> np.ndarray:
    """A dense array of whatever container AnnData holds."""
    if sparse.issparse(values):
        return values.toarray()
    if hasattr(values, "compute"):  # dask
        return dense(values.compute())
    return np.asarray(values)


def paired(mdata: MuData, *, mirna: str = K.MIRNA, mrna: str = K.MRNA, layer: str | None = None) -> Paired:
    """Both matrices over the cells that have both modalities."""
    a, b = modality(mdata, mirna), modality(mdata, mrna)
    if mirna == mrna:
        raise InputError(f"`mirna` and `mrna` must name two modalities; both are {mirna!r}.")
    for name, adata in ((mirna, a), (mrna, b)):
        for axis, names in (("cell", adata.obs_names), ("feature", adata.var_names)):
            if not names.is_unique:
                twice = names[names.duplicated()].unique()
                advice = (
                    "cs.pp.merge_duplicates(mdata)" if axis == "feature" else f"mdata[{name!r}].obs_names_make_unique()"
                )
                raise InputError(
                    f"The {name} modality has duplicated {axis} names: {check.listing(twice)}. Run {advice} first."
                )
    shared = a.obs_names.intersection(b.obs_names)
    if len(shared) == 0:
        raise InputError(
            f"No cell has both modalities: {mirna} has {check.listing(a.obs_names, 3)}, {mrna} has "
            f"{check.listing(b.obs_names, 3)}. Pair them with cs.io.make_mudata(mirna, mrna, pair_by=...)."
        )
    cells = mdata.obs_names[mdata.obs_names.isin(shared)]
    return Paired(
        cells=cells,
        mirna_names=a.var_names,
        mrna_names=b.var_names,
        mirna=matrix(a, layer, mirna)[a.obs_names.get_indexer(cells)],
        mrna=matrix(b, layer, mrna)[b.obs_names.get_indexer(cells)],
        n_dropped=mdata.n_obs - len(cells),
    )


def weights(mdata: MuData, cells: pd.Index) -> np.ndarray:
    """(cells, runs) int64 of `cs.pp.bootstrap_cells`; they are stored as float32, and were as integers once."""
    stored = dense(mdata.obsm[K.BOOTSTRAP])[mdata.obs_names.get_indexer(cells)]
    with np.errstate(invalid="ignore"):
        whole = stored.astype(np.int64)
    if not np.array_equal(whole, stored) or (whole < 1).any():  # cells that came later have missing ones
        n_off = int((~(stored >= 1) | (whole != stored)).any(axis=1).sum())
        raise InputError(
            f"The weights in mdata.obsm[{K.BOOTSTRAP!r}] do not belong to these {len(cells)} cells: {n_off} of them "
            "have no whole weight of 1 or more. Were cells added since? Run cs.pp.bootstrap_cells(mdata) again."
        )
    return whole


def regulation(data: MuData | AnnData, key: str = K.REGULATION) -> AnnData:
    """The cells x pairs networks to write results to, from a MuData or handed in as they are.

    Results that they outlived, being over other cells or pairs, are taken out, and counts are counted anew.
    """
    from csmir._mudata.made_of import renewed

    adata = _found(data, key)
    if adata.is_view:  # its .uns would be that of the networks it was taken from
        adata._init_as_actual(adata.copy())
    return renewed(adata, in_place=True)


def read_regulation(data: MuData | AnnData, key: str = K.REGULATION) -> AnnData:
    """The same networks to read, with nothing changed in the object: what they outlived is left out of what is read."""
    from csmir._mudata.made_of import renewed

    return renewed(_found(data, key), in_place=False)


def _found(data: MuData | AnnData, key: str) -> AnnData:
    adata = data
    if isinstance(data, MuData):
        if not isinstance(key, str) or key not in data.mod:
            raise StepError(
                f"The MuData has no modality {key!r} (it has {check.listing(data.mod)}). "
                "Run cs.tl.regulation(mdata, net) first."
            )
        adata = data.mod[key]
    if not isinstance(adata, AnnData):
        raise InputError(f"Expected a MuData or the AnnData of networks; found {type(data).__name__}.")
    ends(adata, key)
    return adata


ENTRIES_AT_ONCE = 1 << 26  # of networks on the disk

# columns of .var that name the two ends of a pair: regulation, synergy, sponge
ENDS = ((K.Var.MIRNA, K.Var.MRNA), (K.Var.MIRNA_A, K.Var.MIRNA_B), (K.Var.MRNA_A, K.Var.MRNA_B))


def ends(adata: AnnData, key: str = K.REGULATION) -> tuple[str, str]:
    """Which columns of `.var` name the ends of each pair; networks among features of one kind have no direction."""
    for columns in ENDS:
        if all(c in adata.var for c in columns):
            return columns
    missing = [c for c in ENDS[0] if c not in adata.var]
    raise InputError(
        f"{key!r} holds no cell-specific networks: its .var lacks {check.listing(missing)}. "
        "Run cs.tl.regulation(mdata, net)."
    )


def one_kind(adata: AnnData) -> bool:
    """Whether both ends are miRNAs, or both mRNAs."""
    return ends(adata) != ENDS[0]


def edges(adata: AnnData) -> sparse.csr_matrix:
    """Cells x pairs, True where there is an edge: a stored value that is not 0, or what the layer `significant` has."""
    layer = adata.layers.get(K.Layer.SIGNIFICANT)
    return _present(adata.X if layer is None else layer)


def edge_blocks(adata: AnnData) -> Iterator[tuple[slice, sparse.csr_matrix]]:
    """The same for some cells at a time, of which no more than a block is loaded if the networks are on the disk."""
    layer = adata.layers.get(K.Layer.SIGNIFICANT)
    values = adata.X if layer is None else layer
    if not on_disk(values):
        yield slice(0, adata.n_obs), _present(values)
        return
    indptr = np.asarray(values.group["indptr"][:], np.int64)
    first = 0
    while first < adata.n_obs:
        last = int(np.searchsorted(indptr, indptr[first] + ENTRIES_AT_ONCE, side="right")) - 1
        last = min(max(last, first + 1), adata.n_obs)
        yield slice(first, last), _present(values[first:last])
        first = last


def on_disk(values: Any) -> bool:
    """Whether this is a sparse matrix of anndata that is read when it is indexed."""
    return hasattr(values, "to_memory") and not sparse.issparse(values)


def _present(values: Any) -> sparse.csr_matrix:
    if on_disk(values):
        values = values.to_memory()
    x = sparse.csr_matrix(values, copy=False)
    present = x.data != 0
    if present.all():
        return sparse.csr_matrix((present, x.indices, x.indptr), shape=x.shape)
    out = sparse.csr_matrix((present, x.indices.copy(), x.indptr.copy()), shape=x.shape)
    out.eliminate_zeros()
    return out


def record(data: MuData | AnnData, step: str, **params: Any) -> None:
    """Note a step's parameters and the version in `.uns["csmir"][step]`, in types that h5mu keeps."""
    section = data.uns.setdefault(K.UNS, {})
    section[step] = {"version": __version__} | {k: _plain(v) for k, v in params.items() if v is not None}


def recorded(data: MuData | AnnData, step: str) -> Mapping[str, Any]:
    """What `record` noted, or an error that names the call to make."""
    try:
        return data.uns[K.UNS][step]
    except KeyError:
        raise StepError(f"No record of {step!r}. Run cs.tl.{step}(mdata) first.") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, tuple | set | frozenset):
        value = sorted(value) if isinstance(value, set | frozenset) else list(value)
    if isinstance(value, list):
        return np.array(value)
    return value
