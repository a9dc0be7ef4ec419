"""How far one has to go to follow a call, and how the house is built: `python -m benchmarks.house [a source tree]`.

Files and functions of ours that a call enters; private files of each room, circles, imports against the order of the
rooms; lengths; arguments that are handed on under their own name; small private functions that are used once, which
could stand where they are called. With a tree of another version, such as `git worktree add ../before b621af4` and
`PYTHONPATH=../before/src:. python -m benchmarks.house ../before/src`, the same of that: calls are those of the csmir
that is imported. `benchmarks/recorded/house.txt` has both.
"""

from __future__ import annotations

import ast
import statistics
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from tests import test_files_per_call as calls
from tests import test_rooms as rooms

import csmir as cs

# what stood in a room of its own before there was one for it
OLD = {"_assemble": "_mudata", "_append": "_mudata", "_where": "_mudata", "_inputs": "cli", "_pipeline": "cli"}


def called() -> Iterator[tuple[str, Callable[[], object]]]:
    """Calls by name."""
    for name, options in calls.CALLS.items():
        mdata = cs.datasets.simulated(n_cells=80 if "many" in name else 60, n_mirnas=6, n_mrnas=30, seed=1)
        cs.pp.recipe_csmir(mdata)
        yield (
            f"tl.regulation, {name}",
            lambda mdata=mdata, options=options: cs.tl.regulation(mdata, mdata.uns["prior"], progress=False, **options),
        )
    yield "tl.null", lambda: cs.tl.null(mdata, n_permutations=2, progress=False)
    cs.tl.hubs(mdata)
    cs.tl.conservation(mdata)
    yield "pl.recurrence", lambda: cs.pl.recurrence(mdata, show=False)
    from csmir.cli import main

    folder = tempfile.mkdtemp()
    mdata = cs.datasets.simulated(n_cells=30, n_mirnas=6, n_mrnas=30, seed=1)
    mdata.write(f"{folder}/data.h5mu")
    mdata.uns["prior"].to_csv(f"{folder}/prior.csv", index=False)
    given = [f"--mirna={folder}/data.h5mu", f"--mrna={folder}/data.h5mu", f"--prior={folder}/prior.csv", "--quiet"]
    yield "csmir run", lambda: main(["run", *given, "--runs=3", f"--out={folder}/out"])


def functions(src: Path) -> Iterator[tuple[str, int]]:
    """Name and lines of code of each function, its docstring aside."""
    for path in sorted(src.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                if body:
                    yield f"{path.relative_to(src)}:{node.name}", (body[-1].end_lineno or 0) - body[0].lineno + 1


def handed_on(src: Path) -> int:
    """Arguments of calls that are given under their own name: `x=x`."""
    return sum(
        isinstance(node.value, ast.Name) and node.value.id == node.arg
        for path in src.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword)
    )


def used_once(src: Path, at_most: int = 10) -> tuple[int, int]:
    """Private functions of at most so many lines that are named in one other place; and all private functions."""
    sizes = [(name.rpartition(":")[2], n) for name, n in functions(src)]
    private = [(name, n) for name, n in sizes if name.startswith("_") and not name.startswith("__")]
    used: Counter[str] = Counter()
    for path in src.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            used[node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""] += 1
    return sum(n <= at_most and used[name] == 1 for name, n in private), len(private)


def private_files(src: Path) -> Counter[str]:
    """Private files that lie beside the public ones of each room."""
    return Counter(
        str(p.parent.relative_to(src)) for p in src.rglob("_[a-z]*.py") if p.parent != src and p.name[:2] != "__"
    )


def main(src: Path) -> None:
    """Print it all."""
    warnings.simplefilter("ignore")
    print(f"{'call':32} files  functions")
    for name, call in called():
        if not name.startswith(("tl.null", "csmir run")):
            call()  # what is imported and compiled on the way is not counted
        found = calls.entered(call)
        print(f"{name:32} {len(calls.files(found)):5}  {len(found):9}")
    imports = rooms.imports_of(src)
    level = dict(rooms.LEVEL) | {old: rooms.LEVEL[new] for old, new in OLD.items()} | {"_exit": rooms.LEVEL["cli"]}
    level = {rooms.room(name): level.get(rooms.room(name), 0) for name in imports if name}
    print(f"\nimports upwards        {sum(map(len, rooms.upwards(imports, level).values()))}")
    print(f"of others' private     {sum(map(len, rooms.of_others(imports).values()))}")
    print(f"circles of files       {len(rooms.circles(imports))}")
    private = private_files(src)
    print(f"private files of rooms {sum(private.values())}: " + ", ".join(f"{k} {n}" for k, n in private.most_common()))
    lines = {str(p.relative_to(src)): len(p.read_text().splitlines()) for p in src.rglob("*.py")}
    for what, sizes in (("files", lines), ("functions", dict(functions(src)))):
        longest = max(sizes, key=sizes.__getitem__)
        median = statistics.median(sizes.values())
        print(f"{what:22} {len(sizes)}, median {median:.0f} lines, most {sizes[longest]} ({longest})")
    print(f"arguments as x=x       {handed_on(src)}")
    once, private_functions = used_once(src)
    print(
        f"private functions      {private_functions}, of at most ten lines and used once: {once}"
        f" ({once / private_functions:.0%})"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "csmir" if len(sys.argv) > 1 else Path(cs.__file__).parent)
