"""Modalities in, aligned arrays out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._matrix import numbers


class Paired(NamedTuple):
    """Both modalities over the cells they share, in the order of `mdata.obs_names`."""

    cells: pd.Index
    mirna_names: pd.Index
    mrna_names: pd.Index
    mirna: Any  # cells x miRNAs, as stored (dense or sparse)
    mrna: Any  # cells x mRNAs
    n_dropped: int  # cells of the MuData that lack one modality


def modality(mdata: Any, key: str, given_by: str = "the `mirna=` and `mrna=` arguments") -> AnnData:
    """One modality, or an error that lists the ones there are and says which argument names it."""
    if not isinstance(mdata, MuData):
        alone = "Of mRNAs alone: mudata.MuData({'mrna': adata}). " if isinstance(mdata, AnnData) else ""
        raise InputError(
            f"Expected a MuData with a miRNA and an mRNA modality; found {type(mdata).__name__}. "
            f"Build one with cs.io.make_mudata(mirna, mrna). {alone}".rstrip()
        )
    if not isinstance(key, str) or key not in mdata.mod:
        there = f"The MuData has no modality {key!r}; it has {check.listing(mdata.mod)}. Name yours with {given_by}."
        if key == K.MIRNA and list(mdata.mod) == [K.MRNA]:
            raise InputError(
                f"{there} Where no miRNAs were measured, cs.tl.activity(mdata, net) infers them from mRNAs of which "
                "the logarithm was taken, as by cs.pp.recipe_csmir(mdata)."
            )
        raise InputError(f"{there}{check.suggest(key, list(mdata.mod))}")
    return mdata.mod[key]


def is_inferred(mirna: AnnData) -> bool:
    """Whether a miRNA modality was made by :func:`csmir.tl.activity`."""
    return bool(mirna.uns.get(K.UNS, {}).get("activity", {}).get("inferred", False))


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
        refuse_repeated(name, adata, "cell", "feature")
        for axis, names in (("cell", adata.obs_names), ("feature", adata.var_names)):
            _refuse_unwritable(f"{name} {axis}", names)
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
        mirna=_of_cells(matrix(a, layer, mirna), a.obs_names, cells),
        mrna=_of_cells(matrix(b, layer, mrna), b.obs_names, cells),
        n_dropped=mdata.n_obs - len(cells),
    )


def refuse_repeated(name: str, adata: AnnData, *axes: str) -> None:
    """Cells ("cell") or features ("feature") of one name cannot be told apart by it."""
    for axis in axes:
        names = adata.obs_names if axis == "cell" else adata.var_names
        if not names.is_unique:
            twice = names[names.duplicated()].unique()
            advice = (
                "cs.pp.merge_duplicates(mdata)" if axis == "feature" else f"mdata[{name!r}].obs_names_make_unique()"
            )
            raise InputError(
                f"The {name} modality has duplicated {axis} names: {check.listing(twice)}. Run {advice} first."
            )


def _of_cells(values: Any, names: pd.Index, cells: pd.Index) -> Any:
    """The rows of these cells: the matrix itself, no copy, where they are all of its rows in its order.

    It is the user's: nobody writes into it.
    """
    ours = sparse.issparse(values) or (values.flags.c_contiguous and values.flags.writeable)
    return values if ours and names.equals(cells) else values[names.get_indexer(cells)]


def _refuse_unwritable(what: str, names: pd.Index) -> None:
    """Names that no file keeps are said before the work, not at the end of it."""
    if not _is_kept("".join(map(str, names))):
        bad = [ascii(n) for n in map(str, names) if not _is_kept(n)]
        raise InputError(
            f"{len(bad):,} {what} names hold a NUL or half a character, which no file keeps: {', '.join(bad[:3])}. "
            "Rename them, or read their file again with the encoding it has."
        )


def _is_kept(text: str) -> bool:
    return "\0" not in text and text.encode(errors="replace").decode() == text


def in_name_order(data: Paired) -> Paired:
    """The cells sorted by name: what is drawn for a cell by its position is then the same in any order of the data."""
    order = np.argsort(data.cells.to_numpy(dtype=object), kind="stable")
    return data._replace(cells=data.cells[order], mirna=data.mirna[order], mrna=data.mrna[order])


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
