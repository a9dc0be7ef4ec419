"""What every preprocessing step does around its own work: find the values, judge them, put them back."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _mudata
from csmir import _validate as check
from csmir._errors import InputError
from csmir._log import logger
from csmir._matrix import numbers
from csmir._mudata import assemble

NORMALIZE = "normalize"  # the step
# log2 of the largest counts there are; abundances per million, or of shares (up to 1), are elsewhere
LARGEST_LOGARITHM = 25


def opened(mdata: Any, copy: bool, *keys: str, modality: str | None = None) -> MuData:
    """The MuData to change, itself or a copy, with the modalities it needs: `keys`, or the `modality` of the user."""
    given_by = "the `mirna=` and `mrna=` arguments" if modality is None else "the `modality=` argument"
    for key in keys if modality is None else (modality,):
        adata = _mudata.modality(mdata, key, given_by)
        if 0 in adata.shape:
            raise InputError(
                f"The {key} modality is empty: {adata.n_obs:,} cells x {adata.n_vars:,} features. Was everything "
                "filtered out, or the wrong file read?"
            )
        if adata.isbacked:
            raise InputError(
                f"The {key} modality is on disk. Load it: mdata.mod[{key!r}] = mdata[{key!r}].to_memory()."
            )
    if copy:
        return assemble.duplicate(mdata)
    assemble.own(mdata)
    return mdata


def measured(mdata: Any, mirna: str, mrna: str, step: str) -> tuple[str, ...]:
    """Names of the two modalities, or of the mRNAs alone in data without miRNAs."""
    if mirna == K.MIRNA and isinstance(mdata, MuData) and mirna not in mdata.mod and mrna in mdata.mod:
        logger.info(
            "%s: there is no miRNA modality; the mRNAs alone are taken (cs.tl.activity infers miRNAs from them)", step
        )
        return (mrna,)
    return (mirna, mrna)


def own(adata: AnnData) -> AnnData:
    """The AnnData itself, or the copy of a view: writing to a view is lost."""
    if not adata.is_view:
        return adata
    with assemble.repeated_names():
        return adata.copy()


def replace(mdata: MuData, parts: dict[str, AnnData]) -> None:
    """Put all modalities in, once none of them can fail any more."""
    assemble.set_modalities(mdata, parts)


def values(adata: AnnData, layer: str | None, key: str) -> Any:
    """X or a layer as a numeric numpy or scipy matrix."""
    x = _mudata.stored(adata, layer, key)
    if hasattr(x, "compute"):
        raise InputError(f"The {key} modality is a dask array. Load it: mdata[{key!r}].X = mdata[{key!r}].X.compute().")
    return numbers(f"The {key} modality", x)


def is_sparse(x: Any) -> bool:
    """Whether this is a scipy sparse matrix or array."""
    return bool(sparse.issparse(x))


def stored(x: Any) -> np.ndarray:
    """The entries that can be missing, infinite or negative."""
    return x.data if is_sparse(x) else x


def check_values(x: Any, key: str) -> None:
    """Finite and at least 0, or the error that counts what is not."""
    entries = stored(x)
    if entries.size and not (entries.min() >= 0 and entries.max() < np.inf):  # a missing value fails both
        check.finite_matrix(f"The {key} modality", np.asarray(entries).reshape(1, -1))


def warn_if_small(x: Any, key: str, why: str = "") -> None:
    """Say when the values may be logarithms: nothing but their size can tell, so they are taken as they are."""
    entries = stored(x)
    largest = float(entries.max()) if entries.size else 0.0
    if 1 < largest <= LARGEST_LOGARITHM and (entries != np.floor(entries)).any():
        text = (
            f"The largest value of {key} is {largest:.3g}, and the values are no counts. {why}If these are logarithms "
            "already, load the data again and leave this out: cs.pp.recipe_csmir(mdata, log=False), on the command "
            "line --logged"
        )
        logger.warning(text)  # for the command line, which shows the log only
        warnings.warn(text, stacklevel=4)


def put(adata: AnnData, layer: str | None, x: Any) -> None:
    """Write X or a layer."""
    if layer is None:
        adata.X = x
    else:
        adata.layers[layer] = x


def layer_names(adata: AnnData) -> list[str]:
    """Names of the layers; anndata 0.13 lists X among them, as None."""
    return [name for name in adata.layers if name is not None]


def shared_cells(mdata: MuData, *keys: str) -> pd.Index:
    """Cells that have these modalities, both or the one, in the order of the MuData."""
    cells, first = mdata.obs_names, []
    for key in keys:
        names = _mudata.modality(mdata, key).obs_names
        if not names.is_unique:
            twice = names[names.duplicated()].unique()
            raise InputError(
                f"The {key} modality holds cells more than once: {check.listing(twice)}. Run "
                f"mdata[{key!r}].obs_names_make_unique() first."
            )
        cells = cells[cells.isin(names)]
        first.append(f"{key} has {check.listing(names, 3)}")
    if len(cells) == 0:
        raise InputError(
            f"No cell has both modalities: {', '.join(first)}. "
            "Pair them with cs.io.make_mudata(mirna, mrna, pair_by=...)."
        )
    return cells
