"""Types of values that HDF5 takes on a file's word and then reads through a pointer to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

KIND_AT = 3  # byte of an encoded type (two in front of it, then class and version) whose lower half says what varies
LIST, TEXT = 0, 1  # of "Variable-Length" in the HDF5 file format; there are no others


def unreadable(part: Any) -> Iterator[str]:
    """What of a group or of data has values that may be neither read nor converted, looked at by their type alone.

    HDF5 (2.0 and before) decodes values of varying length that are neither lists nor texts, and crashes in
    `H5VL_blob_put` when they are read.
    """
    import h5py

    for name in part.attrs:
        if _is_unknown(part.attrs.get_id(name).get_type()):
            yield f"its attribute {name!r}"
    if isinstance(part, h5py.Dataset) and _is_unknown(part.id.get_type()):
        yield "what it holds"


def _is_unknown(kind: Any) -> bool:
    from h5py import h5t

    if isinstance(kind, h5t.TypeCompoundID):
        return any(_is_unknown(kind.get_member_type(k)) for k in range(kind.get_nmembers()))
    if isinstance(kind, h5t.TypeVlenID) and kind.encode()[KIND_AT] & 0x0F not in (LIST, TEXT):
        return True
    return isinstance(kind, h5t.TypeVlenID | h5t.TypeArrayID) and _is_unknown(kind.get_super())
