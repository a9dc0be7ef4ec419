"""h5ad and h5mu, with one clear error where the file is broken."""

from __future__ import annotations

import os

from anndata import AnnData
from mudata import MuData

from csmir import _validate as check
from csmir._errors import InputError
from csmir._mudata import own_columns, repeated_names
from csmir.io._source import existing_file


def read_h5(path: str | os.PathLike[str]) -> AnnData | MuData:
    """Read an HDF5 file as what it holds, whatever its name says."""
    import anndata
    import h5py
    import mudata

    found = existing_file(path)
    try:
        with h5py.File(found, "r") as f:
            groups = set(f)
    except Exception as e:  # a broken file breaks h5py in many ways
        raise _broken(path, e) from None
    if "mod" not in groups and "X" not in groups and "obs" not in groups:
        if "matrix" in groups:
            raise InputError(
                f"{path} is a 10x Genomics matrix. Read it with sc.read_10x_h5(path, gex_only=False) and part it with "
                "cs.io.split_feature_types(adata)."
            )
        raise InputError(
            f"{path} is neither an h5ad nor an h5mu file; it holds {check.listing(sorted(groups)) or 'nothing'}."
        )
    try:
        with own_columns(), repeated_names():
            return mudata.read_h5mu(found) if "mod" in groups else anndata.read_h5ad(found)
    except Exception as e:
        raise _broken(path, e) from None


def _broken(path: str | os.PathLike[str], error: Exception) -> InputError:
    reason = str(error).split("\n")[0].rstrip(".")
    what = "truncated" if "truncated" in reason else "truncated, corrupted or of another kind"
    return InputError(
        f"{path} cannot be read as an h5ad or h5mu file: it is {what} ({reason}). Copy or write it again."
    )
