"""h5ad and h5mu, with one clear error where the file is broken."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from mudata import MuData
from scipy import sparse

from csmir import _keys as K
from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.source import existing_file
from csmir._mudata.assemble import assemble, holds_networks, repeated_names
from csmir._mudata.changed import refuse_changed
from csmir._mudata.global_index import Axis
from csmir._mudata.h5_heaps import refuse_endless
from csmir._mudata.h5_safe import refuse_unsafe, sort_indices
from csmir._mudata.h5_stamp import stamp, unchanged
from csmir._mudata.made_of import COUNTS, outlived, renewed

OVERHEAD = 1_000_000  # bytes for groups, attributes and small tables


def read_h5(path: str | os.PathLike[str]) -> AnnData | MuData:
    """Read an HDF5 file as what it holds, whatever its name says."""
    import anndata
    import h5py

    found = existing_file(path)
    whole = unchanged(found)
    if whole is False:
        raise InputError(
            f"{path} is not as csmir wrote it: it is damaged, or other software changed it. Copy or write it again; "
            "mudata.read_h5mu reads it unchecked."
        )
    if not whole:
        refuse_endless(found)
    try:
        with h5py.File(found, "r") as f:
            groups = set(f)
            refuse_unsafe(f, path)
    except InputError:
        raise
    except Exception as e:  # a broken file breaks h5py in many ways
        raise _broken(path, e) from None
    if "mod" not in groups and "X" not in groups and "obs" not in groups:
        if "row_attrs" in groups:
            raise InputError(
                f"{path} is a loom file. Read it with anndata.io.read_loom(path), which needs loompy, and give the "
                "AnnData."
            )
        if "assays" in groups:
            raise InputError(
                f"{path} is an h5Seurat file. Convert it in R, SeuratDisk::Convert(path, dest = 'h5ad'), and give that."
            )
        if "matrix" in groups:
            raise InputError(
                f"{path} is a 10x Genomics matrix. Read it with sc.read_10x_h5(path, gex_only=False) and part it with "
                "cs.io.split_feature_types(adata)."
            )
        raise InputError(
            f"{path} is neither an h5ad nor an h5mu file; it holds {check.listing(sorted(groups)) or 'nothing'}."
        )
    try:
        with repeated_names():
            data = _read_mudata(found) if "mod" in groups else anndata.read_h5ad(found)
            sort_indices(data)
            for part in data.mod.values() if isinstance(data, MuData) else [data]:
                if isinstance(part, AnnData) and holds_networks(part):
                    refuse_changed(part, os.fspath(path), _cells_of_data(data, part))
            _renew(data)
            return data
    except InputError:
        raise
    except Exception as e:
        raise _broken(path, e) from None


def _renew(data: AnnData | MuData) -> None:
    """Counts of the cells and pairs that are there, and no results of others, which a subset carries into its file."""
    for key, part in data.mod.items() if isinstance(data, MuData) else [("", data)]:
        if not (isinstance(part, AnnData) and holds_networks(part)):
            continue
        old = [(container, name) for container, name in outlived(part) if container in COUNTS]
        renewed(part, in_place=True)
        if isinstance(data, MuData):  # which has copies of their columns
            for container, name in old:
                frame = getattr(data, container)
                setattr(data, container, frame.drop(columns=f"{key}:{name}", errors="ignore"))


def _cells_of_data(data: AnnData | MuData, networks: AnnData) -> pd.Index | None:
    """The cells of the modality that networks were inferred from, if the file has it."""
    key = networks.uns.get(K.UNS, {}).get("regulation", {}).get("mrna")
    return data[key].obs_names if isinstance(data, MuData) and key in data.mod else None


def _read_mudata(path: str | os.PathLike[str]) -> MuData:
    """A MuData with the columns of the file: `mudata.read_h5mu` adds others, or fails, by an option of the process."""
    import h5py
    import mudata
    from anndata.io import read_elem

    with h5py.File(path, "r") as f:
        keys = list(f["mod"])
        order = [str(key) for key in f["mod"].attrs.get("mod-order", keys)]
        there = {name: read_elem(f[name]) for name in f if name != "mod"}
        axis = int(f.attrs.get("axis", 0))
    modalities = {key: mudata.read_h5ad(path, key) for key in (order if set(order) == set(keys) else keys)}
    known = {}
    for attr in ("obs", "var"):
        maps = {key: np.ravel(place) for key, place in there.get(f"{attr}map", {}).items()}
        arrays = {key: value for key, value in there.get(f"{attr}m", {}).items() if key not in modalities}
        known[attr] = Axis(there[attr], arrays, dict(there.get(f"{attr}p", {})), maps)
    return assemble(modalities, axis=axis, uns=dict(there.get("uns", {})), **known)


def write_h5mu(mdata: MuData, path: Path) -> None:
    """Write, or say why not. Room is looked for first: HDF5 on a full disk fails late, and can take Python with it."""
    needed, free = _bytes(mdata) + OVERHEAD, shutil.disk_usage(path.parent).free
    if free < needed:
        raise InputError(
            f"Cannot write {path.name}: it takes about {needed / 1e6:,.1f} MB, and {free / 1e6:,.1f} MB are free "
            "where it goes. Make room, or choose another folder."
        )
    try:
        mdata.write_h5mu(path)
        stamp(path)
    except (OSError, RuntimeError) as e:  # h5py raises both where the disk fails
        reason = str(e).split("\n")[0].split(", filename")[0]
        raise InputError(f"Cannot write {path.name}: {reason}. Is the disk full? Choose another folder.") from None


def _bytes(data: Any) -> int:
    """What an object takes in a file, without what HDF5 adds."""
    if isinstance(data, MuData | AnnData):
        parts = [data.obs, data.var, *data.obsm.values(), *data.obsp.values(), *data.varm.values(), *data.varp.values()]
        if isinstance(data, AnnData):
            return sum(map(_bytes, [*parts, data.X, *data.layers.values()]))
        return sum(map(_bytes, [*parts, *data.mod.values()]))
    if isinstance(data, pd.DataFrame):
        return int(data.memory_usage(index=True).sum()) + sum(len(str(name)) for name in data.index)
    if sparse.issparse(data):
        return sum(int(part.nbytes) for part in (data.data, data.indices, data.indptr))
    return int(getattr(data, "nbytes", 0))


def _broken(path: str | os.PathLike[str], error: Exception) -> InputError:
    reason = str(error).split("\n")[0].rstrip(".")
    what = "truncated" if "truncated" in reason else "truncated, corrupted or of another kind"
    return InputError(
        f"{path} cannot be read as an h5ad or h5mu file: it is {what} ({reason}). Copy or write it again."
    )
