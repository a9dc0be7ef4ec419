"""Files of strangers: pipes, bombs, pointers into other files, and matrices whose indices lie."""

from __future__ import annotations

import gzip
import os
import threading
import zipfile

import anndata
import h5py
import mudata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import csmir as cs
from csmir import _inflate
from csmir.cli import main


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize(
    "read", [cs.io.read, cs.io.read_table, cs.io.read_gct, cs.priors.read_table, cs.priors.read_gmt]
)
def test_a_named_pipe_is_refused_and_does_not_hang(tmp_path, read):
    os.mkfifo(tmp_path / "pipe.tsv")
    with pytest.raises(cs.InputError, match="is a pipe or a device, which can be read only once"):
        read(tmp_path / "pipe.tsv")


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="no /dev/fd")
def test_what_a_shell_writes_for_zcat(tmp_path, capsys):
    out, into = os.pipe()
    writer = threading.Thread(target=lambda: os.close(into))
    writer.start()
    args = ["run", "--mirna", f"/dev/fd/{out}", "--mrna", "x.tsv", "--all-pairs", "--out", str(tmp_path / "out")]
    assert main(args) == 2
    writer.join()
    os.close(out)
    assert "gzipped tables need no zcat" in capsys.readouterr().err


@pytest.fixture(scope="module")
def bomb(tmp_path_factory):
    """Some kilobytes that hold two megabytes."""
    folder = tmp_path_factory.mktemp("bomb")
    zeros = b"0\t" * 500_000
    with gzip.open(folder / "bomb.tsv.gz", "wb") as f:
        f.write(b"mirna\tgene\n")
        for _ in range(2):
            f.write(zeros)
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as f, f.open("bomb.tsv", "w") as inside:
        inside.write(b"mirna\tgene\n")
        for _ in range(2):
            inside.write(zeros)
    return folder


@pytest.mark.parametrize(
    ("read", "name"),
    [(cs.io.read, "bomb.tsv.gz"), (cs.priors.read_table, "bomb.tsv.gz"), (cs.priors.read_table, "bomb.zip")],
)
def test_what_may_come_out_of_a_small_file_is_bounded(bomb, read, name, monkeypatch):
    monkeypatch.setattr(_inflate, "ALWAYS", 1_000_000)
    with pytest.raises(cs.InputError, match=r"holds more than 1,000,000: .* If you trust it, unpack it"):
        read(bomb / name)


def test_the_bound_leaves_ordinary_tables_alone(tmp_path):
    assert _inflate.bound(10) == 100_000_000
    assert _inflate.bound(10**9) == 200 * 10**9
    frame = pd.DataFrame(np.zeros((50, 3), int), columns=["hsa-miR-21-5p", "hsa-let-7a-5p", "hsa-miR-17-5p"])
    frame.to_csv(tmp_path / "x.tsv.gz", sep="\t")
    assert cs.io.read(tmp_path / "x.tsv.gz").shape == (50, 3)


@pytest.fixture
def h5ad(tmp_path):
    x = sparse.random(6, 5, 0.5, "csr", random_state=1)
    anndata.AnnData(x).write_h5ad(tmp_path / "x.h5ad")
    return tmp_path / "x.h5ad"


def _external(f, folder):
    (folder / "secret.h5").write_bytes(b"")
    del f["X"]
    f["X"] = h5py.ExternalLink(str(folder / "secret.h5"), "/X")


def _raw(f, folder):
    (folder / "secret.txt").write_bytes(b"12345678" * 30)
    del f["X"]
    f.create_dataset("X", (6, 5), "f8", external=[(str(folder / "secret.txt"), 0, 240)])


def _virtual(f, folder):
    layout = h5py.VirtualLayout((6, 5), "f8")
    layout[:] = h5py.VirtualSource(str(folder / "secret.h5"), "X", (6, 5))
    f["layers"].create_virtual_dataset("x", layout)


@pytest.mark.parametrize("change", [_external, _raw, _virtual])
def test_data_that_lie_in_another_file(h5ad, change):
    with h5py.File(h5ad, "r+") as f:
        change(f, h5ad.parent)
    with pytest.raises(cs.InputError, match=r"is not in this file but in another \(.*secret"):
        cs.io.read(h5ad)


@pytest.mark.parametrize(
    ("part", "at", "value", "message"),
    [
        ("indices", 2, 5, "an index lies outside its 5 columns"),
        ("indices", 0, -1, "an index lies outside its 5 columns"),
        ("indptr", 2, 10**6, "do not start one after the other"),
        ("indptr", 0, 1, "do not start one after the other"),
        ("indptr", 6, 99, r"and 99 are to be there"),
    ],
)
def test_indices_that_lie(h5ad, part, at, value, message):
    with h5py.File(h5ad, "r+") as f:
        f[f"X/{part}"][at] = value
    with pytest.raises(cs.InputError, match=f"sparse matrix '/X' is damaged: .*{message}"):
        cs.io.read(h5ad)


@pytest.mark.parametrize("suffix", ["h5ad", "h5mu"])
def test_a_shape_that_could_not_be_in_the_file(h5ad, suffix):
    path, x = h5ad, "X"
    if suffix == "h5mu":
        path, x = h5ad.with_suffix(".h5mu"), "mod/rna/X"
        mudata.MuData({"rna": anndata.read_h5ad(h5ad)}).write_h5mu(path)
    with h5py.File(path, "r+") as f:
        del f[x]
        f.create_dataset(x, (10**6, 10**6), "f8", chunks=(1000, 1000))
    with pytest.raises(cs.InputError, match=r"says that it holds 8,000,0\d\d,\d+,\d+ and more, with '/.*X' of"):
        cs.io.read(path)


def test_entries_in_any_order_are_sorted(h5ad):
    before = cs.io.read(h5ad).X.toarray()
    with h5py.File(h5ad, "r+") as f:
        for a, b in zip(f["X/indptr"][:-1], f["X/indptr"][1:], strict=True):
            for part in ("X/indices", "X/data"):
                f[part][a:b] = f[part][a:b][::-1]
    again = cs.io.read(h5ad).X
    assert again.has_sorted_indices
    np.testing.assert_array_equal(again.toarray(), before)


def test_networks_of_ours_are_read(tmp_path):
    mdata = cs.datasets.simulated()
    mdata.write_h5mu(tmp_path / "x.h5mu")
    again = cs.io.read(tmp_path / "x.h5mu")
    assert (again["truth"].X != mdata["truth"].X).nnz == 0
