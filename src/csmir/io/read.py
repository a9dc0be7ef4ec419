"""One call for whatever holds an expression matrix."""

from __future__ import annotations

import os
from typing import Any

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.source import is_hdf5, load
from csmir._mudata.h5mu import read_h5
from csmir.io._rdata import is_r, read_r
from csmir.io.read_gct import gct_to_anndata, is_gct
from csmir.io.read_table import AXES, frame_to_anndata, resolve_axis, table_to_anndata


def read(
    data: str | os.PathLike[str] | pd.DataFrame | AnnData | MuData, *, features: str = "auto", sep: str | None = None
) -> AnnData | MuData:
    """Read GCT, CSV, TSV, h5ad, h5mu or R's rds and RData, told apart by content; AnnData and MuData pass through.

    Tables of miRDeep2 and mirtop are known by their header. R's files need `pip install 'csmir[r]'`.

    Parameters
    ----------
    data
        Path of a file (text may be gzipped), a DataFrame, an AnnData or a MuData.
    features
        For tables, where the miRNAs or mRNAs are: `"rows"`, `"columns"`, or `"auto"` to decide by their names. Where
        names do not tell, a file is refused and a DataFrame is taken as cells x features. See
        :func:`csmir.io.read_table`.
    sep
        For text tables other than GCT, the separator; None finds it.

    Returns
    -------
    AnnData cells x features, or for h5mu the MuData. Networks of which cells or pairs were taken out, renamed or put
    together before they were written come with counts (`n_cells`, `n_interactions`) of what is there, and without
    results that no longer hold, which a warning of the log names; all others are as they were written.

    Raises
    ------
    InputError
        The file is missing, empty, truncated, corrupted or of another kind.

    Examples
    --------
    >>> import pandas as pd
    >>> import csmir as cs
    >>> cs.io.read(pd.DataFrame({"hsa-miR-21-5p": [0, 3]}, index=["cell_1", "cell_2"])).shape
    (2, 1)
    """
    check.choice("features", features, AXES)
    if isinstance(data, AnnData | MuData):
        return data
    if isinstance(data, pd.DataFrame):
        return frame_to_anndata(data, features=features)
    if not isinstance(data, str | os.PathLike):
        raise InputError(
            "Expected the path of a GCT, csv, tsv, h5ad or h5mu file, a DataFrame or an AnnData; found "
            f"{type(data).__name__}."
        )
    if os.path.isdir(data):
        raise InputError(_folder(os.fspath(data)))
    name = os.fspath(data).lower()
    if is_hdf5(data) or name.endswith((".h5ad", ".h5mu", ".h5")):
        found = read_h5(data)
        if isinstance(found, MuData):
            from csmir.inference.same_data import warn_of_changed

            warn_of_changed(found, os.fspath(data))
        return found
    if is_r(data):
        return _of_r(data, features)
    source = load(data)
    if source.lines[0].startswith("%%MatrixMarket"):
        raise InputError(
            f"{data} is a Matrix Market file, which has no names. Read its folder with sc.read_10x_mtx(folder, "
            "gex_only=False), or the file with sc.read_mtx(path).T, and give the AnnData its names."
        )
    if is_gct(source) or name.removesuffix(".gz").endswith(".gct"):
        return gct_to_anndata(source)
    return table_to_anndata(source, features=features, sep=sep)


def _of_r(path: str | os.PathLike[str], features: str) -> AnnData:
    """A matrix that R saved; where names do not tell what its rows are, that is asked, as of any file."""
    found: Any = read_r(path)
    rows, columns = (
        (found.index, found.columns) if isinstance(found, pd.DataFrame) else (found.obs_names, found.var_names)
    )
    axis = resolve_axis(features, [str(n) for n in rows], [str(n) for n in columns], os.fspath(path))
    if isinstance(found, pd.DataFrame):
        return frame_to_anndata(found, features=axis, name=os.fspath(path))
    return found.T.copy() if axis == "rows" else found


def _folder(path: str) -> str:
    """What to do with a folder."""
    inside = os.listdir(path)
    if any(name.startswith("matrix.mtx") for name in inside):
        return f"{path!r} is a folder of 10x Genomics. Read it with sc.read_10x_mtx({path!r}, gex_only=False)."
    if any(name in inside for name in (".zgroup", "zarr.json")):
        return (
            f"{path!r} is a zarr store. Read it with mudata.read_zarr({path!r}), or anndata.read_zarr for a single "
            "matrix; cs.io.read_networks reads what cs.tl.regulation(out=...) wrote."
        )
    return f"Expected a file; {path!r} is a folder. Give the path of a file in it."
