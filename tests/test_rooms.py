"""The order of the rooms of `src/csmir`: each imports from those before it, and from nobody's private files.

All imports count, those inside functions too; only those for a type checker do not. What still breaks a rule is listed
by name, and a name that breaks none any more must leave the list.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import csmir

SRC = Path(csmir.__file__).parent
# from the ground up; rooms of one line know nothing of each other
ORDER = (
    ("_errors", "_keys", "_version", "_log", "_docs", "kernels"),
    ("_inflate",),
    ("_matrix",),
    ("_validate",),
    ("_files", "_names"),
    ("_mudata",),
    ("priors",),
    ("inference",),
    ("_networks",),
    ("get",),
    ("pp",),
    ("tl",),
    ("pl",),
    ("_report",),
    ("io",),
    ("datasets",),
    ("cli",),
    ("__main__",),
)
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
UPWARDS: dict[str, set[str]] = {}
PRIVATE = {"_report.figures": {"pl._kit.style"}}

Imports = dict[str, set[str]]


def imports_of(src: Path) -> Imports:
    """Names of our modules, without `csmir.`, and which of ours each imports."""
    files = {_name(path, src): path for path in sorted(src.rglob("*.py"))}
    return {name: set(_imported(path, files)) - {name} for name, path in files.items()}


def _name(path: Path, src: Path) -> str:
    parts = path.relative_to(src).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(path: Path, files: Iterable[str]) -> Iterator[str]:
    for node in _run(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (a.name.removeprefix("csmir.") for a in node.names if a.name.startswith("csmir."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "csmir":
            module = str(node.module).removeprefix("csmir").removeprefix(".")
            for alias in node.names:
                inner = f"{module}.{alias.name}".strip(".")
                if (found := inner if inner in files else module) != "":
                    yield found


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """Every node that is run, and not only read by a type checker."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _run(child)


def room(module: str) -> str:
    return module.split(".")[0]


def upwards(imports: Imports, level: dict[str, int] = LEVEL) -> Imports:
    """Imports from a room that comes later, or from another of the same line."""
    found = {
        a: {b for b in others if room(a) != room(b) and level[room(a)] <= level[room(b)]}
        for a, others in imports.items()
        if room(a)
    }
    return {a: others for a, others in found.items() if others}


def of_others(imports: Imports) -> Imports:
    """Imports of a private file from outside the folder that holds it."""
    found = {a: {b for b in others if not f"{a}.".startswith(_owner(b))} for a, others in imports.items() if room(a)}
    return {a: others for a, others in found.items() if others}


def _owner(module: str) -> str:
    """The folder around the first private name of a module; "" where there is none but the room itself."""
    parts = module.split(".")
    at = next((i for i, part in enumerate(parts) if i and part.startswith("_")), 0)
    return "".join(part + "." for part in parts[:at])


def circles(imports: Imports) -> list[list[str]]:
    """Modules that import each other, directly or by way of others."""
    import networkx as nx

    graph = nx.DiGraph((a, b) for a, others in imports.items() for b in others)
    return sorted(sorted(group) for group in nx.strongly_connected_components(graph) if len(group) > 1)


@pytest.fixture(scope="module")
def imports() -> Imports:
    found = imports_of(SRC)
    assert len(found) > 200
    assert "kernels.fdr" in found["inference.statistics.per_cell"]  # imported inside a function
    return found


def test_every_room_has_its_place(imports):
    assert {room(name) for name in imports if name} == set(LEVEL)
    assert len(LEVEL) == sum(map(len, ORDER))  # a room named twice would have two


def test_no_two_private_files_have_one_name(imports):
    """Of those with an underscore, or in a folder with one: a name that a search finds once."""
    private = [name.split(".")[-1] for name in imports if name.count(".") and re.search(r"(^|\.)_", name)]
    assert sorted({name for name in private if private.count(name) > 1}) == []


def test_contributing_names_every_room(imports):
    page = (Path(__file__).resolve().parents[1] / "CONTRIBUTING.md").read_text()
    tree = page.split("```\nsrc/csmir/\n")[1].split("```")[0]
    assert {name for name in map(room, imports) if name and not re.search(rf"(^|\s){name}\b", tree)} == set()
    for name in ("_files", "_mudata", "inference"):  # of which each file has its line
        block = re.split(r"\n  \w", tree.split(f"  {name}/", 1)[1], maxsplit=1)[0]
        files = {path.stem for path in (SRC / name).glob("*.py")} - {"__init__"}
        assert set(re.findall(r"\b(\w+)\.py\b", block)) == files, name
        assert {f"{path.name}/" for path in (SRC / name).iterdir() if (path / "__init__.py").exists()} <= set(
            block.split()
        )


def test_rooms_import_from_those_before_them(imports):
    assert upwards(imports) == UPWARDS


def test_private_files_serve_their_own_room(imports):
    assert of_others(imports) == PRIVATE


def test_no_files_import_each_other(imports):
    assert circles(imports) == []


def test_the_rules_find_what_breaks_them():
    """Each rule against a small tree that breaks it."""
    bad = {"kernels.a": {"tl.b"}, "tl.b": {"kernels.a", "pl._kit.c"}, "pl._kit.c": {"tl.b"}}
    assert upwards(bad) == {"kernels.a": {"tl.b"}, "tl.b": {"pl._kit.c"}}
    assert of_others(bad) == {"tl.b": {"pl._kit.c"}}
    assert circles(bad) == [["kernels.a", "pl._kit.c", "tl.b"]]
