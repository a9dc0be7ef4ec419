"""An output folder appears whole or not at all."""

from __future__ import annotations

import logging
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from csmir import InputError
from csmir._files.output import new_folder
from csmir._files.staging import clear_left_overs


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


KILLED = """
import os, signal, sys
from pathlib import Path
from csmir._files.output import new_folder

out, n_renames = sys.argv[1], int(sys.argv[2])  # how many renames are done before the kill
rename, done = Path.rename, []

def killed(self, target):
    if ".csmir-partial" not in str(self) and ".csmir-partial" not in str(target) or done[n_renames:]:
        raise AssertionError(self)
    if len(done) == n_renames:
        os.kill(os.getpid(), signal.SIGKILL)
    done.append(self)
    return rename(self, target)

Path.rename = killed
with new_folder(out, overwrite=True) as folder:
    (folder / "new.tsv").write_text("new")
    (folder / "both.tsv").write_text("new")
os.kill(os.getpid(), signal.SIGKILL)
"""
posix = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL and no locks")


def killed(out: Path, n_renames: int) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(out), str(n_renames)], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def left(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.glob(".csmir-partial-*"))


@posix
def test_what_a_killed_call_left_is_removed_by_the_next_and_said(tmp_path, caplog):
    killed(tmp_path / "out", 1)  # the first names the folder after it is held
    (name,) = left(tmp_path)
    (tmp_path / name / ".csmir-files").unlink()
    with caplog.at_level(logging.INFO, "csmir"):
        fill(tmp_path / "out", "x.tsv")
    assert left(tmp_path) == []
    assert f"removed {tmp_path / name}, which a call that was killed had left" in caplog.text


@posix
def test_folders_of_the_living_of_other_machines_and_of_others_stay(tmp_path, caplog, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / ".csmir-partial-notes.txt").write_text("x")
    (out / ".csmir-partial-12345678").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "thesis.docx").write_text("years of work")
    with new_folder(out, overwrite=True) as living:
        (living / "x.tsv").write_text("x")
        machine = living.name.rpartition("-")[2]
        (out / f".csmir-partial-abcdabcd-{machine}").symlink_to(tmp_path / "elsewhere")
        here = left(out)
        with caplog.at_level(logging.INFO, "csmir"):
            clear_left_overs(out)
        assert left(out) == here
        assert living.name in here
    assert (tmp_path / "elsewhere" / "thesis.docx").exists()
    assert (tmp_path / ".csmir-partial-notes.txt").exists()
    assert f"{out / '.csmir-partial-12345678'}: of a call that may be at work" in caplog.text
    monkeypatch.setattr("csmir._files.staging.shutil.rmtree", lambda *_: pytest.fail("removed"))
    monkeypatch.setattr("csmir._files.staging.os.geteuid", lambda: 12345)
    (tmp_path / f".csmir-partial-11111111-{machine}").mkdir()
    clear_left_overs(out)
    monkeypatch.undo()
    (tmp_path / f".csmir-partial-mine-{machine}").mkdir()
    clear_left_overs(out)
    assert left(tmp_path) == [f".csmir-partial-mine-{machine}", ".csmir-partial-notes.txt"]


@posix
@pytest.mark.parametrize("n_renames", [2, 4, 6])
def test_replacing_that_is_killed_is_undone_by_the_next_call(tmp_path, n_renames):
    """Old results out (three), new ones up (three): at each moment the old ones are whole again, or the new ones."""
    out = tmp_path / "out"
    fill(out, "both.tsv", "old.tsv", text="old")
    killed(out, n_renames)
    with pytest.raises(InputError, match="already holds results"):
        fill(out, "x.tsv")
    assert {p.name: p.read_text() for p in out.glob("*.tsv")} == {"both.tsv": "old", "old.tsv": "old"}
    (name,) = left(out)
    assert {p.name for p in (out / name).iterdir()} == {"both.tsv", "new.tsv", ".csmir-files"}
    fill(out, "x.tsv", overwrite=True)
    assert files(out) == {"x.tsv", f"{name}/both.tsv", f"{name}/new.tsv"}  # finished, and never removed


@posix
def test_results_are_in_place_with_their_list(tmp_path):
    fill(tmp_path / "out", "both.tsv", "old.tsv", text="old")
    killed(tmp_path / "out", 7)
    assert files(tmp_path / "out") == {"both.tsv", "new.tsv"}
    fill(tmp_path / "out", "x.tsv", overwrite=True)
    assert sorted(os.listdir(tmp_path / "out")) == [".csmir-files", "x.tsv"]


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
