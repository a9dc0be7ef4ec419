"""One call for whatever holds an expression matrix."""

from __future__ import annotations

import os

import pandas as pd
from anndata import AnnData
from mudata import MuData

from csmir import _validate as check
from csmir._errors import InputError
from csmir.io._h5 import read_h5
from csmir.io._source import is_hdf5, load
from csmir.io.read_gct import gct_to_anndata, is_gct
from csmir.io.read_table import AXES, frame_to_anndata, table_to_anndata


def read(
    data: str | os.PathLike[str] | pd.DataFrame | AnnData | MuData, *, features: str = "auto", sep: str | None = None
) -> AnnData | MuData:
    """Read GCT, CSV, TSV, h5ad or h5mu, told apart by content; AnnData and MuData pass through.

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
    AnnData cells x features, or for h5mu the MuData.

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
    name = os.fspath(data).lower()
    if is_hdf5(data) or name.endswith((".h5ad", ".h5mu", ".h5")):
        return read_h5(data)
    source = load(data)
    if is_gct(source) or name.removesuffix(".gz").endswith(".gct"):
        return gct_to_anndata(source)
    return table_to_anndata(source, features=features, sep=sep)
