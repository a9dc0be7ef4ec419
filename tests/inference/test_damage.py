"""Damaged files: named, made again by the same call, or refused in one sentence; never other numbers."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

import csmir as cs
from csmir.cli.steps import save_networks
from csmir.inference.on_disk import run_folder, zarr_rows


@pytest.fixture(scope="module")
def prepared():
    mdata = cs.datasets.simulated(n_cells=60, n_mirnas=8, n_mrnas=40, seed=3)
    cs.pp.recipe_csmir(mdata)
    return mdata


@pytest.fixture(scope="module")
def finished(prepared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as small:
        small.setattr(zarr_rows, "CHUNK", 500)
        cs.tl.regulation(prepared, out=folder / "run.zarr")
    save_networks(prepared, folder)
    return folder


@pytest.fixture
def run(finished, tmp_path):
    shutil.copytree(finished / "run.zarr", tmp_path / "run.zarr")
    return tmp_path / "run.zarr"


def equal(a, b):
    return all(
        np.array_equal(x.toarray(), y.toarray())
        for x, y in [(a.X, b.X), *((a.layers[k], b.layers[k]) for k in a.layers)]
    ) and a.obs.equals(b.obs)


def hurt(path: Path, rng: np.random.Generator) -> str:
    """One of: a flipped bit, another byte, a hole, a cut, a longer file, no file."""
    content = bytearray(path.read_bytes())
    kind = ["bit", "byte", "hole", "cut", "more", "gone"][rng.integers(6)]
    at = int(rng.integers(max(1, len(content))))
    if kind == "bit" and content:
        content[at] ^= 1 << rng.integers(8)
    elif kind == "byte" and content:
        content[at] = (content[at] + rng.integers(1, 256)) % 256
    elif kind == "hole":
        content[at : at + 32] = bytes(len(content[at : at + 32]))
    elif kind == "cut":
        del content[at:]
    elif kind == "more":
        content += b"x"
    if kind == "gone":
        path.unlink()
    else:
        path.write_bytes(content)
    return kind


def test_random_damage_of_finished_networks(prepared, finished, run):
    """A share of `python -m benchmarks.damage`."""
    rng = np.random.default_rng(0)
    whole = cs.io.read_networks(run)
    n_refused = 0
    files = sorted(p for p in run.rglob("*") if p.is_file())
    for _ in range(25):
        path = files[rng.integers(len(files))]
        hurt(path, rng)
        try:
            assert equal(cs.io.read_networks(run), whole), path
        except cs.InputError:
            n_refused += 1
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(finished / "run.zarr" / path.relative_to(run), path)
    assert n_refused > 15
    assert equal(cs.io.read_networks(run), whole)


def test_a_damaged_or_missing_chunk_is_named_and_made_again(prepared, run, caplog):
    before = {p.relative_to(run): p.read_bytes() for p in run.rglob("*") if p.is_file()}
    data, indices = run / "X" / "data" / "c" / "1", run / "X" / "indices" / "c" / "0"
    changed = bytearray(data.read_bytes())
    changed[-9] ^= 1
    data.write_bytes(changed)
    indices.unlink()
    with pytest.raises(cs.InputError, match=rf"are damaged: .*{indices.relative_to(run)}"):
        cs.io.read_networks(run)
    with pytest.MonkeyPatch.context() as small, caplog.at_level(logging.WARNING, "csmir"):
        small.setattr(zarr_rows, "CHUNK", 500)
        cs.tl.regulation(prepared, out=run)
    assert "2 of its files are missing or damaged" in caplog.text
    assert str(data.relative_to(run)) in caplog.text
    assert {p.relative_to(run): p.read_bytes() for p in run.rglob("*") if p.is_file()} == before
    assert not run.with_name("run.zarr.partial").exists()


def test_a_flipped_bit_of_a_chunk_is_noticed_as_it_is_read(run):
    chunk = run / "X" / "data" / "c" / "0"
    changed = bytearray(chunk.read_bytes())
    changed[len(changed) // 2] ^= 4
    chunk.write_bytes(changed)
    lazy = cs.io.read_networks(run, lazy=True)
    with pytest.raises(Exception, match=r"(?i)checksum"):
        lazy[:3].to_memory()
    with pytest.raises(cs.InputError, match=r"damaged: 'X/data/c/0'"):
        cs.io.read_networks(run, lazy=False)


@pytest.fixture
def unfinished(prepared, tmp_path, monkeypatch):
    """Stopped while the result is put together."""
    monkeypatch.setattr(zarr_rows, "CHUNK", 500)
    monkeypatch.setattr(zarr_rows, "BYTES_PER_ENTRY", 5_000)
    original, calls = zarr_rows._note, []

    def stops(*args):
        original(*args)
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(zarr_rows, "_note", stops)
        with pytest.raises(KeyboardInterrupt):
            cs.tl.regulation(prepared, out=tmp_path / "run.zarr", memory="1MB")
    return tmp_path / "run.zarr"


@pytest.mark.parametrize("how", ["nonsense", "another number"])
@pytest.mark.parametrize("name", ["plan.json", "counts.npz", "written"])
def test_damaged_state(prepared, finished, unfinished, name, how, caplog):
    path = unfinished.with_name("run.zarr.partial") / name
    content = path.read_bytes()
    wrong = {
        "nonsense": b"\x93NUMPY{]",
        "another number": content[:-40] + content[-40:].translate(bytes.maketrans(b"0123456789", b"1234567890")),
    }[how]
    path.write_bytes(wrong)
    if name == "plan.json":
        with pytest.raises(cs.InputError, match=r"plan\.json' is damaged.*to start over\.$"):
            cs.tl.regulation(prepared, out=unfinished)
        return
    with caplog.at_level(logging.WARNING, "csmir"):
        cs.tl.regulation(prepared, out=unfinished)
    assert equal(cs.io.read_networks(unfinished), cs.io.read_networks(finished / "run.zarr"))
    assert name in caplog.text or how == "another number"


def test_chunks_damaged_before_the_end(prepared, finished, unfinished, caplog):
    (unfinished.with_name("run.zarr.partial") / run_folder.RESULT / "X" / "data" / "c" / "0").unlink()
    with caplog.at_level(logging.WARNING, "csmir"):
        cs.tl.regulation(prepared, out=unfinished)
    assert "put together again: X/data/c/0" in caplog.text
    assert equal(cs.io.read_networks(unfinished), cs.io.read_networks(finished / "run.zarr"))


def test_a_block_under_the_number_of_another(prepared, unfinished, finished, caplog):
    folder = unfinished.with_name("run.zarr.partial")
    blocks = sorted((folder / run_folder.BLOCKS).iterdir())
    assert len(blocks) > 1
    blocks[0].write_bytes(blocks[-1].read_bytes())
    for name in ("counts.npz", "written"):
        (folder / name).unlink()
    with caplog.at_level(logging.WARNING, "csmir"):
        cs.tl.regulation(prepared, out=unfinished)
    assert "1 blocks are damaged and computed again: 000000" in caplog.text
    assert equal(cs.io.read_networks(unfinished), cs.io.read_networks(finished / "run.zarr"))


def test_random_damage_of_a_result(finished, tmp_path):
    whole = cs.io.read(finished / "csmir.h5mu")
    content = (finished / "csmir.h5mu").read_bytes()
    rng = np.random.default_rng(1)
    n_refused = 0
    for _ in range(40):
        path = tmp_path / "csmir.h5mu"
        path.write_bytes(content)
        if hurt(path, rng) == "gone":
            continue
        try:
            again = cs.io.read(path)
            assert all(np.array_equal(again[k].X, whole[k].X) for k in ("mirna", "mrna"))
        except cs.InputError:
            n_refused += 1
    assert n_refused > 20


def test_a_root_without_its_metadata(prepared, run):
    (run / "zarr.json").unlink()
    with pytest.raises(cs.InputError, match=r"its zarr\.json is missing or damaged.* Delete that folder to start over"):
        cs.tl.regulation(prepared.copy(), out=run)
