"""Compiled functions where the package cannot be written to and the user has no folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import csmir

NOBODY = 65534
# packages are imported as root: a test environment may lie where nobody may look
SCRIPT = """
import os, sys
import numba, numpy as np
numba.njit(lambda x: x + 1)(1)
os.setgid({nobody}); os.setuid({nobody})
sys.path.insert(0, {package!r})
import tempfile
tempfile.tempdir = {tmp!r}
from csmir.kernels import sparse_rows
print(sparse_rows.features_first(np.arange(6.0).reshape(3, 2), np.arange(2)).tolist())
print(sorted({{type(sparse_rows._turn._cache._impl.locator).__name__}}), sparse_rows._turn.stats.cache_path)
other = numba.core.caching.CacheImpl._locator_classes[-1].from_function(os.path.join, os.__file__)
print(other)
"""


@pytest.fixture
def open_folder():
    """A folder that every user may enter, unlike pytest's own."""
    made = Path(tempfile.mkdtemp())
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can become another user")
def test_another_user_without_a_home(open_folder):
    package, temporary = open_folder / "package", open_folder / "tmp"
    shutil.copytree(Path(csmir.__file__).parent, package / "csmir", ignore=shutil.ignore_patterns("__pycache__"))
    package.chmod(0o755)
    temporary.mkdir()
    temporary.chmod(0o1777)
    script = SCRIPT.format(nobody=NOBODY, package=str(package), tmp=str(temporary))
    env = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR", "PYTHONPATH")}
    run = subprocess.run([sys.executable, "-c", script], env=env, cwd="/", capture_output=True, text=True, timeout=200)
    assert run.returncode == 0, run.stderr
    values, place, other = run.stdout.splitlines()
    assert values == "[[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]"
    assert place.startswith("['Temporary']")
    assert str(temporary) in place
    assert other == "None"  # numba of other packages is as it was
    kept = temporary / f"csmir-numba-{NOBODY}"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert list(kept.glob("*/*.nbi"))


def test_a_folder_that_others_prepared_is_not_used(tmp_path, monkeypatch):
    from csmir.kernels import _cache

    if not hasattr(os, "getuid"):
        pytest.skip("no users")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    trap = tmp_path / f"csmir-numba-{os.getuid()}"
    trap.mkdir()
    trap.chmod(0o777)
    chosen = _cache.folder.__wrapped__()
    assert Path(chosen) != trap
    assert Path(chosen).stat().st_mode & 0o777 == 0o700


def test_nowhere_at_all(monkeypatch):
    from csmir.kernels import _cache

    def none():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", none)
    with pytest.raises(RuntimeError, match="NUMBA_CACHE_DIR=/path"):
        _cache.folder.__wrapped__()
