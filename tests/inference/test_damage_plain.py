"""Networks in files that mudata wrote, which have no sum of their own: what csmir sees of damage when it reads them."""

from __future__ import annotations

import multiprocessing
import struct

import h5py
import numpy as np
import pytest

import csmir as cs
from csmir._mudata.h5_kinds import unreadable
from csmir.cli.steps import save_networks


@pytest.fixture(scope="module")
def prepared():
    mdata = cs.datasets.simulated(n_cells=60, n_mirnas=8, n_mrnas=40, seed=3)
    cs.pp.recipe_csmir(mdata)
    return mdata


@pytest.fixture
def plain(prepared):
    """Networks in a file that mudata wrote, which has no sum of its own."""
    mdata = prepared.copy()
    cs.tl.regulation(mdata, regulation="networks", alpha=0.05)
    return mdata


def test_values_of_networks_in_a_plain_file(plain, tmp_path):
    adata = plain["networks"]
    adata.X.data[3] = np.nextafter(adata.X.data[3], np.float32(9))
    plain.write_h5mu(tmp_path / "plain.h5mu")
    with pytest.raises(cs.InputError, match="the networks' X is not what was inferred: the file is damaged"):
        cs.io.read(tmp_path / "plain.h5mu")


@pytest.mark.parametrize("slot", ["var", "obs"])
def test_counts_of_networks_in_a_plain_file(plain, tmp_path, slot):
    name = {"var": "n_cells", "obs": "n_interactions"}[slot]
    getattr(plain["networks"], slot)[name] += 1
    plain.write_h5mu(tmp_path / "plain.h5mu")
    with pytest.raises(cs.InputError, match=rf"{slot}\['{name}'\] of the networks does not count their interactions"):
        cs.io.read(tmp_path / "plain.h5mu")


@pytest.mark.parametrize("rows", ["all", "some"])
def test_networks_that_moved_are_read_from_a_plain_file(plain, tmp_path, caplog, rows):
    rng, adata = np.random.default_rng(0), plain["networks"]
    kept = rng.permutation(adata.n_obs)[: adata.n_obs if rows == "all" else 20]
    plain.mod["networks"] = adata[kept][:, rng.permutation(adata.n_vars)].copy()
    plain.write_h5mu(tmp_path / "plain.h5mu")
    found = cs.io.read(tmp_path / "plain.h5mu")["networks"]
    assert (found.X != plain["networks"].X).nnz == 0
    assert not caplog.text


@pytest.mark.parametrize("where", ["everywhere", "networks"])
def test_a_renamed_cell_in_a_plain_file(plain, tmp_path, caplog, where):
    for key in ["networks", *(plain.mod if where == "everywhere" else [])]:
        plain[key].obs_names = ["another", *plain[key].obs_names[1:]]
    plain.update()
    plain.write_h5mu(tmp_path / "plain.h5mu")
    if where == "networks":
        with pytest.raises(cs.InputError, match="1 of 60 cells of the networks are not among the cells of the data"):
            cs.io.read(tmp_path / "plain.h5mu")
        return
    cs.io.read(tmp_path / "plain.h5mu")
    assert "some have another name: they were renamed, or the file is damaged" in caplog.text


def test_pairs_of_a_plain_file_are_all_called_after_their_ends_or_none(plain, tmp_path, caplog):
    adata, path = plain["networks"], tmp_path / "plain.h5mu"
    names = [f"pair {i}" for i in range(adata.n_vars)]
    adata.var_names = names
    plain.update()
    plain.write_h5mu(path)
    assert list(cs.io.read(path)["networks"].var_names) == names
    assert not caplog.text  # who names all pairs anew knows


@pytest.mark.parametrize("what", ["name", "end"])
def test_a_pair_of_a_plain_file_that_alone_is_not_called_after_its_ends(plain, tmp_path, what):
    adata = plain["networks"]
    if what == "name":
        adata.var_names = ["another", *adata.var_names[1:]]
        plain.update()
    else:
        adata.var["mirna"] = [str(adata.var["mirna"].iloc[-1]), *adata.var["mirna"].astype(str)[1:]]
    plain.write_h5mu(tmp_path / "plain.h5mu")
    with pytest.raises(cs.InputError, match="1 of 320 pairs of the networks are not called after their ends, such as"):
        cs.io.read(tmp_path / "plain.h5mu")


def test_data_of_a_plain_file_that_changed_are_said(plain, tmp_path, caplog):
    path = tmp_path / "plain.h5mu"
    x = plain["mrna"].X
    at = np.flatnonzero(np.asarray(x[0].todense() if hasattr(x, "todense") else x[0]).ravel())[0]
    x[0, at] *= 2
    name = plain["mrna"].var_names[at]
    plain.write_h5mu(path)
    found = cs.io.read(path)
    assert found["mrna"].X[0, at] == x[0, at]
    assert f"the data do not hold what the networks were inferred from, in 1 mRNAs ({name!r})" in caplog.text


