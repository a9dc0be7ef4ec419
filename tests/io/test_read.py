"""`read` goes by content; broken HDF5 files give one clear error."""

from __future__ import annotations

import h5py
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
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


@pytest.mark.parametrize("name", ["x.h5ad", "x.h5mu"])
def test_corrupted_values(tmp_path, name):
    a = AnnData(np.random.default_rng(0).random((50, 40)))
    a.var_names = [f"hsa-miR-{i}" for i in range(40)]
    path = tmp_path / name
    a.write_h5ad(path, compression="gzip") if name == "x.h5ad" else MuData({"mirna": a}).write(path, compression="gzip")
    with h5py.File(path) as f:
        chunk = f["X" if name == "x.h5ad" else "mod/mirna/X"].id.get_chunk_info(0)
        at = chunk.byte_offset + f.userblock_size + chunk.size // 2
    whole = bytearray(path.read_bytes())
    whole[at : at + 8] = bytes(8)
    path.write_bytes(whole)
    with pytest.raises(cs.InputError, match=rf"{name} cannot be read as an h5ad or h5mu file: it is .*corrupted"):
        cs.io.read(path)


def test_other_things():
    with pytest.raises(cs.InputError, match=r"Expected the path of a GCT, csv, tsv, h5ad or h5mu file.*found ndarray"):
        cs.io.read(np.ones(3))
    with pytest.raises(cs.InputError, match="`features` must be one of"):
        cs.io.read("x.csv", features="cells")


def test_bootstrap_weights_and_columns_are_read_as_they_were_written(tmp_path):
    mdata = cs.datasets.simulated(n_cells=6, n_mirnas=5, n_mrnas=20)
    cs.pp.bootstrap_cells(mdata, n_runs=3)
    mdata["mirna"].obs["own"] = 1.0
    mdata.write_h5mu(tmp_path / "m.h5mu")
    again = cs.io.read(tmp_path / "m.h5mu")
    assert again.obsm["csmir_bootstrap"].dtype == mdata.obsm["csmir_bootstrap"].dtype
    assert (again.obsm["csmir_bootstrap"] == mdata.obsm["csmir_bootstrap"]).all()
    assert again.obs.columns.tolist() == ["group"]
    assert again["mirna"].obs["own"].tolist() == [1.0] * 6
