"""MuData put together, copied and given modalities: the same in every mudata, whatever its options, in any thread."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir._errors import InputError
from csmir._mudata import global_index as index
from csmir._mudata import on_disk
from csmir._mudata.entries import ENDS
from csmir._mudata.global_index import Axis

LONGEST = 200  # bytes of the 255 that file systems give, before what zarr puts beside it

_QUIET = threading.RLock()
_inside: list[Any] = []  # what the blocks of `repeated_names` that are open share


@contextmanager
def repeated_names() -> Iterator[None]:
    """Let names repeat without a warning: cs.pp.merge_duplicates averages features later.

    Filters of warnings are the whole process's: the first thread in sets them, and the last one out puts them back.
    """
    with _QUIET:
        if not _inside:
            saved = warnings.catch_warnings()
            saved.__enter__()
            warnings.filterwarnings("ignore", message=".* names are not unique", category=UserWarning)
            warnings.filterwarnings("ignore", message=".*var_names", category=UserWarning)
            _inside.append(saved)
        _inside.append(None)
    try:
        yield
    finally:
        with _QUIET:
            _inside.pop()
            if len(_inside) == 1:
                _inside.pop().__exit__(None, None, None)


def assemble(modalities: Mapping[str, AnnData], *, axis: int = 0, uns: Any = None, **parts: Axis) -> MuData:
    """A MuData of these modalities, whose features may repeat; `obs` and `var` are what is known of their rows."""
    out = MuData(axis=axis) if axis else MuData()
    none = Axis(pd.DataFrame(index=pd.Index([], dtype=object)), {}, {}, {})
    _give(out, modalities, {attr: parts.get(attr, none) for attr in index.AXES})
    if uns is not None:
        out.uns = uns
    return out


def duplicate(mdata: Any) -> Any:
    """A copy, of a view too; of an AnnData a plain copy."""
    for key, part in mdata.mod.items() if isinstance(mdata, MuData) else [("adata", mdata)]:
        if isinstance(part, AnnData) and on_disk(part.X):
            raise InputError(
                f"{key!r} is on the disk, and a copy would be all of it in memory. Leave out copy=True, or load it: "
                f"mdata.mod[{key!r}] = mdata[{key!r}].to_memory()."
            )
    if not isinstance(mdata, MuData):
        return mdata.copy()
    with repeated_names():
        modalities = {key: part.copy() for key, part in mdata.mod.items()}
    parts = {attr: _copied(index.axis_of(mdata, attr)) for attr in index.AXES}
    return assemble(modalities, axis=mdata.axis, uns=deepcopy(dict(mdata.uns)), **parts)


def set_modality(mdata: MuData, key: str, adata: AnnData) -> None:
    """Put a modality in, in place of one of its name, and bring the global index up to date, leaving all else alone."""
    set_modalities(mdata, {key: adata})


def set_modalities(mdata: MuData, modalities: Mapping[str, AnnData]) -> None:
    """Put several in, all of them or none."""
    own(mdata)
    _give(mdata, {**mdata.mod, **modalities}, {attr: index.axis_of(mdata, attr) for attr in index.AXES})


def own(mdata: MuData) -> None:
    """Make a MuData of its own of a view, which would fall apart under a new modality."""
    if mdata.is_view:
        mdata._init_as_actual(duplicate(mdata))


def _give(mdata: MuData, modalities: Mapping[str, AnnData], axes: Mapping[str, Axis]) -> None:
    """`axis` of a MuData names what its modalities share: 0 cells, 1 features, -1 both."""
    shared = {"obs": mdata.axis != 1, "var": mdata.axis != 0}
    index.install(
        mdata, modalities, {attr: index.indexed(axes[attr], modalities, attr, shared=shared[attr]) for attr in axes}
    )


def _copied(axis: Axis) -> Axis:
    arrays, pairwise = ({key: value.copy() for key, value in of.items()} for of in (axis.arrays, axis.pairwise))
    return Axis(axis.frame.copy(), arrays, pairwise, axis.maps)


def file_name(name: str, value: Any) -> str:
    """A name that h5ad, h5mu and zarr keep: they make a folder of `a/b`, and the file cannot be read again."""
    if not isinstance(value, str) or not value.strip() or "/" in value:
        raise InputError(f"`{name}` must be a name, as text without '/' (files make folders of it); found {value!r}.")
    size = len(value.encode(errors="replace"))
    if value in (".", "..") or "\0" in value or size > LONGEST:
        raise InputError(
            f"`{name}` must be a name that a zarr folder keeps: at most {LONGEST} bytes, no NUL, not '.' or '..'; "
            f"found {value[:20]!r} of {size} bytes. Choose another."
        )
    return value


def modality(mdata: Any, name: str, value: Any) -> str:
    """The name of a modality to write, which is new or holds networks that may be replaced."""
    value = file_name(name, value)
    if isinstance(mdata, MuData) and value in mdata.mod and not holds_networks(mdata.mod[value]):
        raise InputError(
            f"`{name}` must not name a measured modality; found {value!r}, which holds no networks and would be lost. "
            f"Choose another name, such as {K.REGULATION!r}."
        )
    return value


def holds_networks(adata: Any) -> bool:
    """Whether this is an AnnData cells x pairs."""
    return isinstance(adata, AnnData) and any(all(c in adata.var for c in ends) for ends in ENDS)


def entry(adata: AnnData, value: Any, *, kind: str | None = None, column: bool = False) -> str:
    """A `key_added` of `.uns["csmir"]`, new or of an earlier call: a table, or a record of this kind.

    With `column`, it is the name of a column of `.obs` too.
    """
    value = file_name("key_added", value)
    there = adata.uns.get(K.UNS, {}).get(value)
    is_table, is_record = isinstance(there, pd.DataFrame), isinstance(there, Mapping)
    ours = is_table if kind is None else is_record and there.get("kind") == kind
    if not ours and (there is not None or (column and value in adata.obs)):
        what = "record of another step" if there is not None else "column of .obs"
        raise InputError(f"`key_added` must be a new name; {value!r} is a {what}, which would be lost. Choose another.")
    return value
