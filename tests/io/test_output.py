"""An output folder appears whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from csmir import InputError
from csmir._files.output import new_folder


def files(folder: Path) -> set[str]:
    """What a user sees: everything but hidden names."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")}


def fill(path: Path, *names: str, overwrite: bool = False, text: str = "x") -> None:
    with new_folder(path, overwrite=overwrite) as folder:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)


def test_appears_only_at_the_end(tmp_path):
    out = tmp_path / "a" / "b"
    with new_folder(out) as folder:
        (folder / "edges.tsv").write_text("x")
        assert not out.exists()
    assert files(out) == {"edges.tsv"}
    assert [p.name for p in out.parent.iterdir()] == ["b"]


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o022)
    try:
        fill(tmp_path / "out", "x.tsv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o755


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("exists", [False, True])
def test_nothing_is_left_after_a_failure(tmp_path, error, exists):
    out = tmp_path / "a" / "out"
    if exists:
        out.mkdir(parents=True)

    def fail() -> None:
        with new_folder(out) as folder:
            (folder / "half.tsv").write_text("x")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.rglob("*")) == ([out.parent, out] if exists else [])


def test_interrupted_overwriting_keeps_the_old_results(tmp_path):
    fill(tmp_path / "out", "old.tsv")

    def fail() -> None:
        with new_folder(tmp_path / "out", overwrite=True) as folder:
            (folder / "new.tsv").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert files(tmp_path / "out") == {"old.tsv"}


def test_a_failed_move_restores_the_old_results(tmp_path, monkeypatch):
    out = tmp_path / "out"
    fill(out, "old.tsv", "deep/old.tsv")
    rename = Path.rename

    def breaks(self, target):
        if self.name == "new.tsv":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", breaks)
    with pytest.raises(InputError, match=r"No space left.*finished results are left in '.*csmir-partial"):
        fill(out, "new.tsv", overwrite=True)
    kept = {p for p in files(out) if not p.startswith(".csmir-partial")}
    assert kept == {"old.tsv", "deep/old.tsv"}


def test_an_empty_folder_keeps_its_identity(tmp_path):
    inode = tmp_path.stat().st_ino
    fill(tmp_path, "edges.tsv", "networks/cell_1.graphml")
    assert files(tmp_path) == {"edges.tsv", "networks/cell_1.graphml"}
    assert tmp_path.stat().st_ino == inode


def test_results_are_not_overwritten_unless_told(tmp_path):
    out = tmp_path / "out"
    fill(out, "one.tsv", "deep/two.tsv")
    with pytest.raises(InputError, match=r"already holds results \(3 files\).*overwrite=True"):
        fill(out, "new.tsv")
    assert files(out) == {"one.tsv", "deep/two.tsv"}
    fill(out, "new.tsv", overwrite=True)
    assert files(out) == {"new.tsv"}
    assert not (out / "deep").exists()
    fill(out, "one.tsv", overwrite=True, text="y")
    assert (out / "one.tsv").read_text() == "y"


@pytest.mark.parametrize("overwrite", [False, True])
def test_files_of_somebody_else_are_never_removed(tmp_path, overwrite):
    out = tmp_path / "out"
    fill(out, "deep/two.tsv")
    (out / "deep" / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match=r"csmir did not write there: 'deep/thesis\.docx'"):
        fill(out, "new.tsv", overwrite=overwrite)
    assert files(out) == {"deep/two.tsv", "deep/thesis.docx"}


def test_leftovers_of_a_killed_run_do_not_block_the_next(tmp_path):
    out = tmp_path / "out"
    (out / ".csmir-partial-12345678").mkdir(parents=True)
    (out / ".csmir-partial-12345678" / "half.tsv").write_text("x")
    fill(out, "edges.tsv")
    assert (out / "edges.tsv").exists()


def test_results_survive_a_target_that_filled_up_meanwhile(tmp_path):
    out = tmp_path / "out"

    def race() -> None:
        with new_folder(out) as folder:
            (folder / "edges.tsv").write_text("hours")
            out.mkdir()
            (out / "other.tsv").write_text("x")

    with pytest.raises(InputError, match=r"'other\.tsv'.*finished results are left in"):
        race()
    (left,) = [p for p in tmp_path.iterdir() if p != out]
    assert (left / "edges.tsv").read_text() == "hours"
    assert files(out) == {"other.tsv"}


def test_target_is_a_file(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(InputError, match=r"Expected an output folder; .* is a file"):
        fill(tmp_path / "out", "x.tsv")


def test_parent_is_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match=r"Cannot write the output folder .*Not a directory"):
        fill(tmp_path / "file" / "out", "x.tsv")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_parent_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(InputError, match=r"Cannot write the output folder .*Permission denied"):
            fill(tmp_path / "out", "x.tsv")
    finally:
        tmp_path.chmod(0o700)


def test_name_too_long(tmp_path):
    with pytest.raises(InputError, match="File name too long"):
        fill(tmp_path / ("x" * 300), "x.tsv")


def test_no_name():
    with pytest.raises(InputError, match="has no name"):
        fill("", "x.tsv")


def test_a_link_to_a_folder_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    fill(tmp_path / "link", "x.tsv")
    assert (tmp_path / "link").is_symlink()
    assert files(tmp_path / "real") == {"x.tsv"}
