"""Runs on disk: the bytes of a run in memory, whatever happens in between, and never another run's."""

from __future__ import annotations

import dataclasses
import errno
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest

import csmir as cs
from csmir.inference.on_disk import block_files as _block_files
from csmir.inference.on_disk import run_folder as _out
from csmir.inference.on_disk import zarr_rows as _store


@pytest.fixture(scope="module")
def prepared():
    mdata = cs.datasets.simulated(n_cells=150, n_mirnas=12, n_mrnas=80, seed=3)
    cs.pp.recipe_csmir(mdata)
    mdata.obs["half"] = pd.Categorical(np.where(np.arange(150) % 2, "a", "b"))
    return mdata


@pytest.fixture
def mdata(prepared):
    return prepared.copy()


def same(a, b):
    """The same bytes in the same types, and the same columns."""
    names = [None, *(name for name in a.layers if name)]
    assert set(names) == {None, *(name for name in b.layers if name)}
    for name in names:
        one, other = (x.X if name is None else x.layers[name] for x in (a, b))
        for part in ("data", "indices", "indptr"):
            u, v = getattr(one, part), getattr(other, part)
            assert (u.dtype, u.tobytes()) == (v.dtype, v.tobytes()), (name, part)
    pd.testing.assert_frame_equal(a.obs, b.obs, check_index_type=False)
    pd.testing.assert_frame_equal(a.var, b.var, check_index_type=False)
    assert a.uns["csmir"]["regulation"].keys() == b.uns["csmir"]["regulation"].keys()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"keep": "all"},
        {"statistic": "exact", "alpha": 0.2},
        {"statistic": "exact", "groups": "half", "keep": "all"},
        {"statistic": "exact", "neighbors": "expression", "n_neighbors": 60},
        {"statistic": "local", "expressed_only": True},
        {"statistic": "local", "groups": "half"},
        {"statistic": "local", "groups": "half", "expressed_only": True, "keep": "all"},
        {"statistic": "local", "both_sides": True, "alpha": 0.2},
    ],
    ids=str,
)
def test_the_bytes_of_a_run_in_memory(mdata, tmp_path, options):
    straight = cs.tl.regulation(mdata, mdata.uns["prior"], copy=True, **options)["regulation"]
    cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr", memory="1MB", **options)
    same(straight, mdata["regulation"].to_memory())
    same(straight, anndata.read_zarr(tmp_path / "run.zarr"))
    assert [p.name for p in tmp_path.iterdir()] == ["run.zarr"]


