"""Where results may be written: under names that files keep as they are, and never over something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _keys as K
from csmir._errors import InputError
from csmir._mudata.entries import ENDS


def file_name(name: str, value: Any) -> str:
    """A name that h5ad, h5mu and zarr keep: they make a folder of `a/b`, and the file cannot be read again."""
    if not isinstance(value, str) or not value.strip() or "/" in value:
        raise InputError(f"`{name}` must be a name, as text without '/' (files make folders of it); found {value!r}.")
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
