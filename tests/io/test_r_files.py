"""Matrices that R saved. The files are written here in R's own text serialisation, item by item."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import csmir as cs

pytest.importorskip("rdata", reason="rdata is not installed: pip install 'csmir[r]'")

HEADER = "A\n2\n262657\n131840\n"
NIL = "254\n"


def symbol(name):
    return f"1\n262153\n{len(name)}\n{name}\n"


def strings(values, attributes=""):
    flags = 16 | (512 if attributes else 0)
    return f"{flags}\n{len(values)}\n" + "".join(f"262153\n{len(v)}\n{v}\n" for v in values) + attributes


def integers(values):
    return f"13\n{len(values)}\n" + "".join(f"{v}\n" for v in values)


def doubles(values, attributes=""):
    return f"{14 | (512 if attributes else 0)}\n{len(values)}\n" + "".join(f"{v!r}\n" for v in values) + attributes


def pairs(**items):
    return "".join(f"1026\n{symbol(k)}{v}" for k, v in items.items()) + NIL


def dimnames(rows, columns):
    return f"19\n2\n{strings(rows)}{strings(columns)}"


def matrix(frame, named=True):
    """A numeric matrix, column by column."""
    names = {"dimnames": dimnames(frame.index, frame.columns)} if named else {}
    attributes = pairs(dim=integers(frame.shape), **names)
    return doubles([float(v) for v in frame.to_numpy().T.ravel()], attributes)


def dgc(frame):
    """A dgCMatrix."""
    x = sparse.csc_matrix(frame.to_numpy())
    slots = pairs(
        i=integers(x.indices),
        p=integers(x.indptr),
        Dim=integers(x.shape),
        Dimnames=dimnames(frame.index, frame.columns),
        x=doubles([float(v) for v in x.data]),
        **{"class": strings(["dgCMatrix"], pairs(package=strings(["Matrix"])))},
    )
    return f"{25 | 256 | 512 | 65536}\n{slots}"


FRAME = pd.DataFrame(
    [[1.0, 0.0, 2.5], [0.0, 4.0, 0.0]], index=["hsa-miR-21-5p", "hsa-let-7a-5p"], columns=["cell_1", "cell_2", "cell_3"]
)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("write", [matrix, dgc])
def test_matrices(tmp_path, write, pack):
    path = tmp_path / "x.rds"
    path.write_bytes(pack((HEADER + write(FRAME)).encode()))
    adata = cs.io.read(path)
    assert adata.obs_names.tolist() == FRAME.columns.tolist()
    assert adata.var_names.tolist() == FRAME.index.tolist()
    x = adata.X.toarray() if sparse.issparse(adata.X) else adata.X
    np.testing.assert_array_equal(x, FRAME.to_numpy().T)
    assert sparse.issparse(adata.X) == (write is dgc)


def test_known_by_its_content(tmp_path):
    path = tmp_path / "counts.gz"
    path.write_bytes(gzip.compress((HEADER + matrix(FRAME)).encode()))
    assert cs.io.read(path).shape == (3, 2)


def test_data_frames_and_workspaces(tmp_path):
    import rdata

    # rdata writes no names of pandas 3's type of text
    frame = FRAME.set_axis(FRAME.index.astype(object), axis=0).set_axis(FRAME.columns.astype(object), axis=1)
    rdata.write_rds(tmp_path / "x.rds", frame)
    assert cs.io.read(tmp_path / "x.rds").shape == (3, 2)
    rdata.write_rda(tmp_path / "x.RData", {"counts": frame, "note": "made by hand"})
    assert cs.io.read(tmp_path / "x.RData").shape == (3, 2)
    rdata.write_rda(tmp_path / "x.RData", {"counts": frame, "more": frame})
    with pytest.raises(cs.InputError, match=r"holds 2 matrices among the objects 'counts', 'more'.*saveRDS"):
        cs.io.read(tmp_path / "x.RData")
    mdata = cs.io.make_mudata(
        tmp_path / "x.rds", pd.DataFrame({"PTEN": [1, 2, 3], "ACTB": [3, 1, 2]}, index=FRAME.columns)
    )
    assert mdata.n_obs == 3


def test_refused_with_what_to_do(tmp_path, monkeypatch):
    path = tmp_path / "x.rds"
    path.write_text(HEADER + matrix(FRAME, named=False))
    with pytest.raises(cs.InputError, match=r"matrix without names.*dimnames\(x\)"):
        cs.io.read(path)
    path.write_text(HEADER + strings(["a"]))
    with pytest.raises(cs.InputError, match=r"holds (no matrix|a matrix without)"):
        cs.io.read(path)
    path.write_text(HEADER + matrix(FRAME)[:40])
    with pytest.raises(cs.InputError, match=r"cannot be read as an R data file"):
        cs.io.read(path)
    path.write_bytes(gzip.compress((HEADER + matrix(FRAME)).encode())[:-9])
    with pytest.raises(cs.InputError, match=r"truncated or corrupted"):
        cs.io.read(path)
    path.write_text(HEADER + matrix(FRAME.set_axis(["a", "b"]).set_axis(["x", "y", "z"], axis=1)))
    with pytest.raises(cs.InputError, match=r"cannot tell whether features are in rows"):
        cs.io.read(path)
    assert cs.io.read(path, features="rows").shape == (3, 2)
    monkeypatch.setitem(sys.modules, "rdata", None)
    with pytest.raises(cs.InputError, match=r"pip install 'csmir\[r\]'"):
        cs.io.read(path)
