"""How much memory is free, by every limit, and a refusal with numbers of what would not fit, before hours of work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from csmir._errors import InputError

BYTES_PER_ENTRY = 24  # value, position and support of a stored entry, while the matrix is put together
BYTES_PER_PAIR = 400  # a pair's name and columns, in the networks and in the MuData's index


def refuse_if_too_large(
    n_cells: int, n_pairs: int, *, keep_all: bool, share: float, on_disk: bool = False, free: int | None = None
) -> None:
    """Raise if the networks need more memory than there is; `share` of all (pair, cell) is stored, roughly.

    On a disk, entries take none, but names and columns do.
    """
    free = available() if free is None else free
    share = 0.0 if on_disk else 1.0 if keep_all else share
    needed = int(n_cells * n_pairs * share * BYTES_PER_ENTRY + n_pairs * BYTES_PER_PAIR)
    if free is None or needed <= free:
        return
    advice = ("keep='significant', " if keep_all else "") + ("" if on_disk else "out='run.zarr' (onto the disk), ")
    raise InputError(
        f"Networks of {n_cells:,} cells over {n_pairs:,} pairs need about {needed / 1e9:,.0f} GB of memory; "
        f"{free / 1e9:,.1f} GB are free. Use {advice}a prior (fewer pairs), or fewer cells (cs.pp.pool_cells)."
    )


PROC, CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")


class Names(NamedTuple):
    """What a version of cgroups calls its files, and its lines of memory.stat."""

    limits: tuple[str, ...]
    usage: str
    given_back: str  # of the usage, when it is needed
    inherited: str = ""  # the tightest limit of those above, which a container may not see


# above memory.high, a process is not killed but slowed down until it stands still
V2 = Names(("memory.max", "memory.high"), "memory.current", "inactive_file")
V1 = Names(("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_inactive_file", "hierarchical_memory_limit")


def available(proc: Path = PROC, cgroups: Path = CGROUPS) -> int | None:
    """Bytes that are free now by the tightest of all limits; None where the system does not say."""
    found = [*_machine(proc), *_of_cgroups(proc, cgroups), *_of_limits(proc)]
    return max(0, min(found)) if found else None


def _machine(proc: Path) -> Iterator[int]:
    fields = _fields(proc / "meminfo")
    if "MemAvailable" in fields:
        yield fields["MemAvailable"] * 1024
        return
    with suppress(AttributeError, OSError, ValueError):  # no sysconf on Windows
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _of_cgroups(proc: Path, cgroups: Path) -> Iterator[int]:
    """What each cgroup around this process leaves: a limit may be set at any level."""
    for line in _read(proc / "self" / "cgroup").splitlines():
        _, controllers, inside = line.split(":", 2)
        if controllers == "":
            roots, names = [cgroups, cgroups / "unified"], V2
        elif "memory" in controllers.split(","):
            roots, names = [cgroups / "memory"], V1
        else:
            continue
        parts = Path(inside.lstrip("/")).parts
        for root in roots:
            for depth in range(len(parts), -1, -1):
                yield from _left(root.joinpath(*parts[:depth]), names)


def _left(folder: Path, names: Names) -> Iterator[int]:
    used = _read(folder / names.usage).strip()
    if not used.isdigit():
        return
    stat = _fields(folder / "memory.stat")
    found = [_read(folder / limit).strip() for limit in names.limits]
    limits = [int(most) for most in found if most.isdigit()]  # "max" is none
    limits += [stat[names.inherited]] if names.inherited in stat else []
    yield from (most - int(used) + stat.get(names.given_back, 0) for most in limits)


def _of_limits(proc: Path) -> Iterator[int]:
    """What `ulimit -v` and `ulimit -d` leave."""
    try:
        import resource
    except ImportError:  # Windows
        return
    used = _fields(proc / "self" / "status")
    for kind, name in ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData")):
        most = resource.getrlimit(kind)[0]
        if most != resource.RLIM_INFINITY:
            yield most - used.get(name, 0) * 1024


def _fields(path: Path) -> dict[str, int]:
    """`name: 12 kB` or `name 12`, a line each."""
    words = (line.replace(":", " ").split() for line in _read(path).splitlines())
    return {w[0]: int(w[1]) for w in words if len(w) > 1 and w[1].isdigit()}


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""
