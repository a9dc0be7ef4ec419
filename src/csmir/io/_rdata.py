"""Matrices that R saved, `.rds` and `.RData`, through the package rdata."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import warnings
import zlib
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

from csmir import _validate as check
from csmir._errors import InputError
from csmir._files.opened import GZIP
from csmir._files.source import existing_file, first_bytes
from csmir._inflate import bounded

# serialised objects in three ways of writing, and the files of save()
MAGIC = (b"X\n\x00", b"A\n2\n", b"A\n3\n", b"B\n", b"RDX2", b"RDX3", b"RDA2", b"RDA3")
SUFFIXES = (".rds", ".rdata", ".rda")
OPENERS = {GZIP: gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
BROKEN = (EOFError, zlib.error, OSError, lzma.LZMAError)


def is_r(path: str | os.PathLike[str]) -> bool:
    """Whether a file is what R's saveRDS or save wrote: by its name, or by its first bytes."""
    head = first_bytes(path)
    if head.startswith(MAGIC):
        return True
    if os.fspath(path).lower().endswith(SUFFIXES) and head.startswith(tuple(OPENERS)):
        return True
    if not head.startswith(GZIP):
        return False
    try:
        with gzip.open(existing_file(path)) as f:
            return f.read(4).startswith(MAGIC)
    except BROKEN:
        return False


def read_r(path: str | os.PathLike[str]) -> pd.DataFrame | AnnData:
    """The matrix or data frame of a file, rows and columns as in R; a sparse matrix as an AnnData of them."""
    try:
        import rdata
    except ImportError:
        raise InputError(
            f"{path} is an R data file, and the package rdata is not installed: pip install 'csmir[r]'. Or save the "
            "matrix from R as text: write.csv(as.matrix(x), 'x.csv')."
        ) from None
    raw = _content(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of classes that are not matrices, which are refused below
            found = rdata.conversion.convert(rdata.parser.parse_data(raw))
    except Exception as e:  # a broken or strange file breaks the parser in many ways
        reason = str(e).split("\n")[0] or type(e).__name__
        raise InputError(f"{path} cannot be read as an R data file ({reason}). Save it again with saveRDS.") from None
    if isinstance(found, dict) and raw.startswith(b"RD"):
        matrices = {name: m for name, value in found.items() if (m := _matrix(value, path, refuse=False)) is not None}
        if len(matrices) != 1:
            raise InputError(
                f"{path} holds {len(matrices)} matrices among the objects {check.listing(found, 8)}. Save the one that "
                "is meant by itself: saveRDS(x, 'x.rds')."
            )
        return next(iter(matrices.values()))
    return _matrix(found, path, refuse=True)


def _content(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file, decompressed, and no more of them than a file of its size may hold."""
    found = existing_file(path)
    head = first_bytes(path)
    opener: Any = next((o for magic, o in OPENERS.items() if head.startswith(magic)), None)
    try:
        if opener is None:
            return found.read_bytes()
        with opener(found, "rb") as f:
            return bounded(f, str(path), found.stat().st_size).read()
    except BROKEN as e:
        raise InputError(f"{path} is a truncated or corrupted R data file ({e}). Copy or save it again.") from None


def _matrix(value: Any, path: Any, *, refuse: bool) -> Any:
    """A DataFrame of a matrix or data frame, an AnnData of a sparse matrix; of anything else None, or a refusal."""
    if isinstance(value, pd.DataFrame):
        return value
    if hasattr(value, "dims") and getattr(value, "ndim", 0) == 2:  # a matrix with names, by way of xarray
        rows, columns = ([str(n) for n in value.coords[d].values] if d in value.coords else [] for d in value.dims)
        if rows and columns:
            return pd.DataFrame(np.asarray(value.values, dtype=np.float64), index=rows, columns=columns)
    if all(hasattr(value, name) for name in ("i", "p", "x", "Dim", "Dimnames")):
        return _of_columns(value, path)
    if not refuse:
        return None
    if isinstance(value, np.ndarray) or hasattr(value, "dims"):
        raise InputError(
            f"{path} holds a matrix without names of rows and columns. Give it both in R: dimnames(x) <- list(genes, "
            "cells)."
        )
    kind = type(value).__name__
    kind = str(getattr(value, "class_", getattr(value, "__class__", kind))) if kind == "SimpleNamespace" else kind
    raise InputError(
        f"{path} holds no matrix but an object of another class ({kind}). In R, save its counts: "
        "saveRDS(as.matrix(counts), 'x.rds'); of Seurat GetAssayData(x, layer = 'counts'), of SingleCellExperiment "
        "counts(x)."
    )


def _of_columns(value: Any, path: Any) -> AnnData:
    """A dgCMatrix, the sparse matrix of R's package Matrix."""
    rows, columns = ([] if names is None else [str(n) for n in np.ravel(names)] for names in value.Dimnames)
    if not rows or not columns:
        raise InputError(f"{path} holds a sparse matrix without names of rows and columns. Give it both in R.")
    parts = (np.asarray(value.x, np.float64), np.asarray(value.i, np.int64), np.asarray(value.p, np.int64))
    matrix = sparse.csc_matrix(parts, shape=tuple(int(d) for d in value.Dim))
    return AnnData(matrix.tocsr(), obs=pd.DataFrame(index=pd.Index(rows)), var=pd.DataFrame(index=pd.Index(columns)))