def test_an_unfinished_run_of_older_arithmetic_is_refused(mdata, tmp_path, monkeypatch):
    from csmir.inference.statistics import local

    with monkeypatch.context() as stopped:
        stopped.setattr(local, "STATISTIC", dataclasses.replace(local.STATISTIC, arithmetic=None))
        stopped.setattr("csmir.inference.on_disk.run_folder.put_together", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", out=tmp_path / "run.zarr")
    with pytest.raises(cs.InputError, match=r"how the statistic is computed \(version 1 there, 4 now\).*start over"):
        cs.tl.regulation(mdata, mdata.uns["prior"], statistic="local", out=tmp_path / "run.zarr")


def test_with_pseudo_cells(tmp_path):
    mdata = cs.datasets.simulated(n_cells=20, n_mirnas=12, n_mrnas=60, seed=2)
    cs.pp.recipe_csmir(mdata)
    cs.pp.bootstrap_cells(mdata, n_runs=9, seed=4)
    straight = cs.tl.regulation(mdata, copy=True)["regulation"]
    cs.tl.regulation(mdata, out=tmp_path / "run.zarr", memory="1MB")
    same(straight, mdata["regulation"].to_memory())


def test_many_chunks_and_little_memory(mdata, tmp_path, monkeypatch):
    monkeypatch.setattr(_store, "CHUNK", 100)
    monkeypatch.setattr(_store, "BYTES_PER_ENTRY", 5_000)
    straight = cs.tl.regulation(mdata, copy=True)["regulation"]
    cs.tl.regulation(mdata, out=tmp_path / "run.zarr", memory="1MB")
    assert straight.X.nnz > 20 * 100
    same(straight, mdata["regulation"].to_memory())


def test_what_does_not_fit_stays_on_the_disk(mdata, tmp_path, caplog):
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.regulation(mdata, out=tmp_path / "run.zarr", memory="1MB", keep="all")
    assert "stay on the disk" in caplog.text
    lazy = mdata["regulation"]
    assert not hasattr(lazy.X, "indptr") or type(lazy.X).__name__ == "_CSRDataset"
    some = lazy[[3, 140]].to_memory()
    cs.tl.regulation(mdata, out=tmp_path / "run.zarr", memory="1GB", keep="all")
    assert some.X.toarray().tobytes() == mdata["regulation"].X[[3, 140]].toarray().tobytes()
    loaded = cs.io.read_networks(tmp_path / "run.zarr", lazy=False)
    same(loaded, mdata["regulation"])
    assert type(cs.io.read_networks(tmp_path / "run.zarr", lazy=True).X).__name__ == "_CSRDataset"


def test_a_second_call_computes_nothing(mdata, tmp_path, caplog, monkeypatch):
    cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr")
    monkeypatch.setattr(_out.Folder, "fill", lambda *_, **__: pytest.fail("computed again"))
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr", n_threads=1, memory="5MB")
    assert "nothing to compute" in caplog.text


def test_the_last_bit_of_a_factor_is_no_other_run(mdata, tmp_path, monkeypatch):
    """Libraries of linear algebra round by their number of threads: a batch system may give another at each start."""
    from csmir.kernels import factors

    options = {"statistic": "local", "groups": "half", "factors": 2, "covariates": ["depth"]}
    mdata.obs["depth"] = np.random.default_rng(0).normal(size=mdata.n_obs)
    cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr", **options)
    find, seen = factors.find_basis, []

    def rounded_up(*args, **kwargs):
        basis = find(*args, **kwargs)
        seen.append(basis)
        return basis._replace(scores=np.nextafter(basis.scores, np.inf))

    monkeypatch.setattr(factors, "find_basis", rounded_up)
    cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr", **options)
    assert seen
    mdata.obs["depth"] += np.arange(mdata.n_obs)
    with pytest.raises(cs.InputError, match="differs in the covariates"):
        cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr", **options)


class TestAnotherRun:
    @pytest.fixture
    def out(self, mdata, tmp_path):
        cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr")
        return tmp_path / "run.zarr"

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"alpha": 0.02}, r"alpha \(0.01 there, 0.02 now\)"),
            ({"box_size": 0.2}, "box_size"),
            ({"keep": "all"}, "'significant' there, 'all' now"),
            ({"statistic": "exact"}, "statistic"),
        ],
    )
    def test_other_parameters(self, mdata, out, options, words):
        with pytest.raises(cs._errors.InputError, match=words):
            cs.tl.regulation(mdata, mdata.uns["prior"], out=out, **options)

    def test_other_pairs(self, mdata, out):
        with pytest.raises(cs._errors.InputError, match="the pairs"):
            cs.tl.regulation(mdata, mdata.uns["prior"].iloc[1:], out=out)

    def test_other_data(self, mdata, out):
        mdata["mrna"].X = mdata["mrna"].X.copy()
        mdata["mrna"].X[3, 7] += 0.5
        with pytest.raises(cs._errors.InputError, match="differs in the mRNAs"):
            cs.tl.regulation(mdata, mdata.uns["prior"], out=out)

    def test_other_cells(self, mdata, out):
        with pytest.raises(cs._errors.InputError, match="the cells"):
            cs.tl.regulation(mdata[mdata.obs_names[::-1]].copy(), mdata.uns["prior"], out=out)

    def test_unfinished_ones_too(self, mdata, tmp_path, monkeypatch):
        monkeypatch.setattr(_out, "put_together", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr")
        with pytest.raises(cs._errors.InputError, match="alpha"):
            cs.tl.regulation(mdata, mdata.uns["prior"], out=tmp_path / "run.zarr", alpha=0.3)
        with pytest.raises(cs._errors.InputError, match="not finished"):
            cs.io.read_networks(tmp_path / "run.zarr")

    def test_a_folder_of_somebody_else(self, mdata, tmp_path):
        (tmp_path / "thesis").mkdir()
        with pytest.raises(cs._errors.InputError, match="no networks that csmir wrote"):
            cs.tl.regulation(mdata, out=tmp_path / "thesis")
        with pytest.raises(cs._errors.InputError, match="There are no networks"):
            cs.io.read_networks(tmp_path / "thesis")

    def test_same_data_sparse_is_the_same_run(self, mdata, out):
        from scipy import sparse

        mdata["mrna"].X = sparse.csr_matrix(mdata["mrna"].X)
        cs.tl.regulation(mdata, mdata.uns["prior"], out=out)

    def test_no_copy(self, mdata, out):
        with pytest.raises(cs._errors.InputError, match="copy"):
            cs.tl.regulation(mdata, out=out, copy=True)

    @pytest.mark.skipif(sys.platform == "win32", reason="no such locks")
    def test_not_two_at_once(self, mdata, tmp_path):
        import fcntl

        (tmp_path / "run.zarr.partial").mkdir()
        with open(tmp_path / "run.zarr.partial" / "lock", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with pytest.raises(cs._errors.InputError, match="another process"):
                cs.tl.regulation(mdata, out=tmp_path / "run.zarr")


def test_a_damaged_block_is_computed_again(mdata, tmp_path, caplog, monkeypatch):
    straight = cs.tl.regulation(mdata, copy=True)["regulation"]
    with monkeypatch.context() as broken:
        broken.setattr(_out, "put_together", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cs.tl.regulation(mdata, out=tmp_path / "run.zarr", memory="1MB")
    blocks = sorted((tmp_path / "run.zarr.partial" / "blocks").iterdir())
    assert len(blocks) >= 3
    changed = bytearray(blocks[0].read_bytes())
    changed[-200] ^= 1
    blocks[0].write_bytes(changed)
    blocks[1].write_bytes(blocks[1].read_bytes()[:500])
    assert [_block_files.is_whole(p) for p in blocks[:3]] == [False, False, True]
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.regulation(mdata, out=tmp_path / "run.zarr", memory="1GB", n_threads=1)
    assert "2 blocks are damaged" in caplog.text
    assert f"{len(blocks) - 2} of {len(blocks)} blocks are there" in caplog.text
    same(straight, mdata["regulation"])


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forks of a process, which this system does not have")
def test_killed_at_ten_moments(tmp_path):
    script = Path(__file__).with_name("kill_runs.py")
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), "10"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    note = json.loads(done.stdout.splitlines()[-1])
    assert note["status"] == 0
    assert note["killed"] == 10
    assert note["blocks"] == sorted(note["blocks"])
    assert content(tmp_path / "killed.zarr") == content(tmp_path / "straight.zarr")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["killed.zarr", "straight.zarr"]


def test_a_run_that_the_first_version_began_goes_on(tmp_path, monkeypatch, caplog):
    """Its plan has no sum, its blocks have sums without their number, and it knew no covariates."""
    import json
    import zlib

    from csmir.inference.on_disk import run_folder

    mdata = cs.datasets.simulated(60, 20, 200, seed=3)
    cs.pp.recipe_csmir(mdata)
    out = tmp_path / "run.zarr"
    how = {"statistic": "exact", "alpha": 0.2, "adjust": None, "memory": "1MB", "n_threads": 1, "progress": False}
    written = []
    write = run_folder.write_block

    def stop_after_two(path, block):
        write(path, block)
        written.append(path)
        if len(written) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(run_folder, "write_block", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        cs.tl.regulation(mdata, mdata.uns["prior"], out=out, **how)
    plan = tmp_path / "run.zarr.partial" / "plan.json"
    content = json.loads(plan.read_text())
    content.pop("crc32")
    content["run"].pop("covariates", None)
    plan.write_text(json.dumps(content))
    for path in written:
        block = _block_files.BlockFile(path)
        total = 0
        for field in range(4):
            total = zlib.crc32(block._read(field, 0, block._fields[field][2]).view(np.uint8).data, total)
        raw = bytearray(path.read_bytes())
        raw[-8:] = np.array([total], np.uint64).tobytes()
        path.write_bytes(raw)
    monkeypatch.setattr(run_folder, "write_block", lambda path, block: (written.append(path), write(path, block)))
    with caplog.at_level("INFO", logger="csmir"):
        cs.tl.regulation(mdata, mdata.uns["prior"], out=out, **how)
    assert "2 of 3 blocks are there" in caplog.text
    assert len(written) == 3
    whole = cs.datasets.simulated(60, 20, 200, seed=3)
    cs.pp.recipe_csmir(whole)
    cs.tl.regulation(whole, whole.uns["prior"], **{k: v for k, v in how.items() if k != "memory"})
    assert (mdata["regulation"].X != whole["regulation"].X).nnz == 0


@pytest.fixture
def begun(mdata, tmp_path, monkeypatch):
    """A run that stopped when its blocks were there."""
    with monkeypatch.context() as broken:
        broken.setattr(_out, "put_together", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cs.tl.regulation(mdata, out=tmp_path / "run.zarr", memory="1MB")
    return tmp_path / "run.zarr.partial"


@pytest.mark.parametrize("name", ["lock", "blocks/000000", "blocks", "networks.zarr"])
def test_something_else_in_the_place_of_state(mdata, begun, name):
    path = begun / name
    if path.is_dir():
        for block in path.iterdir():
            block.unlink()
        path.rmdir()
    path.unlink(missing_ok=True)
    path.touch() if name in ("blocks", "networks.zarr") else path.mkdir()
    with pytest.raises(
        cs.InputError, match=rf"`out`: cannot use .*{name}'.*Delete .*run\.zarr\.partial' to start over"
    ):
        cs.tl.regulation(mdata, out=begun.with_suffix(""), memory="1MB")


@pytest.mark.parametrize("content", [b"", b"[" * 100_000, b"null", b"\xff\xfe{"])
def test_a_plan_that_nobody_can_read(mdata, begun, content):
    (begun / "plan.json").write_bytes(content)
    with pytest.raises(cs.InputError, match=r"plan\.json' is damaged, .* Delete .*run\.zarr\.partial' to start over"):
        cs.tl.regulation(mdata, out=begun.with_suffix(""))


@pytest.mark.parametrize(
    ("number", "message"),
    [(errno.EACCES, "Permission denied. Allow it, or name"), (errno.ENOSPC, "No space .*repeat the call: it goes on")],
)
def test_a_disk_that_takes_no_more(mdata, begun, monkeypatch, number, message):
    def fails(*_, **__):
        raise OSError(number, os.strerror(number), str(begun / "blocks"))

    monkeypatch.setattr(_out, "put_together", fails)
    with pytest.raises(cs.InputError, match=message):
        cs.tl.regulation(mdata, out=begun.with_suffix(""))


def test_files_of_somebody_else_beside_the_state_stay(mdata, begun, caplog):
    (begun / "thesis.docx").write_text("years of work")
    with caplog.at_level(logging.INFO, "csmir"):
        cs.tl.regulation(mdata, out=begun.with_suffix(""))
    assert os.listdir(begun) == ["thesis.docx"]
    assert f"{begun} stays: it holds files that csmir did not write" in caplog.text


@pytest.mark.parametrize("memory", ["1MB", "1GB"])
def test_columns_of_the_cells_are_those_of_now(mdata, tmp_path, caplog, memory):
    cs.tl.regulation(mdata, out=tmp_path / "run.zarr")
    assert "other columns" not in caplog.text
    mdata.obs["half"] = mdata.obs["half"].cat.rename_categories({"a": "b", "b": "a"})
    mdata.obs["new"] = np.arange(150) / 7
    del mdata.obs["group"]
    cs.tl.regulation(mdata, out=tmp_path / "run.zarr", memory=memory)
    there = mdata["regulation"].obs
    cs.tl.regulation(mdata)
    pd.testing.assert_frame_equal(there, mdata["regulation"].obs, check_index_type=False)
    assert "run.zarr was written with other columns of the cells: 'group', 'half', 'new'." in caplog.text


def test_a_disk_that_was_full_before(mdata, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(anndata.io, "write_elem", full)
    with pytest.raises(cs.InputError, match=r"^`out`: No space left on device. Make room and repeat the call"):
        cs.tl.regulation(mdata, out=tmp_path / "run.zarr")


@pytest.mark.parametrize("name", ["s3://bucket/run.zarr", "https://example.org/a.h5mu", Path("gs://bucket/a")])
def test_addresses_are_no_folders(mdata, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(cs.InputError, match="`out` must be a path on this machine, not an address"):
        cs.tl.regulation(mdata, out=name)
    with pytest.raises(cs.InputError, match="`path` must be a path on this machine, not an address"):
        cs.io.read(name)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="no such paths")
@pytest.mark.parametrize("name", ["loop", "a\0b", "x" * 300, "y" * 250, "~nobody-of-that-name/x.zarr"])
def test_paths_that_no_system_takes(mdata, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    os.symlink("loop", "loop")
    with pytest.raises(cs.InputError, match="`out` is no path that this system takes"):
        cs.tl.regulation(mdata, out=name)
    if name != "y" * 250:
        with pytest.raises(cs.InputError, match="`path` is no path that this system takes"):
            cs.io.read(name)
        with pytest.raises(cs.InputError, match="`path` is no path that this system takes"):
            cs.priors.read_table(name)
    with pytest.raises(cs.InputError, match="'/' exists and holds no networks"):
        cs.tl.regulation(mdata, out="/")


@pytest.mark.parametrize("statistic", ["csn", "local"])
def test_tables_and_figures_of_networks_on_the_disk(tmp_path, statistic):
    there = cs.datasets.simulated(n_cells=90, n_mirnas=6, n_mrnas=40, effect=3.0, prevalence=0.3, dropout=0.0, seed=3)
    cs.pp.recipe_csmir(there)
    net = there.uns["prior"]
    cs.tl.regulation(there, net, statistic=statistic, out=tmp_path / "run.zarr")
    lazy, loaded = there, there.copy()
    lazy.mod["regulation"] = cs.io.read_networks(tmp_path / "run.zarr", lazy=True)
    for mdata in (lazy, loaded):
        cs.tl.sign(mdata)
        cs.tl.validate(mdata, net.iloc[:20])
    for table in (cs.get.edges, cs.get.pairs, cs.get.curves):
        assert len(table(loaded)) > 0
        pd.testing.assert_frame_equal(table(lazy), table(loaded))
    some = list(there.obs_names[[70, 3]])
    pd.testing.assert_frame_equal(cs.get.edges(lazy, cell=some), cs.get.edges(loaded, cell=some))
    for name, mdata in (("lazy", lazy), ("loaded", loaded)):
        cs.io.write_tables(mdata, tmp_path / name, formats=("tsv", "graphml"))
        cs.pl.sign(mdata, show=False, save=tmp_path / f"{name}.png")
    for path in (tmp_path / "loaded").rglob("*.*"):
        assert (
            path.is_dir()
            or path.read_bytes() == (tmp_path / "lazy" / path.relative_to(tmp_path / "loaded")).read_bytes()
        )
    assert (tmp_path / "lazy.png").read_bytes() == (tmp_path / "loaded.png").read_bytes()
