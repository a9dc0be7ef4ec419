"""h5ad and h5mu, with one clear error where the file is broken."""

from __future__ import annotations

import os
import warnings

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
            return _read_mudata(found) if "mod" in groups else anndata.read_h5ad(found)
    except Exception as e:
        raise _broken(path, e) from None


def _read_mudata(path: str | os.PathLike[str]) -> MuData:
    """A MuData with the columns of the file, in every mudata."""
    import h5py
    import mudata

    try:
        return mudata.read_h5mu(path)
    except ValueError as e:
        if "NaN to integer" not in str(e):
            raise
    # mudata < 0.4 writes NaN into .obsm unless it pulls columns from the modalities, and bootstrap weights are integers
    with warnings.catch_warnings(), mudata.set_options(pull_on_update=None):
        warnings.simplefilter("ignore", FutureWarning)
        out = mudata.read_h5mu(path)
    with h5py.File(path, "r") as f:
        own = {axis: [str(name) for name in f[axis].attrs["column-order"]] for axis in ("obs", "var")}
    out.obs, out.var = out.obs[own["obs"]], out.var[own["var"]]
    return out


def _broken(path: str | os.PathLike[str], error: Exception) -> InputError:
    reason = str(error).split("\n")[0].rstrip(".")
    what = "truncated" if "truncated" in reason else "truncated, corrupted or of another kind"
    return InputError(
        f"{path} cannot be read as an h5ad or h5mu file: it is {what} ({reason}). Copy or write it again."
    )
