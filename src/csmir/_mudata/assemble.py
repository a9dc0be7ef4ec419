"""MuData put together, copied and given modalities, in every mudata alike."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import mudata
import numpy as np
from anndata import AnnData
from mudata import MuData

from csmir._errors import InputError
from csmir._mudata import on_disk
from csmir._mudata.append import append


@contextmanager
def own_columns() -> Iterator[None]:
    """Keep each modality's columns to itself while the global index is updated, in every mudata."""
    if hasattr(mudata, "set_options"):  # mudata < 0.4
        with mudata.set_options(pull_on_update=False):
            yield
    else:
        with mudata.settings.override(pull_on_update=False):
            yield


@contextmanager
def repeated_names() -> Iterator[None]:
    """Let names repeat without a warning: cs.pp.merge_duplicates averages features later."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* names are not unique", category=UserWarning)
        warnings.filterwarnings("ignore", message=".*var_names", category=UserWarning)
        yield


def assemble(modalities: Mapping[str, AnnData]) -> MuData:
    """A MuData of these modalities, whose features may repeat."""
    with own_columns(), repeated_names():
        return MuData(dict(modalities))


def duplicate(mdata: Any) -> Any:
    """A copy whose modalities keep their columns to themselves, in every mudata; of an AnnData a plain copy."""
    for key, part in mdata.mod.items() if isinstance(mdata, MuData) else [("adata", mdata)]:
        if isinstance(part, AnnData) and on_disk(part.X):
            raise InputError(
                f"{key!r} is on the disk, and a copy would be all of it in memory. Leave out copy=True, or load it: "
                f"mdata.mod[{key!r}] = mdata[{key!r}].to_memory()."
            )
    if not isinstance(mdata, MuData):
        return mdata.copy()
    if mdata.is_view:
        with _of_view():
            out = mdata.copy()
        out.obs, out.var = mdata.obs.copy(), mdata.var.copy()
        return out
    # mudata < 0.4 writes NaN into .obsm while it copies, even where nothing is missing, and whole numbers cannot hold
    # it
    whole = {k: v for k, v in mdata.obsm.items() if getattr(v, "dtype", np.dtype(float)).kind in "iu"}
    for key in whole:
        del mdata.obsm[key]
    try:
        with own_columns(), repeated_names():
            out = mdata.copy()
    finally:
        for key, values in whole.items():
            mdata.obsm[key] = values
    for key, values in whole.items():
        out.obsm[key] = values.copy()
    return out


def set_modality(mdata: MuData, key: str, adata: AnnData) -> None:
    """Put a modality in, whose cells the MuData has, and bring the global index up to date, leaving all else alone."""
    if mdata.is_view:
        _make_own(mdata)
    if not append(mdata, key, adata):
        mdata.mod[key] = adata
    # mudata 0.3 writes NaN into these even where no cell moves, and integer weights cannot hold it
    aside = {name: mdata.obsm.pop(name) for name in list(mdata.obsm) if name not in mdata.mod}
    with own_columns():
        mdata.update()
    for name, values in aside.items():
        mdata.obsm[name] = values


@contextmanager
def _of_view() -> Iterator[None]:
    """Let mudata < 0.4 pull columns, without which it cannot copy a view (see `duplicate`); the caller drops them."""
    with warnings.catch_warnings(), ExitStack() as stack:
        warnings.simplefilter("ignore")  # that a view is written to, and of mudata 0.4
        if hasattr(mudata, "set_options"):
            stack.enter_context(mudata.set_options(pull_on_update=None))
        yield


def _make_own(mdata: MuData) -> None:
    """Make a MuData of its own of a view, which would fall apart under a new modality. Writing `.obs` does it."""
    obs, var = mdata.obs.copy(), mdata.var.copy()
    with _of_view():
        mdata.obs = obs
    mdata.var = var
