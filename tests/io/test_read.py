"""`read` goes by content; broken HDF5 files give one clear error."""

from __future__ import annotations

import h5py
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st
from mudata import MuData

import csmir as cs


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("h5")
    names = pd.Index(["cell_1", "cell_2"])
    a = AnnData(np.ones((2, 3)), obs=pd.DataFrame(index=names))
    b = AnnData(np.ones((2, 2)), obs=pd.DataFrame(index=names), var=pd.DataFrame(index=["PTEN", "ACTB"]))
    a.write_h5ad(folder / "x.h5ad")
    cs.io.make_mudata(a, b).write_h5mu(folder / "x.h5mu")
    return folder


def test_by_content_not_by_name(files, tmp_path):
    (tmp_path / "a.bin").write_bytes((files / "x.h5ad").read_bytes())
    (tmp_path / "b.h5ad").write_bytes((files / "x.h5mu").read_bytes())
    (tmp_path / "c.csv").write_text("Name\tDescription\tcell_1\nPTEN\t\t1\n")
    assert isinstance(cs.io.read(tmp_path / "a.bin"), AnnData)
    assert isinstance(cs.io.read(tmp_path / "b.h5ad"), MuData)
    assert cs.io.read(str(tmp_path / "c.csv")).var_names.tolist() == ["PTEN"]


def test_a_gct_by_name_must_be_one(tmp_path):
    (tmp_path / "x.gct").write_text("a,b\nx,1\n")
    with pytest.raises(cs.InputError, match="expected the columns 'Name' and 'Description' of a GCT"):
        cs.io.read(tmp_path / "x.gct")


def test_objects_pass_through(files):
    for path in (files / "x.h5ad", files / "x.h5mu"):
        data = cs.io.read(path)
        assert cs.io.read(data) is data


@pytest.mark.parametrize("name", ["x.h5ad", "x.h5mu"])
@pytest.mark.parametrize("keep", [1.0, 0.9, 0.5, 0.1])
def test_truncated(files, tmp_path, name, keep):
    whole = (files / name).read_bytes()
    path = tmp_path / name
    path.write_bytes(whole[: int(len(whole) * keep)])
    if keep == 1:
        assert cs.io.read(path).n_obs == 2
        return
    with pytest.raises(cs.InputError, match=rf"{name} cannot be read as an h5ad or h5mu file: it is truncated"):
        cs.io.read(path)


@pytest.mark.parametrize("name", ["x.h5ad", "x.h5mu"])
def test_wrong_magic_and_zeroed_metadata(files, tmp_path, name):
    whole = bytearray((files / name).read_bytes())
    at = whole.index(b"\x89HDF")
    path = tmp_path / name
    path.write_bytes(whole[:at] + b"\0\0\0\0" + whole[at + 4 :])
    with pytest.raises(cs.InputError, match="truncated, corrupted or of another kind"):
        cs.io.read(path)
    path.write_bytes(whole[: at + 48] + bytes(1500) + whole[at + 1548 :])
    with pytest.raises(cs.InputError, match="truncated, corrupted or of another kind"):
        cs.io.read(path)
    path.write_text("not at all")
    with pytest.raises(cs.InputError, match="truncated, corrupted or of another kind"):
        cs.io.read(path)


def test_hdf5_of_something_else(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w") as f:
        f["matrix/data"] = [1]
    with pytest.raises(cs.InputError, match=r"10x Genomics matrix\. Read it with sc\.read_10x_h5"):
        cs.io.read(tmp_path / "x.h5")
    with h5py.File(tmp_path / "y.h5", "w") as f:
        f["weights"] = [1]
    with pytest.raises(cs.InputError, match=r"neither an h5ad nor an h5mu file; it holds 'weights'"):
        cs.io.read(tmp_path / "y.h5")
    with h5py.File(tmp_path / "z.h5ad", "w") as f:
        f["X"] = ["text"]
    with pytest.raises(cs.InputError, match=r"z\.h5ad cannot be read"):
        cs.io.read(tmp_path / "z.h5ad")


@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_flipped_bytes_never_give_a_foreign_error(files, tmp_path_factory, data):
    name = data.draw(st.sampled_from(["x.h5ad", "x.h5mu"]))
    whole = bytearray((files / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("flip") / name
    path.write_bytes(whole)
    try:
        result = cs.io.read(path)
    except cs.InputError:
        return
    assert isinstance(result, AnnData | MuData)


def test_other_things():
    with pytest.raises(cs.InputError, match=r"Expected the path of a GCT, csv, tsv, h5ad or h5mu file.*found ndarray"):
        cs.io.read(np.ones(3))
    with pytest.raises(cs.InputError, match="`features` must be one of"):
        cs.io.read("x.csv", features="cells")
