"""HDF5 files of strangers: they may point at other files, claim any size, and hold sparse matrices that are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir._errors import InputError
from csmir._inflate import bound
from csmir._mudata.h5_kinds import unreadable

SPARSE = {"csr_matrix": 1, "csc_matrix": 0}  # which side of the shape the indices count
AT_ONCE = 1 << 24


def refuse_unsafe(file: Any, path: Any) -> None:
    """Raise if any part of an open file lies in another file or is not there, or a sparse matrix is not a matrix."""
    import h5py

    parts = list(_parts(file, path))
    for name, found in [("/", file), *parts]:
        for what in unreadable(found):
            raise InputError(
                f"{path} is damaged: in {name!r}, {what} is of no kind that HDF5 knows. Copy or write it again."
            )
    _refuse_claims(file.id.get_filesize(), [(name, p) for name, p in parts if isinstance(p, h5py.Dataset)], path)
    for name, found in parts:
        kind = found.attrs.get("encoding-type")
        if kind in SPARSE:
            reason = _broken_sparse(found, SPARSE[kind])
            if reason:
                raise InputError(
                    f"{path}: the sparse matrix {name!r} is damaged: {reason}. Copy or write the file again."
                )


def _parts(group: Any, path: Any, inside: str = "") -> Iterator[tuple[str, Any]]:
    """All groups and data of a file, depth first. Data that lie elsewhere are refused on the way."""
    import h5py

    for key in group:
        name = f"{inside}/{key}"
        link = group.get(key, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            raise _elsewhere(path, name, link.filename)
        if isinstance(link, h5py.SoftLink):
            continue  # it points into this file, and is met there
        found = group[key]
        if isinstance(found, h5py.Dataset):
            if found.external:
                raise _elsewhere(path, name, found.external[0][0])
            if found.is_virtual:
                outside = [source.file_name for source in found.virtual_sources() if source.file_name != "."]
                if outside:
                    raise _elsewhere(path, name, outside[0])
        yield name, found
        if not isinstance(found, h5py.Dataset):
            yield from _parts(found, path, name)


def _refuse_claims(size: int, data: list[tuple[str, Any]], path: Any) -> None:
    """Raise if what a file says that it holds is more than could be in it: memory is taken on its word."""
    claimed = 0
    for name, found in data:
        claimed += (found.size or 0) * found.dtype.itemsize
        if claimed > bound(size):
            raise InputError(
                f"{path} has {size:,} bytes and says that it holds {claimed:,} and more, with {name!r} of shape "
                f"{found.shape}: more than {bound(size):,} are not read. It is damaged, or hardly any of it was ever "
                "written. If you trust it, read it with anndata.read_h5ad or mudata.read_h5mu and give the object."
            )


def _elsewhere(path: Any, name: str, other: str) -> InputError:
    return InputError(
        f"{path}: {name!r} is not in this file but in another ({other!r}), which is not opened on a file's word. Write "
        "the data into one file: read it where it was made, and save it again."
    )


def _broken_sparse(group: Any, side: int) -> str | None:
    """What is wrong with the parts of a sparse matrix, which compiled code would follow out of its memory."""
    try:
        shape = [int(n) for n in group.attrs["shape"]]
        indptr, indices, data = (group[key] for key in ("indptr", "indices", "data"))
        starts = indptr[:]
    except (KeyError, TypeError, ValueError) as e:
        return f"it lacks a part ({e})"
    if len(shape) != 2 or min(shape) < 0:
        return f"its shape is {shape}"
    if starts.dtype.kind not in "iu" or indices.dtype.kind not in "iu":
        return "its indices are not whole numbers"
    if starts.shape != (shape[1 - side] + 1,) or starts[0] != 0 or (starts[1:] < starts[:-1]).any():
        return "its rows do not start one after the other (indptr)"
    if indices.ndim != 1 or indices.shape != data.shape or starts[-1] != len(indices):
        return f"it has {len(indices):,} indices for {len(data):,} values, and {int(starts[-1]):,} are to be there"
    for first in range(0, len(indices), AT_ONCE):
        part = indices[first : first + AT_ONCE]
        if part.size and (part.min() < 0 or part.max() >= shape[side]):
            return f"an index lies outside its {shape[side]:,} {'columns' if side else 'rows'}"
    return None


def sort_indices(data: AnnData | MuData) -> None:
    """Sort the entries of sparse matrices that were just read; files may hold them in any order."""
    if isinstance(data, MuData):
        for adata in data.mod.values():
            sort_indices(adata)
    parts = [*data.obsm.values(), *data.obsp.values(), *data.varm.values(), *data.varp.values()]
    if isinstance(data, AnnData):
        parts += [data.X, *data.layers.values()]
    for matrix in parts:
        if sparse.issparse(matrix) and matrix.format in ("csr", "csc") and not matrix.has_sorted_indices:
            matrix.sort_indices()
