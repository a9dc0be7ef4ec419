"""Limits of containers, jobs and shells count, not the machine's memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

from csmir.inference.memory import available

MB = 2**20


@pytest.fixture
def system(tmp_path):
    """A machine with 8000 MB free."""
    proc = tmp_path / "proc"
    (proc / "self").mkdir(parents=True)
    (proc / "meminfo").write_text(f"MemTotal: 9000000 kB\nMemAvailable:  {8000 * 1024} kB\n")
    (tmp_path / "cgroup").mkdir()

    def put(cgroup, files):
        (proc / "self" / "cgroup").write_text(cgroup)
        for name, text in files.items():
            path = tmp_path / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(text))
        return available(proc, tmp_path / "cgroup")

    return put


def test_no_limits(system):
    assert system("", {}) == 8000 * MB
    assert system("0::/\n", {"memory.max": "max\n", "memory.current": 5}) == 8000 * MB


def test_version_2(system):
    files = {
        "job/step/memory.max": "max\n",
        "job/step/memory.current": 100 * MB,
        "job/memory.max": f"{500 * MB}\n",  # the tightest lies one level up
        "job/memory.current": f"{300 * MB}\n",
        "job/memory.stat": f"anon 5\ninactive_file {50 * MB}\nactive_file 7\n",
        "memory.max": 4000 * MB,
        "memory.current": 1000 * MB,
    }
    assert system("0::/job/step\n", files) == 250 * MB


@pytest.mark.parametrize(("high", "left"), [(450 * MB, 250), (600 * MB, 300), ("max", 300)])
def test_version_2_slows_down_before_it_stops(system, high, left):
    files = {"memory.max": 500 * MB, "memory.high": f"{high}\n", "memory.current": 200 * MB}
    assert system("0::/\n", files) == left * MB


@pytest.mark.parametrize(("above", "left"), [(250 * MB, 150), (900 * MB, 500), (9223372036854771712, 500)])
def test_version_1_under_a_limit_that_cannot_be_seen(system, above, left):
    files = {
        "memory/memory.limit_in_bytes": 600 * MB,
        "memory/memory.usage_in_bytes": 100 * MB,
        "memory/memory.stat": f"cache 5\nhierarchical_memory_limit {above}\nhierarchical_memsw_limit {MB}\n",
    }
    assert system("4:memory:/\n", files) == left * MB


def test_version_1(system):
    files = {
        "memory/docker/abc/memory.limit_in_bytes": 600 * MB,
        "memory/docker/abc/memory.usage_in_bytes": 400 * MB,
        "memory/docker/abc/memory.stat": f"inactive_file 1\ntotal_inactive_file {30 * MB}\n",
        "memory/memory.limit_in_bytes": 9223372036854771712,
        "memory/memory.usage_in_bytes": 0,
    }
    assert system("12:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n", files) == 230 * MB


def test_a_path_of_the_host_that_the_container_does_not_see(system):
    files = {"memory/memory.limit_in_bytes": 700 * MB, "memory/memory.usage_in_bytes": 200 * MB}
    assert system("4:memory:/host/path\n", files) == 500 * MB


def test_more_used_than_allowed(system):
    assert system("0::/\n", {"memory.max": 5, "memory.current": 9}) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no resource limits")
@pytest.mark.parametrize("limit", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_limits_of_the_shell(limit):
    code = (
        "import resource, sys\n"
        "from csmir.inference.memory import available\n"
        f"resource.setrlimit(resource.{limit}, (3 * 2**30, resource.RLIM_INFINITY))\n"
        "print(available())"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=True)
    assert 0 < int(run.stdout) < 3 * 2**30