@pytest.mark.parametrize(
    ("name", "value"), [("mrna", None), ("cells", None), ("mirna", np.arange(3)), ("mrna", "text")], ids=str
)
def test_a_damaged_record_of_the_data_is_said(plain, tmp_path, name, value):
    origin = plain["networks"].uns["csmir"]["origin"]
    del origin[name]
    if value is not None:
        origin[name] = value
    plain.write_h5mu(tmp_path / "plain.h5mu")
    for read in (lambda: cs.io.read(tmp_path / "plain.h5mu"), lambda: cs.tl.sign(plain, regulation="networks")):
        with pytest.raises(cs.InputError, match=rf"\['{name}'\], is not there or not what csmir wrote"):
            read()


def test_cells_of_the_data_that_are_gone_are_said(plain, tmp_path, caplog):
    path = tmp_path / "plain.h5mu"
    plain["mrna"].obs_names = ["another", *plain["mrna"].obs_names[1:]]
    plain.update()
    plain.write_h5mu(path)
    cs.io.read(path)
    assert "in 1 cells of the networks ('cell_01')" in caplog.text


def test_a_subset_of_a_plain_file_says_nothing(plain, tmp_path, caplog):
    path = tmp_path / "plain.h5mu"
    plain[plain.obs_names[10:40]].copy().write_h5mu(path)
    caplog.clear()
    cs.io.read(path)
    assert not caplog.text


def _endless(content):
    """Free space of no size in a heap of texts."""
    heap = content.index(b"GCOL")
    size = struct.unpack_from("<Q", content, heap + 24)[0]  # of the first text
    second = heap + 32 + -(-size // 8) * 8
    assert struct.unpack_from("<H", content, second)[0] == 2
    content[second : second + 16] = bytes(16)
    return f"what it keeps of texts, at byte {heap:,}, cannot be read to an end"


def _no_kind(content):
    """Text of an attribute of which HDF5 is told that it is of kind 9; there are 0 (lists) and 1 (texts)."""
    kind = content.index(b"\x19\x01\x01\x00\x10", content.index(b"encoding-version"))
    content[kind + 1] = 9
    return "its attribute 'encoding-version' is of no kind that HDF5 knows"


def _read(paths, pipe):
    for path in paths:
        try:
            cs.io.read(path)
        except cs.InputError as e:
            pipe.send(str(e))


def test_what_hdf5_would_read_for_ever_or_crash_of(plain, tmp_path):
    plain.write_h5mu(tmp_path / "plain.h5mu")
    whole, expected = (tmp_path / "plain.h5mu").read_bytes(), {}
    for damage in (_endless, _no_kind):
        content, path = bytearray(whole), tmp_path / f"{damage.__name__}.h5mu"
        expected[path] = damage(content)
        path.write_bytes(content)
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_read, args=([*expected], there))
    process.start()
    there.close()
    try:
        for sentence in expected.values():
            assert here.poll(120), "it hangs"
            assert sentence in here.recv()
    finally:
        process.kill()
        process.join()


def test_values_of_no_kind_wherever_they_are(tmp_path):
    texts, lists = h5py.string_dtype(), h5py.vlen_dtype(np.int32)
    with h5py.File(tmp_path / "x.h5", "w") as f:
        f.create_dataset("table", (2,), np.dtype([("a", "f8"), ("b", texts)]))
        f.create_dataset("lists", (2,), lists)
    with h5py.File(tmp_path / "x.h5") as f:
        assert not [*unreadable(f), *unreadable(f["table"]), *unreadable(f["lists"])]
    content = bytearray((tmp_path / "x.h5").read_bytes())
    [at] = [i for kind in (1, 3) if (i := content.find(bytes([kind * 16 + 9, 1, 1, 0, 16]))) >= 0]
    content[at + 1] = 2
    (tmp_path / "x.h5").write_bytes(content)
    with h5py.File(tmp_path / "x.h5") as f:
        assert [*unreadable(f["table"])] == ["what it holds"]
        assert not [*unreadable(f["lists"])]


def test_a_file_that_is_as_it_was_written_is_not_looked_through(plain, tmp_path, monkeypatch):
    looked = []
    monkeypatch.setattr("csmir._mudata.h5mu.refuse_endless", looked.append)
    save_networks(plain, tmp_path)
    cs.io.read(tmp_path / "csmir.h5mu")
    assert not looked
    plain.write_h5mu(tmp_path / "plain.h5mu")
    cs.io.read(tmp_path / "plain.h5mu")
    assert len(looked) == 1


def test_heaps_of_any_number_of_texts_are_read(tmp_path):
    with h5py.File(tmp_path / "x.h5ad", "w") as f:
        f["obs"] = np.array(["", "a" * 5000, *map(str, range(3000))], dtype=object)
        f["var"] = "GCOL\x01"
    with pytest.raises(cs.InputError) as said:
        cs.io.read(tmp_path / "x.h5ad")
    assert "to an end" not in str(said.value)
